"""Footprints: where a source is expected, and which images limit a new one."""

import numpy as np
import pytest

from tests.sql.catalogue import HALF_BEAM, close, fit, image, kinds, sources

NOBODY = fit([], [])
# a square of 2 deg, and a larger circle around it
SQUARE = {
    "ra": 123.0,
    "dec": 10.0,
    "radius": 1.5,
    "vertices": [(122.0, 9.0), (124.0, 9.0), (124.0, 11.0), (122.0, 11.0)],
}


@pytest.fixture
def feeder(original):
    return original(de_ruiter_limit=3.7)


def regions(feeder):
    return feeder.conn.execute(
        "select ra, dec, radius from trap_data.sky_region where dataset_id = %s"
        " order by sky_region_id",
        [feeder.dataset_id],
    ).fetchall()


def expected_in(feeder, **facts):
    """Store an empty image; return the declinations of the sources that it should show."""
    feeder.step(image(NOBODY, **facts), force=None)
    return feeder.requests[0].dec.tolist()


def new_sources(feeder):
    return feeder.conn.execute("select * from trap.new_source order by source_id").fetchall()


def test_p5_a_new_source_in_the_overlap_of_two_fields(original):
    feeder = original(de_ruiter_limit=0.1)
    (limiting,) = feeder.see(fit([123] * 2, [9.25, 10.3]), radius=1.5)
    feeder.step(image(fit([123] * 3, [12.25, 10.3, 11.2]), dec=11.5, radius=1.5))
    assert [r.dec.tolist() for r in feeder.requests] == [[]]
    assert [s.n_blind for s in sources(feeder)] == [1, 2, 1, 1]
    (new,) = new_sources(feeder)
    assert [s.dec for s in sources(feeder) if s.source_id == new.source_id] == [11.2]
    assert new.limiting_image_id == limiting
    assert (new.margin_best, new.margin_worst) == close((144, 44))
    assert regions(feeder) == [(123, 10, 1.5), (123, 11.5, 1.5)]


def test_p6_a_source_in_the_overlap_of_two_fields_is_not_found_again(original):
    feeder = original(de_ruiter_limit=0.1)
    feeder.see(fit([123] * 3, [9.25, 10.3, 11.2]), radius=1.5)
    feeder.step(image(fit([123] * 2, [12.25, 10.3]), dec=11.5, radius=1.5), force=None)
    assert [(r.ra.tolist(), r.dec.tolist()) for r in feeder.requests] == [([123.0], [11.2])]
    assert len(sources(feeder)) == 4
    assert new_sources(feeder) == []


def test_p7_a_source_is_expected_in_every_field_that_covers_it(feeder):
    feeder.see(fit(123, 10))
    assert expected_in(feeder, dec=19.0) == [10.0]
    assert expected_in(feeder, dec=21.0) == []


def test_p8_a_new_source_is_limited_by_every_field_that_covers_it(feeder):
    feeder.see(NOBODY)
    feeder.see(fit([123, 123], [15, 25]), dec=20.0)
    inner, _ = sources(feeder)
    assert [new.source_id for new in new_sources(feeder)] == [inner.source_id]


def test_p10_fields_that_do_not_touch_say_nothing_of_each_other(feeder):
    feeder.see(fit(123, 10), radius=1.5)
    feeder.step(image(fit(123, 13.5), dec=13.5, radius=1.5))
    assert len(sources(feeder)) == 2
    assert [len(r) for r in feeder.requests] == [0]
    assert new_sources(feeder) == []


def test_a_source_is_expected_to_half_a_beam_beyond_a_circle(feeder):
    """So that one at the very edge is not lost where its position moves out. 108 arcsec here.

    The original ends at the circle itself, and decides once, when the source is new.
    """
    beyond = 5.0 + HALF_BEAM
    feeder.see(fit([123] * 3, [14.999, 10 + beyond - 0.001, 10 + beyond + 0.001]))
    assert expected_in(feeder, radius=5.0) == [14.999, 10 + beyond - 0.001]
    assert expected_in(feeder, radius=5.1) == [s.dec for s in sources(feeder)]


def test_a_telescope_with_jitter_makes_one_region(feeder):
    """Footprints that agree to a tenth of a beam, 21 arcsec here, are one."""
    rng = np.random.default_rng(1)
    for _ in range(8):
        ra, dec, radius = rng.uniform(-5, 5, 3) / 3600
        feeder.see(NOBODY, ra=123 + ra, dec=10 + dec, radius=1.5 + radius)
    assert len(regions(feeder)) == 1
    feeder.see(NOBODY, dec=10 + 40 / 3600, radius=1.5)
    feeder.see(NOBODY, ra=123 + 40 / 3600, radius=1.5)
    feeder.see(NOBODY, radius=1.5 + 40 / 3600)
    assert len(regions(feeder)) == 4


