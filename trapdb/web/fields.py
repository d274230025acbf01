"""What is told of the columns of an answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from trapdb.adql.scopes import Output
from trapdb.adql.types import VOTABLE, VOTableType

# A column whose type ADQL does not know is given as text.
_TEXT = VOTableType("char", "*")
_NUMBERS = VOTableType("double", "*")


@dataclass(frozen=True)
class Field:
    """A column of an answer, as a VOTable describes it.

    Attributes
    ----------
    name : str
        Its name.
    type : str or None
        Its type in ADQL; None: one that ADQL does not know, given as text.
    datatype, arraysize, xtype
        The same in words of VOTable.
    unit, ucd, utype, description : str or None
        What it is.
    origin : tuple of str, or None
        Table and column that it is, unchanged.
    id : str or None
        By which what else is in the document refers to it.
    ref : str or None
        The element of the document that it refers to: a system of coordinates, or of time.
    """

    name: str
    type: str | None
    datatype: str
    arraysize: str | None = None
    xtype: str | None = None
    unit: str | None = None
    ucd: str | None = None
    utype: str | None = None
    description: str | None = None
    origin: tuple[str, str] | None = None
    id: str | None = None
    ref: str | None = None


# By table, with its schema, and column.
Described = Mapping[tuple[str, str], Field]


def described(columns: Iterable[Any]) -> dict[tuple[str, str], Field]:
    """Return what the rows of trap.column_description say."""
    return {
        (f"{one.schema_name}.{one.view_name}", one.column_name): Field(
            one.column_name,
            None,
            one.datatype or _TEXT.datatype,
            one.arraysize if one.datatype else _TEXT.arraysize,
            one.xtype,
            one.vo_unit,
            one.ucd,
            one.utype,
            one.vo_description,
        )
        for one in columns
    }


def fields_of(outputs: Iterable[Output], known: Described) -> list[Field]:
    """Return the columns of an answer: what is given unchanged, described as where it is from.

    Parameters
    ----------
    outputs
        What the translation of the query says of its columns.
    known : mapping
        The columns of the tables that it asked.
    """
    return [_field(one, known) for one in outputs]


def _field(output: Output, known: Described) -> Field:
    origin = (output.origin.table, output.origin.column) if output.origin else None
    said = known.get(origin) if origin else None
    votable = VOTABLE.get(output.type or "", _TEXT)
    if said and output.type is None and (said.datatype, said.arraysize) == ("double", "*"):
        votable = _NUMBERS
    typed = Field(
        output.name, output.type, votable.datatype, votable.arraysize, votable.xtype, origin=origin
    )
    if said is None:
        return typed
    return replace(
        typed,
        xtype=said.xtype or votable.xtype,
        unit=said.unit,
        ucd=said.ucd,
        utype=said.utype,
        description=said.description,
    )
