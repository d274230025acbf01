"""What people say of sources: rating, class, tags and a note, said by one key or written."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from trapdb.web.explorer.people import Person
from trapdb.web.explorer.reading import row_in, rows
from trapdb.web.explorer.replies import data, in_data
from trapdb.web.explorer.writing import given_in, person_of, writer_of
from trapdb.web.faults import Refused
from trapdb.web.requests import service_of

_HISTORY = 100
_TEXTS = ("rating", "object_class", "note")


@in_data
async def labels(request: Request) -> Response:
    """Answer with all that was ever said of a source, the latest first, and who would say more."""
    person = person_of(request)
    async with service_of(request).reading() as conn:
        found = await row_in(request, conn, "source")
        said = await rows(conn, "label_history", source_id=found.source_id, most=_HISTORY)
    return await data(request, {"labels": said, "user": person and person.user})


@in_data
async def label(request: Request) -> Response:
    """Say something of a source; what the user said of it before stays, but for what is given.

    The body is JSON: ``rating``, ``object_class``, ``note``, each a text, or null: not any more;
    ``tags``, a list of texts. An empty object takes all back. The answer is that of `labels`.
    """
    person = writer_of(request)
    given = await _given(request)
    # two at once would each leave out what the other one says
    async with person.turn:
        await _write(request, person, given)
    return await labels(request)


async def _write(request: Request, person: Person, given: dict[str, Any]) -> None:
    async with service_of(request).reading() as conn:
        source_id = (await row_in(request, conn, "source")).source_id
        said = await rows(conn, "source_labels", source_id=source_id, most=_HISTORY)
    mine = next((one for one in said if one.user_name == person.user and not one.epoch), None)
    before = {name: getattr(mine, name, None) for name in _TEXTS}
    tags = mine.tags.split(",") if mine and mine.tags else []
    whole = {**before, "tags": tags, **given}
    if given and any(whole.values()):
        await person.write("add_label", source_id=source_id, **whole)
    elif mine:
        await person.write("withdraw_label", source_id=source_id)


async def _given(request: Request) -> dict[str, Any]:
    given = await given_in(request, (*_TEXTS, "tags"))
    tags = given.get("tags", [])
    texts = [given[name] for name in _TEXTS if given.get(name) is not None]
    if not isinstance(tags, list) or not all(isinstance(one, str) for one in (*texts, *tags)):
        raise Refused("rating, object_class and note are texts, and tags is a list of texts")
    if any("\0" in one for one in (*texts, *tags)):
        raise Refused("a text cannot have the character of code 0")
    return {name: given[name] or None for name in given if name != "tags"} | (
        {"tags": tags} if "tags" in given else {}
    )
