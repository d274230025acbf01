"""Ingests that go on and on while things go wrong, to see whether anything grows or is lost.

Two private servers, each with an ingest that listens and one that follows a directory. Both get
images of which some are no good, and have readers who are in the way. In the *calm* place no
process is ever ended, so that whatever one gathers stays. In the *storm* they are killed again and
again, all but the ingest that listens.
"""

import argparse
import random
import signal
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from benchmarks import report
from benchmarks.soak import verdict
from benchmarks.soak.feed import Feed, Original, Story, as_files, is_complete, originals, over_tcp
from benchmarks.soak.place import kill, place, read
from benchmarks.soak.verdict import Series, look, look_at_tables

LOOKS = 360  # one in ten seconds of an hour
TABLES = 6  # they are looked at each so many times
KILL_S, READ_S = 12.0, 45.0  # from one to the next, on the average
DRAIN_S = 180.0


def main() -> None:
    command = report.parser("A soak: ingests that go on while things go wrong.", "soak.png")
    command.add_argument("--minutes", type=float, default=60.0, help="how long")
    command.add_argument("--period", type=float, default=2.0, help="s between a client's images")
    command.add_argument("--seed", type=int, default=1, help="of what goes wrong")
    command.add_argument("--samples", type=Path, default=Path("soak.tsv"), help="file of figures")
    options = command.parse_args()
    # In the background of a shell it is ignored, and all clients would be heirs to that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    images = originals(count=20, size=512, sources=100)
    series = Series(options.samples)
    with place("calm") as calm, place("storm") as storm:
        with calm.connection() as conn:
            report.print_settings(conn, options)
        stories = [Story(calm), Story(storm)]
        soak(stories, images, series, options)
        verdict.tell(stories, series)
    report.save_plot(options.plot, lambda pyplot: verdict.draw(pyplot, series))


def soak(
    stories: Sequence[Story],
    images: Sequence[Original],
    series: Series,
    options: argparse.Namespace,
) -> None:
    """Watch all places for the duration, wait for the last images, and end the clients."""
    trouble_over, all_over = threading.Event(), threading.Event()
    work: list[Future[None]] = []
    with ThreadPoolExecutor(max_workers=16) as threads:
        try:
            for story in stories:
                work += begin(story, images, options, threads, trouble_over, all_over)
            watch(stories, series, 60 * options.minutes, work)
        finally:
            trouble_over.set()
            deadline = time.monotonic() + DRAIN_S
            while not all(map(is_complete, stories)) and time.monotonic() < deadline:
                time.sleep(1)
            all_over.set()
    for one in work:
        one.result()


def begin(
    story: Story,
    images: Sequence[Original],
    options: argparse.Namespace,
    threads: ThreadPoolExecutor,
    trouble_over: threading.Event,
    all_over: threading.Event,
) -> list[Future[None]]:
    """Start what goes on in a place, each in a thread."""
    here = story.place

    def chance(what: str) -> random.Random:
        return random.Random(f"{options.seed} {here.name} {what}")

    work = [threads.submit(client.run, all_over) for client in here.clients]
    for client, give in ((here.listening, over_tcp(here)), (here.following, as_files(here))):
        feed = story.feeds[client.name] = Feed()
        luck = chance(client.name)
        work.append(threads.submit(feed.run, give, images, luck, options.period, trouble_over))
    work.append(threads.submit(read, here, chance("read"), READ_S, story.struck, trouble_over))
    if here.name == "storm":
        mortal, luck = here.following, chance("kill")
        work.append(threads.submit(kill, here, mortal, luck, KILL_S, story.struck, trouble_over))
    return work


def watch(
    stories: Sequence[Story], series: Series, seconds: float, work: Sequence[Future[None]]
) -> None:
    """Examine all places again and again."""
    start = time.monotonic()
    looks = min(LOOKS, round(seconds))
    for number in range(1, looks + 1):
        time.sleep(max(start + number * seconds / looks - time.monotonic(), 0))
        for one in work:
            if one.done():  # which it should not be
                one.result()
        for story in stories:
            now = time.monotonic() - start
            series.add(now, story.place.name, look(story.place))
            if number % TABLES == 0:
                series.add(now, story.place.name, look_at_tables(story.place))


if __name__ == "__main__":
    main()
