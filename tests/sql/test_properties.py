"""What holds for every sky: properties of association and of the running catalogue."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any, NamedTuple

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from extractor.fitting.measurements import Measurements
from tests.feeding import ARCSEC, NOTHING, START, FedImage, Feeder, measurements
from tests.oracle import Blind, Fluxes, Image, Key, Oracle, separation
from tests.sql.test_oracle import key_of, positions, same
from trapdb.database.ids import measurement_id
from trapdb.errors import DatabaseError
from trapdb.exchange.requests import ForcedRequests

Connection = psycopg.Connection[Any]
Matrix = NDArray[np.float64]

_numbers = count()


def examples(number: int) -> Callable[[Any], Any]:
    """Try so many examples, the same ones every time; each makes data sets of its own."""
    return settings(
        max_examples=number,
        derandomize=True,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


# --- skies ---------------------------------------------------------------------------------------


class Row(NamedTuple):
    """A measurement: offsets and error of position in arcsec, flux and its error in mJy."""

    east: int
    north: int
    error: int
    flux: float
    flux_error: float
    usable: bool


class Seen(NamedTuple):
    """An image: its frequency, its Stokes parameter and its measurements."""

    freq_eff: float
    stokes: str
    rows: Sequence[Row]


@dataclass(frozen=True)
class Sky:
    """Time steps of images of one clump of sources."""

    ra: float
    dec: float
    steps: Sequence[Sequence[Seen]]

    def positions(self, rows: Sequence[Row]) -> Matrix:
        """Return (ra, dec) of measurements."""
        east, north = np.array([(row.east, row.north) for row in rows], float).reshape(-1, 2).T
        return positions(self.ra, self.dec, east * ARCSEC, north * ARCSEC)


PLACES = [(123.0, 10.0), (0.0, 0.0), (359.99, -45.0), (200.0, 89.98), (0.0, 90.0), (0.0, -90.0)]
FLUXES = st.sampled_from([1e-6, 0.3, 0.3000001, 7.0, 1e6])
ROWS = st.builds(
    Row,
    east=st.integers(-90, 90),
    north=st.integers(-90, 90),
    error=st.sampled_from([5, 10, 20]),
    flux=FLUXES,
    flux_error=st.sampled_from([1e-7, 0.01, 0.5, 3.0]),
    usable=st.integers(0, 9).map(bool),
)
SEEN = st.builds(
    Seen,
    freq_eff=st.sampled_from([140e6, 150e6]),
    stokes=st.sampled_from(["I", "I", "V"]),
    rows=st.lists(ROWS, max_size=5, unique_by=lambda row: (row.east, row.north)),
)
STEP = st.lists(SEEN, min_size=1, max_size=2)


@st.composite
def skies(draw: st.DrawFn, n_steps: int = 4) -> Sky:
    ra, dec = draw(st.sampled_from(PLACES))
    return Sky(ra, dec, draw(st.lists(STEP, min_size=2, max_size=n_steps)))


# --- feeding them --------------------------------------------------------------------------------


@dataclass
class Fed:
    """A sky in the database: how its rows were ordered, and how it was turned."""

    feeder: Feeder
    sky: Sky
    rotation: Matrix
    order: Callable[[int], Sequence[int]]

    def images(self, step: Sequence[Seen]) -> list[FedImage]:
        return [self._image(seen) for seen in step]

    def _image(self, seen: Seen) -> FedImage:
        rows = [seen.rows[k] for k in self.order(len(seen.rows))]
        ra, dec = rotated(self.rotation, *self.sky.positions(rows))
        centre_ra, centre_dec = rotated(
            self.rotation, np.array([self.sky.ra]), np.array([self.sky.dec])
        )
        flux, flux_error = np.array([row[3:5] for row in rows]).reshape(-1, 2).T / 1e3
        if seen.stokes == "V":  # some are negative
            flux = np.where(flux_error > 4e-4, -flux, flux)
        return FedImage(
            measurements(
                ra,
                dec,
                ra_err=[row.error * ARCSEC for row in rows],
                dec_err=[row.error * ARCSEC for row in rows],
                int_flux=flux,
                int_flux_err=flux_error,
                peak_flux=0.9 * flux,
                usable=np.array([row.usable for row in rows], bool),
            )
            if rows
            else NOTHING,
            ra=float(centre_ra[0]),
            dec=float(centre_dec[0]),
            freq_eff=seen.freq_eff,
            stokes=seen.stokes,
        )

    def name(self, row_id: int) -> Key:
        """Name a blind measurement by its image and its place in the sky's own order."""
        image, row = key_of(row_id)
        seen = [seen for step in self.sky.steps for seen in step][image - 1]
        return image, self.order(len(seen.rows))[row]


