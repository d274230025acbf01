"""Association and the running catalogue once more: slow, plain, and without a database.

Every quantity is computed from the whole light curve whenever it is needed; nothing is updated.
Measurements are named by (number of the image, row in it); the name of a source is that of its
founding measurement, so names sort as the ids of the database do.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import combinations, pairwise
from typing import NamedTuple

Key = tuple[int, int]
Vector = tuple[float, float, float]


class Fluxes(NamedTuple):
    """Flux densities with their errors, Jy/beam and Jy; what one forced fit answers."""

    peak_flux: float
    peak_flux_err: float
    int_flux: float
    int_flux_err: float
    usable: bool = True


@dataclass(frozen=True)
class Blind:
    """A blind measurement; angles in deg, errors on the sky."""

    row: int
    ra: float
    dec: float
    ra_err: float
    dec_err: float
    fluxes: Fluxes
    snr: float = math.nan
    shape: tuple[float, float, float] | None = None  # FWHM of the axes and position angle, deg

    def place(self) -> tuple[float, float, float, float]:
        return self.ra, self.dec, self.ra_err, self.dec_err


class Noise(NamedTuple):
    """A noise map (Jy/beam; NaN where unknown) on a grid of direction cosines about a centre."""

    l0: float
    m0: float
    step: float
    rms: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, eq=False)
class Image:
    """An image with a round beam and a circular footprint, and what was found in it."""

    number: int
    freq_eff: float
    bandwidth: float
    stokes: str
    ra: float
    dec: float
    radius: float
    beam_major: float
    rms_min: float
    rms_max: float
    detection_threshold: float = 6.0
    noise: Noise | None = None
    pixels: bool = True
    rejected: bool = False
    blind: Sequence[Blind] = ()


@dataclass(frozen=True, eq=False)
class Point:
    """A measurement in the light curve of a source."""

    image: Image
    time: float
    band: int
    kind: str  # of the association
    fluxes: Fluxes
    blind: Blind | None = None  # None for a forced fit
    forced_for: Key | None = None
    r: float | None = None
    separation: float | None = None  # deg
    inherited: bool = False

    def name(self) -> tuple[int, object]:
        """Name the measurement: a forced fit by the source for which it was made."""
        return self.image.number, self.blind.row if self.blind else self.forced_for


class Mean(NamedTuple):
    """A weighted mean position with its errors, deg."""

    ra: float
    dec: float
    ra_err: float
    dec_err: float


class FluxStatistics(NamedTuple):
    """What the points of one band and Stokes parameter say about one kind of flux."""

    n: int
    mean: float
    weighted_mean: float
    v: float | None
    eta: float


class FluxSums(NamedTuple):
    """What else is summed over the points of one band and Stokes parameter; times in days."""

    n_blind: int
    snr_max: float | None
    int_variance: float
    peak_variance: float
    brightest: object  # its name
    peak_max: float
    peak_max_err: float
    time_mean: float
    time_m2: float
    time_peak: float


class Shape(NamedTuple):
    """Mean moments of the fits less beam, weighted by squared S/N; deg^2."""

    weight: float
    ll: float
    lm: float
    mm: float


class Limits(NamedTuple):
    """What earlier images say about the place where a source appeared."""

    limiting_image: int
    covering_images: int
    local_limit: float | None
    edge_distance: float  # deg


class Requested(NamedTuple):
    """A position at which an image is to be measured by force."""

    source: Key
    ra: float
    dec: float


@dataclass(eq=False)
class Source:
    """A source with its whole light curve, in the order in which the points became known."""

    key: Key
    curve: list[Point]
    forced_steps: int = 0
    limits: Limits | None = None

    def position(self) -> Mean:
        """Return the mean of the blind points in the tangent plane of the founding one."""
        blind = [point.blind for point in self.curve if point.blind]
        founding = blind[0]
        centre = unit(founding.ra, founding.dec)
        east, north = tangent_axes(founding.ra, founding.dec)
        ra_weights = [1 / one.ra_err**2 for one in blind]
        dec_weights = [1 / one.dec_err**2 for one in blind]
        cosines_l = [dot(unit(one.ra, one.dec), east) for one in blind]
        cosines_m = [dot(unit(one.ra, one.dec), north) for one in blind]
        mean_l = weighted(cosines_l, ra_weights)
        mean_m = weighted(cosines_m, dec_weights)
        depth = math.sqrt(1 - mean_l**2 - mean_m**2)
        x, y, z = (
            depth * c + mean_l * e + mean_m * n for c, e, n in zip(centre, east, north, strict=True)
        )
        return Mean(
            math.degrees(math.atan2(y, x)) % 360,
            math.degrees(math.atan2(z, math.hypot(x, y))),
            1 / math.sqrt(sum(ra_weights)),
            1 / math.sqrt(sum(dec_weights)),
        )

    def first_seen(self) -> float:
        return min(point.time for point in self.curve if point.blind)

    def last_seen(self) -> float:
        return max(point.time for point in self.curve if point.blind)

    def founded(self) -> float:
        """Return the time of the measurement that has the source's name: for a branch, its fork."""
        return next(point.time for point in self.curve if point.name() == self.key)

    def established(self) -> float:
        """Return the time when it was known to be a source apart: a branch, once found again."""
        if not any(point.inherited for point in self.curve):
            return self.founded()
        again = [
            point.time
            for point in self.curve
            if point.kind in ("one_to_one", "fork") and point.image.number > self.key[0]
        ]
        return min(again, default=math.inf)

    def found_beside(self, other: "Source") -> bool:
        """Whether each has a measurement where either was founded, or where it was last found."""
        mine, others = (
            {p.image.number: p.blind for p in source.curve if p.blind and not p.inherited}
            for source in (self, other)
        )
        images = {self.key[0], other.key[0], max(mine), max(others)}
        return any(mine[i] is not others[i] for i in images & mine.keys() & others.keys())

    def n_blind(self) -> int:
        return sum(point.blind is not None for point in self.curve)

    def n_forced(self) -> int:
        return sum(point.blind is None and point.fluxes.usable for point in self.curve)

    def bands(self) -> set[tuple[int, str]]:
        """Return the (band, Stokes) in which there is something to say."""
        return {(p.band, p.image.stokes) for p in self.curve if p.fluxes.usable}

    def statistics(self, band: int, stokes: str, which: str = "int") -> FluxStatistics:
        """Return the statistics of the ``int`` or ``peak`` flux in one band."""
        points = [p for p in self.curve if (p.band, p.image.stokes) == (band, stokes)]
        return self.statistics_of(points, which)

    def sums(self, band: int, stokes: str) -> FluxSums:
        """Return the brightest point, the variances and the trend of the peak flux in one band."""
        points = [
            p for p in self.curve if (p.band, p.image.stokes) == (band, stokes) and p.fluxes.usable
        ]
        blind = [p.blind for p in points if p.blind]
        brightest = min(
            points, key=lambda p: (-brightness(stokes, p.fluxes.peak_flux), p.image.number)
        )
        weights = [1 / p.fluxes.peak_flux_err**2 for p in points]
        times = [p.time - weighted([p.time for p in points], weights) for p in points]
        peaks = [p.fluxes.peak_flux for p in points]
        peaks = [peak - weighted(peaks, weights) for peak in peaks]
        return FluxSums(
            len(blind),
            max(
                (brightness(stokes, one.snr) for one in blind if not math.isnan(one.snr)),
                default=None,
            ),
            math.fsum(p.fluxes.int_flux_err**2 for p in points),
            math.fsum(p.fluxes.peak_flux_err**2 for p in points),
            brightest.name(),
            brightest.fluxes.peak_flux,
            brightest.fluxes.peak_flux_err,
            weighted([p.time for p in points], weights),
            math.fsum(w * t * t for w, t in zip(weights, times, strict=True)),
            math.fsum(w * t * f for w, t, f in zip(weights, times, peaks, strict=True)),
        )

    def shape(self) -> Shape:
        """Return the mean of what the fitted shapes are beyond the beams."""
        moments = []
        for point in self.curve:
            if not point.blind or not point.blind.shape or math.isnan(point.blind.snr):
                continue
            major, minor, pa = point.blind.shape
            sine, cosine = math.sin(math.radians(pa)), math.cos(math.radians(pa))
            beam = point.image.beam_major**2
            moments.append(
                (
                    point.blind.snr**2,
                    (major * sine) ** 2 + (minor * cosine) ** 2 - beam,
                    (major**2 - minor**2) * sine * cosine,
                    (major * cosine) ** 2 + (minor * sine) ** 2 - beam,
                )
            )
        if not moments:
            return Shape(0, 0, 0, 0)
        weights, *parts = zip(*moments, strict=True)
        return Shape(math.fsum(weights), *(weighted(part, weights) for part in parts))

    def history(self) -> list[tuple[Point, FluxStatistics]]:
        """Return each usable point with the statistics of its band up to it."""
        answer = []
        for k, point in enumerate(self.curve):
            if point.fluxes.usable:
                until = self.curve[: k + 1]
                band = [
                    p for p in until if (p.band, p.image.stokes) == (point.band, point.image.stokes)
                ]
                answer.append((point, self.statistics_of(band, "int")))
        return answer

    @staticmethod
    def statistics_of(points: Sequence[Point], which: str) -> FluxStatistics:
        usable = [p.fluxes for p in points if p.fluxes.usable]
        fluxes = [getattr(one, f"{which}_flux") for one in usable]
        weights = [1 / getattr(one, f"{which}_flux_err") ** 2 for one in usable]
        n = len(fluxes)
        mean = math.fsum(fluxes) / n
        weighted_mean = weighted(fluxes, weights)
        if n == 1:
            return FluxStatistics(n, mean, weighted_mean, 0.0, 0.0)
        deviation = math.sqrt(math.fsum((f - mean) ** 2 for f in fluxes) / (n - 1))
        eta = math.fsum(
            w * (f - weighted_mean) ** 2 for f, w in zip(fluxes, weights, strict=True)
        ) / (n - 1)
        bright = brightness(points[0].image.stokes, mean)
        return FluxStatistics(n, mean, weighted_mean, deviation / bright if mean else None, eta)


