"""The ingest loop: images in time order, one transaction a time step.

A time step is all images taken at the same time, of all bands and Stokes parameters; it is in the
database whole or not at all. Nothing else changes the data set, so that running again goes on
where the last run ended: what is known already is skipped.
"""

import getpass
import socket
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from importlib.metadata import version
from itertools import groupby
from types import TracebackType
from typing import Any

import psycopg

import extractor
from extractor import Image, ImageKey
from extractor.errors import ExtractorError
from trapdb import api, pixels
from trapdb.backfill import Filled, Memory, fill_in_step
from trapdb.config import Configuration
from trapdb.database import call, one_line
from trapdb.errors import DatabaseError, LateImage, StepFailed
from trapdb.pixels import Measured
from trapdb.timing import Timings

STOKES = "IQUV"


class Fate(StrEnum):
    """What became of an image."""

    TAKEN = "taken"
    REJECTED = "rejected"  # failed a check; recorded with its reasons
    UNREADABLE = "unreadable"  # cannot be read, or not be placed in time, frequency and sky
    LATE = "late"  # of a time that the data set has passed
    KNOWN = "known"  # the data set has this image already


@dataclass(frozen=True)
class Outcome:
    """What became of one image, and why."""

    path: str
    fate: Fate
    reason: str = ""


@dataclass(frozen=True)
class StepReport:
    """What one time step brought."""

    taken_at: datetime
    images: list[Outcome]
    measurements: int = 0
    forced: int = 0
    new_sources: int = 0
    filled: list[Filled] = field(default_factory=list)


@dataclass
class Summary:
    """What a run brought, from its beginning to where it ended."""

    dataset: str
    images: list[Outcome] = field(default_factory=list)
    measurements: int = 0
    forced: int = 0
    new_sources: int = 0
    backfilled: int = 0
    last_step: datetime | None = None
    timings: Timings = field(default_factory=Timings)

    def count(self) -> Counter[Fate]:
        """Count the images by what became of them."""
        return Counter(image.fate for image in self.images)

    def add(self, step: StepReport) -> None:
        """Add what a time step brought."""
        self.last_step = step.taken_at
        self.images += step.images
        self.measurements += step.measurements
        self.forced += step.forced
        self.new_sources += step.new_sources
        self.backfilled += sum(image.points for image in step.filled)


@dataclass(frozen=True)
class Placed:
    """A file, or a plane of it, that is an image of this time, frequency and Stokes parameter."""

    path: str
    key: ImageKey


@dataclass(frozen=True)
class TimeStep:
    """The files of one moment, by frequency and Stokes parameter."""

    taken_at: datetime
    files: list[Placed]


def place(
    files: Sequence[str], configuration: Configuration
) -> tuple[list[TimeStep], list[Outcome]]:
    """Order files into time steps by their headers; no database is needed.

    Returns
    -------
    list of TimeStep
        In the order of time.
    list of Outcome
        Files that cannot be placed in time and frequency.
    """
    placed, refused = [], []
    for path in files:
        try:
            keys = extractor.read_keys(path, header=configuration.image.header)
        except ExtractorError as error:
            refused.append(_unreadable(path, error))
        else:
            placed += [Placed(key.path, key) for key in keys]
    placed.sort(key=lambda file: _order(file.key))
    by_time = groupby(placed, key=lambda file: file.key.taken_at)
    return [TimeStep(taken_at, list(group)) for taken_at, group in by_time], refused


