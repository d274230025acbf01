"""A run that is killed anywhere goes on with the same command and ends as if nothing happened."""

import os
import signal

import pytest

from tests.safety.contents import bits_that_differ, contents
from tests.safety.story import ingest, rewind
from tests.safety.trouble import (
    crippled,
    end_of,
    held,
    kill_server,
    monitor,
    wait_for_steps,
    wait_until_told,
    workers_of,
)
from trapdb.server.private_server import status


def compare(trapdb, name, expected, without=None):
    with monitor(trapdb.server) as conn:
        held = contents(conn, name)
        found = bits_that_differ(expected, {**held, without: []} if without else held)
        assert found == [], "\n".join(found)
        assert conn.execute("select * from trap.verify_dataset(%s)", [name]).fetchall() == []


def test_the_field_has_everything_in_it(calm):
    kinds = {"new", "one_to_one", "many_to_one", "fork", "null_detection", "monitored"}
    assert [kind for kind in kinds if f"'{kind}'" not in str(calm["association"])] == []
    assert "'backfilled': True" in str(calm["association"])
    # that a covered place has no pixels is rare: what is blank is not covered; bursts are looked
    # for by a command of their own, and nothing is injected or classified
    empty = ["blank_place", "burst", "classification", "injection"]
    assert [table for table, rows in calm.items() if not rows] == empty
    assert any("'blank': '{}'" not in row for row in calm["sky_region"])


def test_the_comparison_sees_the_smallest_change(trapdb, calm):
    with monitor(trapdb.server) as conn, conn.transaction(force_rollback=True):
        # lift the last bit of the indexed position of a single source
        conn.execute(
            "update trap_data.source as s set pos = spoint(long(s.pos), lat(s.pos) * (1 + 2.3e-16))"
            " where name = (select min(name) from trap_data.source) and s.dataset_id ="
            " (select dataset_id from trap_data.dataset where name = 'calm')"
        )
        assert len(bits_that_differ(calm, contents(conn, "calm"))) == 2


@pytest.mark.slow
def test_the_client_killed_between_two_steps(trapdb, field, calm):
    process = trapdb.start(*ingest(field, "between"))
    assert wait_for_steps(process, 2)
    process.send_signal(signal.SIGKILL)
    assert end_of(process).status == -signal.SIGKILL
    trapdb.complete(*ingest(field, "between"))
    compare(trapdb, "between", calm)


@pytest.mark.parametrize(
    ("table", "stage"), [("association", "associate_image"), ("measurement", "measurement")]
)
def test_the_client_killed_within_a_step(trapdb, field, calm, table, stage):
    name = f"client killed in {stage}"
    process = trapdb.start(*ingest(field, name))
    assert wait_for_steps(process, 2)
    with held(trapdb.server, table) as wait:
        assert wait().at == stage
        process.kill()
        ended = end_of(process)
    assert ended.status == -signal.SIGKILL
    assert ended.complaints == []
    trapdb.complete(*ingest(field, name))
    compare(trapdb, name, calm)


@pytest.mark.parametrize(
    "signals",
    [
        [signal.SIGTERM],
        [signal.SIGINT, signal.SIGTERM],
        pytest.param([signal.SIGINT], marks=pytest.mark.slow),
        pytest.param([signal.SIGTERM, signal.SIGINT], marks=pytest.mark.slow),
    ],
)
def test_ctrl_c_and_sigterm_within_a_step(trapdb, field, calm, signals):
    """Once, it finishes the step; twice, the step is rolled back.

    Of the same signal, two that come at once would be one.
    """
    name = " and ".join(["interrupted by", *[how.name for how in signals]])
    once = len(signals) == 1

    def ask(query):
        with monitor(trapdb.server) as conn:
            return conn.execute(query, [name]).fetchone()[0]

    def count_steps():
        return ask("select time_steps from trap.dataset where dataset = %s")

    process = trapdb.start(*ingest(field, name))
    assert wait_for_steps(process, 2)
    with held(trapdb.server, "sky_region_limit") as wait:
        assert wait().at == "close_time_step"
        before = count_steps()
        for how in signals:
            process.send_signal(how)
        if not once:
            ended = end_of(process)
    if once:
        ended = end_of(process)
    assert ended.status == 130
    assert ended.complaints == ["trapdb: interrupted"]
    assert count_steps() == before + once
    assert ask("select outcome from trap.pipeline_run where dataset = %s") == "interrupted"
    trapdb.complete(*ingest(field, name))
    compare(trapdb, name, calm)


@pytest.mark.parametrize(
    ("victim", "how", "table", "stage"),
    [
        ("backend", signal.SIGKILL, "association", "associate_image"),
        ("server", signal.SIGKILL, "sky_region_limit", "close_time_step"),
        ("server", signal.SIGQUIT, "image", "register_image"),
    ],
)
def test_the_server_killed_within_a_step(trapdb, field, calm, victim, how, table, stage):
    """The command waits for it to come back, and does the step again."""
    name = f"{victim} killed in {stage}"
    process = trapdb.start(*ingest(field, name))
    assert wait_for_steps(process, 2)
    with held(trapdb.server, table) as wait:
        backend = wait()
        assert backend.at == stage
        if victim == "backend":
            os.kill(backend.pid, how)
        else:
            kill_server(trapdb.server, how)
    ended = end_of(process)
    assert (ended.status, ended.complaints) == (1, []), ended
    compare(trapdb, name, calm)