def brightness(stokes: str, flux: float) -> float:
    """Return how bright a flux is: of Stokes Q, U and V, which have either sign, its size."""
    return flux if stokes == "I" else abs(flux)


@dataclass(frozen=True, eq=False)
class Pair:
    """A source and a measurement that may belong to it."""

    source: Source
    position: Mean
    blind: Blind
    r: float
    separation: float


# image, source -> what a forced fit finds; None where it cannot be made
Fit = Callable[[Image, Key], Fluxes | None]


@dataclass
class Oracle:
    """The running catalogue of one data set, kept by the rules as they are written.

    Attributes
    ----------
    sources : dict
        The sources by name.
    doubtful : bool
        Whether something was decided by less than the resolution.
    """

    de_ruiter_limit: float = 5.68
    beam_limit: float = 3.0
    expiry: int = 10
    bandwidth_max: float = 0.0
    sources: dict[Key, Source] = field(default_factory=dict)
    doubtful: bool = False
    # Two ways to compute a separation or a de Ruiter radius may differ by the curvature of the sky
    # within a beam, about 2e-7: what is decided by less than this, relatively, is not comparable.
    resolution: float = 1e-6
    _bands: list[tuple[float, float]] = field(default_factory=list)
    _seen: list[tuple[float, int, Image]] = field(default_factory=list)  # time, band, image

    def step(self, time: float, images: Sequence[Image], fit: Fit) -> list[list[Requested]]:
        """Process the images of one time, in order of frequency; return the requests for each."""
        bands = {image.number: self._band_of(image) for image in images}
        accepted = [image for image in images if not image.rejected]
        for image in accepted:
            self._associate(image, time, bands[image.number])
        requests = [self._requests(image, time) for image in accepted]
        found = {
            key
            for key, source in self.sources.items()
            if any(point.time == time and point.blind for point in source.curve)
        }
        measured = set()
        for image, asked in zip(accepted, requests, strict=True):
            for request in asked:
                fluxes = fit(image, request.source)
                if fluxes is None:
                    continue
                measured.add(request.source)
                self.sources[request.source].curve.append(
                    Point(
                        image,
                        time,
                        bands[image.number],
                        "null_detection",
                        fluxes,
                        forced_for=request.source,
                    )
                )
        # a time step in which a source was found in one image counts as none without it
        for key in measured - found:
            self.sources[key].forced_steps += 1
        self._seen += [(time, bands[image.number], image) for image in accepted]
        return requests

    def _band_of(self, image: Image) -> int:
        """Return the first band that the image's own overlaps; make one if there is none."""
        width = self.bandwidth_max or image.bandwidth
        low, high = image.freq_eff - width / 2, image.freq_eff + width / 2
        for number, (band_low, band_high) in enumerate(self._bands):
            if max(high, band_high) - min(low, band_low) < width + (band_high - band_low):
                return number
        self._bands.append((low, high))
        return len(self._bands) - 1

    def _associate(self, image: Image, time: float, band: int) -> None:
        usable = [blind for blind in image.blind if blind.fluxes.usable]
        pairs = self._candidates(image, usable)
        matched = {pair.blind.row for pair in pairs}
        if image.pixels:
            pairs = self._keep_apart(pairs, image, time)
        kept = self._prune(pairs)
        blends: set[int] = set()
        if image.pixels:
            blends = self._blends(kept, matched, usable, image, time)
            kept = [pair for pair in kept if pair.blind.row not in blends]
        of_source: dict[Key, list[Pair]] = {}
        for pair in kept:
            of_source.setdefault(pair.source.key, []).append(pair)
        per_blind = Counter(pair.blind.row for pair in kept)

        for branches in of_source.values():
            self._heed_ties(branches)
            branches.sort(key=lambda one: (one.r, one.blind.row))
            source = branches[0].source
            source.forced_steps = 0
            inherited = [replace(point, inherited=True) for point in source.curve]
            for rank, pair in enumerate(branches):
                if len(branches) > 1:
                    kind = "fork"
                elif per_blind[pair.blind.row] > 1:
                    kind = "many_to_one"
                else:
                    kind = "one_to_one"
                point = Point(
                    image,
                    time,
                    band,
                    kind,
                    pair.blind.fluxes,
                    pair.blind,
                    r=pair.r,
                    separation=pair.separation,
                )
                if rank == 0:
                    source.curve.append(point)
                else:
                    self._add(Source((image.number, pair.blind.row), [*inherited, point]))

        for blind in usable:
            if blind.row not in matched | blends:
                point = Point(image, time, band, "new", blind.fluxes, blind)
                new = Source((image.number, blind.row), [point])
                new.limits = self._limits(image, time, band, blind)
                self._add(new)

    def _add(self, source: Source) -> None:
        assert source.key not in self.sources, "one measurement founds two sources"
        self.sources[source.key] = source

    def _candidates(self, image: Image, usable: Sequence[Blind]) -> list[Pair]:
        """Pair what is closer than the beam limit and the de Ruiter limit, both exclusive."""
        beam_limit = self.beam_limit * image.beam_major / 2
        pairs = []
        for source in self.sources.values():
            position = source.position()
            for blind in usable:
                distance = separation(position.ra, position.dec, blind.ra, blind.dec)
                if distance > 2 * beam_limit:
                    continue
                r = self._de_ruiter_radius(position, blind)
                self._heed(distance, beam_limit)
                self._heed(r, self.de_ruiter_limit)
                if distance < beam_limit and r < self.de_ruiter_limit:
                    pairs.append(Pair(source, position, blind, r, distance))
        return pairs

    def _de_ruiter_radius(self, position: Mean, blind: Blind) -> float:
        """Return the offset, in the tangent plane at the midpoint, in units of its error."""
        one, other = unit(position.ra, position.dec), unit(blind.ra, blind.dec)
        x, y, z = (a + b for a, b in zip(one, other, strict=True))
        if math.hypot(x, y) < 1e-9 and (
            position.ra_err != position.dec_err or blind.ra_err != blind.dec_err
        ):
            self.doubtful = True  # the pole itself: no telling what is east
        east, north = tangent_axes(
            math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y)))
        )
        offset = (other[0] - one[0], other[1] - one[1], other[2] - one[2])
        return math.sqrt(
            math.degrees(dot(offset, east)) ** 2 / (position.ra_err**2 + blind.ra_err**2)
            + math.degrees(dot(offset, north)) ** 2 / (position.dec_err**2 + blind.dec_err**2)
        )

    def _prune(self, pairs: Sequence[Pair]) -> list[Pair]:
        """Leave a measurement one of its many-to-many pairs: the nearest, the older of equals."""
        per_blind = Counter(pair.blind.row for pair in pairs)
        per_source = Counter(pair.source.key for pair in pairs)
        entangled: dict[int, list[Pair]] = {}
        kept = []
        for pair in pairs:
            if per_blind[pair.blind.row] > 1 and per_source[pair.source.key] > 1:
                entangled.setdefault(pair.blind.row, []).append(pair)
            else:
                kept.append(pair)
        for rivals in entangled.values():
            self._heed_ties(rivals)
            kept.append(min(rivals, key=lambda one: (one.r, one.source.key)))
        return kept

    def _keep_apart(self, pairs: list[Pair], image: Image, time: float) -> list[Pair]:
        """Drop the pair of a source with the measurement that a close neighbour has for itself."""
        kept = []
        for pair in pairs:
            rivals = [one for one in pairs if one.blind is pair.blind]
            own = [one for one in pairs if one.source is pair.source]
            self._heed_ties(rivals)
            self._heed_ties(own)
            nearest = min(rivals, key=lambda one: (one.r, one.source.key)).source
            first = min(own, key=lambda one: (one.r, one.blind.row))
            distance = self._apart(pair.source, nearest, image, time)
            if first is pair or distance < 0.5 * image.beam_major:
                kept.append(pair)
        return kept

    def _blends(
        self,
        kept: Sequence[Pair],
        matched: set[int],
        usable: Sequence[Blind],
        image: Image,
        time: float,
    ) -> set[int]:
        """Return the rows that may be of a source beside their own that is not found apart."""
        apart = {pair.source.key for pair in kept if not self._is_shared(pair, kept)}
        per_source = Counter(pair.source.key for pair in kept)
        missing = [
            source
            for key, source in self.sources.items()
            if key not in apart
            and source.forced_steps < self.expiry
            and covers(image, source.position().ra, source.position().dec)
        ]
        rows = set()
        for blind in usable:
            if blind.row not in matched:
                here = []
                for source in missing:
                    place = source.position()
                    distance = separation(place.ra, place.dec, blind.ra, blind.dec)
                    self._heed(distance, 1.5 * image.beam_major)
                    if distance < 1.5 * image.beam_major:
                        here.append(source)
                if any(
                    self._apart(one, other, image, time) >= 0.5 * image.beam_major
                    and one.found_beside(other)
                    for one, other in combinations(here, 2)
                ):
                    rows.add(blind.row)
        for pair in kept:
            forks = any(per_source[one.source.key] > 1 for one in kept if one.blind is pair.blind)
            if forks or pair.source.forced_steps >= self.expiry:
                continue
            for source in missing:
                place = source.position()
                distance = separation(place.ra, place.dec, pair.blind.ra, pair.blind.dec)
                self._heed(distance, 1.5 * image.beam_major)
                if distance < 1.5 * image.beam_major and self._could_blend(
                    pair.source, source, image, time
                ):
                    rows.add(pair.blind.row)
        return rows

    @staticmethod
    def _is_shared(pair: Pair, kept: Sequence[Pair]) -> bool:
        """Whether a source that does not fork has a measurement that others have, too."""
        forks = sum(one.source is pair.source for one in kept) > 1
        return not forks and sum(one.blind is pair.blind for one in kept) > 1

    def _could_blend(self, one: Source, other: Source, image: Image, time: float) -> bool:
        """Whether they are two sources, as is known from before, half a beam to 1.5 beams apart."""
        distance = self._apart(one, other, image, time)
        near = 0.5 * image.beam_major <= distance < 1.5 * image.beam_major
        return near and one.found_beside(other)

    def _apart(self, one: Source, other: Source, image: Image, time: float) -> float:
        """Return how far two sources are apart (deg); 0 if it is not known that they are two."""
        if one is other or max(one.established(), other.established()) >= time:
            return 0.0
        here, there = one.position(), other.position()
        distance = separation(here.ra, here.dec, there.ra, there.dec)
        self._heed(distance, 0.5 * image.beam_major)
        self._heed(distance, 1.5 * image.beam_major)
        return distance

    def _requests(self, image: Image, time: float) -> list[Requested]:
        """Ask for the sources founded before this time and not seen where the image looks."""
        asked = []
        for key, source in sorted(self.sources.items()):
            position = source.position()
            if (
                covers(image, position.ra, position.dec)
                and source.forced_steps < self.expiry
                and source.founded() < time
                and all(point.image is not image for point in source.curve)
            ):
                asked.append(Requested(key, position.ra, position.dec))
        return asked

    def _limits(self, image: Image, time: float, band: int, blind: Blind) -> Limits | None:
        """Ask the earlier images, of this band and Stokes parameter, of the place."""
        earlier = [
            one
            for seen_time, seen_band, one in self._seen
            if seen_time < time
            and (seen_band, one.stokes) == (band, image.stokes)
            and covers(one, blind.ra, blind.dec)
        ]
        if not earlier:
            return None
        deepest = min(earlier, key=lambda one: (one.rms_min, one.rms_max, one.number))
        edge = abs(image.radius - separation(image.ra, image.dec, blind.ra, blind.dec))
        return Limits(deepest.number, len(earlier), local_limit(earlier, blind.ra, blind.dec), edge)

    def _heed(self, value: float, limit: float) -> None:
        if abs(value - limit) < self.resolution * limit:
            self.doubtful = True

    def _heed_ties(self, rivals: Sequence[Pair]) -> None:
        """Doubt radii that differ by little, unless they come from the very same numbers."""
        for one, other in pairwise(sorted(rivals, key=lambda pair: pair.r)):
            near = other.r - one.r <= self.resolution * other.r + 1e-9
            same = one.position == other.position and one.blind.place() == other.blind.place()
            if near and not same:
                self.doubtful = True


