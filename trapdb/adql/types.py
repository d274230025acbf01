"""The types of ADQL: what PostgreSQL and VOTable call them, and which go together."""

from dataclasses import dataclass

NUMBERS = ("smallint", "integer", "bigint", "real", "double precision")
INTEGERS = NUMBERS[:3]
DOUBLE = NUMBERS[4]
GEOMETRIES = ("point", "circle", "polygon", "region")

_TYPES = {
    **{name: name for name in (*NUMBERS, *GEOMETRIES, "text", "boolean", "timestamp")},
    "character varying": "text",
    "timestamp with time zone": "timestamp",
}


@dataclass(frozen=True)
class VOTableType:
    """A type as VOTable writes it."""

    datatype: str
    arraysize: str | None = None
    xtype: str | None = None


VOTABLE = {
    "smallint": VOTableType("short"),
    "integer": VOTableType("int"),
    "bigint": VOTableType("long"),
    "real": VOTableType("float"),
    "double precision": VOTableType("double"),
    "boolean": VOTableType("boolean"),
    "text": VOTableType("char", "*"),
    "timestamp": VOTableType("char", "*", "timestamp"),
    "point": VOTableType("double", "2", "point"),
    "circle": VOTableType("double", "3", "circle"),
    "polygon": VOTableType("double", "*", "polygon"),
    "region": VOTableType("char", "*", "adql:REGION"),
}


def type_of(name: str) -> str | None:
    """Return the type of ADQL for one of PostgreSQL, without its length; None if there is none."""
    return _TYPES.get(name.partition("(")[0])


def family(type_: str | None) -> str | None:
    """Return what kind of value a type is: those of one kind can be compared."""
    return "number" if type_ in NUMBERS else type_


def common_type(types: list[str | None]) -> str | None:
    """Return the type that has room for all of these, which are of one kind; None if not known."""
    known = [one for one in types if one is not None]
    if not known or len(known) < len(types):
        return known[0] if len(set(known)) == 1 else None
    if all(one in NUMBERS for one in known):
        # PostgreSQL computes with an integer and a real in double precision
        if "real" in known and any(one in INTEGERS for one in known):
            return "double precision"
        return max(known, key=NUMBERS.index)
    return known[0]
