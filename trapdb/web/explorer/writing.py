"""What is asked of every request that writes: which page sends it, and who."""

import json
from collections.abc import Collection
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from trapdb.web.explorer.own_page import is_from_own_page
from trapdb.web.explorer.people import NotAllowed, People, Person
from trapdb.web.explorer.replies import data, in_data
from trapdb.web.faults import Refused

_LONGEST = 20_000  # bytes of a request: a note has 5000 characters at most


def person_of(request: Request) -> Person | None:
    """Return who sends a request, if that is somebody who may write."""
    known: People | None = request.app.state.people
    return known.of(request) if known else None


def writer_of(request: Request) -> Person:
    """Return who sends a request that writes.

    Raises
    ------
    NotAllowed
        Nothing is written here, the request does not come from a page of this service, or it is
        of nobody who may write.
    """
    known = _known(request)
    person = known.of(request)
    if person is None:
        raise NotAllowed(
            "sign in to write"
            if known.sign_in_here
            else "to write, open the address with a key that trapdb serve has printed"
        )
    return person


async def given_in(request: Request, names: Collection[str]) -> dict[str, Any]:
    """Return the object that a request of one of the service's own pages brings.

    Raises
    ------
    Refused
        It is none, is too long, or has other names in it than these.
    """
    body = await request.body()
    try:
        given = json.loads(body) if len(body) <= _LONGEST else None
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict) or not set(given) <= set(names):
        raise Refused(f"expected an object with {', '.join(names)}")
    return given


def _known(request: Request) -> People:
    known: People | None = request.app.state.people
    if known is None:
        raise NotAllowed("nothing can be written here: trapdb serve --writable lets one rate")
    if not is_from_own_page(request):
        raise NotAllowed("only a page of this service may write: open it in a browser")
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise NotAllowed("expected JSON")
    return known


@in_data
async def session(request: Request) -> Response:
    """Answer with who sends a request, or null."""
    person = person_of(request)
    return await data(request, {"user": person and person.user})


@in_data
async def sign_in(request: Request) -> Response:
    """Sign somebody in, ``{"user": ..., "password": ...}``, and answer with the key."""
    known = _known(request)
    if not known.sign_in_here:
        raise NotAllowed("nobody signs in here: open the address that trapdb serve has printed")
    given = await given_in(request, ("user", "password"))
    user, password = given.get("user"), given.get("password")
    if not isinstance(user, str) or not isinstance(password, str):
        raise Refused("user and password are texts")
    return await data(request, {"key": await known.sign_in(user, password), "user": user})


@in_data
async def sign_out(request: Request) -> Response:
    """Forget a key."""
    await _known(request).sign_out(request)
    return await data(request, {"user": None})
