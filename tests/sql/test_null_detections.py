"""Sources that are expected and not found are measured by force."""

import numpy as np
import pytest

from extractor.flags import Flag
from tests.feeding import measurements, nothing_there
from tests.sql.catalogue import close, curve, fit, image, kinds, sources, variability
from trapdb.database.ids import measurement_id

BANDS = (124e6, 149e6, 156e6, 185e6)
NOBODY = fit([], [])


def still_there(image, requests):
    """Measure the same flux as ever."""
    return measurements(requests.ra, requests.dec)


@pytest.fixture
def feeder(new_feeder):
    return new_feeder(expiry=10)


def asked(feeder):
    """For each image of the last time step: the sources that were asked for."""
    return [requests.source_id.tolist() for requests in feeder.requests]


def test_n1_two_sources_in_three_time_steps_of_four_bands(feeder):
    first, second = fit(122.5, 9.5), fit(123.5, 10.5)
    seen = []
    for found_in, blind in [(124e6, first), (185e6, second), (None, NOBODY)]:
        feeder.step(
            *[image(blind if freq == found_in else NOBODY, freq_eff=freq) for freq in BANDS],
            force=still_there,
        )
        seen.append([len(r) for r in feeder.requests])
    assert seen == [[0] * 4, [1] * 4, [2] * 4]
    one, two = sources(feeder)
    assert (one.n_blind, one.n_forced) == (1, 8)
    assert (two.n_blind, two.n_forced) == (1, 4)
    assert kinds(feeder, one.source_id) == ["new"] + ["null_detection"] * 8
    assert kinds(feeder, two.source_id) == ["new"] + ["null_detection"] * 4
    for source, counts in [(one, (3, 2, 2, 2)), (two, (1, 1, 1, 2))]:
        found = tuple(variability(feeder, source.source_id, freq).n for freq in BANDS)
        assert found == counts
    (new,) = feeder.conn.execute("select * from trap.new_source").fetchall()
    assert new.source_id == two.source_id
    assert (new.margin_best, new.margin_worst) == close((144, 44))


def test_n3_two_close_sources_are_measured_each_for_itself(feeder):
    feeder.step(image(fit([122.985, 123.015], [10.5] * 2)))
    for _ in range(2):
        feeder.step(image(NOBODY), force=still_there)
        assert [len(r) for r in feeder.requests] == [2]
    for source in sources(feeder):
        assert (source.n_blind, source.n_forced) == (1, 2)
        assert kinds(feeder, source.source_id) == ["new", "null_detection", "null_detection"]
        assert [p.ra for p in curve(feeder, source.source_id)] == close([source.ra] * 3)


def test_a_forced_fit_never_moves_a_position(feeder):
    feeder.step(image(fit(123, 10)))
    (before,) = sources(feeder)

    def astray(image, requests):
        return measurements(requests.ra + 0.01, requests.dec + 0.01)

    feeder.step(image(NOBODY), force=astray)
    (after,) = sources(feeder)
    assert (after.ra, after.dec, after.ra_err) == (before.ra, before.dec, before.ra_err)
    assert (after.last_seen, after.n_forced) == (before.last_seen, 1)


def test_x1_a_source_expires_after_ten_time_steps_and_returns_with_a_detection(feeder):
    requested = []
    for step in range(16):
        feeder.step(image(fit(123, 10) if step in (0, 13) else NOBODY))
        requested.append(len(feeder.requests[0]))
    assert requested == [0] + [1] * 10 + [0, 0, 0] + [1, 1]
    (source,) = sources(feeder)
    assert (source.n_blind, source.n_forced) == (2, 12)
    assert variability(feeder, source.source_id).n == 14


def test_x2_expiry_counts_time_steps(new_feeder):
    """The original counts images: with four bands a limit of 10 is reached within 3 steps."""
    feeder = new_feeder(expiry=3)
    requested = []
    for step in range(5):
        blind = fit(123, 10) if step == 0 else NOBODY
        feeder.step(*[image(blind, freq_eff=freq) for freq in BANDS])
        requested.append([len(r) for r in feeder.requests])
    assert requested == [[0] * 4] + [[1] * 4] * 3 + [[0] * 4]
    assert sources(feeder)[0].n_forced == 12


def test_expiry_is_of_each_source(new_feeder):
    """Of two sources one is found again: only the other one expires."""
    feeder = new_feeder(expiry=2)
    feeder.step(image(fit([122, 124], [10, 10])))
    first, second = (source.source_id for source in sources(feeder))
    requested = []
    for step in range(4):
        feeder.step(image(fit(122, 10) if step == 1 else NOBODY))
        requested.append(asked(feeder)[0])
    assert requested == [[first, second], [second], [first], [first]]


