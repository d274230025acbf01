"""Cells: what they start ends with their worker, and has the memory that it needs."""

import subprocess
import sys
from textwrap import dedent

CODE = """
    import subprocess, sys
    from time import sleep
    from trapdb.response.cell import Cell
    from trapdb.response.tasks.rerun import _run

    def works_long():
        def perform(_):
            return subprocess.run(["sh", "-c", "echo begun >&2; sleep 300 & wait"]).returncode
        return perform

    def runs_a_program():
        program = '''
    import resource, sys
    soft, _ = resource.getrlimit(resource.RLIMIT_DATA)
    sys.exit(f"no more than {soft} bytes" if 0 < soft <= 4_000_000_000 else 0)
    '''
        return lambda _: _run([sys.executable, "-c", program], "a program")

    if __name__ == "__main__":
        cell = Cell(f"in_cells:{sys.argv[1]}", shown=True)
        print(cell.answer(60))
        cell.ask([None], 600)
        print(cell.answer(600))
        cell.end()
"""


def started(folder, name):
    path = folder / "in_cells.py"
    path.write_text(dedent(CODE))
    return subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r});"
         "import os, runpy; os.environ['PYTHONPATH'] = os.pathsep.join(sys.path);"
         f"sys.argv = ['', {name!r}]; runpy.run_path({str(path)!r}, run_name='__main__')"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_what_a_cell_does_ends_with_its_worker(tmp_path):
    with started(tmp_path, "works_long") as worker:
        assert worker.stderr.readline() == "begun\n"
        worker.kill()
        # the line is closed when the last of those ended that were started
        worker.communicate(timeout=60)


def test_programs_that_a_cell_starts_have_memory(tmp_path):
    output, said = started(tmp_path, "runs_a_program").communicate(timeout=120)
    assert output.splitlines() == ["{'value': 'ready'}", "{'value': None}"], said
