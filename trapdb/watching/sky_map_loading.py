"""Loading a sky map: the whole of it, or nothing, in one transaction."""

import hashlib
from dataclasses import dataclass, fields

from trapdb.database.binary_copy import Column, encode
from trapdb.database.connection import call, copy_rows
from trapdb.database.routines import Connection
from trapdb.errors import DatabaseError
from trapdb.paths import absolute
from trapdb.watching.sky_map import SkyMap, read_sky_map

# Cells that are copied at a time: some ten megabytes.
BLOCK = 500_000
CELLS = ("order", "first", "probability")


@dataclass(frozen=True)
class Loaded:
    """A sky map that is there: its id, whether it came just now, and its name."""

    skymap_id: int
    is_new: bool
    name: str


def load_sky_map(conn: Connection, path: str, name: str) -> Loaded:
    """Load a file as a sky map, or recognise it as one that is there.

    Parameters
    ----------
    conn : psycopg.Connection
        An operator's connection.
    path : str
        The file.
    name : str
        What the map will be called.

    Raises
    ------
    InputError
        The file is not what it should be.
    DatabaseError
        The database refused it. In either case nothing is left of it.
    """
    held = read_sky_map(path)
    with open(path, "rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    try:
        with conn.transaction():
            return store_sky_map(conn, name, digest, absolute(path), held)
    except DatabaseError as error:
        raise DatabaseError(f"{path}: {error}") from error


def store_sky_map(conn: Connection, name: str, digest: str, path: str, held: SkyMap) -> Loaded:
    """Store a sky map in the open transaction, unless one of this digest is there.

    Raises
    ------
    DatabaseError
        The database refused it.
    """
    about = {one.name: getattr(held, one.name) for one in fields(held) if one.name not in CELLS}
    (row,) = call(conn, "begin_skymap", name=name, digest=digest, path=path, **about)
    begun = Loaded(*row)
    if not begun.is_new:
        return begun
    for start in range(0, len(held.order), BLOCK):
        part = slice(start, start + BLOCK)
        columns = [
            Column("first_cell", "int8", held.first[part]),
            Column("healpix_order", "int4", held.order[part]),
            Column("probability", "float8", held.probability[part]),
        ]
        rows = encode(columns, len(held.order[part]))
        copy_rows(conn, "loaded_cell", [one.name for one in columns], rows, "pg_temp")
    call(conn, "finish_skymap", skymap_id=begun.skymap_id)
    return begun
