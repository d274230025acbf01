"""The service on a copy that only reads, its jobs on the primary; servers that go and come back."""

import os
import re
import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest

from tests.database_elsewhere.servers import copied, replayed, wait_for

PROGRAM = [sys.executable, "-m", "trapdb", "serve", "--port", "0", "--config"]
QUICK = "SELECT table_name FROM tap_schema.tables ORDER BY table_name"
# some seconds: all pairs of columns, some times over
SLOW = (
    "SELECT COUNT(*) AS n FROM tap_schema.columns AS a, tap_schema.columns AS b,"
    " tap_schema.schemas AS c WHERE a.column_name <> b.column_name AND a.ucd <> b.ucd"
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def primary(origin, free_port):
    """A server with logins for the service."""
    with copied(origin, free_port()) as server:
        with server.connect() as conn:
            conn.execute("create role web login in role trapdb_public")
            conn.execute("create role web_jobs login in role trapdb_worker")
        yield server


@pytest.fixture(scope="module")
def replica(primary, free_port):
    with copied(primary, free_port(), standby=True) as standby:
        wait_for(lambda: replayed(standby, primary))
        yield standby


@contextmanager
def service(queries, jobs, folder):
    """Serve, with queries on one server and the queue on another; yields a client."""
    config = folder / "serve.toml"
    config.write_text(f'[serve]\nworkers = 1\nresults = "{folder / "results"}"\n')
    environment = {
        **os.environ,
        "TRAPDB_SERVICE_URL": queries.url("web"),
        "TRAPDB_JOBS_URL": jobs.url("web_jobs"),
    }
    with subprocess.Popen(
        [*PROGRAM, config], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        found = re.search(r"\(TAP: (\S+)\)", process.stdout.readline())
        try:
            with httpx.Client(base_url=found[1], timeout=60, follow_redirects=True) as client:
                yield client
        finally:
            process.kill()


def asked(query, **more):
    return {"LANG": "ADQL", "QUERY": query, "FORMAT": "csv", **more}


def begin(client, query):
    """Begin a job; return its path."""
    made = client.post("/async", data=asked(query, PHASE="RUN"), follow_redirects=False)
    return f"/async/{made.headers['location'].rpartition('/')[2]}"


def until_it_runs(client, server, job):
    """Wait until the server works on the job."""
    working = "select from pg_stat_activity where usename = 'web' and state = 'active'"
    with server.connect() as conn:
        wait_for(lambda: conn.execute(working).fetchall(), lambda: client.get(f"{job}/phase").text)


def result(client, job):
    """Wait for the end of a job; return its result, and how often it was begun."""
    ended = ("COMPLETED", "ERROR", "ABORTED")

    def has_ended():
        reply = client.get(f"{job}/phase")
        return reply.status_code == 200 and reply.text in ended

    wait_for(has_ended, lambda: client.get(job).text)
    reply = client.get(f"{job}/results/result")
    assert reply.status_code == 200, client.get(job).text
    return reply.text


def attempts(server):
    with server.connect() as conn:
        return conn.execute("select attempts from trap_data.job order by number desc").fetchone()[0]


def test_a_copy_answers_and_works_on_jobs(primary, replica, tmp_path):
    with service(replica, primary, tmp_path) as client:
        answer = client.post("/sync", data=asked(QUICK)).text
        assert "trap.image" in answer.splitlines()
        assert result(client, begin(client, QUICK)) == answer
        refused = client.post("/sync", data=asked(QUICK, UPLOAD="t,param:x", X="<VOTABLE/>"))
        assert refused.status_code == 400
        assert "reads from a copy" in refused.text


@pytest.mark.parametrize("which", ["queries", "jobs", "both"])
def test_a_server_that_is_started_anew_loses_no_job(primary, replica, tmp_path, which):
    """One whose query was lost is begun again; one whose queue was away goes on."""
    queries = primary if which == "both" else replica
    anew = replica if which == "queries" else primary
    with service(queries, primary, tmp_path) as client:
        expected = result(client, begin(client, SLOW))
        job = begin(client, SLOW)
        until_it_runs(client, queries, job)
        anew.end()
        gone = client.post("/sync", data=asked(QUICK))
        if anew is queries:
            assert gone.status_code == 503
            assert "QUERY_STATUS" in gone.text
        anew.start()
        assert result(client, job) == expected
        assert attempts(primary) == (1 if which == "jobs" else 2)
        wait_for(lambda: client.post("/sync", data=asked(QUICK)).status_code == 200)
