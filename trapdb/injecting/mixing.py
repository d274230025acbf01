"""Injected sources among the measurements of images that are copied, whose files may be gone."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg

from extractor import Measurements
from trapdb.configuration.keys import Configuration
from trapdb.database import routines
from trapdb.errors import ImageLost
from trapdb.exchange.requests import ForcedRequests
from trapdb.ingest.rebuild import Copying
from trapdb.ingest.run import Run
from trapdb.injecting.field import Plane
from trapdb.injecting.stored import StoredField
from trapdb.injecting.synthetic import (
    Shown,
    belonging,
    forced,
    found_blind,
    not_measured,
    shown_in,
)
from trapdb.injecting.truth import Fluxes, Source, places_of
from trapdb.measuring.here import Here
from trapdb.timing import Timings

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Job:
    """An image that is to be measured by force; see `trapdb.measuring.keeper.Keeper`."""

    path: str
    digest: str
    configuration: Configuration
    headers: Sequence[Mapping[str, object]]


class Mixer(Copying):
    """Copies images with injected sources among their measurements, and measures these by force.

    It is the `Keeper` of the replay, too: a place that belongs to no injected source has the fit
    that is stored, or its pixels are measured, if they are there still.

    Parameters
    ----------
    field : StoredField
        The images of the data set that is copied.
    sources : sequence of Source
    seed : int
        For the noise.
    configuration : Configuration
        Of the data set that is made.

    Attributes
    ----------
    lost : int
        How many fits were asked for of which the pixels are not there.
    """

    def __init__(
        self, field: StoredField, sources: Sequence[Source], seed: int, configuration: Configuration
    ) -> None:
        self._field = field
        self._sources = sources
        self._seed = seed
        self._systematic = configuration.extraction.systematic_error
        self._fluxes = Fluxes(sources, field.planes)
        self._places = places_of(sources)
        self._covered: dict[int, Any] = {}
        self._number = {plane.origin.image_id: n for n, plane in enumerate(field.planes)}
        self._by_digest = {_digest(plane.digest): n for n, plane in enumerate(field.planes)}
        self._here = Here()
        self.lost = 0

    def digest_of(self, origin: Any) -> str:
        """See `Copying`: not that of the file, which does not have the sources."""
        return _digest(origin.digest)

    def copy(self, conn: Connection, run: Run, origin: Any) -> int:
        """See `Copying`."""
        image_id = super().copy(conn, run, origin)
        routines.set_injected(conn, image_id, self.digest_of(origin))
        number = self._number.get(origin.image_id)
        if number is not None:
            plane = self._field.planes[number]
            if plane.region not in self._covered:
                self._covered[plane.region] = self._field.covered(plane, *self._places, 0.0)
            covered = self._covered[plane.region]
            found = found_blind(self._shown(number), covered, self._systematic)
            first = routines.next_row(conn, image_id)
            routines.load_measurements(conn, image_id, found, first)
        return image_id

    def recall(
        self,
        path: str,
        digest: str,
        configuration: Configuration,
        headers: Sequence[Mapping[str, object]],
    ) -> Job:
        """See `Keeper`."""
        return Job(path, digest, configuration, headers)

    def force(self, job: Job, places: ForcedRequests) -> tuple[Measurements, Timings]:
        """See `Keeper`."""
        number = self._by_digest.get(job.digest)
        if number is None:  # of an image of which the noise is not known
            self.lost += len(places)
            return not_measured(places), Timings()
        shown = self._shown(number)
        owner = belonging(shown, self._sources, places)
        ours, others = np.flatnonzero(owner >= 0), np.flatnonzero(owner < 0)
        made = forced(shown, owner[ours], _of(places, ours), self._systematic)
        timings = Timings()
        if others.size:
            rest, timings = self._measure(job, number, _of(places, others))
            made = made.joined(rest)
        return made.select(np.argsort(np.concatenate([ours, others]))), timings

    def cut(self, job: Job, ra: Sequence[float], dec: Sequence[float], size: float) -> list[bytes]:
        """See `Keeper`: there are no pixels with the sources in them."""
        raise ImageLost(job.path, "its sources are among its measurements, not in its pixels")

    def release(self, job: Job) -> None:
        """See `Keeper`."""

    def _measure(
        self, job: Job, number: int, places: ForcedRequests
    ) -> tuple[Measurements, Timings]:
        plane = self._field.planes[number]
        there, fits = self._field.fits(plane, places.ra, places.dec)
        rest = np.setdiff1d(np.arange(len(places)), there)
        if not rest.size:
            return fits.select(np.argsort(there)), Timings()
        measured, timings = self._measure_pixels(plane, job, _of(places, rest))
        both = fits.joined(measured)
        return both.select(np.argsort(np.concatenate([there, rest]))), timings

    def _measure_pixels(
        self, plane: Plane, job: Job, places: ForcedRequests
    ) -> tuple[Measurements, Timings]:
        real = self._here.recall(plane.path, plane.digest, job.configuration, job.headers)
        try:
            return self._here.force(real, places)
        except ImageLost:
            self.lost += len(places)
            return not_measured(places), Timings()
        finally:
            self._here.release(real)

    def _shown(self, number: int) -> Shown:
        plane = self._field.planes[number]
        return shown_in(
            plane,
            self._sources,
            self._fluxes.peaks_in(number, plane),
            self._field.noise(plane)(*self._places),
            float(self._fluxes.times.start[number]),
            self._seed,
        )


def _digest(digest: str) -> str:
    return hashlib.sha256(f"injected {digest}".encode()).hexdigest()


def _of(places: ForcedRequests, rows: Any) -> ForcedRequests:
    return ForcedRequests(*(values[rows] for values in vars(places).values()))
