"""The images hold the sources that the truth tables list, where and as bright as listed."""

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from scipy.optimize import curve_fit
from scoring import flux_grid

from trapdb.simulate import simulate


def pixels(truth):
    return np.array([fits.getdata(path).squeeze() for path in truth.paths], dtype=float)


def sources_alone(folder, **options):
    """Truth, and the images without their noise, which does not depend on the sources."""
    truth = simulate(folder / "sky", **options)
    kinds = ("sources", "variable", "flaring", "one_epoch", "resolved", "pairs")
    empty = simulate(folder / "empty", **{**options, **dict.fromkeys(kinds, 0)})
    return truth, pixels(truth) - pixels(empty)


def ellipse(position, peak, x, y, xx, xy, yy):
    """Gaussian with the coefficients of its quadratic form."""
    dx, dy = position[0] - x, position[1] - y
    return peak * np.exp(-0.5 * (xx * dx**2 + 2 * xy * dx * dy + yy * dy**2))


def cutout(image, x, y, reach=12):
    column, row = round(x), round(y)
    area = np.s_[row - reach : row + reach + 1, column - reach : column + reach + 1]
    rows, columns = np.mgrid[area]
    return image[area].ravel(), np.stack([columns.ravel(), rows.ravel()]).astype(float)


def covariance_px(major, minor, pa, pixel):
    """Covariance over (x, y) with north up and east left."""
    angle = np.deg2rad(pa)
    along, across = [-np.sin(angle), np.cos(angle)], [np.cos(angle), np.sin(angle)]
    return sum(
        (fwhm / pixel) ** 2 / (8 * np.log(2)) * np.outer(axis, axis)
        for fwhm, axis in ((major, along), (minor, across))
    )


@pytest.fixture(scope="module")
def steady(tmp_path_factory):
    return sources_alone(
        tmp_path_factory.mktemp("steady"), epochs=1, size=256, sources=15, flaring=0, one_epoch=0
    )


def test_a_fit_at_pixel_centres_gives_back_a_point(steady):
    truth, (image,) = steady
    for row in truth.sources:
        values, position = cutout(image, row["x"], row["y"])
        start = (values.max(), round(row["x"]), round(row["y"]), 0.25, 0.0, 0.25)
        fit, _ = curve_fit(ellipse, position, values / values.max(), p0=(1, *start[1:]))
        assert fit[0] * values.max() == pytest.approx(row["peak_flux"], rel=1e-4)
        assert fit[1:3] == pytest.approx((row["x"], row["y"]), abs=1e-3)
        form = np.array([[fit[3], fit[4]], [fit[4], fit[5]]])
        beam = covariance_px(*truth.images.meta["beam"], truth.images.meta["pixel"])
        assert np.linalg.inv(form) == pytest.approx(beam, abs=2e-3)


def test_points_have_their_flux_as_peak_and_as_integral(steady):
    truth, (image,) = steady
    assert truth.sources["flux"] == pytest.approx(truth.sources["peak_flux"])
    major, minor, _ = np.array(truth.images.meta["beam"]) / truth.images.meta["pixel"]
    beam_area = np.pi * major * minor / (4 * np.log(2))
    for row in truth.sources:
        values, _ = cutout(image, row["x"], row["y"])
        assert values.sum() / beam_area == pytest.approx(row["flux"], rel=2e-3)


@pytest.mark.parametrize("centre", [(0.0, 10.0), (40.0, 89.7), (200.0, -89.9)])
def test_resolved_sources_have_their_shape_and_flux_on_the_sky(tmp_path, centre):
    ra, dec = centre
    truth, (image,) = sources_alone(
        tmp_path,
        epochs=1,
        size=400,
        sources=0,
        flaring=0,
        one_epoch=0,
        resolved=8,
        ra=ra,
        dec=dec,
        rms=1e-3,
        separation=12.0,
    )
    pixel, beam = truth.images.meta["pixel"], truth.images.meta["beam"]
    beam_area = np.pi * beam[0] * beam[1] / pixel**2 / (4 * np.log(2))
    wcs = WCS(fits.getheader(truth.paths[0])).celestial
    for row in truth.sources:
        values, position = cutout(image, row["x"], row["y"], reach=24)
        assert values.sum() / beam_area == pytest.approx(row["flux"], rel=5e-3)
        assert values.max() <= row["peak_flux"] * (1 + 1e-5)
        assert row["flux"] > row["peak_flux"]
        offsets = position - np.array([[row["x"]], [row["y"]]])
        moments = (values * offsets) @ offsets.T / values.sum()
        intrinsic = moments - covariance_px(*beam, pixel)
        # One sigma along the major axis, on the sky, lies on the ellipse in the image.
        there = SkyCoord(row["ra"], row["dec"], unit="deg").directional_offset_by(
            row["pa"] * u.deg, row["major"] / np.sqrt(8 * np.log(2)) * u.deg
        )
        step = np.array(wcs.world_to_pixel(there)) - (row["x"], row["y"])
        assert step @ np.linalg.inv(intrinsic) @ step == pytest.approx(1, abs=0.05)


