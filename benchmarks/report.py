"""Report results: the machine, aligned tables, a plot if matplotlib is installed."""

import argparse
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from benchmarks.watching import run

Rows = Sequence[Sequence[object]]


def parser(description: str, plot: str) -> argparse.ArgumentParser:
    """Make a command line that can say where the plot goes."""
    made = argparse.ArgumentParser(
        description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    made.add_argument("--plot", type=Path, default=Path(plot), help="file of the plot")
    return made


def print_settings(conn: psycopg.Connection, options: argparse.Namespace) -> None:
    """Print the machine, the software and the load under which the figures were measured."""
    (versions,) = run(conn, "versions")
    print_machine(
        options,
        f"PostgreSQL {versions.postgresql}, pgSphere {versions.pgsphere}, "
        "settings of the private server",
    )


def print_machine(options: argparse.Namespace, software: str) -> None:
    """Print the machine, its load, the versions of the software and the options."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    settings = ", ".join(f"{key}={value}" for key, value in vars(options).items() if key != "plot")
    print(f"# {platform.machine()}, {os.cpu_count()} cores, load {load}")
    print(f"# Python {platform.python_version()}, {software}")
    print(f"# {settings}", flush=True)


def print_table(heads: Sequence[str], rows: Rows) -> None:
    """Print an aligned table (Markdown) after an empty line; all but the first column are numbers.

    The results in README.md are such tables.
    """
    lines = [list(map(str, heads)), *([_cell(value) for value in row] for row in rows)]
    widths = [max(3, *map(len, column)) for column in zip(*lines, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    print()
    for line in [lines[0], rule, *lines[1:]]:
        first, *others = zip(line, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]
        print(f"| {' | '.join(cells)} |", flush=True)


def judged(text: str, good: bool) -> str:
    """Return a figure, in bold if it falls short of its goal."""
    return text if good else f"**{text}**"


def spread(values: Sequence[float], digits: str = ".3g") -> str:
    """Return the median, and the range of the middle half."""
    low, middle, high = np.percentile(np.asarray(values), [25, 50, 75])
    dash = " to " if low < 0 else "-"
    return f"{middle:{digits}} ({low:{digits}}{dash}{high:{digits}})"


def save_plot(path: Path, draw: Any) -> None:
    """Save the figure that `draw` makes of matplotlib's pyplot, if matplotlib is there."""
    try:
        import matplotlib
    except ImportError:
        print("\nno plot: matplotlib is not installed (pip install 'trapdb[benchmarks]')")
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure = draw(pyplot)
    figure.savefig(path, dpi=120, bbox_inches="tight")
    print(f"\nplot: {path}")


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
