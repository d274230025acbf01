"""Images that are corrected by a reference catalogue before they are associated."""

import numpy as np
import pytest

from extractor.noise.background import NoiseGrid
from tests.feeding import START, FedImage, Feeder, measurements
from tests.sql.test_rebuilding import DAY, replay_all
from tests.sql.test_reference_matching import known
from tests.sql.test_reference_scale import COLUMNS, Sky, turned
from trapdb.database import routines
from trapdb.database.connection import call

RA, DEC = CENTRE = (123.0, 10.0)
BEAM = 0.06
# of each image: to the east and north (arcsec), times the flux
ERRORS = [(0.0, 0.0, 1.0), (6.0, -8.0, 1.2), (-5.0, 3.0, 0.7), (2.0, 9.0, 1.0), (-8.0, -1.0, 1.5)]
BOTH = ("astrometry", "flux")


def asked(*correct):
    return {
        "catalogues": ["deep"],
        "spectral_index_min": -2.0,
        "spectral_index_max": 1.0,
        "correct": list(correct),
    }


@pytest.fixture
def sky():
    sky = Sky(CENTRE, n=60, radius=2.0)
    sky.flux[:] = np.random.default_rng(4).uniform(0.1, 1.0, 60)
    return sky


def true_flux(ra, dec):
    """What a forced fit finds in a perfect image, by the place alone."""
    return 0.02 + 0.01 * np.sin(40 * ra) * np.cos(30 * dec)


class Distorted:
    """Images of a sky, each with errors of its own; half of the sources are seen in each."""

    def __init__(self, sky, errors=ERRORS, scatter=2.0, seed=3, **facts):
        rng = np.random.default_rng(seed)
        self.sky, self.images, self.errors = sky, [], {}
        for east, north, scale in errors:
            on = np.sort(rng.permutation(len(sky.ra))[:40])
            noise = rng.normal(0, scatter, (2, len(on))) / 3600
            ra, dec = turned(sky.ra[on] + noise[0], sky.dec[on] + noise[1], CENTRE, east, north)
            grid = NoiseGrid(-0.05, -0.05, 0.05, 0.05, scale * rng.uniform(1e-3, 2e-3, (3, 3)))
            blind = measurements(ra, dec, int_flux=scale * sky.flux[on], int_flux_err=scale * 2e-3)
            blind.local_rms[:] = scale * 1e-3
            blind.background[:] = scale * 1e-4
            blind.peak_flux_raw[:] = blind.peak_flux * 1.01
            limits = {"rms_min": scale * 1e-3, "rms_max": scale * 2e-3}
            image = FedImage(blind, *CENTRE, radius=3.0, noise=grid, **limits, **facts)
            self.images.append(image)
            self.errors[image.digest] = east, north, scale

    def force(self, image, requests):
        """Measure at the places that are asked for, which are those of the image itself."""
        east, north, scale = self.errors[image.digest]
        true = turned(requests.ra, requests.dec, CENTRE, -east, -north)
        flux = scale * true_flux(*true)
        return measurements(requests.ra, requests.dec, int_flux=flux, int_flux_err=scale * 2e-3)

    def feed(self, feeder):
        self.told = []
        for image in self.images:
            feeder.step(image, force=self.force)
            self.told += feeder.told
        return feeder


def feeder_of(conn, name="fed", correct=BOTH, **settings):
    return Feeder(conn, name=name, reference=asked(*correct), **settings)


@pytest.fixture
def listed(conn, sky):
    return known(conn, sky.rows(), COLUMNS)


MEASUREMENTS = """
select trap.number_of(trap.image_of(measurement_id)) as image,
    trap.row_of(measurement_id) as line, kind, ra, dec, peak_flux, peak_flux_err,
    int_flux, int_flux_err, local_rms, background, peak_flux_raw, ra_err, dec_err, snr, x
from trap_data.measurement where dataset_id = %s and (kind = 'blind' or %s) order by 1, 2
"""
CATALOGUE = """
select trap.number_of(trap.image_of(source_id)), trap.row_of(source_id), n_blind, n_forced,
    ra, dec, ra_err, dec_err
from trap.running_catalogue where dataset_id = %s order by 1, 2
"""
CURVES = """
select trap.number_of(image_id), trap.row_of(measurement_id), kind::text, n, int_flux_weighted_mean,
    eta_int, peak_flux_mean
from trap.lightcurve inner join trap.variability using (dataset_id, source_id, band_id, stokes)
where dataset_id = %s order by 1, 2
"""
IMAGES = """
select trap.number_of(i.image_id), i.rms_min, i.rms_max, i.rms_median, n.rms
from trap_data.image as i inner join trap_data.image_noise as n using (image_id)
where i.dataset_id = %s and i.status = 'accepted' order by i.taken_at
"""


