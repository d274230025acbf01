"""Measurements from a source list, with its image beside it or without an image."""

import hashlib
import math
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import extractor
from extractor import Footprint, Image, ImageKey, Measurements, NoiseGrid
from extractor.errors import ImageError
from extractor.fitting.measurements import COLUMNS
from extractor.fitting.on_sky import systematic_errors
from extractor.flags import Flag
from extractor.geometry import sky
from extractor.geometry.ellipses import deconvolve, shape_matrix
from extractor.image.identity import Identity
from extractor.image.plane import Beam
from extractor.readers.fits import holds_image
from extractor.readers.keywords import clean_overrides
from extractor.readers.metadata import read_metadata
from trapdb.configuration.keys import Configuration
from trapdb.measuring import configured
from trapdb.measuring.configured import Measured
from trapdb.measuring.image_files import SUFFIXES
from trapdb.source_list.columns import UNITS, mapping
from trapdb.source_list.table import read_columns, read_table
from trapdb.timing import Timings

Array = NDArray[np.float64]

# Keywords that have to be supplied if there is no image and the list does not state them.
ESSENTIAL = ("DATE-OBS", "RESTFRQ", "BMAJ", "BMIN", "BPA", "CRVAL1", "CRVAL2")
# A projection about the given centre, so that the header of a list is like that of an image.
_CARDS = {"CTYPE1": "RA---SIN", "CTYPE2": "DEC--SIN", "CRPIX1": 1.0, "CRPIX2": 1.0,
          "CDELT1": -0.01, "CDELT2": 0.01}  # fmt: skip
# Reasons for which rows of a list are left out.
NO_POSITION = "left out, without a position"
OUTSIDE = "left out, outside the image's footprint"
# Columns without which a row is kept, but not used.
UNUSABLE = {
    "not usable, without a peak or integrated flux": ("peak_flux", "int_flux"),
    "not usable, without an error of the position": ("ra_err", "dec_err"),
    "not usable, without an error of the peak or integrated flux": (
        "peak_flux_err",
        "int_flux_err",
    ),
}


def image_beside(path: str) -> str | None:
    """Return the image of a source list: in its directory, and with a name that begins the list's.

    ``field.fits`` is the image of ``field.vot``, ``field_comp.csv``, ``field.pybdsm.srl.fits`` and
    ``selavy-field.components.xml``. Of several images it is the one with the longest name. FITS
    files with tables only are not images.
    """
    name = os.path.basename(path).removeprefix("selavy-")
    beside = []
    for file in Path(path).resolve().parent.iterdir():
        suffix = next((s for s in SUFFIXES if file.name.lower().endswith(s)), None)
        if suffix is None or file.name == os.path.basename(path):
            continue
        stem = file.name[: -len(suffix)]
        if name.startswith(stem) and re.match(r"[^0-9A-Za-z]", name[len(stem) :]):
            beside.append((len(stem), os.path.join(os.path.dirname(path), file.name)))
    return next((image for _, image in sorted(beside, reverse=True) if holds_image(image)), None)


def read_keys(path: str, configuration: Configuration) -> list[ImageKey]:
    """Read the keys that order images for a source list, which represents its image.

    Raises
    ------
    ExtractorError
        The list or its image cannot be read, or metadata are missing; one line lists all of them.
    """
    beside = image_beside(path)
    if beside is None:
        image = _image_without_pixels(path, configuration)[0]
        return [ImageKey(path, image.taken_at, image.freq_eff, image.stokes)]
    keys = extractor.read_keys(beside, header=configuration.image.keywords)
    if len(keys) != 1:
        raise ImageError(f"{path}: the image beside it, {beside}, is a cube of {len(keys)} images")
    return [ImageKey(path, keys[0].taken_at, keys[0].freq_eff, keys[0].stokes)]


def identify(path: str, configuration: Configuration) -> Image:
    """Read the image to which a source list belongs, for `Measurer.identify`."""
    beside = image_beside(path)
    if beside is None:
        return _image_without_pixels(path, configuration)[0]
    return configured.read(beside, configuration, Timings())


