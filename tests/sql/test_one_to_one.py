"""Sources that are met again: the plain case, its limits and its statistics.

The numbers of the scenarios (a01, e06, ...) are what the original gives. De Ruiter radii are taken
in the tangent plane at the pair's midpoint here and as if the sky were flat there: up to 1e-6
relative at these separations, where not said otherwise.
"""

import numpy as np
import pytest

from tests.feeding import ARCSEC
from tests.sql.catalogue import (
    aggregates,
    close,
    curve,
    fit,
    image,
    kinds,
    offset,
    radii,
    sources,
)


def test_a01_three_steady_sources_in_eight_images(original):
    feeder = original()
    feeder.see(*[fit([123.123, 125.123, 127.123], [10.5] * 3)] * 8)
    found = sources(feeder)
    assert [s.ra for s in found] == close([123.123, 125.123, 127.123])
    assert [s.dec for s in found] == close([10.5] * 3)
    for source in found:
        assert source.n_blind == 8
        assert source.ra_err / ARCSEC == close(7.90569415042)
        assert source.dec_err / ARCSEC == close(7.90569415042)
        assert kinds(feeder, source.source_id) == ["new"] + ["one_to_one"] * 7
        # the original writes r = 0 to a founding point; here it is not defined
        assert radii(feeder, source.source_id) == [None] + [close(0)] * 7
        for flux in ("int", "peak"):
            assert aggregates(feeder, source.source_id, flux) == [0.015, 2.25e-4, 4e6, 6e4, 900]


def test_a02_a_fit_whose_position_is_hardly_known_is_associated(original):
    """The original writes 360 arcsec for an infinite error; here that is unusable, not a value."""
    feeder = original(de_ruiter_limit=1.0)
    err = {"ra_err": np.hypot(360, 20) * ARCSEC, "dec_err": np.hypot(360, 20) * ARCSEC}
    feeder.see(*[fit(123.123, 10.5, **err)] * 2)
    (source,) = sources(feeder)
    assert source.n_blind == 2
    assert source.ra_err / ARCSEC == close(254.95097568)


def test_a03_separation_is_limited_in_units_of_half_the_beam(original):
    """116.995 arcsec apart: more than half a beam, less than 1.2 of it."""
    err = {"ra_err": np.hypot(100, 10) * ARCSEC, "dec_err": np.hypot(100, 10) * ARCSEC}
    pair = fit(123.0, 10.0, **err), fit(122.967, 10.0, **err)
    narrow, wide = original(name="narrow"), original(name="wide", beam_limit=1.2)
    narrow.see(*pair)
    wide.see(*pair)
    assert [s.n_blind for s in sources(narrow)] == [1, 1]
    (source,) = sources(wide)
    assert source.n_blind == 2
    assert source.ra == close(122.9835)
    assert source.ra_err / ARCSEC == close(71.0633520178)
    point = curve(wide, source.source_id)[1]
    assert point.de_ruiter_radius == close(0.823175080656)
    assert point.separation_arcsec == close(116.995161009)


def test_a13_de_ruiter_radius_is_the_offset_over_the_errors_of_both(original):
    feeder = original(de_ruiter_limit=100)
    err = {"ra_err": 10 * ARCSEC, "dec_err": 10 * ARCSEC}
    feeder.see(fit(10.0, 0.0, **err), fit(10.02, 0.0, **err), ra=10.0, dec=0.0)
    (source,) = sources(feeder)
    point = curve(feeder, source.source_id)[1]
    assert point.de_ruiter_radius == close(3600 * 0.02 / np.sqrt(200))
    assert point.separation_arcsec == close(72.0)
    assert source.ra == close(10.01)
    assert source.ra_err / ARCSEC == close(7.07106781187)
    assert source.n_blind == 2


def test_a14_de_ruiter_radius_does_not_depend_on_the_right_ascension(original):
    feeder = original(de_ruiter_limit=1e6)
    step = 50 * ARCSEC
    feeder.see(fit([30, 300], [10.5] * 2), fit([30 + step, 300 + step], [10.5 + step] * 2))
    for source, ra in zip(sources(feeder), (30, 300), strict=True):
        point = curve(feeder, source.source_id)[1]
        assert point.de_ruiter_radius == close(2.21740093584)
        assert point.separation_arcsec == close(70.1203743347)
        assert (source.ra, source.dec) == close((ra + step / 2, 10.5 + step / 2))


