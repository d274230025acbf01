"""Tables of labels, of any format: a source a row, by name, id or position, and what is said of it.

The text columns are read as they are; what makes no sense in them the database refuses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import numpy as np

from trapdb.errors import InputError
from trapdb.monitoring.epochs import read_time
from trapdb.reference.column_map import Column
from trapdb.reference.opened import NotATable, as_damaged
from trapdb.reference.tables import open_table
from trapdb.reference.values import canonical, factor

SAID = ("rating", "class", "tags", "note", "epoch")
BY = ("source_id", "name")
KNOWN = (*BY, "ra", "dec", *SAID)
# A name that is nearly one of these is treated as a misspelling.
LIKENESS = 0.75


@dataclass(frozen=True)
class LabelRow:
    """A label of a table.

    Attributes
    ----------
    row : int
        Number of the row, from 1.
    source : str or None
        Name or id of the source; None where there is a position instead.
    ra, dec : float or None
        Position, deg.
    rating, class_name, note : str or None
        What is said.
    tags : list of str
        Words of the user's own.
    epoch : datetime or None
        Time of the measurement that is meant; None: the source as a whole.
    """

    row: int
    source: str | None
    ra: float | None
    dec: float | None
    rating: str | None
    class_name: str | None
    tags: list[str]
    note: str | None
    epoch: datetime | None


def read_labels(path: str) -> list[LabelRow]:
    """Read a table of labels.

    Parameters
    ----------
    path : str
        VOTable, FITS, ECSV, CSV or other text with names of columns: ``source_id``, ``name``, or
        ``ra`` and ``dec``; and of ``rating``, ``class``, ``tags`` (between commas), ``note`` and
        ``epoch`` (UTC) what there is. Rows that say nothing are passed over.

    Raises
    ------
    InputError
        It is not what it should be; the message names row and column.
    """
    try:
        return _read(path)
    except NotATable as error:
        raise InputError(f"{path}: {error}") from error


def _read(path: str) -> list[LabelRow]:
    with as_damaged():
        table = open_table(path, {})
    columns = _columns(table.names)
    places: dict[str, Column] = {
        key: Column((columns[key],), None) for key in ("ra", "dec") if key in columns
    }
    units = {key: factor(key, one, table.units.get(one.columns[0])) for key, one in places.items()}
    rows: list[LabelRow] = []
    before = 0
    with as_damaged():
        for block in table.blocks(list(columns.values())):
            texts = {key: _texts(block[name]) for key, name in columns.items()}
            count = len(next(iter(texts.values())))
            # a row that names its source needs no position
            named = [any(texts[key][n] for key in BY if key in texts) for n in range(count)]
            position = _positions(block, places, units, named, before) if places else {}
            for n in range(count):
                one = {key: column[n] for key, column in texts.items() if column[n]}
                if one.keys() & set(SAID):
                    place = None if named[n] else position.get(n)
                    rows.append(_row(before + n + 1, one, place))
            before += count
    if not rows:
        raise NotATable(f"no row says anything: expected values in {', '.join(SAID[:-1])}")
    return rows


def _columns(names: Sequence[str]) -> dict[str, str]:
    """Find the columns of a table of labels among those of a table."""
    spelt = {name.casefold(): name for name in names}
    for name in spelt.keys() - set(KNOWN):
        for near in get_close_matches(name, [one for one in SAID if one not in spelt], 1, LIKENESS):
            raise NotATable(f"unknown column {spelt[name]}, did you mean {near}?")
    if "object_class" in spelt:  # as trap.label has it
        spelt.setdefault("class", spelt.pop("object_class"))
    found = {key: spelt[key] for key in KNOWN if key in spelt}
    shown = ", ".join(list(names)[:12]) + (", ..." if len(names) > 12 else "")
    if not found.keys() & set(BY) and not {"ra", "dec"} <= found.keys():
        raise NotATable(f"it has none of source_id, name, and ra with dec; it has {shown}")
    if ("ra" in found) != ("dec" in found):
        raise NotATable(f"it has one of ra and dec only; it has {shown}")
    if not found.keys() & set(SAID[:-1]):
        raise NotATable(f"it has none of {', '.join(SAID[:-1])}; it has {shown}")
    return found


def _texts(values: Any) -> list[str]:
    """Return a column as texts; empty where there is nothing."""
    given = np.ma.asarray(values)
    if given.dtype.kind == "S":
        given = np.ma.array(np.char.decode(np.ma.getdata(given), "utf-8"), mask=given.mask)
    plain = [
        "" if hidden else str(value).strip()
        for value, hidden in zip(given.data.tolist(), np.ma.getmaskarray(given), strict=True)
    ]
    return ["" if text in ("nan", "None") else text for text in plain]


def _positions(
    block: Any, places: dict[str, Column], units: dict[str, float], named: list[bool], before: int
) -> dict[int, tuple[float, float]]:
    """Read the positions of the rows that have no name, deg."""
    found: dict[int, tuple[float, float]] = {}
    for n in (n for n, one in enumerate(named) if not one):
        part = {one.columns[0]: block[one.columns[0]][n : n + 1] for one in places.values()}
        values = canonical(part, places, units, before + n)
        found[n] = (float(values["ra"][0]), float(values["dec"][0]))
    return found


def _row(number: int, one: dict[str, str], place: tuple[float, float] | None) -> LabelRow:
    source = one.get("source_id") or one.get("name")
    if source is None and place is None:
        raise NotATable(f"row {number}: it names no source")
    try:
        epoch = read_time(one["epoch"]) if "epoch" in one else None
    except ValueError as error:
        raise NotATable(
            f"row {number}: {one['epoch']} is no time; give one like 2026-03-01T12:00:00"
        ) from error
    return LabelRow(
        number,
        source,
        place[0] if place else None,
        place[1] if place else None,
        one.get("rating"),
        one.get("class"),
        [tag.strip() for tag in one.get("tags", "").split(",") if tag.strip()],
        one.get("note"),
        epoch,
    )