def measure_beside(
    path: str, beside: str, configuration: Configuration, timings: Timings
) -> Measured:
    """Read the sources of an image from its list, and everything else from the image."""
    settings = configuration.extraction
    read = configured.read(beside, configuration, timings)
    configured.require_tense(read, configuration)
    checked = configured.check(read, configuration, timings)
    if checked.failures:
        return checked
    image = checked.image
    with timings.stage("background"):
        background = extractor.background(
            image, mesh_px=settings.mesh_px, footprint=checked.footprint
        )
    with timings.stage("source list"):
        columns, of_image, _, rows = _columns(path, configuration)
        columns = _in_jansky(columns, of_image, image.jy_per_unit)
        x, y = sky.to_pixel(image.wcs, columns["ra"], columns["dec"])
        ny, nx = image.data.shape
        with np.errstate(invalid="ignore"):  # NaN for places that the projection cannot show
            inside = (x > -0.5) & (x < nx - 0.5) & (y > -0.5) & (y < ny - 0.5)
        inside &= checked.footprint.depth(columns["ra"], columns["dec"]) >= 0
        columns = _select(columns, inside, OUTSIDE, rows)
        x, y = x[inside], y[inside]
        level, rms = background.at(x, y)
        for name, values in (("local_rms", rms), ("background", level)):
            columns[name] = np.where(np.isnan(columns[name]), values, columns[name])
        measurements = _measurements(columns, x, y, image.beam, configuration, rows)
    return Measured(
        image, checked.checks, checked.footprint, background, measurements, unused_rows=rows
    )


def read_alone(
    path: str, configuration: Configuration
) -> tuple[Image, Footprint, Measurements, tuple[float, float, float], Counter[str]]:
    """Read a source list without its image.

    Returns
    -------
    Image
        Without pixels.
    Footprint
        A circle.
    Measurements
    tuple of float
        Median, least and greatest noise, Jy/beam: as configured, else those at the sources.
    Counter of str
        How many rows of the list are not used, by the reason.

    Raises
    ------
    ImageError
        Metadata are missing; one line lists all of them.
    """
    image, columns, noise, rows = _image_without_pixels(path, configuration)
    footprint = Footprint(image.ra, image.dec, float(configuration.extraction.radius or 0), None)
    inside = footprint.depth(columns["ra"], columns["dec"]) >= 0
    columns = _select(columns, inside, OUTSIDE, rows)
    unknown = np.full(np.count_nonzero(inside), np.nan)
    if configuration.source_list.rms:
        known = columns["local_rms"]
        columns["local_rms"] = np.where(np.isnan(known), configuration.source_list.rms, known)
    measurements = _measurements(columns, unknown, unknown, image.beam, configuration, rows)
    return image, footprint, measurements, noise, rows


def no_grid(footprint: Footprint) -> NoiseGrid:
    """Return an empty noise map of a footprint, for an unknown noise."""
    reach = math.sin(math.radians(min(footprint.radius, 90.0)))
    return NoiseGrid(-reach, -reach, 2 * reach, 2 * reach, np.full((2, 2), np.nan))


def _columns(
    path: str, configuration: Configuration
) -> tuple[dict[str, Array], set[str], dict[str, object], Counter[str]]:
    """Read a list.

    Returns
    -------
    dict of str to ndarray
        Its columns.
    set of str
        Those of them that are in the unit of the image's pixels.
    dict
        Its metadata on the image.
    Counter of str
        Number of rows without a position.

    Raises
    ------
    ImageError
        No row has a position: the column was not the expected one.
    """
    settings = configuration.source_list
    table, cards = read_table(path)
    sources = mapping(settings.finder, settings.columns, table.colnames)
    columns = read_columns(table, sources, path)
    of_image = {name for name, column in sources.items() if column.of_image}
    somewhere = np.isfinite(columns["ra"]) & (np.abs(columns["dec"]) <= 90)
    if len(somewhere) and not somewhere.any():
        raise ImageError(f"{path}: none of its {len(somewhere)} rows has a position on the sky")
    rows: Counter[str] = Counter()
    return _select(columns, somewhere, NO_POSITION, rows), of_image, cards, rows


def _in_jansky(
    columns: dict[str, Array], of_image: set[str], jy_per_unit: float
) -> dict[str, Array]:
    """Convert what a finder writes in the unit of the pixels, which it does not look at."""
    return columns | {name: columns[name] * jy_per_unit for name in of_image}


def _select(
    columns: dict[str, Array], kept: NDArray[np.bool_], reason: str, rows: Counter[str]
) -> dict[str, Array]:
    """Select rows, and count those that are left out for a reason."""
    if kept.all():
        return columns
    rows[reason] += int(np.count_nonzero(~kept))
    return {name: values[kept] for name, values in columns.items()}


