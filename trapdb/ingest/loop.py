"""The ingest loop: images in time order, one transaction a time step.

A time step is all images taken at the same time, of all bands and Stokes parameters; it is in the
database whole or not at all. Nothing else changes the data set, so that running again goes on
where the last run ended: what is known already is skipped. While the database takes a time step,
the next ones are measured.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from extractor import check_rms_history
from extractor.errors import ExtractorError
from trapdb.database import routines
from trapdb.database.connection import one_line
from trapdb.errors import ImageLost, LateImage, StepFailed, TakenBack, TrapdbError
from trapdb.exchange.found import Found
from trapdb.ingest.backfill import Memory, fill_in_step
from trapdb.ingest.interrupts import finishing
from trapdb.ingest.outcome import Fate, Filled, Outcome, StepReport, unreadable
from trapdb.ingest.run import Run
from trapdb.ingest.steps import TimeStep, ahead
from trapdb.measuring.executor import Executor
from trapdb.server.access import place_of

# After so many time steps another connection is taken: see `Run.renew`. The first step on it takes
# some tenths of a second longer.
RENEWAL_STEPS = 1000

# What was found in an image, and the job that has its pixels.
Measured = tuple[Found, Any]


class Ingest:
    """Brings time steps into the database for a run.

    Parameters
    ----------
    run
        The run.
    executor
        Where the images are measured.
    """

    def __init__(self, run: Run, executor: Executor) -> None:
        self._run = run
        self._executor = executor
        self._memory = Memory(
            run.configuration.null_detection.backfill,
            run.insist(lambda: routines.supplied_headers(run.conn, run.dataset_id)),
            run.configuration,
            run.summary.timings,
            executor,
        )

    def take(self, steps: Iterable[TimeStep | None], images_ahead: int) -> Iterator[StepReport]:
        """Bring time steps into the database, one transaction each.

        Parameters
        ----------
        steps : iterable of TimeStep or None
            In the order of time; None says that there is no other one yet.
        images_ahead : int
            How many images are handed in to be measured before they are waited for.

        Yields
        ------
        StepReport
            After each time step.

        Raises
        ------
        StepFailed
            The database refused a step, which was rolled back, or went away for longer than the
            configuration allows; the steps before it are kept.
        TakenBack
            The database lacks what was stored in it before.
        KeyboardInterrupt
            Ctrl-C, after the time step that was under way.
        """
        for number, (step, jobs) in enumerate(ahead(steps, self._submit, images_ahead), 1):
            report = StepReport(step.taken_at, [])
            if self._is_past(step):
                jobs, report = self._leave_out_known(step, jobs, report)
            measured, report = self._wait(step, jobs, report)
            yield from self._take(step, measured, report)
            if number % RENEWAL_STEPS == 0:
                self._run.renew()

    def _is_past(self, step: TimeStep) -> bool:
        last = self._run.last_taken_at
        return last is not None and step.taken_at <= last

    def _submit(self, step: TimeStep) -> list[Any]:
        """Have the images of a time step measured, those that are probably known only read."""
        work = self._executor.identify if self._is_past(step) else self._executor.measure
        return [work(image.path, self._run.configuration) for image in step.images]

    def _leave_out_known(
        self, step: TimeStep, jobs: Sequence[Any], report: StepReport
    ) -> tuple[list[Any], StepReport]:
        """Give the jobs of a past time step that are still to be done, and what became of others.

        Images that are not known are late, unless the data set was rewound in the meantime.
        """
        images, outcomes = self._results(step, jobs)
        known = self._insist(step, lambda: self._known([image.digest for image, _ in images]))
        self._run.remember(list(known))
        fresh = []
        for image, _ in images:
            if image.digest in known:
                outcomes.append(Outcome(image.path, *known[image.digest]))
            else:
                fresh.append(image)
        late = self._insist(step, lambda: self._refusal(step)) if fresh else None
        if late is not None:
            refused = [Outcome(image.path, Fate.LATE, str(late)) for image in fresh]
            self._insist(step, lambda: self._run.record(refused))
            outcomes += refused
            fresh = []
        jobs = [self._executor.measure(image.path, self._run.configuration) for image in fresh]
        return jobs, replace(report, images=report.images + outcomes)

    def _refusal(self, step: TimeStep) -> LateImage | None:
        """Ask whether the data set is past a time step."""
        try:
            with self._run.conn.transaction(force_rollback=True):
                routines.begin_time_step(self._run.conn, self._run.dataset_id, step.taken_at)
        except LateImage as error:
            return error
        return None

    def _wait(
        self, step: TimeStep, jobs: Sequence[Any], report: StepReport
    ) -> tuple[list[Measured], StepReport]:
        """Wait for what is found in the images of a time step."""
        with self._run.summary.timings.stage("wait"):
            results, outcomes = self._results(step, jobs)
        measured = []
        for found, job in results:
            self._run.summary.timings.add(found.timings)
            if found.image.taken_at == step.taken_at:
                measured.append((found, job))
            else:
                now = f"it has changed and is of {found.image.taken_at:%Y-%m-%d %H:%M:%S} now"
                outcomes.append(self._give_up(step, found, job, f"{now}: give it again"))
        return measured, replace(report, images=report.images + outcomes)

    def _give_up(self, step: TimeStep, found: Found, job: Any, reason: str) -> Outcome:
        """Leave an image out that was measured, but cannot be brought in."""
        self._executor.release(job)
        outcome = Outcome(found.image.path, Fate.UNREADABLE, reason)
        self._insist(step, lambda: self._run.record([outcome]))
        return outcome

    def _results(self, step: TimeStep, jobs: Sequence[Any]) -> tuple[list[Any], list[Outcome]]:
        """Give the results with their jobs, and what became of those images that have none."""
        results, refused = [], []
        for job in jobs:
            try:
                results.append((self._executor.result(job), job))
            except ExtractorError as error:
                refused.append(unreadable(job.path, error))
        if refused:
            self._insist(step, lambda: self._run.record(refused))
        return results, refused

    def _take(
        self, step: TimeStep, measured: Sequence[Measured], report: StepReport
    ) -> Iterator[StepReport]:
        """Bring one time step in, however often the database goes away meanwhile."""
        run = self._run
        stored: StepReport | None = None
        done: StepReport | None = None

        def store() -> StepReport:
            nonlocal stored, done
            with finishing():
                # It can go away when the transaction is committed and before it says so.
                if stored is None or not self._has(measured, stored):
                    with run.conn.transaction():
                        stored = self._store(step, measured, report)
                run.remember([found.image.digest for found, _ in measured])
                run.summary.add(stored)
                done = stored
            return stored

        while measured:
            try:
                report = self._insist(step, store)
            except KeyboardInterrupt:
                if done is not None:  # what was finished before Ctrl-C was heard is told before it
                    yield done
                raise
            except LateImage as error:
                report = self._late(step, measured, report, error)
                break
            except ImageLost as lost:  # before its forced fits: it is as if it had never been there
                given_up = [one for one in measured if one[0].image.path == lost.path]
                assert given_up
                measured = [one for one in measured if one[0].image.path != lost.path]
                outcomes = [self._give_up(step, *one, lost.trouble) for one in given_up]
                report = replace(report, images=report.images + outcomes)
            else:
                yield report
                return
        run.summary.add(report)
        yield report

    def _has(self, measured: Sequence[Measured], report: StepReport) -> bool:
        """Tell whether the data set has the images that were to be brought into it."""
        fates = {image.path: image.fate for image in report.images}
        digests = [
            found.image.digest
            for found, _ in measured
            if fates[found.image.path] in (Fate.TAKEN, Fate.REJECTED)
        ]
        known = routines.known_images(self._run.conn, self._run.dataset_id, digests)
        return all(digest in known for digest in digests)

    def _late(
        self, step: TimeStep, measured: Sequence[Measured], report: StepReport, error: LateImage
    ) -> StepReport:
        """Tell of images for which it is too late, if another run did not bring them in."""
        images = [found.image for found, _ in measured]
        known = self._insist(step, lambda: self._known([image.digest for image in images]))
        late = Fate.LATE, str(error)
        for _, job in measured:
            self._executor.release(job)
        outcomes = [Outcome(image.path, *known.get(image.digest, late)) for image in images]
        refused = [image for image in outcomes if image.fate == Fate.LATE]
        self._insist(step, lambda: self._run.record(refused))
        return replace(report, images=report.images + outcomes)

    def _known(self, digests: Sequence[str]) -> dict[str, tuple[Fate, str]]:
        """Tell of those images that the data set has, by digest, as what it has them.

        One that was rejected stays so; who asks for other limits is told that they do not apply.
        """
        run = self._run
        other_limits = any(key.startswith("quality.") for key in run.overruled)
        known = {}
        for digest, image in routines.known_images(run.conn, run.dataset_id, list(digests)).items():
            fate = Fate.KNOWN
            reason = f"the data set has it as image {image.image_id}, {image.status}"
            if image.status == "rejected" and other_limits:
                fate = Fate.REJECTED
                reason += ", and keeps its limits: give others to another one, with --dataset"
            known[digest] = fate, reason
        return known

    def _store(
        self, step: TimeStep, measured: Sequence[Measured], report: StepReport
    ) -> StepReport:
        """Write one time step, in the caller's transaction."""
        run, timings = self._run, self._run.summary.timings
        conn, settings = run.conn, run.configuration.extraction
        routines.begin_time_step(conn, run.dataset_id, step.taken_at)
        run.require_past(conn)
        # Now nobody else adds to the data set; until now another run may have.
        known = self._known([found.image.digest for found, _ in measured])
        accepted, outcomes, new_sources = [], [], 0
        kept, registered = [], {}
        unused_rows: Counter[str] = Counter()
        for found, job in measured:
            image = found.image
            if image.digest in known:
                outcomes.append(Outcome(image.path, *known[image.digest]))
                self._executor.release(job)
                continue
            known[image.digest] = Fate.KNOWN, f"it is the same image as {image.path}"
            found = self._compare_with_history(found)
            with timings.stage("load"):
                image_id = routines.register_image(
                    conn,
                    run.run_id,
                    found,
                    settings.detection_threshold,
                    settings.analysis_threshold,
                )
                registered[image_id] = image.path
                if found.measurements is None:
                    outcomes.append(Outcome(image.path, Fate.REJECTED, "; ".join(found.failures)))
                    self._executor.release(job)
                    continue
                routines.load_measurements(conn, image_id, found.measurements)
            with timings.stage("associate"):
                new_sources += routines.associate_image(conn, image_id).new_sources
            outcomes.append(Outcome(image.path, Fate.TAKEN))
            unused_rows.update(found.unused_rows)
            accepted.append((image_id, len(found.measurements)))
            if found.is_kept:  # no source list without its image
                self._memory.keep(image_id, job)
                kept.append(accepted[-1])
        # Only now are all sources of the time step known, in whatever band.
        forced = sum(self._force(*image) for image in kept)
        filled = self._fill(accepted[0][0]) if accepted else []
        with timings.stage("close"):
            routines.close_time_step(conn)
            latency = self._log_latency(step, registered)
        return replace(
            report,
            images=report.images + outcomes,
            measurements=sum(blind for _, blind in accepted),
            forced=forced,
            new_sources=new_sources,
            filled=filled,
            latency=latency,
            unused_rows=unused_rows,
        )

    def _log_latency(self, step: TimeStep, registered: Mapping[int, str]) -> list[float]:
        """Record how long the images took of those that came one by one; s."""
        arrived = {
            image_id: step.arrived[path]
            for image_id, path in registered.items()
            if path in step.arrived
        }
        now = datetime.now(UTC)
        latency = [(now - moment) / timedelta(seconds=1) for moment in arrived.values()]
        if arrived:
            routines.log_latency(self._run.conn, list(arrived), list(arrived.values()), latency)
        return latency

    def _compare_with_history(self, found: Found) -> Found:
        """Judge the noise of an image by that of earlier ones; only the database has them all."""
        limits = self._run.configuration.quality
        # a source list without its image has no checks
        if found.measurements is None or not (limits.rms_history and found.checks):
            return found
        earlier = routines.rms_history(self._run.conn, found.image, limits.rms_history)
        rms = next(check.value for check in found.checks if check.name == "rms")
        check = check_rms_history(
            rms, earlier, sigma=limits.rms_history_sigma, least=limits.rms_history
        )
        checked = replace(found, checks=[*found.checks, check])
        return checked if check.passed else replace(checked, noise=None, measurements=None)

    def _force(self, image_id: int, blind: int) -> int:
        """Measure an image where known sources are expected that it did not show."""
        timings = self._run.summary.timings
        with timings.stage("null detection"):
            requests = routines.forced_requests(self._run.conn, image_id)
        if not len(requests):
            return 0
        measurements = self._memory.force(image_id, requests)
        with timings.stage("null detection"):
            return routines.load_forced(self._run.conn, image_id, blind, requests, measurements)

    def _fill(self, first_image_id: int) -> list[Filled]:
        """Measure the sources that the time step founded where they were not yet known."""
        run = self._run
        filled = fill_in_step(
            run.conn,
            run.run_id,
            run.dataset_id,
            first_image_id,
            self._memory,
            run.configuration,
            run.summary.timings,
        )
        self._memory.shrink()
        return filled

    def _insist(self, step: TimeStep, work: Callable[[], Any]) -> Any:
        """Do some work in the database for a time step; see `Run.insist`."""
        try:
            return self._run.insist(work)
        except (LateImage, ImageLost, TakenBack):
            raise
        except (psycopg.Error, TrapdbError) as error:
            reason = one_line(error) if isinstance(error, psycopg.Error) else str(error)
            if isinstance(error, psycopg.errors.DiskFull):
                reason = f"the disk of {place_of(self._run.conn)} is full: {reason}"
            raise StepFailed(
                f"time step {step.taken_at:%Y-%m-%d %H:%M:%S} failed and is rolled back: "
                f"{reason} (all before it is kept; when this is put right, the "
                "same command goes on from there)"
            ) from error
