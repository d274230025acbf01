"""A run that is killed anywhere goes on with the same command and ends as if nothing happened."""

import os
import signal

import pytest

from tests.safety.conftest import ingest, rewind
from tests.safety.contents import contents, differences
from tests.safety.trouble import end_of, held, kill_server, monitor, wait_for_steps


def compare(trapdb, name, expected):
    with monitor(trapdb.server) as conn:
        found = differences(expected, contents(conn, name))
        assert found == [], "\n".join(found)
        assert conn.execute("select * from trap.verify_dataset(%s)", [name]).fetchall() == []


def test_the_field_has_everything_in_it(calm):
    kinds = {"new", "one_to_one", "many_to_one", "fork", "null_detection"}
    assert [kind for kind in kinds if f"'{kind}'" not in str(calm["association"])] == []
    assert [table for table, rows in calm.items() if not rows] == []


def test_the_comparison_sees_the_smallest_change(trapdb, calm):
    with monitor(trapdb.server) as conn, conn.transaction(force_rollback=True):
        # lift the last bit of the indexed position of a single source
        conn.execute(
            "update trap_data.source as s set pos = spoint(long(s.pos), lat(s.pos) * (1 + 2.3e-16))"
            " where name = (select min(name) from trap_data.source) and s.dataset_id ="
            " (select dataset_id from trap_data.dataset where name = 'calm')"
        )
        assert len(differences(calm, contents(conn, "calm"))) == 2


def test_the_client_killed_between_two_steps(trapdb, field, calm):
    process = trapdb.start(*ingest(field, "between"))
    assert wait_for_steps(process, 2)
    process.send_signal(signal.SIGKILL)
    assert end_of(process).status == -signal.SIGKILL
    trapdb.complete(*ingest(field, "between"))
    compare(trapdb, "between", calm)


@pytest.mark.parametrize(
    ("how", "status", "table", "stage"),
    [
        (signal.SIGKILL, -signal.SIGKILL, "association", "associate_image"),
        (signal.SIGTERM, -signal.SIGTERM, "measurement", "measurement"),
        (signal.SIGINT, 130, "sky_region_limit", "close_time_step"),
    ],
)
def test_the_client_killed_within_a_step(trapdb, field, calm, how, status, table, stage):
    name = f"client killed in {stage}"
    process = trapdb.start(*ingest(field, name))
    assert wait_for_steps(process, 2)
    with held(trapdb.server, table) as wait:
        assert wait().at == stage
        process.send_signal(how)
        ended = end_of(process)
    assert ended.status == status
    assert ended.complaints == (["trapdb: interrupted"] if status == 130 else [])
    trapdb.complete(*ingest(field, name))
    compare(trapdb, name, calm)


@pytest.mark.parametrize(
    ("victim", "how", "table", "stage"),
    [
        ("worker", signal.SIGKILL, "association", "associate_image"),
        ("server", signal.SIGKILL, "sky_region_limit", "close_time_step"),
        ("server", signal.SIGQUIT, "image", "register_image"),
    ],
)
def test_the_server_killed_within_a_step(trapdb, field, calm, victim, how, table, stage):
    name = f"{victim} killed in {stage}"
    process = trapdb.start(*ingest(field, name))
    assert wait_for_steps(process, 2)
    with held(trapdb.server, table) as wait:
        worker = wait()
        assert worker.at == stage
        if victim == "worker":
            os.kill(worker.pid, how)
        else:
            kill_server(trapdb.server, how)
        ended = end_of(process)
    assert ended.status == 2
    assert len(ended.complaints) == 1, ended.complaints
    assert "the same command goes on from there" in ended.complaints[0]
    trapdb.complete(*ingest(field, name))
    compare(trapdb, name, calm)


def test_rebuilding_killed_within_a_step(trapdb, field, rebuilt):
    replayed, anew = rebuilt
    trapdb.complete(*ingest(field, "rebuilt"))

    process = trapdb.start(*rewind("rebuilt"))
    with held(trapdb.server, "source_flux") as wait:
        os.kill(wait().pid, signal.SIGKILL)
        ended = end_of(process)
    assert ended.status == 2
    assert len(ended.complaints) == 1
    trapdb.complete(*rewind("rebuilt"))

    process = trapdb.start("dataset", "replay", "rebuilt")
    assert wait_for_steps(process, 1)
    with held(trapdb.server, "association") as wait:
        assert wait().at == "associate_image"
        process.kill()
        end_of(process)
    trapdb.complete("dataset", "replay", "rebuilt")
    compare(trapdb, "rebuilt", replayed)

    process = trapdb.start("reassociate", "rebuilt", "--as", "rebuilt anew")
    assert wait_for_steps(process, 2)
    with held(trapdb.server, "sky_region_limit") as wait:
        assert wait().at == "close_time_step"
        kill_server(trapdb.server, signal.SIGKILL)
        ended = end_of(process)
    assert ended.status == 2
    assert len(ended.complaints) == 1
    trapdb.complete("reassociate", "rebuilt", "--as", "rebuilt anew")
    compare(trapdb, "rebuilt anew", anew)
