"""Figures, on a screen or in a file, and what all of them have in common."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from trapdb.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Told apart by everybody: Okabe & Ito (2008), "Color Universal Design".
BLACK = "#000000"
ORANGE = "#E69F00"
SKY_BLUE = "#56B4E9"
GREEN = "#009E73"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#8C8C8C"
SERIES = (BLUE, ORANGE, GREEN, PURPLE, SKY_BLUE, VERMILLION, BLACK)
# A second sign beside the colour, for those who print in grey.
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def new_figure(output: Path | None, width: float, height: float) -> "Figure":
    """Make an empty figure, for a file or, without one, for a window.

    Parameters
    ----------
    output
        File that the figure is for.
    width, height
        Inches.

    Raises
    ------
    InputError
        matplotlib is not installed, or there is no screen for a window.
    """
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError(
            "plots need matplotlib, which is not installed: pip install 'trapdb[plot]'"
        ) from error
    if output is not None:
        return Figure(figsize=(width, height), layout="constrained")
    from matplotlib import pyplot

    if matplotlib.get_backend().lower() == "agg":
        raise InputError("there is no screen for a window: name a file, --output plot.png")
    return pyplot.figure(figsize=(width, height), layout="constrained")


def deliver(figure: "Figure", output: Path | None) -> None:
    """Write a figure to its file, in the format of the file's suffix, or show its window.

    Raises
    ------
    InputError
        The file cannot be written, or matplotlib does not know the format.
    """
    if output is None:
        from matplotlib import pyplot

        pyplot.show()
        return
    known = figure.canvas.get_supported_filetypes()
    form = output.suffix.lower().lstrip(".")
    if form not in known:
        raise InputError(f"{output}: no format for a plot; known are {', '.join(sorted(known))}")
    try:
        figure.savefig(output, dpi=150)
    except OSError as error:
        raise InputError(f"{output}: cannot be written: {error.strerror}") from error


def flux_unit(values: ArrayLike) -> tuple[float, str]:
    """Return how many of a handy unit make a Jy, and its name, for flux densities in Jy."""
    known = np.abs(np.asarray(values, float))
    largest = np.max(known, where=np.isfinite(known), initial=0.0)
    for factor, name in ((1.0, "Jy"), (1e3, "mJy")):
        if largest * factor >= 1:
            return factor, name
    return 1e6, "µJy"


def frequency(hertz: float) -> str:
    """Write a frequency for the eye."""
    return f"{hertz / 1e9:.4g} GHz" if hertz >= 1e9 else f"{hertz / 1e6:.4g} MHz"


def time_axis(axis: Any) -> None:
    """Label an axis of times in UTC."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator()
    axis.set_major_locator(locator)
    axis.set_major_formatter(ConciseDateFormatter(locator))
    axis.set_label_text("time (UTC)")
