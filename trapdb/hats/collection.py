"""Writing a collection: the catalogue of the sources, its margin, and what names the two.

An export makes both catalogues anew, beside those of the export before, from which it takes the
files over that would be the same. Only then ``collection.properties`` names them, from one moment
to the next: whoever opens the collection finds the old state or the new one, whenever an export was
killed. The catalogues before stay until the next export, for those who have them open.
"""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa

from trapdb.errors import InputError
from trapdb.hats import catalogue, cells
from trapdb.hats.before import Before, note
from trapdb.hats.cells import Pixel
from trapdb.hats.contents import Contents, State, snapshot, state_of
from trapdb.hats.rows import apart, together
from trapdb.whole_file import whole_file

_PROPERTIES = "collection.properties"
_CATALOGUE = re.compile(r"(sources|margin)_(\d+)")


@dataclass(frozen=True)
class Exported:
    """What an export did.

    Attributes
    ----------
    sources, points : int
        Number of sources in the collection, and of points in their light curves.
    pixels, written : int
        Number of files of both catalogues, and of those that were written anew.
    catalogue : Path
        Folder of the catalogue of the sources.
    """

    sources: int
    points: int
    pixels: int
    written: int
    catalogue: Path


def export(
    conn: psycopg.Connection[Any], dataset: str, dataset_id: int, folder: Path, since_last: bool
) -> Exported:
    """Write a data set as a collection.

    Parameters
    ----------
    conn : psycopg.Connection
        Connection of a reader, in autocommit mode.
    dataset : str
        Name of the data set.
    dataset_id : int
        Its identifier.
    folder : Path
        Folder of the collection.
    since_last : bool
        Whether a collection that is there is brought up to date, or refused.

    Returns
    -------
    Exported
        What was done.

    Raises
    ------
    InputError
        The folder has something else in it, or cannot be written; the data set has no sources.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder), snapshot(conn):
            last = _last(folder, dataset, since_last)
            _remove_others(folder, last)
            return _export(conn, dataset, dataset_id, folder, last)
    except OSError as error:
        reason = error.strerror or " ".join(str(error).split())
        raise InputError(f"{error.filename or folder}: cannot be written: {reason}") from error
    except pa.ArrowInvalid as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"{folder}: has a file that cannot be read, remove it and export anew: {reason}"
        ) from error


def _export(
    conn: psycopg.Connection[Any], dataset: str, dataset_id: int, folder: Path, last: int | None
) -> Exported:
    state = state_of(conn, dataset_id)
    if not len(state.cell):
        raise InputError(f"data set {dataset} has no sources: there is nothing to export")
    contents = Contents(conn, dataset_id)
    pixels = cells.divided(state.cell, state.points + 1)
    number = 1 if last is None else last + 1
    sources, margin = f"sources_{number}", f"margin_{number}"
    common: dict[str, object] = {
        "hats_col_ra": "ra",
        "hats_col_dec": "dec",
        "hats_col_healpix": contents.schema.names[0],
        "hats_col_healpix_order": cells.FINEST,
        "hats_builder": f"trapdb {version('trapdb')}",
        "hats_creation_date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        "hats_release_date": "2025-08-22",
        "hats_version": "v1.0",
        "obs_regime": "Radio",
    }
    name = re.sub(r"[^\w.-]", "_", dataset, flags=re.ASCII)
    own = {"obs_collection": name, "dataproduct_type": "object"}
    beside = {
        "obs_collection": f"{name}_margin",
        "dataproduct_type": "margin",
        "hats_primary_table_url": sources,
        "hats_margin_threshold": cells.MARGIN_ARCSEC,
    }
    around = cells.margins(state.cell, pixels)
    before = None if last is None else Before(folder / f"sources_{last}")
    written = 0
    for kind, these, read, properties in (
        ("sources", pixels, partial(apart, contents, state, before), own),
        ("margin", around, partial(together, contents, state, None), beside),
    ):
        old = None if last is None else folder / f"{kind}_{last}"
        new = folder / f"{kind}_{number}"
        written += _write(contents, state, these, read, old, new)
        catalogue.finish(new, these, contents.schema, {**properties, **common})
    note(folder / sources, state)
    with whole_file(folder / _PROPERTIES) as path:
        catalogue.write_properties(
            path,
            {
                "obs_collection": name,
                "hats_primary_table_url": sources,
                "all_margins": margin,
                "default_margin": margin,
                "trapdb_dataset": json.dumps(dataset),
            },
        )
    return Exported(
        sources=len(state.cell),
        points=int(state.points.sum()),
        pixels=len(pixels) + len(around),
        written=written,
        catalogue=folder / sources,
    )


def _write(
    contents: Contents,
    state: State,
    pixels: Sequence[Pixel],
    read: Callable[[list[Pixel]], Iterator[pa.Table]],
    old: Path | None,
    new: Path,
) -> int:
    """Make the files of a catalogue; return how many of them were not taken over."""
    changed, made = [], []
    for pixel in pixels:
        what = catalogue.made_of(pixel, state, contents.schema)
        if not catalogue.keep(pixel, what, old, new):
            changed.append(pixel)
            made.append(what)
    for pixel, what, table in zip(changed, made, read(changed), strict=True):
        catalogue.write(pixel, what, table, new)
    return len(changed)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other exports out of a folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(f"{folder}: another export writes to it") from error
        yield
    finally:
        os.close(handle)


def _last(folder: Path, dataset: str, since_last: bool) -> int | None:
    """Return the number of the catalogues that a folder has; none if there is no collection."""
    path = folder / _PROPERTIES
    if not path.exists():
        if any(not _CATALOGUE.fullmatch(one.name) for one in folder.iterdir()):
            raise InputError(f"{folder}: has other files in it; name a folder for the collection")
        return None
    told = catalogue.read_properties(path)
    named = _CATALOGUE.fullmatch(told.get("hats_primary_table_url", ""))
    if "trapdb_dataset" not in told or named is None:
        raise InputError(f"{folder}: has a collection that was not made by trapdb")
    if told["trapdb_dataset"] != json.dumps(dataset):
        raise InputError(f"{folder}: has data set {told['trapdb_dataset']}, not {dataset}")
    if not since_last:
        raise InputError(f"{folder}: has a collection; --since-last brings it up to date")
    return int(named[2])


def _remove_others(folder: Path, number: int | None) -> None:
    """Remove the catalogues that no collection names: those before, and what a kill left."""
    for one in folder.iterdir():
        found = _CATALOGUE.fullmatch(one.name)
        if found and found[2] != str(number):
            shutil.rmtree(one)
