"""Frequency bands: an image belongs to the first band that its own overlaps."""

import pytest

from tests.sql.catalogue import Original, fit, image, sources
from trapdb.database.ids import measurement_id

NOBODY = fit([], [])


def bands_of(feeder: Original, *images: tuple[float, float | None]) -> list[int]:
    """Store images of (frequency, bandwidth) [MHz]; return the number of each one's band."""
    for freq, width in images:
        feeder.see(NOBODY, freq_eff=freq * 1e6, bandwidth=width and width * 1e6)
    rows = feeder.conn.execute(
        "select band_id from trap.image where dataset_id = %s order by image_id",
        [feeder.dataset_id],
    )
    return [row.band_id & 0xFFFFFF for row in rows.fetchall()]


def edges(feeder: Original) -> list[tuple[float, float, float]]:
    return feeder.conn.execute(
        "select freq_central, freq_low, freq_high from trap.band order by band_id"
    ).fetchall()


def test_p2_of_several_bands_that_overlap_the_oldest_is_taken(original):
    feeder = original()
    # 102 +- 1 touches the first band, and overlaps the second
    assert bands_of(feeder, (100, 2), (103, 2), (101.5, 2), (102, 2)) == [1, 2, 1, 2]
    # and no band is ever widened
    assert edges(feeder) == [(100e6, 99e6, 101e6), (103e6, 102e6, 104e6)]


def test_p3_bands_that_touch_are_two(original):
    assert bands_of(original(), (50, 2), (52, 2), (51, 2)) == [1, 2, 1]


def test_p3_a_bandwidth_limit_stands_for_the_bandwidths_of_the_images(original):
    feeder = original(bandwidth_max=0.05e6)
    assert bands_of(feeder, (50, 2), (47, 5), (47.04, 2), (47.09, 7)) == [1, 2, 2, 3]
    assert edges(feeder)[1] == (47e6, 46.975e6, 47.025e6)


def test_p4_the_frequencies_of_a_real_telescope(original):
    freq, width = 124.02191162109375, 1.7578125
    images = [
        (freq, width),
        (freq, width),
        (freq - 10, width),
        (freq - 10, width * 100),
        (123.92425537109375, 1.953125),
    ]
    feeder = original()
    assert bands_of(feeder, *images) == [1, 1, 2, 1, 1]
    assert edges(feeder)[0] == (124021911.62109375, 123143005.37109375, 124900817.87109375)


@pytest.mark.parametrize(("freq", "width"), [(1.0, 1e-3), (1e5, 5e3), (5e9, 1e8)])
def test_10_7_frequencies_of_any_magnitude_are_kept_exactly(original, freq, width):
    feeder = original()
    assert bands_of(feeder, (freq, width), (freq, width)) == [1, 1]
    (band,) = edges(feeder)
    assert band[0] == freq * 1e6


def test_images_of_unknown_bandwidth_are_of_one_band_if_their_frequencies_are_equal(original):
    feeder = original()
    assert bands_of(feeder, (100, None), (100, None), (100.001, None)) == [1, 1, 2]
    assert edges(feeder)[0] == (100e6, 100e6, 100e6)


def test_each_data_set_has_bands_of_its_own(original):
    assert bands_of(original(name="one"), (100, 2)) == [1]
    assert bands_of(original(name="other"), (100.5, 2), (100, 2)) == [1, 1]


def test_images_of_a_time_step_are_associated_in_the_order_of_their_frequencies(original):
    """What is new in the lower band is known in the higher one, and is one source."""
    feeder = original()
    low, high = feeder.step(
        image(fit(123, 10), freq_eff=50e6), image(fit(123, 10), freq_eff=150e6), force=None
    )
    (source,) = sources(feeder)
    assert source.n_blind == 2
    assert source.source_id == measurement_id(low, 0)
    kinds = feeder.conn.execute(
        "select image_id, association from trap.lightcurve order by freq_eff"
    ).fetchall()
    assert kinds == [(low, "new"), (high, "one_to_one")]


@pytest.mark.parametrize(
    ("first", "step", "count"),
    [
        (143.650817871094, 195312.5 / 3 / 1e6, 8),  # LOFAR: neither is a number of binary digits
        (799.4907407407408, 7.999999999999973, 36),  # ASKAP
        (1400.0, 1.00002, 20),  # of a header in single precision, its width rounded to 1 MHz
        (1400.0, 1.0001, 5),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_each_of_contiguous_channels_is_a_band(original, first, step, count, order):
    feeder = original()
    channels = [(first + number * step, step) for number in range(count)][::order]
    assert bands_of(feeder, *channels) == list(range(1, count + 1))
    assert bands_of(feeder, *channels)[count:] == list(range(1, count + 1))


def test_channels_rounded_to_more_than_they_are_apart_are_still_two(original):
    # 1 MHz wide and 0.9995 MHz apart, as frequencies rounded to a kilohertz can be
    assert bands_of(original(), (1400, 1), (1400.9995, 1), (1401.5, 1)) == [1, 2, 2]


def test_what_overlaps_by_more_than_rounding_is_one_band(original):
    assert bands_of(original(), (1400, 1), (1400.99, 1)) == [1, 1]
