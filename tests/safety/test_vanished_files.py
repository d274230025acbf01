"""Files that vanish or change while an ingest is at work cost themselves, and nothing else."""

import os
import shutil
import signal

import pytest

from tests.safety.contents import bits_that_differ, contents
from tests.safety.story import ingest
from tests.safety.trouble import end_of, held, monitor, wait_for_steps, workers_of

ONE_BY_ONE = ("--workers", 1, "--images-in-memory", 1)


@pytest.fixture
def folder(field, tmp_path):
    """A field of the test's own."""
    for name in ("monitored.csv", "moving.csv", "matched.toml"):
        shutil.copy(field.parent / name, tmp_path)
    return shutil.copytree(field, tmp_path / "field")


def image(folder, epoch, band):
    return folder / f"epoch{epoch:04}_band{band:02}.fits"


def refusals(trapdb, name):
    """Return the records of files that did not become images, by their paths."""
    query = (
        "select path, detail from trap.rejection where dataset = %s and reason = 'unreadable'"
        " and path not like '%%broken.fits'"
    )
    with monitor(trapdb.server) as conn:
        return dict(conn.execute(query, [name]).fetchall())


def lose(trapdb, process, name, folder, change, before=lambda: None):
    """Change a file of the time step that is being brought in; return it."""
    assert wait_for_steps(process, 1)
    with held(trapdb.server, "association") as wait:
        assert wait().at == "associate_image"
        with monitor(trapdb.server) as conn:
            query = "select time_steps from trap.dataset where dataset = %s"
            (epoch,) = conn.execute(query, [name]).fetchone()
        before()
        file = image(folder, epoch, 0)
        change(file)
    return file


def compare_with_run_without(trapdb, folder, name, files):
    """Compare a data set with one that was made without some files."""
    for file in files:
        file.unlink(missing_ok=True)
    trapdb.complete(*ingest(folder, f"{name}, without"))
    with monitor(trapdb.server) as conn:
        found = [contents(conn, dataset) for dataset in (name, f"{name}, without")]
    # what the log of the runs has to tell is different
    kept = [{**one, "run_log": [], "pipeline_run": []} for one in found]
    assert bits_that_differ(*kept) == []


def test_files_that_vanish_or_change_while_an_ingest_is_at_work(trapdb, folder, field):
    name = "vanished"
    process = trapdb.start(*ingest(folder, name), *ONE_BY_ONE)
    # of an image that gave way to another one, and is to be read again for its forced fits
    lost = lose(trapdb, process, name, folder, lambda file: file.unlink())
    # of images that are not yet read
    gone, cut, other = image(folder, 5, 0), image(folder, 5, 1), image(folder, 4, 1)
    with held(trapdb.server, "association") as wait:
        wait()
        shutil.copy(gone, other)
        gone.unlink()
        os.truncate(cut, cut.stat().st_size // 2)
    ended = end_of(process)
    assert ended.status == 1
    assert ended.complaints == []
    recorded = refusals(trapdb, name)
    assert recorded.pop(str(lost)) == "the file is gone"
    for file, reason in recorded.items():
        assert f"unreadable: {file}: {reason}" in ended.err
    assert recorded.pop(str(gone)) == "there is no such file"
    assert recorded.pop(str(cut)).startswith("truncated: ")
    changed = "it has changed and is of 2026-01-01 00:50:00 now: give it again"
    assert recorded == {str(other): changed}
    compare_with_run_without(trapdb, folder, name, [lost, gone, cut, other])

    shutil.copy(image(field, 4, 1), other)
    again = trapdb.run(*ingest(folder, name))
    assert again.status == 1
    (late,) = [line for line in again.err if line.startswith(f"late: {other}: ")]
    assert "take the data set back first: trapdb dataset rewind" in late


@pytest.mark.slow
def test_files_that_vanish_or_change_when_their_worker_has_died(trapdb, folder):
    name = "worker dead"
    process = trapdb.start(*ingest(folder, name), "--workers", 2)

    def kill_workers():
        for pid in workers_of(process):
            os.kill(pid, signal.SIGKILL)

    changes = (lambda file: file.unlink(), lambda file: shutil.copy(image(folder, 5, 0), file))
    lost = [lose(trapdb, process, name, folder, change, kill_workers) for change in changes]
    ended = end_of(process)
    assert ended.status == 1
    assert ended.complaints == []
    reasons = ["the file is gone", "the file has changed"]
    assert refusals(trapdb, name) == dict(zip(map(str, lost), reasons, strict=True))
    compare_with_run_without(trapdb, folder, name, lost)
