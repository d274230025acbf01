"""What the explorer's pages cost at a million sources, in a browser: time, bytes, memory.

The data set is that of `benchmarks.queries`. Each page is timed until what one came for is drawn,
once after the database and the service have started (cold), and then several times (warm). Then
people click through the pages, alone and beside an ingest; and twenty time steps are watched.
"""

import argparse
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import httpx
import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks import report
from benchmarks.ingest import step_seconds
from benchmarks.processes import measure
from benchmarks.queries import make
from benchmarks.scratch import administrator, operator, scratch_server
from benchmarks.watching import run
from tests.feeding import FedImage, Feeder, measurements
from tests.service import Service, running
from trapdb.server import private_server
from trapdb.simulate import simulate

# Each page, and what is there when one sees what one came for.
PAGES = {
    "archive": ("/", "tbody tr .candidates:not(:empty)"),
    "data set, its images": ("/dataset/large", "#noise canvas"),
    "data set, what varies": ("/dataset/large", "#transients tbody tr"),
    "variability": ("/dataset/large/variability", "#plane-note:has-text('source')"),
    "candidates": ("/dataset/large/candidates", "#candidates tbody tr"),
    "source": ("/source/{source}", "#bands li"),
    "image": ("/image/{image}", "#pixels canvas"),
    "query": ("/query", "#dictionary details"),
}
CLICKED = (
    *("/", "/dataset/large", "/data/transients/large", "/data/field/large"),
    *("/data/images/large", "/dataset/large/variability", "/dataset/large/candidates"),
    *("/data/candidates/large", "/source/{source}", "/data/light-curve/{source}"),
)
GOAL_WARM_S, GOAL_COLD_S, GOAL_NEXT_MS, GOAL_LIVE_S = 1.0, 3.0, 200.0, 2.0
GOAL_PLANE_KB, GOAL_MEMORY_MB, GOAL_SLOWER = 300.0, 300.0, 5.0  # the latter in %
PAUSE_S = 1.0  # between two clicks of a person


def main() -> None:
    command = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    command.add_argument("--sources", type=int, default=1_000_000, help="in the data set")
    command.add_argument("--images", type=int, default=20, help="each measures every source")
    command.add_argument("--repeats", type=int, default=5, help="of what is repeated")
    command.add_argument("--people", type=int, default=10, help="who click at once")
    command.add_argument("--seconds", type=float, default=60, help="for which they click")
    command.add_argument("--ingested", type=int, default=40, help="images of each ingest")
    command.add_argument("--epochs", type=int, default=20, help="that are watched")
    options = command.parse_args()
    with scratch_server() as here:
        look = administrator(here)
        report.print_settings(look, options)
        make(operator(here), look, "large", options.sources, options.images)
        run(look, "vacuum")
        places = run(look, "some_places", number=1000)
        with browser() as chromium, tempfile.TemporaryDirectory(dir="/tmp") as folder:
            simulate(folder, epochs=options.ingested, size=1024, sources=300, minimum_snr=20.0)
            ingest(folder, "small")
            print_pages(chromium, here, places, options)
            with running() as service:
                print_next(chromium, service, options)
                print_people(service, places, folder, options)
                print_live(chromium, service, here, options)


