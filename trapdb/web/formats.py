"""The formats in which an answer can be had."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from trapdb.web import separated, spooled, votable
from trapdb.web.answers import Answer
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
    in_binary2 : bool
        Whether it wants rows in BINARY2.
    ending : str
        The end of a file's name.
    """

    media_type: str
    names: tuple[str, ...]
    write: Callable[[Answer], AsyncIterator[bytes]]
    in_binary2: bool = False
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
        in_binary2=True,
        ending="vot",
    ),
    Format(
        "application/x-votable+xml;serialization=tabledata",
        ("votable/td",),
        votable.in_tabledata,
        ending="vot",
    ),
    Format("text/csv;header=present", ("csv", "text/csv"), separated.in_csv, ending="csv"),
    Format("text/tab-separated-values", ("tsv",), separated.in_tsv, ending="tsv"),
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
