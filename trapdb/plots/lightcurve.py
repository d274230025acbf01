"""A light curve: a panel for each band and Stokes parameter, markers by the kind of point."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from trapdb.plots.canvas import BLUE, GREY, ORANGE, PURPLE, flux_unit, frequency, time_axis

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Below this S/N a point is an upper limit of so many of its errors.
LIMIT_SIGMA = 3.0
PALE = 0.4
LABELS = {"int": "integrated flux density [{}]", "peak": "peak flux density [{}/beam]"}
# how it was measured: colour and marker, the marker filled or not
STYLES = {
    "blind": (BLUE, "o", True),
    "forced": (ORANGE, "s", False),
    "back-filled": (PURPLE, "D", False),
}


def draw(figure: "Figure", rows: Sequence[Any], flux: str, title: str) -> None:
    """Draw a light curve.

    Points are blind, forced (in their own time step) or back-filled (after it). Those inherited
    from before a fork are grey. Below 3 sigma a point is pale, and an arrow stands at 3 sigma. A
    fit that failed is a cross on the time axis.

    Parameters
    ----------
    figure
        An empty one.
    rows
        Of ``trap.lightcurve``.
    flux
        ``int`` or ``peak``.
    title
        What the figure is of.
    """
    from matplotlib.lines import Line2D

    value, error = f"{flux}_flux", f"{flux}_flux_err"
    panels = sorted({(row.band_id, row.stokes) for row in rows}, key=lambda key: _order(rows, key))
    factor, unit = flux_unit([getattr(row, value) for row in rows if row.usable])
    axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    shown: dict[str, Any] = {}
    for axis, (band_id, stokes) in zip(axes, panels, strict=True):
        there = [row for row in rows if (row.band_id, row.stokes) == (band_id, stokes)]
        for label, style, chosen in _classes(there):
            shown.setdefault(label, _draw_points(axis, chosen, value, error, factor, style))
        failed = [row.taken_at for row in there if not row.usable]
        if failed:
            (cross,) = axis.plot(
                failed, np.zeros(len(failed)), "x", color=GREY, clip_on=False,
                transform=axis.get_xaxis_transform(),
            )  # fmt: skip
            shown.setdefault("fit failed", cross)
        axis.axhline(0, color=GREY, linewidth=0.8)
        axis.set_title(f"{frequency(there[0].freq_eff)}, Stokes {stokes}", fontsize="medium")
    figure.supylabel(LABELS[flux].format(unit), fontsize="medium")
    time_axis(axes[-1].xaxis)
    figure.suptitle(title)
    if any(row.usable and _is_faint(getattr(row, value), getattr(row, error)) for row in rows):
        shown[f"upper limits of {LIMIT_SIGMA:g} sigma"] = Line2D(
            [], [], color=GREY, marker="v", linestyle="none"
        )
    figure.legend(
        shown.values(), shown.keys(), loc="outside lower center", ncols=min(len(shown), 4)
    )


def _order(rows: Sequence[Any], key: tuple[int, str]) -> tuple[float, str]:
    band_id, stokes = key
    return min(row.freq_eff for row in rows if row.band_id == band_id), stokes


def _classes(rows: Sequence[Any]) -> Iterator[tuple[str, tuple, list[Any]]]:
    """Yield the usable points by class: name, style and rows."""
    for name, (colour, marker, filled) in STYLES.items():
        for inherited in (False, True):
            chosen = [
                row
                for row in rows
                if row.usable and _measured(row) == name and row.inherited == inherited
            ]
            if chosen:
                style = (GREY if inherited else colour, marker, filled)
                yield f"{name}, inherited" if inherited else name, style, chosen


def _measured(row: Any) -> str:
    if row.kind == "blind":
        return "blind"
    return "back-filled" if row.backfilled else "forced"


def _draw_points(
    axis: Any, rows: Sequence[Any], value: str, error: str, factor: float, style: tuple
) -> Any:
    """Draw points of one class, faint ones pale below their upper limits.

    Returns the entry of the legend.
    """
    colour, marker, filled = style
    time = np.array([row.taken_at for row in rows])
    flux, sigma = (
        factor * np.array([getattr(row, name) for row in rows], float) for name in (value, error)
    )
    faint = _is_faint(flux, sigma)
    look = {"color": colour, "markerfacecolor": colour if filled else "none", "markersize": 5}
    bright = axis.errorbar(
        time[~faint], flux[~faint], sigma[~faint], fmt=marker, elinewidth=1, **look
    )
    if faint.any():
        axis.errorbar(
            time[faint], flux[faint], sigma[faint], fmt=marker, elinewidth=1, alpha=PALE, **look
        )
        # the arrow is as long as one sigma
        axis.errorbar(
            time[faint], LIMIT_SIGMA * sigma[faint], sigma[faint], fmt="_", uplims=True,
            color=colour, elinewidth=1, capsize=2.5,
        )  # fmt: skip
    return bright


def _is_faint(flux: Any, sigma: Any) -> Any:
    """Return where an upper limit is to be drawn."""
    return flux < LIMIT_SIGMA * sigma