def test_truth_fluxes_are_what_each_image_holds(tmp_path):
    truth, images = sources_alone(
        tmp_path,
        epochs=6,
        size=256,
        bands=2,
        sources=5,
        variable=3,
        flaring=3,
        one_epoch=3,
        resolved=2,
    )
    peaks = flux_grid(truth, "peak_flux")
    column, row = np.rint(truth.sources["x"]).astype(int), np.rint(truth.sources["y"]).astype(int)
    for image, peak in zip(images, peaks, strict=True):
        # The nearest pixel is at most 0.71 px from the peak of a beam at least 3.7 px wide.
        assert (image[row, column] <= peak * (1 + 1e-5) + 1e-7).all()
        assert (image[row, column] >= peak * 0.89 - 1e-7).all()
    assert flux_grid(truth, "snr") == pytest.approx(peaks / 1e-3)
    present = peaks[0] > 0
    ratio = truth.images["frequency"][1] / truth.images["frequency"][0]
    index = np.log(peaks[1, present] / peaks[0, present]) / np.log(ratio)
    assert index == pytest.approx(truth.sources["spectral_index"][present])


def test_positions_are_those_of_the_header(tmp_path):
    truth = simulate(tmp_path, epochs=1, size=512, ra=0.0, dec=0.0)
    x, y = WCS(fits.getheader(truth.paths[0])).celestial.world_to_pixel_values(
        truth.sources["ra"], truth.sources["dec"]
    )
    assert x == pytest.approx(truth.sources["x"], abs=1e-6)
    assert y == pytest.approx(truth.sources["y"], abs=1e-6)
    assert (truth.sources["ra"] >= 0).all()
    assert (truth.sources["ra"] < 360).all()
    assert ((truth.sources["ra"] < 1).any(), (truth.sources["ra"] > 359).any()) == (True, True)


def test_a_field_may_hold_the_pole(tmp_path):
    truth = simulate(tmp_path, epochs=1, size=512, sources=150, ra=10.0, dec=89.7)
    wcs = WCS(fits.getheader(truth.paths[0])).celestial
    x, y = wcs.world_to_pixel_values(truth.sources["ra"], truth.sources["dec"])
    assert np.hypot(x - truth.sources["x"], y - truth.sources["y"]).max() < 1e-6
    assert set(truth.sources["ra"] // 90) == {0, 1, 2, 3}
    assert np.ptp(truth.sources["dec"]) < 0.7


@pytest.mark.parametrize("axes", [2, 4])
def test_headers_are_complete_and_standard(tmp_path, axes):
    truth = simulate(tmp_path, epochs=2, size=64, sources=0, flaring=0, one_epoch=0, axes=axes)
    with fits.open(truth.paths[1]) as hdus:
        hdus.verify("exception")
        header = hdus[0].header
        assert hdus[0].data.shape == (1,) * (axes - 2) + (64, 64)
    wcs = WCS(header)
    assert wcs.naxis == axes
    assert wcs.celestial.wcs.ctype[0] == "RA---SIN"
    assert wcs.celestial.wcs.radesys == "ICRS"
    assert wcs.celestial.pixel_to_world_values(32, 32) == pytest.approx((150.0, 30.0))
    assert (header["BMAJ"], header["BMIN"], header["BPA"]) == tuple(truth.images.meta["beam"])
    assert header["RESTFRQ"] == 150e6
    assert header["BUNIT"] == "Jy/beam"
    assert header["TELESCOP"] == "SIMULATED"
    assert header["TIMESYS"] == "UTC"
    assert header["DATE-OBS"] == "2026-01-01T00:10:00.000000"
    assert header["DATE-END"] == "2026-01-01T00:20:00.000000"
    assert header["EXPTIME"] == 600.0
    if axes == 4:
        assert wcs.spectral.wcs.crval[0] == 150e6
        assert (header["CTYPE4"], header["CRVAL4"]) == ("STOKES", 1)
