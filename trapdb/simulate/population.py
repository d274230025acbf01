"""The sources in the field: where, how bright, what shape, and how they change."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trapdb.simulate.ellipse import covariance
from trapdb.simulate.errors import require, require_positive
from trapdb.simulate.field import Field
from trapdb.simulate.placing import place

KINDS = (
    "steady", "variable", "flaring", "one_epoch", "brief", "resolved", "pair", "flaring_pair",
    "crowd",
)  # fmt: skip

# Empty border: what footprints usually leave out, and room for the sources' own extent.
_MARGIN_PX = 10.0
_MARGIN_BEAMS = 3.0

_SPECTRAL_INDEX = (-0.7, 0.2)  # mean and standard deviation
_SINE_AMPLITUDE = (0.3, 0.8)  # of the mean flux
_FLARE_RISE = (3.0, 10.0)  # added at the flare's start, in quiescent fluxes
_FLARE_DECAY = (1.0, 3.0)  # e-folding time, epochs
_RESOLVED_MAJOR = (0.5, 2.0)  # before the beam, in major axes of the beam
_RESOLVED_RATIO = (0.3, 1.0)
_CROWD = 5  # sources, in a circle of
_CROWD_AREA = 10.0  # areas of the beam
_CROWD_DISTANCE = 1.0  # from each other at least, FWHM of the beam along the line between the two


@dataclass(frozen=True)
class Population:
    """The number of sources of each kind, their brightness and distances.

    Attributes
    ----------
    sources : int, default 100
        Steady point sources; the others come on top.
    variable : int, default 0
        Sources whose flux is a sine of 0.3 to 0.8 of its mean, of a period from 3 epochs up.
    flaring : int, default 1
        Steady sources that jump to 4 to 11 times their flux and decay within 1 to 3 epochs.
        The flare begins in the second epoch at the earliest.
    one_epoch : int, default 1
        Sources that are there in one epoch only: the first of them in the middle one, the next
        in those that follow, and round again.
    brief : int, default 0
        Sources that are there in two or three epochs in a row, by turns: the first of them from
        the middle one on, the next from those that follow, and round again.
    resolved : int, default 0
        Steady elliptical Gaussians of 0.5 to 2 beams, before the beam.
    pairs : int, default 0
        Pairs of steady points.
    flaring_pairs : int, default 0
        Pairs of which the fainter one flares, and the other, of kind 'flare_neighbour', is steady.
    crowds : int, default 0
        Groups of five steady points in ten beam areas, none within a FWHM of another.
    minimum_snr, maximum_snr : float, default 12, 1000
        Range of the peak fluxes in the first band over the rms.
    slope : float, default 1.5
        The number of sources brighter than S goes as ``S**-slope``. In a pair it holds for the
        fainter one.
    separation : float, default 5
        Least separation of two sources that are no pair, major axes of the beam.
    pair_separation : tuple of float, default (1, 1.5)
        Range of the separations in a pair, FWHM of the beam along the line between the two.
    pair_flux_ratio : tuple of float, default (1, 3)
        Range of the ratios of the brighter to the fainter one.
    """

    sources: int = 100
    variable: int = 0
    flaring: int = 1
    one_epoch: int = 1
    brief: int = 0
    resolved: int = 0
    pairs: int = 0
    flaring_pairs: int = 0
    crowds: int = 0
    minimum_snr: float = 12.0
    maximum_snr: float = 1000.0
    slope: float = 1.5
    separation: float = 5.0
    pair_separation: tuple[float, float] = (1.0, 1.5)
    pair_flux_ratio: tuple[float, float] = (1.0, 3.0)

    @property
    def counts(self) -> dict[str, int]:
        """The number of sources of each of `KINDS`; of pairs and crowds, not of their members."""
        numbers = (
            self.sources, self.variable, self.flaring, self.one_epoch, self.brief, self.resolved,
            self.pairs, self.flaring_pairs, self.crowds,
        )  # fmt: skip
        return dict(zip(KINDS, numbers, strict=True))

    @property
    def snr(self) -> tuple[float, float]:
        """The range of the peak fluxes over the rms."""
        return self.minimum_snr, self.maximum_snr

    def __post_init__(self) -> None:
        """Raise SimulationError if no sources can be drawn from it."""
        for kind, count in self.counts.items():
            require(count >= 0, f"the number of {kind} sources is {count}: give 0 or more")
        for name in ("snr", "pair_separation", "pair_flux_ratio"):
            low, high = getattr(self, name)
            require(
                0 < low <= high < np.inf, f"{name} is {low} to {high}: give a rising range above 0"
            )
        require_positive(slope=self.slope)
        require(
            0 <= self.separation < np.inf, f"separation is {self.separation}: give 0 or more beams"
        )


@dataclass(frozen=True)
class Sky:
    """The sources of a field: arrays of one element per source, of equal length n.

    Attributes
    ----------
    name, kind : ndarray of str
    x, y : ndarray
        Position, px, counted from 0.
    ra, dec : ndarray
        Position, deg.
    peak_flux : ndarray
        In the first band, Jy/beam; of those that change, the mean (variable), quiescent (flaring)
        or only (one_epoch, brief) one.
    peak_per_flux : ndarray
        Peak in Jy/beam of 1 Jy: 1 for points.
    spectral_index : ndarray
        Flux goes as ``frequency**spectral_index``.
    major, minor, pa : ndarray
        FWHM and angle before the beam, deg; of points 0, 0 and NaN.
    covariance : ndarray, shape (n, 2, 2)
        Shape in the image, px^2.
    course : ndarray, shape (n, epochs)
        Flux at each epoch over `peak_flux`.
    """

    name: NDArray[np.str_]
    kind: NDArray[np.str_]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    ra: NDArray[np.float64]
    dec: NDArray[np.float64]
    peak_flux: NDArray[np.float64]
    peak_per_flux: NDArray[np.float64]
    spectral_index: NDArray[np.float64]
    major: NDArray[np.float64]
    minor: NDArray[np.float64]
    pa: NDArray[np.float64]
    covariance: NDArray[np.float64]
    course: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of sources."""
        return len(self.name)

    def peak_fluxes(self, epoch: int, frequency_ratio: float) -> NDArray[np.float64]:
        """Return the peaks at an epoch and a frequency over the first band's, Jy/beam."""
        return self.peak_flux * self.course[:, epoch] * frequency_ratio**self.spectral_index


