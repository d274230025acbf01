"""The workers of a Dask cluster: what they promise beside test_executors.py."""

import logging
import os
import subprocess
import sys
from importlib.metadata import version

import dask
import distributed
import pytest

from tests.workers.dask_processes import dask_processes, free_port
from tests.workers.measured import (
    CONFIGURATION,
    alone,
    assert_equal,
    assert_forced,
    some_places,
)
from trapdb.cli.log import logging_to
from trapdb.errors import InputError, TrapdbError
from trapdb.measuring import dask_tasks, measurer
from trapdb.measuring.dask_executor import DaskCluster
from trapdb.measuring.dask_tasks import File
from trapdb.simulate import simulate
from trapdb.timing import Timings


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dask") / "field"
    return [str(path) for path in simulate(folder, epochs=2, size=128, sources=5).paths]


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    with dask_processes(tmp_path_factory.mktemp("cluster"), 1) as started:
        yield started


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


def test_an_image_that_went_to_another_worker_is_the_same_to_the_last_bit(paths, tmp_path):
    here, places = alone(paths[0]), some_places(paths[0])
    file = File(paths[0], "")
    what = file, here.image.digest, [{}], CONFIGURATION, places
    with (
        dask_processes(tmp_path, 2) as processes,
        distributed.Client(processes.address, set_as_default=False) as client,
    ):
        client.wait_for_workers(2)
        first, second = client.scheduler_info()["workers"]
        kept = client.submit(
            dask_tasks.measure, file, CONFIGURATION, version("trapdb"), workers=first
        )
        found = [
            client.submit(dask_tasks.find, kept, workers=worker, pure=False).result()
            for worker in (first, second)
        ]
        fits, _ = client.submit(dask_tasks.force, kept, *what, workers=second).result()
    assert_forced(fits, paths[0], places)
    expected = measurer.found_in(here, Timings())
    for one in found:
        assert_equal(one.measurements, expected.measurements)
        assert one.noise.grid.rms.tobytes() == expected.noise.grid.rms.tobytes()
        assert one.searched_area == expected.searched_area


def pretend(folder, package, version):
    """Make a folder in which a package has another version."""
    metadata = folder / f"{package}-{version}.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
    return folder


def connect(folder, path):
    """Connect to a cluster whose worker finds packages in a path before others."""

    class WorkerWhenWanted(logging.Handler):
        def emit(self, record):
            assert record.getMessage() == f"waiting for a worker at {processes.address}"
            assert record.event == "waiting"
            processes.start_worker(PYTHONPATH=str(path))

    with (
        dask_processes(folder, 0) as processes,
        logging_to(WorkerWhenWanted(), "trapdb.measuring"),
        DaskCluster(processes.address) as cluster,
    ):
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
    with DaskCluster(processes.address) as cluster:
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
            DaskCluster(processes.address) as cluster,
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
