"""Write a time step: the results of its images, and the forced fits that follow from them.

All of it is in one transaction, which belongs to the caller.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import psycopg

from extractor import Check, check_reference_flux_ratio, check_reference_offset, check_rms_history
from trapdb.database import routines
from trapdb.errors import SideBySide
from trapdb.exchange.found import Found
from trapdb.ingest.backfill import fill_in_step
from trapdb.ingest.events import add_events
from trapdb.ingest.memory import Memory
from trapdb.ingest.outcome import Fate, Outcome, StepReport
from trapdb.ingest.run import Run
from trapdb.ingest.stamps import keep_stamps
from trapdb.ingest.steps import TimeStep
from trapdb.measuring.keeper import Keeper

Connection = psycopg.Connection[Any]


class Finding(NamedTuple):
    """The results of an image, and the executor's job that holds its pixels."""

    found: Found
    job: Any


@dataclass(frozen=True)
class Writer:
    """Writes time steps for a run.

    The keeper holds the pixels of their images, and the memory keeps them for the next steps.
    """

    run: Run
    keeper: Keeper
    memory: Memory

    def write(
        self, conn: Connection, step: TimeStep, findings: Sequence[Finding], report: StepReport
    ) -> StepReport:
        """Write a time step; return the report with the outcomes of its images.

        Raises
        ------
        SideBySide
            Some of the images exclude each other: only one of them can be meant.
        """
        run, timings = self.run, self.run.summary.timings
        routines.begin_time_step(conn, run.dataset_id, step.taken_at)
        run.require_past(conn)
        # From here on nobody else adds to the data set; before, another run may have.
        known = known_images(conn, run, [finding.found.image.digest for finding in findings])
        outcomes: list[Outcome] = []
        registered: dict[int, str] = {}
        accepted: dict[int, Finding] = {}
        new_sources = 0
        unused_rows: Counter[str] = Counter()
        for found, job in findings:
            image = found.image
            if image.digest in known:
                outcomes.append(Outcome(image.path, *known[image.digest]))
                self.keeper.release(job)
                continue
            known[image.digest] = Fate.KNOWN, f"it is the same image as {image.path}"
            found = self._compare_kind(conn, found)
            found = self._compare_with_history(conn, found)
            found = self._compare_with_reference(conn, found)
            image_id = self._register(conn, found)
            registered[image_id] = image.path
            if found.measurements is None:
                outcomes.append(Outcome(image.path, Fate.REJECTED, "; ".join(found.failures)))
                self.keeper.release(job)
                continue
            with timings.stage("associate"):
                run.correct(conn, image_id, image.path)
                new_sources += routines.associate_image(conn, image_id).new_sources
            outcomes.append(Outcome(image.path, Fate.TAKEN))
            unused_rows.update(found.unused_rows)
            accepted[image_id] = Finding(found, job)
        self._require_distinct(conn, accepted)
        # Only now are all sources of the time step known, of all bands.
        forced = sum(self._force(conn, image_id, one) for image_id, one in accepted.items())
        filled = fill_in_step(conn, run, min(accepted), self.memory) if accepted else []
        lone: dict[str, int] = {}
        if any(one.found.image.stokes != "I" for one in accepted.values()):
            with timings.stage("leakage"):
                routines.fit_leakage(conn)
                lone = {_lacking(row): row.images for row in routines.lone_stokes(conn)}
        if accepted:
            keep_stamps(conn, run, self.memory)
            routines.request_classification(conn)
            add_events(conn, run)
        self.memory.shrink()
        with timings.stage("close"):
            routines.close_time_step(conn)
            latency = _log_latency(conn, step, registered)
        return replace(
            report,
            images=report.images + outcomes,
            measurements=sum(_count(one.found) for one in accepted.values()),
            forced=forced,
            new_sources=new_sources,
            filled=filled,
            latency=latency,
            unused_rows=unused_rows,
            lone_stokes=lone,
        )

    def is_there(self, conn: Connection, findings: Sequence[Finding], report: StepReport) -> bool:
        """Return whether the data set has the images of a time step."""
        fates = {image.path: image.fate for image in report.images}
        digests = [
            found.image.digest
            for found, _ in findings
            if fates[found.image.path] in (Fate.TAKEN, Fate.REJECTED)
        ]
        known = routines.known_images(conn, self.run.dataset_id, digests)
        return all(digest in known for digest in digests)

    def _require_distinct(self, conn: Connection, accepted: Mapping[int, Finding]) -> None:
        if len(accepted) > 1 and not self.run.configuration.ingest.side_by_side:
            groups = routines.side_by_side(conn)
            if groups:
                path = {
                    image_id: finding.found.image.path for image_id, finding in accepted.items()
                }
                raise SideBySide([[path[image_id] for image_id in group] for group in groups])

    def _compare_kind(self, conn: Connection, found: Found) -> Found:
        """Reject a difference among images, and an image among differences."""
        image = found.image
        if found.measurements is None or image.stokes != "I":
            return found
        differences = routines.are_differences(conn, self.run.dataset_id)
        if differences is None or differences == image.signed:
            return found
        own, others = ("a difference", "images") if image.signed else ("an image", "differences")
        detail = f"it is {own}, and the data set has {others}: give it another one, with --dataset"
        return _judged(
            found, [Check("kind", float(image.signed), math.nan, math.nan, False, detail)]
        )

    def _compare_with_history(self, conn: Connection, found: Found) -> Found:
        """Check the noise of an image against earlier ones, which only the database knows."""
        limits = self.run.configuration.quality
        # a source list without its image has no checks
        if found.measurements is None or not (limits.rms_history and found.checks):
            return found
        earlier = routines.rms_history(conn, found.image, limits.rms_history)
        rms = next(check.value for check in found.checks if check.name == "rms")
        check = check_rms_history(
            rms, earlier, sigma=limits.rms_history_sigma, least=limits.rms_history
        )
        return _judged(found, [check])

    def _compare_with_reference(self, conn: Connection, found: Found) -> Found:
        """Check positions and fluxes of an image by a reference catalogue."""
        limits = self.run.configuration.quality
        image, measurements = found.image, found.measurements
        # catalogues list total intensities
        if measurements is None or image.stokes != "I" or not limits.needs_reference:
            return found
        known = routines.new_image_against_reference(conn, image, measurements)
        checks = []
        if limits.reference_offset_max_arcsec is not None:
            most = limits.reference_offset_max_arcsec
            checks.append(
                check_reference_offset(known.offset_arcsec, known.catalogue, known.n, most)
            )
        if limits.reference_flux_ratio is not None:
            low, high = limits.reference_flux_ratio
            checks.append(
                check_reference_flux_ratio(known.ratio, known.catalogue, known.n_flux, low, high)
            )
        return _judged(found, checks)

    def _register(self, conn: Connection, found: Found) -> int:
        """Store an image, and its blind measurements unless it failed a check; return its id."""
        settings = self.run.configuration.extraction
        with self.run.summary.timings.stage("load"):
            image_id = routines.register_image(
                conn,
                self.run.run_id,
                found,
                settings.detection_threshold,
                settings.analysis_threshold,
            )
            if found.measurements is not None:
                routines.load_measurements(conn, image_id, found.measurements)
        return image_id

    def _force(self, conn: Connection, image_id: int, finding: Finding) -> int:
        """Measure an image at the expected sources that it did not show."""
        found, job = finding
        if not found.is_kept:  # a source list without its image
            return 0
        self.memory.keep(image_id, job)
        timings = self.run.summary.timings
        with timings.stage("null detection"):
            requests = routines.forced_requests(conn, image_id)
        if not len(requests):
            return 0
        fits = self.memory.force(image_id, requests)
        with timings.stage("null detection"):
            return routines.load_forced(conn, image_id, _count(found), requests, fits)