def contents(conn, feeder, forced=True):
    """Tables with floats last, ids without the number of the data set."""
    found = [conn.execute(MEASUREMENTS, [feeder.dataset_id, forced]).fetchall()]
    queries = [IMAGES, CATALOGUE, CURVES] if forced else [IMAGES]
    return found + [conn.execute(query, [feeder.dataset_id]).fetchall() for query in queries]


# what is stored as single-precision numbers, and what is summed of them
SINGLE = {
    *("peak_flux_err", "peak_flux_raw", "int_flux_err", "snr", "local_rms", "background", "rms"),
    *("int_flux_weighted_mean", "eta_int"),
}


def assert_close(found, expected, rtol=1e-11, single=1e-6):
    """Compare tables: floats to rounding, that of single precision where it is stored so."""
    assert [len(table) for table in found] == [len(table) for table in expected]
    for table, other in zip(found, expected, strict=True):
        for row, same in zip(table, other, strict=True):
            for name, one, two in zip(row._fields, row, same, strict=True):
                if isinstance(one, (float, list)):
                    np.testing.assert_allclose(
                        np.array(one, float),
                        np.array(two, float),
                        rtol=single if name in SINGLE else rtol,
                        atol=1e-12,
                        err_msg=f"{row} {same}",
                    )
                else:
                    assert one == two, (row, same)


def corrections(conn, feeder):
    return conn.execute(
        "select * from trap.image_correction where dataset_id = %s order by image_id",
        [feeder.dataset_id],
    ).fetchall()


@pytest.mark.parametrize("centre", [(123.0, 10.0), (0.0, -60.0), (10.0, 89.9), (10.0, -90.0)])
def test_a_turn_is_a_rotation_and_the_same_turn_back_undoes_it(conn, centre):
    rng = np.random.default_rng(1)
    ra, dec = rng.uniform(0, 360, 200), np.degrees(np.arcsin(rng.uniform(-1, 1, 200)))
    query = """
        select t.ra, t.dec, b.ra as back_ra, b.dec as back_dec
        from unnest(%s::float8[], %s::float8[]) with ordinality as p (ra, dec, i)
        cross join lateral trap.sky_position_turned(%s, %s, %s, %s, p.ra, p.dec) as t
        cross join lateral trap.sky_position_turned(%s, %s, %s, %s, t.ra, t.dec) as b
        order by i
    """
    for east, north in [(0.01, -0.02), (0.0, 1e-4), (30.0, 15.0)]:
        rows = np.array(
            conn.execute(
                query, [list(ra), list(dec), *centre, east, north, *centre, -east, -north]
            ).fetchall()
        )
        expected = turned(ra, dec, centre, east * 3600, north * 3600)
        np.testing.assert_allclose(rows[:, :2], np.transpose(expected), rtol=0, atol=1e-9)
        np.testing.assert_allclose(rows[:, 2:], np.stack([ra, dec], 1), rtol=0, atol=1e-10)
        assert (rows[:, ::2] < 360).all()
    rows = conn.execute(query, [list(ra), list(dec), *centre, 0, 0, *centre, 0, 0]).fetchall()
    assert rows == [(a, d, a, d) for a, d in zip(ra, dec, strict=True)]


