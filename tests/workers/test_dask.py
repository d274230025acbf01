"""A worker of a Dask cluster gives what this process would give, whatever happens to it."""

import os
import shutil
import subprocess
import sys
import threading
from types import SimpleNamespace

import dask
import distributed  # noqa: F401  its defaults are part of Dask's configuration then
import numpy as np
import pytest

from extractor.errors import ExtractorError
from tests.workers.dask_processes import dask_processes, free_port
from tests.workers.test_workers import CONFIGURATION, alone, assert_equal, endless_image
from trapdb.errors import ImageLost, InputError, TrapdbError
from trapdb.measuring import stages
from trapdb.measuring.dask_executor import DaskCluster
from trapdb.simulate import simulate
from trapdb.timing import Timings

# An image is given up after two deaths: it is tried again by itself after the first.
ENVIRONMENT = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dask") / "field"
    return [str(path) for path in simulate(folder, epochs=4, size=128, sources=5).paths]


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster")
    with dask_processes(folder, 1, nannies=True, **ENVIRONMENT) as started:
        yield started


@pytest.fixture
def cluster(processes):
    """A worker, with room for two images."""
    with DaskCluster(processes.address, lambda *told: None) as connected:
        connected.images_in_memory = 2
        yield connected


@pytest.fixture(scope="module")
def places(paths):
    found = alone(paths[0]).measurements
    unknown = ["deconvolved_major", "deconvolved_minor", "deconvolved_pa"]
    return SimpleNamespace(
        ra=found.ra[:3] + 0.01, dec=found.dec[:3], **dict.fromkeys(unknown, np.full(3, np.nan))
    )


def assert_forced(fits, path, places):
    assert_equal(fits, stages.force(alone(path), places, CONFIGURATION, Timings()))


def test_what_it_finds_is_what_this_process_finds(cluster, paths, places):
    jobs = [cluster.measure(path, CONFIGURATION) for path in paths]
    for path, job in zip(paths, jobs, strict=True):
        found, here = cluster.result(job), alone(path)
        assert found.image.digest == here.image.digest
        assert_equal(found.measurements, here.measurements)
        np.testing.assert_array_equal(found.noise.grid.rms, here.background.noise_grid().rms)
        assert_forced(cluster.force(job, places)[0], path, places)
        cluster.release(job)
    assert cluster.in_memory == 0


def test_images_are_called_as_the_user_calls_them(paths, processes, monkeypatch):
    """A worker runs in another directory."""
    monkeypatch.chdir(os.path.dirname(paths[0]))
    names = [os.path.basename(path) for path in paths]
    with DaskCluster(processes.address) as cluster:
        keys = cluster.read_keys([*names, "none.fits", paths[0]], {})
        assert [key.path for (key,) in keys[: len(names)]] == names
        assert str(keys[-2]).startswith("none.fits: there is no such file for the Dask worker on ")
        assert keys[-1][0].path == paths[0]
        assert cluster.result(cluster.measure(names[0], CONFIGURATION)).image.path == names[0]
        assert cluster.result(cluster.identify(names[1], CONFIGURATION)).path == names[1]


def test_memory_is_bounded_whatever_is_asked_for(cluster, paths, places):
    """Also if an image is wanted that waits behind more images than there is room for."""
    jobs = [cluster.measure(path, CONFIGURATION) for path in paths]
    for job in reversed(jobs):
        cluster.result(job)
        assert cluster.in_memory <= 2
    for path, job in zip(paths, jobs, strict=True):
        assert_forced(cluster.force(job, places)[0], path, places)  # read again, but for the last
        assert cluster.in_memory <= 2
    for job in jobs:
        cluster.release(job)
    assert cluster.in_memory == 0


def test_what_cannot_be_read_is_told_and_costs_nothing_else(cluster, paths, tmp_path):
    broken = tmp_path / "broken.fits"
    broken.write_bytes(b"SIMPLE  = no more")
    jobs = [cluster.measure(path, CONFIGURATION) for path in (paths[0], str(broken), paths[1])]
    with pytest.raises(ExtractorError, match=r"broken\.fits: not a "):
        cluster.result(jobs[1])
    for job in jobs[::2]:
        assert len(cluster.result(job).measurements)


def test_an_image_of_earlier_days_is_read_again(cluster, paths, places):
    digest = alone(paths[3]).image.digest
    job = cluster.recall(paths[3], digest, CONFIGURATION, [{"BMAJ": 1.0}, {}])
    assert_forced(cluster.force(job, places)[0], paths[3], places)


def test_images_of_a_dead_worker_are_read_again(cluster, processes, paths, places):
    """Those that were kept, and those that were being measured."""
    jobs = [cluster.measure(path, CONFIGURATION) for path in paths[:2]]
    cluster.result(jobs[0])
    processes.kill_workers()
    assert_equal(cluster.result(jobs[1]).measurements, alone(paths[1]).measurements)
    for path, job in zip(paths, jobs, strict=False):
        assert_forced(cluster.force(job, places)[0], path, places)


