"""Twelve images of one place that differ in what is in them and in how they are stored."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from astropy.io import fits

from trapdb.simulate import simulate

SIZE = 320
Change = Callable[[np.ndarray, fits.Header], fits.HDUList]


def make(folder: Path) -> list[Path]:
    """Write the images; return their paths in order."""
    plain = {"epochs": 1, "size": SIZE, "sources": 40}
    drawn = {
        "points": _draw(folder / "points", **plain),
        "smoothed_noise": _draw(folder / "smoothed", **plain, noise="convolved"),
        "blends": _draw(folder / "blends", **plain, pairs=15, separation=2.5),
        "extended": _draw(folder / "extended", **plain, resolved=20),
        "two_axes": _draw(folder / "two_axes", **plain, axes=2),
        "southern": _draw(folder / "southern", **plain, ra=359.999, dec=-71.3),
    }
    for name, change in (
        ("blank_borders", _blank_borders),
        ("integers", _integers),
        ("compressed", _compressed),
        ("doubles", _doubles),
        ("turned", _turned),
    ):
        drawn[name] = _store(drawn["blends"], folder / f"{name}.fits", change)
    drawn["gzipped"] = _store(drawn["extended"], folder / "gzipped.fits.gz", _two_axes)
    return list(drawn.values())


def _draw(folder: Path, **options: object) -> Path:
    return Path(simulate(folder, **options).paths[0])


def _store(path: Path, target: Path, change: Change) -> Path:
    """Store an image in another way."""
    with fits.open(path) as hdus:
        change(hdus[0].data, hdus[0].header).writeto(target)
    return target


def _blank_borders(data: np.ndarray, header: fits.Header) -> fits.HDUList:
    y, x = np.indices(data.shape[-2:]) - SIZE / 2
    data[..., np.hypot(x, y) > 0.47 * SIZE] = np.nan
    return fits.HDUList(fits.PrimaryHDU(data, header))


def _integers(data: np.ndarray, header: fits.Header) -> fits.HDUList:
    scale = float(np.abs(data).max()) / 32000
    values = np.rint(data / scale).astype(np.int16)
    values[..., :20, 40:90] = -32768
    header["BSCALE"], header["BZERO"], header["BLANK"] = scale, 0.0, -32768
    stored = fits.PrimaryHDU(values, header, do_not_scale_image_data=True)
    stored.header.update({"BSCALE": scale, "BZERO": 0.0, "BLANK": -32768})
    return fits.HDUList(stored)


def _compressed(data: np.ndarray, header: fits.Header) -> fits.HDUList:
    stored = fits.CompImageHDU(
        data[0, 0], _celestial(header), compression_type="RICE_1", quantize_level=32, dither_seed=1
    )
    return fits.HDUList([fits.PrimaryHDU(), stored])


def _doubles(data: np.ndarray, header: fits.Header) -> fits.HDUList:
    return fits.HDUList(fits.PrimaryHDU(data.astype(np.float64) * 1.000000001, header))


def _turned(data: np.ndarray, header: fits.Header) -> fits.HDUList:
    """With a matrix of scales, which turns the sky, in place of two steps."""
    east, north = header["CDELT1"], header["CDELT2"]
    del header["CDELT1"], header["CDELT2"]
    header["CD1_1"], header["CD1_2"] = east * np.cos(0.3), -north * np.sin(0.3)
    header["CD2_1"], header["CD2_2"] = east * np.sin(0.3), north * np.cos(0.3)
    header["CD3_3"] = header["CD4_4"] = 1.0
    return fits.HDUList(fits.PrimaryHDU(data, header))


def _two_axes(data: np.ndarray, header: fits.Header) -> fits.HDUList:
    return fits.HDUList(fits.PrimaryHDU(data[0, 0], _celestial(header)))


def _celestial(header: fits.Header) -> fits.Header:
    """Return a header of the two axes of the sky, with the frequency as a keyword."""
    kept = header.copy()
    kept["RESTFRQ"] = header["CRVAL3"]
    for axis in (3, 4):
        for key in ("NAXIS", "CTYPE", "CRVAL", "CRPIX", "CDELT", "CUNIT"):
            kept.remove(f"{key}{axis}", ignore_missing=True)
    kept["NAXIS"] = 2
    return kept
