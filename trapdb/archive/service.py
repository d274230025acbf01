"""The archive behind a TAP service: queries are sent, and come back as VOTables."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trapdb.archive.backend import Answer
from trapdb.archive.fetching import fetch
from trapdb.archive.images import Pixels
from trapdb.archive.positions import Place
from trapdb.archive.votable import VOTableError, read
from trapdb.errors import InputError, ServiceError

# More rows than any service gives: it sends as many as it allows, and says so if there are more.
_ALL = 2**31 - 1


class TruncatedWarning(UserWarning):
    """An answer lacks rows, because the service gives no more of them."""


@dataclass(frozen=True)
class Service:
    """The archive behind a TAP service.

    Attributes
    ----------
    place : str
        The address of the service.
    """

    place: str

    def adql(self, text: str) -> Answer:
        """Answer a query in ADQL.

        Warns
        -----
        TruncatedWarning
            The service had more rows than it gives for one query.

        Raises
        ------
        ServiceError
            It cannot be reached, or refuses the query.
        """
        form = {
            "REQUEST": "doQuery", "LANG": "ADQL", "QUERY": text, "MAXREC": _ALL,
            "RESPONSEFORMAT": "application/x-votable+xml;serialization=BINARY2",
        }  # fmt: skip
        body = fetch(f"{self.place.rstrip('/')}/sync", form)
        try:
            found = read(body)
        except VOTableError as error:
            raise ServiceError(self.place, f"the answer is no VOTable: {error}") from error
        if found.status == "ERROR":
            raise ServiceError(self.place, " ".join(found.message.split()))
        if found.answer is None:
            raise ServiceError(self.place, "the answer has no table")
        if found.status == "OVERFLOW":
            warnings.warn(
                f"{self.place} gives no more than {len(found.answer.rows)} rows for one query, and "
                "there are more: ask for less",
                TruncatedWarning,
                stacklevel=4,
            )
        return found.answer

    def sql(self, text: str) -> Answer:
        """Refuse SQL, which no service takes."""
        raise InputError(f"{self.place} is a TAP service, which takes ADQL only")

    def pixels(self, facts: Mapping[str, Any], place: Place, size: float | None) -> Pixels:
        """Return an image, or a square of it, from where its row leads.

        Raises
        ------
        ServiceError
            The service gives no images, or not this one.
        """
        from trapdb.archive.links import fetch_pixels

        return fetch_pixels(self.place, facts, place, size)
