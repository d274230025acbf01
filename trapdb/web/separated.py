"""Answers as text with separators."""

import csv
import io
from collections.abc import AsyncIterator, Sequence

from psycopg import sql

from trapdb.web.answers import Answer
from trapdb.web.fields import Field
from trapdb.web.lines import line

_TABS = str.maketrans("\t\r\n", "   ")
_QUOTED = sql.SQL(
    """case when {0} ~ '[",\r\n]' then '"' || replace({0}, '"', '""') || '"' else {0} end"""
)
_BLANKED = sql.SQL("translate({0}, '\t\r\n', '   ')")


async def in_csv(answer: Answer) -> AsyncIterator[bytes]:
    """Yield an answer as comma-separated values (RFC 4180), with the names of the columns."""
    head = io.StringIO()
    csv.writer(head).writerow([one.name for one in answer.fields])
    yield head.getvalue().encode()
    async for batch in answer.batches():
        yield "".join([row for (row,) in batch]).encode()


def csv_row(fields: Sequence[Field], names: Sequence[sql.Composable]) -> sql.Composed:
    """Return the SQL of a row as a line of CSV."""
    return line(fields, names, ("", ",", "\r\n"), text=_QUOTED)


async def in_tsv(answer: Answer) -> AsyncIterator[bytes]:
    """Yield an answer as tab-separated values, with the names of the columns.

    A tab or a line's end within a value is given as a blank: the format has no way to write it.
    """
    yield ("\t".join([one.name.translate(_TABS) for one in answer.fields]) + "\n").encode()
    async for batch in answer.batches():
        yield "".join([row for (row,) in batch]).encode()


def tsv_row(fields: Sequence[Field], names: Sequence[sql.Composable]) -> sql.Composed:
    """Return the SQL of a row as a line of TSV."""
    return line(fields, names, ("", "\t", "\n"), text=_BLANKED)
