"""Worker processes of this machine: what they promise beside test_executors.py."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from extractor.errors import ExtractorError
from tests.workers.measured import CONFIGURATION, PATIENCE_S, alone, endless_image, some_places
from trapdb.errors import ImageLost
from trapdb.measuring import configured
from trapdb.measuring.measurer import Measurer, answer
from trapdb.measuring.workers import Workers
from trapdb.simulate import simulate


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workers") / "field"
    return [str(path) for path in simulate(folder, epochs=6, size=128, sources=5).paths]


@pytest.fixture(scope="module")
def workers():
    """Two, with room for as many images."""
    with Workers(2, 2) as started:
        yield started


def end(workers, pid):
    """Kill a worker and wait for another in its place."""
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_S
    while pid in workers.pids or len(workers.pids) < workers.count:
        assert time.monotonic() < deadline, "it was not replaced"
        time.sleep(0.01)


def test_an_image_given_up_before_it_is_measured_leaves_no_pixels(workers, paths):
    jobs = [workers.measure(path, CONFIGURATION) for path in paths]
    for job in jobs[:-1]:
        workers.release(job)
    workers.result(jobs[-1])
    workers.release(jobs[-1])
    deadline = time.monotonic() + PATIENCE_S
    while workers.in_memory:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_file_that_stalls_who_reads_its_header_is_told_alone(workers, paths, monkeypatch):
    monkeypatch.setattr(workers, "image_limit_s", 2.0)
    with endless_image() as (url, _):
        first, bad, last = workers.read_keys([paths[0], url, paths[1]], {})
    assert str(bad) == (
        f"{url}: ended because it took longer than 2 s; the file may be damaged "
        "(ingest.image_limit_s)"
    )
    assert [first[0].path, last[0].path] == paths[:2]


def test_signals_to_the_group_of_the_parent_do_not_reach_them(workers):
    assert os.getpgrp() not in map(os.getpgid, workers.pids)


def test_a_killed_nursery_is_replaced(workers, paths):
    """The process that they come from."""
    status = Path(f"/proc/{workers.pids[0]}/stat").read_text()
    os.kill(int(status.rpartition(")")[2].split()[1]), signal.SIGKILL)
    for pid in workers.pids:
        end(workers, pid)
    job = workers.measure(paths[0], CONFIGURATION)
    assert len(workers.result(job).measurements)
    workers.release(job)


def test_a_fault_of_ours_is_told_as_such(monkeypatch, paths):
    def fail(*arguments):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(configured, "extract", fail)
    told = answer(Measurer().measure, 1, paths[0], CONFIGURATION)
    assert isinstance(told, ExtractorError)
    assert str(told) == "a fault of trapdb, please report it: ZeroDivisionError: oops"


def test_a_forced_fit_that_fails_leaves_no_pixels(paths, tmp_path):
    """Of an image that was read again for it: nobody would release them."""
    path = tmp_path / "image.fits"
    shutil.copy(paths[0], path)
    image, digest = str(path), alone(paths[0]).image.digest
    measurer, places = Measurer(), some_places(paths[0])
    wrong = some_places(paths[0])
    wrong.ra = wrong.ra[:2]
    with pytest.raises((ExtractorError, ValueError)):
        measurer.force(1, image, CONFIGURATION, digest, [{}], wrong)
    path.unlink()
    with pytest.raises(ImageLost):
        measurer.force(1, image, CONFIGURATION, digest, [{}], places)


def test_they_die_with_their_parent():
    program = (
        "import time; from trapdb.measuring.workers import Workers\n"
        "workers = Workers(2, 2)\n"
        "while len(workers.pids) < 2: time.sleep(0.01)\n"
        "print(*workers.pids, flush=True); time.sleep(1000)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    with parent:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
    deadline = time.monotonic() + PATIENCE_S
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
