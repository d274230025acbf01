"""What noise alone is expected to bring, and the list with a stated share of false discoveries."""

import math

import numpy as np
import psycopg
import pytest
from scipy.special import erf
from scipy.stats import norm

from tests.feeding import FedImage
from tests.sql.catalogue import close, fit

# a pixel is 0.01 deg in the feeder
FACTS = {"beam_major": 0.04, "detection_threshold": 5.0, "rms_min": 1e-3, "rms_max": 1e-3}


def theory(elements, level):
    """Adler's number of peaks; an element is the square of the autocorrelation's FWHM."""
    return elements * 8 * math.log(2) * (2 * math.pi) ** -1.5 * level * math.exp(-(level**2) / 2)


def expected(conn, name, threshold):
    return conn.execute(
        "select * from trap.expected_false_detections(%s, %s)", [name, threshold]
    ).fetchall()


@pytest.mark.parametrize(("correlation", "width"), [(None, 1.0), (1.0, 1.0), (2**0.5, 2**0.5)])
def test_well_above_the_threshold_the_peaks_of_a_gaussian_field_count(original, correlation, width):
    feeder = original()
    feeder.step(FedImage(**FACTS, noise_correlation=correlation, searched_area=40.0), force=None)
    elements = 40 / (0.04 * width) ** 2
    (row,) = expected(feeder.conn, "fed", 6.0)
    assert (row.images, row.area, row.stokes) == (1, 40, "I")
    assert row.expected_false == close(theory(elements, 6))


def test_at_the_threshold_a_pixel_has_to_be_above_it(original):
    """Independent pixels where they are as large as the beam, every peak where they are small."""
    feeder = original()
    feeder.step(FedImage(**FACTS, searched_area=40.0), force=None)
    elements, pixels = 40 / 0.04**2, 40 / 0.01**2
    (row,) = expected(feeder.conn, "fed", 5.0)
    curvature = 8 * math.log(2) * elements / pixels
    by_pixel = math.sqrt(2 * math.pi / curvature) / 5 * erf(5 * math.sqrt(curvature / 8))
    assert row.expected_false == pytest.approx(theory(elements, 5) * by_pixel**2, rel=2e-3)
    (image,) = feeder.conn.execute("select expected_false from trap.searched_image").fetchall()
    assert image.expected_false == close(theory(elements, 5) * by_pixel**2)
    assert expected(feeder.conn, "fed", 3.0) == expected(feeder.conn, "fed", 5.0)
    # between, both matter: each alone is too many
    (above,) = expected(feeder.conn, "fed", 5.1)
    assert above.expected_false < 0.9 * min(row.expected_false, theory(elements, 5.1))

    def peaks(pixels):
        query = "select trap.noise_peak_pixels(1e6, %s, 5)"
        return feeder.conn.execute(query, [pixels]).fetchone()[0]

    assert peaks(1e10) == pytest.approx(theory(1e6, 5), rel=2e-3)
    # Mills' ratio: the density over the level is the tail to 1 / level^2
    assert peaks(1e4) == pytest.approx(1e4 * norm.sf(5), rel=1 / 25)


