"""How much of what was injected was found."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from trapdb.plots.canvas import BLUE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Quantity, what its axis says, and its scale.
_PANELS = (
    ("peak_snr", "S/N where it stands out most", "log"),
    ("timescale", "timescale [s]", "log"),
    ("centre_distance", "distance from the centre [deg]", "linear"),
    ("kind", "", "linear"),
)


def draw(figure: "Figure", rows: Sequence[Any], title: str) -> None:
    """Draw the recall against brightness, timescale and place, and for each kind.

    Parameters
    ----------
    figure
        An empty one.
    rows
        Of ``trap.completeness``.
    title
        What the figure is of.
    """
    shown = [
        (label, scale, own)
        for quantity, label, scale in _PANELS
        if (own := [row for row in rows if row.quantity == quantity])
    ]
    for number, (label, scale, own) in enumerate(shown, 1):
        panel: Any = figure.add_subplot(2, 2, number, xscale=scale)
        recall = np.array([row.recall for row in own])
        low, high = (
            np.array([getattr(row, name) for row in own]) for name in ("recall_low", "recall_high")
        )
        if own[0].low is None:
            middle, width = np.arange(len(own), dtype=float), None
            panel.set_xticks(middle, [row.kind for row in own], rotation=60, ha="right")
        else:
            edges = np.array([(row.low, row.high) for row in own], float)
            middle = np.sqrt(edges.prod(axis=1)) if scale == "log" else edges.mean(axis=1)
            width = np.abs(edges.T - middle)
        spread = np.stack([np.maximum(recall - low, 0), np.maximum(high - recall, 0)])
        panel.errorbar(middle, recall, spread, width, fmt="o", color=BLUE)
        panel.set_ylim(-0.05, 1.05)
        panel.set_xlabel(label)
        panel.set_ylabel("found")
    figure.suptitle(title)
