"""Circular polarisation: V against I, with the line of leakage."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from trapdb.plots.canvas import (
    BLACK,
    GREY,
    MARKERS,
    SERIES,
    VERMILLION,
    flux_unit,
    frequency,
    name_points,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAX_NAMES = 10


def draw(
    figure: "Figure",
    rows: Sequence[Any],
    freqs: Mapping[int, float],
    marked: Mapping[int, str],
    title: str,
) -> None:
    """Draw the size of V against I, both in logarithms.

    Parameters
    ----------
    figure
        An empty one.
    rows
        Rows of ``trap.polarisation`` with I above 0 and a V: one a source and band.
    freqs
        Frequencies of the bands, Hz, by band_id.
    marked
        Names of the sources that are circularly polarised, by source_id.
    title
        What the figure is of.
    """
    axis = figure.add_subplot()
    factor, unit = flux_unit([row.i_flux for row in rows])
    for number, band_id in enumerate(sorted(freqs, key=lambda band_id: freqs[band_id])):
        colour, marker = (them[number % len(them)] for them in (SERIES, MARKERS))
        of_band = [row for row in rows if row.band_id == band_id]
        for hand, face in (("right", "none"), ("left", colour)):
            some = [row for row in of_band if row.handedness == hand]
            axis.errorbar(
                [factor * row.i_flux for row in some],
                [factor * abs(row.v_flux) for row in some],
                [factor * row.v_err for row in some],
                fmt=marker, color=colour, markerfacecolor=face, markersize=5, elinewidth=0.6,
                alpha=0.7, label=f"{frequency(freqs[band_id])}, {hand}-handed",
            )  # fmt: skip
    total = np.array([row.i_flux for row in rows])
    reach = np.array([total.min() / 1.5, total.max() * 1.5])
    axis.plot(factor * reach, factor * reach, color=GREY, linewidth=1, label="|V| = I")
    known = [row for row in rows if row.v_leakage is not None]
    if known:
        share = float(np.median([np.hypot(row.v_leakage, row.v_leakage_err) for row in known]))
        axis.plot(
            factor * reach, factor * share * reach, color=BLACK, linestyle="--", linewidth=1,
            label=f"leakage, median: {100 * share:.2g} % of I",
        )  # fmt: skip
    axis.set(
        xscale="log", yscale="log", title=title, xlabel=f"peak flux density in I [{unit}/beam]",
        ylabel=f"size of the peak flux density in V [{unit}/beam]",
    )  # fmt: skip
    listed = sorted(
        (row for row in rows if row.source_id in marked),
        key=lambda row: -abs(row.v_significance or 0),
    )
    if listed:
        places = [(factor * row.i_flux, factor * abs(row.v_flux)) for row in listed]
        axis.plot(
            *zip(*places, strict=True), "o", markersize=12, markerfacecolor="none",
            markeredgecolor=VERMILLION, label="circular",
        )  # fmt: skip
        names = [marked[row.source_id] for row in listed[:MAX_NAMES]]
        everything = [(factor * row.i_flux, factor * abs(row.v_flux)) for row in rows]
        name_points(axis, places[:MAX_NAMES], names, everything)
    axis.legend(fontsize="small")
