"""The systematic errors of images against reference catalogues: offsets and flux scales."""

import math

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from psycopg.rows import namedtuple_row

from tests.feeding import FedImage, Feeder, measurements
from tests.sql.test_reference_matching import known, match

BEAM = 0.06
COLUMNS = ("reference_id", "ra", "dec", "flux", "spectral_index")


def vectors(ra, dec):
    ra, dec = np.radians(ra), np.radians(dec)
    return np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)


def frame(ra, dec):
    """Unit vectors to the east, to the north and to the place."""
    a, d = np.radians([ra, dec])
    east = [-np.sin(a), np.cos(a), 0]
    north = [-np.sin(d) * np.cos(a), -np.sin(d) * np.sin(a), np.cos(d)]
    return np.array([east, north, vectors(ra, dec)])


def turned(ra, dec, centre, east, north):
    """Turn positions so that the centre moves by so much to the east and north (arcsec)."""
    axes = frame(*centre)
    angle = np.radians(np.hypot(east, north) / 3600)
    way = np.array([east, north]) / max(np.hypot(east, north), 1e-300)
    axis = way[0] * axes[1] - way[1] * axes[0]
    r = vectors(ra, dec)
    r = (
        r * np.cos(angle)
        + np.cross(axis, r) * np.sin(angle)
        + np.outer(r @ axis, axis) * (1 - np.cos(angle))
    )
    return np.degrees(np.arctan2(r[:, 1], r[:, 0])) % 360, np.degrees(np.arcsin(r[:, 2]))


class Sky:
    """Sources of a catalogue and what an image shows of them, with known errors."""

    def __init__(self, centre=(123.0, 10.0), n=200, radius=3.0, seed=1, alpha=-0.8):
        rng = np.random.default_rng(seed)
        self.centre, self.rng = centre, rng
        here = SkyCoord(*centre, unit="deg")
        way = radius * np.sqrt(rng.random(n)) * u.deg
        there = here.directional_offset_by(rng.uniform(0, 360, n) * u.deg, way)
        self.ra, self.dec = there.ra.deg, there.dec.deg
        self.flux = 0.1 * rng.random(n) ** -0.7
        self.alpha = np.full(n, alpha)

    def rows(self, frequency_ratio=1.0):
        """The catalogue, at a frequency that is so many times that of the image."""
        flux = self.flux * frequency_ratio**self.alpha
        alpha = [None if math.isnan(one) else one for one in self.alpha]
        columns = self.ra.tolist(), self.dec.tolist(), flux.tolist(), alpha
        return [(i + 1, *row) for i, row in enumerate(zip(*columns, strict=True))]

    def seen(self, east=0.0, north=0.0, scale=1.0, scatter=3.0, flux_scatter=0.05):
        ra, dec = turned(self.ra, self.dec, self.centre, east, north)
        shift = self.rng.normal(0, scatter, (2, ra.size)) / 3600
        ra, dec = ra + shift[0] / np.cos(np.radians(dec)), dec + shift[1]
        flux = self.flux * scale * (1 + self.rng.normal(0, flux_scatter, ra.size))
        return measurements(ra % 360, dec, int_flux=flux, int_flux_err=0.002)


@pytest.fixture
def feeder(conn):
    return Feeder(conn)


def compared(conn, feeder, sky, *seen, frequency_ratio=1.0, indices=(-2.0, 1.0), **properties):
    """Feed images of a sky beside a catalogue of it; give the rows of both views."""
    catalogue_id = known(
        conn,
        sky.rows(frequency_ratio),
        COLUMNS,
        **({"frequency": 140e6 * frequency_ratio} | properties),
    )
    match(conn, catalogue_id, indices=indices)
    for blind in seen:
        feeder.step(FedImage(blind, ra=sky.centre[0], dec=sky.centre[1]))
    return offsets(conn), scales(conn)


def offsets(conn):
    return conn.execute("select * from trap.image_reference_offset order by image_id").fetchall()


def scales(conn):
    return conn.execute(
        "select * from trap.image_reference_flux_scale order by image_id"
    ).fetchall()


def independent(sky, blind, beam=BEAM, shift=(0.0, 0.0)):
    """Offsets (arcsec) and ratios of the pairs without a third one, by numpy and astropy."""
    strong = blind.int_flux >= 10 * blind.int_flux_err
    ra, dec, flux = blind.ra[strong], blind.dec[strong], blind.int_flux[strong]
    back = SkyCoord(*turned(ra, dec, sky.centre, -shift[0], -shift[1]), unit="deg")
    there = SkyCoord(sky.ra, sky.dec, unit="deg")
    i, j, apart, _ = there.search_around_sky(back, beam * u.deg)
    alone = (np.bincount(i, minlength=ra.size)[i] == 1) & (np.bincount(j)[j] == 1)
    i, j = np.array([i, j])[:, alone & (apart < beam / 2 * u.deg)]
    axes = frame(*sky.centre)
    way = (vectors(ra[i], dec[i]) - vectors(sky.ra[j], sky.dec[j])) @ axes.T
    lever = vectors(ra[i], dec[i]) @ axes[2]
    away = np.degrees(way[:, :2] / lever[:, None]) * 3600
    return away, flux[i] / sky.flux[j]


