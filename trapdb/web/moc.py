"""The part of the sky that a data set covers, as a multi-order coverage map (MOC)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trapdb.reference.healpix import Cells
from trapdb.reference.moc_forms import as_fits, as_json, as_text
from trapdb.web.faults import Refused
from trapdb.web.replies import refusing
from trapdb.web.requests import parameters_of, service_of
from trapdb.web.statements import statement


@dataclass(frozen=True)
class _Form:
    """A form in which it can be had: what HTTP calls it, other words, the end of a name."""

    media_type: str
    names: tuple[str, ...]
    ending: str
    write: Callable[[Cells, Cells], bytes | str]


_FORMS = (
    _Form("application/fits", ("fits", "image/fits"), "fits", as_fits),
    _Form("application/json", ("json",), "json", as_json),
    _Form("text/plain", ("ascii", "text"), "txt", as_text),
)


@refusing
async def coverage(request: Request) -> Response:
    """Answer with the coverage of a data set, or of all."""
    parameters = await parameters_of(request)
    dataset, form = parameters.one("DATASET"), _form_of(parameters.one("RESPONSEFORMAT"))
    async with service_of(request).reading() as conn:
        cursor = await conn.execute(statement("coverage_cells"), {"dataset": dataset})
        rows = await cursor.fetchall()
    first, last = np.array(rows, np.int64).reshape(-1, 2).T
    name = f'inline; filename="coverage.{form.ending}"'
    return Response(
        await to_thread.run_sync(form.write, first, last),
        media_type=form.media_type,
        headers={"Content-Disposition": name},
    )


def _form_of(word: str | None) -> _Form:
    if word is None:
        return _FORMS[0]
    for one in _FORMS:
        if word.lower() in (one.media_type, *one.names):
            return one
    raise Refused(
        f"RESPONSEFORMAT={word[:60]!r}: expected {', '.join(one.names[0] for one in _FORMS)}"
    )


ROUTES = [Route("/moc", coverage)]