def test_corrected_images_are_those_without_errors(conn, sky, listed):
    """Positions and fluxes are exactly those listed, so that the errors are found exactly."""
    perfect = Distorted(sky, [(0.0, 0.0, 1.0)] * len(ERRORS), scatter=0.0)
    expected = perfect.feed(feeder_of(conn, "perfect", correct=()))
    spoilt = Distorted(sky, scatter=0.0)
    feeder = spoilt.feed(feeder_of(conn))
    assert spoilt.told == [None] * len(ERRORS)
    assert_close(contents(conn, feeder), contents(conn, expected), rtol=1e-8)
    applied = corrections(conn, feeder)
    np.testing.assert_allclose(
        [(-row.east_arcsec, -row.north_arcsec, 1 / row.flux_scale) for row in applied],
        ERRORS,
        atol=1e-6,
    )
    assert {row.catalogue for row in applied} == {"deep"}
    assert all(30 < row.n == row.n_flux <= 40 for row in applied)
    kinds = {row.kind for row in contents(conn, feeder)[0]}
    assert kinds == {"blind", "null_detection"}
    assert routines.verify_dataset(conn, feeder.name) == []
    # what is stored lies on the catalogue
    for row in conn.execute(
        "select o.median_east_arcsec, s.ratio from trap.image_reference_offset as o"
        " inner join trap.image_reference_flux_scale as s using (image_id)"
        " where o.dataset = 'fed'"
    ).fetchall():
        np.testing.assert_allclose(row, (0, 1), atol=1e-6)


def test_places_to_measure_are_those_of_the_image_itself(conn, sky, listed):
    spoilt = Distorted(sky, [(0.0, 0.0, 1.0), (7.0, -5.0, 2.0)], scatter=0.0)
    call(
        conn, "set_monitor_position", dataset=feeder_of(conn).name, name="one", ra=124.0, dec=11.0,
        pm_ra_mas_yr=None, pm_dec_mas_yr=None, epoch=None, active_from=None, active_until=None,
        ephemeris=None,
    )  # fmt: skip
    feeder = spoilt.feed(feeder_of(conn))
    (asked_for,) = feeder.requests
    (at,) = np.flatnonzero(asked_for.kind == "monitored")
    own = turned(np.array([124.0]), np.array([11.0]), CENTRE, 7.0, -5.0)
    np.testing.assert_allclose([asked_for.ra[at], asked_for.dec[at]], np.ravel(own), atol=1e-9)
    rows = conn.execute(
        "select m.ra, m.dec, m.int_flux, trap.number_of(m.image_id) as image from trap.measurement"
        " as m where kind = 'monitored' order by image"
    ).fetchall()
    np.testing.assert_allclose([row[:2] for row in rows], [(124.0, 11.0)] * 2, atol=1e-9)
    np.testing.assert_allclose(
        [row.int_flux for row in rows], [true_flux(124.0, 11.0)] * 2, rtol=1e-6
    )
    (own_again,) = call(conn, "position_in_image", image_id=max(feeder.images), ra=124.0, dec=11.0)
    np.testing.assert_allclose(own_again, np.ravel(own), atol=1e-9)


def test_a_back_fill_measures_the_right_places_too(conn, sky, listed):
    """A source that comes in the last image is measured in those before, each where it is there."""
    spoilt = Distorted(sky, scatter=0.0)
    *others, last = spoilt.images
    east, north, _ = spoilt.errors[last.digest]
    ra, dec = turned(np.array([124.3]), np.array([10.5]), CENTRE, east, north)
    blind = last.blind
    columns = {
        name: np.append(getattr(blind, name), getattr(blind, name)[-1]) for name in vars(blind)
    }
    columns["ra"][-1], columns["dec"][-1] = ra[0], dec[0]
    with_one_more = FedImage(
        type(blind)(**columns), *CENTRE, radius=3.0, digest=last.digest, noise=last.noise
    )
    spoilt.images = [*others, with_one_more]
    feeder = spoilt.feed(feeder_of(conn, backfill=3))
    rows = conn.execute(
        "select ra, dec, int_flux from trap.lightcurve where backfilled and dataset = 'fed'"
        " and abs(ra - 124.3) < 0.001"
    ).fetchall()
    assert len(rows) == 3
    np.testing.assert_allclose(rows, [(124.3, 10.5, true_flux(124.3, 10.5))] * 3, rtol=1e-7)
    assert routines.verify_dataset(conn, feeder.name) == []


