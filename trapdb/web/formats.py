"""The formats in which an answer can be had."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from trapdb.web import separated, spooled, votable
from trapdb.web.answers import Answer, RowOf
from trapdb.web.binary2 import binary2_row
from trapdb.web.faults import Refused


@dataclass(frozen=True)
class Format:
    """A format.

    Attributes
    ----------
    media_type : str
        What it is called in HTTP.
    names : tuple of str
        Other words for it, in lower case.
    write : callable
        From an answer to the bytes of the document.
    row_of : callable or None
        The SQL of a row as it wants it; None: the values of the columns.
    ending : str
        The end of a file's name.
    """

    media_type: str
    names: tuple[str, ...]
    write: Callable[[Answer], AsyncIterator[bytes]]
    row_of: RowOf | None = None
    ending: str = ""


FORMATS = (
    Format(
        votable.VOTABLE,
        (
            "votable",
            "votable/b2",
            "text/xml",
            "application/xml",
            "application/x-votable+xml;serialization=binary2",
        ),
        votable.in_binary2,
        row_of=binary2_row,
        ending="vot",
    ),
    Format(
        "application/x-votable+xml;serialization=tabledata",
        ("votable/td",),
        votable.in_tabledata,
        row_of=votable.tabledata_row,
        ending="vot",
    ),
    Format(
        "text/csv;header=present",
        ("csv", "text/csv"),
        separated.in_csv,
        row_of=separated.csv_row,
        ending="csv",
    ),
    Format(
        "text/tab-separated-values",
        ("tsv",),
        separated.in_tsv,
        row_of=separated.tsv_row,
        ending="tsv",
    ),
    Format("application/fits", ("fits",), spooled.in_fits, ending="fits"),
    Format(
        "application/vnd.apache.parquet",
        ("parquet", "application/x-parquet"),
        spooled.in_parquet,
        ending="parquet",
    ),
)


def format_of(word: str | None) -> Format:
    """Return the format that a word means; VOTable if there is none.

    Raises
    ------
    Refused
        There is no such format.
    """
    if not word:
        return FORMATS[0]
    wanted = "".join(word.lower().split())
    for one in FORMATS:
        if wanted in (one.media_type, *one.names):
            return one
    words = ", ".join(one.names[0] for one in FORMATS)
    raise Refused(f"there is no format {word!r}: choose one of {words}")
