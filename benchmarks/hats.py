"""What HATS collections cost: to make one, beside a COPY; to bring it up to date; to read it.

The data set is that of `benchmarks.queries`. It is exported by the command, as a user does; then an
image of a hundredth of the field is taken, and the collection is brought up to date. The COPY is
that of `trap.lightcurve`, to a client that drops what it gets. Read is the scatter of every light
curve, of which the hundred largest are listed: by a reader's SQL, by DuckDB and by LSDB on a Dask
cluster of two processes.
"""

import argparse
import sys
import tempfile
import warnings
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import psycopg
from psycopg import sql

from benchmarks import report
from benchmarks.fields import BEAM, field
from benchmarks.processes import Measured, measure
from benchmarks.queries import DEC, RA, make
from benchmarks.scratch import administrator, operator, reader, scratch_server
from benchmarks.watching import SQL, run
from extractor.geometry.sky import unit_vector
from tests.feeding import START, FedImage, Feeder
from trapdb.hats.catalogue import read_properties


def main() -> None:
    command = report.parser(__doc__.splitlines()[0], "hats.png")
    command.add_argument("--sources", type=int, default=1_000_000, help="in the data set")
    command.add_argument("--images", type=int, default=20, help="each measures every source")
    command.add_argument("--repeats", type=int, default=3, help="times that each is timed")
    options = command.parse_args()
    with scratch_server() as here, tempfile.TemporaryDirectory(dir="/tmp") as folder:
        look = administrator(here)
        report.print_settings(look, options)
        feeder = make(operator(here), look, "large", options.sources, options.images)
        run(look, "count_images", dataset_id=feeder.dataset_id)
        run(look, "vacuum")
        feeder.next_at = START + timedelta(days=options.images)
        conn = reader(here)
        conn.execute("set statement_timeout = 0")
        seconds = print_exports(conn, feeder, Path(folder), options)
        seconds |= print_reading(conn, feeder.dataset_id, Path(folder) / "0")
    report.save_plot(options.plot, lambda pyplot: _draw(pyplot, seconds))


def print_exports(
    conn: psycopg.Connection[Any], feeder: Feeder, folder: Path, options: argparse.Namespace
) -> dict[str, float]:
    """Print what exports take; return seconds."""
    copies, whole, again, steps = [], [], [], []
    for repeat in range(options.repeats):
        copies.append(_copy(conn, feeder.dataset_id))
        whole.append(_export(folder / str(repeat)))
    for _ in range(options.repeats):
        again.append(_export(folder / "0", "--since-last"))
        share = _small_image(feeder, options.sources)
        steps.append(_export(folder / "0", "--since-last"))
    copied = float(np.median(copies))
    full = float(np.median([one.seconds for one in whole]))
    rows: list[list[object]] = [["COPY of the points", report.spread(copies), "", "", "", ""]]
    for what, runs, ratio, goal in (
        ("export", whole, f"{full / copied:.2f} COPY", full / copied <= 4),
        ("nothing new", again, "", True),
        (f"after an image of {share:.1%} of the sources", steps, "", True),
    ):
        seconds = [one.seconds for one in runs]
        of_whole = float(np.median(seconds)) / full
        peak = max(one.peak for one in runs)
        rows.append(
            [
                what,
                report.spread(seconds),
                report.judged(ratio, goal) or f"{of_whole:.3f} export",
                "4 COPY" if ratio else "0.05 export",
                report.judged(f"{peak:.0f}", peak < 1000),
                runs[-1].lines[-1].split("; ")[1].removesuffix(" written"),
            ]
        )
    rows[-1][2] = report.judged(str(rows[-1][2]), of_whole < 0.05)
    report.print_table(
        [
            f"{options.sources} sources",
            "s",
            "ratio",
            "goal",
            "MB at the peak (goal 1000)",
            "written",
        ],
        rows,
    )
    return {str(row[0]): float(str(row[1]).split()[0]) for row in rows}


