"""The worker: calls responders with events, and does the tasks of their packages.

It has one thread. What it calls is in processes of their own (`trapdb.response.cell`), one for each
responder and each kind of task: whatever these do, the worker goes on. Several workers may run
beside each other, also on other hosts.
"""

import logging
import os
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from time import monotonic, sleep
from typing import Any

import psycopg

from trapdb.database.connection import one_line
from trapdb.errors import DatabaseError, TrapdbError
from trapdb.exchange.event import Event
from trapdb.ingest.interrupts import Interrupts
from trapdb.ingest.reconnection import LastingConnection
from trapdb.response import classifying, tasks, work
from trapdb.response.assignment import Assignment
from trapdb.response.cell import Cell, CellFault
from trapdb.response.package import Task
from trapdb.response.settings import Settings
from trapdb.response.work import Done, Failed, Job, Outcome, Responded

log = logging.getLogger(__name__)

Assigned = tuple[Job, Assignment]
Tell = Callable[[Outcome], None]

# Signs of life are given so often in the time of a lease.
SIGNS = 3
# So many jobs are taken at once, and told of together, unless it takes longer than this.
BATCH = 20
TELL_S = 0.1
IDLE_S = 0.2
# How often one looks for what time alone brings: deadlines, and events that nobody replayed.
SWEEP_S = 10.0


