"""Queries as jobs, through the programs that astronomers have; services that die and come back."""

import gc
import os
import re
import resource
import shutil
import signal
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from xml.etree import ElementTree

import httpx
import pytest
import pyvo
from astropy.table import Table

from tests.jobs.conftest import until

QUICK = "SELECT table_name FROM tap_schema.tables"
# a second or two: all pairs of columns; and all triples
PAIRS = "tap_schema.columns AS a, tap_schema.columns AS b"
DIFFER = "a.column_name <> b.column_name AND a.ucd <> b.ucd"
SLOW = f"SELECT COUNT(*) AS n FROM {PAIRS} WHERE {DIFFER}"
ENDLESS = f"SELECT COUNT(*) AS n FROM {PAIRS}, tap_schema.columns AS c WHERE {DIFFER}"
UWS = "{http://www.ivoa.net/xml/UWS/v1.0}"

pytestmark = [
    pytest.mark.filterwarnings("ignore::astropy.units.UnitsWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def _closed():
    """Close what pyvo leaves open here, lest it is found within another test."""
    yield
    gc.collect()


class Address:
    """Requests as a program makes them that knows UWS alone."""

    def __init__(self, running):
        self.jobs = f"{running.tap}/async"

    def send(self, path="", method="POST", **form):
        body = urllib.parse.urlencode(form).encode() if method == "POST" else None
        request = urllib.request.Request(f"{self.jobs}{path}", body, method=method)
        with urllib.request.urlopen(request, timeout=90) as reply:
            return reply.url, reply.read().decode()

    def make(self, query=QUICK, **form):
        url, _ = self.send(LANG="ADQL", QUERY=query, **form)
        return url.removeprefix(self.jobs)

    def get(self, path=""):
        return self.send(path, "GET")[1]

    def phase(self, job):
        return self.get(f"{job}/phase")

    def ended(self, job):
        ended = ("COMPLETED", "ERROR", "ABORTED")
        return until(lambda: (phase := self.phase(job)) in ended and phase)

    def refused(self, *arguments, **form):
        with pytest.raises(urllib.error.HTTPError) as caught:
            self.send(*arguments, **form)
        with caught.value as error:
            return error.code, error.read().decode()


def test_pyvo_has_a_job_done(start, files):
    service = pyvo.dal.TAPService(start().tap)
    job = service.submit_job(QUICK, maxrec=3)
    assert job.phase == "PENDING"
    job.execution_duration = 20
    job.run().wait(phases=["COMPLETED", "ERROR"], timeout=60)
    job.raise_if_error()
    assert len(job.fetch_result()) == 3
    assert [one.jobid for one in service.get_job_list()] == [job.job_id]
    assert [one.jobid for one in service.get_job_list(phases=["COMPLETED"], last=1)] == [job.job_id]
    assert service.get_job_list(phases=["ERROR"]) == []
    assert len(files()) == 1
    job.delete()
    assert service.get_job_list() == []
    assert files() == []


def test_pyvo_is_told_what_is_wrong(start):
    service = pyvo.dal.TAPService(start().tap)
    job = service.submit_job("SELECT nothing FROM tap_schema.tables").run()
    job.wait(phases=["COMPLETED", "ERROR"], timeout=60)
    assert job.phase == "ERROR"
    with pytest.raises(pyvo.dal.DALQueryError, match="nothing"):
        job.raise_if_error()


def test_a_table_goes_with_its_job(start, files):
    """It is there when the job is begun, however much later, and goes with it."""
    service = pyvo.dal.TAPService(start().tap)
    table = Table({"name": ["trap.image", "trap.band"], "n": [1, 2]})
    job = service.submit_job(
        "SELECT u.n FROM TAP_UPLOAD.mine AS u JOIN tap_schema.tables AS t"
        " ON t.table_name = u.name ORDER BY u.n",
        uploads={"mine": table},
    )
    assert [name[:7] for name in files()] == ["upload-"]
    job.run().wait(phases=["COMPLETED", "ERROR"], timeout=60)
    assert list(job.fetch_result()["n"]) == [1, 2]
    job.delete()
    assert files() == []


def test_stilts_has_a_job_done(start, tmp_path):
    if not shutil.which("stilts"):
        pytest.skip("stilts is not installed")
    output = tmp_path / "answer.csv"
    command = ["stilts", "tapquery", f"tapurl={start().tap}", "sync=false", f"adql={QUICK}"]
    subprocess.run([*command, f"out={output}", "ofmt=csv"], check=True, capture_output=True)
    assert "trap.image" in output.read_text().splitlines()


def test_taplint_finds_nothing(start):
    if not shutil.which("stilts"):
        pytest.skip("stilts is not installed")
    command = ["stilts", "taplint", f"tapurl={start().tap}", "stages=UWS QAS"]
    told = subprocess.run(command, check=True, capture_output=True).stdout.decode(errors="replace")
    assert re.search(r"^Totals: Errors: 0; Warnings: 0; .*Failures: 0", told, re.MULTILINE), told


def test_a_job_is_changed_until_it_is_begun(start):
    here = Address(start())
    job = here.make(maxrec="1", FORMAT="csv")
    here.send(f"{job}/parameters", MAXREC="2", RUNID="mine")
    here.send(f"{job}/executionduration", EXECUTIONDURATION="5")
    here.send(f"{job}/destruction", DESTRUCTION="2100-01-01T00:00:00Z")
    assert here.get(f"{job}/executionduration") == "5"
    assert not here.get(f"{job}/destruction").startswith("2100")
    assert here.get(f"{job}/quote") == here.get(f"{job}/owner") == ""
    here.send(f"{job}/phase", PHASE="RUN")
    assert here.ended(job) == "COMPLETED"
    assert len(here.get(f"{job}/results/result").splitlines()) == 3
    document = ElementTree.fromstring(here.get(job))
    told = {one.get("id"): one.text for one in document.iter(f"{UWS}parameter")}
    assert (told["maxrec"], document.findtext(f"{UWS}runId")) == ("2", "mine")
    for part, form in (
        ("parameters", {"MAXREC": "3"}),
        ("executionduration", {"EXECUTIONDURATION": "6"}),
        ("phase", {"PHASE": "RUN"}),
        ("phase", {"PHASE": "STOP"}),
        ("destruction", {"DESTRUCTION": "tomorrow"}),
    ):
        code, message = here.refused(f"{job}/{part}", **form)
        assert code == 400
        assert "QUERY_STATUS" in message
    assert here.refused(f"{job}/error", "GET")[0] == 404
    assert here.refused("/no-job", "GET")[0] == 404


def test_one_who_waits_is_told_at_once(start):
    here = Address(start())
    job = here.make(SLOW, PHASE="RUN")
    document = ElementTree.fromstring(here.get(f"{job}?WAIT=60&PHASE=QUEUED"))
    assert document.findtext(f"{UWS}phase") != "QUEUED"
    phase = "EXECUTING"
    while phase == "EXECUTING":
        document = ElementTree.fromstring(here.get(f"{job}?WAIT=60&PHASE=EXECUTING"))
        phase = document.findtext(f"{UWS}phase")
    assert phase == "COMPLETED"


def test_an_aborted_query_ends_at_the_server(start, queue, files):
    here = Address(start())
    job = here.make(ENDLESS, PHASE="RUN")
    running = (
        "select count(*) from pg_stat_activity where state = 'active' and usename = 'test_web'"
        " and datname = current_database()"
    )
    until(lambda: queue.execute(running).fetchone()[0] == 1)
    here.send(f"{job}/phase", PHASE="ABORT")
    assert here.phase(job) == "ABORTED"
    until(lambda: queue.execute(running).fetchone()[0] == 0)
    until(lambda: files() == [])


def test_a_query_that_takes_too_long_is_ended(start):
    here = Address(start())
    job = here.make(ENDLESS)
    here.send(f"{job}/executionduration", EXECUTIONDURATION="1")
    here.send(f"{job}/phase", PHASE="RUN")
    assert here.ended(job) == "ERROR"
    assert "longer than it may" in here.get(f"{job}/error")


@pytest.mark.parametrize("form", ["votable", "fits", "parquet"])
def test_a_result_for_which_there_is_no_room(start, files, form):
    """The job says so, and nothing is left."""
    here = Address(start(results_bytes=10_000))
    job = here.make("SELECT * FROM tap_schema.columns", PHASE="RUN", FORMAT=form)
    assert here.ended(job) == "ERROR"
    assert "no room" in here.get(f"{job}/error")
    assert files() == []
    small = here.make("SELECT TOP 1 table_name FROM tap_schema.tables", PHASE="RUN")
    assert here.ended(small) == "COMPLETED"


@pytest.mark.parametrize("form", ["votable", "fits"])
def test_a_disk_that_is_full(start, files, form):
    """As if it were: files cannot grow. The job says so, nothing is left, and the next is done."""
    running = start()
    here = Address(running)
    job = here.make("SELECT * FROM tap_schema.columns", PHASE="RUN", FORMAT=form)
    assert here.ended(job) == "COMPLETED"
    here.send(job, ACTION="DELETE")
    _, hard = resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, (2000, hard))
    job = here.make("SELECT * FROM tap_schema.columns", PHASE="RUN", FORMAT=form)
    assert here.ended(job) == "ERROR"
    assert "the result cannot be written: File too large" in here.get(f"{job}/error")
    assert files() == []
    resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    again = here.make(PHASE="RUN", FORMAT=form)
    assert here.ended(again) == "COMPLETED"


def test_a_table_for_which_there_is_no_room(start, files):
    """Neither on the disk, as if it were full, nor among the results."""
    running = start(results_bytes=1_000_000)
    here = Address(running)
    told = here.refused(LANG="ADQL", QUERY=QUICK, UPLOAD="t,param:x", X="x" * 1_000_001)
    assert told[0] == 507
    assert "no room for it among the results" in told[1]
    _, hard = resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, (2000, hard))
    told = here.refused(LANG="ADQL", QUERY=QUICK, UPLOAD="t,param:x", X="x" * 3000)
    assert told[0] == 507
    assert "File too large" in told[1]
    assert files() == []
    reply = httpx.post(
        f"{running.tap}/sync",
        data={"LANG": "ADQL", "QUERY": QUICK, "UPLOAD": "t,param:x"},
        files={"x": b"x" * 2_000_000},
    )
    assert reply.status_code == 507
    assert "QUERY_STATUS" in reply.text
    reply = httpx.get(
        f"{running.tap}/sync",
        params={"LANG": "ADQL", "QUERY": "SELECT * FROM tap_schema.columns", "FORMAT": "fits"},
    )
    assert reply.status_code == 507
    assert "QUERY_STATUS" in reply.text