def test_rewound_and_replayed_it_is_as_in_a_straight_run(conn, sky, listed):
    feeder = Distorted(sky).feed(feeder_of(conn))
    straight, applied = contents(conn, feeder), corrections(conn, feeder)
    routines.rewind_dataset(conn, feeder.name, START + 1 * DAY)
    assert routines.verify_dataset(conn, feeder.name) == []
    replayed = replay_all(conn, feeder)
    assert not any(step.unmeasured for step in replayed)
    assert routines.verify_dataset(conn, feeder.name) == []
    again = contents(conn, feeder)
    # the replayed images, and what was founded in them, have other numbers
    now = {row.image for row in again[0]}
    number = dict(zip(sorted(now - {3, 4, 5}), range(1, 6), strict=True))
    assert number == {1: 1, 2: 2, 6: 3, 7: 4, 8: 5}
    moved = [
        [row._replace(**{row._fields[0]: number[row[0]]}) for row in table if row[0] in number]
        for table in again
    ]
    assert_close(moved, straight)
    kept = [row for row in corrections(conn, feeder) if row.image_id & 0xFFFFFF in number]
    np.testing.assert_allclose(
        [(row.east_arcsec, row.north_arcsec, row.flux_scale) for row in kept],
        [(row.east_arcsec, row.north_arcsec, row.flux_scale) for row in applied],
        rtol=1e-6,
    )


@pytest.mark.parametrize(
    ("first", "then"), [(BOTH, ()), ((), BOTH), (("flux",), ("astrometry",)), (BOTH, BOTH)]
)
def test_associated_anew_with_another_correction_it_is_as_a_straight_run_with_that(
    conn, sky, listed, first, then
):
    images = Distorted(sky)
    origin = images.feed(feeder_of(conn, "origin", first))
    straight = images.feed(feeder_of(conn, "straight", then))
    anew = feeder_of(conn, "anew", then)
    replay_all(conn, anew, origin.dataset_id, "accepted")
    # a fit that is used again was made at a place that is the same to a tenth of a beam
    forced = set(first) == set(then)
    assert_close(contents(conn, anew, forced), contents(conn, straight, forced))
    applied = [
        [(row.east_arcsec, row.north_arcsec, row.flux_scale) for row in corrections(conn, one)]
        for one in (straight, anew)
    ]
    np.testing.assert_allclose(*applied, rtol=1e-6)
    assert len(applied[0]) == (len(ERRORS) if then else 0)
    assert routines.verify_dataset(conn, "anew") == []
    # their forced fits are of the same places of the sky, and of the same fluxes but for the scale
    query = (
        "select int_flux from trap.measurement where dataset = %s and kind <> 'blind' order by 1"
    )
    fluxes = [conn.execute(query, [name]).fetchall() for name in ("straight", "anew")]
    np.testing.assert_allclose(*fluxes, rtol=0.2)


@pytest.mark.parametrize("correct", [(), ("astrometry",), ("flux",)])
def test_only_what_is_asked_for_is_corrected(conn, sky, listed, correct):
    images = Distorted(sky)
    feeder = images.feed(feeder_of(conn, correct=correct))
    uncorrected = images.feed(feeder_of(conn, "raw", correct=()))
    applied = corrections(conn, feeder)
    found = contents(conn, feeder, forced=False), contents(conn, uncorrected, forced=False)
    if not correct:
        assert applied == []
        assert found[0] == found[1]
        return
    assert len(applied) == len(ERRORS)
    now, before = np.array([[row[3:7] for row in table[0]] for table in found])
    if correct == ("flux",):
        assert {(row.n, row.east_arcsec, row.north_arcsec) for row in applied} == {(None, 0, 0)}
        assert (now[:, :2] == before[:, :2]).all()
        assert not np.allclose(now[:, 2], before[:, 2], rtol=1e-3)
    else:
        assert {(row.n_flux, row.flux_scale) for row in applied} == {(None, 1)}
        assert (now[:, 2:] == before[:, 2:]).all()
        assert not np.allclose(now[:, :2], before[:, :2], rtol=0, atol=1e-4)


def test_too_few_counterparts_correct_nothing_and_say_so(conn, sky):
    known(conn, sky.rows()[:4], COLUMNS)
    images = Distorted(sky, ERRORS[:1])
    feeder = images.feed(feeder_of(conn))
    assert corrections(conn, feeder) == []
    (told,) = images.told
    assert "astrometry not corrected: " in told
    assert "fluxes not corrected: " in told
    assert told.count("in deep are too few") == 2