def test_e06_a_pair_at_the_de_ruiter_limit_is_not_associated_and_one_just_inside_is(original):
    at_limit, inside = original(name="at limit"), original(name="inside")
    # 10 arcsec for each of them, in numbers of four bytes
    error = np.sqrt(2) * float(np.float32(10 * ARCSEC)) / ARCSEC
    # the offset in the tangent plane is the chord: smaller than the arc by 3e-9 of it at 52 arcsec
    at_limit.see(offset(0), offset(0, 3.717 * error * (1 + 1e-8)))
    inside.see(offset(0), offset(0, 3.716 * error))
    assert [s.n_blind for s in sources(at_limit)] == [1, 1]
    (source,) = sources(inside)
    assert radii(inside, source.source_id)[1] == close(3.716)


def test_e07_mean_position_weights_each_axis_by_its_errors(original):
    """Errors 10, 20, 5 arcsec: weights 1 : 1/4 : 4."""
    feeder = original()
    for east, north, err in [(0, 0, 10), (6, 4, 20), (-3, 2, 5)]:
        feeder.see(offset(east, north, ra_err=err * ARCSEC, dec_err=err * ARCSEC))
    (source,) = sources(feeder)
    # on the sphere the mean lies 2 microarcsec north of that of the coordinates
    assert (source.ra, source.dec) == close((122.999444444, 10.0004761905), rel=1e-10)
    assert source.ra_err / ARCSEC == close(4.36435780472)
    assert source.dec_err / ARCSEC == close(4.36435780472)
    assert radii(feeder, source.source_id)[1:] == close([0.319106088263, 0.420295224637])


def test_n2_two_thirds_of_a_beam_apart_within_the_default_limits(original):
    feeder = original(de_ruiter_limit=5.68)
    feeder.see(fit(122.985, 10.5), fit(123.015, 10.5))
    (source,) = sources(feeder)
    assert source.n_blind == 2
    assert source.ra == close(123.0)
    assert radii(feeder, source.source_id)[1] == close(3.35807103072)


def test_images_without_sources_make_none(original):
    feeder = original()
    feeder.see(*[fit([], [])] * 8)
    assert sources(feeder) == []


def test_a_source_that_is_not_met_again_stays_as_it_is(original):
    feeder = original()
    feeder.see(fit(123.123, 10.5))
    (before,) = sources(feeder)
    feeder.see(*[fit([], [])] * 7)
    assert sources(feeder) == [before]
    assert kinds(feeder, before.source_id) == ["new"]


def test_a_steady_source_keeps_its_id_and_counts_its_images(original):
    feeder = original(de_ruiter_limit=3.7)
    ids = set()
    for images in range(1, 9):
        feeder.see(fit(123.123, 10.5))
        (source,) = sources(feeder)
        ids.add(source.source_id)
        assert source.n_blind == images
    assert len(ids) == 1


def test_a_source_is_named_after_the_place_where_it_was_found(original):
    feeder = original()
    feeder.see(fit(123.0, -10.5), fit(123.001, -10.5), dec=-10.0)
    (source,) = sources(feeder)
    assert source.name == "J081200.0-103000"
    assert source.ra == close(123.0005)


def test_unusable_measurements_are_kept_and_take_no_part(original):
    feeder = original()
    lost = {"usable": [True, False], "int_flux": [0.015, np.nan], "ra_err": [1e-3, np.nan]}
    feeder.see(fit([123.0, 124.0], [10.0, 10.0], **lost))
    assert [s.ra for s in sources(feeder)] == [123.0]
    kept = feeder.conn.execute("select ra, int_flux, usable from trap.measurement order by ra")
    assert kept.fetchall() == [(123.0, 0.015, True), (124.0, None, False)]


def test_the_order_of_the_rows_of_an_image_does_not_matter(original):
    rng = np.random.default_rng(3)
    ra, dec = 123 + rng.uniform(-0.1, 0.1, 60), 10 + rng.uniform(-0.1, 0.1, 60)
    found = []
    for name in ("forth", "back"):
        feeder = original(name=name, de_ruiter_limit=5.68, beam_limit=3.0)
        order = np.arange(60) if name == "forth" else rng.permutation(60)
        for half in (order[order < 25], order[order >= 25]):
            feeder.see(fit(ra[half], dec[half]))
        found.append(sorted((s.ra, s.dec, s.ra_err, s.n_blind) for s in sources(feeder)))
    assert np.array(found[0]) == pytest.approx(np.array(found[1]), rel=1e-12)


def test_the_smallest_and_the_faintest_source_are_none_the_less_sources(original):
    """Fluxes and errors are of any magnitude; only the errors' sign and finiteness are given."""
    feeder = original()
    tiny = {"int_flux": 1e-12, "int_flux_err": 1e-13, "ra_err": 1e-9, "dec_err": 1e-9}
    feeder.step(image(fit(123.0, 10.0, **tiny)), force=None)
    feeder.step(image(fit(123.0, 10.0, **tiny)), force=None)
    (source,) = sources(feeder)
    assert source.n_blind == 2
