"""A search for bursts in images that are at hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

import extractor
from extractor import Beam, Image, ImageError
from extractor.image.identity import Identity
from extractor.image.projection import Projection
from trapdb.errors import ImageLost, InputError
from trapdb.simulate import Field
from trapdb.simulate.ellipse import gaussian
from trapdb.simulate.noise import draw_noise, noise_filter
from trapdb.timescales.burst_search import search_bursts

FIELD = Field(size=192)
N = 40
START = datetime(2026, 1, 1, tzinfo=UTC)


def image_of(pixels, number):
    major, minor, pa = FIELD.beam
    return Image(
        path=f"plane{number}",
        identity=Identity(),
        data=np.asarray(pixels, np.float32),
        projection=Projection(dict(FIELD.celestial_cards()), 1, 2),
        beam=Beam(major, minor, pa),
        freq_eff=1.4e9,
        bandwidth=np.nan,
        taken_at=START + timedelta(seconds=8 * number),
        duration=8.0,
        stokes="I",
        ra=FIELD.ra,
        dec=FIELD.dec,
        pixel_scale=(FIELD.pixel, FIELD.pixel),
        telescope="",
    )


def stack_of(seed, add=()):
    """Images of noise with steady sources, and bursts (x, y, first, last, peak)."""
    rng, factors = np.random.default_rng(seed), noise_filter(FIELD)
    y, x = np.indices((FIELD.size, FIELD.size))
    beam = lambda x0, y0: gaussian(x - x0, y - y0, FIELD.beam_covariance)  # noqa: E731
    steady = 0.02 * beam(50, 60) + 0.05 * beam(130.3, 80.7)
    images = []
    for number in range(N):
        pixels = draw_noise(rng, FIELD.size, factors) + steady
        for x0, y0, first, last, peak in add:
            if first <= number <= last:
                pixels += peak * beam(x0, y0)
        images.append(image_of(pixels, number))
    rows = [
        SimpleNamespace(path=image.path, rms=FIELD.rms, noise_correlation=1.0, number=number)
        for number, image in enumerate(images)
    ]
    return rows, images


def search(rows, images, **options):
    return search_bursts(
        rows, lambda row: images[row.number], extractor.footprint, mesh_px=50, **options
    )


def separation(burst, x, y):
    """Distance of a burst from a pixel, px."""
    return float(np.hypot(*(np.ravel(FIELD.wcs.all_world2pix(burst.ra, burst.dec, 0)) - (x, y))))


def test_noise_has_as_many_bursts_as_are_expected():
    """At a low level, so that their number tells; the steady sources are in none of them."""
    found = [search(*stack_of(seed), expected=12.0) for seed in range(4)]
    number = sum(len(one.bursts) for one in found)
    assert sum(one.expected_false for one in found) == pytest.approx(48, rel=0.01)
    assert abs(number - 48) < 3 * np.sqrt(48)


def test_bursts_are_found_with_what_tells_them_from_artefacts():
    spike = 25, 150, 30, 30
    rows, images = stack_of(7, [(100, 120, 10, 13, 4e-3), (50, 60, 20, 20, 9e-3)])
    images[spike[2]].data[spike[1], spike[0]] += 12e-3  # a single pixel
    found = search(rows, images, threshold=6.0)
    assert found.left_out == []
    assert found.expected_false < 0.05
    assert len(found.bursts) == 3
    burst, near, pixel = (
        min(found.bursts, key=lambda one: separation(one, *place))
        for place in ((100, 120), (50, 60), spike[:2])
    )
    assert (burst.first, burst.last) == (10, 13)
    assert burst.snr == pytest.approx(8 * np.sqrt(1 - 4 / N), abs=2.5)
    assert burst.peak_flux == pytest.approx(4e-3 * (1 - 4 / N), abs=1.2e-3)
    assert burst.compactness == pytest.approx(1, abs=0.25)
    assert burst.dof == N - 1
    assert burst.chi2 > 60
    assert abs(burst.deep_snr) < 6
    assert near.deep_snr > 50  # on a steady source
    assert near.deep_flux == pytest.approx(0.02, rel=0.1)
    assert pixel.compactness == pytest.approx(0.5, abs=0.2)


def test_what_cannot_be_used_is_left_out_with_the_reason():
    rows, images = stack_of(3)
    images[5] = replace(images[5], data=images[5].data[:-2])

    def read(row):
        if row.number == 4:
            raise ImageLost(row.path, "the file is gone")
        if row.number == 6:
            raise ImageError("it cannot be read")
        return images[row.number]

    options = {"mesh_px": 50, "threshold": 8.0}
    found = search_bursts(rows, read, extractor.footprint, **options)
    assert [path for path, _ in found.left_out] == ["plane4", "plane5", "plane6"]
    assert "not those of plane0" in found.left_out[1][1]
    assert len(found.images) == N - 3
    with pytest.raises(InputError, match="3 images at the least; of these"):
        search_bursts(rows[:2], read, extractor.footprint, **options)