@lru_cache(100_000)
def unit(ra: float, dec: float) -> Vector:
    """Return the unit vector of a position (deg)."""
    a, d = math.radians(ra), math.radians(dec)
    return math.cos(d) * math.cos(a), math.cos(d) * math.sin(a), math.sin(d)


@lru_cache(100_000)
def tangent_axes(ra: float, dec: float) -> tuple[Vector, Vector]:
    """Return the unit vectors to the east and to the north at a position (deg)."""
    a, d = math.radians(ra), math.radians(dec)
    return (
        (-math.sin(a), math.cos(a), 0.0),
        (-math.sin(d) * math.cos(a), -math.sin(d) * math.sin(a), math.cos(d)),
    )


def dot(one: Vector, other: Vector) -> float:
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]


def separation(ra: float, dec: float, other_ra: float, other_dec: float) -> float:
    """Return the angle between two positions, all in deg."""
    chord = math.dist(unit(ra, dec), unit(other_ra, other_dec))
    return math.degrees(2 * math.asin(min(chord / 2, 1.0)))


def covers(image: Image, ra: float, dec: float) -> bool:
    """Return whether the footprint of an image covers a position (deg)."""
    return separation(image.ra, image.dec, ra, dec) < image.radius


def local_limit(images: Sequence[Image], ra: float, dec: float) -> float | None:
    """Return the smallest threshold at a place: of each grid from its least noise so far."""
    maps: dict[object, list[Image]] = {}
    for image in images:
        if image.noise:
            footprint = image.ra, image.dec, image.radius
            maps.setdefault((footprint, image.noise[:3], image.detection_threshold), []).append(
                image
            )
    limits = []
    for same in maps.values():
        rms = least_noise(same, ra, dec)
        if rms is not None:
            limits.append(same[0].detection_threshold * rms)
    return min(limits, default=None)


