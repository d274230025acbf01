"""A source epoch by epoch: cutouts of the images around it, north up."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trapdb.plots.canvas import GREY, VERMILLION, flux_unit, frequency, show_blanks
from trapdb.plots.lightcurve import LABELS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from extractor import Image

SAMPLES = 101
COLUMNS = 6
PANEL_INCHES = 2.1
# The grey scale goes from and at least to so many times the noise.
DARKEST, BRIGHTEST = -3.0, 10.0


@dataclass(frozen=True)
class Panel:
    """The cutout of one image.

    Attributes
    ----------
    taken_at : datetime
    freq_eff : float
        Hz.
    stokes : str
    note : str
        The measurement at the source, in words.
    noise : float
        Jy/beam; NaN if unknown.
    pixels : ndarray, shape (N, N), or None
        Jy/beam, row 0 south, column 0 east; None if the image cannot be read again.
    trouble : str
        Why the image cannot be read again.
    """

    taken_at: datetime
    freq_eff: float
    stokes: str
    note: str
    noise: float
    pixels: NDArray[np.float64] | None
    trouble: str = ""


def cut(image: "Image", ra: float, dec: float, size: float) -> NDArray[np.float64]:
    """Cut a square out of an image.

    Parameters
    ----------
    image
        The image.
    ra, dec
        Centre, deg.
    size
        Side of the square, deg.

    Returns
    -------
    ndarray, shape (N, N)
        Jy/beam, row 0 south, column 0 east; NaN outside the image.
    """
    from scipy.ndimage import map_coordinates

    from extractor.geometry.sky import tangent_vectors, to_pixel, unit_vector

    offset = np.radians(np.linspace(-size / 2, size / 2, SAMPLES))
    east, north = tangent_vectors(ra, dec)
    place = unit_vector(ra, dec) - offset[:, None] * east + offset[:, None, None] * north
    x, y, z = np.moveaxis(place, -1, 0)
    column, row = to_pixel(
        image.wcs, np.degrees(np.arctan2(y, x)) % 360, np.degrees(np.arctan2(z, np.hypot(x, y)))
    )
    return map_coordinates(
        image.data.astype(float), [np.nan_to_num(row, nan=-9), np.nan_to_num(column, nan=-9)],
        order=0, cval=np.nan,
    )  # fmt: skip


def size_of(count: int) -> tuple[float, float]:
    """Return width and height in inches of a figure of so many panels."""
    columns = min(count, COLUMNS)
    return max(4.5, columns * PANEL_INCHES + 1), math.ceil(count / columns) * (
        PANEL_INCHES + 0.5
    ) + 1


def draw(figure: "Figure", panels: Sequence[Panel], size: float, title: str) -> None:
    """Draw the panels in their order, all with one grey scale.

    Parameters
    ----------
    figure
        An empty one.
    panels
        In the order in which they are to stand.
    size
        Side of the squares, deg.
    title
        What the figure is of.
    """
    columns = min(len(panels), COLUMNS)
    rows = math.ceil(len(panels) / columns)
    axes: Any = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    noise, high = _grey_scale(panels)
    factor, unit = flux_unit(high)
    half = size * 1800
    drawn = blank = None
    for axis, panel in zip(axes.flat, panels, strict=False):
        axis.set_title(
            f"{panel.taken_at:%Y-%m-%d %H:%M:%S}\n{frequency(panel.freq_eff)} {panel.stokes}  "
            f"{panel.note}",
            fontsize="x-small",
        )
        axis.set_xlim(half, -half)
        axis.set_ylim(-half, half)
        axis.set_aspect("equal")
        if panel.pixels is None:
            axis.text(
                0,
                0,
                panel.trouble.replace(" ", "\n", 2),
                ha="center",
                va="center",
                color=GREY,
                fontsize="small",
            )
            continue
        patch = show_blanks(axis)
        if np.isnan(panel.pixels).any():
            blank = patch
        drawn = axis.imshow(
            factor * panel.pixels, origin="lower", extent=(half, -half, -half, half), cmap="Greys",
            interpolation="nearest", vmin=factor * DARKEST * noise, vmax=factor * high,
        )  # fmt: skip
        gap, tick = half / 6, half / 3
        for line in (([gap, tick], [0, 0]), ([0, 0], [gap, tick])):
            axis.plot(*line, color=VERMILLION, linewidth=1.2)
    for axis in list(axes.flat)[len(panels) :]:
        axis.set_visible(False)
    figure.supxlabel("offset to the east [arcsec]", fontsize="medium")
    figure.supylabel("offset to the north [arcsec]", fontsize="medium")
    if drawn is not None:
        label = LABELS["peak"].format(unit)
        figure.colorbar(drawn, ax=axes, label=label, shrink=min(1, 2 / rows), aspect=30)
    if blank is not None:
        figure.legend(handles=[blank], loc="outside lower right")
    figure.suptitle(title)


def _grey_scale(panels: Sequence[Panel]) -> tuple[float, float]:
    """Return the noise of the images that could be read, and the largest value of the scale."""
    there = [(p.noise, p.pixels) for p in panels if p.pixels is not None]
    noise = [one for one, _ in there if math.isfinite(one)]
    usual = float(np.median(noise)) if noise else 0.0
    # the scale is that of the source itself, also if neighbours are brighter
    middle = slice(2 * SAMPLES // 5, 3 * SAMPLES // 5 + 1)
    near = [pixels[middle, middle] for _, pixels in there]
    peaks = [np.max(piece, where=np.isfinite(piece), initial=0.0) for piece in near]
    return usual, float(max([BRIGHTEST * usual, *peaks, 1e-12]))