def test_without_fluxes_at_the_frequency_only_positions_are_corrected(conn, sky):
    rows = [(*row[:4], None) for row in sky.rows()]
    known(conn, rows, COLUMNS, frequency=1.4e9)
    images = Distorted(sky, ERRORS[1:2])
    feeder = images.feed(feeder_of(conn))
    (row,) = corrections(conn, feeder)
    assert row.n > 30
    assert (row.n_flux, row.flux_scale) == (None, 1)
    assert images.told == [
        "fluxes not corrected: 0 counterparts with a flux at its frequency in deep are too few"
    ]


def test_other_stokes_parameters_follow_the_image_of_total_intensity(conn, sky, listed):
    feeder = feeder_of(conn)
    spoilt = Distorted(sky, ERRORS[1:2])
    (image,) = spoilt.images
    few = image.blind.select(np.arange(40) < 3)
    beside = FedImage(few, *CENTRE, radius=3.0, stokes="V", rms_min=1e-3, rms_max=1e-3)
    elsewhere = FedImage(few, *CENTRE, radius=3.0, stokes="V", freq_eff=50e6)
    feeder.step(image, beside, elsewhere, force=None)
    assert feeder.told == [None, None, "not corrected: no image of Stokes I beside it is"]
    one, two = corrections(conn, feeder)
    assert one[-3:] == two[-3:]
    rows = conn.execute(
        "select trap.number_of(image_id), ra, int_flux from trap.measurement"
        " where trap.row_of(measurement_id) = 0 order by image_id"
    ).fetchall()
    assert rows[0][1:] == rows[1][1:]
    assert rows[2][1:] == (few.ra[0], few.int_flux[0])
    (rms,) = conn.execute("select rms_min from trap.image where image_id = %s", [two.image_id])
    assert rms[0] == pytest.approx(1e-3 * two.flux_scale)


def test_an_image_that_lies_off_by_beams_is_put_right(conn, sky, listed):
    spoilt = Distorted(sky, [(0.0, 0.0, 1.0), (2 * BEAM * 3600, -BEAM * 3600, 1.0)])
    spoilt.feed(feeder_of(conn))
    founded = conn.execute(
        "select count(*) from trap.running_catalogue where dataset = 'fed'"
    ).fetchone()
    seen = set()
    for image in spoilt.images:
        seen |= {round(flux, 9) for flux in image.blind.int_flux}
    assert founded[0] == len(seen)


def test_blank_places_are_kept_as_the_catalogue_has_them(conn, sky, listed):
    spoilt = Distorted(sky, [ERRORS[0], (40.0, -30.0, 1.0)], scatter=0.0)

    def outside(image, requests):
        from extractor.flags import Flag

        fits = spoilt.force(image, requests)
        fits.flags[:] = int(Flag.BLANK)
        return fits

    feeder = feeder_of(conn)
    feeder.step(spoilt.images[0], force=None)
    feeder.step(spoilt.images[1], force=outside)
    rows = conn.execute(
        "select b.ra, b.dec, s.ra as source_ra, s.dec as source_dec from trap_data.blank_place as b"
        " inner join trap_data.source as s using (source_id)"
    ).fetchall()
    assert len(rows) > 5
    rows = np.array(rows)
    np.testing.assert_allclose(rows[:, :2], rows[:, 2:], atol=1e-8)
    # a copy does not ask for them again
    anew = feeder_of(conn, "anew")
    assert not any(
        step.unmeasured for step in replay_all(conn, anew, feeder.dataset_id, "accepted")[1:]
    )


def test_a_catalogue_that_is_removed_leaves_the_corrections(conn, sky, listed):
    images = Distorted(sky)
    feeder = images.feed(feeder_of(conn))
    raw = images.feed(feeder_of(conn, "raw", correct=()))
    conn.execute("select trap.remove_reference_catalogue('deep', null)")
    assert {row.catalogue_id for row in corrections(conn, feeder)} == {None}
    anew = Feeder(conn, name="anew")
    replay_all(conn, anew, feeder.dataset_id, "accepted")
    assert_close(contents(conn, anew, forced=False), contents(conn, raw, forced=False))
    with pytest.raises(Exception, match="that is not there any more"):
        Distorted(sky).feed(feeder)