class Run:
    """One run that adds images to a data set; a context manager that records how it ended.

    Parameters
    ----------
    conn
        Connection of an operator, in autocommit mode.
    dataset
        Name of the data set; made if there is none of that name.
    given
        The configuration that was asked for. A data set that exists keeps its own.
    command
        The command line, for the record.

    Attributes
    ----------
    configuration : Configuration
        The one that holds.
    overruled : dict
        What was asked for and does not hold: ``section.key: (asked, held)``.
    summary : Summary
        What the run has brought so far.
    """

    def __init__(
        self, conn: psycopg.Connection, dataset: str, given: Configuration, command: str
    ) -> None:
        self.conn = conn
        opened = api.open_dataset(conn, dataset, given.model_dump(mode="json"))
        self.dataset_id = opened.dataset_id
        self.configuration, self.overruled = _holding(given, opened.configuration)
        self.summary = Summary(dataset)
        self.run_id = api.start_run(
            conn,
            self.dataset_id,
            self.configuration.model_dump(mode="json"),
            version("trapdb"),
            socket.gethostname(),
            getpass.getuser(),
            command,
        )
        self._memory = Memory(
            self.configuration.null_detection.backfill,
            api.supplied_headers(conn, self.dataset_id),
            self.configuration,
            self.summary.timings,
        )

    def __enter__(self) -> "Run":
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Record the end of the run."""
        if error is None:
            outcome = "completed"
        elif isinstance(error, KeyboardInterrupt):
            outcome = "interrupted"
        else:
            outcome = f"failed: {error}"
        # A connection that broke must not hide the error that broke it.
        with suppress(*([psycopg.Error] if error else [])):
            api.finish_run(self.conn, self.run_id, outcome, self.summary.timings)

    def record(self, refused: Sequence[Outcome]) -> None:
        """Record files that `place` could not place."""
        for file in refused:
            api.log_refused_file(self.conn, self.run_id, file.path, file.fate, file.reason)
        self.summary.images += refused

    def take(self, steps: Sequence[TimeStep]) -> Iterator[StepReport]:
        """Bring time steps into the database, one transaction each.

        Raises
        ------
        StepFailed
            The database refused a step, which was rolled back; the steps before it are kept.
        """
        for step in steps:
            images, outcomes = self._read(step)
            measured, refused = self._measure(images)
            report = StepReport(step.taken_at, outcomes + refused)
            if measured:
                try:
                    with self.conn.transaction():
                        report = self._store(step.taken_at, measured, report)
                except LateImage as error:
                    known = self._known([one.image for one in measured])
                    late = [
                        Outcome(one.image.path, *known[one.image.digest])
                        if one.image.digest in known
                        else Outcome(one.image.path, Fate.LATE, str(error))
                        for one in measured
                    ]
                    report = replace(report, images=report.images + late)
                except (psycopg.Error, DatabaseError) as error:
                    reason = one_line(error) if isinstance(error, psycopg.Error) else str(error)
                    raise StepFailed(
                        f"time step {step.taken_at:%Y-%m-%d %H:%M:%S} failed and is rolled back: "
                        f"{reason} (all before it is kept; when this is put right, the "
                        "same command goes on from there)"
                    ) from error
            self.summary.add(report)
            yield report

    def count_sources(self) -> int:
        """Return the number of sources that the data set has now."""
        (row,) = call(self.conn, "dataset_summary", dataset=self.summary.dataset)
        return row.sources

    def _read(self, step: TimeStep) -> tuple[list[Image], list[Outcome]]:
        """Read the images of a time step and leave out those that the data set has."""
        images, outcomes = [], []
        for file in step.files:
            try:
                images.append(pixels.read(file.path, self.configuration, self.summary.timings))
            except ExtractorError as error:
                outcomes.append(self._refuse(file.path, error))
        known = self._known(images)
        fresh = []
        for image in images:
            if image.digest in known:
                outcomes.append(Outcome(image.path, *known[image.digest]))
            else:
                known[image.digest] = Fate.KNOWN, f"it is the same image as {image.path}"
                fresh.append(image)
        return fresh, outcomes

    def _known(self, images: Sequence[Image]) -> dict[str, tuple[Fate, str]]:
        """Tell of those images that the data set has, by digest, as what it has them.

        One that was rejected stays so; who asks for other limits is told that they do not apply.
        """
        other_limits = any(key.startswith("quality.") for key in self.overruled)
        digests = [image.digest for image in images]
        known = {}
        for digest, image in api.known_images(self.conn, self.dataset_id, digests).items():
            fate = Fate.KNOWN
            reason = f"the data set has it as image {image.image_id}, {image.status}"
            if image.status == "rejected" and other_limits:
                fate = Fate.REJECTED
                reason += ", and keeps its limits: give others to another one, with --dataset"
            known[digest] = fate, reason
        return known

    def _measure(self, images: Sequence[Image]) -> tuple[list[Measured], list[Outcome]]:
        """Check the images and measure those that pass."""
        measured, refused = [], []
        for image in images:
            try:
                checked = pixels.check(image, self.configuration, self.summary.timings)
                measured.append(
                    checked
                    if checked.failures
                    else pixels.extract(checked, self.configuration, self.summary.timings)
                )
            # Whatever goes wrong in the pixels of one image must not cost the others.
            except Exception as error:
                refused.append(self._refuse(image.path, error))
        return measured, refused

    def _store(
        self, taken_at: datetime, measured: Sequence[Measured], report: StepReport
    ) -> StepReport:
        """Write one time step, in the caller's transaction."""
        conn, settings, timings = self.conn, self.configuration.extraction, self.summary.timings
        api.begin_time_step(conn, self.dataset_id, taken_at)
        # Now nobody else adds to the data set; until now another run may have.
        known = self._known([one.image for one in measured])
        accepted, outcomes, new_sources = [], [], 0
        for one in measured:
            if one.image.digest in known:
                outcomes.append(Outcome(one.image.path, *known[one.image.digest]))
                continue
            with timings.stage("load"):
                image_id = api.register_image(
                    conn,
                    self.run_id,
                    one,
                    settings.detection_threshold,
                    settings.analysis_threshold,
                )
                if one.measurements is None:
                    reasons = "; ".join(one.failures)
                    outcomes.append(Outcome(one.image.path, Fate.REJECTED, reasons))
                    continue
                api.load_measurements(conn, image_id, one.measurements)
            with timings.stage("associate"):
                new_sources += api.associate_image(conn, image_id).new_sources
            accepted.append((image_id, one, len(one.measurements)))
            outcomes.append(Outcome(one.image.path, Fate.TAKEN))
            self._memory.keep(image_id, one)
        # Only now are all sources of the time step known, in whatever band.
        forced = sum(self._force(*image) for image in accepted)
        filled = self._fill(accepted[0][0]) if accepted else []
        with timings.stage("close"):
            api.close_time_step(conn)
        return replace(
            report,
            images=report.images + outcomes,
            measurements=sum(blind for _, _, blind in accepted),
            forced=forced,
            new_sources=new_sources,
            filled=filled,
        )

    def _force(self, image_id: int, one: Measured, blind: int) -> int:
        """Measure an image where known sources are expected that it did not show."""
        timings = self.summary.timings
        with timings.stage("null detection"):
            requests = api.forced_requests(self.conn, image_id)
        if not len(requests):
            return 0
        measurements = pixels.force(one, requests, self.configuration, timings)
        with timings.stage("null detection"):
            return api.load_forced(self.conn, image_id, blind, requests, measurements)

    def _fill(self, first_image_id: int) -> list[Filled]:
        """Measure the sources that the time step founded where they were not yet known."""
        filled = fill_in_step(
            self.conn,
            self.run_id,
            self.dataset_id,
            first_image_id,
            self._memory,
            self.configuration,
            self.summary.timings,
        )
        self._memory.shrink()
        return filled

    def _refuse(self, path: str, error: Exception) -> Outcome:
        """Record a file that cannot become an image."""
        refused = _unreadable(path, error)
        api.log_refused_file(self.conn, self.run_id, path, refused.fate, refused.reason)
        return refused


def _unreadable(path: str, error: Exception) -> Outcome:
    """Tell why a file cannot become an image."""
    reason = str(error).removeprefix(f"{path}: ")
    if not isinstance(error, ExtractorError):
        reason = f"a fault of trapdb, please report it: {type(error).__name__}: {reason}"
    return Outcome(path, Fate.UNREADABLE, reason)


def _holding(given: Configuration, stored: dict[str, Any]) -> tuple[Configuration, dict]:
    """Return the configuration that holds for a data set, and what was asked for in vain.

    The header values are not the data set's but of the files of this run.
    """
    stored_one = Configuration.model_validate(stored)
    image = stored_one.image.model_copy(update={"header": given.image.header})
    held = stored_one.model_copy(update={"image": image})
    values = held.flat()
    asked = given.flat(given=True).items()
    return held, {key: (value, values[key]) for key, value in asked if values[key] != value}


def _order(key: ImageKey) -> tuple:
    return key.taken_at, key.freq_eff, STOKES.index(key.stokes)
