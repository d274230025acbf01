"""What processes, files and tables hold over time, and what a soak showed by it.

What grew, what was lost, how long images took.
"""

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from scipy.stats import theilslopes

from benchmarks import report
from benchmarks.soak.feed import Story, contents
from benchmarks.soak.place import INTERRUPTED, KILLED, Place, processes_of
from benchmarks.watching import run
from trapdb.errors import TrapdbError

Figures = dict[str, float]


def look(place: Place) -> Figures:
    """Measure processes, connections and files.

    Memory is what processes have of their own, MB: not what they map from files, nor the server's
    buffer pool. What several share counts once. Of what is not there just now there is no figure.
    """
    figures: Figures = defaultdict(float)
    processes = processes_of(place)
    for process in processes:
        name = "server" if process.role == "server" else f"{process.whose} {process.role}"
        with suppress(OSError):  # it ends
            memory = _memory(process.pid)
            figures[f"{name} MB"] += memory["Pss_Anon"]
            figures[f"{name} files"] += _entries(process.pid, "fd")
            figures[f"{name} threads"] += _entries(process.pid, "task")
            figures[f"{name} processes"] += 1
            figures["all MB"] += memory["Pss"]
    figures["zombies"] = float(_zombies({process.pid for process in processes}))
    data = place.home / "pgdata"
    figures["write-ahead log MB"] = sum(_sizes(data / "pg_wal")) / 1e6
    for folder in (place.home / "tmp", data / "base/pgsql_tmp", data / "pg_dynshmem"):
        figures["temporary files"] += len(_sizes(folder))
    figures["temporary files"] += len(list((data / "base").glob("*/t[0-9]*_*")))
    with suppress(psycopg.Error, TrapdbError), place.connection() as conn:
        backends = [row.pid for row in run(conn, "ingesting")]
        figures["connections"] = len(backends)
        with suppress(OSError):
            figures["backends MB"] = sum(_memory(pid)["Pss_Anon"] for pid in backends)
            figures["backends files"] = sum(_entries(pid, "fd") for pid in backends)
    return dict(figures)


def look_at_tables(place: Place) -> Figures:
    """Measure the size of tables on the disk, with their indexes: MB, and bytes for each row."""
    figures: Figures = {}
    with suppress(psycopg.Error, TrapdbError), place.connection() as conn:
        for table in run(conn, "table_sizes"):
            figures[f"table {table.name} MB"] = table.bytes / 1e6
            if table.rows:
                figures[f"table {table.name} bytes a row"] = table.bytes / table.rows
    return figures


