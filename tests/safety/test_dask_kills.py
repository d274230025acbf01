"""A run on a Dask cluster ends as one on this machine, whatever happens to the cluster."""

import os
import random
import signal

import pytest

from tests.safety.conftest import ingest
from tests.safety.contents import bits_that_differ, contents
from tests.safety.trouble import end_of, monitor, wait_for_steps
from tests.workers.dask_processes import dask_processes, wait_until

SEED = 20260102


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    with dask_processes(tmp_path_factory.mktemp("cluster"), 2, nannies=True) as started:
        yield started


def compare(trapdb, name, expected):
    """Compare all but the configuration of the run, which has the scheduler."""
    without = {"pipeline_run": []}
    with monitor(trapdb.server) as conn:
        found = bits_that_differ(expected | without, contents(conn, name) | without)
        assert found == [], "\n".join(found)


def test_workers_killed_at_random(trapdb, field, calm, processes):
    """It is seen neither in the data nor in the output."""
    chance = random.Random(SEED)
    process = trapdb.start(*ingest(field, "dask"), "--scheduler", processes.address)
    for _ in range(3):
        assert wait_for_steps(process, chance.randrange(1, 3))
        wait_until(processes.workers)
        os.kill(chance.choice(processes.workers()), signal.SIGKILL)
    ended = end_of(process)
    assert (ended.status, ended.complaints) == (1, []), ended
    compare(trapdb, "dask", calm)


def test_a_scheduler_that_goes_away_ends_the_run_in_one_line(trapdb, field, calm, processes):
    command = [*ingest(field, "scheduler gone"), "--scheduler", processes.address]
    process = trapdb.start(*command)
    assert wait_for_steps(process, 2)
    processes.end_scheduler()
    ended = end_of(process)
    assert ended.status == 2
    assert "went away; when it is back, the same command goes on" in ended.complaint
    processes.start_scheduler()
    processes.start_worker()  # they end with their scheduler
    trapdb.complete(*command)
    compare(trapdb, "scheduler gone", calm)
