"""Pieces of images: what one costs, beside reading the whole image.

An image is written plain, in compressed tiles of FITS and packed by gzip. Squares of the sky about
random places are cut out of each as the service does, header and file included, and the whole image
is read as an ingest does, in turn.
"""

import argparse
import gzip
import io
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from astropy.io import fits

import extractor
from benchmarks import report
from extractor.geometry import sky
from extractor.parts import open_plane
from trapdb.simulate import simulate
from trapdb.web.cutouts import piece, regions

ROOM = 2**40


def main() -> None:
    command = report.parser(__doc__.splitlines()[0], "pieces.png")
    command.add_argument("--size", type=int, default=8192, help="pixels along each axis")
    command.add_argument("--pieces", type=int, nargs="+", default=[64, 256, 1024, 4096])
    command.add_argument("--rounds", type=int, default=9)
    options = command.parse_args()
    report.print_machine(options, f"astropy {version('astropy')}")
    with tempfile.TemporaryDirectory() as folder:
        files = _files(Path(folder), options.size)
        rows = [
            (name, path.stat().st_size / 1e6, *_costs(path, options))
            for name, path in files.items()
        ]
    heads = [f"{side} px (ms)" for side in options.pieces]
    report.print_table(
        ["image", "MB", *heads, "polygon (ms)", "whole, sent (ms)", "whole, read (ms)"], rows
    )


def _files(folder: Path, size: int) -> dict[str, Path]:
    simulate(folder / "field", epochs=1, size=size, sources=100)
    (plain,) = (folder / "field").glob("*.fits")
    with fits.open(plain) as hdus:
        tiles = fits.CompImageHDU(np.squeeze(hdus[0].data), hdus[0].header)
        fits.HDUList([fits.PrimaryHDU(), tiles]).writeto(folder / "tiles.fits")
    packed = folder / "packed.fits.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes(), 1))
    return {"plain": plain, "tiles, RICE_1": folder / "tiles.fits", "gzip": packed}


def _costs(path: Path, options: argparse.Namespace) -> list[str]:
    image = extractor.open(path)
    random = np.random.default_rng(1)
    scale = float(np.mean(image.pixel_scale))

    def place(side: int) -> tuple[float, float]:
        x, y = random.uniform(side / 2, options.size - side / 2, 2)
        ra, dec = sky.to_sky(image.wcs, x, y)
        return float(ra), float(dec)

    def circle(side: int) -> Any:
        ra, dec = place(side)
        return regions.circle(f"{ra!r} {dec!r} {side / 2 * scale!r}")

    def polygon(side: int) -> Any:
        ra, dec = place(side)
        angle = np.radians(np.arange(0, 360, 10))
        corners = zip(
            ra + side / 2 * scale * np.cos(angle) / np.cos(np.radians(dec)),
            dec + side / 2 * scale * np.sin(angle),
            strict=True,
        )
        return regions.polygon(" ".join(f"{a % 360:.9f} {b:.9f}" for a, b in corners))

    ways: list[Callable[[], Any]] = [
        *(lambda side=side: _cut(path, circle(side)) for side in options.pieces),
        lambda: _cut(path, polygon(options.pieces[-2])),
        lambda: _cut(path, None),
        lambda: extractor.open(path),
    ]
    seconds: list[list[float]] = [[] for _ in ways]
    for _ in range(options.rounds):
        for way, taken in zip(ways, seconds, strict=True):
            start = perf_counter()
            way()
            taken.append(1000 * (perf_counter() - start))
    return [report.spread(taken) for taken in seconds]


def _cut(path: Path, region: Any) -> None:
    wanted = piece.Piece(region, "ivo://trapdb/image?1/1", "archive", ROOM)
    with open_plane(path) as plane:
        found = piece.write(wanted, plane, io.BytesIO(), lambda: None)
    assert found is True


if __name__ == "__main__":
    main()
