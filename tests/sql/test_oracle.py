"""The database against the oracle, on thousands of random skies.

A sky is a clump of a few sources that is far from all others. Hundreds of them share the images of
one data set, while each has an oracle of its own, which knows of nothing else.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray

from extractor.fitting.measurements import Measurements
from extractor.flags import Flag
from extractor.noise.background import NoiseGrid
from tests.feeding import ARCSEC, START, FedImage, Feeder, measurements
from tests.oracle import (
    Blind,
    Fluxes,
    FluxStatistics,
    FluxSums,
    Image,
    Key,
    Limits,
    Noise,
    Oracle,
    Point,
    Source,
    separation,
    tangent_axes,
    unit,
)
from trapdb.database.ids import measurement_id
from trapdb.exchange.requests import ForcedRequests

Array = NDArray[np.float64]
Region = tuple[float, float, float]  # centre and radius, deg
Detect = Callable[["Sky", np.random.Generator], Array]  # -> ra, dec, ra_err, dec_err in rows

START_DAYS = (START - datetime(2000, 1, 1, tzinfo=UTC)).days

CLEAR = 2.0  # deg between a sky and the edge of a footprint


# --- positions ---------------------------------------------------------------------------------


def positions(ra: float, dec: float, east: Array, north: Array) -> Array:
    """Return the (ra, dec) at offsets (deg) in the tangent plane at a position."""
    centre = np.array(unit(ra, dec))
    to_east, to_north = map(np.array, tangent_axes(ra, dec))
    x, y, z = (
        centre[:, None]
        + np.outer(to_east, np.tan(np.radians(east)))
        + np.outer(to_north, np.tan(np.radians(north)))
    )
    return np.stack(
        [np.mod(np.degrees(np.arctan2(y, x)), 360) % 360, np.degrees(np.arctan2(z, np.hypot(x, y)))]
    )


def cap(ra: float, dec: float, radius: float, n: int) -> list[tuple[float, float]]:
    """Return n places evenly over a cap, one of them its centre."""
    k = np.arange(n)
    distance = np.arccos(1 - (1 - math.cos(math.radians(radius))) * k / n)
    angle = k * math.pi * (3 - math.sqrt(5))
    scale = np.tan(distance)
    offsets = (
        np.degrees(np.arctan(scale * np.sin(angle))),
        np.degrees(np.arctan(scale * np.cos(angle))),
    )
    return [(float(a), float(d)) for a, d in positions(ra, dec, *offsets).T]


def meridian(n: int) -> list[tuple[float, float]]:
    """Return places within arc seconds of RA 0, on both sides of it."""
    return [
        (k % 3 * 5 * ARCSEC - 5 * ARCSEC, float(dec))
        for k, dec in enumerate(np.linspace(-80, 80, n))
    ]


# --- skies -------------------------------------------------------------------------------------


@dataclass
class Sky:
    """A clump of sources; its offsets are arc seconds from its place."""

    ra: float
    dec: float
    detect: Detect
    oracle: Oracle
    sources: Array = field(default_factory=lambda: np.empty((2, 0)))
    owned: set[tuple[int, int]] = field(default_factory=set)  # (image, row) of its measurements


def scattered(extent: float) -> Detect:
    """Find up to eight sources within so many arc seconds, some of them not, some of them twice."""

    def detect(sky: Sky, rng: np.random.Generator) -> Array:
        if not sky.sources.size:
            sky.sources = rng.uniform(-extent, extent, (2, rng.integers(1, 9)))
        seen = rng.choice([0, 1, 2], sky.sources.shape[1], p=[0.3, 0.6, 0.1])
        east, north = np.repeat(sky.sources, seen, axis=1)
        ra_err, dec_err = rng.uniform(3, 25, (2, len(east)))
        east = east + rng.normal(0, 1, len(east)) * ra_err
        north = north + rng.normal(0, 1, len(north)) * dec_err
        return _rows(sky, east, north, ra_err, dec_err)

    return detect


def tied(sky: Sky, rng: np.random.Generator) -> Array:
    """Find the very same source several times over, at a place or two that no other image knows."""
    repeated = rng.integers(1, 4, rng.integers(1, 3))
    east, north = np.repeat(rng.uniform(-60, 60, (2, len(repeated))), repeated, axis=1)
    error = np.full(len(east), rng.uniform(5, 15))
    return _rows(sky, east, north, error, error)


def _rows(sky: Sky, east: Array, north: Array, ra_err: Array, dec_err: Array) -> Array:
    ra, dec = positions(sky.ra, sky.dec, east * ARCSEC, north * ARCSEC)
    return np.stack([ra, dec, ra_err * ARCSEC, dec_err * ARCSEC], axis=1)


STYLES: Sequence[Detect] = [scattered(20), scattered(60), scattered(150), scattered(400), tied]


# --- the same observations for the database and for the oracles ----------------------------------


@dataclass
class Campaign:
    """A data set fed with images of many skies, and the oracle of each of them."""

    conn: psycopg.Connection[Any]
    rng: np.random.Generator
    places: Sequence[tuple[float, float]]
    regions: Sequence[Region]
    name: str = "campaign"

    def __post_init__(self) -> None:
        rules = {
            "de_ruiter_limit": float(self.rng.choice([5.68, 3.7, 1.5])),
            "beam_limit": float(self.rng.choice([3.0, 1.0])),
            "expiry": int(self.rng.choice([0, 1, 2, 10])),
            "bandwidth_max": float(self.rng.choice([0, 5e6])),
        }
        self.feeder = Feeder(self.conn, self.name, **rules)  # type: ignore[arg-type]
        self.skies = [
            Sky(ra, dec, STYLES[int(self.rng.integers(len(STYLES)))], Oracle(**rules))  # type: ignore[arg-type]
            for ra, dec in self.places
            if all(
                abs(separation(ra, dec, *centre) - radius) > CLEAR
                for *centre, radius in self.regions
            )
        ]
        self.n_images = 0
        self.differences: list[str] = []

    def step(self, time: int) -> None:
        """Observe some of the regions at some frequencies, in their order."""
        shared = sorted(
            (self._image() for _ in range(self.rng.choice([1, 2, 3]))), key=lambda one: one.freq_eff
        )
        images = [replace(image, number=self.n_images + k + 1) for k, image in enumerate(shared)]
        self.n_images += len(images)
        fed: dict[FedImage, Image] = {}
        seen: dict[Image, dict[int, list[Blind]]] = {}
        for image in images:
            found, seen[image] = self._observe(image)
            fed[_fed(image, found)] = image
        requested: dict[Image, dict[Key, tuple[float, float]]] = {image: {} for image in images}

        def force(fed_image: FedImage, requests: ForcedRequests) -> Measurements:
            image = fed[fed_image]
            keys = [key_of(source_id) for source_id in requests.source_id]
            requested[image] = dict(
                zip(keys, zip(requests.ra, requests.dec, strict=True), strict=True)
            )
            return _fits(requests, [fit(image, key) for key in keys])

        ids = self.feeder.step(*fed, taken_at=START + timedelta(days=time), force=force)
        numbers = [key_of(measurement_id(image_id, 0))[0] for image_id in ids]
        assert numbers == [one.number for one in images]

        for number, sky in enumerate(self.skies):
            own = [replace(image, blind=seen[image].get(number, ())) for image in images]
            for image in own:
                sky.owned |= {(image.number, blind.row) for blind in image.blind}
            asked = sky.oracle.step(time, own, fit)
            accepted = [image for image in images if not image.rejected]
            for image, expected in zip(accepted, asked, strict=True):
                self._compare_requests(sky, image, requested[image], expected)

    def _compare_requests(
        self,
        sky: Sky,
        image: Image,
        asked: dict[Key, tuple[float, float]],
        expected: Sequence[tuple[Key, float, float]],
    ) -> None:
        if sky.oracle.doubtful:
            return
        answer = {key: place for key, place in asked.items() if key in sky.owned}
        if answer.keys() != {key for key, *_ in expected}:
            self.differences.append(
                f"{_place(sky)}: image {image.number} asks for {sorted(answer)}, not for {expected}"
            )
            return
        for key, ra, dec in expected:
            if separation(ra, dec, *answer[key]) > 1e-9:
                self.differences.append(f"{_place(sky)}: source {key} is asked for elsewhere")

    def _image(self) -> Image:
        rng = self.rng
        ra, dec, radius = self.regions[int(rng.integers(len(self.regions)))]
        rms_min = float(rng.choice([1e-4, 2e-4]))
        return Image(
            number=0,
            freq_eff=float(rng.choice([140e6, 141.5e6, 142e6, 160e6])),
            bandwidth=2e6,
            stokes=str(rng.choice(["I", "V"], p=[0.8, 0.2])),
            ra=ra,
            dec=dec,
            radius=radius,
            beam_major=float(rng.choice([0.03, 0.06])),
            rms_min=rms_min,
            rms_max=rms_min * float(rng.choice([1, 3])),
            noise=self._noise(rms_min),
            rejected=bool(rng.random() < 0.07),
            pixels=bool(rng.random() < 0.9),
        )

    def _noise(self, rms_min: float) -> Noise | None:
        """Make a noise map on one of two grids, unknown in places; now and then none."""
        if self.rng.random() < 0.2:
            return None
        rms = self.rng.uniform(1, 3, (9, 9)) * rms_min
        rms[self.rng.random(rms.shape) < 0.1] = np.nan
        start = float(self.rng.choice([-1.03, -0.97]))
        return Noise(start, start, 0.25, tuple(map(tuple, rms.astype(np.float32).tolist())))

    def _observe(self, image: Image) -> tuple[Measurements, dict[int, list[Blind]]]:
        """Find the sources of all skies in an image, in any order of rows."""
        if image.rejected:
            return measurements([], []), {}
        found = {
            number: sky.detect(sky, self.rng)
            for number, sky in enumerate(self.skies)
            if separation(sky.ra, sky.dec, image.ra, image.dec) < image.radius
        }
        owners = np.repeat(list(found), [len(rows) for rows in found.values()]).astype(int)
        rows = np.concatenate([*found.values(), np.empty((0, 4))])
        order = self.rng.permutation(len(rows))
        owners, rows = owners[order], rows[order]
        sign = 1 if image.stokes == "I" else (-1) ** np.arange(len(rows))
        int_flux = self.rng.uniform(0.005, 0.05, len(rows))
        columns = {
            "int_flux": sign * int_flux,
            "int_flux_err": int_flux * self.rng.uniform(0.01, 0.2, len(rows)),
            "peak_flux": sign * int_flux * self.rng.uniform(0.5, 1, len(rows)),
            "peak_flux_err": int_flux * self.rng.uniform(0.01, 0.2, len(rows)),
            "usable": self.rng.random(len(rows)) > 0.03,
        }
        fed = measurements(rows[:, 0], rows[:, 1], ra_err=rows[:, 2], dec_err=rows[:, 3], **columns)
        fed = replace(fed, **self._shapes(image.beam_major, len(rows)))
        fed.snr[:] *= sign
        seen: dict[int, list[Blind]] = defaultdict(list)
        for row, owner in enumerate(owners):
            fluxes = Fluxes(**{name: getattr(fed, name)[row].item() for name in columns})
            ra, dec = rows[row, :2].tolist()
            ra_err, dec_err = fed.ra_err[row].item(), fed.dec_err[row].item()
            shape = fed.major[row].item(), fed.minor[row].item(), fed.pa[row].item()
            known = None if math.isnan(shape[0]) else shape
            snr = fed.snr[row].item()
            seen[owner].append(Blind(row, ra, dec, ra_err, dec_err, fluxes, snr, known))
        return fed, seen

    def _shapes(self, beam: float, n: int) -> dict[str, Array]:
        """Return S/N and fitted axes, as the database keeps them, some of them unknown."""
        columns = {
            "snr": self.rng.uniform(5, 50, n),
            "major": beam * self.rng.uniform(1, 2, n),
            "minor": beam * self.rng.uniform(0.9, 1, n),
            "pa": self.rng.uniform(0, 180, n),
        }
        columns["snr"][self.rng.random(n) < 0.05] = np.nan
        columns["major"][self.rng.random(n) < 0.1] = np.nan
        return {name: values.astype(np.float32).astype(float) for name, values in columns.items()}

    def compare(self) -> tuple[int, list[str]]:
        """Return the number of skies compared, and all differences."""
        answer = Catalogue(self.conn, self.feeder.dataset_id)
        differences = list(self.differences)
        comparable = [sky for sky in self.skies if not sky.oracle.doubtful]
        for sky in comparable:
            keys = {key for key in answer.sources if key in sky.owned}
            differences += [f"{_place(sky)}: {one}" for one in answer.differences(sky.oracle, keys)]
        return len(comparable), differences


def fit(image: Image, key: Key) -> Fluxes | None:
    """Answer a request for a forced fit, as it is stored: the same for a source and an image."""
    chance = (image.number * 7919 + key[0] * 104729 + key[1] * 1299709) % 1009
    if chance % 10 == 0:
        return None
    if chance % 10 == 1:
        return Fluxes(math.nan, math.nan, math.nan, math.nan, usable=False)
    errors = np.array([4e-4, 5e-4], np.float32).tolist()
    return Fluxes((chance - 300) / 2e5, errors[0], (chance - 300) / 1e5, errors[1])


def _fits(requests: ForcedRequests, answers: Sequence[Fluxes | None]) -> Measurements:
    nothing = Fluxes(math.nan, math.nan, math.nan, math.nan, usable=False)
    columns = zip(*(answer or nothing for answer in answers), strict=True)
    fits = measurements(
        requests.ra,
        requests.dec,
        **{name: list(c) for name, c in zip(Fluxes._fields, columns, strict=True)},  # type: ignore[arg-type]
    )
    flags = np.array([int(Flag.OUTSIDE) if answer is None else 0 for answer in answers])
    return replace(fits, flags=flags)


def _fed(image: Image, blind: Measurements) -> FedImage:
    return FedImage(
        blind,
        ra=image.ra,
        dec=image.dec,
        radius=image.radius,
        beam_major=image.beam_major,
        freq_eff=image.freq_eff,
        bandwidth=image.bandwidth,
        stokes=image.stokes,
        pixels=image.pixels,
        rms_min=image.rms_min,
        rms_max=image.rms_max,
        noise=NoiseGrid(*image.noise[:3], image.noise.step, np.array(image.noise.rms))
        if image.noise
        else None,
        checks=[{"name": "flat", "passed": False, "detail": "the image is flat"}]
        if image.rejected
        else (),
    )


def key_of(row_id: int) -> Key:
    """Return (number of the image, row) of a measurement's or a source's id."""
    return int(row_id) >> 20 & 0xFFFFFF, int(row_id) & 0xFFFFF


def _place(sky: Sky) -> str:
    return f"sky at {sky.ra:.3f} {sky.dec:.3f}"


# --- the comparison ------------------------------------------------------------------------------


class Catalogue:
    """What the database holds of a data set."""

    def __init__(self, conn: psycopg.Connection[Any], dataset_id: int) -> None:
        self.curves: dict[Key, dict[object, Any]] = defaultdict(dict)
        for row in conn.execute(
            "select l.*, m.forced_for from trap.lightcurve as l"
            " inner join trap_data.measurement as m using (dataset_id, measurement_id)"
            " where l.dataset_id = %s",
            [dataset_id],
        ):
            name = name_of_row(row.measurement_id, row.forced_for)
            assert name not in self.curves[key_of(row.source_id)], "a point stands twice in a curve"
            self.curves[key_of(row.source_id)][name] = row
        self.sources = self._by_source(conn, "running_catalogue", dataset_id)
        self.new_sources = self._by_source(conn, "new_source", dataset_id)
        self.variability: dict[Key, dict[tuple[int, str], Any]] = defaultdict(dict)
        for row in conn.execute(
            "select * from trap.variability where dataset_id = %s", [dataset_id]
        ):
            # bands count from 1
            self.variability[key_of(row.source_id)][row.band_id % 2**24 - 1, row.stokes] = row
        self.sums = {
            (key_of(row.source_id), row.band_id % 2**24 - 1, row.stokes): row
            for row in conn.execute(
                "select f.*, f.snr_max::float8 as snr, m.forced_for from trap_data.source_flux as f"
                " inner join trap_data.measurement as m"
                " on f.dataset_id = m.dataset_id and m.measurement_id = f.max_measurement_id"
                " where f.dataset_id = %s",
                [dataset_id],
            )
        }
        self.shapes = {
            key_of(row.source_id): row
            for row in conn.execute(
                "select source_id, shape_weight, shape_ll, shape_lm, shape_mm"
                " from trap_data.source where dataset_id = %s",
                [dataset_id],
            )
        }
        self.beams = dict(
            conn.execute(
                "select image_id, beam_major from trap_data.image where dataset_id = %s",
                [dataset_id],
            ).fetchall()
        )
        self.history: dict[Key, list[Any]] = defaultdict(list)
        for row in conn.execute(
            "select s.source_id, h.*, m.forced_for from trap_data.source as s"
            " cross join lateral trap.variability_history(s.source_id) with ordinality as h"
            " inner join trap_data.measurement as m using (dataset_id, measurement_id)"
            " where s.dataset_id = %s order by s.source_id, h.ordinality",
            [dataset_id],
        ):
            self.history[key_of(row.source_id)].append(row)

    def _by_source(self, conn: psycopg.Connection[Any], view: str, dataset_id: int) -> Any:
        rows = conn.execute(f"select * from trap.{view} where dataset_id = %s", [dataset_id])  # type: ignore[arg-type]
        return {key_of(row.source_id): row for row in rows}

    def differences(self, oracle: Oracle, keys: set[Key]) -> Iterator[str]:
        """Compare these sources with an oracle's."""
        if keys != oracle.sources.keys():
            yield f"sources are {sorted(keys)}, expected {sorted(oracle.sources)}"
            return
        for key, source in oracle.sources.items():
            for difference in (
                *self._curve_differences(key, source),
                *self._source_differences(key, source),
                *self._flux_differences(key, source),
                *self._history_differences(key, source),
            ):
                yield f"source {key}: {difference}"

    def _curve_differences(self, key: Key, source: Source) -> Iterator[str]:
        answer = {
            name: (row.association, row.inherited, row.usable)
            for name, row in self.curves[key].items()
        }
        expected = {
            point.name(): (point.kind, point.inherited, point.fluxes.usable)
            for point in source.curve
        }
        if answer != expected:
            yield f"light curve is {answer}, expected {expected}"
            return
        for point in source.curve:
            row = self.curves[key][point.name()]
            if not same(row.de_ruiter_radius, point.r, 1e-6, 1e-8):
                yield f"r of {point.name()} is {row.de_ruiter_radius}, expected {point.r}"
            arcsec = None if point.separation is None else point.separation * 3600
            if not same(row.separation_arcsec, arcsec, 1e-9, 1e-7):
                yield f"{point.name()} is {row.separation_arcsec} off, expected {arcsec}"

    def _source_differences(self, key: Key, source: Source) -> Iterator[str]:
        row, mean = self.sources[key], source.position()
        if separation(row.ra, row.dec, mean.ra, mean.dec) > 1e-10:
            yield f"is at {row.ra} {row.dec}, expected {mean}"
        if not (same(row.ra_err, mean.ra_err, 1e-11) and same(row.dec_err, mean.dec_err, 1e-11)):
            yield f"position errors are {row.ra_err} {row.dec_err}, expected {mean}"
        answer: tuple[Any, ...] = (row.n_blind, row.n_forced, row.first_seen, row.last_seen)
        expected: tuple[Any, ...] = (
            source.n_blind(),
            source.n_forced(),
            START + timedelta(days=source.first_seen()),
            START + timedelta(days=source.last_seen()),
        )
        if answer != expected:
            yield f"counts and times are {answer}, expected {expected}"
        shape = self.shapes[key][1:]
        if not all(same(a, e, 1e-9, 1e-13) for a, e in zip(shape, source.shape(), strict=True)):
            yield f"shape is {shape}, expected {source.shape()}"
        new = self.new_sources.get(key)
        limits = (
            None
            if new is None
            else Limits(
                key_of(measurement_id(new.limiting_image_id, 0))[0],
                new.covering_images,
                new.local_limit,
                new.edge_beams * self.beams[new.source_id >> 20],
            )
        )
        if (limits is None) != (source.limits is None) or not all(
            same(a, e, 1e-9) for a, e in zip(limits or (), source.limits or (), strict=True)
        ):
            yield f"limits are {limits}, expected {source.limits}"

    def _history_differences(self, key: Key, source: Source) -> Iterator[str]:
        expected = source.history()
        answer = [
            (name_of_row(row.measurement_id, row.forced_for), row) for row in self.history[key]
        ]
        if {name for name, _ in answer} != {point.name() for point, _ in expected}:
            yield f"history has {[name for name, _ in answer]}"
            return
        for name, row in answer:
            (then,) = (then for point, then in expected if point.name() == name)
            if not (
                row.n == then.n
                and same(row.v_int, then.v, 1e-9)
                and same(row.eta_int, then.eta, 1e-9)
            ):
                yield f"history at {name} is {row.n} {row.v_int} {row.eta_int}, expected {then}"

    def _flux_differences(self, key: Key, source: Source) -> Iterator[str]:
        answers = self.variability[key]
        if answers.keys() != source.bands():
            yield f"bands are {set(answers)}, expected {source.bands()}"
            return
        for band, row in answers.items():
            for which in ("int", "peak"):
                answer = FluxStatistics(
                    row.n,
                    getattr(row, f"{which}_flux_mean"),
                    getattr(row, f"{which}_flux_weighted_mean"),
                    getattr(row, f"v_{which}"),
                    getattr(row, f"eta_{which}"),
                )
                expected = source.statistics(*band, which)
                if not all(same(a, e, 1e-9, 1e-11) for a, e in zip(answer, expected, strict=True)):
                    yield f"{which} fluxes in {band} are {answer}, expected {expected}"
            yield from self._sum_differences(self.sums[key, *band], source.sums(*band))

    def _sum_differences(self, row: Any, expected: FluxSums) -> Iterator[str]:
        answer = FluxSums(
            row.n_blind,
            row.snr,
            row.int_variance_sum,
            row.peak_variance_sum,
            name_of_row(row.max_measurement_id, row.forced_for),
            row.peak_max,
            row.peak_max_err,
            row.time_mean - START_DAYS,
            row.time_m2,
            row.time_peak,
        )
        scale = 1e-9 * row.peak_weight  # of a day, and of a jansky
        if answer.brightest != expected.brightest or not all(
            same(a, e, 1e-9, max(1e-9, scale) if name.startswith("time") else 0)
            for name, a, e in zip(answer._fields, answer, expected, strict=True)
            if name != "brightest"
        ):
            yield f"sums are {answer}, expected {expected}"