def test_a_telescope_that_drifts_makes_a_region_an_image_and_each_still_limits(feeder):
    for step in range(6):
        feeder.see(NOBODY, ra=123 + step, dec=10.0, radius=2.0, rms_min=3e-5 * (6 - step))
    assert len(regions(feeder)) == 6
    (image_id,) = feeder.see(fit(123.5, 10), ra=123.5, dec=10.0, radius=1.0)
    (new,) = new_sources(feeder)
    # of the images at 122 to 125.5 that cover 123.5 the third one is the deepest
    assert new.limiting_image_id == image_id - 4


def test_the_limit_of_a_region_is_its_deepest_image(feeder):
    ids = [feeder.see(NOBODY, rms_min=rms)[0] for rms in (3e-4, 1e-4, 2e-4, 1e-4)]
    feeder.see(fit(123, 10))
    (new,) = new_sources(feeder)
    assert (new.limiting_image_id, new.limiting_rms_min) == (ids[1], 1e-4)


def test_a_source_at_the_very_edge_of_its_image_belongs_to_the_region_of_the_image(feeder):
    """Footprints that are one region differ a little: the image may reach beyond the region."""
    jitter = 18 / 3600
    feeder.see(NOBODY, radius=1.0)
    feeder.see(fit(123, 11 + 2 * jitter - 1e-4), dec=10 + jitter, radius=1.0 + jitter)
    assert len(regions(feeder)) == 1
    assert len(new_sources(feeder)) == 1


def test_a_polygon_expects_and_limits_within_its_corners_only(feeder):
    feeder.see(NOBODY, **SQUARE)
    # the second lies in the circle, beside the polygon
    feeder.see(fit([123.5, 123.0], [10.5, 11.3]), radius=5.0)
    inside = sources(feeder)[0]
    assert [new.source_id for new in new_sources(feeder)] == [inside.source_id]
    assert expected_in(feeder, **SQUARE) == [10.5]
    assert expected_in(feeder, radius=1.5) == [10.5, 11.3]


def test_polygons_that_agree_corner_by_corner_are_one_region(feeder):
    moved = [(ra + 3 / 3600, dec - 3 / 3600) for ra, dec in SQUARE["vertices"]]
    turned = [(123.0, 8.6), (124.4, 10.0), (123.0, 11.4), (121.6, 10.0)]
    for vertices in (SQUARE["vertices"], moved, turned, None):
        feeder.see(NOBODY, **SQUARE | {"vertices": vertices})
    assert len(regions(feeder)) == 3


RA_0 = (0.0, 10.0), [(359.0, 9.0), (1.0, 9.0), (1.0, 11.0), (359.0, 11.0)]
POLE = (0.0, 90.0), [(45.0, 88.6), (135.0, 88.6), (225.0, 88.6), (315.0, 88.6)]
SOUTH_POLE = (0.0, -90.0), [(315.0, -88.6), (225.0, -88.6), (135.0, -88.6), (45.0, -88.6)]


@pytest.mark.parametrize(
    ("centre", "corners"), [RA_0, POLE, SOUTH_POLE], ids=["RA 0", "pole", "south pole"]
)
@pytest.mark.parametrize("shape", ["circle", "polygon"])
def test_regions_across_ra_0_and_around_the_poles(feeder, centre, corners, shape):
    ra, dec = centre
    place = {"ra": ra, "dec": dec, "radius": 1.5} | (
        {"vertices": corners} if shape == "polygon" else {}
    )
    inside = [(ra + 359.5, dec), (ra + 0.5, dec)]
    inside += [(ra + 123, dec - np.sign(dec) * 0.5) if abs(dec) == 90 else (ra + 359.5, dec + 0.5)]
    outside = (ra, dec - np.sign(dec) * 2)
    blind = fit([p[0] for p in [*inside, outside]], [p[1] for p in [*inside, outside]])
    feeder.see(NOBODY, **place)
    feeder.see(blind, ra=ra, dec=dec, radius=5.0)
    feeder.step(image(NOBODY, **place), force=None)
    (requests,) = feeder.requests
    founded = {s.source_id for s in sources(feeder) if abs(s.dec - outside[1]) > 1e-6}
    assert set(requests.source_id.tolist()) == founded
    assert {new.source_id for new in new_sources(feeder)} == founded


def test_a_source_that_moves_out_of_a_region_is_no_longer_expected_there(feeder):
    feeder.see(fit(123, 11.02))
    assert expected_in(feeder, radius=1.0) == [11.02]
    feeder.see(fit(123, 11.0495))
    (source,) = sources(feeder)
    assert source.dec == close(11.03475)
    assert kinds(feeder, source.source_id) == ["new", "one_to_one"]
    assert expected_in(feeder, radius=1.0) == []


def test_a_footprint_may_be_a_hemisphere(original):
    feeder = original()
    for declination in (2.0, 2.0, 20.0):
        feeder.step(image(fit(1.0, declination), ra=0, dec=0, radius=90.0))
    assert len(feeder.requests[0]) == 1
    found = feeder.conn.execute("select * from trap.cone(%s, 0, 0, 89.9999)", [feeder.name])
    assert len(found.fetchall()) == 2