def feed(
    conn: Connection,
    sky: Sky,
    rotation: Matrix | None = None,
    order: Callable[[int], Sequence[int]] = range,
) -> Fed:
    """Feed a sky into a data set of its own, turned as a whole and with its rows reordered."""
    feeder = Feeder(conn, f"sky {next(_numbers)}", expiry=2)
    fed = Fed(feeder, sky, np.eye(3) if rotation is None else rotation, order)
    for step in sky.steps:
        feeder.step(*fed.images(step), force=something_there)
    return fed


def something_there(image: FedImage, requests: ForcedRequests) -> Measurements:
    """Measure the same faint flux wherever asked."""
    return measurements(requests.ra, requests.dec, int_flux=2e-4, int_flux_err=5e-4)


def backwards(n: int) -> Sequence[int]:
    return range(n)[::-1]


def rotated(rotation: Matrix, ra: Matrix, dec: Matrix) -> tuple[Matrix, Matrix]:
    a, d = np.radians(ra), np.radians(dec)
    x, y, z = rotation @ np.stack([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)])
    return np.degrees(np.arctan2(y, x)) % 360 % 360, np.degrees(np.arctan2(z, np.hypot(x, y)))


def doubtful(sky: Sky, resolution: float) -> bool:
    """Return whether something in a sky is decided by so little."""
    oracle = Oracle(resolution=resolution)
    numbers = count(1)
    for time, step in enumerate(sky.steps):
        images = []
        for seen in step:
            ra, dec = sky.positions(seen.rows)
            blind = [
                Blind(k, ra[k], dec[k], error, error, Fluxes(1, 1, 1, 1, row.usable))
                for k, row in enumerate(seen.rows)
                for error in [row.error * ARCSEC]
            ]
            images.append(
                Image(next(numbers), 1, 0, "I", sky.ra, sky.dec, 10, 0.06, 1, 1, blind=blind)
            )
        oracle.step(time, images, lambda image, key: None)
    return oracle.doubtful


# --- what came of them ---------------------------------------------------------------------------


def curves(fed: Fed) -> dict[tuple[Key, object], Any]:
    """Return each point of each light curve by the names of source and measurement."""
    rows = fed.feeder.conn.execute(
        "select l.*, m.forced_for from trap.lightcurve as l"
        " inner join trap_data.measurement as m using (dataset_id, measurement_id)"
        " where l.dataset_id = %s",
        [fed.feeder.dataset_id],
    )
    answer = {}
    for row in rows:
        if row.forced_for is None:
            point: object = fed.name(row.measurement_id)
        else:
            point = key_of(row.measurement_id)[0], fed.name(row.forced_for)
        answer[fed.name(row.source_id), point] = row
    return answer


def view(fed: Fed, name: str) -> list[Any]:
    return fed.feeder.conn.execute(
        f"select * from trap.{name} where dataset_id = %s",
        [fed.feeder.dataset_id],  # type: ignore[arg-type]
    ).fetchall()


def assert_same_catalogue(one: Fed, other: Fed, turned: Matrix | None = None) -> None:
    """Compare two data sets: associations exactly, numbers but for rounding."""
    first, second = curves(one), curves(other)
    assert {key: (row.association, row.inherited) for key, row in first.items()} == {
        key: (row.association, row.inherited) for key, row in second.items()
    }
    for key, row in first.items():
        for column in ("de_ruiter_radius", "separation_arcsec"):
            assert same(getattr(second[key], column), getattr(row, column), 1e-6, 1e-6)
    places = {other.name(row.source_id): row for row in view(other, "running_catalogue")}
    for row in view(one, "running_catalogue"):
        there = places[one.name(row.source_id)]
        ra, dec = rotated(other.rotation, np.array([row.ra]), np.array([row.dec]))
        assert separation(ra[0], dec[0], there.ra, there.dec) < 1e-9
        assert (there.n_blind, there.n_forced) == (row.n_blind, row.n_forced)
    fluxes = {
        (other.name(row.source_id), key_of(measurement_id(row.band_id, 0)), row.stokes): row
        for row in view(other, "variability")
    }
    for row in view(one, "variability"):
        there = fluxes[one.name(row.source_id), key_of(measurement_id(row.band_id, 0)), row.stokes]
        assert there.n == row.n
        for column in ("int_flux_mean", "int_flux_weighted_mean", "v_int", "eta_int"):
            assert same(getattr(there, column), getattr(row, column), 1e-6, 1e-9)


