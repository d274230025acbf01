"""Answers as text with separators."""

import csv
import io
from collections.abc import AsyncIterator

from trapdb.web.answers import Answer
from trapdb.web.cells import cell

_TABS = str.maketrans("\t\r\n", "   ")


async def in_csv(answer: Answer) -> AsyncIterator[bytes]:
    """Yield an answer as comma-separated values (RFC 4180), with the names of the columns."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([one.name for one in answer.fields])
    async for batch in answer.batches():
        writer.writerows([map(cell, row) for row in batch])
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode()


async def in_tsv(answer: Answer) -> AsyncIterator[bytes]:
    """Yield an answer as tab-separated values, with the names of the columns.

    A tab or a line's end within a value is given as a blank: the format has no way to write it.
    """

    def line(values: list[str]) -> str:
        return "\t".join(value.translate(_TABS) for value in values) + "\n"

    yield line([one.name for one in answer.fields]).encode()
    async for batch in answer.batches():
        yield "".join(line([cell(value) for value in row]) for row in batch).encode()
