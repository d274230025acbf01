"""Services that are stopped and killed while several clients ask, at once and by jobs."""

import signal
import threading
import time
from itertools import count

import httpx
import pytest

from tests.jobs.conftest import until

# Some tenths of a second, and an answer that is the job's own.
JOB = (
    "SELECT COUNT(*) AS n, {0} AS k FROM tap_schema.columns AS a, tap_schema.columns AS b"
    " WHERE a.column_name <> b.column_name"
)
SYNC = "SELECT column_name, {0} AS k FROM tap_schema.columns"
RUNNING = "select job_id from trap_data.job where state = 'running'"
OPEN = "select count(*) from trap_data.job where state in ('held', 'waiting', 'running')"


class Clients:
    """Clients that ask until it is enough; of the service that there is just then."""

    def __init__(self, number):
        self.address = None
        self.enough = threading.Event()
        self.made = {}
        self.answers = {}
        self.wrong = []
        self.refused = 0
        self.threads = [threading.Thread(target=self._ask, args=[n]) for n in range(number)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *what):
        self.enough.set()
        for thread in self.threads:
            thread.join()

    def _ask(self, client):
        job = None
        for number in count(1000 * (client + 1)):
            if self.enough.is_set():
                return
            try:
                with httpx.Client(timeout=60) as http:
                    self._ask_for(http, number)
                    if job is None or self._get(http, f"/async/{job}/phase") == "COMPLETED":
                        job = self._make_job(http, number)
            except httpx.TransportError:  # it is gone, perhaps in the middle of an answer
                time.sleep(0.05)

    def _ask_for(self, http, number):
        form = {"LANG": "ADQL", "FORMAT": "csv", "QUERY": SYNC.format(number)}
        reply = self._seen(http.post(f"{self.address}/sync", data=form))
        if reply.status_code == 200:
            self.answers[number] = reply.text.splitlines()

    def _make_job(self, http, number):
        form = {"LANG": "ADQL", "FORMAT": "csv", "QUERY": JOB.format(number), "PHASE": "RUN"}
        reply = self._seen(http.post(f"{self.address}/async", data=form))
        if reply.status_code != 303:
            return None
        self.made[number] = reply.headers["location"].rpartition("/")[2]
        return self.made[number]

    def _get(self, http, path):
        return self._seen(http.get(f"{self.address}{path}")).text

    def _seen(self, reply):
        if reply.status_code == 503 and "QUERY_STATUS" in reply.text:
            self.refused += 1
        elif reply.status_code not in (200, 303):
            self.wrong.append((reply.status_code, reply.text[:500]))
        return reply


@pytest.mark.slow
def test_whatever_happens_every_job_is_done_once_and_every_answer_is_whole(start, queue, files):
    with Clients(4) as clients:
        running = start()
        clients.address = running.tap

        def some_more():
            before = len(clients.made)
            until(lambda: len(clients.made) >= before + 2)

        def taken():
            return {job_id for (job_id,) in queue.execute(RUNNING).fetchall()}

        def until_two_run():
            until(lambda: len(taken()) == 2)

        # stopped as an operator does
        some_more()
        until_two_run()
        running.process.terminate()
        running.process.wait(60)
        assert taken() == set()
        running = start()
        clients.address = running.tap
        # its connections are lost, as when the database is started anew
        some_more()
        until_two_run()
        lost = taken()
        queue.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where usename in ('test_web', 'test_worker') and datname = current_database()"
        )
        lost |= taken()
        # killed
        some_more()
        until_two_run()
        running.process.send_signal(signal.SIGKILL)
        running.process.wait()
        killed = taken()
        running = start()
        clients.address = running.tap
        some_more()
    queue.execute(
        "update trap_data.job set lease_until = clock_timestamp() - interval '1 s'"
        " where state = 'running' and job_id = any(%s)",
        [list(killed)],
    )
    until(lambda: queue.execute(OPEN).fetchone()[0] == 0)
    assert clients.wrong == []

    rows = queue.execute(
        "select job_id, state, attempts, error, result from trap_data.job"
    ).fetchall()
    assert {(state, error) for _, state, _, error, _ in rows} == {("done", None)}
    # nobody took a job whose worker was there, or handed it back
    again = {job_id for job_id, _, attempts, _, _ in rows if attempts > 1}
    assert killed <= again <= killed | lost
    assert {str(job_id) for job_id, *_ in rows} >= set(clients.made.values())
    whole = {name for name in files() if not name.endswith(".part")}
    assert whole == {result["file"] for *_, result in rows}
    told = {}
    for number, job_id in clients.made.items():
        told[number] = httpx.get(f"{running.tap}/async/{job_id}/results/result").text
    (pairs,) = {text.splitlines()[1].partition(",")[0] for text in told.values()}
    assert told == {number: f"n,k\r\n{pairs},{number}\r\n" for number in told}
    (lines,) = {len(answer) for answer in clients.answers.values()}
    ((columns,),) = queue.execute("select count(*) from tap_schema.columns").fetchall()
    assert lines == columns + 1
    for number, answer in clients.answers.items():
        assert {line.rpartition(",")[2] for line in answer[1:]} == {str(number)}