class Worker:
    """Takes jobs of responders from the queue and does them.

    Parameters
    ----------
    database : LastingConnection
        Of an operator.
    interrupts : Interrupts
        They end the work, between jobs.
    settings : Settings
    url : str or None
        The database, as a command is given it; for tasks that need a connection.
    """

    def __init__(
        self,
        database: LastingConnection,
        interrupts: Interrupts,
        settings: Settings,
        url: str | None,
    ) -> None:
        self._database = database
        self._interrupts = interrupts
        self._settings = settings
        self._url = url
        self._lease = timedelta(seconds=settings.lease)
        self._renew_s = settings.lease / SIGNS
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._cells: dict[tuple[str, str], Cell] = {}
        self._wants: dict[tuple[str, str], dict[str, bool]] = {}  # what cells want
        self._mine: dict[Any, Job] = {}  # what was taken and not told of
        self._renewed = monotonic()
        self._long: tuple[Job, Cell] | None = None
        self._swept = 0.0
        self._classifying = classifying.Classifying(self._name)

    def run(self, *, once: bool = False) -> None:
        """Work until it is interrupted; or, once, until nothing is to be done now."""
        try:
            while True:
                with self._interrupts.finishing():
                    busy = self._respond() | self._perform() | self._go_on_with_long()
                    busy |= self._database.insist(self._classifying.go_on)
                    self._sweep()
                    self._renew()
                if once and not busy and self._long is None:
                    return
                if not busy:
                    sleep(IDLE_S)
        finally:
            self._stop()

    def _stop(self) -> None:
        for cell in self._cells.values():
            cell.end()
        self._database.let_be()
        with suppress(psycopg.Error):  # if the database is away, the leases end by themselves
            if self._mine:
                work.hand_back(self._database.conn, list(self._mine.values()))
            self._classifying.hand_back(self._database.conn)

    # responders

    def _respond(self) -> bool:
        jobs = self._take("response", BATCH)
        if not jobs:
            return False
        events = self._database.insist(work.events, [job.event_id for job in jobs])
        curves = self._database.insist(work.light_curves, [one for _, one in events.values()])
        outcomes = _Outcomes(self._tell)
        for name, mine in _sorted_out(jobs, lambda job: job.responder).items():
            self._call(name, mine, events, curves, outcomes.add)
        outcomes.tell()
        return True

    def _call(
        self,
        name: str,
        jobs: Sequence[Job],
        events: Mapping[int, tuple[Event, int | None]],
        curves: Mapping[int | None, Any],
        tell: Tell,
    ) -> None:
        """Call a responder with events."""
        try:
            wants = self._wanted("responder", name)
        except (CellFault, _NotLoaded) as fault:
            for job in jobs:
                tell(_failed(job, _told(fault)))
            return
        asked = []
        for job in jobs:
            if job.event_id not in events:
                tell(Failed(job, f"there is no event {job.event_id}"))
                continue
            event, source_id = events[job.event_id]
            if event.kind == "retraction":
                begun = self._database.insist(work.begun, event.event_id, name)
                if not begun:
                    tell(Responded(job, [], "nothing was begun of what is withdrawn"))
                    continue
                if not wants["retractions"]:
                    tell(Responded(job, *_retold(event, begun)))
                    continue
            stamps = self._database.insist(work.stamps, source_id) if wants["stamps"] else {}
            asked.append((job, (event, curves[source_id], stamps)))
        for job, answer in self._ask("responder", name, asked):
            if "error" in answer:
                tell(_failed(job, answer))
            else:
                value = answer["value"]
                tell(Responded(job, value.get("packages", []), value.get("note")))

    # tasks

    def _perform(self) -> bool:
        jobs = self._take("task", BATCH)
        if not jobs:
            return False
        assignments = self._assignments(jobs)
        outcomes = _Outcomes(self._tell)
        for kind, mine in _sorted_out(jobs, lambda job: str(job.payload["kind"])).items():
            asked = [(job, assignments[job.job_id]) for job in mine]
            ready = self._prepared(kind, asked, outcomes.add)
            performing = [(job, ("perform", assignment)) for job, assignment in ready]
            for job, answer in self._ask("task", kind, performing):
                outcomes.add(
                    _failed(job, answer) if "error" in answer else _done(job, answer["value"])
                )
        outcomes.tell()
        return True

    def _prepared(self, kind: str, asked: Sequence[Assigned], tell: Tell) -> list[Assigned]:
        """Prepare those of the tasks that were not; return those that can be performed."""
        try:
            prepares = self._wanted("task", kind)["prepares"]
        except (CellFault, _NotLoaded) as fault:
            for job, _ in asked:
                tell(_failed(job, _told(fault)))
            return []
        if not prepares:
            return list(asked)
        given = {job.job_id: assignment for job, assignment in asked}
        new = [(job, ("prepare", one)) for job, one in asked if job.prepared is None]
        made = []
        for job, answer in self._ask("task", kind, new):
            if "error" in answer:
                tell(_failed(job, answer))
            else:
                made.append((job, answer["value"]["result"]))
        kept = self._database.insist(work.prepare, made) if made else set()
        ready = [(job, assignment) for job, assignment in asked if job.prepared is not None]
        for job, value in made:
            if job.job_id in kept:
                ready.append((job, replace(given[job.job_id], prepared=value)))
            else:  # what nobody knows of is not sent
                self._mine.pop(job.job_id, None)
        return ready

    def _assignments(self, jobs: Sequence[Job]) -> dict[Any, Assignment]:
        events = self._database.insist(work.events, [job.event_id for job in jobs])
        return {job.job_id: _assignment(job, *events[job.event_id]) for job in jobs}

    def _go_on_with_long(self) -> bool:
        """Begin a task that takes long, or look whether one has ended; nobody waits for it."""
        if self._long is not None:
            return self._look_at_long(*self._long)
        jobs = self._take("long task", 1)
        if not jobs:
            return False
        (job,) = jobs
        kind = str(job.payload["kind"])
        asked = [(job, self._assignments(jobs)[job.job_id])]
        for _, assignment in self._prepared(kind, asked, lambda one: self._tell([one])):
            try:
                cell = self._cell("task", kind)
                cell.ask([("perform", assignment)], tasks.find(kind).seconds)
            except (CellFault, _NotLoaded) as fault:
                self._tell([_failed(job, _told(fault))])
            else:
                self._long = job, cell
        return True

    def _look_at_long(self, job: Job, cell: Cell) -> bool:
        if job.job_id not in self._mine:  # somebody has cancelled it
            cell.end()
            self._long = None
            return True
        try:
            answer = cell.answer(0)
        except CellFault as fault:
            answer = _told(fault)
        if answer is None:
            return False
        self._long = None
        self._tell([_failed(job, answer) if "error" in answer else _done(job, answer["value"])])
        return True

    # cells

    def _cell(self, what: str, name: str) -> Cell:
        """Return the cell of a responder or a kind of task; a new one, if there is none.

        Raises
        ------
        _NotLoaded
            What is to be called cannot be loaded.
        CellFault
            The cell ended, or takes too long.
        """
        cell = self._cells.get((what, name))
        if cell is not None and not cell.has_ended:
            return cell
        told = (self._settings.tasks.get(name, {}), self._url) if what == "task" else ()
        cell = Cell(f"trapdb.response.calls:{what}", name, *told)
        self._cells[what, name] = cell
        answer = self._wait_for(cell, None)
        if "error" in answer:
            cell.end()
            raise _NotLoaded(answer)
        return cell

    def _wanted(self, what: str, name: str) -> dict[str, bool]:
        """Return what a responder wants to be given, or whether a kind of task prepares.

        Raises
        ------
        _NotLoaded, CellFault
            As of `_cell`.
        """
        if (what, name) not in self._wants:
            cell = self._cell(what, name)
            cell.ask([None], self._settings.seconds)
            answer = self._wait_for(cell, None)
            if "error" in answer:
                raise _NotLoaded(answer)
            self._wants[what, name] = answer["value"]
        return self._wants[what, name]

    def _ask(
        self, what: str, name: str, asked: Sequence[tuple[Job, Any]]
    ) -> Iterator[tuple[Job, dict[str, Any]]]:
        """Send messages about jobs to a cell; yield the answers as they come.

        What a cell leaves that ends is asked of a new one; what is not the worker's any more, of
        none.
        """
        left = deque(asked)
        while left := self._still_mine(left):
            try:
                cell = self._cell(what, name)
            except (CellFault, _NotLoaded) as fault:
                yield from ((job, _told(fault)) for job, _ in left)
                return
            try:
                seconds = tasks.find(name).seconds if what == "task" else self._settings.seconds
                cell.ask([message for _, message in left], seconds)
            except CellFault as fault:
                yield left.popleft()[0], _told(fault)
                continue
            while left and not cell.has_ended:
                job, _ = left[0]
                try:
                    answer = self._wait_for(cell, job)
                except CellFault as fault:
                    answer = _told(fault)
                if "later" in answer:
                    break
                left.popleft()
                yield job, answer

    def _still_mine(self, asked: Iterable[tuple[Job, Any]]) -> deque[tuple[Job, Any]]:
        """Return messages without those about jobs that were cancelled meanwhile, or taken."""
        self._renew(soon=True)
        return deque(one for one in asked if one[0].job_id in self._mine)

    def _wait_for(self, cell: Cell, job: Job | None) -> dict[str, Any]:
        """Wait for the answer of a cell, and give signs of life meanwhile."""
        while (answer := cell.answer(self._renew_s / 4)) is None:
            self._renew()
            if job is not None and job.job_id not in self._mine:
                cell.end()
                raise CellFault("it was cancelled, or taken by another worker")
        return answer

    # the queue

    def _take(self, queue: str, most: int) -> list[Job]:
        jobs = self._database.insist(work.take, queue, self._name, self._lease, most)
        self._mine |= {job.job_id: job for job in jobs}
        return jobs

    def _renew(self, *, soon: bool = False) -> None:
        """Renew the leases, if it is time; what is cancelled, or another's now, is forgotten."""
        if monotonic() - self._renewed < (TELL_S if soon else self._renew_s):
            return
        self._renewed = monotonic()
        if self._mine:
            kept = self._database.insist(work.renew, list(self._mine.values()), self._lease)
            self._mine = {job_id: job for job_id, job in self._mine.items() if job_id in kept}

    def _sweep(self) -> None:
        if monotonic() - self._swept > SWEEP_S:
            self._swept = monotonic()
            self._database.insist(work.sweep)
            self._database.insist(classifying.sweep)

    def _tell(self, outcomes: Sequence[Outcome]) -> None:
        """Tell what came of jobs; what the database refuses costs only its own job."""
        try:
            self._database.insist(work.tell, outcomes)
        except (DatabaseError, psycopg.Error) as error:
            if isinstance(error, psycopg.OperationalError):
                raise
            if len(outcomes) == 1:
                (outcome,) = outcomes
                line = one_line(error) if isinstance(error, psycopg.Error) else str(error)
                self._database.insist(
                    work.tell, [Failed(outcome.job, f"what came of it cannot be stored: {line}")]
                )
            else:
                for outcome in outcomes:
                    self._tell([outcome])
                return
        for outcome in outcomes:
            self._mine.pop(outcome.job.job_id, None)
            _log(outcome)


