import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from synthetic import SCALE_DEG, add_sources, grid, image, noise

import extractor
from extractor import Beam, ImageError


def sources():
    x, y = grid(256, 50, 1)
    return add_sources(noise(256, 1), x, y, np.full(len(x), 0.02)).astype(np.float32)


def disc():
    y, x = np.indices((256, 256))
    return np.hypot(x - 128, y - 128)


IMAGES = {
    "all blank": np.full((256, 256), np.nan),
    "constant": np.full((256, 256), 3.0),
    "zero": np.zeros((256, 256)),
    "one pixel": np.ones((1, 1)),
    "one row": noise(256, 1)[:1],
    "one hot pixel": np.eye(256) * (np.arange(256) == 99),
    "chequered": np.indices((256, 256)).sum(0) % 2,
    "one source without noise": np.exp(-((disc() / 3) ** 2)),
    "one huge source": sources() + 10 * np.exp(-((disc() / 60) ** 2)),
    "strong gradient": sources() + disc() * 1e-2,
    "negative bowl": sources() - 0.05 * np.exp(-((disc() / 60) ** 2)),
    "noise tenfold at the edge": sources() * (1 + 9 * (disc() / 128) ** 4),
    "half blank": np.where(disc() < 80, sources(), np.nan),
    "zeros around": np.where(disc() < 80, sources(), 0),
    "huge values": sources() * np.float32(1e30),
    "tiny values": sources() * np.float32(1e-30),
    "overflowing values": np.sign(sources()) * 1e38,
}


@pytest.mark.parametrize("name", IMAGES)
def test_a_sensible_answer(name):
    picture = image(IMAGES[name])
    extractor.check(picture, extractor.QualityLimits())
    footprint = extractor.footprint(picture)
    background = extractor.background(picture, footprint=footprint)
    background.noise_grid()
    found = extractor.extract(picture, background, footprint, detection_threshold=5)
    forced = extractor.force(picture, background, footprint, [picture.ra], [picture.dec])
    for table in (found, forced):
        assert not (table.usable & ~(table.int_flux_err > 0)).any()
        assert table.usable.tolist() == [
            bool(np.isfinite([row.ra, row.dec, row.flux, row.int_flux_err, row.ra_err]).all())
            and not row.flags & extractor.Flag.BLANK
            for row in table
        ]
    if name in ("all blank", "constant", "zero", "one pixel"):
        assert len(found) == 0
        assert not forced.usable.any()


def test_scattered_blanks_cost_no_source():
    data = sources()
    data[np.random.default_rng(1).uniform(size=data.shape) < 0.1] = np.nan
    assert len(image(data).extract(det=5)) == 16


@pytest.mark.parametrize("axis", [np.inf, 0.1 * SCALE_DEG])
def test_beams_that_allow_no_measurement(axis):
    picture = dataclasses.replace(image(sources()), beam=Beam(axis, axis, 0.0))
    with pytest.raises(ImageError, match="beam"):
        picture.extract()


def test_a_beam_larger_than_the_image():
    picture = dataclasses.replace(image(sources()), beam=Beam(2.0, 1.5, 0.0))
    picture.extract()


def test_the_import_is_light():
    heavy = "import extractor, sys; print([m for m in ('astropy', 'scipy') if m in sys.modules])"
    shown = subprocess.run(
        [sys.executable, "-c", heavy], capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "[]"