def test_a_time_step_that_found_the_source_in_another_band_does_not_count_for_its_expiry(
    new_feeder,
):
    feeder = new_feeder(expiry=2)
    feeder.step(image(fit(123, 10), freq_eff=50e6))
    for _ in range(4):
        feeder.step(image(fit(123, 10), freq_eff=50e6), image(NOBODY, freq_eff=150e6))
        assert [len(r) for r in feeder.requests] == [0, 1]
    assert [len(r) for r in feeder.requests] == [0, 1]


def test_no_expiry_at_all_means_no_forced_fits(new_feeder):
    feeder = new_feeder(expiry=0)
    feeder.step(image(fit(123, 10)))
    feeder.step(image(NOBODY))
    assert asked(feeder) == [[]]


def test_a_source_is_not_expected_in_the_time_step_in_which_it_appears(feeder):
    feeder.step(image(NOBODY, freq_eff=50e6), image(fit(123, 10), freq_eff=150e6))
    assert asked(feeder) == [[], []]
    feeder.step(image(NOBODY, freq_eff=50e6), image(NOBODY, freq_eff=150e6))
    (source,) = sources(feeder)
    assert asked(feeder) == [[source.source_id]] * 2


def test_a_source_is_asked_for_where_it_is_now(feeder):
    feeder.step(image(fit(123.0, 10)))
    feeder.step(image(fit(123.002, 10)))
    feeder.step(image(NOBODY))
    (requests,) = feeder.requests
    assert requests.kind.tolist() == ["null_detection"]
    assert [*requests.ra, *requests.dec] == close([123.001, 10.0])


def test_a_source_that_lost_all_its_measurements_to_others_is_measured_by_force(feeder):
    """e04: the first of three sources goes without, though a measurement lies close to it."""
    err = {"ra_err": 10 / 3600, "dec_err": 10 / 3600}
    feeder.step(image(fit([123 + east / 3600 for east in (-10, 0, 10)], [10] * 3, **err)))
    feeder.step(image(fit([123 + east / 3600 for east in (-4, 6)], [10] * 2, **err)))
    assert asked(feeder) == [[sources(feeder)[0].source_id]]


def test_a_failed_fit_stands_without_flux_and_counts_in_no_sum(feeder):
    feeder.step(image(fit(123, 10)))

    def failed(image, requests):
        fits = measurements(requests.ra, requests.dec, int_flux=np.nan, usable=False)
        fits.flags[:] = int(Flag.FIT_FAILED)
        return fits

    feeder.step(image(NOBODY), force=failed)
    (source,) = sources(feeder)
    point = curve(feeder, source.source_id)[1]
    assert (point.kind, point.int_flux, point.usable) == ("null_detection", None, False)
    assert point.flags == Flag.FIT_FAILED
    assert (source.n_forced, variability(feeder, source.source_id).n) == (0, 1)


def test_failed_fits_count_for_the_expiry(new_feeder):
    """A place at which no fit succeeds is not asked for for ever."""
    feeder = new_feeder(expiry=2)
    feeder.step(image(fit(123, 10)))

    def failed(image, requests):
        return measurements(requests.ra, requests.dec, int_flux=np.nan, usable=False)

    for expected in (1, 1, 0):
        feeder.step(image(NOBODY), force=failed)
        assert [len(r) for r in feeder.requests] == [expected]


@pytest.mark.parametrize("flag", [Flag.OUTSIDE, Flag.BLANK])
def test_a_fit_that_could_not_be_tried_leaves_no_trace(feeder, flag):
    """As in the original: it does not count for the expiry either."""
    feeder.step(image(fit([123, 124], [10, 10])))

    def second_is_lost(image, requests):
        lost = requests.ra > 123.5
        flux = np.where(lost, np.nan, 0.001)
        fits = measurements(requests.ra, requests.dec, int_flux=flux, usable=~lost)
        fits.flags[lost] = int(flag)
        return fits

    for _ in range(12):
        feeder.step(image(NOBODY), force=second_is_lost)
    first, second = sources(feeder)
    assert (first.n_forced, second.n_forced) == (10, 0)
    assert asked(feeder) == [[second.source_id]]
    assert kinds(feeder, second.source_id) == ["new"]


def test_forced_fits_are_stored_with_the_source_they_were_made_for(feeder):
    feeder.step(image(fit([123, 124], [10, 10])))
    (image_id,) = feeder.step(image(fit(124, 10)), force=nothing_there)
    found = feeder.conn.execute(
        "select measurement_id, kind, forced_for from trap.measurement"
        " where image_id = %s order by 1",
        [image_id],
    ).fetchall()
    assert found == [
        (measurement_id(image_id, 0), "blind", None),
        (measurement_id(image_id, 1), "null_detection", sources(feeder)[0].source_id),
    ]
