"""Definitions of transients that are stored from a page, by their conditions."""

from psycopg.types.json import Jsonb
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trapdb.conditions import condition
from trapdb.web.explorer.reading import rows
from trapdb.web.explorer.replies import data, in_data
from trapdb.web.explorer.writing import given_in, writer_of
from trapdb.web.faults import Refused
from trapdb.web.requests import service_of

_CONDITIONS = 30
_DESCRIPTION = 2000  # characters


@in_data
async def definition(request: Request) -> Response:
    """Store a definition under the name in the address.

    The body is JSON: ``conditions``, a list of texts; ``description``, a text, or null for the
    conditions once more; ``replace``, whether one of this name may be replaced. Without it, the
    answer has status 409 where there is one.
    """
    person = writer_of(request)
    name: str = request.path_params["name"]
    given = await given_in(request, ("conditions", "description", "replace"))
    conditions, description = given.get("conditions"), given.get("description")
    if (
        not isinstance(conditions, list)
        or not 1 <= len(conditions) <= _CONDITIONS
        or not all(isinstance(one, str) for one in conditions)
    ):
        raise Refused(f"conditions: expected a list of 1 to {_CONDITIONS} texts")
    said = " and ".join(conditions) if description is None else description
    if not isinstance(said, str) or len(said) > _DESCRIPTION or "\0" in said + name:
        raise Refused(f"description: expected a text of {_DESCRIPTION} characters at most")
    read = Jsonb([condition(one) for one in conditions])
    async with service_of(request).reading() as conn:
        there = await rows(conn, "definition", definition=name)
    if there and given.get("replace") is not True:
        owner = there[0].owner or "trapdb"
        return JSONResponse(
            {"error": f"there is a definition {name} already, of {owner}", "there": True}, 409
        )
    await person.write("store_definition", definition=name, description=said, conditions=read)
    return await data(request, {"name": name})
