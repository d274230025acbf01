"""Watch lists: positions with names and radii, from a table of any format."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trapdb.database.connection import call
from trapdb.database.routines import Connection
from trapdb.errors import InputError
from trapdb.exchange.positions import Position
from trapdb.monitoring.epochs import read_epoch
from trapdb.reference.column_map import Column
from trapdb.reference.opened import NotATable, as_damaged
from trapdb.reference.tables import open_table
from trapdb.reference.values import canonical, factor

Array = NDArray[np.float64]

# Columns by what they are of a reference source. A radius is read as a size is. The names of proper
# motions with their unit are those of position lists.
COLUMNS = {
    "designation": ("name",),
    "ra": ("ra",),
    "dec": ("dec",),
    "major": ("radius_arcsec",),
    "pm_ra": ("pm_ra", "pm_ra_mas_yr"),
    "pm_dec": ("pm_dec", "pm_dec_mas_yr"),
    "epoch": ("epoch",),
}
NEEDED = ("designation", "ra", "dec")
# A name that is nearly one of these is treated as a misspelling.
LIKENESS = 0.6


@dataclass(frozen=True)
class WatchList:
    """Positions to watch.

    Attributes
    ----------
    names : sequence of str
        One for each position.
    ra, dec : ndarray
        Degrees, at the epoch.
    radius_arcsec : ndarray
        How near a source has to be.
    pm_ra, pm_dec : ndarray
        Proper motion, cos dec included, mas/yr; NaN where none is known.
    epoch : ndarray
        Julian years; NaN where it is not known.
    """

    names: Sequence[str]
    ra: Array
    dec: Array
    radius_arcsec: Array
    pm_ra: Array
    pm_dec: Array
    epoch: Array


def cone(name: str, ra: float, dec: float, radius: float) -> WatchList:
    """Make the one position of a cone; all in deg."""
    place = [np.array([one]) for one in (ra, dec, 3600 * radius)]
    return WatchList([name], *place, *[np.array([np.nan])] * 3)


def read_watch_list(path: str, default_radius: float | None) -> WatchList:
    """Read a table of positions.

    Parameters
    ----------
    path : str
        VOTable, FITS, ECSV, CSV or other text with names of columns.
    default_radius : float or None
        Radius where the table has none, arcsec.

    Raises
    ------
    InputError
        It is not what it should be; the message names row and column.
    """
    try:
        return _read(path, default_radius)
    except NotATable as error:
        raise InputError(f"{path}: {error}") from error


def store_watch_list(conn: Connection, name: str, kind: str, origin: str, held: WatchList) -> int:
    """Store a watch list, or a cone, in the place of one's own of that name; return its length.

    Raises
    ------
    DatabaseError
        A position makes no sense, or the list of this name belongs to somebody else.
    """
    (row,) = call(
        conn,
        "store_watch_list",
        name=name,
        kind=kind,
        origin=origin,
        names=list(held.names),
        **{
            column: [None if np.isnan(one) else one for one in getattr(held, column).tolist()]
            for column in ("ra", "dec", "radius_arcsec", "pm_ra", "pm_dec", "epoch")
        },
    )
    return row.store_watch_list


def to_monitor(entries: Sequence[Any], there: Sequence[Any]) -> list[Position]:
    """Return the positions to monitor for the entries of a watch list.

    Parameters
    ----------
    entries : sequence
        Rows of ``trap.watch_entry``.
    there : sequence
        Rows of ``trap.monitor_position``, of the data set: of those of the same names, the times
        from and until which they are measured are kept.

    Raises
    ------
    InputError
        A name cannot be that of a monitored position, or is that of one with an ephemeris.
    """
    held = {row.name: row for row in there}
    positions = []
    for entry in entries:
        name, same = entry.entry, held.get(entry.entry)
        if not name.isprintable() or name.isdecimal():
            raise InputError(f"{name!r} cannot name a monitored position: it is only digits")
        if same and same.moving and not (same.pm_ra_mas_yr or same.pm_dec_mas_yr):
            raise InputError(
                f"{name} is monitored already, by an ephemeris: end or remove it, or choose "
                "another name"
            )
        moves = entry.pm_ra is not None
        positions.append(
            Position(
                name,
                entry.ra,
                entry.dec,
                entry.pm_ra if moves else 0.0,
                entry.pm_dec if moves else 0.0,
                read_epoch(str(entry.epoch)) if moves else None,
                same.active_from if same else None,
                same.active_until if same else None,
            )
        )
    return positions


def _read(path: str, default_radius: float | None) -> WatchList:
    with as_damaged():
        table = open_table(path, {})
    columns = _columns(table.names)
    units = {
        key: factor(key, one, table.units.get(one.columns[0]))
        for key, one in columns.items()
        if key != "designation"
    }
    if "major" in units:
        units["major"] *= 3600
    blocks = []
    before = 0
    with as_damaged():
        for block in table.blocks([one.columns[0] for one in columns.values()]):
            blocks.append(canonical(block, columns, units, before))
            before += len(blocks[-1]["ra"])
    if not before:
        raise NotATable("no position in it")
    held = {
        key: np.concatenate([block[key] for block in blocks])
        if key in blocks[0]
        else np.full(before, np.nan)
        for key in COLUMNS
    }
    names = [one.decode() for one in held["designation"].tolist()]
    radius = held["major"]
    if default_radius is not None:
        radius = np.where(np.isnan(radius), default_radius, radius)
    _require(np.array([bool(one) for one in names]), names, "it has no name")
    _require(~np.isnan(radius), names, "no radius: give one in radius_arcsec, or --radius for all")
    seen: dict[str, int] = {}
    for number, name in enumerate(names, 1):
        if seen.setdefault(name, number) != number:
            raise NotATable(f"row {number} ({name}): that name stands in row {seen[name]} already")
    motion = (held[key] for key in ("pm_ra", "pm_dec", "epoch"))
    return WatchList(names, held["ra"], held["dec"], radius, *motion)


def _columns(names: Sequence[str]) -> dict[str, Column]:
    """Find the columns of a watch list among those of a table."""
    spelt = {name.casefold(): name for name in names}
    found = {
        key: next((spelt[one] for one in known if one in spelt), None)
        for key, known in COLUMNS.items()
    }
    lacked = [one for key, known in COLUMNS.items() if not found[key] for one in known]
    for name in spelt.keys() - {one for known in COLUMNS.values() for one in known}:
        for near in get_close_matches(name, lacked, 1, LIKENESS):
            raise NotATable(f"unknown column {spelt[name]}, did you mean {near}?")
    for key in NEEDED:
        if not found[key]:
            raise NotATable(
                f"it lacks the column {COLUMNS[key][0]}; it has {', '.join(names[:12])}"
                + (", ..." if len(names) > 12 else "")
            )
    unit = {"major": "arcsec"}
    return {key: Column((name,), unit.get(key)) for key, name in found.items() if name}


def _require(good: Any, names: Sequence[str], why: str) -> None:
    """Refuse the first row that is not good."""
    if not good.all():
        number = int(np.argmin(good))
        raise NotATable(f"row {number + 1} ({names[number]}): {why}")
