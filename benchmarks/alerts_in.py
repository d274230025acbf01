"""Alerts of others: from a burst to the light curve of its place; what is in a sky map.

A field is simulated and ingested; then bursts come by VTP to `trapdb alert listen`, with a rule
that monitors their places, one after the other. Beside it astropy reads the same files. In another
data set there are many sources, in two images, and a sky map of a Gaussian, of which nine tenths
lie within an area.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import IO, Any

import numpy as np
import psycopg
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy_healpix import HEALPix

from benchmarks import report
from benchmarks.fields import field
from benchmarks.scratch import operator, scratch_server
from tests.feeding import START, FedImage, Feeder
from tests.notices import burst, gravitational_wave
from trapdb.alerts.vtp.message import framed, receive
from trapdb.database.connection import call
from trapdb.listening.storing import store
from trapdb.reference.healpix import WIDTH
from trapdb.simulate import simulate
from trapdb.watching.sky_map import SkyMap
from trapdb.watching.sky_map_loading import store_sky_map

RA, DEC, RADIUS = 150.0, 30.0, 10.0  # of the many sources, deg
ORDER = 9


def main() -> None:
    command = report.parser(__doc__.splitlines()[0], "alerts_in.png")
    command.add_argument("--images", type=int, default=100, help="that cover the burst")
    command.add_argument("--size", type=int, default=1024, help="of an image, pixels")
    command.add_argument("--bursts", type=int, default=10)
    command.add_argument("--sources", type=int, default=100_000, help="within 10 deg")
    command.add_argument("--area", type=float, default=50.0, help="of nine tenths, deg^2")
    options = command.parse_args()
    with scratch_server() as here, tempfile.TemporaryDirectory() as folder:
        conn = operator(here)
        report.print_settings(conn, options)
        report.print_table(
            ["from the arrival to", "median s", "worst s", "of reading the files"],
            arrivals(Path(folder), options),
        )
        report.print_table(
            [f"within {options.area:g} deg^2", "rows", "median s", "worst s"],
            candidates(conn, options),
        )


def arrivals(folder: Path, options: argparse.Namespace) -> Iterator[list[object]]:
    """Measure how soon a burst is acknowledged, and has a light curve."""
    truth = simulate(
        folder / "field", epochs=options.images, size=options.size, sources=100, bands=1
    )
    _trapdb("ingest", truth.folder, "--dataset", "field")
    _trapdb("alert", "rule", "add", "all", "--dataset", "field")
    reading = _seconds_of_reading(folder / "field")
    acknowledged, filled = [], []
    with _broker() as (connection, lines):
        for number in range(options.bursts):
            source = truth.sources[number]
            place = (source["ra"], source["dec"] + 0.01)
            began = perf_counter()
            connection.sendall(framed(burst(number + 1, position=place, error=0.01)))
            receive(connection, 10_000, 60.0)
            acknowledged.append(perf_counter() - began)
            while "points in" not in (line := lines.readline()):
                assert line, "the listener ended"
            assert f"in {options.images} images" in line, line
            filled.append(perf_counter() - began)
    for name, seconds in [("acknowledgement", acknowledged), ("light curve", filled)]:
        median = float(np.median(seconds))
        yield [name, f"{median:.2f}", f"{max(seconds):.2f}", f"{median / reading:.2f}"]


def candidates(conn: psycopg.Connection, options: argparse.Namespace) -> Iterator[list[object]]:
    """Measure what the sources in a sky map cost."""
    rng = np.random.default_rng(1)
    sources = field(rng, options.sources, RA, DEC, RADIUS)
    feeder = Feeder(conn, name="many")
    chosen = rng.uniform(size=len(sources)) < 0.99
    for shown in (sources[chosen], sources):
        image = FedImage(shown.measure(rng), ra=RA, dec=DEC, radius=RADIUS + 0.1, beam_major=0.0056)
        feeder.step(image, force=None)
    alert = store(conn, gravitational_wave(time=START + timedelta(hours=12)), "benchmark")
    with conn.transaction():
        held = _gaussian(options.area)
        made = store_sky_map(conn, "map", "map", "/map.fits", held)
    call(conn, "attach_skymap", alert_id=alert.alert_id, skymap=made.name)
    week = timedelta(days=7)
    for name, how in {
        "all sources": {},
        "new within a week after": {"before": timedelta(0), "after": week, "new": True},
        "those that appeared": {"definition": "appearing"},
    }.items():
        seconds = []
        for _ in range(11):
            began = perf_counter()
            rows = call(conn, "alert_source", alert_id=alert.alert_id, dataset="many", **how)
            seconds.append(perf_counter() - began)
        yield [name, len(rows), f"{np.median(seconds):.3f}", f"{max(seconds):.3f}"]


def _gaussian(area: float) -> SkyMap:
    """Make a Gaussian of which nine tenths are within an area, deg^2."""
    sigma = np.sqrt(area / (2 * np.pi * np.log(10)))
    healpix = HEALPix(2**ORDER, order="nested")
    number = np.arange(healpix.npix)
    away = SkyCoord(*healpix.healpix_to_lonlat(number)).separation(
        SkyCoord(RA * u.deg, DEC * u.deg)
    )
    density = np.exp(-((away.deg / sigma) ** 2) / 2)
    kept = density > 1e-12
    order = np.full(int(kept.sum()), ORDER)
    return SkyMap(
        order, number[kept] * WIDTH[order], density[kept] / density.sum(),
        None, None, None, None, None, None,
    )  # fmt: skip


def _seconds_of_reading(folder: Path) -> float:
    files = sorted(folder.glob("*.fits"))
    began = perf_counter()
    for file in files:
        with fits.open(file) as opened:
            np.asarray(opened[0].data).sum()
    return perf_counter() - began


@contextmanager
def _broker() -> Iterator[tuple[socket.socket, IO[str]]]:
    """Run a listener; give what a broker sends by, and the lines that it tells."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        process = subprocess.Popen(
            _command("alert", "listen", "--broker", f"127.0.0.1:{port}"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert process.stdout is not None
        try:
            connection, _ = server.accept()
            with connection:
                yield connection, process.stdout
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()


def _trapdb(*arguments: Any) -> None:
    subprocess.run(
        _command(*arguments), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _command(*arguments: Any) -> list[str]:
    return [sys.executable, "-m", "trapdb", *map(str, arguments)]


if __name__ == "__main__":
    main()