def name_of_row(measurement_id: int, forced_for: int | None) -> object:
    """Name a measurement as both sides can."""
    image, row = key_of(measurement_id)
    return image, row if forced_for is None else key_of(forced_for)


def same(value: float | None, expected: float | None, rel: float, abs_: float = 0) -> bool:
    if value is None or expected is None:
        return value is expected
    return math.isclose(value, expected, rel_tol=rel, abs_tol=abs_)


# --- the tests -----------------------------------------------------------------------------------

WHERE: dict[str, tuple[Sequence[tuple[float, float]], Sequence[Region]]] = {
    "field": (cap(123, 10, 30, 80), [(123, 10, 40)]),
    "overlapping footprints": (
        cap(200, -30, 60, 120),
        [(200, -30, 70), (225, -20, 30), (180, -45, 25)],
    ),
    "meridian": (meridian(100), [(0, 0, 85), (3, 10, 60)]),
    "north pole": (cap(0, 90, 40, 80), [(0, 90, 50), (90, 80, 30)]),
    "south pole": (cap(0, -90, 40, 80), [(0, -90, 50), (300, -85, 30)]),
}


# The original's answers: RA offsets (arcsec) of what each image shows -> for each source the number
# of its blind points and the de Ruiter radius of the last one.
SCENARIOS: dict[str, tuple[list[list[float]], list[tuple[int, float | None]]]] = {
    "fork beside a merge": (
        [[-40, 50], [-60, 2]],
        [(2, 1.39272848064), (2, 3.34254835354), (2, 2.92472980934)],
    ),
    "chain": (
        [[-25, 25], [-60, 3, 60]],
        [(2, 2.43727484112), (2, 1.5320013287), (2, 2.43727484112)],
    ),
    "entangled": (
        [[-5, 5], [-20, 1, 20]],
        [(2, 1.04454636048), (2, 0.278545696125), (2, 1.04454636048)],
    ),
    "orphan": (
        [[-10, 0, 10], [-4, 6]],
        [(1, None), (2, 0.278545696129), (2, 0.278545696129)],
    ),
    "fork and back": (
        [[0], [-10, 10], [0]],
        [(3, 0.402046081601), (3, 0.402046081601)],
    ),
    "just inside": ([[0], [3.716 * 200**0.5 / 0.984807753012208]], [(2, 3.716)]),
    "just outside": ([[0], [3.7171 * 200**0.5 / 0.984807753012208]], [(1, None), (1, None)]),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_oracle_answers_as_the_original(name: str) -> None:
    shown, expected = SCENARIOS[name]
    oracle = Oracle(de_ruiter_limit=3.717)
    for number, offsets in enumerate(shown, start=1):
        found = [
            Blind(row, 123 + east * ARCSEC, 10, 10 * ARCSEC, 10 * ARCSEC, Fluxes(1, 0.1, 1, 0.1))
            for row, east in enumerate(offsets)
        ]
        image = Image(number, 140e6, 2e6, "I", 123, 10, 10, 0.06, 1e-4, 3e-4, blind=found)
        oracle.step(number, [image], lambda image, key: None)
    answer = [
        (source.n_blind(), source.curve[-1].r) for _, source in sorted(oracle.sources.items())
    ]
    assert [n for n, _ in answer] == [n for n, _ in expected]
    for (_, r), (_, expected_r) in zip(answer, expected, strict=True):
        assert same(r, expected_r, 1e-6)


def test_the_oracle_computes_the_statistics_of_the_original() -> None:
    image = Image(1, 140e6, 2e6, "I", 123, 10, 10, 0.06, 1e-4, 3e-4)
    curve = [
        Point(image, 0, 0, "one_to_one", Fluxes(1, 1, flux, error))
        for flux, error in [(1.0, 0.1), (1.4, 0.2), (0.7, 0.05)]
    ]
    history = Source((1, 0), curve).history()
    for (_, answer), v, eta in zip(
        history, [0, 0.235702260396, 0.339859798479], [0, 3.2, 8.47619047619], strict=True
    ):
        assert same(answer.v, v, 1e-10)
        assert same(answer.eta, eta, 1e-10)


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 30))]
)
@pytest.mark.parametrize("where", WHERE)
def test_hundreds_of_skies_agree_with_the_oracle(
    conn: psycopg.Connection[Any], where: str, seed: int
) -> None:
    campaign = Campaign(conn, np.random.default_rng([seed, *where.encode()]), *WHERE[where])
    _observe_and_compare(campaign)


def test_skies_around_the_poles_themselves_agree_with_the_oracle(
    conn: psycopg.Connection[Any],
) -> None:
    for seed in range(10):
        campaign = Campaign(
            conn,
            np.random.default_rng(seed),
            places=[(0, 90), (0, -90)],
            regions=[(0, 90, 30), (200, -80, 30)],
            name=f"poles {seed}",
        )
        _observe_and_compare(campaign)


def _observe_and_compare(campaign: Campaign) -> None:
    for time in range(6):
        campaign.step(time)
    compared, differences = campaign.compare()
    assert not differences, "\n".join(differences[:20])
    assert compared > 0.95 * len(campaign.skies) - 1
