"""Identifiers of images and light curves, as ivoa.obscore has them."""

import re
from collections.abc import Callable

from trapdb.database import ids

_DID = re.compile(r"ivo://trapdb/(image|lightcurve)\?([1-9]\d{0,9})/([1-9]\d{0,18})", re.IGNORECASE)
_NUMBER = re.compile(r"[1-9]\d{0,18}")
_MOST = 2**63


def image_meant(identifier: str) -> int | None:
    """Return the number of the image that an identifier means; None if it is of another kind."""
    return _number(identifier, "image", ids.dataset_of)


def source_meant(identifier: str) -> int | None:
    """Return the number of the source whose light curve an identifier, or that number, means.

    None if it is of another kind.
    """
    if _NUMBER.fullmatch(identifier) and int(identifier) < _MOST:
        return int(identifier)
    return _number(identifier, "lightcurve", ids.dataset_of_source)


def _number(identifier: str, kind: str, dataset_of: Callable[[int], int]) -> int | None:
    found = _DID.fullmatch(identifier)
    if not found or found[1].lower() != kind:
        return None
    number = int(found[3])
    return number if number < _MOST and dataset_of(number) == int(found[2]) else None