def robust(values):
    low, middle, high = np.percentile(values, [25, 50, 75])
    return middle, (high - low) / 1.349


@pytest.mark.parametrize(
    ("centre", "radius"),
    [((123.0, 10.0), 3.0), ((0.0, -45.0), 3.0), ((200.0, 89.0), 3.0), ((50.0, -30.0), 50.0)],
)
@pytest.mark.parametrize("shift", [(0.0, 0.0), (40.0, -25.0)])
def test_offset_and_scale_are_those_of_the_pairs(conn, feeder, centre, radius, shift):
    sky = Sky(centre, radius=radius)
    # some are not listed, and some not seen
    blind = sky.seen(*shift, scale=1.2).select(np.arange(200) < 190)
    sky.ra[:20], sky.dec[:20] = 300.0, 45.0
    (offset,), (scale,) = compared(conn, feeder, sky, blind)
    away, ratio = independent(sky, blind, shift=shift)
    assert offset.n == len(away) > 90
    assert scale.n == len(ratio)
    for index, axis in enumerate(["east", "north"]):
        median, scatter = robust(away[:, index])
        assert getattr(offset, f"median_{axis}_arcsec") == pytest.approx(median, abs=1e-6)
        assert getattr(offset, f"mean_{axis}_arcsec") == pytest.approx(
            away[:, index].mean(), abs=1e-6
        )
        assert getattr(offset, f"scatter_{axis}_arcsec") == pytest.approx(scatter, abs=1e-6)
        err = getattr(offset, f"median_{axis}_err_arcsec")
        assert err == pytest.approx(1.2533 * scatter / len(away) ** 0.5, abs=1e-6)
        assert abs(median - shift[index]) < 5 * err
    median, scatter = robust(ratio)
    assert scale.ratio == pytest.approx(median)
    assert scale.scatter == pytest.approx(scatter)
    assert scale.ratio_err == pytest.approx(1.2533 * scatter / len(ratio) ** 0.5)
    assert abs(scale.ratio - 1.2) < 5 * scale.ratio_err
    assert not offset.displaced


@pytest.mark.parametrize("beams", [0.6, 1.4, 4.0])
def test_an_image_that_lies_off_by_beams_is_found_by_votes(conn, feeder, beams):
    sky = Sky()
    shift = beams * BEAM * 3600 * np.array([0.6, -0.8])
    blind = sky.seen(*shift, scale=0.9)
    # a catalogue that has a tenth of what is seen
    sky.ra[20:], sky.dec[20:] = 300.0, 45.0
    (offset,), (scale,) = compared(conn, feeder, sky, blind)
    assert offset.displaced
    assert 10 <= offset.n <= 20
    found = [offset.median_east_arcsec, offset.median_north_arcsec]
    np.testing.assert_allclose(found, shift, atol=3)
    assert scale.ratio == pytest.approx(0.9, abs=0.05)


def test_beyond_five_beams_nothing_is_found(conn, feeder):
    sky = Sky(n=100, radius=8.0)
    (offset,), (scale,) = compared(conn, feeder, sky, sky.seen(7 * BEAM * 3600))
    assert offset.n < 5
    assert not offset.displaced
    assert scale.n == offset.n


@pytest.mark.parametrize("seed", range(5))
def test_chance_displaces_no_image(conn, feeder, seed):
    """A catalogue of other sources, two of them in five beams of each measurement."""
    sky, other = Sky(n=300, seed=seed), Sky(n=300 * 8, seed=100 + seed)
    (offset,), _ = compared(conn, feeder, other, sky.seen())
    assert not offset.displaced
    # what is near by chance has no direction
    assert offset.n > 5
    assert abs(offset.median_east_arcsec) < 5 * offset.median_east_err_arcsec


def test_a_crowded_catalogue_does_not_hide_a_shift(conn, feeder):
    sky = Sky(n=2000, radius=3.0)
    bright = sky.seen(300.0, 100.0).select(sky.flux > np.sort(sky.flux)[-300])
    (offset,), _ = compared(conn, feeder, sky, bright)
    assert offset.displaced
    assert offset.median_east_arcsec == pytest.approx(300, abs=3)
    assert offset.median_north_arcsec == pytest.approx(100, abs=3)


def test_what_has_two_counterparts_counts_for_neither(conn, feeder):
    sky = Sky(n=5)
    sky.ra, sky.dec = 123 + np.array([0, 0.5, 1, 1.5, 1.5]), np.full(5, 10.0)
    sky.dec[4] += 0.9 * BEAM  # beside the fourth
    blind = measurements(
        [*sky.ra[:4], sky.ra[2]],
        [*sky.dec[:4], sky.dec[2] + 0.8 * BEAM],  # two beside the third
        int_flux=[0.1, 0.1, 0.1, 0.1, 0.1],
        int_flux_err=[0.01, 0.0101, 1e-3, 1e-3, 1e-3],  # the second is too faint
    )
    (offset,), _ = compared(conn, feeder, sky, blind)
    assert offset.n == 1
    assert offset.scatter_east_arcsec is None
    assert offset.median_east_err_arcsec is None


