"""What a Parquet file tells of its columns, in the three ways that programs look for it.

The metadata of the fields are for pyarrow, Polars and DuckDB; a VOTable without rows for TOPCAT,
STILTS and astropy's ``parquet.votable``; astropy's own header for its ``parquet``.

Source: IVOA Note "Parquet in the VO" (VOParquet 1.0): the keys of the VOTable.
"""

from xml.sax.saxutils import quoteattr

import pyarrow as pa

_DATATYPES = {
    pa.bool_(): "boolean",
    pa.int16(): "short",
    pa.int32(): "int",
    pa.int64(): "long",
    pa.float32(): "float",
    pa.float64(): "double",
}


def field(
    name: str,
    type_: pa.DataType,
    unit: str | None = None,
    ucd: str | None = None,
    utype: str | None = None,
    description: str | None = None,
) -> pa.Field:
    """Return a column with what is known of it."""
    said = {"unit": unit, "ucd": ucd, "utype": utype, "description": description}
    return pa.field(name, type_, metadata={key: value for key, value in said.items() if value})


def file_metadata(schema: pa.Schema) -> dict[str, str]:
    """Return what stands in the file as a whole, for the columns of a schema."""
    return {
        "IVOA.VOTable-Parquet.version": "1.0",
        "IVOA.VOTable-Parquet.content": _votable(schema),
        "table_meta_yaml": _astropy_header(schema),
    }


def said_of(one: pa.Field) -> dict[str, str]:
    """Return unit, ucd, utype and description of a column, as far as they are known."""
    return {key.decode(): value.decode() for key, value in (one.metadata or {}).items()}


def _columns(schema: pa.Schema) -> list[pa.Field]:
    """Return the columns; of a struct its members, named after both."""
    columns = []
    for one in schema:
        if pa.types.is_struct(one.type):
            columns += [part.with_name(f"{one.name}.{part.name}") for part in one.type]
        else:
            columns.append(one)
    return columns


def _votable(schema: pa.Schema) -> str:
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">',
        '<RESOURCE type="results"><TABLE>',
    ]
    for one in _columns(schema):
        said = said_of(one)
        description = said.pop("description", None)
        attributes = {"name": one.name, **_votable_type(one.type), **said}
        written = " ".join(f"{key}={quoteattr(value)}" for key, value in attributes.items())
        inner = f"<DESCRIPTION>{_escaped(description)}</DESCRIPTION>" if description else ""
        lines.append(f"<FIELD {written}>{inner}</FIELD>")
    return "\n".join([*lines, "</TABLE></RESOURCE>", "</VOTABLE>"])


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _votable_type(type_: pa.DataType) -> dict[str, str]:
    if pa.types.is_list(type_):
        element = _votable_type(type_.value_type)
        return {**element, "arraysize": "*"}
    if pa.types.is_timestamp(type_):
        return {"datatype": "char", "arraysize": "*", "xtype": "timestamp"}
    if type_ in _DATATYPES:
        return {"datatype": _DATATYPES[type_]}
    return {"datatype": "unicodeChar", "arraysize": "*"}


def _astropy_header(schema: pa.Schema) -> str:
    from astropy.table import Column, Table, meta
    from astropy.units import Unit

    table = Table()
    for one in _columns(schema):
        said = said_of(one)
        unit, description = said.pop("unit", None), said.pop("description", None)
        column = Column([], name=one.name, dtype=float, description=description, meta=said)
        # a unit that astropy does not know, of a user's own table, is kept as text elsewhere
        column.unit = Unit(unit, parse_strict="silent") if unit else None
        table.add_column(column)
    return "\n".join(meta.get_yaml_from_table(table))
