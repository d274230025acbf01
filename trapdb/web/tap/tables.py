"""The tables that can be asked, as VOSI describes them.

Source: IVOA Recommendations VOSI 1.1, section 2.4, and VODataService 1.1, section 3.3.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from psycopg.rows import namedtuple_row
from starlette.requests import Request
from starlette.responses import Response

from trapdb.web.faults import Refused
from trapdb.web.replies import refusing
from trapdb.web.requests import service_of
from trapdb.web.service import Connection
from trapdb.web.statements import statement
from trapdb.web.votable import attribute, text

XML = "text/xml"
_SPACES = (
    'xmlns:vosi="http://www.ivoa.net/xml/VOSITables/v1.0"'
    ' xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)


@refusing
async def tables(request: Request) -> Response:
    """Describe all tables; with DETAIL=min without their columns."""
    detail = request.query_params.get("detail", request.query_params.get("DETAIL"))
    if detail not in (None, "min", "max"):
        raise Refused(f"DETAIL={detail[:40]!r}: it is min or max")
    async with service_of(request).reading() as conn:
        schemas = await described_schemas(conn, columns=detail != "min")
    return Response(f"<vosi:tableset {_SPACES}>\n{schemas}</vosi:tableset>\n", media_type=XML)


async def described_schemas(conn: Connection, *, columns: bool) -> str:
    """Return the elements that describe all tables, with their columns or without."""
    known = await _described(conn)
    return "".join(
        f"<schema><name>{text(one.schema_name)}</name>{_optional('description', one.description)}"
        + "".join(
            _table(table, known, columns)
            for table in known["tables"]
            if table.schema_name == one.schema_name
        )
        + "</schema>\n"
        for one in known["schemas"]
    )


@refusing
async def table(request: Request) -> Response:
    """Describe one table."""
    name = request.path_params["name"]
    async with service_of(request).reading() as conn:
        known = await _described(conn)
    for one in known["tables"]:
        if one.table_name == name:
            element = _table(one, known, True)
            document = element.replace("<table", f"<vosi:table {_SPACES}", 1)
            return Response(document.removesuffix("</table>\n") + "</vosi:table>\n", media_type=XML)
    error = Refused(f"there is no table {name[:80]!r}")
    error.status = 404
    raise error


async def _described(conn: Connection) -> dict[str, list[Any]]:
    """Return the rows of tap_schema, by table."""
    found = {}
    async with conn.cursor(row_factory=namedtuple_row) as cursor:
        for name in ("schemas", "tables", "columns", "keys", "key_columns"):
            await cursor.execute(statement(f"tap_{name}"))
            found[name] = await cursor.fetchall()
    return found


def _table(table: Any, known: Mapping[str, Iterable[Any]], whole: bool) -> str:
    parts = [
        f'<table type="{table.table_type}"><name>{text(table.table_name)}</name>',
        _optional("description", table.description),
        _optional("utype", table.utype),
    ]
    if whole:
        parts += [_column(one) for one in known["columns"] if one.table_name == table.table_name]
        parts += [
            _key(one, known["key_columns"])
            for one in known["keys"]
            if one.from_table == table.table_name
        ]
    return "".join(parts) + "</table>\n"


def _column(column: Any) -> str:
    size = f" arraysize={attribute(column.arraysize)}" if column.arraysize else ""
    extended = f" extendedType={attribute(column.xtype)}" if column.xtype else ""
    flags = [word for word in ("principal", "indexed") if getattr(column, word)]
    return (
        f'<column std="{"true" if column.std else "false"}"><name>{text(column.column_name)}</name>'
        f"{_optional('description', column.description)}{_optional('unit', column.unit)}"
        f"{_optional('ucd', column.ucd)}{_optional('utype', column.utype)}"
        f'<dataType xsi:type="vs:VOTableType"{size}{extended}>{column.datatype}</dataType>'
        + "".join(f"<flag>{word}</flag>" for word in flags)
        + "</column>\n"
    )


def _key(key: Any, columns: Iterable[Any]) -> str:
    pairs = "".join(
        f"<fkColumn><fromColumn>{text(one.from_column)}</fromColumn>"
        f"<targetColumn>{text(one.target_column)}</targetColumn></fkColumn>"
        for one in columns
        if one.key_id == key.key_id
    )
    return f"<foreignKey><targetTable>{text(key.target_table)}</targetTable>{pairs}</foreignKey>\n"


def _optional(element: str, value: str | None) -> str:
    return f"<{element}>{text(value)}</{element}>" if value else ""
