"""Figures, on a screen or in a file, and what all plots have in common."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from trapdb.errors import InputError
from trapdb.whole_file import whole_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Colours that everybody can distinguish: Okabe & Ito (2008), "Color Universal Design".
BLACK = "#000000"
ORANGE = "#E69F00"
SKY_BLUE = "#56B4E9"
GREEN = "#009E73"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#8C8C8C"
PALE_BLUE = "#DDE6F0"
SERIES = (BLUE, ORANGE, GREEN, PURPLE, SKY_BLUE, VERMILLION, BLACK)
# A marker beside the colour, for those who print in grey.
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
# Of the names beside points, in shares of the frame: a letter's width, a line's height, how far
# from the point they stand, and half the size of a point.
NAME_WIDTH, NAME_HEIGHT, NAME_GAP, POINT = 0.0125, 0.035, 0.025, 0.01
# So far a name goes out of the way of a point that it would hide, and no farther than for two: in a
# crowd it would find no place.
HIDDEN, CROWD = 0.15, 2


def require_drawable(output: Path | None) -> None:
    """Refuse what cannot be drawn, before there is anything to draw.

    Parameters
    ----------
    output
        File that a figure is for; without one it is a window.

    Raises
    ------
    InputError
        matplotlib is not installed, or does not know the format of the file's suffix; or there is
        no screen for a window.
    """
    try:
        import matplotlib
        from matplotlib.backend_bases import FigureCanvasBase
    except ImportError as error:
        raise InputError(
            "plots need matplotlib, which is not installed: pip install 'trapdb[plot]'"
        ) from error
    if output is not None:
        known = FigureCanvasBase.get_supported_filetypes()
        if _format(output) not in known:
            names = ", ".join(sorted(known))
            raise InputError(f"{output}: no format for a plot; known are {names}")
    elif matplotlib.get_backend().lower() == "agg":
        raise InputError("there is no screen for a window: name a file, --output plot.png")


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
        It cannot be drawn.
    """
    require_drawable(output)
    if output is not None:
        from matplotlib.figure import Figure

        return Figure(figsize=(width, height), layout="constrained")
    from matplotlib import pyplot

    return pyplot.figure(figsize=(width, height), layout="constrained")


def deliver(figure: "Figure", output: Path | None) -> None:
    """Write a figure to its file, in the format of the file's suffix, or show its window.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    if output is None:
        from matplotlib import pyplot

        pyplot.show()
        return
    with whole_file(output) as path:
        figure.savefig(path, format=_format(output), dpi=150)


def _format(output: Path) -> str:
    return output.suffix.lower().lstrip(".")


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


def name_points(axis: Any, points: ArrayLike, names: Sequence[str], others: ArrayLike) -> None:
    """Write names beside points, in the frame, clear of each other and, with room, of all points.

    Parameters
    ----------
    axis
        All is drawn on it; it keeps the limits that it has.
    points : array-like, shape (N, 2)
        In the coordinates of its data; points outside the frame are left out.
    names
        One for each point; the first ones come nearest to theirs.
    others : array-like, shape (M, 2)
        All points that are drawn.
    """
    axis.set(xlim=axis.get_xlim(), ylim=axis.get_ylim())
    to_frame = axis.transScale + axis.transLimits
    drawn = to_frame.transform(np.asarray(others, float))
    taken = np.empty((0, 3))
    for point, name in zip(np.asarray(points, float), names, strict=True):
        place = to_frame.transform(point)
        if not np.all((place >= 0) & (place <= 1)):
            continue
        spots = _spots(place[0], place[1], NAME_WIDTH * len(name))
        free = [spot for spot in spots if _is_free(spot, taken)]
        left, right, y = min(free or spots, key=lambda spot: _cost(spot, place[1], drawn))
        taken = np.vstack([taken, (left, right, y)])
        is_right = left > place[0]
        axis.annotate(
            name, point, xytext=(left if is_right else right, y), textcoords="axes fraction",
            ha="left" if is_right else "right", va="center", fontsize="small", color=BLACK,
            arrowprops={"arrowstyle": "-", "color": GREY, "lw": 0.6},
            bbox={"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.5},
        )  # fmt: skip


def _spots(x: float, y: float, width: float) -> list[tuple[float, float, float]]:
    """Return left, right and height of where a name may stand, the nearest first; at least one."""
    lefts = [left for left in (x + NAME_GAP, x - NAME_GAP - width) if 0 <= left <= 1 - width]
    away = NAME_HEIGHT * np.array([0, *(sign * n for n in range(1, 20) for sign in (1, -1))])
    heights = [height for height in y + away if NAME_HEIGHT <= height <= 1 - NAME_HEIGHT]
    return [(left, left + width, height) for height in heights for left in lefts or [0.0]]


def _is_free(spot: tuple[float, float, float], taken: Any) -> bool:
    """Return whether a name would stand clear of others."""
    left, right, y = spot
    beside = (taken[:, 1] < left) | (taken[:, 0] > right)
    return bool(np.all(beside | (np.abs(taken[:, 2] - y) >= NAME_HEIGHT)))


def _cost(spot: tuple[float, float, float], height: float, points: Any) -> float:
    """Return how far a name would be from its point, and more if it would hide others."""
    left, right, y = spot
    x_near = (points[:, 0] > left - POINT) & (points[:, 0] < right + POINT)
    hidden = np.sum(x_near & (np.abs(points[:, 1] - y) < NAME_HEIGHT / 2 + POINT))
    return abs(y - height) + HIDDEN * min(CROWD, hidden)


def show_blanks(axis: Any) -> Any:
    """Paint the part that no pixel covers; return its entry for a legend."""
    from matplotlib.patches import Patch

    axis.set_facecolor(PALE_BLUE)
    return Patch(facecolor=PALE_BLUE, edgecolor=GREY, label="blank")


def few_decades(axis: Any) -> None:
    """Label a logarithmic axis that holds less than a decade by round numbers, written out."""
    from matplotlib.ticker import MaxNLocator, NullLocator, StrMethodFormatter

    low, high = sorted(axis.get_view_interval())
    if high < 10 * low:
        axis.set_major_locator(MaxNLocator(5))
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.set_minor_locator(NullLocator())


def time_axis(axis: Any) -> None:
    """Label an axis of times in UTC."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator()
    axis.set_major_locator(locator)
    axis.set_major_formatter(ConciseDateFormatter(locator))
    axis.set_label_text("time (UTC)")
