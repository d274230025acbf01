"""What a soak showed: what grew, what was lost, how long images took."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks import report
from benchmarks.soak.look import processes_of
from benchmarks.soak.place import INTERRUPTED, KILLED
from benchmarks.soak.series import Series
from benchmarks.soak.story import Story, contents
from benchmarks.watching import run

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
