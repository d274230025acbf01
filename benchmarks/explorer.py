"""What the explorer's pages cost at a million sources: time to answer, and bytes over the wire.

The data set is that of `benchmarks.queries`. Each address is asked for once after the service has
started, and then several times. What is costly is made once and kept: its first time is what it
costs to make, and is waited for beside the page, not before it.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

import httpx

from benchmarks import report
from benchmarks.queries import make
from benchmarks.scratch import administrator, operator, scratch_server
from benchmarks.watching import run

PAGES = ("/", "/dataset/large")
DATA = (
    "/data/images/large",
    "/data/field/large",
    "/data/transients/large",
    "/data/tally/large",
    "/data/offsets/large",
)
PROGRAM = (sys.executable, "-m", "trapdb", "serve", "--port", "0", "--no-browser")
HEADERS = {"Accept": "text/html,*/*"}


def main() -> None:
    command = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    command.add_argument("--sources", type=int, default=1_000_000, help="in the data set")
    command.add_argument("--images", type=int, default=20, help="each measures every source")
    command.add_argument("--repeats", type=int, default=11, help="times that each is asked for")
    options = command.parse_args()
    with scratch_server() as here:
        look = administrator(here)
        report.print_settings(look, options)
        make(operator(here), look, "large", options.sources, options.images)
        run(look, "vacuum")
        with served() as url, httpx.Client(base_url=url, timeout=300, headers=HEADERS) as http:
            rows = [asked(http, path, options) for path in (*PAGES, *DATA)]
    report.print_table(["address", "first, ms", "ms, median (middle half)", "kB", "status"], rows)


@contextmanager
def served() -> Iterator[str]:
    """Run the service; its address."""
    with subprocess.Popen(PROGRAM, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            found = re.search(r"is at (\S+)/ ", process.stdout.readline())
            assert found
            yield found[1]
        finally:
            process.terminate()


def asked(http: httpx.Client, path: str, options: argparse.Namespace) -> list[object]:
    """Ask for an address again and again."""
    times, size, status = [], 0, 0
    for _ in range(options.repeats + 1):
        start = perf_counter()
        with http.stream("GET", path) as reply:
            size = sum(map(len, reply.iter_raw()))
            status = reply.status_code
        times.append(1e3 * (perf_counter() - start))
    return [path, times[0], report.spread(times[1:]), size / 1e3, status]


if __name__ == "__main__":
    main()
