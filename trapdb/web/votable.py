"""Documents in VOTable: answers as they come, and errors.

Source: IVOA Recommendations VOTable 1.4 and DALI 1.1, section 4.4.
"""

from binascii import b2a_base64
from collections.abc import AsyncIterator, Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

from psycopg import sql

from trapdb.web.answers import Answer
from trapdb.web.cells import cell
from trapdb.web.fields import Field
from trapdb.web.lines import line

VOTABLE = "application/x-votable+xml"
_OPEN = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n<RESOURCE type="results">\n'
)
_END = "</RESOURCE>\n"
_CLOSE = "</VOTABLE>\n"
# Characters that XML has no way to write.
_NO_XML = {code: None for code in range(32) if code not in (9, 10, 13)}
_NO_XML |= {0xFFFE: None, 0xFFFF: None} | {code: None for code in range(0xD800, 0xE000)}
_ESCAPED = sql.SQL("replace(replace(replace({0}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')")
_REAL = sql.SQL(
    "case {0} when 'Infinity' then '+Inf' when '-Infinity' then '-Inf' else ({0})::text end"
)


def text(value: object) -> str:
    """Return a value as the text of an element."""
    return escape(str(value).translate(_NO_XML))


def attribute(value: object) -> str:
    """Return a value as an attribute, with its quotes."""
    return quoteattr(str(value).translate(_NO_XML))


def error_document(message: str) -> str:
    """Return the document that says what went wrong."""
    return f'{_OPEN}<INFO name="QUERY_STATUS" value="ERROR">{text(message)}</INFO>\n{_END}{_CLOSE}'


def cone_error_document(message: str) -> str:
    """Return the same as clients of cone searches look for it, too."""
    error = f'<INFO name="Error" value={attribute(message)}/>\n'
    return error_document(message).replace("<RESOURCE", f"{error}<RESOURCE", 1)


def whole_document(
    fields: Iterable[Field], rows: Iterable[Sequence[object]], services: str = ""
) -> str:
    """Return a document with a few rows, and services that take their values."""
    lines = "".join(
        "<TR>" + "".join(f"<TD>{text(cell(value))}</TD>" for value in row) + "</TR>\n"
        for row in rows
    )
    return (
        f'{_OPEN}<INFO name="QUERY_STATUS" value="OK"/>\n<TABLE>\n{field_elements(fields)}'
        f"<DATA><TABLEDATA>\n{lines}</TABLEDATA></DATA>\n</TABLE>\n{_END}{services}{_CLOSE}"
    )


def field_elements(fields: Iterable[Field]) -> str:
    """Return the elements FIELD. Clients take an ID for the name of a column: few have one."""
    return "".join(map(_field, fields))


def _field(field: Field) -> str:
    attributes = {
        "ID": field.id,
        "ref": field.ref,
        "name": field.name,
        "datatype": field.datatype,
        "arraysize": field.arraysize,
        "xtype": field.xtype,
        "unit": field.unit,
        "ucd": field.ucd,
        "utype": field.utype,
    }
    said = " ".join(f"{key}={attribute(value)}" for key, value in attributes.items() if value)
    if not field.description:
        return f"<FIELD {said}/>\n"
    return f"<FIELD {said}><DESCRIPTION>{text(field.description)}</DESCRIPTION></FIELD>\n"


def _head(answer: Answer) -> str:
    return (
        f'{_OPEN}<INFO name="QUERY_STATUS" value="OK"/>\n{answer.document.systems}<TABLE>\n'
        f"{answer.document.facts}{field_elements(answer.fields)}<DATA>"
    )


def _tail(answer: Answer) -> str:
    overflow = '<INFO name="QUERY_STATUS" value="OVERFLOW"/>\n' if answer.overflow else ""
    return f"</DATA>\n</TABLE>\n{overflow}{_END}{answer.document.services}{_CLOSE}"


async def in_binary2(answer: Answer) -> AsyncIterator[bytes]:
    """Yield an answer whose rows come in BINARY2."""
    yield f'{_head(answer)}<BINARY2><STREAM encoding="base64">\n'.encode()
    rest = b""
    async for batch in answer.batches():
        octets = rest + b"".join([row for (row,) in batch])
        whole = len(octets) - len(octets) % 3
        rest = octets[whole:]
        # a line each: to break it as for mail takes eight times as long
        yield b2a_base64(octets[:whole])
    yield b2a_base64(rest) + b"</STREAM></BINARY2>"
    yield _tail(answer).encode()


async def in_tabledata(answer: Answer) -> AsyncIterator[bytes]:
    """Yield an answer as elements."""
    yield f"{_head(answer)}<TABLEDATA>\n".encode()
    async for batch in answer.batches():
        yield "".join([row for (row,) in batch]).translate(_NO_XML).encode()
    yield b"</TABLEDATA>"
    yield _tail(answer).encode()


def tabledata_row(fields: Sequence[Field], names: Sequence[sql.Composable]) -> sql.Composed:
    """Return the SQL of a row as an element."""
    marks = ("<TR><TD>", "</TD><TD>", "</TD></TR>\n")
    return line(fields, names, marks, text=_ESCAPED, real=_REAL)