def test_more_jobs_than_may_wait(start, queue, files):
    running = start(**{"limits.jobs": 2})
    here = Address(running)
    first, _ = (here.make() for _ in range(2))
    code, message = here.refused(LANG="ADQL", QUERY=QUICK, UPLOAD="t,param:x", X="x")
    assert code == 503
    assert "as many jobs wait as may" in message
    assert files() == []
    here.send(first, ACTION="DELETE")
    assert here.phase(here.make()) == "PENDING"


def test_a_service_that_is_stopped_hands_back_its_jobs(start, queue):
    """The next one begins them at once; that they were begun before does not count."""
    first = start()
    here = Address(first)
    jobs = [here.make(ENDLESS, PHASE="RUN") for _ in range(2)]
    running = "select count(*) from trap_data.job where state = 'running'"
    until(lambda: queue.execute(running).fetchone()[0] == 2)
    first.process.terminate()
    first.process.wait(60)
    states = queue.execute("select state, attempts, lease_until from trap_data.job").fetchall()
    assert states == [("waiting", 0, None)] * 2
    here = Address(start())
    until(lambda: queue.execute(running).fetchone()[0] == 2)
    for job in jobs:
        here.send(f"{job}/phase", PHASE="ABORT")


def expire(queue):
    """Let the time pass after which those who died are no longer waited for."""
    queue.execute(
        "update trap_data.job set lease_until = clock_timestamp() - interval '1 s'"
        " where state = 'running'"
    )