def draw_sky(rng: np.random.Generator, field: Field, population: Population, epochs: int) -> Sky:
    """Draw the sources of a field.

    Raises
    ------
    SimulationError
        If they do not fit into the field.
    """
    systems = np.repeat(KINDS, [population.counts[kind] for kind in KINDS])
    paired = np.isin(systems, ["pair", "flaring_pair"])
    crowded = systems == "crowd"
    beam_px = field.beam[0] / field.pixel
    # A pair lies around its place, each member at most half the separation away.
    room = population.pair_separation[1] * beam_px if paired.any() else 0.0
    if crowded.any():
        room = max(room, 2 * _crowd_radius() * beam_px)
    centre = place(
        rng,
        len(systems),
        field.size,
        _MARGIN_PX + _MARGIN_BEAMS * beam_px + room / 2,
        population.separation * beam_px + room,
    )
    peak_flux = field.rms * _power_law(rng, len(systems), population.snr, population.slope)

    offset = np.zeros_like(centre)
    offset[paired] = _pair_offsets(rng, int(paired.sum()), field, population.pair_separation) / 2
    ratio = rng.uniform(*population.pair_flux_ratio, len(systems))
    beside = np.where(systems == "flaring_pair", "flare_neighbour", systems)[paired]
    crowds = _crowd_offsets(rng, int(crowded.sum()), field)
    offset[crowded] = -crowds[:, 0]
    others = (centre[crowded][:, None] + crowds[:, 1:]).reshape(-1, 2)

    kind = np.concatenate([systems, beside, np.full(len(others), "crowd")])
    x, y = np.vstack([centre - offset, (centre + offset)[paired], others]).T
    ra, dec = field.wcs.all_pix2world(x, y, 0)
    other_fluxes = _power_law(rng, len(others), population.snr, population.slope)
    peak_flux = np.concatenate([peak_flux, (ratio * peak_flux)[paired], field.rms * other_fluxes])
    major, minor, pa = _shapes(rng, kind, field)
    to_pixels = field.to_pixels(ra, dec)
    intrinsic = covariance(major, minor, np.nan_to_num(pa))
    convolved = field.beam_covariance + to_pixels @ intrinsic @ to_pixels.swapaxes(1, 2)
    return Sky(
        name=_names(systems),
        kind=kind,
        x=x,
        y=y,
        ra=ra % 360,
        dec=dec,
        peak_flux=peak_flux,
        peak_per_flux=np.sqrt(np.linalg.det(field.beam_covariance) / np.linalg.det(convolved)),
        spectral_index=rng.normal(*_SPECTRAL_INDEX, len(kind)),
        major=major,
        minor=minor,
        pa=pa,
        covariance=convolved,
        course=_courses(rng, kind, epochs),
    )


def _power_law(
    rng: np.random.Generator, count: int, limits: tuple[float, float], slope: float
) -> NDArray[np.float64]:
    """Draw from N(>S) ~ S^-slope between the limits."""
    low, high = (limit**-slope for limit in limits)
    return rng.uniform(high, low, count) ** (-1 / slope)


