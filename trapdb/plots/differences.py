"""A source in differences: the image, what was subtracted, and what is left, epoch by epoch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trapdb.plots.canvas import VERMILLION, flux_unit, frequency, show_blanks
from trapdb.plots.lightcurve import LABELS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW_INCHES, WIDTH_INCHES = 2.3, 7.5
HEADS = ("image, as aligned", "reference", "difference")
# The scale of differences goes at least so many times the noise to either side.
LEAST = 6.0


@dataclass(frozen=True)
class Row:
    """The pieces of one difference.

    Attributes
    ----------
    taken_at : datetime
    freq_eff : float
        Hz.
    stokes : str
    note : str
        The measurement in the difference, in words.
    noise : float
        Of the difference, Jy/beam.
    reference, difference : ndarray, shape (N, N)
        Jy/beam, row 0 south, column 0 east.
    """

    taken_at: datetime
    freq_eff: float
    stokes: str
    note: str
    noise: float
    reference: NDArray[np.float64]
    difference: NDArray[np.float64]


def size_of(count: int) -> tuple[float, float]:
    """Return width and height in inches of a figure of so many rows."""
    return WIDTH_INCHES, count * ROW_INCHES + 1


def draw(figure: "Figure", rows: Sequence[Row], size: float, title: str) -> None:
    """Draw a row each: images and references with one grey scale, differences with one of colours.

    Parameters
    ----------
    figure
        An empty one.
    rows
        In the order in which they are to stand.
    size
        Side of the squares, deg.
    title
        What the figure is of.
    """
    axes: Any = figure.subplots(len(rows), 3, squeeze=False, sharex=True, sharey=True)
    most = max(LEAST * max(row.noise for row in rows), *(_largest(row.difference) for row in rows))
    high = max(most, *(_largest(row.difference + row.reference) for row in rows))
    factor, unit = flux_unit(high)
    half = size * 1800
    extent = (half, -half, -half, half)
    for row, (whole, subtracted, left) in zip(rows, axes, strict=True):
        for axis, pixels in ((whole, row.reference + row.difference), (subtracted, row.reference)):
            grey = axis.imshow(
                factor * pixels, origin="lower", extent=extent, cmap="Greys",
                interpolation="nearest", vmin=-0.1 * factor * high, vmax=factor * high,
            )  # fmt: skip
        coloured = left.imshow(
            factor * row.difference, origin="lower", extent=extent, cmap="RdBu_r",
            interpolation="nearest", vmin=-factor * most, vmax=factor * most,
        )  # fmt: skip
        subtracted.set_title(
            f"{row.taken_at:%Y-%m-%d %H:%M:%S}  {frequency(row.freq_eff)} {row.stokes}  {row.note}",
            fontsize="x-small",
        )
        for axis in (whole, subtracted, left):
            show_blanks(axis)
            for line in (([half / 6, half / 3], [0, 0]), ([0, 0], [half / 6, half / 3])):
                axis.plot(*line, color=VERMILLION, linewidth=1.2)
            axis.set_xlim(half, -half)
            axis.set_ylim(-half, half)
    for axis, head in zip(axes[-1], HEADS, strict=True):
        axis.set_xlabel(head, fontsize="small")
    figure.supxlabel("offset to the east [arcsec]", fontsize="medium")
    figure.supylabel("offset to the north [arcsec]", fontsize="medium")
    label = LABELS["peak"].format(unit)
    shown: dict[str, Any] = {"label": label, "shrink": min(1, 2 / len(rows)), "aspect": 30}
    figure.colorbar(grey, ax=axes[:, :2], location="left", **shown)
    figure.colorbar(coloured, ax=axes[:, 2], **shown)
    figure.suptitle(title)


def _largest(pixels: NDArray[np.float64]) -> float:
    return float(np.max(np.abs(pixels), where=np.isfinite(pixels), initial=0.0))
