"""What is injected: sources, and what each of them has in each image."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from extractor.geometry import sky
from trapdb.injecting.field import Array, Field, Plane, Times
from trapdb.simulate.ellipse import covariance, gaussian
from trapdb.simulate.light_curves import KINDS, Images, displacement, own_flux

# Images of which the fluxes of all sources are in memory.
BLOCK = 256
TABLE = "table"
# Moments for what moves within an image.
_MOMENTS = 16


@dataclass(frozen=True)
class Source:
    """A source to inject.

    Attributes
    ----------
    number : int
        From 1.
    kind : str
        A kind of light curve, or `TABLE`: points of time and flux, straight between them and 0
        before the first and after the last.
    ra, dec : float
        deg.
    parameters : dict
        Of the light curve, with `peak_flux` in Jy/beam and times in s since the first image; of
        `TABLE` lists `times` and `fluxes`.
    """

    number: int
    kind: str
    ra: float
    dec: float
    parameters: dict[str, Any]

    def fluxes(
        self, start: Array, duration: Array, frequency: Array, stokes: Sequence[str]
    ) -> Array:
        """Return its flux density in images, Jy/beam, of which these are start, duration and so on.

        In Stokes V it is the share `circular` of that in I, in Q and U it is 0.
        """
        if not len(start):
            return np.empty(0)
        if self.kind == TABLE:
            flux = self._tabulated(start, duration)
        else:
            flux = own_flux(self.kind, self.parameters, Images.of(start, duration, frequency))
        circular = float(self.parameters.get("circular", 0.0))
        return flux * np.array([{"I": 1.0, "V": circular}.get(one, 0.0) for one in stokes])

    def offsets(self, start: float, duration: float) -> tuple[Array, Array]:
        """Return how far east and north of its place it is in an image, deg, by moments."""
        if self.kind not in KINDS:
            return np.zeros(1), np.zeros(1)
        moments = start + duration * (np.arange(_MOMENTS) + 0.5) / _MOMENTS
        east, north = displacement(self.kind, self.parameters, np.asarray(start), moments)
        if not (np.ptp(east) or np.ptp(north)):
            return east[:1], north[:1]
        return east, north

    def smeared(self, start: float, plane: Plane) -> float:
        """Return the share of its peak that is left in an image by its motion, about."""
        east, north = self.offsets(start, plane.duration)
        if len(east) == 1:
            return 1.0
        beam = plane.beam
        spread = covariance(beam.major, beam.minor, beam.pa)
        seen = gaussian(east - east.mean(), north - north.mean(), spread)
        return float(seen.mean())

    def _tabulated(self, start: Array, duration: Array) -> Array:
        times = np.asarray(self.parameters["times"], float)
        fluxes = np.asarray(self.parameters["fluxes"], float)

        def summed(t: Array) -> Array:
            """Return the integral up to a time, of straight lines."""
            steps = np.diff(times) * (fluxes[1:] + fluxes[:-1]) / 2
            whole = np.concatenate([[0.0], np.cumsum(steps)])
            inside = np.clip(t, times[0], times[-1])
            at = np.clip(np.searchsorted(times, inside, side="right") - 1, 0, len(times) - 1)
            here = np.interp(inside, times, fluxes)
            return whole[at] + (inside - times[at]) * (fluxes[at] + here) / 2

        within = (start >= times[0]) & (start <= times[-1])
        at = np.where(within, np.interp(start, times, fluxes), 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = (summed(start + duration) - summed(start)) / duration
        return np.where(duration > 0, mean, at)


@dataclass
class Peaks:
    """In which image each source stands out most: arrays of one element a source.

    Attributes
    ----------
    plane : ndarray of int
        Number of the image; -1 for none.
    flux, snr : ndarray
        Its flux density there, Jy/beam, and without the sign over the noise.
    images : ndarray of int
        How many images cover it.
    """

    plane: Any
    flux: Array
    snr: Array
    images: Any


class Fluxes:
    """Flux densities of sources in images, Jy/beam, a block of images at a time.

    Parameters
    ----------
    sources : sequence of Source
    planes : sequence of Plane
        In the order of time.
    """

    def __init__(self, sources: Sequence[Source], planes: Sequence[Plane]) -> None:
        self.sources = sources
        self._moving = [at for at, one in enumerate(sources) if one.kind == "moving"]
        self.times = Times.of(planes)
        self._stokes = [plane.stokes for plane in planes]
        self._held: dict[int, Array] = {}

    def in_plane(self, number: int) -> Array:
        """Return those of all sources in an image, shape (sources,)."""
        block = number // BLOCK
        if block not in self._held:
            rows = slice(block * BLOCK, (block + 1) * BLOCK)
            times = self.times
            fluxes = np.array(
                [
                    source.fluxes(
                        times.start[rows],
                        times.duration[rows],
                        times.frequency[rows],
                        self._stokes[rows],
                    )
                    for source in self.sources
                ]
            )
            # a back-fill asks for the block before, too
            self._held = {
                number: held for number, held in self._held.items() if number == block - 1
            } | {block: fluxes}
        return self._held[block][:, number % BLOCK]

    def peaks_in(self, number: int, plane: Plane) -> Array:
        """Return the same as the image shows them, Jy/beam: what moves is smeared."""
        flux = self.in_plane(number).copy()
        start = float(self.times.start[number])
        for at in self._moving:
            flux[at] *= self.sources[at].smeared(start, plane)
        return flux


def peaks_of(sources: Sequence[Source], field: Field) -> Peaks:
    """Return in which image of a field each source stands out most."""
    n = len(sources)
    found = Peaks(np.full(n, -1), np.zeros(n), np.zeros(n), np.zeros(n, int))
    ra, dec = places_of(sources)
    fluxes = Fluxes(sources, field.planes)
    covered: dict[int, Any] = {}
    for number, plane in enumerate(field.planes):
        if plane.region not in covered:
            covered[plane.region] = field.covered(plane, ra, dec, 0.0)
        there = covered[plane.region]
        if not there.any():
            continue
        flux, rms = fluxes.peaks_in(number, plane), field.noise(plane)(ra, dec)
        with np.errstate(divide="ignore", invalid="ignore"):
            snr = np.where(there & (rms > 0), np.abs(flux) / rms, -1.0)
        found.images += there
        better = snr > np.where(found.plane < 0, -0.5, found.snr)
        found.plane[better], found.flux[better] = number, flux[better]
        found.snr[better] = snr[better]
    return found


def places_of(sources: Sequence[Source]) -> tuple[Array, Array]:
    """Return right ascensions and declinations of sources, deg."""
    return np.array([one.ra for one in sources]), np.array([one.dec for one in sources])


def rows_of(
    sources: Sequence[Source], peaks: Peaks, planes: Sequence[Plane]
) -> list[dict[str, Any]]:
    """Return rows for ``trap_data.injection``."""
    first = planes[0].taken_at
    rows = []
    for at, source in enumerate(sources):
        plane = planes[peaks.plane[at]]
        timescale = source.parameters.get("timescale")
        start = source.parameters.get("start") if timescale else None
        distance = sky.separation(source.ra, source.dec, plane.ra, plane.dec)
        rows.append(
            {
                "number": source.number,
                "kind": source.kind,
                "ra": source.ra,
                "dec": source.dec,
                "peak_flux": float(peaks.flux[at]),
                "peak_snr": float(peaks.snr[at]),
                "peak_at": plane.taken_at.isoformat(),
                "timescale": timescale or None,
                "started_at": _moment(first, start),
                "images": int(peaks.images[at]),
                "centre_distance": float(distance),
                "beam_major": plane.beam.major,
                "parameters": source.parameters,
            }
        )
    return rows


def _moment(first: Any, start: float | None) -> str | None:
    if start is None:
        return None
    try:
        moment: str = (first + timedelta(seconds=start)).isoformat()
    except OverflowError:
        return None
    return moment
