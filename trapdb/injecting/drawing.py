"""Sources drawn at random: kinds, places, brightness, timescales."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from extractor.geometry import sky
from trapdb.errors import InputError
from trapdb.injecting.field import Array, Field, Plane, Times
from trapdb.injecting.truth import Peaks, Source, peaks_of
from trapdb.simulate.light_curves import KINDS, Images, draw_parameters

# So far from other injected sources, and from what is there, in major axes of the beam.
APART_BEAMS = 4.0
_ROUNDS = 60
# Light curves of which no image shows so much of the peak are drawn again, so many times.
_SHOWN, _REDRAWN = 0.05, 30
_PLACES, _KINDS, _SOURCES = range(3)  # streams of random numbers


@dataclass(frozen=True)
class Wanted:
    """What is to be injected.

    Attributes
    ----------
    number : int
        How many sources.
    kinds : mapping
        Share of each kind, above 0; they need not add up to 1.
    snr : (float, float)
        Range of the peak flux density over the noise, in the image in which a source stands out
        most, evenly in the logarithm [sigma].
    timescales : (float, float), optional
        Range of timescales, s; by default as `draw_parameters` has it.
    seed : int
        Another one draws others.
    """

    number: int
    kinds: Mapping[str, float]
    snr: tuple[float, float]
    timescales: tuple[float, float] | None = None
    seed: int = 1

    def __post_init__(self) -> None:
        """Raise InputError for what cannot be drawn."""
        for name, share in self.kinds.items():
            if name not in KINDS:
                raise InputError(f"there is no kind of source {name!r}: give {', '.join(KINDS)}")
            if not 0 < share < np.inf:
                raise InputError(f"the share of {name} is {share}: give a number above 0")
        for what, pair in (("S/N", self.snr), ("timescales", self.timescales)):
            if pair is not None and not 0 < pair[0] <= pair[1] < np.inf:
                raise InputError(f"{what} from {pair[0]} to {pair[1]}: give a range above 0")
        if self.number < 1 or self.seed < 0:
            raise InputError("give at least 1 source, and a seed of 0 or more")


def draw(wanted: Wanted, field: Field) -> tuple[list[Source], Peaks]:
    """Draw sources for a field, at places where nothing is.

    Raises
    ------
    InputError
        They do not fit.
    """
    rng = np.random.default_rng([wanted.seed, _PLACES])
    ra, dec = _draw_places(rng, wanted.number, field)
    rng = np.random.default_rng([wanted.seed, _KINDS])
    names = list(wanted.kinds)
    shares = np.array([wanted.kinds[name] for name in names], float)
    kinds = rng.choice(names, wanted.number, p=shares / shares.sum()).tolist()
    ra, dec = _edges_outermost(kinds, ra, dec, field)
    low, high = np.log(wanted.snr).tolist()
    snr = np.exp(rng.uniform(low, high, wanted.number))
    streams = [np.random.default_rng([wanted.seed, _SOURCES, n]) for n in range(wanted.number)]
    seen = _seen(field, ra, dec)
    sources = [
        Source(n + 1, kinds[n], float(ra[n]), float(dec[n]), {}) for n in range(wanted.number)
    ]
    again = list(range(wanted.number))
    for _ in range(_REDRAWN):
        for n in again:
            drawn = draw_parameters(kinds[n], streams[n], seen[n], wanted.timescales)
            sources[n] = replace(sources[n], parameters=drawn)
        peaks = peaks_of([sources[n] for n in again], field)
        shown = np.abs(peaks.flux) > _SHOWN
        for n, flux, rate, is_shown in zip(again, peaks.flux, peaks.snr, shown, strict=True):
            if is_shown:
                scale = float(snr[n] / rate)
                parameters = sources[n].parameters | {"peak_flux": scale}
                sources[n] = replace(sources[n], parameters=parameters)
                assert flux
        again = [n for n, is_shown in zip(again, shown, strict=True) if not is_shown]
        if not again:
            return sources, peaks_of(sources, field)
    raise InputError(
        f"no image shows anything of {kinds[again[0]]}, whenever it begins: give other timescales "
        "or kinds"
    )


def _seen(field: Field, ra: Array, dec: Array) -> list[Images]:
    """Return for each place the images that cover it."""
    times = Times.of(field.planes)
    region = np.array([plane.region for plane in field.planes])
    sees = np.array([plane.stokes in "IV" for plane in field.planes])
    if not sees.any():
        raise InputError("there are no images of Stokes I or V: nothing is seen in the others")
    beam = float(np.median([plane.beam.major for plane in field.planes]))
    of_region = {plane.region: plane for plane in reversed(field.planes)}
    covers = {number: field.covered(plane, ra, dec, 0.0) for number, plane in of_region.items()}
    found = []
    for n in range(len(ra)):
        there = np.isin(region, [number for number, which in covers.items() if which[n]]) & sees
        there = there if there.any() else sees
        found.append(
            Images.of(times.start[there], times.duration[there], times.frequency[there], beam)
        )
    return found


def _draw_places(rng: np.random.Generator, count: int, field: Field) -> tuple[Array, Array]:
    """Draw places evenly in the areas of the footprints, apart from each other and from sources."""
    from scipy.spatial import cKDTree

    of_region = {plane.region: plane for plane in reversed(field.planes)}
    planes = list(of_region.values())
    area = np.array([1 - np.cos(np.radians(plane.radius)) for plane in planes])
    apart = APART_BEAMS * max(plane.beam.major for plane in field.planes)
    ra, dec = np.empty(0), np.empty(0)
    # discs thrown at random, none on another, jam when they cover 0.547 of an area
    disc = 1 - np.cos(np.radians(apart / 2))
    most = min(count, int(np.ceil(0.6 * area.sum() / disc)))
    for _ in range(_ROUNDS if most == count else 0):
        number = rng.multinomial(4 * count, area / area.sum())
        drawn = [
            _in_plane(rng, n, plane, field, apart)
            for n, plane in zip(number, planes, strict=True)
            if n
        ]
        new_ra, new_dec = (np.concatenate(one) for one in zip(*drawn, strict=True))
        order = rng.permutation(len(new_ra))
        ra, dec = np.append(ra, new_ra[order]), np.append(dec, new_dec[order])
        vectors = sky.unit_vector(ra, dec)
        pairs = cKDTree(vectors).query_pairs(np.radians(apart), output_type="ndarray")
        # Of two that are too close the later one goes.
        kept = np.ones(len(ra), bool)
        kept[pairs.max(axis=1)] = False
        ra, dec = ra[kept][:count], dec[kept][:count]
        if len(ra) == count:
            return ra, dec
    raise InputError(
        f"no more than {len(ra) or most} of {count} sources fit, {APART_BEAMS:g} beams from each "
        "other and from those that are there: ask for fewer, and for more in another data set with "
        "another --seed"
    )


def _edges_outermost(kinds: list[str], ra: Array, dec: Array, field: Field) -> tuple[Array, Array]:
    """Give the places that are furthest from the centre to what happens at the edge."""
    first = field.planes[0]
    inwards = np.argsort(-sky.separation(ra, dec, first.ra, first.dec))
    at_edge = np.array([kind == "edge" for kind in kinds])
    place = np.empty(len(kinds), int)
    place[at_edge] = inwards[: at_edge.sum()]
    place[~at_edge] = np.sort(inwards[at_edge.sum() :])
    return ra[place], dec[place]


def _in_plane(
    rng: np.random.Generator, count: int, plane: Plane, field: Field, apart: float
) -> tuple[Array, Array]:
    height = rng.uniform(np.cos(np.radians(plane.radius)), 1, count)
    angle = rng.uniform(0, 2 * np.pi, count)
    off = np.sqrt(1 - height**2)
    east, north = off * np.sin(angle), off * np.cos(angle)
    ra, dec = sky.from_direction_cosines(east, north, plane.ra, plane.dec)
    free: NDArray[np.bool_] = field.covered(plane, ra, dec, apart)
    return ra[free], dec[free]
