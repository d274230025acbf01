"""Packages in the database: what follows from what, who waits for whom, what is held, and why."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from importlib import import_module
from itertools import pairwise
from time import sleep
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from tests.conftest import READER, WORKER
from tests.sql.catalogue import watch
from trapdb.errors import DatabaseError
from trapdb.response.tasks import KINDS


def task(kind="file", **more):
    common = {"is_long": False, "arguments": {}, "after": [], "attempts_max": 2}
    return {"kind": kind, **common, **more}


@pytest.fixture
def respond(house, operator):
    """Let responder r answer an event by packages of such tasks; return the last package."""

    def responded(*packages, responder="r", **event):
        house.event(responder, **event)
        ((job_id, token, *_),) = operator(
            "take_work", queue="response", worker="w", lease="1 hour", most=1
        )
        made = [{"title": "t", "tasks": tasks} for tasks in packages]
        (said,) = operator("finish_response", job_id=job_id, token=token, packages=Jsonb(made))
        assert said.finish_response
        return house.packages()[-1].package_id

    return responded


@pytest.fixture
def take(operator):
    def taken(most=20, lease="1 hour", queue="task"):
        return operator("take_work", queue=queue, worker="w", lease=lease, most=most)

    return taken


@pytest.fixture
def finish(operator):
    def finished(turn, result=None):
        (said,) = operator(
            "finish_job", job_id=turn.job_id, token=turn.token, result=Jsonb(result), said=["so"]
        )
        return said.finish_job

    return finished


@pytest.fixture
def fail(operator):
    def failed(turn, again=None):
        (said,) = operator(
            "fail_job", job_id=turn.job_id, token=turn.token, error="why", again_after=again
        )
        return said.fail_job

    return failed


def test_a_task_waits_for_those_before_it_and_is_told_what_came_of_them(
    house, respond, take, finish
):
    respond([task(), task(), task(after=[0, 1]), task(after=[2])])
    assert house.states() == [["open", "waiting", "waiting", "blocked", "blocked"]]
    first, second = take()
    assert first.before is None
    assert finish(first, {"path": "a"})
    assert take() == []
    assert finish(second, 2)
    (third,) = take()
    assert (third.task, third.before) == (2, {"0": {"path": "a"}, "1": 2})
    assert finish(third)
    assert not finish(third)
    assert finish(take()[0])
    assert house.states() == [["done", "done", "done", "done", "done"]]
    assert [line["said"] for line in house.jobs()[0].log] == ["so"]


def test_what_waited_for_what_failed_is_given_up_and_tried_again_with_it(
    house, operator, respond, take, finish, fail
):
    package_id = respond([task(), task(after=[0]), task(after=[1]), task()])
    first, other = take()
    assert fail(first, "0 s")
    assert finish(other)
    assert fail(take()[0])
    assert house.states() == [["failed", "failed", "aborted", "aborted", "done"]]
    assert [job.error for job in house.jobs()][:2] == [
        "why",
        "task 0, which had to be done before: failed",
    ]
    operator("retry_package", package_id=package_id)
    assert house.states() == [["open", "waiting", "blocked", "blocked", "done"]]
    for _ in range(3):
        (turn,) = take()
        assert finish(turn)
    assert house.states() == [["done", "done", "done", "done", "done"]]
    with pytest.raises(DatabaseError, match="package 1 has not failed: it is done"):
        operator("retry_package", package_id=package_id)


@pytest.mark.parametrize("held", [False, True])
def test_what_is_too_late_is_not_begun(house, operator, respond, take, held):
    late = {"deadline": "2026-01-01T00:00:00+00:00"}
    operator("hold_responder", responder="r", held=held)
    if held:
        operator("hold_responder", responder="r", held=False)
        house.event("r")
        operator("limit_responder", responder="r", per_hour=None, per_day=None, quiet_from=None,
                 quiet_until=None, quiet_zone="UTC", needs_approval=True)  # fmt: skip
        house.rows("delete from trap_data.job")
    respond([task(**late), task(after=[0])])
    if held:
        assert house.states() == [["held", "held", "held"]]
    assert take() == []
    operator("expire_tasks", most=100)
    assert house.states() == [["failed", "expired", "aborted"]]
    assert "not begun before its deadline" in house.jobs()[0].error


def test_the_more_important_is_first(house, respond, take):
    respond([task(priority=priority) for priority in (0, -2, 2, None)], priority=1)
    assert [turn.task for turn in take(most=3)] == [2, 3, 0]
    assert [turn.task for turn in take()] == [1]


def test_an_event_has_its_packages_once(house, operator, respond, take):
    house.event("r")
    (turn,) = take(queue="response", lease="-1 s")
    (again,) = take(queue="response")
    made = Jsonb([{"title": "t", "tasks": [task()]}])
    said = [
        operator("finish_response", job_id=one.job_id, token=one.token, packages=made)[0][0]
        for one in (turn, again, again)
    ]
    assert said == [False, True, False]
    assert house.states() == [["open", "waiting"]]


@pytest.mark.parametrize("tense", ["injected", "simulated", "test"])
def test_what_is_not_real_never_leaves_the_house(house, operator, respond, take, tense):
    indoors, outdoors = (
        ["file", "stamps", "monitor", "rerun"],
        ["mail", "webhook", "new", "observe"],
    )
    package_id = respond([task(kind) for kind in indoors + outdoors], tense=tense)
    assert [turn.payload["kind"] for turn in take()] == indoors
    refused = house.jobs()[4:]
    assert {job.state for job in refused} == {"refused"}
    assert {job.error for job in refused} == {
        f"the event is {tense}: of what is not real nothing leaves the house"
    }
    operator("cancel_package", package_id=package_id)
    assert house.states() == [["refused"] + ["aborted"] * 4 + ["refused"] * 4]


def test_no_more_within_an_hour(house, operator, respond, take):
    limits = {"per_day": None, "quiet_from": None, "quiet_until": None, "quiet_zone": "UTC"}
    operator("limit_responder", responder="r", per_hour=2, needs_approval=False, **limits)
    for _ in range(2):
        respond([task()], [task()], [task()])
    respond([task()], responder="another")
    respond([task()], kind="retraction", first_event_id=1, previous_event_id=1, reason="gone")
    opened = [package.opened_at for package in house.packages() if package.responder == "r"]
    for earlier, later in zip(opened[:6], opened[2:6], strict=False):
        assert later - earlier >= timedelta(hours=1)
    # a retraction waits for nobody
    assert len(take()) == 4


def test_nobody_has_to_approve_of_retractions(house, operator, respond, take):
    limits = {"quiet_from": None, "quiet_until": None, "quiet_zone": "UTC"}
    operator("limit_responder", responder="r", per_hour=1, per_day=1, needs_approval=True, **limits)
    respond([task()])
    respond([task()], kind="retraction", first_event_id=1, previous_event_id=1, reason="gone")
    assert [turn.event_id for turn in take()] == [2]


def test_beyond_the_budget_a_person_decides(house, operator, respond, take):
    limits = {"per_hour": None, "quiet_from": None, "quiet_until": None, "quiet_zone": "UTC"}
    operator("limit_responder", responder="r", per_day=1, needs_approval=False, **limits)
    package_id = respond([task()], [task()])
    assert [package.state for package in house.packages()] == ["open", "held"]
    operator("approve_package", package_id=package_id)
    assert house.packages()[-1].approved_by == "test_operator"
    assert len(take()) == 2
    with pytest.raises(DatabaseError, match="does not wait for approval: it is open"):
        operator("approve_package", package_id=package_id)
    with pytest.raises(DatabaseError, match="there is no package 99"):
        operator("approve_package", package_id=99)


def test_quiet_hours_are_waited_for_once(house, operator, respond, take):
    now = datetime.now(UTC)
    begin, end = (now - timedelta(hours=1)).time(), (now + timedelta(hours=1)).time()
    operator(
        "limit_responder", responder="r", per_hour=None, per_day=None, needs_approval=False,
        quiet_from=begin, quiet_until=end, quiet_zone="UTC",
    )  # fmt: skip
    respond([task(), task()])
    respond([task()], responder="another")
    respond([task()], kind="retraction", first_event_id=1, previous_event_id=1, reason="gone")
    assert [(turn.responder, turn.event_id) for turn in take()] == [("another", 2), ("r", 3)]
    for job in house.jobs()[:2]:
        assert abs(job.not_before - (now + timedelta(hours=1))) < timedelta(seconds=1)
        assert (job.state, job.attempts) == ("waiting", 0)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    begin=st.times().map(lambda t: t.replace(microsecond=0)),
    end=st.times().map(lambda t: t.replace(microsecond=0)),
    zone=st.sampled_from(["UTC", "Europe/Amsterdam", "Australia/Perth", "America/New_York"]),
    at=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
)
def test_quiet_hours_are_those_of_the_clock_on_the_wall(house, begin, end, zone, at):
    """By an oracle that asks the clock minute by minute; not where it is set forward or back."""
    if begin == end:
        return
    at = at.replace(microsecond=0, tzinfo=UTC)
    here = ZoneInfo(zone)
    offsets = {(at + timedelta(hours=hours)).astimezone(here).utcoffset() for hours in (0, 26)}
    clock = at.astimezone(here).time()
    quiet = begin <= clock < end if begin < end else clock >= begin or clock < end
    found = house.value("select trap.quiet_until(%s, %s, %s, %s)", begin, end, zone, at)
    assert (found is not None) == quiet
    if quiet and len(offsets) == 1:
        assert found.astimezone(here).time() == end
        assert timedelta() < found - at <= timedelta(days=1)


def test_what_is_held_waits_and_goes_on(house, operator, respond, take, finish):
    package_id = respond([task(), task(after=[0])])
    operator("hold_responder", responder="*", held=True, reason="maintenance")
    assert take() == take(queue="response") == []
    operator("hold_responder", responder="*", held=False)
    operator("hold_responder", responder="r", held=True)
    assert house.states() == [["open", "held", "held"]]
    house.event("r")
    assert take(queue="response") == []
    operator("hold_package", package_id=package_id, reason="to be looked at")
    operator("hold_responder", responder="r", held=False)
    # it is held for itself, too
    assert house.states() == [["held", "held", "held"]]
    assert len(take(queue="response")) == 1
    operator("approve_package", package_id=package_id)
    assert house.states() == [["open", "waiting", "blocked"]]
    # what is worked on goes on
    (turn,) = take()
    operator("hold_responder", responder="r", held=True)
    assert finish(turn)
    assert house.states() == [["open", "done", "held"]]


def test_what_is_cancelled_is_nobodys(house, operator, respond, take, finish):
    package_id = respond([task(), task(after=[0])])
    (turn,) = take()
    (said,) = operator("cancel_package", package_id=package_id, reason="a mistake")
    assert said.cancel_package
    assert house.states() == [["cancelled", "aborted", "aborted"]]
    ids = {"job_ids": [turn.job_id], "tokens": [turn.token]}
    assert operator("renew_work", lease="1 hour", **ids) == []
    assert not finish(turn)
    (said,) = operator("cancel_package", package_id=package_id)
    assert not said.cancel_package
    assert house.packages()[0].reason == "a mistake"


def test_nothing_more_is_begun_about_what_did_not_happen(house, respond, take):
    respond([task()], [task()], responder="begun")
    take(most=1)
    respond([task()], responder="waits")
    house.rows("update trap_data.package set event_id = 1, number = 2 where event_id = 2")
    house.rows(
        "select trap.add_job("
        "'response', '{\"event_id\": 1, \"responder\": \"called\"}', '1/called')"
    )
    house.rows("select trap.withdraw_packages('{1}', 'it was an artefact')")
    assert {package.state for package in house.packages()} == {"cancelled"}
    assert [job.state for job in house.jobs("response")] == ["done", "done", "aborted"]
    assert take() == take(queue="response") == []


def test_what_failed_about_what_did_not_happen_is_not_tried_again(
    house, operator, respond, take, fail
):
    package_id = respond([task("mail")])
    (turn,) = take()
    assert fail(turn)
    house.event("called")
    (call,) = take(queue="response")
    assert fail(call)
    for event_id in (1, 2):
        house.rows("select trap.withdraw_packages(%s, 'it was an artefact')", [event_id])
    assert house.packages()[0].state == "cancelled"
    with pytest.raises(DatabaseError, match="has not failed: it is cancelled"):
        operator("retry_package", package_id=package_id)
    with pytest.raises(DatabaseError, match="no call of called failed at event 2"):
        operator("retry_response", event_id=2, responder="called")


def test_what_is_tried_again_was_begun_before(house, operator, respond, take, fail):
    package_id = respond([task("mail")])
    (turn,) = take()
    operator("prepare_task", job_id=turn.job_id, token=turn.token, prepared=Jsonb("a message"))
    assert fail(turn)
    operator("retry_package", package_id=package_id)
    gone = house.event(kind="retraction", first_event_id=1, previous_event_id=1, reason="gone")
    (begun,) = operator("begun_tasks", event_id=gone, responder="r")
    assert (begun.kind, begun.told) == ("mail", True)


def test_by_what_was_not_prepared_nobody_was_told(house, operator, respond, take, fail):
    respond([task(kind) for kind in KINDS])
    for turn in take():
        assert fail(turn)
    gone = house.event(kind="retraction", first_event_id=1, previous_event_id=1, reason="gone")
    told = {one.kind for one in operator("begun_tasks", event_id=gone, responder="r") if one.told}
    prepare = {kind for kind, one in KINDS.items() if hasattr(import_module(one.module), "prepare")}
    assert told == {"file", *(set(KINDS) - {"stamps", "monitor", "rerun"} - prepare)}


def test_what_is_in_question_waits_until_it_holds_again(house, operator, respond, take):
    respond([task()])
    house.event("another", first_event_id=1, kind="update", previous_event_id=1)
    house.rows("delete from trap_data.watch")
    watch(house.conn, "int_flux_mean >= 100")
    house.rows(
        "insert into trap_data.standing_event (event_id, dataset_id, watch_id, episode_id,"
        " source_id, taken_at, is_open, questioned_until) select event_id, dataset_id,"
        " (select watch_id from trap_data.watch), 1, source_id, taken_at, false,"
        " now() - interval '1 s' from trap_data.event"
    )
    try:
        assert take() == take(queue="response") == []
        waiting = house.jobs() + house.jobs("response")[1:]
        assert [(job.state, job.attempts, job.started_at) for job in waiting] == [
            ("waiting", 0, None)
        ] * 2
        house.rows("update trap_data.standing_event set questioned_until = null")
        house.rows("update trap_data.job set not_before = now()")
        assert len(take() + take(queue="response")) == 2
    finally:
        house.rows("delete from trap_data.watch")


def test_who_cancels_and_who_finishes_do_not_wait_for_each_other(
    house, cluster, house_name, respond, take, finish
):
    respond([task(), task(after=[0]), task()])
    *_, last = take()
    locking = (
        "select from trap_data.job where package_id = 1 and task <= 1 order by task for update"
    )
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
    with psycopg.connect(cluster.url(house_name)) as conn, ThreadPoolExecutor() as pool:
        conn.execute(locking)
        finished = pool.submit(finish, last)
        while not house.value(waiting):
            sleep(0.01)
        # it waits for the first task, and has not locked what comes after that
        conn.execute("select trap.cancel_package(1)")
        conn.commit()
        assert not finished.result()
    assert house.states() == [["cancelled", "aborted", "aborted", "aborted"]]


def test_who_takes_waits_for_nobody(respond, take, cluster, house_name):
    late = {"deadline": "2026-01-01T00:00:00+00:00"}
    respond([task(), task(after=[0]), task(**late)])
    respond([task()], responder="another")
    with psycopg.connect(cluster.url(house_name)) as conn:
        conn.execute("select from trap_data.job where package_id = 1 and task = 1 for update")
        assert [(turn.package_id, turn.task) for turn in take()] == [(1, 0), (2, 0)]


def test_what_cannot_be_tried_again_is_told_and_the_others_are(
    house, responding, respond, take, fail
):
    respond([task()], [task()])
    *_, failed = take()
    assert fail(failed)
    output, log = responding.run("retry", "1", "2", status=1)
    assert output == "to be tried again: 2\n"
    assert [line for line in log if "package 1 has not failed: it is open" in line], log


def test_a_package_that_is_held_is_not_taken_from_a_worker_that_went_away(
    house, operator, respond, take
):
    package_id = respond([task()])
    take(lease="0 s")
    operator("hold_package", package_id=package_id)
    assert take() == []
    assert house.states() == [["held", "held"]]
    operator("approve_package", package_id=package_id)
    assert len(take()) == 1


def test_what_is_kept_of_a_task_is_its_workers(house, operator, respond, take):
    package_id = respond([task()])
    (turn,) = take()
    mine = {"job_id": turn.job_id, "token": turn.token}
    for value, kept in [("a", True), ("a", True), ("b", False)]:
        (said,) = operator("prepare_task", prepared=Jsonb(value), **mine)
        assert said.prepare_task == kept
    operator("cancel_package", package_id=package_id)
    (said,) = operator("prepare_task", prepared=Jsonb("a"), **mine)
    assert not said.prepare_task


def test_retractions_count_for_no_limit(house, operator, respond):
    limits = {"quiet_from": None, "quiet_until": None, "quiet_zone": "UTC"}
    operator(
        "limit_responder", responder="r", per_hour=1, per_day=1, needs_approval=False, **limits
    )
    respond([task()], kind="retraction", first_event_id=1, previous_event_id=1, reason="gone")
    respond([task()])
    _, package = house.packages()
    assert package.state == "open"
    assert package.opened_at - package.created_at < timedelta(minutes=1)


def test_who_deletes_data_sets_wakes_responders(house, cluster, house_name):
    event_id = house.event()
    house.rows("update trap_data.event set responders = '{r}' where event_id = %s", event_id)
    house.rows("create role deleter login in role trapdb_admin")
    try:
        with psycopg.connect(cluster.url(house_name, "deleter"), autocommit=True) as conn:
            conn.execute("set role trapdb_admin")
            conn.execute("select trap.wake_responders(array[%s::bigint])", [event_id])
    finally:
        house.rows("drop role deleter")
    assert len(house.jobs("response")) == 1


def test_only_operators_come_to_the_queues_of_responders(house, cluster, house_name, respond):
    respond([task()])
    refused = pytest.raises(psycopg.errors.InsufficientPrivilege)
    with psycopg.connect(cluster.url(house_name, WORKER), autocommit=True) as conn:
        for query in (
            "select * from trap.take_job('task', 'w', '1 hour')",
            "select trap.add_job('response', '{}')",
            "select * from trap.jobs_of('task', null, null, 10)",
            "select * from trap.take_work('task', 'w', '1 hour', 1)",
            "select trap.approve_package(1)",
        ):
            with refused:
                conn.execute(query)
        # nor to them by another way
        with pytest.raises(psycopg.errors.CheckViolation):
            house.rows("select trap.add_job('task', '{}')")
    with psycopg.connect(cluster.url(house_name, READER), autocommit=True) as conn, refused:
        conn.execute("select * from trap.tasks_of(1)")


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"responder": "*"}, "limits are of one responder"),
        ({"quiet_zone": "Foo5"}, '"Foo5" is no time zone'),
        ({"per_day": 0}, "a responder that may do nothing is held"),
        ({"quiet_from": time(1)}, "quiet hours have a beginning and another end"),
    ],
)
def test_limits_that_make_no_sense_are_refused(operator, limits, said):
    sound = {
        "responder": "r", "per_hour": None, "per_day": None, "quiet_from": None,
        "quiet_until": None, "quiet_zone": "UTC", "needs_approval": False,
    }  # fmt: skip
    with pytest.raises(DatabaseError, match=said):
        operator("limit_responder", **{**sound, **limits})


def pages(house, query):
    explain = "explain (analyze, buffers, format json) select * from "
    plan = house.value(explain + query)[0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def again(house, query):
    """The pages of a query, again and again: at first much is read about tables and functions."""
    for _ in range(8):
        yield pages(house, query)
        house.rows(
            "update trap_data.job set state = 'waiting', lease_until = null, attempts = 0"
            " where state = 'running'"
        )


def test_what_is_done_costs_nothing(house, operator, respond):
    """The pages that are read do not grow with what was done."""
    queries = [
        "trap.take_work('task', 'w', '1 hour', 5)",
        "trap.take_work('response', 'w', '1 hour', 5)",
        "trap.responses(array['failed', 'held'], null, null, 20)",
        "trap.responses(null, null, null, 20)",
        "trap.expire_tasks(10)",
        "trap.package_opening('r', 'initial')",
    ]
    found = []
    for many in (3000, 30000):
        house.rows(
            "with p as (insert into trap_data.package"
            " (event_id, responder, number, title, event_kind, tense, state, opened_at, ended_at)"
            " select n, 'r', 0, 't', 'initial', 'real', 'done', now() - interval '2 days', now()"
            " from generate_series(%s::int, %s::int) as n returning package_id)"
            " insert into trap_data.job (queue, payload, state, attempts_max, ended_at, package_id,"
            " task) select 'task', '{}', 'done', 3, now(), package_id, 0 from p",
            10 * many, 11 * many,
        )  # fmt: skip
        house.rows(
            "insert into trap_data.job (queue, payload, state, attempts_max, ended_at, result)"
            " select 'response', jsonb_build_object('event_id', n, 'responder', 'r'), 'done', 3,"
            " now(), '{}' from generate_series(%s::int, %s::int) as n", 10 * many, 11 * many,
        )  # fmt: skip
        house.conn.execute("vacuum analyze trap_data.job, trap_data.package")
        for _ in range(3):
            respond([task(), task()])
        found.append([min(again(house, query)) for query in queries])
    for before, after in pairwise(found):
        for query, few, many in zip(queries, before, after, strict=True):
            assert many < 1.2 * few + 20, (query, found)
