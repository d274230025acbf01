"""Measurements of injected sources as the noise of an image has them, without pixels."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor import Measurements
from extractor.fitting.measurements import COLUMNS
from extractor.fitting.on_sky import systematic_errors
from extractor.flags import Flag
from extractor.geometry import sky
from trapdb.exchange.requests import ForcedRequests
from trapdb.injecting.field import Array, Plane
from trapdb.injecting.truth import Source
from trapdb.simulate.ellipse import covariance, gaussian
from trapdb.simulate.light_curves.chance import normal

# Fits so near to an injected source or its place belong to it, in major axes of the beam.
NEAR_BEAMS = 2.0
Systematic = float | tuple[float, float] | None
# Islands of injected sources are numbered from here, beyond those of any image.
_ISLAND = 1 << 30
_FLUX, _EAST, _NORTH = range(3)


@dataclass(frozen=True)
class Shown:
    """What an image shows of injected sources: arrays of one element a source.

    Attributes
    ----------
    plane : Plane
    ra, dec : ndarray
        Where each is then, deg.
    flux, rms : ndarray
        Its flux density, and the noise there; Jy/beam.
    noise : ndarray, shape (3, sources)
        By how many sigma flux, and place to the east and to the north, are off.
    """

    plane: Plane
    ra: Array
    dec: Array
    flux: Array
    rms: Array
    noise: Array

    @property
    def measured(self) -> Array:
        """The flux density as it is measured, Jy/beam."""
        return self.flux + self.rms * self.noise[_FLUX]


def shown_in(
    plane: Plane, sources: Sequence[Source], fluxes: Array, rms: Array, start: float, seed: int
) -> Shown:
    """Return what an image shows of sources.

    The noise of a source in an image is the same whenever it is asked for.

    Parameters
    ----------
    plane : Plane
    sources : sequence of Source
    fluxes, rms : ndarray, shape (sources,)
        Flux densities and noise in this image, Jy/beam.
    start : float
        Start of the image, s since the first one.
    seed : int
        Another one makes other noise.
    """
    east, north = np.zeros(len(sources)), np.zeros(len(sources))
    for at, source in enumerate(sources):
        moments = source.offsets(start, plane.duration)
        east[at], north[at] = (float(one.mean()) for one in moments)
    ra, dec = np.array([s.ra for s in sources]), np.array([s.dec for s in sources])
    moved = (east != 0) | (north != 0)
    for n in np.flatnonzero(moved):
        to_east, to_north = np.sin(np.radians([east[n], north[n]]))
        ra[n], dec[n] = sky.from_direction_cosines(to_east, to_north, ra[n], dec[n])
    numbers = np.array([source.number for source in sources])
    image = zlib.crc32(plane.digest.encode())
    key = int(np.random.SeedSequence([seed, image]).generate_state(1)[0])
    return Shown(
        plane, ra, dec, fluxes, rms, np.stack([normal(key, 3 * numbers + i) for i in range(3)])
    )


def found_blind(shown: Shown, covered: NDArray[np.bool_], given: Systematic) -> Measurements:
    """Return the blind measurements of those sources that exceed the image's threshold.

    Each is a point source, fitted with the beam's shape: the covariance of its place is that of the
    beam over the square of the S/N, as of the peak of a Gaussian in noise correlated as the beam.

    Parameters
    ----------
    shown : Shown
    covered : ndarray of bool
        Which sources are in the footprint of the image.
    given
        Systematic error of positions, as `extractor.extract` takes it.
    """
    plane, beam = shown.plane, shown.plane.beam
    value = shown.measured
    with np.errstate(divide="ignore", invalid="ignore"):
        snr = value / shown.rms
    strong = (np.abs(snr) if plane.stokes != "I" else snr) >= plane.origin.detection_threshold
    rows = np.flatnonzero(covered & strong)
    spread = covariance(beam.major, beam.minor, beam.pa)
    sharpness = 1 / np.abs(snr[rows])
    east_err, north_err = (np.sqrt(spread[i, i]) * sharpness for i in range(2))
    off = np.linalg.cholesky(spread) @ shown.noise[1:, rows] * sharpness
    ra, dec = np.empty(len(rows)), np.empty(len(rows))
    for at, row in enumerate(rows):
        to_east, to_north = np.sin(np.radians(off[:, at]))
        ra[at], dec[at] = sky.from_direction_cosines(
            to_east, to_north, shown.ra[row], shown.dec[row]
        )
    systematic = systematic_errors(given, beam)
    return _measurements(
        shown,
        value[rows],
        shown.rms[rows],
        ra=ra,
        dec=dec,
        ra_err=np.hypot(east_err, systematic[0]),
        dec_err=np.hypot(north_err, systematic[1]),
        ra_fit_err=east_err,
        dec_fit_err=north_err,
        island=_ISLAND + rows,
    )


def belonging(shown: Shown, sources: Sequence[Source], requests: ForcedRequests) -> NDArray[Any]:
    """Return to which source each place belongs where a fit is asked for; -1: to none."""
    from scipy.spatial import cKDTree

    if not len(requests):
        return np.empty(0, int)
    places = np.concatenate(
        [
            sky.unit_vector(shown.ra, shown.dec),
            sky.unit_vector([s.ra for s in sources], [s.dec for s in sources]),
        ]
    )
    reach = np.radians(NEAR_BEAMS * shown.plane.beam.major)
    distance, nearest = cKDTree(places).query(sky.unit_vector(requests.ra, requests.dec))
    return np.where(distance < reach, nearest % len(sources), -1)


def forced(
    shown: Shown, owner: NDArray[Any], requests: ForcedRequests, given: Systematic
) -> Measurements:
    """Return forced fits at places that belong to injected sources: their flux there, and noise.

    Parameters
    ----------
    shown : Shown
    owner : ndarray of int
        Number of the source of each place, from 0.
    requests : ForcedRequests
    given
        As `found_blind` takes it.
    """
    beam = shown.plane.beam
    east, north = _offsets(requests.ra, requests.dec, shown.ra[owner], shown.dec[owner])
    seen = gaussian(east, north, covariance(beam.major, beam.minor, beam.pa))
    rms = shown.rms[owner]
    value = shown.flux[owner] * seen + rms * shown.noise[_FLUX, owner]
    systematic = [error or np.nan for error in systematic_errors(given, beam)]
    n = len(owner)
    return _measurements(
        shown,
        value,
        rms,
        ra=requests.ra,
        dec=requests.dec,
        ra_err=np.full(n, systematic[0]),
        dec_err=np.full(n, systematic[1]),
        ra_fit_err=np.full(n, np.nan),
        dec_fit_err=np.full(n, np.nan),
        island=np.full(n, -1),
    )


def not_measured(requests: ForcedRequests) -> Measurements:
    """Return fits that cannot be made, because the pixels are not there."""
    n = len(requests)
    values: dict[str, Any] = {name: np.full(n, np.nan) for name in COLUMNS}
    values |= {"ra": requests.ra, "dec": requests.dec, "island": np.full(n, -1)}
    values["flags"] = np.full(n, int(Flag.FIT_FAILED))
    values["usable"] = np.zeros(n, bool)
    return Measurements(**values)


def _offsets(ra: Array, dec: Array, ra0: Array, dec0: Array) -> tuple[Array, Array]:
    """Return how far places are from others that are near, to the east and to the north, deg."""
    turn = (ra - ra0 + 180) % 360 - 180
    return turn * np.cos(np.radians((dec + dec0) / 2)), dec - dec0


def _measurements(shown: Shown, value: Array, rms: Array, **columns: Any) -> Measurements:
    beam, n = shown.plane.beam, len(value)
    values: dict[str, Any] = {name: np.full(n, np.nan) for name in COLUMNS} | columns
    for name in ("peak_flux", "peak_flux_raw", "int_flux"):
        values[name] = value
    for name in ("peak_flux_err", "int_flux_err", "local_rms"):
        values[name] = rms
    values["snr"] = value / rms
    values["background"] = np.zeros(n)
    for name in ("major", "minor", "pa"):
        values[name] = np.full(n, getattr(beam, name))
        values[f"deconvolved_{name}"] = np.zeros(n)
    known = np.isfinite(value) & (rms > 0)
    values["flags"] = np.where(known, 0, int(Flag.BLANK)).astype(np.int64)
    values["usable"] = known
    values["island"] = np.asarray(values["island"], np.int64)
    return Measurements(**values)
