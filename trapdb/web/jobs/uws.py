"""Jobs over HTTP, as UWS has them.

Source: IVOA Recommendation, Universal Worker Service 1.1, section 2.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from trapdb.web.faults import Busy, Refused
from trapdb.web.jobs.queue import ENDED, PHASES
from trapdb.web.jobs.worker import Jobs
from trapdb.web.replies import error_reply, refusing
from trapdb.web.requests import Parameters, base_url, parameters_of, service_of
from trapdb.web.tap.uploads import named_places, uploaded
from trapdb.web.votable import attribute, text

XML = "text/xml"
MOST_JOBS = 1000
LONGEST_WAIT_S = 60.0
MOST_DAYS = 60.0
# The parameters of a job are in the database; tables that come with them are not.
MOST_CHARACTERS = 1_000_000
_SPACES = (
    'xmlns:uws="http://www.ivoa.net/xml/UWS/v1.0" xmlns:xlink="http://www.w3.org/1999/xlink"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="1.1"'
)

_WithJob = Callable[[Request, Jobs, Any, Parameters], Awaitable[Response]]


def _jobs_of(request: Request) -> Jobs:
    jobs: Jobs | None = request.app.state.jobs
    if jobs is None:
        raise _missing("this service has no jobs: ask by /tap/sync")
    return jobs


def _missing(message: str) -> Refused:
    error = Refused(message)
    error.status = 404
    return error


def _on_job(endpoint: _WithJob) -> Callable[[Request], Awaitable[Response]]:
    """Let an endpoint have the job that its address names."""

    @refusing
    @wraps(endpoint)
    async def found(request: Request) -> Response:
        jobs = _jobs_of(request)
        try:
            job_id = UUID(request.path_params["job_id"])
        except ValueError:
            raise _missing("there is no such job") from None
        job = await jobs.queue.job(job_id)
        if job is None:
            raise _missing("there is no such job")
        return await endpoint(request, jobs, job, await parameters_of(request))

    return found


def _to(request: Request, job_id: object = None) -> Response:
    here = f"{base_url(request)}/tap/async"
    return RedirectResponse(f"{here}/{job_id}" if job_id else here, status_code=303)


@refusing
async def job_list(request: Request) -> Response:
    """List jobs; or make one."""
    jobs = _jobs_of(request)
    parameters = await parameters_of(request)
    if request.method == "POST":
        return await _create(request, jobs, parameters)
    phases = [value.upper() for value in parameters.all("PHASE")]
    states = [state for state, phase in PHASES.items() if phase in phases] if phases else None
    after = parameters.one("AFTER")
    last = parameters.count("LAST")
    found = await jobs.queue.jobs(
        states, _time("AFTER", after) if after else None, min(last or MOST_JOBS, MOST_JOBS)
    )
    # in the order in which they came, unless the last ones were asked for
    shown = found if last is not None else reversed(found)
    refs = "".join(
        f"<uws:jobref id={attribute(job.job_id)} xlink:type='simple'"
        f" xlink:href={attribute(f'{base_url(request)}/tap/async/{job.job_id}')}>"
        f"<uws:phase>{PHASES[job.state]}</uws:phase>"
        f"{_optional('runId', job.payload.get('run_id'))}"
        "<uws:ownerId xsi:nil='true'/>"
        f"<uws:creationTime>{_stamp(job.created_at)}</uws:creationTime></uws:jobref>\n"
        for job in shown
    )
    return Response(f"<uws:jobs {_SPACES}>\n{refs}</uws:jobs>\n", media_type=XML)


async def _create(request: Request, jobs: Jobs, parameters: Parameters) -> Response:
    settings = service_of(request).settings
    wanted = _kept(parameters)
    kept = await _kept_uploads(request, jobs, parameters)
    payload = {
        "here": base_url(request),
        "parameters": wanted,
        "uploads": kept,
        "seconds": settings.limits.job_seconds,
        "run_id": parameters.one("RUNID"),
    }
    jobs.results.require(1)
    expires = datetime.now(UTC) + timedelta(days=settings.keep_days)
    try:
        job_id = await jobs.queue.add(payload, expires, settings.limits.jobs)
    except Busy:
        for _, file in kept:
            jobs.results.discard(jobs.results.folder / file)
        raise
    if (parameters.one("PHASE") or "").upper() == "RUN":
        await _release(jobs, job_id)
    return _to(request, job_id)


async def _kept_uploads(request: Request, jobs: Jobs, parameters: Parameters) -> list[list[str]]:
    """Keep the tables that come with a request; return their names, and where they are."""
    documents = await uploaded(service_of(request).settings, parameters, request.state.take)
    return [
        [name, await to_thread.run_sync(jobs.results.keep_upload, content)]
        for name, content in documents
    ]


def _kept(parameters: Parameters) -> dict[str, list[str]]:
    """Return the parameters of a query; a table that came inline is kept beside them."""
    inline = {place[6:].upper() for _, place in named_places(parameters)}
    kept = {
        name: list(values)
        for name, values in parameters.values.items()
        if name not in {"PHASE", "ACTION", "RUNID", *inline}
    }
    if sum(len(value) for values in kept.values() for value in values) > MOST_CHARACTERS:
        raise Refused(f"the parameters of a job are longer than {MOST_CHARACTERS} characters")
    return kept


async def _release(jobs: Jobs, job_id: UUID) -> None:
    if not await jobs.queue.change(job_id, release=True):
        raise Refused("the job has been begun already")
    jobs.came.set()


@_on_job
async def job(request: Request, jobs: Jobs, job: Any, parameters: Parameters) -> Response:
    """Show a job, perhaps when it has changed; or remove it."""
    action = (parameters.one("ACTION") or "").upper()
    if request.method == "DELETE" or (request.method == "POST" and action == "DELETE"):
        await jobs.queue.remove(job.job_id)
        _forget(jobs, job)
        return _to(request)
    if request.method == "POST":
        raise Refused(f"ACTION={action[:40]!r}: the one that there is is DELETE")
    waits = parameters.number("WAIT")
    if waits is not None:
        job = await _changed(jobs, job, waits, parameters.one("PHASE"))
        if job is None:
            raise _missing("the job has been removed")
    return Response(_document(request, job), media_type=XML)


def _forget(jobs: Jobs, job: Any) -> None:
    names = [file for _, file in job.payload["uploads"]]
    names += [job.result["file"]] if job.result else []
    for name in names:
        jobs.results.discard(jobs.results.folder / name)


async def _changed(jobs: Jobs, job: Any, seconds: float, phase: str | None) -> Any:
    """Wait until a job is in another phase, or the time is over."""
    before = PHASES[job.state]
    if before in ENDED or (phase and phase.upper() != before):
        return job
    # below 0: as long as may be
    left = LONGEST_WAIT_S if not 0 <= seconds <= LONGEST_WAIT_S else seconds
    while left > 0 and job is not None and PHASES[job.state] == before:
        pause = min(left, 0.25)
        await asyncio.sleep(pause)
        left -= pause
        job = await jobs.queue.job(job.job_id)
    return job


def _document(request: Request, job: Any) -> str:
    here = f"{base_url(request)}/tap/async/{job.job_id}"
    parameters = "".join(
        f"<uws:parameter id={attribute(name.lower())}>{text(value)}</uws:parameter>\n"
        for name, values in job.payload["parameters"].items()
        for value in values
    )
    error = (
        '<uws:errorSummary type="fatal" hasDetail="true">'
        f"<uws:message>{text(job.error)}</uws:message></uws:errorSummary>\n"
        if job.state == "failed"
        else ""
    )
    return (
        f"<uws:job {_SPACES}>\n<uws:jobId>{job.job_id}</uws:jobId>\n"
        f"{_optional('runId', job.payload.get('run_id'))}"
        "<uws:ownerId xsi:nil='true'/>\n"
        f"<uws:phase>{PHASES[job.state]}</uws:phase>\n<uws:quote xsi:nil='true'/>\n"
        f"<uws:creationTime>{_stamp(job.created_at)}</uws:creationTime>\n"
        f"{_time_element('startTime', job.started_at)}{_time_element('endTime', job.ended_at)}"
        f"<uws:executionDuration>{job.payload['seconds']:.0f}</uws:executionDuration>\n"
        f"{_time_element('destruction', job.expires_at)}"
        f"<uws:parameters>\n{parameters}</uws:parameters>\n"
        f"<uws:results>{_result(here, job)}</uws:results>\n{error}</uws:job>\n"
    )


def _result(here: str, job: Any) -> str:
    if not job.result:
        return ""
    return (
        f'<uws:result id="result" mime-type={attribute(job.result["media_type"])}'
        f" xlink:type='simple' xlink:href={attribute(f'{here}/results/result')}/>"
    )


def _optional(element: str, value: str | None) -> str:
    return f"<uws:{element}>{text(value)}</uws:{element}>\n" if value else ""


def _stamp(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z"


def _time_element(element: str, time: datetime | None) -> str:
    if time is None:
        return f"<uws:{element} xsi:nil='true'/>\n"
    return f"<uws:{element}>{_stamp(time)}</uws:{element}>\n"


def _time(name: str, value: str) -> datetime:
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise Refused(f"{name}={value[:40]!r}: expected a time, 2026-03-01T12:00:00Z") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


@_on_job
async def phase(request: Request, jobs: Jobs, job: Any, parameters: Parameters) -> Response:
    """Tell the phase of a job; begin or abort it."""
    if request.method == "GET":
        return PlainTextResponse(PHASES[job.state])
    wanted = parameters.required("PHASE").upper()
    if wanted == "RUN":
        await _release(jobs, job.job_id)
    elif wanted == "ABORT":
        await jobs.queue.abort(job.job_id)
    else:
        raise Refused(f"PHASE={wanted[:40]!r}: it is RUN or ABORT")
    return _to(request, job.job_id)


@_on_job
async def duration(request: Request, jobs: Jobs, job: Any, parameters: Parameters) -> Response:
    """Tell how long a job may take, in s; or change it."""
    if request.method == "GET":
        return PlainTextResponse(f"{job.payload['seconds']:.0f}")
    most = service_of(request).settings.limits.job_seconds
    wanted = parameters.number("EXECUTIONDURATION")
    # 0 is as long as may be
    seconds = wanted if wanted is not None and 0 < wanted <= most else most
    await _change(jobs, job, {**job.payload, "seconds": seconds})
    return _to(request, job.job_id)


async def _change(jobs: Jobs, job: Any, payload: dict[str, Any]) -> None:
    if not await jobs.queue.change(job.job_id, payload):
        raise Refused("the job has been begun already, and cannot be changed any more")


@_on_job
async def destruction(request: Request, jobs: Jobs, job: Any, parameters: Parameters) -> Response:
    """Tell when a job is removed; or change it."""
    if request.method == "GET":
        return PlainTextResponse(_stamp(job.expires_at))
    wanted = _time("DESTRUCTION", parameters.required("DESTRUCTION"))
    latest = datetime.now(UTC) + timedelta(days=MOST_DAYS)
    await jobs.queue.change(job.job_id, expires_at=min(wanted, latest))
    return _to(request, job.job_id)


@_on_job
async def parameters(request: Request, jobs: Jobs, job: Any, parameters: Parameters) -> Response:
    """Show the parameters of a job; or change them."""
    if request.method == "GET":
        document = _document(request, job)
        inner = document[document.index("<uws:parameters>") : document.index("<uws:results>")]
        return Response(
            inner.replace("<uws:parameters>", f"<uws:parameters {_SPACES[:-14]}>", 1),
            media_type=XML,
        )
    wanted = {**job.payload["parameters"], **_kept(parameters)}
    uploads = job.payload["uploads"]
    if parameters.all("UPLOAD"):  # the tables that are named now, and no longer those before
        uploads = await _kept_uploads(request, jobs, parameters)
    await _change(
        jobs,
        job,
        {
            **job.payload,
            "parameters": wanted,
            "uploads": uploads,
            "run_id": parameters.one("RUNID") or job.payload["run_id"],
        },
    )
    return _to(request, job.job_id)


@_on_job
async def results(request: Request, jobs: Jobs, job: Any, parameters: Parameters) -> Response:
    """List what came of a job."""
    here = f"{base_url(request)}/tap/async/{job.job_id}"
    return Response(
        f"<uws:results {_SPACES[:-14]}>{_result(here, job)}</uws:results>\n", media_type=XML
    )


@_on_job
async def result(request: Request, jobs: Jobs, job: Any, parameters: Parameters) -> Response:
    """Hand out what came of a job."""
    if not job.result:
        raise _missing(f"the job has no result: it is {PHASES[job.state]}")
    path = jobs.results.folder / job.result["file"]
    if not path.is_file():
        raise _missing("the result is gone")
    return FileResponse(
        path,
        media_type=job.result["media_type"],
        filename=job.result["name"],
        content_disposition_type="inline",
    )


@_on_job
async def error(request: Request, jobs: Jobs, job: Any, parameters: Parameters) -> Response:
    """Tell why a job failed."""
    if job.state != "failed":
        raise _missing("the job has not failed")
    return error_reply(200, job.error)


def _text(value: str) -> Callable[[Request], Awaitable[Response]]:
    @_on_job
    async def told(request: Request, jobs: Jobs, job: Any, parameters: Parameters) -> Response:
        return PlainTextResponse(value)

    return told


def _routes() -> Iterable[Route]:
    both = ["GET", "POST"]
    yield Route("/tap/async", job_list, methods=both)
    yield Route("/tap/async/{job_id}", job, methods=[*both, "DELETE"])
    yield Route("/tap/async/{job_id}/phase", phase, methods=both)
    yield Route("/tap/async/{job_id}/executionduration", duration, methods=both)
    yield Route("/tap/async/{job_id}/destruction", destruction, methods=both)
    yield Route("/tap/async/{job_id}/parameters", parameters, methods=both)
    yield Route("/tap/async/{job_id}/quote", _text(""))
    yield Route("/tap/async/{job_id}/owner", _text(""))
    yield Route("/tap/async/{job_id}/results", results)
    yield Route("/tap/async/{job_id}/results/result", result)
    yield Route("/tap/async/{job_id}/error", error)


ROUTES = list(_routes())
