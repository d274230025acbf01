"""The queue: each job is done once, whoever takes it, whoever dies."""

import threading
from collections import Counter
from contextlib import closing
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from tests.conftest import OPERATOR, READER

LONG, DEAD = "1 hour", "-1 second"


@pytest.fixture
def queue(db):
    """A connection to the queue, which is empty."""
    db.execute("delete from trap_data.job")
    yield db
    db.execute("delete from trap_data.job")


def add(conn, number=0, key=None, held=False, attempts=3):
    row = conn.execute(
        "select trap.add_job('q', %s, %s, %s, %s)", [Jsonb(number), key, held, attempts]
    )
    return row.fetchone()[0]


def take(conn, lease=LONG, queue="q"):
    """Identifier, token and payload of the job that was taken; None: there was none."""
    row = conn.execute("select * from trap.take_job(%s, 'w', %s)", [queue, lease]).fetchone()
    return row and row[:3]


def said(conn, routine, *arguments):
    places = ", ".join(["%s"] * len(arguments))
    return conn.execute(f"select trap.{routine}({places})", arguments).fetchone()[0]


def finish(conn, turn, result="done"):
    return said(conn, "finish_job", turn[0], turn[1], Jsonb(result))


def state(conn, job_id):
    row = conn.execute("select state from trap_data.job where job_id = %s", [job_id]).fetchone()
    return row and row[0]


def expire(conn, job_id):
    """Let the lease of a job be over."""
    conn.execute(
        "update trap_data.job set lease_until = clock_timestamp() - interval '1 s'"
        " where job_id = %s and state = 'running'",
        [job_id],
    )


def test_the_oldest_is_first_and_each_comes_once(queue):
    for number in range(3):
        add(queue, number)
    assert [take(queue)[2] for _ in range(3)] == [0, 1, 2]
    assert take(queue) is None


def test_who_asks_twice_has_one_job(queue):
    job_id = add(queue, 1, "key")
    assert add(queue, 2, "key") == job_id
    assert add(queue, 1) != add(queue, 1)
    assert finish(queue, take(queue))
    # also when it is done already
    assert add(queue, 3, "key") == job_id
    assert state(queue, job_id) == "done"


def test_a_queue_that_is_full_takes_no_more(queue):
    """Those that are held or worked on count, those that have ended do not."""

    def add_one():
        return said(queue, "add_job", "q", Jsonb(1), None, True, 3, None, 3)

    held, *others = [add_one() for _ in range(3)]
    assert add_one() is None
    assert add(queue) is not None
    assert said(queue, "add_job", "another", Jsonb(1), None, True, 3, None, 3) is not None
    for job_id in others:
        said(queue, "abort_job", job_id)
    assert add_one() is not None
    assert add_one() is None
    assert state(queue, held) == "held"


def test_a_job_that_is_handed_back_is_as_if_it_had_not_been_taken(queue):
    job_id = add(queue, attempts=1)
    turn = take(queue)
    assert said(queue, "hand_back_job", *turn[:2])
    assert not finish(queue, turn)
    assert not said(queue, "hand_back_job", *turn[:2])
    again = take(queue)
    assert again[0] == job_id
    assert finish(queue, again)
    assert not said(queue, "hand_back_job", *again[:2])
    assert state(queue, job_id) == "done"


def test_two_that_ask_at_once_have_one_job(queue, module_url):
    with closing(psycopg.connect(module_url)) as other:
        first = add(other, 1, "key")
        later = []
        thread = threading.Thread(target=lambda: later.append(add(queue, 2, "key")))
        thread.start()
        other.commit()
        thread.join()
    assert later == [first]


def test_queues_are_apart(queue):
    add(queue)
    assert take(queue, queue="another") is None


def test_what_is_held_waits_until_it_is_released(queue):
    job_id = add(queue, 1, held=True)
    assert take(queue) is None
    assert said(queue, "change_job", job_id, Jsonb(2))
    assert queue.execute("select trap.change_job(%s, p_release => true)", [job_id]).fetchone()[0]
    assert not said(queue, "change_job", job_id, Jsonb(3))
    assert take(queue)[2] == 2


