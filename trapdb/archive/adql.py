"""Queries in ADQL, put together of conditions; values are written so that they stay values."""

from collections.abc import Iterable, Sequence

from trapdb.archive.positions import Place


def text(value: str) -> str:
    """Return a text as ADQL writes it."""
    return "'" + value.replace("'", "''") + "'"


def number(value: float) -> str:
    """Return a number as ADQL writes it, to the last bit."""
    return repr(float(value))


def select(
    columns: str,
    table: str,
    conditions: Iterable[str | None] = (),
    order: str | None = None,
    top: int | None = None,
) -> str:
    """Return a query.

    Parameters
    ----------
    columns, table
        What stands after SELECT and FROM.
    conditions
        All of which have to hold; None for none.
    order
        What it is sorted by.
    top
        So many rows at most.
    """
    given = [one for one in conditions if one is not None]
    lines = [f"SELECT {columns}" if top is None else f"SELECT TOP {top} {columns}", f"FROM {table}"]
    if given:
        lines.append("WHERE " + "\n  AND ".join(given))
    if order is not None:
        lines.append(f"ORDER BY {order}")
    return "\n".join(lines)


def of_dataset(dataset: str | None, column: str = "dataset") -> str | None:
    """Return the condition that a row is of a data set."""
    return None if dataset is None else f"{column} = {text(dataset)}"


def written(where: str | None) -> str | None:
    """Return a condition that a user wrote, so that it stands by itself and may end in a remark."""
    return None if where is None else f"({where}\n)"


def any_of(column: str, values: Sequence[int]) -> str:
    """Return the condition that a column has one of some values."""
    return f"{column} IN ({', '.join(map(str, values))})"


def separation(place: Place) -> str:
    """Return the distance of a row from a place, in deg."""
    return f"DISTANCE(ra, dec, {number(place.ra)}, {number(place.dec)})"


def within(place: Place, radius: float) -> str:
    """Return the condition that a row is within a radius, in deg, of a place."""
    return f"{separation(place)} <= {number(radius)}"
