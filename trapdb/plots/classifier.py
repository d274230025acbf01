"""How good a classifier is: confusion, calibration, and the features that decide."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from trapdb.plots.canvas import BLUE, GREY

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 15  # features


def draw(
    figure: "Figure",
    classes: Sequence[str],
    metrics: Mapping[str, Any],
    importance: Mapping[str, float],
    title: str,
) -> None:
    """Draw confusion, calibration and importance side by side.

    Parameters
    ----------
    figure
        An empty one.
    classes
        Names of the classes.
    metrics
        As `trapdb.classify.judging.metrics` returns them.
    importance
        By how much each feature moves probabilities.
    title
        Of which classifier it is.
    """
    figure.suptitle(title)
    mistaken, sure, deciding = figure.subplots(1, 3, width_ratios=(5, 3, 3))
    matrix = np.array(metrics["confusion"], dtype=float)
    share = matrix / matrix.sum(axis=1, keepdims=True).clip(1)
    mistaken.imshow(share, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.argwhere(share >= 0.005):
        value = share[row, column]
        mistaken.text(
            column, row, f"{100 * value:.0f}", ha="center", va="center", fontsize=7,
            color="white" if value > 0.5 else "black",
        )  # fmt: skip
    places = range(len(classes))
    mistaken.set_xticks(places, classes, rotation=90)
    mistaken.set_yticks(places, classes)
    mistaken.set(xlabel="held to be", ylabel="class", title="per cent of each class")

    told, right, number = (np.array(part) for part in zip(*metrics["calibration"], strict=True))
    sure.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
    error = np.sqrt(np.maximum(right * (1 - right), 0.25 / number) / number)
    sure.errorbar(told, right, error, fmt="o-", color=BLUE, markersize=4)
    sure.set(xlim=(0, 1), ylim=(0, 1), xlabel="probability told", ylabel="share that was right")
    sure.set_title(f"calibration error {metrics['calibration_error']:.3f}")

    ranked = sorted(importance.items(), key=lambda item: -item[1])[:MOST]
    deciding.barh([name for name, _ in ranked], [moved for _, moved in ranked], color=BLUE)
    deciding.invert_yaxis()
    deciding.set(xlabel="moves a probability by", title="features that decide")