# --- the properties ------------------------------------------------------------------------------


@examples(30)
@given(sky=skies())
def test_every_catalogue_is_consistent(conn: Connection, sky: Sky) -> None:
    fed = feed(conn, sky)
    every_usable_measurement_belongs_somewhere(fed)
    no_source_has_two_entries_for_one_image(fed)
    sources_are_named_after_what_founded_them(fed)
    running_sums_are_those_of_the_light_curve(fed)
    variability_is_not_negative(fed)


def every_usable_measurement_belongs_somewhere(fed: Fed) -> None:
    strays = fed.feeder.conn.execute(
        "select m.measurement_id, m.usable"
        " from trap_data.measurement as m"
        " left join trap_data.association as a using (dataset_id, measurement_id)"
        " left join trap_data.blended_point as b using (dataset_id, measurement_id)"
        " where m.dataset_id = %s and m.kind = 'blind'"
        " group by m.measurement_id, m.usable"
        " having (count(a.source_id) > 0)::int + (count(b.source_id) > 0)::int <> m.usable::int",
        [fed.feeder.dataset_id],
    ).fetchall()
    assert not strays


def no_source_has_two_entries_for_one_image(fed: Fed) -> None:
    twice = fed.feeder.conn.execute(
        "select source_id, image_id, band_id, stokes, count(*) from trap.lightcurve"
        " where dataset_id = %s group by source_id, image_id, band_id, stokes having count(*) > 1",
        [fed.feeder.dataset_id],
    ).fetchall()
    assert not twice


def sources_are_named_after_what_founded_them(fed: Fed) -> None:
    ids = [row.source_id for row in view(fed, "running_catalogue")]
    assert len(ids) == len(set(ids))
    points = {
        (row.source_id, row.measurement_id): row.association for row in view(fed, "lightcurve")
    }
    assert {points[source_id, source_id] for source_id in ids} <= {"new", "fork"}
    assert {source_id for source_id, _ in points} == set(ids)


def running_sums_are_those_of_the_light_curve(fed: Fed) -> None:
    summed = {
        (row.source_id, row.band_id, row.stokes): row
        for row in fed.feeder.conn.execute(
            """
            select
                source_id, band_id, stokes, count(*) as n,
                avg(int_flux) as mean, coalesce(var_samp(int_flux), 0) as variance,
                sum(int_flux / int_flux_err ^ 2) / sum(1 / int_flux_err ^ 2) as weighted_mean,
                sum(1 / int_flux_err ^ 2) as weight, avg(peak_flux) as peak_mean,
                count(*) filter (where kind = 'blind') as n_blind,
                sum(int_flux_err ^ 2) as variance_sum,
                (array_agg(peak_flux order by bright desc, measurement_id))[1] as peak_max,
                (array_agg(measurement_id order by bright desc, measurement_id))[1] as brightest,
                sum(extract(epoch from taken_at) / 86400 / peak_flux_err ^ 2)
                / sum(1 / peak_flux_err ^ 2) as time
            from trap.lightcurve
            cross join lateral (
                select case when stokes = 'V' then abs(peak_flux) else peak_flux end as bright
            ) as size
            where dataset_id = %s and usable
            group by source_id, band_id, stokes
            """,
            [fed.feeder.dataset_id],
        )
    }
    rows = fed.feeder.conn.execute(
        "select * from trap_data.source_flux where dataset_id = %s", [fed.feeder.dataset_id]
    ).fetchall()
    assert len(rows) == len(summed)
    for row in rows:
        then = summed[row.source_id, row.band_id, row.stokes]
        assert row.n == then.n
        assert row.int_mean == pytest.approx(then.mean, rel=1e-9)
        assert row.int_weighted_mean == pytest.approx(then.weighted_mean, rel=1e-9)
        assert row.int_weight == pytest.approx(then.weight, rel=1e-9)
        assert row.peak_mean == pytest.approx(then.peak_mean, rel=1e-9)
        assert (row.n_blind, row.peak_max) == (then.n_blind, then.peak_max)
        assert row.max_measurement_id == then.brightest
        assert row.int_variance_sum == pytest.approx(then.variance_sum, rel=1e-12)
        assert row.time_mean + 10957 == pytest.approx(then.time, abs=1e-6)  # from 1970 to 2000
        assert row.time_m2 >= 0
        spread = row.int_m2 / max(1, row.n - 1)
        assert spread == pytest.approx(then.variance, rel=1e-9, abs=1e-15 * then.mean**2)
    counted = fed.feeder.conn.execute(
        """
        select
            s.source_id, s.n_blind, s.n_forced, s.weight_l,
            count(*) filter (where l.kind = 'blind') as blind,
            count(*) filter (where l.kind = 'null_detection' and l.usable) as forced,
            sum(1 / m.ra_err ^ 2) filter (where l.kind = 'blind') as weight,
            min(l.taken_at) filter (where l.kind = 'blind') = s.first_seen
            and max(l.taken_at) filter (where l.kind = 'blind') = s.last_seen as in_time
        from trap_data.source as s
        inner join trap.lightcurve as l using (dataset_id, source_id)
        inner join trap_data.measurement as m using (dataset_id, measurement_id)
        where s.dataset_id = %s
        group by s.dataset_id, s.source_id
        """,
        [fed.feeder.dataset_id],
    ).fetchall()
    for row in counted:
        assert (row.n_blind, row.n_forced, row.in_time) == (row.blind, row.forced, True)
        assert row.weight_l == pytest.approx(row.weight, rel=1e-12)