def _copy(conn: psycopg.Connection[Any], dataset_id: int) -> float:
    """Return the time in which all points are copied to a client that drops them."""
    points = sql.SQL((SQL / "every_point.sql").read_text()).format(dataset_id=dataset_id)  # type: ignore[arg-type]
    copied = sql.SQL("copy ({}) to stdout (format binary)").format(points)
    start = perf_counter()
    with conn.cursor() as cursor, cursor.copy(copied) as copy:
        for _ in copy:
            pass
    return perf_counter() - start


def _export(folder: Path, *options: str) -> Measured:
    command = [sys.executable, "-m", "trapdb", "export", "hats", str(folder), "--dataset", "large"]
    done = measure([*command, *options], {}, sample_s=0.5)
    if done.status:
        raise SystemExit("\n".join(done.lines))
    return done


def _small_image(feeder: Feeder, sources: int) -> float:
    """Take an image of a hundredth of the field; return the share of the sources in it."""
    radius = 5 * np.sqrt(sources / 20_000)
    sky = field(np.random.default_rng(1), sources, RA, DEC, radius)
    centre = unit_vector(RA + radius / 3, DEC)
    inside = unit_vector(sky.ra, sky.dec) @ centre > np.cos(np.radians(radius / 10))
    blind = sky[np.flatnonzero(inside)].measure(np.random.default_rng(2))
    feeder.step(
        FedImage(blind, RA + radius / 3, DEC, radius / 10 + 2 * BEAM, beam_major=BEAM), force=None
    )
    return float(inside.mean())


def print_reading(conn: psycopg.Connection[Any], dataset_id: int, folder: Path) -> dict[str, float]:
    """Print what the same question takes in three ways; return seconds."""
    told = read_properties(folder / "collection.properties")
    files = folder / told["hats_primary_table_url"] / "dataset/*/*/*.parquet"
    answers = {
        "SQL": lambda: run(conn, "most_scattered", dataset_id=dataset_id),
        "DuckDB": lambda: _duckdb(files),
        "LSDB": lambda: _lsdb(folder),
    }
    seconds, rows, first = {}, [], None
    for name, answer in answers.items():
        start = perf_counter()
        found = answer()
        seconds[name] = perf_counter() - start
        first = first or [row[0] for row in found]
        same = len({row[0] for row in found} & set(first))
        rows.append([name, f"{seconds[name]:.3g}", seconds[name] / seconds["SQL"], same])
    report.print_table(["scatter of every light curve", "s", "of SQL", "of 100 the same"], rows)
    return seconds


def _duckdb(files: Path) -> list[Any]:
    import duckdb

    return duckdb.sql(f"""
        SELECT source_id, list_aggregate(lightcurve.int_flux, 'stddev_pop') AS spread
        FROM '{files}' ORDER BY spread DESC LIMIT 100
    """).fetchall()


def _lsdb(folder: Path) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lsdb
        from dask.distributed import Client

        with Client(n_workers=2, threads_per_worker=1, dashboard_address=None):
            spreads = lsdb.open_catalog(folder).map_rows(
                _spread,
                columns=["source_id", "lightcurve.int_flux"],
                meta={"source_id": int, "spread": float},
            )
            frame = spreads.compute().nlargest(100, "spread")
    return list(zip(frame["source_id"], frame["spread"], strict=True))


def _spread(row: dict[str, Any]) -> dict[str, Any]:
    return {"source_id": row["source_id"], "spread": float(np.std(row["lightcurve.int_flux"]))}


def _draw(pyplot: Any, seconds: dict[str, float]) -> Any:
    figure, axes = pyplot.subplots(figsize=(8, 3))
    axes.barh(list(seconds), list(seconds.values()), color="C0")
    axes.set_xscale("log")
    axes.set_xlabel("s")
    axes.invert_yaxis()
    return figure


if __name__ == "__main__":
    main()
