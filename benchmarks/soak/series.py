"""Figures over time."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import theilslopes

WARM_UP = 1 / 6  # of the time, which the slope leaves out


@dataclass(frozen=True)
class Growth:
    """Medians of the second and the last quarter; the slope (Theil-Sen, 95 %) in % an hour."""

    second: float
    last: float
    slope: float
    low: float
    high: float

    @property
    def ratio(self) -> float:
        """The last quarter over the second."""
        if self.second == self.last:
            return 1.0
        return self.last / self.second if self.second else np.inf


class Series:
    """Figures by place and name, in a file, too, as they come."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w")
        self._points: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)

    def add(self, seconds: float, place: str, figures: Mapping[str, float]) -> None:
        """Add what was seen."""
        for name, value in figures.items():
            self._points[place, name].append((seconds, value))
            print(f"{seconds:.0f}", place, name, f"{value:.6g}", sep="\t", file=self._file)
        self._file.flush()

    def names(self, place: str) -> list[str]:
        """Return the names of the figures of a place."""
        return [name for where, name in self._points if where == place]

    def of(self, place: str, name: str) -> Any:
        """Return times (s) and values."""
        return np.array(self._points[place, name]).T

    def growth(self, place: str, name: str) -> Growth:
        """Tell how a figure grew."""
        seconds, values = self.of(place, name)
        share = seconds / max(points[-1][0] for points in self._points.values())
        second = _median(values[(share >= 0.25) & (share < 0.5)])
        last = _median(values[share >= 0.75])
        warm = share >= WARM_UP
        slope = low = high = np.nan
        if sum(warm) > 1:
            slope, _, low, high = theilslopes(values[warm], seconds[warm] / 3600)
        percent = 100 / second if second else 0.0
        return Growth(second, last, percent * slope, percent * low, percent * high)


def _median(values: Any) -> float:
    """Return the median; NaN if there was nothing to be seen."""
    return float(np.median(values)) if len(values) else np.nan