def test_whoever_lost_the_lease_can_do_nothing(queue):
    add(queue)
    late = take(queue, DEAD)
    turn = take(queue)
    assert turn[0] == late[0]
    assert not finish(queue, late, "late")
    assert not said(queue, "fail_job", late[0], late[1], "late")
    assert not said(queue, "renew_job", late[0], late[1], LONG)
    assert finish(queue, turn)
    assert not finish(queue, turn)
    assert queue.execute("select result from trap_data.job").fetchone()[0] == "done"


def test_an_aborted_job_is_nobodys(queue):
    job_id = add(queue)
    turn = take(queue)
    assert said(queue, "abort_job", job_id)
    assert not said(queue, "renew_job", turn[0], turn[1], LONG)
    assert not finish(queue, turn)
    assert not said(queue, "abort_job", job_id)
    assert state(queue, job_id) == "aborted"


def test_it_is_tried_again_and_not_for_ever(queue):
    job_id = add(queue, attempts=2)
    turn = take(queue)
    assert said(queue, "fail_job", turn[0], turn[1], "the first", "0 s")
    turn = take(queue)
    assert said(queue, "fail_job", turn[0], turn[1], "the second", "0 s")
    assert state(queue, job_id) == "failed"
    assert take(queue) is None


def test_what_kills_its_workers_is_given_up(queue):
    job_id = add(queue, attempts=2)
    other = add(queue, 1)
    assert [take(queue, DEAD)[0] for _ in range(2)] == [job_id] * 2
    assert take(queue)[0] == other
    assert state(queue, job_id) == "failed"
    ((error,),) = queue.execute("select error from trap_data.job where job_id = %s", [job_id])
    assert "2 workers" in error


def test_it_waits_before_it_is_tried_again(queue):
    add(queue)
    turn = take(queue)
    said(queue, "fail_job", turn[0], turn[1], "away", "1 hour")
    assert take(queue) is None


def test_what_has_expired_is_removed(queue):
    queue.execute("select trap.add_job('q', '1', p_expires_at => now() - interval '1 s')")
    kept = add(queue)
    assert said(queue, "remove_expired_jobs", "q") == 1
    assert [job for (job,) in queue.execute("select job_id from trap_data.job")] == [kept]


def test_a_connection_that_dies_has_taken_nothing(queue, module_url):
    job_id = add(queue)
    with closing(psycopg.connect(module_url)) as other:
        assert take(other)[0] == job_id
        # it is just being taken: passed over, and not waited for
        assert take(queue) is None
        queue.execute("select pg_terminate_backend(%s)", [other.info.backend_pid])
        with pytest.raises(psycopg.OperationalError):
            other.commit()
    assert take(queue)[0] == job_id


@pytest.mark.parametrize(("lease", "dies"), [(LONG, 0), ("0.002 s", 3)])
def test_many_take_at_once(queue, module_url, lease, dies):
    """Each job is finished once, also if every third worker goes away in the middle."""
    jobs = {add(queue, number, attempts=1000) for number in range(60)}
    taken, finished = Counter(), Counter()
    lock = threading.Lock()

    def work():
        turns = 0
        with psycopg.connect(module_url, autocommit=True) as conn:
            while len(finished) < len(jobs):
                turn = take(conn, lease)
                if turn is None:
                    if not dies:
                        return
                    continue
                turns += 1
                with lock:
                    taken[turn[0]] += 1
                if dies and turns % dies == 0:
                    continue
                if finish(conn, turn):
                    with lock:
                        finished[turn[0]] += 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert finished == dict.fromkeys(jobs, 1)
    if not dies:
        assert taken == finished