def _image_without_pixels(
    path: str, configuration: Configuration
) -> tuple[Image, dict[str, Array], tuple[float, float, float], Counter[str]]:
    from astropy.io.fits import Header

    columns, of_image, cards, rows = _columns(path, configuration)
    cards = clean_overrides(cards) | clean_overrides(configuration.image.keywords)
    lacking = [f"--header {key}=..." for key in ESSENTIAL if key not in cards]
    if configuration.extraction.radius is None:
        lacking.append("--radius DEG, how far from the centre sources were looked for")
    rms = configuration.source_list.rms
    if not rms and not (columns["local_rms"] > 0).any():
        lacking.append("source_list.rms in the configuration")
    if lacking:
        raise ImageError(
            f"{path}: there is no image beside it, and its metadata does not tell all: give "
            f"{'; '.join(lacking)}"
        )
    metadata = read_metadata(Header(_CARDS), cards, path)
    columns = _in_jansky(columns, of_image, metadata.jy_per_unit)
    noise = (rms, rms, rms) if rms else _noise_of(columns["local_rms"])
    ra, dec = (float(value) for value in metadata.projection.wcs.wcs.crval)
    words = [metadata.beam, metadata.freq_eff, metadata.bandwidth, metadata.taken_at,
             metadata.duration, metadata.stokes, ra, dec]  # fmt: skip
    digest = hashlib.sha256(repr(words).encode())
    for name in UNITS:
        digest.update(columns[name].astype("<f8").tobytes())
    image = Image(
        path=path,
        identity=Identity(digest.hexdigest()),
        data=np.empty((0, 0), np.float32),
        projection=None,
        beam=metadata.beam,
        freq_eff=metadata.freq_eff,
        bandwidth=metadata.bandwidth,
        taken_at=metadata.taken_at,
        duration=metadata.duration,
        stokes=metadata.stokes,
        ra=float(sky.right_ascension(ra)),
        dec=dec,
        pixel_scale=(math.nan, math.nan),
        telescope=metadata.telescope,
        stations=metadata.stations,
        signed=metadata.stokes != "I",
    )
    return image, columns, noise, rows


def _noise_of(local_rms: Array) -> tuple[float, float, float]:
    """Median, least and greatest noise at the sources."""
    known = local_rms[local_rms > 0]
    return float(np.median(known)), float(known.min()), float(known.max())


def _measurements(
    columns: dict[str, Array],
    x: Array,
    y: Array,
    beam: Beam,
    configuration: Configuration,
    rows: Counter[str],
) -> Measurements:
    """Make measurements of columns, and count those that are not usable, by the reason.

    Missing values that follow from others are computed; nothing is guessed.
    """
    systematic = systematic_errors(configuration.extraction.systematic_error, beam)
    n = len(x)
    unknown = np.full(n, np.nan)
    values: dict[str, Any] = dict.fromkeys(COLUMNS, unknown) | columns
    values |= {"x": x, "y": y, "peak_flux_raw": columns["peak_flux"]}
    for name, error in zip(("ra", "dec"), systematic, strict=True):
        values[f"{name}_fit_err"] = columns[f"{name}_err"]
        values[f"{name}_err"] = np.hypot(columns[f"{name}_err"], error)
    for name in ("local_rms", "major", "minor", "chi2"):
        values[name] = np.where(values[name] > 0, values[name], np.nan)
    values["pa"] = np.mod(values["pa"], 180)
    values["snr"] = values["peak_flux"] / values["local_rms"]
    known = np.isfinite(values["major"] + values["minor"] + values["pa"])
    deconvolved = np.full((3, n), np.nan)
    if known.any():
        shape = shape_matrix(*(values[name][known] for name in ("major", "minor", "pa")))
        beam_shape = np.broadcast_to(shape_matrix(beam.major, beam.minor, beam.pa), shape.shape)
        deconvolved[:, known] = deconvolve(shape, beam_shape)
    for name, column in zip(("major", "minor", "pa"), deconvolved, strict=True):
        values[f"deconvolved_{name}"] = column
    # The error is 0 if the digits of the position are too few to show it.
    for name in ("ra_err", "dec_err"):
        values[name] = np.where(values[name] > 0, values[name], np.nan)
    usable = np.full(n, True)
    for reason, names in UNUSABLE.items():
        lacks = usable & ~np.logical_and.reduce([np.isfinite(values[name]) for name in names])
        usable &= ~lacks
        if lacks.any():
            rows[reason] += int(np.count_nonzero(lacks))
    island = columns["island"]
    values["island"] = np.where(np.isnan(island), np.arange(n), island).astype(np.int64)
    values["flags"] = np.where(usable, 0, int(Flag.BAD_ERROR)).astype(np.int64)
    values["usable"] = usable
    return Measurements(**values)
