"""The service, with a million sources: cones, joins, a million rows, memory, an ingest beside it.

The data set is made by SQL, as that of `queries`. `trapdb serve` runs as users start it, with its
defaults, and is asked over loopback. What it sends is compared with a bare COPY of the same query
by the same login in the same run. Then images are ingested, alone and beside ten clients in turn.
"""

import argparse
import http.client
import io
import random
import sys
import tempfile
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import psycopg
from astropy.io.votable import from_table
from astropy.table import Table
from psycopg import sql

from benchmarks import report
from benchmarks.ingest import step_seconds
from benchmarks.processes import measure
from benchmarks.queries import make
from benchmarks.scratch import administrator, operator, scratch_server
from benchmarks.watching import SQL, run
from tests.service import Service, running
from trapdb.server.private_server import Server
from trapdb.simulate import simulate

CONE = "SELECT * FROM running_catalogue WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE({}, {}, 0.1))"
CURVE = "SELECT * FROM lightcurve WHERE source_id = {}"
JOIN = (
    "SELECT u.ra AS at_ra, s.* FROM TAP_UPLOAD.mine AS u JOIN running_catalogue AS s"
    " ON 1 = CONTAINS(POINT(s.ra, s.dec), CIRCLE(u.ra, u.dec, 0.112))"
)
ROWS = "SELECT TOP {} * FROM measurement"
# How a client asks for a format, and the COPY that it is compared with.
FORMATS = {
    "BINARY2": ("votable", "binary"),
    "CSV": ("csv", "csv"),
    "TABLEDATA": ("votable/td", ""),
    "Parquet": ("parquet", ""),
    "FITS": ("fits", ""),
}
# How long a client waits before it asks again, in s.
LOADS = {"a pair of questions a second each": 1.0, "without a pause": 0.0}


def main() -> None:
    command = report.parser(__doc__.splitlines()[0], "serving.png")
    command.add_argument("--sources", type=int, default=1_000_000, help="in the data set")
    command.add_argument("--images", type=int, default=20, help="each measures every source")
    command.add_argument("--rows", type=int, default=1_000_000, help="of a long answer")
    command.add_argument("--repeats", type=int, default=5, help="of what takes long")
    command.add_argument("--questions", type=int, default=101, help="of what takes milliseconds")
    command.add_argument("--clients", type=int, default=10, help="at once")
    command.add_argument("--ingested", type=int, default=40, help="images of each ingest")
    options = command.parse_args()
    with scratch_server() as here:
        look = administrator(here)
        report.print_settings(look, options)
        make(operator(here), look, "large", options.sources, options.images)
        run(look, "vacuum")
        places = run(look, "some_places", number=1000)
        with running() as started:
            service = Client(started)
            print_questions(service, places, options)
            ratios = print_rows(service, here, options)
            memory = started.megabytes()
            report.print_table(
                ["the service's process", "found", "goal"],
                [["MB at the peak", report.judged(f"{memory:.0f}", memory < 300), "300"]],
            )
            slower = print_ingests(service, places, options)
    report.save_plot(options.plot, lambda pyplot: _draw(pyplot, ratios, slower))


@dataclass
class Answered:
    """An answer: how long it took, and its first octet, in s; its size."""

    seconds: float
    first: float
    octets: int


class Client:
    """Somebody who asks a service."""

    def __init__(self, service: Service) -> None:
        self.host = service.address.removeprefix("http://")

    def connect(self) -> http.client.HTTPConnection:
        """Return a connection."""
        return http.client.HTTPConnection(self.host, timeout=600)

    def ask(self, connection: http.client.HTTPConnection, query: str, **form: object) -> Answered:
        """Ask in ADQL, and read the answer to its end."""
        return _read(connection, "POST", "/tap/sync", {"LANG": "ADQL", "QUERY": query, **form})

    def cone(self, connection: http.client.HTTPConnection, place: Any) -> Answered:
        """Ask for a cone, in the protocol of that name."""
        form = urllib.parse.urlencode({"RA": place.ra, "DEC": place.dec, "SR": 0.1})
        return _read(connection, "GET", f"/scs?{form}", None)


def _read(
    connection: http.client.HTTPConnection, method: str, path: str, form: dict[str, object] | None
) -> Answered:
    asked = urllib.parse.urlencode(form).encode() if form else None
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
    start = perf_counter()
    connection.request(method, path, asked, kind)
    reply = connection.getresponse()
    begin = reply.read(1)
    first = perf_counter() - start
    if reply.status != 200:
        raise SystemExit(f"{path} {form}: {(begin + reply.read()).decode()}")
    octets = 1
    room = memoryview(bytearray(1 << 18))
    while count := reply.readinto(room):
        octets += count
    return Answered(perf_counter() - start, first, octets)


def print_questions(service: Client, places: list[Any], options: argparse.Namespace) -> None:
    """Print what cones and joins take."""
    connection = service.connect()
    cones = [
        1e3 * service.ask(connection, CONE.format(place.ra, place.dec)).seconds
        for place in places[: options.questions]
    ]
    simple = [
        1e3 * service.cone(connection, place).seconds for place in places[: options.questions]
    ]
    mine = _document(places)
    joins = [
        service.ask(connection, JOIN, UPLOAD="mine,param:t", T=mine) for _ in range(options.repeats)
    ]
    seconds = [one.seconds for one in joins]
    report.print_table(
        ["through the service, median (middle half)", "found", "goal"],
        [
            ["a cone of 0.1 deg, ms", _judged(cones, 20.0), "20"],
            ["the same by the simple cone search, ms", _judged(simple, 20.0), "20"],
            ["1,000 places joined with the catalogue, s", _judged(seconds, 1.0), "1"],
        ],
    )


