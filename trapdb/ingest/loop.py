"""The ingest loop: images in time order, one transaction for each time step.

A time step is all images taken at the same time, of all bands and Stokes parameters; it is in the
database whole or not at all. Nothing else changes the data set, so another run continues where the
last one ended: it skips the images that are known. While the database processes a time step, the
next ones are measured.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Concatenate, ParamSpec, TypeVar

import psycopg

from extractor.errors import ExtractorError
from trapdb.database import routines
from trapdb.database.connection import one_line
from trapdb.database.whereabouts import place_of
from trapdb.errors import ImageLost, LateImage, SideBySide, StepFailed, TakenBack, TrapdbError
from trapdb.ingest.memory import Memory
from trapdb.ingest.outcome import Fate, Outcome, StepReport, unreadable
from trapdb.ingest.packing import FIRST_STEP, Packing
from trapdb.ingest.run import Run
from trapdb.ingest.steps import TimeStep, ahead
from trapdb.ingest.writing import Finding, Writer, known_images
from trapdb.measuring.executor import Executor

Connection = psycopg.Connection[Any]
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

# After this many time steps the connection is replaced: see `LastingConnection.renew`. The first
# step on the new one takes some tenths of a second longer.
RENEWAL_STEPS = 1000


class Ingest:
    """Stores time steps in the database for a run.

    Parameters
    ----------
    run
        The run.
    executor
        It measures the images.
    jobs
        Images by their paths that it is measuring already, with the configuration of the run.
    """

    def __init__(self, run: Run, executor: Executor, jobs: Mapping[str, Any] | None = None) -> None:
        self._run = run
        self._executor = executor
        self._jobs = dict(jobs or {})
        memory = Memory(
            run.configuration.null_detection.backfill,
            run.database.insist(routines.supplied_headers, run.dataset_id),
            run.configuration,
            run.summary.timings,
            executor,
        )
        self._writer = Writer(run, executor, memory)

    def take(self, steps: Iterable[TimeStep | None], images_ahead: int) -> Iterator[StepReport]:
        """Store time steps in the database, one transaction each.

        Parameters
        ----------
        steps : iterable of TimeStep or None
            In the order of time; None means that there is no other one yet.
        images_ahead : int
            How many images are submitted for measuring before the first result is awaited.

        Yields
        ------
        StepReport
            After each time step.

        Raises
        ------
        StepFailed
            The database refused a step, which was rolled back, or was unreachable for longer than
            the configuration allows; the steps before it are kept.
        TakenBack
            The database lacks what was stored in it before.
        KeyboardInterrupt
            Ctrl-C or SIGTERM, at the end of the current time step.
        """
        is_young = self._run.last_taken_at is None
        with Packing(
            self._run.dataset, self._run.dataset_id, self._run.database.another
        ) as packing:
            for number, (step, jobs) in enumerate(ahead(steps, self._submit, images_ahead), 1):
                report = StepReport(step.taken_at, [])
                if self._is_past(step):
                    jobs, report = self._leave_out_known(step, jobs, report)
                findings, report = self._wait(step, jobs, report)
                with self._run.interrupts.finishing():
                    report = self._bring_in(step, findings, report)
                    yield report
                if report.measurements and not (is_young and number < FIRST_STEP):
                    packing.follow(report.measurements + report.forced)
                if number % RENEWAL_STEPS == 0:
                    self._run.database.renew()

    def _is_past(self, step: TimeStep) -> bool:
        last = self._run.last_taken_at
        return last is not None and step.taken_at <= last

    def _submit(self, step: TimeStep) -> list[Any]:
        """Submit the images of a time step: to be measured, or only read if probably known."""
        work = self._executor.identify if self._is_past(step) else self._executor.measure
        return [
            self._jobs.pop(image.path, None) or work(image.path, self._run.configuration)
            for image in step.images
        ]

    def _leave_out_known(
        self, step: TimeStep, jobs: Sequence[Any], report: StepReport
    ) -> tuple[list[Any], StepReport]:
        """Return the jobs of a past time step that remain, and the outcomes of the others.

        Images that are not known are late, unless the data set was rewound in the meantime.
        """
        images, outcomes = self._results(step, jobs)
        known = self._insist(step, known_images, self._run, [image.digest for image, _ in images])
        self._run.remember(list(known))
        fresh = []
        for image, _ in images:
            if image.digest in known:
                outcomes.append(Outcome(image.path, *known[image.digest]))
            else:
                fresh.append(image)
        late = self._insist(step, self._refusal, step) if fresh else None
        if late is not None:
            refused = [Outcome(image.path, Fate.LATE, str(late)) for image in fresh]
            self._record(step, refused)
            outcomes += refused
            fresh = []
        jobs = [self._executor.measure(image.path, self._run.configuration) for image in fresh]
        return jobs, replace(report, images=report.images + outcomes)

    def _refusal(self, conn: Connection, step: TimeStep) -> LateImage | None:
        """Return an error if the data set is past a time step."""
        try:
            with conn.transaction(force_rollback=True):
                routines.begin_time_step(conn, self._run.dataset_id, step.taken_at)
        except LateImage as error:
            return error
        return None

    def _wait(
        self, step: TimeStep, jobs: Sequence[Any], report: StepReport
    ) -> tuple[list[Finding], StepReport]:
        """Wait for the results of a time step; return the findings and the other outcomes."""
        with self._run.summary.timings.stage("wait"):
            results, outcomes = self._results(step, jobs)
        findings = []
        for finding in (Finding(*result) for result in results):
            image = finding.found.image
            self._run.summary.timings.add(finding.found.timings)
            if image.taken_at == step.taken_at:
                findings.append(finding)
            else:
                now = f"it has changed and is of {image.taken_at:%Y-%m-%d %H:%M:%S} now"
                outcomes.append(self._give_up(step, finding, f"{now}: give it again"))
        return findings, replace(report, images=report.images + outcomes)

    def _results(self, step: TimeStep, jobs: Sequence[Any]) -> tuple[list[Any], list[Outcome]]:
        """Return the results with their jobs, and the outcomes of images without a result."""
        results, refused = [], []
        for job in jobs:
            try:
                results.append((self._executor.result(job), job))
            except ExtractorError as error:
                refused.append(unreadable(job.path, error))
        if refused:
            self._record(step, refused)
        return results, refused

    def _bring_in(
        self, step: TimeStep, findings: Sequence[Finding], report: StepReport
    ) -> StepReport:
        """Store one time step, without images that are lost or ambiguous."""
        while findings:
            try:
                report = self._write(step, findings, report)
                break
            except LateImage as error:
                report = self._late(step, findings, report, error)
                break
            except SideBySide as found:
                findings, report = self._leave_out_ambiguous(step, findings, report, found)
            except ImageLost as lost:  # before its forced fits: as if it had never been there
                findings, report = self._leave_out_lost(step, findings, report, lost)
        self._run.summary.add(report)
        return report

    def _write(self, step: TimeStep, findings: Sequence[Finding], report: StepReport) -> StepReport:
        """Write one time step exactly once, however often the connection is lost meanwhile."""

        def write(conn: Connection) -> StepReport:
            return self._writer.write(conn, step, findings, report)

        def is_there(conn: Connection, written: StepReport) -> bool:
            return self._writer.is_there(conn, findings, written)

        with self._failing(step):
            written = self._run.database.commit(write, is_there)
        self._run.remember([found.image.digest for found, _ in findings])
        return written

    def _late(
        self, step: TimeStep, findings: Sequence[Finding], report: StepReport, error: LateImage
    ) -> StepReport:
        """Report images that are too late, unless another run stored them."""
        images = [found.image for found, _ in findings]
        known = self._insist(step, known_images, self._run, [image.digest for image in images])
        late = Fate.LATE, str(error)
        for _, job in findings:
            self._executor.release(job)
        outcomes = [Outcome(image.path, *known.get(image.digest, late)) for image in images]
        self._record(step, [image for image in outcomes if image.fate == Fate.LATE])
        return replace(report, images=report.images + outcomes)

    def _leave_out_ambiguous(
        self, step: TimeStep, findings: Sequence[Finding], report: StepReport, found: SideBySide
    ) -> tuple[list[Finding], StepReport]:
        outcomes = []
        for group in found.groups:
            for path in group:
                others = ", ".join(other for other in group if other != path)
                reason = (
                    f"of the same time, band, Stokes parameter, region and duration as {others}: "
                    "say which is meant (--include PATTERN, --exclude PATTERN), or that all are "
                    "(--side-by-side)"
                )
                outcomes.append(Outcome(path, Fate.AMBIGUOUS, reason))
        refused = {outcome.path for outcome in outcomes}
        for one in findings:
            if one.found.image.path in refused:
                self._executor.release(one.job)
        self._record(step, outcomes)
        left = [one for one in findings if one.found.image.path not in refused]
        return left, replace(report, images=report.images + outcomes)

    def _leave_out_lost(
        self, step: TimeStep, findings: Sequence[Finding], report: StepReport, lost: ImageLost
    ) -> tuple[list[Finding], StepReport]:
        given_up = [one for one in findings if one.found.image.path == lost.path]
        assert given_up
        outcomes = [self._give_up(step, one, lost.trouble) for one in given_up]
        left = [one for one in findings if one.found.image.path != lost.path]
        return left, replace(report, images=report.images + outcomes)

    def _give_up(self, step: TimeStep, finding: Finding, reason: str) -> Outcome:
        """Leave out an image that was measured, but cannot be stored."""
        self._executor.release(finding.job)
        outcome = Outcome(finding.found.image.path, Fate.UNREADABLE, reason)
        self._record(step, [outcome])
        return outcome

    def _record(self, step: TimeStep, refused: Sequence[Outcome]) -> None:
        with self._failing(step):
            self._run.record(refused)

    def _insist(
        self,
        step: TimeStep,
        work: Callable[Concatenate[Connection, Arguments], Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """Run work in the database for a time step; see `LastingConnection.insist`."""
        with self._failing(step):
            return self._run.database.insist(work, *args, **kwargs)

    @contextmanager
    def _failing(self, step: TimeStep) -> Iterator[None]:
        """Raise StepFailed with the time step if the database fails."""
        try:
            yield
        except (LateImage, ImageLost, SideBySide, TakenBack):
            raise
        except (psycopg.Error, TrapdbError) as error:
            reason = one_line(error) if isinstance(error, psycopg.Error) else str(error)
            if isinstance(error, psycopg.errors.DiskFull):
                reason = f"the disk of {place_of(self._run.database.conn)} is full: {reason}"
            raise StepFailed(
                f"time step {step.taken_at:%Y-%m-%d %H:%M:%S} failed and is rolled back: "
                f"{reason} (all before it is kept; when this is put right, the "
                "same command goes on from there)"
            ) from error
