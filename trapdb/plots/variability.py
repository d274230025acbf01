"""The eta-V plane, with the distributions of both along its sides."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from trapdb.plots.canvas import GREY, MARKERS, SERIES, VERMILLION, frequency, name_points

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# More names than this would hide the points.
MAX_NAMES = 5


@dataclass(frozen=True)
class Series:
    """The sources of one band and Stokes parameter, and the thresholds to be drawn.

    Attributes
    ----------
    freq_eff : float
        Hz.
    stokes : str
    rows : sequence
        Of ``trap.variability``, with eta and V above 0.
    eta_limit, v_limit : float
        Thresholds; NaN for none.
    """

    freq_eff: float
    stokes: str
    rows: Sequence[Any]
    eta_limit: float
    v_limit: float


def draw(
    figure: "Figure",
    series: Sequence[Series],
    flux: str,
    marked: dict[int, str],
    title: str,
) -> None:
    """Draw eta against V, both logarithmic.

    Parameters
    ----------
    figure
        An empty one.
    series
        One a band and Stokes parameter.
    flux
        ``int`` or ``peak``.
    marked
        Names of the transients, by source_id, the most significant first.
    title
        What the figure is of.
    """
    grid = figure.add_gridspec(2, 2, width_ratios=(4, 1), height_ratios=(1, 4))
    plane: Any = figure.add_subplot(grid[1, 0], xscale="log", yscale="log")
    above: Any = figure.add_subplot(grid[0, 0], sharex=plane)
    beside: Any = figure.add_subplot(grid[1, 1], sharey=plane)
    columns = f"eta_{flux}", f"v_{flux}"
    eta, v = (
        [np.array([getattr(row, column) for row in one.rows], float) for one in series]
        for column in columns
    )
    bins = _bins(eta), _bins(v)
    for number, one in enumerate(series):
        colour, marker = (them[number % len(them)] for them in (SERIES, MARKERS))
        label = f"{frequency(one.freq_eff)}, Stokes {one.stokes}"
        chosen = np.array([row.monitored for row in one.rows])
        found = eta[number][~chosen], v[number][~chosen]
        plane.plot(*found, marker, color=colour, markersize=4, alpha=0.6, markeredgewidth=0,
                   label=label)  # fmt: skip
        plane.plot(eta[number][chosen], v[number][chosen], "D", color=colour, markersize=7,
                   markerfacecolor="none")  # fmt: skip
        look = {"histtype": "step", "color": colour}
        above.hist(found[0], bins=bins[0], **look)
        beside.hist(found[1], bins=bins[1], orientation="horizontal", **look)
        dashed = {"color": colour, "linestyle": "--", "linewidth": 1}
        if one.eta_limit > 0:  # False for NaN
            for axis in (plane, above):
                axis.axvline(one.eta_limit, **dashed)
        if one.v_limit > 0:
            for axis in (plane, beside):
                axis.axhline(one.v_limit, **dashed)
    if any(row.monitored for one in series for row in one.rows):
        plane.plot([], [], "D", color=GREY, markerfacecolor="none", label="monitored")
    _mark(plane, [row for one in series for row in one.rows], columns, marked)
    plane.set_xlabel(r"$\eta$: reduced $\chi^2$ about a constant flux")
    plane.set_ylabel(r"$V$: standard deviation over mean")
    above.tick_params(axis="x", labelbottom=False)
    beside.tick_params(axis="y", labelleft=False)
    above.set_ylabel("sources")
    beside.set_xlabel("sources")
    figure.suptitle(title)
    figure.legend(*plane.get_legend_handles_labels(), loc="outside lower center", ncols=3)


def _bins(values: Sequence[np.ndarray]) -> np.ndarray:
    """Return edges of bins of equal width in the logarithm."""
    everything = np.concatenate(values)
    low, high = everything.min(), everything.max()
    return np.geomspace(low / 1.1, high * 1.1, max(10, min(40, len(everything) // 5)))


def _mark(plane: Any, rows: Sequence[Any], columns: Sequence[str], marked: dict[int, str]) -> None:
    """Encircle the transients in all their bands, and name the most significant ones."""
    place = attrgetter(*columns)
    chosen = [row for row in rows if row.source_id in marked]
    if not chosen:
        return
    plane.plot(*zip(*map(place, chosen), strict=True), "o", markersize=11, markerfacecolor="none",
               markeredgecolor=VERMILLION, label="transients")  # fmt: skip
    # a source's name stands beside its point in the band in which it varies most
    most = {row.source_id: row for row in sorted(chosen, key=place)}
    named = [source_id for source_id in marked if source_id in most][:MAX_NAMES]
    points = [place(most[source_id]) for source_id in named]
    name_points(plane, points, [marked[one] for one in named], [place(row) for row in rows])