def print_rows(service: Client, here: Server, options: argparse.Namespace) -> dict[str, Any]:
    """Print what long answers take, beside a COPY; return the ratios of the rates."""
    text = (SQL / "some_measurements.sql").read_text()
    rows, ratios = [], {}
    with psycopg.connect(here.url("trapdb_web")) as conn:
        for name, (form, copied) in FORMATS.items():
            answers, ratios[name] = [], []
            for _ in range(options.repeats):
                bare = _copy(conn, text, options.rows, copied) if copied else np.nan
                answers.append(
                    service.ask(
                        service.connect(),
                        ROWS.format(options.rows),
                        MAXREC=options.rows,
                        FORMAT=form,
                    )
                )
                ratios[name].append(bare / answers[-1].seconds)
            rows.append(
                [
                    name,
                    report.spread([one.seconds for one in answers]),
                    report.spread([one.octets / 1e6 for one in answers]),
                    _judged([one.first for one in answers], 0.5)
                    if copied
                    else report.spread([one.first for one in answers]),
                    _at_least(ratios[name], 0.5) if copied else "",
                ]
            )
    report.print_table(
        [f"{options.rows} rows", "s", "MB", "first octet, s (goal 0.5)", "of a COPY (goal 0.5)"],
        rows,
    )
    return {name: found for name, found in ratios.items() if FORMATS[name][1]}


def _copy(conn: psycopg.Connection, text: str, rows: int, form: str) -> float:
    """Return the time in which rows are copied to a client that drops them."""
    query = sql.SQL(text).format(rows=rows)  # type: ignore[arg-type]
    copied = sql.SQL("copy ({}) to stdout (format {})").format(query, sql.SQL(form))  # type: ignore[arg-type]
    start = perf_counter()
    with conn.cursor() as cursor, cursor.copy(copied) as copy:
        for _ in copy:
            pass
    return perf_counter() - start


def print_ingests(
    service: Client, places: list[Any], options: argparse.Namespace
) -> dict[str, list[float]]:
    """Print what images take alone and beside clients, in turn; return by how much more."""
    rows, slower = [], {}
    with tempfile.TemporaryDirectory(prefix="trapdb-images-", dir="/tmp") as folder:
        simulate(Path(folder), epochs=options.ingested, size=1024, sources=300, minimum_snr=20.0)
        for what, pause in LOADS.items():
            alone, beside, rates = [], [], []
            for repeat in range(options.repeats):
                alone.append(_ingest(folder, f"{what} {repeat} alone"))
                start = perf_counter()
                with _clients(service, places, options.clients, pause) as counts:
                    beside.append(_ingest(folder, f"{what} {repeat} beside"))
                rates.append(sum(counts) / (perf_counter() - start))
            slower[what] = [b / a - 1 for a, b in zip(alone, beside, strict=True)]
            rows.append(
                [
                    f"{options.clients} clients, {what}",
                    report.spread(alone),
                    report.spread(beside),
                    _judged([100 * one for one in slower[what]], 5.0),
                    report.spread(rates),
                ]
            )
    report.print_table(
        ["an ingest", "s an image, alone", "beside", "more, % (goal 5)", "questions/s"], rows
    )
    return slower


def _ingest(folder: str, name: str) -> float:
    """Return the time that an image takes, in s."""
    done = measure([sys.executable, "-m", "trapdb", "ingest", folder, "--dataset", name], {})
    if done.status:
        raise SystemExit("\n".join(done.lines[-5:]))
    return float(np.mean(step_seconds(done)))


@contextmanager
def _clients(service: Client, places: list[Any], number: int, pause: float) -> Iterator[list[int]]:
    """Have clients ask for cones and light curves; yields how many questions each asked."""
    over = threading.Event()
    counts = [0] * number

    def ask(client: int) -> None:
        rng = random.Random(client)
        connection = service.connect()
        while not over.wait(pause):
            place = rng.choice(places)
            service.ask(connection, CONE.format(place.ra, place.dec))
            service.ask(connection, CURVE.format(place.source_id))
            counts[client] += 2

    threads = [threading.Thread(target=ask, args=[client]) for client in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield counts
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _document(places: list[Any]) -> str:
    """Return a VOTable with places."""
    table = Table({"ra": [one.ra for one in places], "dec": [one.dec for one in places]})
    stream = io.BytesIO()
    from_table(table).to_xml(stream)
    return stream.getvalue().decode()


def _judged(values: list[float], most: float) -> str:
    return report.judged(report.spread(values), float(np.median(values)) < most)


def _at_least(values: list[float], least: float) -> str:
    return report.judged(report.spread(values), float(np.median(values)) >= least)


def _draw(pyplot: Any, ratios: dict[str, list[float]], slower: dict[str, list[float]]) -> Any:
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(8, 4))
    left.boxplot(list(ratios.values()), tick_labels=list(ratios))
    left.set(ylabel="rate, of a bare COPY", ylim=(0, None))
    right.boxplot(
        [[100 * one for one in found] for found in slower.values()], tick_labels=list(slower)
    )
    right.set(ylabel="an image takes longer beside clients, %")
    figure.tight_layout()
    return figure


if __name__ == "__main__":
    main()
