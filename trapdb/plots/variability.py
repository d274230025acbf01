"""The eta-V plane, with the distributions of both along its sides."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from trapdb.plots.canvas import BLACK, MARKERS, SERIES, VERMILLION, frequency

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Names beyond so many would hide the points.
MAX_NAMES = 15


@dataclass(frozen=True)
class Series:
    """The sources of one band and Stokes parameter, and the thresholds that are to be shown.

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
    marked: dict[tuple[int, int, str], str],
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
        Names of the transients, by source_id, band_id and stokes.
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
        plane.plot(eta[number], v[number], marker, color=colour, markersize=4, alpha=0.6,
                   markeredgewidth=0, label=label)  # fmt: skip
        look = {"histtype": "step", "color": colour}
        above.hist(eta[number], bins=bins[0], **look)
        beside.hist(v[number], bins=bins[1], orientation="horizontal", **look)
        dashed = {"color": colour, "linestyle": "--", "linewidth": 1}
        if one.eta_limit > 0:  # False for NaN
            for axis in (plane, above):
                axis.axvline(one.eta_limit, **dashed)
        if one.v_limit > 0:
            for axis in (plane, beside):
                axis.axhline(one.v_limit, **dashed)
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


def _mark(
    plane: Any, rows: Sequence[Any], columns: Collection[str], marked: dict[Any, str]
) -> None:
    """Encircle the transients, and name them if they are few."""
    chosen = [row for row in rows if (row.source_id, row.band_id, row.stokes) in marked]
    if not chosen:
        return
    x, y = (np.array([getattr(row, column) for row in chosen], float) for column in columns)
    plane.plot(x, y, "o", markersize=11, markerfacecolor="none", markeredgecolor=VERMILLION,
               label="transients")  # fmt: skip
    for row, *place in zip(chosen, x, y, strict=True) if len(chosen) <= MAX_NAMES else ():
        plane.annotate(
            marked[row.source_id, row.band_id, row.stokes], place, xytext=(-8, 0), ha="right",
            va="center", textcoords="offset points", fontsize="small", color=BLACK,
        )  # fmt: skip
