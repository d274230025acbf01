"""What was searched at each timescale: how deep, and how rare transients are."""

from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from trapdb.plots.canvas import GREY, MARKERS, SERIES, few_decades, flux_unit, frequency

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(figure: "Figure", rows: Sequence[Any], title: str) -> None:
    """Draw sensitivity and rate of transients against the duration of the images.

    Parameters
    ----------
    figure
        An empty one.
    rows
        Of ``trap.timescale_summary``, with a known duration.
    title
        What the figure is of.
    """
    above: Any = figure.add_subplot(2, 1, 1, xscale="log", yscale="log")
    below: Any = figure.add_subplot(2, 1, 2, sharex=above, xscale="log", yscale="log")
    factor, unit = flux_unit([row.sensitivity for row in rows])
    of_series = sorted({(row.freq_central, row.stokes) for row in rows})
    for number, key in enumerate(of_series):
        colour, marker = (them[number % len(them)] for them in (SERIES, MARKERS))
        own = sorted(
            (row for row in rows if (row.freq_central, row.stokes) == key),
            key=attrgetter("duration"),
        )
        duration = np.array([row.duration for row in own])
        limit = np.array([row.sensitivity for row in own]) * factor
        label = f"{frequency(key[0])}, Stokes {key[1]}"
        above.plot(duration, limit, marker, color=colour, label=label)
        above.plot(duration, limit[0] * np.sqrt(duration[0] / duration), color=GREY, linewidth=1)
        upper, rate, lower = (
            np.array([getattr(row, name) for row in own], float)
            for name in ("rate_upper", "rate", "rate_lower")
        )
        seen = rate > 0
        below.plot(duration[~seen], upper[~seen], "v", color=colour, markerfacecolor="none")
        spread = np.stack([rate - lower, upper - rate])[:, seen]
        below.errorbar(duration[seen], rate[seen], spread, fmt=marker, color=colour)
    above.set_ylabel(f"sensitivity [{unit}/beam]")
    above.legend(fontsize="small")
    above.label_outer()
    below.set_ylabel("transients [deg$^{-2}$]")
    below.set_xlabel("duration of an image [s]")
    for axis in (above.xaxis, above.yaxis, below.yaxis):
        few_decades(axis)
    figure.suptitle(title)
