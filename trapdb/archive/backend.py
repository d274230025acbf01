"""What answers a query, and what an answer is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from trapdb.archive.images import Pixels
from trapdb.archive.positions import Place


@dataclass(frozen=True)
class Column:
    """A column of an answer, and what is known of it.

    Attributes
    ----------
    name : str
        Its name.
    type : str
        ``smallint``, ``integer``, ``bigint``, ``real``, ``double precision``, ``boolean``,
        ``text``, ``timestamp``, or ``array``, of numbers in double precision.
    unit : str or None
        In the grammar of VOUnits; None for a pure number, or for what is not measured.
    description, ucd, utype : str or None
        What it means; None if that is not known.
    """

    name: str
    type: str
    unit: str | None = None
    description: str | None = None
    ucd: str | None = None
    utype: str | None = None


@dataclass(frozen=True)
class Answer:
    """The rows of a query.

    Attributes
    ----------
    columns : sequence of Column
        What a row has.
    rows : sequence of sequence
        A value for each column, None where it is not known. Times are of `datetime`, in UTC if
        they do not say otherwise; arrays are sequences of numbers.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]


class Backend(Protocol):
    """A way to the archive."""

    @property
    def place(self) -> str:
        """Where the archive is, without a password."""

    def adql(self, text: str) -> Answer:
        """Answer a query in ADQL."""

    def sql(self, text: str) -> Answer:
        """Answer a query in the SQL of PostgreSQL."""

    def pixels(self, facts: Mapping[str, Any], place: Place, size: float | None) -> Pixels:
        """Return an image, or a square of it.

        Parameters
        ----------
        facts
            Its row in ``ivoa.obscore``.
        place
            The middle of the square.
        size
            Its side, deg; None for the whole image.
        """
