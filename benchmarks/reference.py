"""What loading a reference catalogue costs beside a bare COPY of the same rows; and a cone in it.

The catalogue is made up: an isotropic sky with names, errors, fluxes, sizes and, for one in a
thousand, a fast proper motion. It is loaded from FITS and from CSV as a user does. The bare COPY
writes the same bytes, encoded before, into a table without checks beyond its types, and without an
index.
"""

import argparse
import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import psycopg
from astropy.table import Table

from benchmarks import report
from benchmarks.scratch import administrator, operator, reader, scratch_server
from benchmarks.watching import run
from trapdb.database.binary_copy import Column, encode
from trapdb.database.connection import copy_rows
from trapdb.reference.column_map import read_column_map
from trapdb.reference.loading import load

EPOCH = 2016.0
MAP = f"""
epochs = [{EPOCH}, {EPOCH}]
[columns]
designation = "name"
ra = "ra [deg]"
dec = "dec [deg]"
ra_err = "e_ra [arcsec]"
dec_err = "e_dec [arcsec]"
flux = "S [mJy]"
flux_err = "e_S [mJy]"
major = "maj [arcsec]"
pm_ra = "pm_ra [mas/yr]"
pm_dec = "pm_dec [mas/yr]"
"""
BATCH = 50_000
# What is asked for: at least so many rows a second, or half of a bare COPY.
ROWS_PER_SECOND = 100_000
PAGES, MILLISECONDS = 30, 5.0


def main() -> None:
    command = report.parser(__doc__.splitlines()[0], "reference.png")
    command.add_argument("--rows", type=int, default=1_000_000, help="of each load")
    command.add_argument("--large", type=int, default=10_000_000, help="rows that cones are in")
    command.add_argument("--cones", type=int, default=201, help="at random places")
    options = command.parse_args()
    with scratch_server() as here, tempfile.TemporaryDirectory() as folder:
        look, conn = administrator(here), operator(here)
        report.print_settings(look, options)
        loads = load_all(conn, look, Path(folder), options)
        report.print_table(["way", "rows/s", "of a bare COPY", "grown by, MB"], loads)
        report.print_table(
            ["cone of 1 arcmin", f"pages (goal {PAGES})", f"ms (goal {MILLISECONDS:g})", "rows"],
            cones(conn, reader(here), Path(folder), options),
        )


def sky(rows: int) -> Table:
    """Make up a catalogue."""
    rng = np.random.default_rng(1)
    fast = rng.uniform(size=rows) < 1e-3
    return Table(
        {
            "name": np.char.add("J", np.arange(rows).astype("U8")),
            "ra": rng.uniform(0, 360, rows),
            "dec": np.degrees(np.arcsin(rng.uniform(-1, 1, rows))),
            "e_ra": rng.uniform(0.1, 2, rows),
            "e_dec": rng.uniform(0.1, 2, rows),
            "S": rng.pareto(1.0, rows) + 1,
            "e_S": rng.uniform(0.1, 1, rows),
            "maj": rng.uniform(5, 30, rows),
            "pm_ra": np.where(fast, rng.normal(0, 1000, rows), rng.normal(0, 10, rows)),
            "pm_dec": np.where(fast, rng.normal(0, 1000, rows), rng.normal(0, 10, rows)),
        }
    )


def load_all(
    conn: psycopg.Connection[Any],
    look: psycopg.Connection[Any],
    folder: Path,
    options: argparse.Namespace,
) -> Iterator[list[object]]:
    """Load the same rows by a bare COPY, from FITS and from CSV; yield rows of the table."""
    table = sky(options.rows)
    (folder / "map.toml").write_text(MAP)
    bare = options.rows / _bare_copy(look, table)
    yield ["bare COPY", f"{bare:.0f}", "1.00", ""]
    for form in ("fits", "csv"):
        path = folder / f"table.{form}"
        table.write(path, format=form if form == "fits" else "ascii.csv")
        before = _peak()
        rate = options.rows / _load(conn, path, folder, form)[1]
        told = report.judged(f"{rate:.0f}", rate >= min(ROWS_PER_SECOND, bare / 2))
        yield [f"trapdb, {form}", told, f"{rate / bare:.2f}", f"{_peak() - before:.0f}"]
        path.unlink()


def cones(
    conn: psycopg.Connection[Any],
    query: psycopg.Connection[Any],
    folder: Path,
    options: argparse.Namespace,
) -> Iterator[list[object]]:
    """Ask for cones in a large catalogue, at its epoch and thirty years later."""
    path = folder / "large.fits"
    sky(options.large).write(path)
    catalogue_id, seconds = _load(conn, path, folder, "large")
    print(f"# {options.large} rows loaded in {seconds:.0f} s", flush=True)
    rng = np.random.default_rng(2)
    for epoch in (None, EPOCH + 30):
        pages, times, rows = [], [], []
        for number in range(options.cones + 1):
            place = {
                "ra": float(rng.uniform(0, 360)),
                "dec": float(np.degrees(np.arcsin(rng.uniform(-1, 1)))),
            }
            ((plans,),) = run(
                query,
                "reference_cone_pages",
                catalogue_id=catalogue_id,
                radius=1 / 60,
                epoch=epoch,
                **place,
            )
            plan = plans[0]["Plan"]
            if number:  # the first one reads the server's own catalogues
                pages.append(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
                times.append(plan["Actual Total Time"])
                rows.append(plan["Actual Rows"])
        yield [
            "at the epoch" if epoch is None else "30 years later",
            report.judged(report.spread(pages), float(np.median(pages)) <= PAGES),
            report.judged(report.spread(times), float(np.median(times)) <= MILLISECONDS),
            f"{np.mean(rows):.2f}",
        ]


def _load(conn: psycopg.Connection[Any], path: Path, folder: Path, name: str) -> tuple[int, float]:
    """Load a file; return the id of the catalogue, and seconds."""
    column_map = read_column_map(str(folder / "map.toml"))
    start = perf_counter()
    loaded = load(conn, str(path), name, "1", column_map, lambda rows: None)
    return loaded.catalogue_id, perf_counter() - start


def _bare_copy(look: psycopg.Connection[Any], table: Table) -> float:
    """Copy the rows into a table without more; return seconds."""
    wire = {
        "ra": table["ra"],
        "dec": table["dec"],
        "ra_err": table["e_ra"] / 3600,
        "dec_err": table["e_dec"] / 3600,
        "flux": table["S"] / 1e3,
        "flux_err": table["e_S"] / 1e3,
        "major": table["maj"] / 3600,
        "pm_ra": table["pm_ra"],
        "pm_dec": table["pm_dec"],
    }
    batches = []
    for start in range(0, len(table), BATCH):
        part = slice(start, start + BATCH)
        columns = [
            Column("reference_id", "int8", np.arange(len(table))[part]),
            Column("designation", "text", np.char.encode(table["name"][part], "utf-8")),
            *(Column(n, "float8", np.asarray(values)[part]) for n, values in wire.items()),
        ]
        batches.append(encode(columns, len(columns[0].values)))
    names = [one.name for one in columns]
    run(look, "make_bare_reference")
    start = perf_counter()
    with look.transaction():
        for batch in batches:
            copy_rows(look, "bare_reference", names, batch)
    seconds = perf_counter() - start
    run(look, "drop_bare_reference")
    return seconds


def _peak() -> float:
    """Return the largest memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
