"""Whoever measures images keeps one promise: what comes out is what this process would measure.

The same tests run on worker processes of this machine and on the workers of a Dask cluster.
"""

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import numpy as np
import pytest

from extractor.errors import ExtractorError
from tests.workers.dask_processes import dask_processes
from tests.workers.measured import (
    CONFIGURATION,
    PATIENCE_S,
    alone,
    assert_equal,
    assert_forced,
    endless_image,
    some_places,
)
from trapdb.errors import ImageLost
from trapdb.measuring.dask_executor import DaskCluster
from trapdb.measuring.executor import Executor
from trapdb.measuring.workers import Workers
from trapdb.simulate import simulate

# Dask gives an image up after two deaths then: it is tried again by itself after the first.
FEW_FAILURES = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}


@dataclass
class Tried:
    """An executor with room for two images, and how to kill all of its workers."""

    executor: Executor
    kill: Callable[[], None]  # returns when others are in their places
    limit_s: float  # more than it takes for a small image, with all that is imported for it


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("executors") / "field"
    return [str(path) for path in simulate(folder, epochs=5, size=128, sources=5).paths]


@pytest.fixture(scope="module")
def places(paths):
    return some_places(paths[0])


@pytest.fixture(scope="module", params=["processes", "dask"])
def tried(request, tmp_path_factory):
    if request.param == "processes":
        with Workers(2, 2) as workers:
            yield Tried(workers, lambda: kill_processes(workers), 3.0)
    else:
        folder = tmp_path_factory.mktemp("cluster")
        with (
            dask_processes(folder, 1, nannies=True, **FEW_FAILURES) as processes,
            DaskCluster(processes.address) as cluster,
        ):
            cluster.images_in_memory = 2
            yield Tried(cluster, processes.kill_workers, 8.0)


@pytest.fixture
def executor(tried):
    return tried.executor


def kill_processes(workers):
    before = workers.pids
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_S
    while set(before) & set(workers.pids) or len(workers.pids) < workers.count:
        assert time.monotonic() < deadline, "one was not replaced"
        time.sleep(0.01)


@contextmanager
def killing(tried, wait_for_reader):
    """Kill all workers whenever one reads the endless image."""
    over = threading.Event()

    def kill():
        while not over.is_set():
            with suppress(TimeoutError), wait_for_reader():
                tried.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield
    finally:
        over.set()
        killer.join()


def test_what_it_finds_is_what_this_process_finds(executor, paths, places):
    jobs = [executor.measure(path, CONFIGURATION) for path in paths]
    for path, job in zip(paths, jobs, strict=True):
        found, here = executor.result(job), alone(path)
        assert found.image.digest == here.image.digest
        assert_equal(found.measurements, here.measurements)
        np.testing.assert_array_equal(found.noise.grid.rms, here.background.noise_grid().rms)
        assert_forced(executor.force(job, places)[0], path, places)
        executor.release(job)
    assert executor.in_memory == 0


def test_there_is_an_answer_for_each_of_many_files_in_their_order(executor, paths, tmp_path):
    """More than are read in one call."""
    broken = tmp_path / "broken.fits"
    broken.write_bytes(b"SIMPLE  = no more")
    files = [paths[i % len(paths)] for i in range(69)]
    files[32:32] = [str(broken)]
    keys = executor.read_keys(files, {})
    assert isinstance(keys.pop(32), ExtractorError)
    del files[32]
    assert [key.path for (key,) in keys] == files


def test_a_file_that_kills_who_reads_its_header_is_told_alone(tried, paths):
    with endless_image() as (url, wait_for_reader):
        files = [paths[0], url, *paths[1:]]
        with killing(tried, wait_for_reader):
            first, bad, *others = tried.executor.read_keys(files, {})
    assert str(bad).startswith(f"{url}: ")
    assert "died over it" in str(bad)
    assert [key.path for (key,) in (first, *others)] == paths


def test_an_image_that_kills_who_reads_it_is_given_up_alone(tried, paths):
    with endless_image() as (url, wait_for_reader):
        jobs = [tried.executor.measure(path, CONFIGURATION) for path in (url, *paths)]
        with (
            killing(tried, wait_for_reader),
            pytest.raises(ExtractorError, match=r"endless\.fits: .* died over it"),
        ):
            tried.executor.result(jobs[0])
    for path, job in zip(paths, jobs[1:], strict=True):
        assert_equal(tried.executor.result(job).measurements, alone(path).measurements)
        tried.executor.release(job)


def test_an_image_that_stalls_who_reads_it_is_given_up_alone(tried, paths, monkeypatch):
    """Nobody kills its worker: the time is limited."""
    executor = tried.executor
    monkeypatch.setattr(executor, "image_limit_s", tried.limit_s)
    with endless_image() as (url, _):
        jobs = [executor.measure(path, CONFIGURATION) for path in (url, *paths[:2])]
        with pytest.raises(ExtractorError, match=r"endless\.fits: .*ingest\.image_limit_s"):
            executor.result(jobs[0])
    for path, job in zip(paths, jobs[1:], strict=False):
        assert_equal(executor.result(job).measurements, alone(path).measurements)
        executor.release(job)


def test_memory_is_bounded_whatever_is_asked_for(executor, paths, places):
    """Also if an image is wanted that waits behind more images than there is room for."""
    jobs = [executor.measure(path, CONFIGURATION) for path in paths]
    for job in reversed(jobs):
        executor.result(job)
        assert executor.in_memory <= 2
    for path, job in zip(paths, jobs, strict=True):
        assert_forced(executor.force(job, places)[0], path, places)  # read again, but for the last
        assert executor.in_memory <= 2
    for job in jobs:
        executor.release(job)
    assert executor.in_memory == 0


def test_what_cannot_be_read_is_told_and_costs_nothing_else(executor, paths, tmp_path):
    broken = tmp_path / "broken.fits"
    broken.write_bytes(b"SIMPLE  = no more")
    jobs = [executor.measure(path, CONFIGURATION) for path in (paths[0], str(broken), paths[1])]
    with pytest.raises(ExtractorError, match=r"broken\.fits: not a "):
        executor.result(jobs[1])
    for job in jobs[::2]:
        assert len(executor.result(job).measurements)
        executor.release(job)


def test_an_image_of_earlier_days_is_read_again(executor, paths, places):
    job = executor.recall(
        paths[3], alone(paths[3]).image.digest, CONFIGURATION, [{"BMAJ": 1.0}, {}]
    )
    assert_forced(executor.force(job, places)[0], paths[3], places)
    executor.release(job)


def test_images_of_dead_workers_are_read_again(tried, paths, places):
    """Those that were kept, and those that were being measured."""
    executor = tried.executor
    jobs = [executor.measure(path, CONFIGURATION) for path in paths[:2]]
    executor.result(jobs[0])
    tried.kill()
    assert_equal(executor.result(jobs[1]).measurements, alone(paths[1]).measurements)
    tried.kill()
    for path, job in zip(paths, jobs, strict=False):
        assert_forced(executor.force(job, places)[0], path, places)
        executor.release(job)


def test_a_file_that_changed_is_not_taken_for_the_image(tried, paths, places, tmp_path):
    executor, path = tried.executor, tmp_path / "image.fits"
    shutil.copy(paths[0], path)
    job = executor.measure(str(path), CONFIGURATION)
    executor.result(job)
    shutil.copy(paths[1], path)
    tried.kill()
    with pytest.raises(ImageLost, match="the file has changed"):
        executor.force(job, places)
    path.unlink()
    with pytest.raises(ImageLost, match="the file is gone"):
        executor.force(job, places)
    assert executor.in_memory == 0