def test_the_server_process_killed_again_and_again(trapdb, field, calm):
    """A run survives each outage, not only the first."""
    name = "three outages"
    process = trapdb.start(*ingest(field, name))
    for _ in range(3):
        assert wait_for_steps(process, 1)
        with held(trapdb.server, "association") as wait:
            os.kill(wait().pid, signal.SIGKILL)
    ended = end_of(process)
    assert (ended.status, ended.complaints) == (1, []), ended
    compare(trapdb, name, calm)


def test_a_server_that_stays_away_ends_the_run_in_one_line(trapdb, field, calm, tmp_path):
    name = "server gone"
    impatient = tmp_path / "impatient.toml"
    matched = (field.parent / "matched.toml").read_text()
    impatient.write_text(f"{matched}[ingest]\nreconnect_s = 0\n")
    process = trapdb.start(*ingest(field, name), "--config", impatient)
    assert wait_for_steps(process, 2)
    with held(trapdb.server, "association") as wait, crippled(trapdb.server):
        wait()
        kill_server(trapdb.server, signal.SIGKILL)
        ended = end_of(process)
    assert ended.status == 2
    assert "the same command goes on from there" in ended.complaint
    trapdb.complete(*ingest(field, name))
    compare(trapdb, name, {**calm, "pipeline_run": []}, without="pipeline_run")


def test_ctrl_c_while_the_server_is_away(trapdb, field, calm):
    """Nobody waits for it any more."""
    name = "tired of waiting"
    process = trapdb.start(*ingest(field, name))
    assert wait_for_steps(process, 2)
    with held(trapdb.server, "association") as wait, crippled(trapdb.server):
        wait()
        kill_server(trapdb.server, signal.SIGKILL)
        wait_until_told(process, "the database went away")
        process.send_signal(signal.SIGINT)
        ended = end_of(process)
    assert (ended.status, ended.complaints) == (130, ["trapdb: interrupted"])
    trapdb.complete(*ingest(field, name))
    compare(trapdb, name, calm)


def test_a_server_that_is_stopped_stays_stopped(trapdb, field, calm):
    name = "server stopped"
    process = trapdb.start(*ingest(field, name))
    assert wait_for_steps(process, 2)
    with held(trapdb.server, "association") as wait:
        wait()
        trapdb.complete("db", "stop")
        ended = end_of(process)
    assert ended.status == 2
    assert "the same command goes on from there" in ended.complaint
    assert not status(trapdb.server).running
    trapdb.complete(*ingest(field, name))
    compare(trapdb, name, calm)


def test_the_workers_killed_at_work(trapdb, field, calm):
    """And the process that they come from; it is seen neither in the data nor in the output."""
    name = "workers killed"
    process = trapdb.start(*ingest(field, name))
    for _ in range(3):
        assert wait_for_steps(process, 1)
        for pid in workers_of(process):
            os.kill(pid, signal.SIGKILL)
    ended = end_of(process)
    assert (ended.status, ended.complaints) == (1, []), ended
    compare(trapdb, name, calm)


@pytest.mark.parametrize("options", [pytest.param((1, 8), marks=pytest.mark.slow), (3, 1)])
def test_the_number_of_workers_changes_nothing(trapdb, field, calm, options):
    """Nor does that of the images which they have in memory."""
    name = f"{options[0]} workers"
    workers, images = options
    choice = ["--workers", workers, "--images-in-memory", images]
    trapdb.complete(*ingest(field, name), *choice)
    compare(trapdb, name, {**calm, "pipeline_run": []}, without="pipeline_run")


def test_rebuilding_killed_within_a_step(trapdb, field, rebuilt):
    """Whoever rewinds is told; a replay waits for a server that comes back."""
    replayed, anew = rebuilt
    trapdb.complete(*ingest(field, "rebuilt"))

    process = trapdb.start(*rewind("rebuilt"))
    with held(trapdb.server, "source_flux") as wait:
        os.kill(wait().pid, signal.SIGKILL)
        ended = end_of(process)
    assert ended.status == 2
    assert ended.complaint.startswith("trapdb: database: ")
    trapdb.complete(*rewind("rebuilt"))

    process = trapdb.start("dataset", "replay", "rebuilt")
    assert wait_for_steps(process, 1)
    with held(trapdb.server, "association") as wait:
        assert wait().at == "associate_image"
        process.kill()
        end_of(process)
    process = trapdb.start("dataset", "replay", "rebuilt")
    with held(trapdb.server, "sky_region_limit") as wait:
        assert wait().at == "close_time_step"
        kill_server(trapdb.server, signal.SIGQUIT)
    ended = end_of(process)
    assert (ended.status, ended.complaints) == (0, []), ended
    compare(trapdb, "rebuilt", replayed)

    process = trapdb.start("reassociate", "rebuilt", "--as", "rebuilt anew")
    assert wait_for_steps(process, 2)
    with held(trapdb.server, "sky_region_limit") as wait:
        assert wait().at == "close_time_step"
        kill_server(trapdb.server, signal.SIGKILL)
    ended = end_of(process)
    assert (ended.status, ended.complaints) == (0, []), ended
    compare(trapdb, "rebuilt anew", anew)


def test_a_back_fill_killed_within_an_image(trapdb, field, filled):
    name = "back-fill killed"
    trapdb.complete(*ingest(field, name), "--backfill", 0)
    process = trapdb.start("backfill", "--dataset", name)
    assert wait_for_steps(process, 2)
    with held(trapdb.server, "association") as wait:
        assert wait().at == "add_backfill"
        process.kill()
        end_of(process)
    process = trapdb.start("backfill", "--dataset", name)
    with held(trapdb.server, "association") as wait:
        assert wait().at == "add_backfill"
        kill_server(trapdb.server, signal.SIGKILL)
    ended = end_of(process)
    assert (ended.status, ended.complaints) == (0, []), ended
    compare(trapdb, name, filled)