class Model:
    """The queue once more, as a list."""

    def __init__(self):
        self.jobs = {}
        self.clock = 0

    def add(self, job_id, held):
        self.clock += 1
        self.jobs[job_id] = {
            "state": "held" if held else "waiting", "attempts": 0, "token": 0,
            "from": self.clock, "over": False,
        }  # fmt: skip

    def take(self):
        for job_id, job in sorted(self.jobs.items(), key=lambda item: item[1]["from"]):
            if job["state"] == "waiting" or (job["state"] == "running" and job["over"]):
                job["token"] += 1
                if job["attempts"] == 3:
                    job["state"] = "failed"
                    continue
                job.update(state="running", attempts=job["attempts"] + 1, over=False)
                return job_id, job["token"]
        return None

    def holds(self, job_id, token):
        job = self.jobs.get(job_id)
        return bool(job) and job["state"] == "running" and job["token"] == token

    def fail(self, job_id, token, again):
        if not self.holds(job_id, token):
            return False
        self.clock += 1
        job = self.jobs[job_id]
        waits = again and job["attempts"] < 3
        job.update({"state": "waiting" if waits else "failed", "token": token + 1})
        job["from"] = self.clock
        return True


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["add", "add", "hold", "release", "take", "take", "take", "renew", "finish", "fail",
             "retry", "die", "die", "abort", "remove"]
        ),
        st.integers(0, 5),
    ),
    max_size=40,
)  # fmt: skip


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(steps=STEPS)
def test_whatever_happens_in_whatever_order(queue, steps):
    """The queue does as its model, step by step; old turns are tried as well as new ones."""
    queue.execute("delete from trap_data.job")
    model, turns = Model(), []
    for step, which in steps:
        known = list(model.jobs)
        job_id = known[which % len(known)] if known else uuid4()
        job = model.jobs.get(job_id)
        turn = turns[-1 - which % len(turns)] if turns else (uuid4(), 1)
        match step:
            case "add" | "hold":
                model.add(add(queue, held=step == "hold"), step == "hold")
            case "release":
                could = queue.execute("select trap.change_job(%s, p_release => true)", [job_id])
                assert could.fetchone()[0] == bool(job and job["state"] == "held")
                if job and job["state"] == "held":
                    job["state"] = "waiting"
            case "take":
                found, expected = take(queue), model.take()
                assert (found and found[:2]) == expected
                turns += [expected] if expected else []
            case "renew":
                held = model.holds(*turn)
                assert said(queue, "renew_job", *turn, LONG) == held
                if held:
                    model.jobs[turn[0]]["over"] = False
            case "finish":
                held = model.holds(*turn)
                assert finish(queue, turn) == held
                if held:
                    model.jobs[turn[0]]["state"] = "done"
            case "fail" | "retry":
                again = "0 s" if step == "retry" else None
                held = said(queue, "fail_job", *turn, "why", again)
                assert held == model.fail(*turn, again=bool(again))
            case "die":
                expire(queue, job_id)
                if job:
                    job["over"] = True
            case "abort":
                open_ = bool(job) and job["state"] in ("held", "waiting", "running")
                assert said(queue, "abort_job", job_id) == open_
                if open_:
                    job.update(state="aborted", token=job["token"] + 1)
            case "remove":
                assert said(queue, "remove_job", job_id) == (job is not None)
                model.jobs.pop(job_id, None)
    rows = queue.execute("select job_id, state, attempts, token from trap_data.job").fetchall()
    assert {row[0]: tuple(row[1:]) for row in rows} == {
        job_id: (job["state"], job["attempts"], job["token"]) for job_id, job in model.jobs.items()
    }


@pytest.mark.parametrize(
    "query", ["trap.take_job('q', 'w', '1 hour')", "trap.jobs_of('q', null, null, 10)"]
)
def test_what_has_ended_costs_nothing(queue, query):
    """The pages that are read do not grow with the jobs that were done."""
    queue.execute(
        "insert into trap_data.job (queue, payload, state, attempts_max, ended_at)"
        " select 'q', '1', 'done', 3, now() from generate_series(1, 20000)"
    )
    add(queue)
    queue.execute("analyze trap_data.job")
    queue.execute(f"select * from {query}")  # what is read once about tables and functions
    add(queue)
    explain = "explain (analyze, buffers, format json)"
    ((plan,),) = queue.execute(f"{explain} select * from {query}").fetchall()
    assert plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"] < 40


def test_operators_see_how_the_queue_is(queue, cluster):
    add(queue)
    add(queue)
    take(queue, DEAD)
    with psycopg.connect(cluster.url(queue.info.dbname, OPERATOR)) as operator:
        rows = operator.execute(
            "select queue, state, jobs, lost from trap.queue_summary()"
        ).fetchall()
        assert rows == [("q", "running", 1, 1), ("q", "waiting", 1, 0)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            operator.execute("select trap.add_job('q', '1')")


def test_readers_do_not_reach_the_queue(queue, cluster):
    with psycopg.connect(cluster.url(queue.info.dbname, READER), autocommit=True) as reader:
        for query in ("select trap.add_job('q', '1')", "select * from trap_data.job"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(query)
