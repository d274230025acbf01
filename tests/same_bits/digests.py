"""Measure images, and print digests of all that each stage hands on, column by column."""

import argparse
import hashlib
import json
import pickle
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from extractor.fitting.islands import find_islands
from trapdb.configuration.keys import Configuration
from trapdb.measuring import configured, measurer
from trapdb.measuring.dask_tasks import Kept
from trapdb.timing import Timings

ARCSEC = 1 / 3600
# so many that libraries of linear algebra would share the work between threads
POSITIONS = 600
Digests = dict[str, str]


def main() -> None:
    command = argparse.ArgumentParser(description=__doc__)
    command.add_argument("images", nargs="+")
    command.add_argument("--seed", type=int, default=0, help="of the order and of the used heap")
    command.add_argument("--travel", action="store_true", help="from worker to worker, as by Dask")
    command.add_argument("--thread", action="store_true", help="not in the main thread")
    options = command.parse_args()
    chance = np.random.default_rng(options.seed)
    used: list[np.ndarray] = []
    found = {}
    for number in chance.permutation(len(options.images)).tolist():
        _use_heap(used, chance)
        path = options.images[number]
        if options.thread:
            with ThreadPoolExecutor(1) as threads:
                found[path] = threads.submit(measure, path, options.travel).result()
        else:
            found[path] = measure(path, options.travel)
    json.dump(found, sys.stdout)


def measure(path: str, travel: bool) -> Digests:
    """Measure an image as a worker does: what is found in it, and then by force."""
    configuration, timings = Configuration(), Timings()
    kept = Kept(measurer.measure(path, configuration, timings), timings)
    if travel:
        kept = _travelled(kept)
    measured = kept.image
    background = measured.background
    found = measurer.found_in(measured, timings)
    positions = _positions(measured.image.ra, measured.image.dec)
    forced = configured.force(measured, positions, configuration, timings)
    extraction = configuration.extraction
    islands = find_islands(
        background, extraction.detection_threshold, extraction.analysis_threshold
    )
    whole = {
        "pixels": measured.image,
        "checks": found.checks,
        "footprint": found.footprint,
        "background": background,
        "correlation": background.correlation,
        "noise": found.noise,
        "area": found.searched_area,
        "islands": islands,
        "blind": found.measurements,
        "forced": forced,
    }
    return dict(_digests("", whole))


def _digests(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield digests of all arrays and numbers within something, by their names."""
    if is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        for key, one in value.items():
            if key not in ("image", "wcs", "path"):
                yield from _digests(f"{name}.{key}" if name else key, one)
    elif isinstance(value, list):
        yield from _digests(name, dict(enumerate(value)))
    else:
        array = np.asarray(value)
        told = array.tobytes() if array.dtype.kind in "fiub" else repr(value).encode()
        yield name, hashlib.sha256(told).hexdigest()[:12]


def _travelled(kept: Kept) -> Kept:
    """Send something as Dask does: arrays as parts of one message, wherever they lie in it."""
    frames: list[pickle.PickleBuffer] = []
    message = pickle.dumps(kept, protocol=5, buffer_callback=frames.append)
    sent = bytearray(b"\0").join([b"", *(frame.raw() for frame in frames)])
    parts, place = [], 1
    for frame in frames:
        length = frame.raw().nbytes
        parts.append(memoryview(sent)[place : place + length])
        place += length + 1
    return pickle.loads(message, buffers=parts)


def _use_heap(used: list[np.ndarray], chance: np.random.Generator) -> None:
    """Leave a heap with holes of all sizes, full of rubbish."""
    for size in (2 ** chance.uniform(3, 21, 400)).astype(int).tolist():
        used.append(np.full(size, 255, np.uint8))
    chance.shuffle(used)
    del used[200:]


def _positions(ra: float, dec: float) -> SimpleNamespace:
    """Choose where to measure by force: points and wider sources, alone and together."""
    chance = np.random.default_rng(1)
    north = chance.uniform(-600, 600, POSITIONS)
    east = chance.uniform(-600, 600, POSITIONS)
    for offset in (north, east):  # every other one is near the one before it
        offset[1::2] = offset[::2] + chance.uniform(-30, 30, POSITIONS // 2)
    wide = chance.random(POSITIONS) < 0.3
    major = np.where(wide, chance.uniform(5, 40, POSITIONS), np.nan) * ARCSEC
    return SimpleNamespace(
        ra=(round(ra, 2) + east * ARCSEC / np.cos(np.radians(round(dec, 2)))) % 360,
        dec=round(dec, 2) + north * ARCSEC,
        blended_row=np.full(POSITIONS, -1),
        deconvolved_major=major,
        deconvolved_minor=major * chance.uniform(0.2, 1, POSITIONS),
        deconvolved_pa=np.where(wide, chance.uniform(0, 180, POSITIONS), np.nan),
    )


if __name__ == "__main__":
    main()