def test_fluxes_are_taken_to_the_frequency_by_what_is_known_of_the_spectra(conn, feeder):
    sky = Sky(n=100)
    sky.flux[:] = 1.0
    blind = sky.seen(scale=1.1, flux_scatter=1e-6)
    _, (scale,) = compared(conn, feeder, sky, blind, frequency_ratio=10.0)
    assert scale.ratio == pytest.approx(1.1, abs=1e-4)
    assert (scale.ratio_min, scale.ratio_max) == pytest.approx((scale.ratio,) * 2)


@pytest.mark.parametrize(
    ("frequency_ratio", "indices", "counts"),
    [
        (1.06, (-2.0, 1.0), True),
        (1.07, (-2.0, 1.0), False),
        (1 / 1.06, (-2.0, 1.0), True),
        (1 / 1.07, (-2.0, 1.0), False),
        (1.8, (-0.9, -0.6), True),
        (1.9, (-0.9, -0.6), False),
        (10.0, (-0.8, -0.8), True),
    ],
)
def test_without_them_only_where_the_range_matters_little(
    conn, feeder, frequency_ratio, indices, counts
):
    sky = Sky(n=100, alpha=math.nan)
    sky.flux[:] = 1.0
    blind = sky.seen(scale=1.1, flux_scatter=1e-6)
    rows = [(*row[:3], 2.0, None) for row in sky.rows()]
    catalogue_id = known(conn, rows, COLUMNS, frequency=140e6 * frequency_ratio)
    match(conn, catalogue_id, indices=indices)
    feeder.step(FedImage(blind))
    (scale,) = scales(conn)
    if not counts:
        assert (scale.n, scale.ratio) == (0, None)
        return
    ends = sorted(1.1 / 2.0 * frequency_ratio**index for index in indices)
    assert scale.ratio == pytest.approx(math.prod(ends) ** 0.5, rel=1e-4)
    assert [scale.ratio_min, scale.ratio_max] == pytest.approx(ends, rel=1e-4)


def test_a_catalogue_without_fluxes_tells_of_positions_alone(conn, feeder):
    sky = Sky(n=100)
    blind = sky.seen()
    catalogue_id = known(conn, [row[:3] for row in sky.rows()], COLUMNS[:3])
    match(conn, catalogue_id)
    feeder.step(FedImage(blind))
    assert offsets(conn)[0].n > 80
    assert scales(conn)[0].n == 0


def test_positions_are_those_of_the_time_of_the_image(conn, feeder):
    """A hundred sources that all move by 50 mas a year from 1980 on, and one that moves faster."""
    sky = Sky(n=100)
    columns = ("reference_id", "ra", "dec", "pm_ra", "pm_dec", "epoch")
    rows = [(*row[:3], 0.0, 50.0, 1980.0) for row in sky.rows()]
    far = (101, 123.0, 14.0, 0.0, 500.0, 1980.0)
    match(conn, known(conn, [*rows, far], columns, epoch_first=1980.0, epoch_last=1980.0))
    ra, dec = [*sky.ra, 123.0], [*sky.dec, 14.0]
    feeder.step(FedImage(measurements(ra, dec, int_flux=1.0, int_flux_err=0.01)))
    (offset,) = offsets(conn)
    assert offset.median_north_arcsec == pytest.approx(-0.05 * 32, abs=1e-3)
    assert offset.scatter_north_arcsec == pytest.approx(0, abs=1e-3)
    assert offset.n <= 100


def test_only_images_of_total_intensity_are_compared(conn, feeder):
    sky = Sky(n=50)
    match(conn, known(conn, sky.rows(), COLUMNS))
    feeder.step(FedImage(sky.seen()), FedImage(sky.seen(), stokes="V"))
    assert [row.image_id & 0xFFFFFF for row in offsets(conn)] == [1]


def test_one_image_is_asked_for_alone(conn, feeder):
    sky = Sky(n=50)
    match(conn, known(conn, sky.rows(), COLUMNS))
    for _ in range(5):
        image_id = feeder.step(FedImage(sky.seen()))[0]
    for view in ("image_reference_offset", "image_reference_flux_scale"):
        plan = conn.execute(
            f"explain (analyze, costs off, timing off) select * from trap.{view}"
            " where image_id = %s",
            [image_id],
        ).fetchall()
        (calls,) = [row[0] for row in plan if "Function Scan" in row[0]]
        assert "loops=1)" in calls


def test_readers_see_them(operator_db, reader_db):
    operator_db.row_factory = reader_db.row_factory = namedtuple_row
    sky = Sky(n=50)
    feeder = Feeder(operator_db)
    match(operator_db, known(operator_db, sky.rows(), COLUMNS))
    feeder.step(FedImage(sky.seen()))
    assert len(offsets(reader_db)) == len(scales(reader_db)) == 1
