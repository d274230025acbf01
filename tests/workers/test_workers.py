"""Workers give what this process would give, whatever happens to them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from extractor.errors import ExtractorError
from extractor.fitting.measurements import COLUMNS
from trapdb.configuration.keys import Configuration
from trapdb.errors import ImageLost
from trapdb.measuring import stages
from trapdb.measuring.measurer import Measurer, answer
from trapdb.measuring.workers import MAX_DEATHS, Workers
from trapdb.simulate import simulate
from trapdb.timing import Timings

PATIENCE_S = 60.0
CONFIGURATION = Configuration()


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workers") / "field"
    return [str(path) for path in simulate(folder, epochs=6, size=128, sources=5).paths]


@pytest.fixture(scope="module")
def places(paths):
    found = alone(paths[0]).measurements
    return SimpleNamespace(
        ra=found.ra[:3] + 0.01,
        dec=found.dec[:3],
        **dict.fromkeys(
            ["deconvolved_major", "deconvolved_minor", "deconvolved_pa"], np.full(3, np.nan)
        ),
    )


@pytest.fixture(scope="module")
def workers():
    """Two, with room for as many images."""
    with Workers(2, 2) as started:
        yield started


def alone(path):
    timings = Timings()
    checked = stages.check(stages.read(path, CONFIGURATION, timings), CONFIGURATION, timings)
    return stages.extract(checked, CONFIGURATION, timings)


def assert_equal(these, those):
    for column in COLUMNS:
        np.testing.assert_array_equal(getattr(these, column), getattr(those, column), column)


def end(workers, pid):
    """Kill a worker and wait for another in its place."""
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_S
    while pid in workers.pids or len(workers.pids) < workers.count:
        assert time.monotonic() < deadline, "it was not replaced"
        time.sleep(0.01)


@contextmanager
def endless_image():
    """Serve an image of which nothing comes; give its URL, and a function that waits for who reads.

    What that function returns is to be closed when the reader is dead.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE_S)
        port = listener.getsockname()[1]
        yield f"http://127.0.0.1:{port}/endless.fits", lambda: listener.accept()[0]


def test_what_they_find_is_what_this_process_finds(workers, paths, places):
    jobs = [workers.measure(path, CONFIGURATION) for path in paths]
    for path, job in zip(paths, jobs, strict=True):
        found, here = workers.result(job), alone(path)
        assert found.image.digest == here.image.digest
        assert_equal(found.measurements, here.measurements)
        np.testing.assert_array_equal(found.noise.grid.rms, here.background.noise_grid().rms)
        fits, _ = workers.force(job, places)
        assert_equal(fits, stages.force(here, places, CONFIGURATION, Timings()))
        workers.release(job)
    assert workers.in_memory == 0


def test_memory_is_bounded_whatever_is_asked_for(workers, paths, places):
    """Also if an image is wanted that waits behind more images than there is room for."""
    jobs = [workers.measure(path, CONFIGURATION) for path in paths]
    for job in reversed(jobs):
        workers.result(job)
        assert workers.in_memory <= 2
    for path, job in zip(paths, jobs, strict=True):
        fits, _ = workers.force(job, places)  # read again, but for the last
        assert_equal(fits, stages.force(alone(path), places, CONFIGURATION, Timings()))
        assert workers.in_memory <= 2
    for job in jobs:
        workers.release(job)
    assert workers.in_memory == 0


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


def test_what_cannot_be_read_is_told_and_costs_nothing_else(workers, paths, tmp_path):
    broken = tmp_path / "broken.fits"
    broken.write_bytes(b"SIMPLE  = no more")
    jobs = [workers.measure(path, CONFIGURATION) for path in (paths[0], str(broken), paths[1])]
    with pytest.raises(ExtractorError, match=r"broken\.fits"):
        workers.result(jobs[1])
    for job in jobs[::2]:
        assert len(workers.result(job).measurements)
        workers.release(job)
    good, bad = workers.read_keys([paths[0], str(broken)], {})
    assert [key.path for key in good] == [paths[0]]
    assert isinstance(bad, ExtractorError)


def test_a_dead_worker_is_replaced_and_its_images_read_again(workers, paths, places):
    jobs = [workers.measure(path, CONFIGURATION) for path in paths[:2]]
    for pid in workers.pids:
        end(workers, pid)
    here = alone(paths[1])
    assert_equal(workers.result(jobs[1]).measurements, here.measurements)
    for pid in workers.pids:
        end(workers, pid)
    fits, _ = workers.force(jobs[1], places)
    assert_equal(fits, stages.force(here, places, CONFIGURATION, Timings()))
    for job in jobs:
        workers.release(job)


def test_a_file_that_changed_is_not_taken_for_the_image(workers, paths, places, tmp_path):
    path = tmp_path / "image.fits"
    shutil.copy(paths[0], path)
    job = workers.measure(str(path), CONFIGURATION)
    workers.result(job)
    workers.release(job)
    shutil.copy(paths[1], path)
    with pytest.raises(ImageLost, match="the file has changed"):
        workers.force(job, places)
    assert workers.in_memory == 0


def test_an_image_of_earlier_days_is_read_again(workers, paths, places):
    here = alone(paths[3])
    job = workers.recall(paths[3], here.image.digest, CONFIGURATION, [{"BMAJ": 1.0}, {}])
    fits, _ = workers.force(job, places)
    assert_equal(fits, stages.force(here, places, CONFIGURATION, Timings()))
    workers.release(job)


def test_an_image_that_kills_who_reads_it_is_given_up(paths):
    with endless_image() as (url, wait_for_reader), Workers(1, 1) as workers:
        job = workers.measure(url, CONFIGURATION)
        for _ in range(MAX_DEATHS):
            with wait_for_reader():
                end(workers, workers.pids[0])
        with pytest.raises(ExtractorError, match=r"endless\.fits: 3 worker processes died over it"):
            workers.result(job)
        whole = workers.measure(paths[0], CONFIGURATION)
        assert len(workers.result(whole).measurements)


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

    monkeypatch.setattr(stages, "extract", fail)
    told = answer(Measurer().measure, 1, paths[0], CONFIGURATION)
    assert isinstance(told, ExtractorError)
    assert str(told) == "a fault of trapdb, please report it: ZeroDivisionError: oops"


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
