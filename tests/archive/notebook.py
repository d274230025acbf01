"""Run a notebook without Jupyter: its cells one after the other, and what they end with shown.

    python notebook.py FILE

A line that begins with ``!`` is a command of the shell. It has to succeed, while Jupyter only shows
that it did not.
"""

import ast
import json
import subprocess
import sys


def run(path: str) -> None:
    """Run the cells of a notebook, in the current directory."""
    with open(path, encoding="utf-8") as file:
        cells = json.load(file)["cells"]
    names = {"__name__": "__main__", "shell": shell}
    for cell in cells:
        if cell["cell_type"] == "code":
            show(evaluated("".join(cell["source"]), names))


def evaluated(source: str, names: dict) -> object:
    """Run a cell; return the value of its last line, if that is one and no ; follows it."""
    lines = [f"shell({line[1:]!r})" if line[:1] == "!" else line for line in source.splitlines()]
    code = ast.parse("\n".join(lines))
    last = code.body.pop() if isinstance(code.body[-1], ast.Expr) else None
    exec(compile(code, "<cell>", "exec"), names)
    if last is None:
        return None
    value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
    return None if source.rstrip().endswith(";") else value


def show(value: object) -> None:
    """Print what Jupyter would show, in HTML if there is any."""
    if value is not None:
        print(value._repr_html_() if hasattr(value, "_repr_html_") else repr(value))


def shell(command: str) -> None:
    """Run a command."""
    subprocess.run(command, shell=True, check=True)


if __name__ == "__main__":
    run(sys.argv[1])