def variability_is_not_negative(fed: Fed) -> None:
    for row in view(fed, "variability"):
        assert min(row.v_int, row.eta_int, row.v_peak, row.eta_peak) >= 0
    history = fed.feeder.conn.execute(
        "select h.v_int, h.eta_int from trap_data.source as s"
        " cross join lateral trap.variability_history(s.source_id) as h where s.dataset_id = %s",
        [fed.feeder.dataset_id],
    )
    for row in history:
        assert min(row.v_int, row.eta_int) >= 0


@pytest.mark.parametrize("place", PLACES)
def test_the_limits_are_exclusive(conn: Connection, place: tuple[float, float]) -> None:
    (ra, dec) = positions(*place, np.array([0.0, 17 * ARCSEC]), np.array([0.0, -31 * ARCSEC]))
    errors = {"ra_err": [8 * ARCSEC], "dec_err": [5 * ARCSEC]}
    first, second = (measurements([ra[k]], [dec[k]], **errors) for k in range(2))

    def associated(beam_limit: float, de_ruiter_limit: float) -> Any:
        """Return the radius of the association, or None."""
        feeder = Feeder(
            conn,
            f"limit {next(_numbers)}",
            beam_limit=beam_limit,
            de_ruiter_limit=de_ruiter_limit,
        )
        feeder.step(FedImage(first, beam_major=2.0), force=None)
        (image_id,) = feeder.step(FedImage(second, beam_major=2.0), force=None)
        (row,) = conn.execute(
            "select kind, de_ruiter_radius from trap_data.association"
            " where dataset_id = %s and measurement_id = %s",
            [feeder.dataset_id, measurement_id(image_id, 0)],
        )
        return row.de_ruiter_radius if row.kind == "one_to_one" else None

    (apart,) = conn.execute(
        "select separation from trap.tangent_offset(%s, %s, %s, %s)",
        [float(ra[0]), float(dec[0]), float(ra[1]), float(dec[1])],
    )
    r = associated(1.0, 100.0)
    # half the beam is 1 deg, so that the limit in beams is that in degrees
    assert associated(apart.separation, 100.0) is None
    assert associated(math.nextafter(apart.separation, 1), 100.0) == r
    assert associated(1.0, r) is None
    assert associated(1.0, math.nextafter(r, 100)) == r


def test_a_mean_that_moved_less_than_its_index_entry_is_found_at_the_limit(
    conn: Connection,
) -> None:
    feeder = Feeder(conn, f"limit {next(_numbers)}", beam_limit=1.0)
    errors = {"ra_err": [30 * ARCSEC], "dec_err": [30 * ARCSEC]}
    # the mean comes to lie at 0.25 arcsec, and the last one 99.9 arcsec from there
    for east in (0.0, 0.5, 100.15):
        (image_id,) = feeder.step(
            FedImage(measurements([east * ARCSEC], [0.0], **errors), beam_major=200 * ARCSEC),
            force=None,
        )
    (row,) = conn.execute(
        "select kind, separation_arcsec from trap_data.association"
        " where dataset_id = %s and measurement_id = %s",
        [feeder.dataset_id, measurement_id(image_id, 0)],
    )
    assert row.kind == "one_to_one"
    assert row.separation_arcsec == pytest.approx(99.9)