def test_a_file_that_changed_is_not_taken_for_the_image(cluster, processes, paths, tmp_path):
    path = tmp_path / "image.fits"
    shutil.copy(paths[0], path)
    job = cluster.measure(str(path), CONFIGURATION)
    cluster.result(job)
    shutil.copy(paths[1], path)
    processes.kill_workers()
    with pytest.raises(ImageLost, match="the file has changed"):
        cluster.force(job, alone(paths[0]).measurements)
    path.unlink()
    with pytest.raises(ImageLost, match="the file is gone"):
        cluster.force(job, alone(paths[0]).measurements)
    assert cluster.in_memory == 0


def test_an_image_that_kills_who_reads_it_is_given_up_alone(cluster, processes, paths):
    with endless_image() as (url, wait_for_reader):
        jobs = [cluster.measure(path, CONFIGURATION) for path in (url, *paths)]

        def kill():
            for _ in range(2):
                with wait_for_reader():
                    processes.kill_workers()

        killer = threading.Thread(target=kill)
        killer.start()
        with pytest.raises(ExtractorError, match=r"endless\.fits: Dask workers died over it"):
            cluster.result(jobs[0])
        killer.join()
    for path, job in zip(paths, jobs[1:], strict=True):
        assert_equal(cluster.result(job).measurements, alone(path).measurements)


def pretend(folder, package, version):
    """Make a folder in which a package has another version."""
    metadata = folder / f"{package}-{version}.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
    return folder


def connect(folder, path):
    """Connect to a cluster whose worker finds packages in a path before others."""
    with dask_processes(folder, 0) as processes:

        def say(line, event):
            assert line == f"waiting for a worker at {processes.address}"
            processes.start_worker(PYTHONPATH=str(path))

        with DaskCluster(processes.address, say) as cluster:
            return cluster.warnings


def test_a_worker_with_another_trapdb_is_refused(tmp_path):
    with pytest.raises(TrapdbError, match=r"has trapdb 9\.9, this is .*: install the same"):
        connect(tmp_path, pretend(tmp_path / "path", "trapdb", "9.9"))


@pytest.mark.slow
def test_a_worker_without_trapdb_is_refused(tmp_path):
    (tmp_path / "trapdb.py").write_text("raise ImportError('not here')")
    with pytest.raises(TrapdbError, match=r"has no trapdb that works \(.*not here"):
        connect(tmp_path, tmp_path)


@pytest.mark.slow
def test_other_numerical_software_is_told_of(tmp_path):
    (warning,) = connect(tmp_path, pretend(tmp_path / "path", "numpy", "0.1"))
    assert warning.startswith("Dask workers have numpy 0.1, this is python ")


def test_a_scheduler_that_is_not_there():
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        pytest.raises(InputError, match=r"no Dask scheduler can be reached at tcp://127"),
    ):
        DaskCluster(f"tcp://127.0.0.1:{free_port()}")


def test_a_scheduler_that_went_away_while_nothing_was_asked_of_it(processes, paths):
    with DaskCluster(processes.address, lambda *told: None) as cluster:
        cluster._client.close()  # as Dask does when it does not come back
        with pytest.raises(TrapdbError, match="went away; when it is back, the same command"):
            cluster.result(cluster.measure(paths[0], CONFIGURATION))


def test_tls(tmp_path, paths):
    """By Dask's own configuration, here in the environment."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=127.0.0.1"
    )
    subprocess.run(
        [*make.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True
    )
    settings = {"ca-file": certificate}
    for who in ("client", "scheduler", "worker"):
        settings |= {f"{who}.cert": certificate, f"{who}.key": key}
    settings = {f"distributed.comm.tls.{name}": str(value) for name, value in settings.items()}
    environment = {
        "DASK_" + name.upper().replace(".", "__").replace("-", "_"): value
        for name, value in settings.items()
    }
    with dask_processes(tmp_path, 1, scheme="tls", **environment) as processes:
        with pytest.raises(InputError, match=r"lacks certificates"):
            DaskCluster(processes.address)
        with (
            dask.config.set(settings),
            DaskCluster(processes.address, lambda *told: None) as cluster,
        ):
            found = cluster.result(cluster.measure(paths[0], CONFIGURATION))
            assert_equal(found.measurements, alone(paths[0]).measurements)


def test_without_dask_a_line_tells_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "dask", None)
    with pytest.raises(InputError, match=r"pip install 'trapdb\[dask\]'"):
        DaskCluster("tcp://127.0.0.1:1")


def test_nothing_of_dask_is_imported_without_a_scheduler():
    program = (
        "import sys, trapdb.cli.ingest, trapdb.ingest.loop\n"
        "import trapdb.measuring.measurer, trapdb.measuring.workers\n"
        "sys.exit(any(name in sys.modules for name in ('dask', 'distributed', 'fsspec')))"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