def _pair_offsets(
    rng: np.random.Generator, count: int, field: Field, separation: tuple[float, float]
) -> NDArray[np.float64]:
    """Draw the way from one member to the other, px, shape (count, 2)."""
    angle = rng.uniform(0, np.pi, count)
    direction = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    inverse = np.linalg.inv(field.beam_covariance)
    # The beam falls to half its peak where the quadratic form is 2 ln 2: half a FWHM away.
    form = np.einsum("ni,ij,nj->n", direction, inverse, direction)
    fwhm = 2 * np.sqrt(2 * np.log(2) / form)
    return direction * (rng.uniform(*separation, count) * fwhm)[:, None]


def _crowd_radius() -> float:
    """Radius of a circle with the area of a crowd, FWHM of the beam."""
    return float(np.sqrt(_CROWD_AREA / (4 * np.log(2))))  # a beam's area is pi FWHM^2 / (4 ln 2)


def _crowd_offsets(rng: np.random.Generator, count: int, field: Field) -> NDArray[np.float64]:
    """Draw the ways from the middles of crowds to their members, px, shape (count, 5, 2)."""
    places = np.zeros((count, _CROWD, 2))
    bad = np.arange(count)
    i, j = np.triu_indices(_CROWD, 1)
    while bad.size:
        angle = rng.uniform(0, 2 * np.pi, (bad.size, _CROWD))
        distance = _crowd_radius() * np.sqrt(rng.uniform(0, 1, (bad.size, _CROWD)))
        places[bad] = distance[..., None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        apart = np.linalg.norm(places[bad][:, i] - places[bad][:, j], axis=-1)
        bad = bad[(apart < _CROWD_DISTANCE).any(axis=1)]
    # from units of the FWHM in every direction
    fwhm = np.sqrt(8 * np.log(2)) * np.linalg.cholesky(field.beam_covariance)
    return places @ fwhm.T


def _shapes(
    rng: np.random.Generator, kind: NDArray[np.str_], field: Field
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Draw major, minor and pa before the beam, deg."""
    resolved = kind == "resolved"
    major = field.beam[0] * rng.uniform(*_RESOLVED_MAJOR, len(kind))
    minor = major * rng.uniform(*_RESOLVED_RATIO, len(kind))
    pa = rng.uniform(0, 180, len(kind))
    return (
        np.where(resolved, major, 0.0),
        np.where(resolved, minor, 0.0),
        np.where(resolved, pa, np.nan),
    )


def _courses(rng: np.random.Generator, kind: NDArray[np.str_], epochs: int) -> NDArray[np.float64]:
    """Draw the course of the fluxes over the epochs, shape (n, epochs)."""
    course = np.ones((len(kind), epochs))
    epoch = np.arange(epochs)

    variable = np.flatnonzero(kind == "variable")[:, None]
    amplitude = rng.uniform(*_SINE_AMPLITUDE, variable.shape)
    period = rng.uniform(3, max(4, epochs), variable.shape)
    phase = rng.uniform(0, 2 * np.pi, variable.shape)
    course[variable[:, 0]] = 1 + amplitude * np.sin(2 * np.pi * epoch / period + phase)

    flaring = np.flatnonzero(np.isin(kind, ["flaring", "flaring_pair"]))[:, None]
    # At least one quiescent epoch before and, where there is room, half the epochs after.
    since = epoch - rng.integers(1, max(2, epochs // 2 + 1), flaring.shape)
    rise = rng.uniform(*_FLARE_RISE, flaring.shape)
    decay = rng.uniform(*_FLARE_DECAY, flaring.shape)
    course[flaring[:, 0]] = 1 + np.where(since >= 0, rise * np.exp(-since / decay), 0)

    once = np.flatnonzero(kind == "one_epoch")
    # One after the other over all epochs, the first in the middle.
    course[once] = 0
    course[once, (epochs // 2 + np.arange(len(once))) % epochs] = 1

    brief = np.flatnonzero(kind == "brief")[:, None]
    number = np.arange(len(brief))[:, None]
    since = epoch - (epochs // 2 + number) % max(epochs - 1, 1)
    course[brief[:, 0]] = (since >= 0) & (since < 2 + number % 2)
    return course


def _names(systems: NDArray[np.str_]) -> NDArray[np.str_]:
    """Name each source by its kind and number; the members of a pair are a and b, and so on."""
    names, seconds, others = [], [], []
    for kind in KINDS:
        stem = kind.replace("_", "-")
        for name in (f"{stem}-{i}" for i in range(1, int((systems == kind).sum()) + 1)):
            names.append(name if kind in KINDS[:5] else f"{name}a")
            if kind.endswith("pair"):
                seconds.append(f"{name}b")
            elif kind == "crowd":
                others += [f"{name}{letter}" for letter in "bcde"]
    return np.array(names + seconds + others, dtype=str)