def _memory(pid: int) -> dict[str, float]:
    """Return the lines of smaps_rollup, MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {name: int(rest.split()[0]) / 1e3 for name, _, rest in (s.partition(":") for s in lines)}


def _entries(pid: int, folder: str) -> int:
    return len(os.listdir(f"/proc/{pid}/{folder}"))


def _zombies(parents: set[int]) -> int:
    """Count children of processes that nobody asked how they ended."""
    found = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            found += state == "Z" and int(parent) in parents
    return found


def _sizes(folder: Path) -> list[int]:
    """Return the sizes of the files in a folder, to the bottom; bytes."""
    sizes = []
    for where, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                sizes.append(os.stat(os.path.join(where, name)).st_size)
    return sizes


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
        """Return how a figure grew."""
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


MOST = 1.05  # the last quarter over the second
LARGE_MB = 0.1  # of the tables that are judged: a page is much for smaller ones
CLIENTS = ("received client", "received worker", "followed client", "followed worker")


def tell(stories: Sequence[Story], series: Series) -> None:
    """Print all tables, when the clients have ended and the servers still run."""
    for story in stories:
        place = story.place.name
        struck = ", ".join(f"{what} {count}" for what, count in sorted(story.struck.items()))
        print(f"\nfaults of processes, {place}: {struck}")
        for name, feed in story.feeds.items():
            kinds = ", ".join(f"{kind} {count}" for kind, count in feed.count.items())
            print(f"images, {name}: {kinds}")
        report.print_table(
            [place, "second quarter", "last quarter", "ratio", "goal", "% an hour (95 %)"],
            [*_growth(series, place), *_left_behind(story)],
        )
    report.print_table(
        ["images", "given", "accepted", "rejected", "unreadable", "dropped", "missing", "surplus",
         "differences of the catalogue"],
        [row for story in stories for row in _contents(story)],
    )  # fmt: skip
    report.print_table(
        ["latency, s", "median", "second quarter", "last quarter", "99 %", "longest"],
        [row for story in stories for row in _latencies(story)],
    )


def draw(pyplot: Any, series: Series) -> Any:
    """Draw the memory of each kind of process, and the size of a row of each large table."""
    figure, panels = pyplot.subplots(2, 2, figsize=(12, 8), sharex=True)
    for place, (memory, tables) in zip(("calm", "storm"), panels.T, strict=True):
        for name in (*CLIENTS, "server"):
            seconds, values = series.of(place, f"{name} MB")
            memory.plot(seconds / 60, values, label=name)
        for name in _large_tables(series, place):
            seconds, values = series.of(place, name)
            tables.plot(seconds / 60, values, label=name.split()[1])
        memory.set(title=place, ylabel="memory of its own, MB", ylim=(0, None))
        tables.set(xlabel="minutes", ylabel="bytes a row", yscale="log")
        for panel in (memory, tables):
            panel.legend(fontsize="small")
    return figure


def _growth(series: Series, place: str) -> Iterator[list[object]]:
    for name in (*CLIENTS, "server", "backends", "table pg_catalog"):
        yield _row(series, place, f"{name} MB", MOST)
    # follows the checkpoints, and is bounded by the server's settings
    yield _row(series, place, "write-ahead log MB", np.inf)
    for name in _large_tables(series, place):
        yield _row(series, place, name, MOST)
    for name in CLIENTS:
        for what in ("files", "threads"):
            yield _row(series, place, f"{name} {what}", 1.0)
    # not those of the whole server: for a checkpoint it opens all files that have changed
    for name in ("backends files", "connections", "server processes", "temporary files", "zombies"):
        yield _row(series, place, name, 1.0)


def _row(series: Series, place: str, name: str, goal: float) -> list[object]:
    growth = series.growth(place, name)
    slope = f"{growth.slope:+.1f} ({growth.low:+.1f} to {growth.high:+.1f})"
    ratio = report.judged(f"{growth.ratio:.3f}", growth.ratio <= goal)
    return [name, growth.second, growth.last, ratio, goal, slope]


def _large_tables(series: Series, place: str) -> list[str]:
    return [
        name
        for name in series.names(place)
        if name.endswith(" a row")
        and series.of(place, name.replace("bytes a row", "MB"))[1][-1] >= LARGE_MB
    ]


def _left_behind(story: Story) -> Iterator[list[object]]:
    left = [process for process in processes_of(story.place) if process.whose != "server"]
    statuses = [status for client in story.place.clients for status in client.statuses]
    unasked = [status for status in statuses if status not in (KILLED, INTERRUPTED)]
    for what, found in (
        ("processes left at the end", left),
        ("ends of a client that nobody asked for", unasked),
    ):
        yield [what, "", report.judged(str(len(found)), not found), "", 0, ""]


def _contents(story: Story) -> Iterator[list[object]]:
    found = contents(story)
    for name, feed in story.feeds.items():
        has = found[name]
        listed = story.place.run("dataset", "verify", name, "--format", "csv").stdout
        faults = has.missing, has.surplus, max(len(listed.splitlines()) - 1, 0)  # without the head
        yield [
            f"{story.place.name}, {name}",
            feed.count.total(),
            *(has.images[status] for status in ("accepted", "rejected")),
            *(has.refused[reason] for reason in ("unreadable", "dropped")),
            *(report.judged(str(count), not count) for count in faults),
        ]


def _latencies(story: Story) -> Iterator[list[object]]:
    with story.place.connection() as conn:
        rows = run(conn, "latencies")
    start, end = min(row.stored_at for row in rows), max(row.stored_at for row in rows)
    for name in story.feeds:
        share, latency = np.array(
            [
                ((row.stored_at - start) / (end - start), row.latency)
                for row in rows
                if row.dataset == name
            ]
        ).T
        yield [
            f"{story.place.name}, {name}",
            float(np.median(latency)),
            float(np.median(latency[(share >= 0.25) & (share < 0.5)])),
            float(np.median(latency[share >= 0.75])),
            float(np.quantile(latency, 0.99)),
            float(latency.max()),
        ]