class _NotLoaded(TrapdbError):
    """A responder or kind of task that cannot be loaded."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(answer["error"])
        self.answer = answer


class _Outcomes:
    """What came of jobs, told of together, and not much later."""

    def __init__(self, tell: Callable[[Sequence[Outcome]], None]) -> None:
        self._tell = tell
        self._waiting: list[Outcome] = []
        self._told = monotonic()

    def add(self, outcome: Outcome) -> None:
        self._waiting.append(outcome)
        if monotonic() - self._told > TELL_S:
            self.tell()

    def tell(self) -> None:
        if self._waiting:
            self._tell(self._waiting)
        self._waiting = []
        self._told = monotonic()


def _sorted_out(jobs: Sequence[Job], key: Callable[[Job], str]) -> dict[str, list[Job]]:
    """Return jobs by who is to do them, in the order of the first of each."""
    found: dict[str, list[Job]] = {}
    for job in jobs:
        found.setdefault(key(job), []).append(job)
    return found


def _retold(event: Event, begun: Sequence[Any]) -> tuple[list[Any], str | None]:
    """Return a package by which those who were told of an event are told that it is withdrawn."""
    told = [
        {
            "kind": one.kind,
            "is_long": one.is_long,
            # a file stays as it was, and another one says that it is withdrawn
            "arguments": {} if one.kind == "file" else one.arguments,
            "after": [],
            "attempts_max": Task.attempts_max,
        }
        for one in begun
        if one.told
    ]
    if not told:
        return [], "nobody was told of what is withdrawn"
    return [{"title": f"withdrawn: {event.source_name}, {event.watch}", "tasks": told}], None


def _assignment(job: Job, event: Event, source_id: int | None) -> Assignment:
    assert job.package_id is not None
    assert job.task is not None
    return Assignment(
        kind=job.payload["kind"],
        arguments=job.payload["arguments"],
        event=event,
        source_id=source_id,
        responder=job.responder,
        title=job.title or "",
        package_id=job.package_id,
        number=job.task,
        job_id=str(job.job_id),
        attempt=job.attempts,
        prepared=job.prepared,
        before={int(number): result for number, result in (job.before or {}).items()},
    )


def _done(job: Job, value: dict[str, Any]) -> Done:
    return Done(job, value["result"], value["said"])


def _told(fault: TrapdbError) -> dict[str, Any]:
    """Return a fault of a cell as an answer; what crashed may do better another time."""
    if isinstance(fault, _NotLoaded):
        return fault.answer
    return {"error": str(fault), "again": True}


def _failed(job: Job, answer: dict[str, Any]) -> Failed:
    again_s = None
    if answer.get("again"):
        after_s = answer.get("after_s")
        again_s = work.pause_s(job.attempts)
        again_s = again_s if after_s is None else max(float(after_s), again_s)
    return Failed(job, str(answer["error"]), again_s)


def _log(outcome: Outcome) -> None:
    job = outcome.job
    if job.package_id is None:
        what = f"event {job.event_id}: {job.responder}"
    else:
        what = f"package {job.package_id}: task {job.task} ({job.payload['kind']})"
    facts: dict[str, Any] = {"event_id": job.event_id, "responder": job.responder}
    match outcome:
        case Failed(error=error, again_s=again_s):
            when = "" if again_s is None else f"; again in {again_s:.0f} s, if it may be"
            log.warning("%s: %s%s", what, error, when, extra={"event": "failed", **facts})
        case Responded(note=str(note)):
            log.info("%s: %s", what, note, extra={"event": "passed over", **facts})
        case Responded(packages=packages):
            number = f"{len(packages)} package{'s' * (len(packages) != 1)}"
            log.info("%s: %s", what, number, extra={"event": "responded", **facts})
        case Done():
            log.info("%s: done", what, extra={"event": "done", **facts})