def test_killed_in_the_middle_every_job_is_done_once(start, queue, files):
    first = start()
    here = Address(first)
    jobs = [here.make(SLOW if number < 2 else QUICK, PHASE="RUN") for number in range(5)]
    running = "select count(*) from trap_data.job where state = 'running'"
    until(lambda: queue.execute(running).fetchone()[0] == 2)
    first.process.send_signal(signal.SIGKILL)
    first.process.wait()
    ended = "select count(*) from trap_data.job where ended_at is not null"
    before = queue.execute(ended).fetchone()[0]
    assert before < 5
    # whoever comes next does what waits, and not what may yet be worked on
    here = Address(start())
    until(lambda: queue.execute(ended).fetchone()[0] == 3)
    assert queue.execute(running).fetchone()[0] == 2
    expire(queue)
    assert {here.ended(job) for job in jobs} == {"COMPLETED"}
    attempts = queue.execute("select attempts from trap_data.job order by number").fetchall()
    assert [count for (count,) in attempts] == [2, 2, 1, 1, 1]
    results = queue.execute("select result->>'file' from trap_data.job").fetchall()
    assert [name for name in files() if name.startswith("result-") and "part" not in name] == (
        sorted(name for (name,) in results)
    )
    for job in jobs:
        assert "OK" in here.get(f"{job}/results/result")


def test_what_has_expired_goes_with_its_result(start, queue, files, tmp_path):
    here = Address(start())
    job, kept = (here.make(PHASE="RUN") for _ in range(2))
    assert {here.ended(job), here.ended(kept)} == {"COMPLETED"}
    here.send(f"{job}/destruction", DESTRUCTION="2020-01-01T00:00:00Z")
    for path in (tmp_path / "results").iterdir():
        os.utime(path, (0, 0))
    start()  # a service that begins clears up
    until(lambda: len(files()) == 1)
    assert here.refused(job, "GET")[0] == 404
    assert "OK" in here.get(f"{kept}/results/result")


def test_two_services_share_a_queue(start, queue):
    here, there = Address(start(workers=1)), Address(start(workers=1))
    jobs = [here.make(SLOW if number < 2 else QUICK, PHASE="RUN") for number in range(8)]
    assert {there.ended(job) for job in jobs} == {"COMPLETED"}
    workers, attempts = queue.execute(
        "select count(distinct worker), max(attempts) from trap_data.job"
    ).fetchone()
    assert (workers, attempts) == (2, 1)
    for job in jobs:
        assert here.get(f"{job}/results/result") == there.get(f"{job}/results/result")


def test_parameters_that_are_too_long_are_refused(start):
    here = Address(start())
    code, message = here.refused(LANG="ADQL", QUERY=QUICK + " " * 1_000_001)
    assert code == 400
    assert "1000000 characters" in message
