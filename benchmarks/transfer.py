"""What a dump and a restore of a data set cost beside a bare COPY of the same rows.

The data set is made up: steady sources, all found in each image. Bare are a COPY of its
measurements and points out of their tables to nowhere, and one of these rows into tables with the
checks and indexes of theirs. What a dump and a restore do beside is the checksum, which is measured
alone, too.
"""

import argparse
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import psycopg

from benchmarks import report
from benchmarks.scratch import administrator, operator, scratch_server
from tests.feeding import FedImage, Feeder, measurements
from trapdb.transfer.dumping import dump
from trapdb.transfer.restoring import restore

LARGE = ("measurement", "association")


def main() -> None:
    command = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    command.add_argument("--sources", type=int, default=10_000, help="in each image")
    command.add_argument("--images", type=int, default=100)
    options = command.parse_args()
    with scratch_server() as here, tempfile.TemporaryDirectory() as folder:
        conn = administrator(here)
        report.print_settings(conn, options)
        feed(operator(here), options)
        conn.execute("vacuum analyze")
        seconds = {"COPY out, bare": timed(copy_out, conn, {})}
        rows: dict[str, bytes] = {}
        copy_out(conn, rows)
        seconds["COPY in, bare"] = timed(copy_in, conn, rows)
        rows.clear()
        seconds["checksum"] = timed(conn.execute, "select * from trap.dataset_checksum(1)")
        output = Path(folder, "big")
        seconds["dump"] = timed(dump, administrator(here), "big", output, quiet)
        seconds["restore"] = timed(restore, administrator(here), output, "copy", True, quiet)
        size = sum(path.stat().st_size for path in output.iterdir())
    measured = options.sources * options.images
    bare = {"dump": "COPY out, bare", "restore": "COPY in, bare"}
    report.print_table(
        ["what", "s", "measurements/s", "of a bare COPY"],
        [
            [
                what,
                f"{spent:.1f}",
                f"{measured / spent:,.0f}",
                f"{spent / seconds[bare[what]]:.1f}" if what in bare else "",
            ]
            for what, spent in seconds.items()
        ],
    )
    print(f"\n{size / measured:.0f} bytes a measurement in the folder")


def quiet(table: str, rows: int, whole: bool) -> None:
    """Show no progress."""


def timed(what: Any, *arguments: Any) -> float:
    """Return the seconds that a call takes."""
    begin = perf_counter()
    what(*arguments)
    return perf_counter() - begin


def feed(conn: psycopg.Connection, options: argparse.Namespace) -> None:
    """Make the data set: the same sky in each image, with noise in places and fluxes."""
    chance = np.random.default_rng(1)
    n = options.sources
    ra, dec = 123 + chance.uniform(-5, 5, n), 10 + chance.uniform(-5, 5, n)
    feeder = Feeder(conn, name="big")
    for _ in range(options.images):
        places = [angle + chance.normal(0, 2 / 3600, n) for angle in (ra, dec)]
        found = measurements(*places, int_flux=chance.uniform(0.01, 1, n))
        for column in ("snr", "local_rms", "background", "major", "minor", "pa", "chi2", "x", "y"):
            getattr(found, column)[:] = chance.uniform(1, 2, n)
        feeder.step(FedImage(found, radius=8.0), force=None)


def copy_out(conn: psycopg.Connection, rows: dict[str, bytes]) -> None:
    """Copy the large tables out; keep what came if a place for it is given."""
    for table in LARGE:
        with conn.cursor().copy(f"copy trap_data.{table}_1 to stdout (format binary)") as copy:
            rows[table] = b"".join(copy)


def copy_in(conn: psycopg.Connection, rows: dict[str, bytes]) -> None:
    """Copy rows into tables like those that they come from."""
    for table, content in rows.items():
        conn.execute(f"create table public.{table} (like trap_data.{table}_1 including all)")
        with conn.cursor().copy(f"copy public.{table} from stdin (format binary)") as copy:
            copy.write(content)


if __name__ == "__main__":
    main()