def least_noise(images: Sequence[Image], ra: float, dec: float) -> float | None:
    """Return the least noise at a place from maps on one grid, linear between four points of it.

    None beyond what is known.
    """
    place, centre = unit(ra, dec), (images[0].ra, images[0].dec)
    maps = [image.noise for image in images if image.noise]
    if dot(place, unit(*centre)) <= 0:
        return None
    l0, m0, step, rms = maps[0]
    cosines = [dot(place, axis) for axis in tangent_axes(*centre)]
    column, row = (cosines[0] - l0) / step, (cosines[1] - m0) / step
    k, j = math.floor(column), math.floor(row)
    if not (0 <= j < len(rms) - 1 and 0 <= k < len(rms[0]) - 1):
        return None
    answer = 0.0
    for dj, part_m in (0, 1 - (row - j)), (1, row - j):
        for dk, part_l in (0, 1 - (column - k)), (1, column - k):
            known = [one.rms[j + dj][k + dk] for one in maps]
            known = [rms for rms in known if not math.isnan(rms)]
            answer += part_m * part_l * min(known, default=math.nan)
    return None if math.isnan(answer) else answer


def weighted(values: Sequence[float], weights: Sequence[float]) -> float:
    """Return the weighted mean."""
    return math.fsum(w * v for v, w in zip(values, weights, strict=True)) / math.fsum(weights)
