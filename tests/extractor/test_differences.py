"""Differences of images: what changed stands out, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest
from astropy.io import fits
from synthetic import BEAM_PX, RMS, SCALE_DEG, add_sources, beam_px, grid, image, noise

import extractor
from extractor import Beam, ExtractorError, Flag, ImageError
from extractor.difference import (
    Alignment,
    difference,
    reference_of,
    with_image,
    with_reference,
    write_difference,
)
from extractor.geometry import sky

SIZE = 512
X, Y = grid(SIZE, 64, 5)
FLUX = RMS * np.geomspace(10, 400, len(X))
# Between the steady sources.
NEW_X, NEW_Y = X[10:20] + 30, Y[10:20] + 25
NEW = RMS * np.array([12.0, -12.0] * 5)


def observed(seed, *, new=0.0, east_px=0.0, ratio=1.0, wider=1.0):
    axes = BEAM_PX[0] * wider, BEAM_PX[1] * wider, BEAM_PX[2]
    data = noise(SIZE, seed, axes)
    add_sources(data, X - east_px, Y, FLUX * ratio, beam_px(axes)[None])
    add_sources(data, NEW_X - east_px, NEW_Y, new * NEW * ratio, beam_px(axes)[None])
    beam = Beam(axes[0] * SCALE_DEG, axes[1] * SCALE_DEG, axes[2])
    return image(data, beam=beam)


@pytest.fixture(scope="module")
def reference():
    mean = reference_of(observed(0), RMS)
    for seed in range(1, 9):
        mean = with_image(mean, observed(seed), RMS)
    return mean


def found_in(one, threshold=5.5):
    return extractor.extract(
        one, extractor.background(one), extractor.footprint(one), detection_threshold=threshold
    )


def test_a_mean_of_images_has_less_noise(reference):
    assert reference.count == 9
    assert extractor.background(reference.image).rms_median == pytest.approx(RMS / 3, rel=0.05)


@pytest.mark.parametrize("wider", [1.0, 1.1, 0.9])
def test_what_changed_is_found_in_both_signs_and_nothing_else(reference, wider):
    one = observed(20, new=1.0, east_px=0.4, ratio=1.05, wider=wider)
    left = difference(one, reference, Alignment(0.4 * SCALE_DEG, 0.0, 1.05))
    found = found_in(left)
    near = np.hypot(found.x[:, None] - NEW_X, found.y[:, None] - NEW_Y)
    assert near.min(axis=1).max() < 2
    assert len(found) == len(NEW)
    assert not (found.flags & Flag.DIPOLE).any()
    of = near.argmin(axis=1)
    pull = (found.peak_flux - NEW[of]) / found.peak_flux_err
    assert np.abs(pull).max() < 4
    where = sky.to_sky(left.wcs, NEW_X, NEW_Y)
    forced = extractor.force(left, extractor.background(left), extractor.footprint(left), *where)
    assert np.abs((forced.peak_flux - NEW) / forced.peak_flux_err).max() < 4


def test_the_reference_adds_noise_where_it_is_bright(reference):
    left = difference(observed(20), reference)
    background = extractor.background(left)
    level, rms = background.at(X, Y)
    plain = background.at(X + 32, Y)[1]
    # a point is nearly nothing half a beam's window away
    share = np.sqrt(np.maximum(rms**2 - plain**2, 0))[FLUX > 100 * RMS] / FLUX[FLUX > 100 * RMS]
    assert share.max() < 0.0125
    assert share.min() > 0.007
    columns, rows = np.rint(X).astype(int), np.rint(Y).astype(int)
    assert background.at_pixels(columns, rows)[1] == pytest.approx(rms, rel=1e-3)
    on_grid = background.on_grid(np.arange(SIZE), np.arange(SIZE))[1]
    assert on_grid[rows, columns] == pytest.approx(rms, rel=1e-3)
    assert np.isfinite(level).all()


def test_smooth_emission_adds_little(reference):
    wide = reference.image
    y, x = np.indices(wide.data.shape) - SIZE / 2
    smooth = (100 * RMS * np.exp(-(x**2 + y**2) / 90**2)).astype(np.float32)
    added = with_reference(wide, smooth).added_noise
    assert added.max() < 0.008 * smooth.max()
    assert added[SIZE // 2, SIZE // 2] == pytest.approx(0.005 * smooth.max(), rel=0.1)


def test_a_source_that_does_not_lie_upon_itself_is_a_dipole(reference):
    left = difference(observed(20, east_px=0.6), reference)
    found = found_in(left)
    assert len(found) > 4
    # of the faintest the other half may drown in the noise
    assert ((found.flags & Flag.DIPOLE) > 0).mean() > 0.95
    assert {np.sign(flux) for flux in found.peak_flux} == {-1, 1}


def test_blank_pixels_stay_blank(reference):
    one = observed(20)
    one.data[100:120, 200:230] = np.nan
    holed = with_image(reference, one, RMS)
    assert np.isfinite(holed.image.data[110, 215])  # others know it
    left = difference(one, reference, Alignment(0.4 * SCALE_DEG, 0.0))
    blank = np.isnan(left.data)
    assert blank[100:120, 200:230].all()
    assert not blank[:95, 1:-1].any()


def test_what_cannot_be_subtracted_is_refused_in_a_line(reference):
    one = observed(20)
    with pytest.raises(ExtractorError, match="of one grid"):
        difference(image(one.data, ra=10.1), reference)
    wide = replace(one, beam=Beam(one.beam.major * 2, one.beam.minor * 2, 0.0))
    with pytest.raises(ExtractorError, match="nothing is deconvolved"):
        difference(wide, reference)
    with pytest.raises(ExtractorError, match="flux ratio of 0"):
        Alignment(flux_ratio=0)
    with pytest.raises(ExtractorError, match="noise of nan"):
        reference_of(one, float("nan"))


@pytest.mark.parametrize("stokes", ["I", "V"])
def test_a_difference_has_the_stokes_parameter_of_its_image(reference, tmp_path, stokes):
    left = replace(difference(observed(20, new=1.0), reference), stokes=stokes)
    write_difference(tmp_path / "difference.fits", left, {})
    assert extractor.open(tmp_path / "difference.fits").stokes == stokes
    (key,) = extractor.read_keys(tmp_path / "difference.fits")
    assert key.stokes == stokes


def test_a_difference_is_read_as_it_was_written(reference, tmp_path):
    left = difference(observed(20, new=1.0), reference)
    path = tmp_path / "difference.fits"
    write_difference(path, left, {"NREF": (9, "images in the reference")})
    again = extractor.open(path)
    assert again.signed
    assert np.array_equal(again.data, left.data)
    assert again.reference == pytest.approx(left.reference, abs=0.1 * RMS)
    assert again.added_noise == pytest.approx(left.added_noise, abs=0.01 * RMS)
    assert len(found_in(again)) == len(NEW)
    with fits.open(path, mode="update") as hdus:
        del hdus[1]
    with pytest.raises(ImageError, match="is not in the file"):
        extractor.open(path)
