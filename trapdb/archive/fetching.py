"""Asking services of the web."""

from collections.abc import Mapping
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from trapdb.errors import ServiceError

# How long a service may be silent: it is given up later than it would give up a query itself.
_PATIENCE = 600  # s


def fetch(address: str, form: Mapping[str, object] | None = None) -> bytes:
    """Return what is at an address, or what it answers to a form.

    A refusal that is a VOTable is returned like any answer: it says itself what is wrong.

    Parameters
    ----------
    address
        Where to ask.
    form
        What is sent there by POST; None for a plain GET.

    Raises
    ------
    ServiceError
        Nothing answers there, or what answers refuses.
    """
    data = None if form is None else urlencode(form).encode()
    try:
        with urlopen(Request(address, data), timeout=_PATIENCE) as response:
            return response.read()
    except HTTPError as error:
        with error:
            body = error.read()
        if b"<VOTABLE" in body:
            return body
        said = f"{error.code} {error.reason}"
        if error.headers.get("Content-Type", "").startswith("text/plain"):
            said = " ".join(body.decode("utf-8", "replace").split())[:300] or said
        raise ServiceError(address, said) from error
    except (OSError, HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, URLError) else error
        raise ServiceError(address, f"it does not answer: {reason}") from error