def test_peaks_of_simulated_noise(conn):
    """Fields drawn by their power spectrum; a detection is a pixel that is a maximum."""
    rng = np.random.default_rng(9)
    side, beam, level, fields = 1024, 4.0, 4.0, 20
    frequency = np.fft.fftfreq(side)[:, None] ** 2 + np.fft.rfftfreq(side) ** 2
    amplitude = np.exp(-(np.pi**2) * frequency * beam**2 / (8 * np.log(2)))
    count = 0
    for _ in range(fields):
        white = np.fft.rfft2(rng.standard_normal((side, side)))
        noise = np.fft.irfft2(white * amplitude, (side, side))
        noise /= noise.std()
        y, x = np.nonzero(noise > level)
        around = [noise[(y + dy) % side, (x + dx) % side] for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
        count += int((noise[y, x] >= np.max(around, axis=0)).sum())
    (found,) = conn.execute(
        "select trap.noise_peak_pixels(%s, %s, %s)",
        [fields * side**2 / beam**2, fields * side**2, level],
    ).fetchone()
    assert count > 300
    assert count == pytest.approx(found, abs=3 * count**0.5)


def test_images_of_all_bands_add_up(original):
    feeder = original()
    for _ in range(3):
        feeder.step(
            FedImage(**FACTS, freq_eff=50e6, searched_area=40.0),
            FedImage(**FACTS, freq_eff=150e6, searched_area=20.0),
            FedImage(**FACTS, freq_eff=150e6, checks=[
                {"name": "x", "value": 1, "low": 2, "high": 3, "passed": False, "detail": ""}
            ]),
            force=None,
        )  # fmt: skip
    low, high = expected(feeder.conn, "fed", 5.0)
    assert (low.images, high.images) == (3, 3)
    assert low.expected_false == close(2 * high.expected_false)


def test_where_the_area_is_not_known_it_is_that_of_the_footprint(original):
    feeder = original()
    corners = [(122.0, 9.0), (124.0, 9.0), (124.0, 11.0), (122.0, 11.0)]
    feeder.step(FedImage(radius=2.0), force=None)
    feeder.step(FedImage(radius=2.0, vertices=corners), force=None)
    circle, polygon = feeder.conn.execute(
        "select area, expected_false from trap.searched_image order by image_id"
    ).fetchall()
    assert circle.area == close(
        2 * math.pi * (1 - math.cos(math.radians(2))) * math.degrees(1) ** 2
    )
    # sides are great circles
    assert polygon.area == pytest.approx(4 * math.cos(math.radians(10)), rel=1e-3)


def bright_once(feeder, snrs, steps=3):
    """Feed sources, each detected once, and one that is found in every image."""
    for step in range(steps):
        now = np.array(snrs[step::steps])
        ra = [123.0, *(121.05 + 0.1 * step + 0.4 * np.arange(now.size))]
        blind = fit(ra, 10.0, int_flux=[0.05, *now * 1e-3], int_flux_err=1e-3)
        blind.snr[:] = [50, *now]
        feeder.step(FedImage(blind, **FACTS, searched_area=40.0, pixels=False), force=None)


def test_of_a_source_that_was_never_detected_nothing_is_said(conn):
    query = "select trap.noise_peaks(1e6, null) as peaks, trap.noise_chance(null) as chance"
    assert conn.execute(query).fetchone() == (None, None)


def test_the_chance_that_noise_made_a_candidate(original):
    feeder = original()
    bright_once(feeder, [5.1, 6.0, 12.0, 40.0])
    found = feeder.conn.execute("select * from trap.false_alarm('fed')").fetchall()
    assert [round(f.snr_max, 1) for f in found] == [40.0, 12.0, 6.0, 5.1]
    elements = 3 * 40 / 0.04**2
    numbers = [theory(elements, snr) for snr in (37, 12, 6, 5.1)]
    assert [f.expected_false for f in found][1:] == pytest.approx(numbers[1:], rel=1e-5)
    assert [f.noise_chance for f in found][1:] == pytest.approx(
        list(-np.expm1(-np.array(numbers[1:]))), rel=1e-5
    )
    assert 0 < found[0].noise_chance < 1e-200
    rows = feeder.conn.execute(
        "select snr_max, noise_chance, expected_false from trap.candidate where n_blind = 1"
        " order by snr_max desc"
    ).fetchall()
    assert [row.noise_chance for row in rows] == close([f.noise_chance for f in found])


def benjamini_hochberg(chances, rate):
    """The number of the smallest chances that are kept; the textbook."""
    ranks = np.arange(1, chances.size + 1)
    below = np.flatnonzero(np.sort(chances) <= rate * ranks)
    return int(below[-1]) + 1 if below.size else 0


@pytest.mark.parametrize("rate", [0.0003, 0.001, 0.01])
def test_the_list_with_a_stated_share_of_false_ones(original, rate):
    feeder = original()
    snrs = np.round(np.random.default_rng(6).uniform(5, 6.5, 30), 3)
    bright_once(feeder, snrs)
    numbers = np.array([theory(3 * 40 / 0.04**2, snr) for snr in snrs])
    query = "select * from trap.false_alarm('fed', %s)"
    found = feeder.conn.execute(query, [rate]).fetchall()
    assert len(found) == benjamini_hochberg(numbers, rate)
    assert 0 < len(found) < 30
    assert [f.rank for f in found] == list(range(1, len(found) + 1))
    shares = [f.false_share for f in found]
    assert shares == sorted(shares)
    assert shares[-1] <= rate


def test_a_rate_of_false_discoveries_is_a_share(original):
    feeder = original()
    with pytest.raises(psycopg.Error, match="false-discovery rate of 5 makes no sense"):
        feeder.conn.execute("select * from trap.false_alarm('fed', 5)")
