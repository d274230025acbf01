"""The positions that a data set monitors, and which of them were moved."""

from collections.abc import Iterator
from typing import Any


def monitored(conn: Any, dataset: str) -> list[Any]:
    """Return the rows of the positions that a data set monitors."""
    from trapdb.cli.reading import rows_of
    from trapdb.database.connection import call

    (found,) = call(conn, "dataset_id_of", dataset=dataset)
    return rows_of(conn, "monitor_position", found.dataset_id_of)


def moves(before: list[Any], after: list[Any]) -> Iterator[str]:
    """Yield a line for each known position that is moved, with the distance."""
    from extractor.geometry.sky import separation

    places = {row.source_id: (row.ra, row.dec) for row in before}
    for row in after:
        old = places.get(row.source_id, (row.ra, row.dec))
        if old == (row.ra, row.dec) or row.moving:
            continue
        line = f"{row.name} is moved by {3600 * separation(*old, row.ra, row.dec):.4g} arcsec"
        if row.n_points:
            line += "; points so far keep the place where they were measured"
        yield line