def known_images(conn: Connection, run: Run, digests: Sequence[str]) -> dict[str, tuple[Fate, str]]:
    """Return the fate and the reason of each image that the data set already has, by digest.

    A rejected image stays rejected and does not count as a success. If other limits are requested
    now, the reason says that they do not apply.
    """
    other_limits = any(key.startswith("quality.") for key in run.overruled)
    known = {}
    for digest, image in routines.known_images(conn, run.dataset_id, list(digests)).items():
        fate = Fate.KNOWN
        reason = f"the data set has it as image {image.image_id}, {image.status}"
        if image.status == "rejected":
            fate = Fate.REJECTED
            reason = f"rejected before, as image {image.image_id}: {image.failures}"
            if other_limits:
                reason += " (it keeps its limits: give others to another one, with --dataset)"
        known[digest] = fate, reason
    return known


def _judged(found: Found, checks: Sequence[Check]) -> Found:
    """Return an image with more checks, without its measurements if one failed."""
    checked = replace(found, checks=[*found.checks, *checks])
    passed = all(check.passed for check in checks)
    return checked if passed else replace(checked, noise=None, measurements=None)


def _count(found: Found) -> int:
    return 0 if found.measurements is None else len(found.measurements)


def _lacking(row: Any) -> str:
    """Say what images of one Stokes parameter lack, and what follows."""
    told = "no ratio to it, and no leakage" if row.lacking == "I" else "no linear polarisation"
    return (
        f"of Stokes {row.stokes} without {row.lacking} of the same time, band, duration and "
        f"centre: {told}"
    )


def _log_latency(conn: Connection, step: TimeStep, registered: Mapping[int, str]) -> list[float]:
    """Record the latencies of images that arrived one by one; return them, s."""
    arrived = {
        image_id: step.arrived[path]
        for image_id, path in registered.items()
        if path in step.arrived
    }
    now = datetime.now(UTC)
    latency = [(now - moment) / timedelta(seconds=1) for moment in arrived.values()]
    if arrived:
        routines.log_latency(conn, list(arrived), list(arrived.values()), latency)
    return latency