@contextmanager
def browser() -> Iterator[Any]:
    """Run Debian's Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        yield opened
        opened.close()


def print_pages(chromium: Any, here: Any, places: list[Any], options: argparse.Namespace) -> None:
    """Print what each page takes until it shows what one came for."""
    rows = []
    with running() as service:
        images = httpx.get(f"{service.address}/data/images/small").json()["images"]
    names = {"source": places[0].source_id, "image": images["image_id"][-1]}
    for page_name, (path, there) in PAGES.items():
        private_server.stop(here)
        private_server.ensure_running()
        with running() as service:
            page = opened(chromium, service)
            finished: list[Any] = []
            page.on("requestfinished", lambda one, finished=finished: finished.append(one))
            cold = shown(page, path.format(**names), there)
            page.wait_for_timeout(2000)  # what follows
            octets = sum(map(_octets, finished)) / 1e3
            warm = []
            for _ in range(options.repeats):
                page.goto("about:blank")
                warm.append(shown(page, path.format(**names), there))
            page.close()
        few = page_name != "variability" or octets < GOAL_PLANE_KB
        rows.append(
            [
                page_name,
                report.judged(f"{cold:.2f}", cold < GOAL_COLD_S),
                report.judged(report.spread(warm), float(np.median(warm)) < GOAL_WARM_S),
                report.judged(f"{octets:.0f}", few),
            ]
        )
    report.print_table(["page", "cold, s (goal 3)", "warm, s (goal 1)", "kB, cold"], rows)


def opened(chromium: Any, service: Service) -> Page:
    """Open an empty page of a browser that has nothing in store."""
    page: Page = chromium.new_context(base_url=service.address).new_page()
    page.set_default_timeout(600_000)
    return page


def shown(page: Page, path: str, there: str) -> float:
    """Return after how many seconds a page shows something."""
    start = perf_counter()
    page.goto(path, wait_until="commit")
    page.locator(there).first.wait_for()
    return perf_counter() - start


def _octets(request: Any) -> float:
    size = request.sizes()
    return size["responseBodySize"] + size["responseHeadersSize"]


def print_next(chromium: Any, service: Service, options: argparse.Namespace) -> None:
    """Print how long the next candidate takes, on the page of one."""
    page = opened(chromium, service)
    page.goto("/dataset/large/candidates")
    page.locator("#candidates tbody th a").first.click()
    took = []
    for _ in range(options.repeats * 4):
        page.locator("#list-next:visible").wait_for()
        page.locator("#bands li").first.wait_for()
        name = page.locator("h1").inner_text()
        start = perf_counter()
        page.keyboard.press("j")
        page.locator(f"h1:not(:has-text('{name}'))").wait_for()
        page.locator("#bands li").first.wait_for()
        took.append(1e3 * (perf_counter() - start))
    page.close()
    good = float(np.median(took)) < GOAL_NEXT_MS
    report.print_table(
        ["", "ms, median (middle half)", "goal"],
        [["next candidate, with its light curve", report.judged(report.spread(took), good), "200"]],
    )


def print_people(
    service: Service, places: list[Any], folder: str, options: argparse.Namespace
) -> None:
    """Print what people take who click: memory, and what an ingest beside them takes longer."""
    with clicking(service, places, options.people) as counts:
        start = perf_counter()
        time.sleep(options.seconds)
        rate = sum(counts) / (perf_counter() - start)
        memory = service.megabytes()
    alone, beside = [], []
    for repeat in range(options.repeats):
        alone.append(ingest(folder, f"{repeat} alone"))
        with clicking(service, places, options.people):
            beside.append(ingest(folder, f"{repeat} beside"))
    slower = [100 * (b / a - 1) for a, b in zip(alone, beside, strict=True)]
    good = float(np.median(slower)) < GOAL_SLOWER
    report.print_table(
        [f"{options.people} people, a click each {PAUSE_S:.0f} s", "found", "goal"],
        [
            ["answers a second", rate, ""],
            [
                "memory of the service, MB",
                report.judged(f"{memory:.0f}", memory < GOAL_MEMORY_MB),
                "300",
            ],
            ["an image of an ingest alone, s", report.spread(alone), ""],
            ["beside them, s", report.spread(beside), ""],
            ["more, %", report.judged(report.spread(slower), good), "5"],
        ],
    )


def ingest(folder: str, name: str) -> float:
    """Return the time that an image takes, in s."""
    done = measure([sys.executable, "-m", "trapdb", "ingest", folder, "--dataset", name], {})
    if done.status:
        raise SystemExit("\n".join(done.lines[-5:]))
    return float(np.mean(step_seconds(done)))


@contextmanager
def clicking(service: Service, places: list[Any], number: int) -> Iterator[list[int]]:
    """Have people click; yields how many answers each has had."""
    over = threading.Event()
    counts = [0] * number

    def click(person: int) -> None:
        rng = random.Random(person)
        headers = {"Accept": "text/html,*/*"}
        with httpx.Client(base_url=service.address, timeout=600, headers=headers) as http:
            while not over.wait(PAUSE_S):
                path = rng.choice(CLICKED).format(source=rng.choice(places).source_id)
                http.get(path).raise_for_status()
                counts[person] += 1

    threads = [threading.Thread(target=click, args=[person]) for person in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield counts
    finally:
        over.set()
        for thread in threads:
            thread.join()


def print_live(chromium: Any, service: Service, here: Any, options: argparse.Namespace) -> None:
    """Print how long after its commit a new candidate is on the page that one looks at."""
    rng = np.random.default_rng(3)
    feeder = Feeder(operator(here), "live")
    steady = 123 + 0.3 * (1 + np.arange(6))
    feeder.step(FedImage(measurements(steady, 10.0)))
    page = opened(chromium, service)
    page.goto("/dataset/live")
    page.locator("#transients-note:not(:has-text('Looking'))").wait_for()
    took = []
    for epoch in range(1, options.epochs + 1):
        time.sleep(rng.uniform(1, 2))  # at no fixed time of the service's look
        new = 122.9 - 0.1 * np.arange(epoch)
        feeder.step(FedImage(measurements([*steady, *new], 10.0)))
        start = perf_counter()
        page.locator("#transients tbody tr").nth(epoch - 1).wait_for()
        took.append(perf_counter() - start)
    page.close()
    good = float(np.median(took)) < GOAL_LIVE_S
    report.print_table(
        [f"{options.epochs} time steps, each with a new source", "s, median (middle half)", "goal"],
        [
            ["from commit to page", report.judged(report.spread(took), good), "2"],
            ["the slowest", max(took), ""],
        ],
    )


if __name__ == "__main__":
    main()