@examples(12)
@given(sky=skies())
def test_the_order_of_the_rows_does_not_matter(conn: Connection, sky: Sky) -> None:
    assume(not doubtful(sky, 1e-6))
    assert_same_catalogue(feed(conn, sky), feed(conn, sky, order=backwards))


@examples(15)
@given(sky=skies(), angles=st.tuples(*[st.floats(0, 2 * math.pi)] * 3))
def test_turning_the_whole_sky_changes_nothing(
    conn: Connection, sky: Sky, angles: Sequence[float]
) -> None:
    assume(not doubtful(sky, 1e-3))
    assert_same_catalogue(feed(conn, sky), feed(conn, sky, rotation=turn(*angles)))


@examples(8)
@given(sky=skies(), dec=st.sampled_from([90.0, -90.0, 0.0]))
def test_turning_a_sky_onto_a_pole_changes_nothing(conn: Connection, sky: Sky, dec: float) -> None:
    assume(not doubtful(sky, 1e-3))
    onto = turn(0, math.radians(sky.dec - dec), 0) @ turn(-math.radians(sky.ra), 0, 0)
    assert_same_catalogue(feed(conn, sky), feed(conn, sky, rotation=onto))


def turn(about_z: float, about_y: float, about_z_again: float) -> Matrix:
    """Return the rotation by three angles (radians)."""

    def z(angle: float) -> Matrix:
        c, s = math.cos(angle), math.sin(angle)
        return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])

    c, s = math.cos(about_y), math.sin(about_y)
    return z(about_z_again) @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]) @ z(about_z)


TABLES = (
    *("dataset", "band", "sky_region", "sky_region_limit", "image", "quality_check", "measurement"),
    *("source", "source_flux", "association", "source_ancestry", "new_source", "sky_region_noise"),
)


def contents(conn: Connection) -> dict[str, list[str]]:
    """Return all that is stored of skies, row by row."""
    return {
        table: sorted(row[0] for row in conn.execute(f"select t::text from trap_data.{table} as t"))  # type: ignore[arg-type]
        for table in TABLES
    }


@examples(4)
@given(sky=skies())
def test_a_step_that_fails_leaves_nothing(conn: Connection, sky: Sky) -> None:
    undisturbed = feed(conn, sky)
    fed = Fed(Feeder(conn, f"sky {next(_numbers)}", expiry=2), sky, np.eye(3), range)
    beyond_the_pole = FedImage(measurements(0.0, 91.0), freq_eff=900e6)
    for time, step in enumerate(sky.steps):
        taken_at = START + timedelta(days=time)
        images = fed.images(step)
        before = contents(conn)
        with pytest.raises(DatabaseError):
            fed.feeder.step(*images, beyond_the_pole, taken_at=taken_at, force=something_there)
        assert contents(conn) == before
        with conn.transaction(force_rollback=True):
            fed.feeder.step(*images, taken_at=taken_at, force=something_there)
        assert contents(conn) == before
        fed.feeder.step(*images, taken_at=taken_at, force=something_there)
    assert_shifted(undisturbed, fed)


@examples(8)
@given(sky=skies())
def test_the_same_sky_twice_differs_in_its_ids_alone(conn: Connection, sky: Sky) -> None:
    assert_shifted(feed(conn, sky), feed(conn, sky))


def assert_shifted(one: Fed, other: Fed) -> None:
    """Compare two data sets bit by bit, but for the number of the data set in the ids."""
    for name in ("running_catalogue", "lightcurve", "variability", "new_source", "image", "band"):
        assert _shifted(view(one, name)) == _shifted(view(other, name))


def _shifted(rows: Sequence[Any]) -> list[str]:
    bits = {"source_id": 44, "measurement_id": 44, "group_id": 44}
    answer = []
    for row in rows:
        columns = row._asdict()
        for name, value in columns.items():
            if name.endswith("_id") and value is not None:
                columns[name] = value % 2 ** bits.get(name, 24)
        for name in ("dataset", "dataset_id", "path", "digest", "run_id"):
            columns.pop(name, None)
        answer.append(repr(columns))
    return sorted(answer)
