"""The sources around a position.

Source: IVOA Recommendation, Simple Cone Search 1.03, and what its version 1.1 adds: MAXREC and
RESPONSEFORMAT. The UCDs of identifier and position are those that it asks for.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from math import isfinite

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trapdb.web import literals, offered
from trapdb.web.answering import answering
from trapdb.web.answers import Answer
from trapdb.web.asking import answer
from trapdb.web.descriptors import DID
from trapdb.web.faults import Refused
from trapdb.web.fields import Field
from trapdb.web.formats import format_of
from trapdb.web.replies import refusing
from trapdb.web.requests import Parameters, base_url, parameters_of, service_of
from trapdb.web.service import Connection
from trapdb.web.statements import statement
from trapdb.web.tap.capabilities import availability, capabilities_with
from trapdb.web.votable import cone_error_document

_ID = (
    "'ivo://trapdb/lightcurve?' || CAST(dataset_id AS VARCHAR) || '/'"
    " || CAST(source_id AS VARCHAR) AS id"
)
# Columns by what VERB says.
_COLUMNS = {
    "1": (_ID, "ra", "dec"),
    "2": (
        _ID, "source_id", "dataset", "name", "ra", "dec", "ra_err", "dec_err", "n_blind",
        "n_forced", "first_seen", "last_seen",
    ),
    "3": (_ID, "running_catalogue.*"),
}  # fmt: skip
_MAIN = {"id": "ID_MAIN", "ra": "POS_EQ_RA_MAIN", "dec": "POS_EQ_DEC_MAIN"}


@partial(refusing, document=cone_error_document)
async def cone(request: Request) -> Response:
    """Give the sources around a position, the nearest first."""
    parameters = await parameters_of(request)
    form, limit = format_of(parameters.one("RESPONSEFORMAT")), parameters.count("MAXREC")
    query, radius = _query(parameters)
    dataset = parameters.one("DATASET")
    service, here = service_of(request), base_url(request)
    if radius == 0:
        limit = 0  # what there is to be known of the columns is asked

    @asynccontextmanager
    async def asked(conn: Connection) -> AsyncIterator[Answer]:
        cursor = await conn.execute(statement("datasets"))
        if dataset and dataset not in {name for name, _ in await cursor.fetchall()}:
            raise Refused(f"there is no data set {dataset[:80]!r}")
        async with answer(
            service, conn, here, query, limit, row_of=form.row_of, retold=_retold
        ) as given:
            yield given

    return await answering(request, form, asked)


def _query(parameters: Parameters) -> tuple[str, float]:
    """Return the query, and the radius."""
    ra = _angle(parameters, "RA", 0, 360)
    dec = _angle(parameters, "DEC", -90, 90)
    radius = _angle(parameters, "SR", 0, 180)
    verbosity = parameters.one("VERB") or "2"
    if verbosity not in _COLUMNS:
        raise Refused(f"VERB={verbosity[:40]!r}: it is 1, 2 or 3")
    apart = f"DISTANCE(ra, dec, {literals.number(ra)}, {literals.number(dec)})"
    where = f"{apart} <= {literals.number(radius)}"
    if dataset := parameters.one("DATASET"):
        where += f" AND dataset = {literals.text(dataset)}"
    columns = ", ".join((*_COLUMNS[verbosity], f"{apart} AS separation"))
    return f"SELECT {columns} FROM trap.running_catalogue WHERE {where} ORDER BY separation", radius


def _angle(parameters: Parameters, name: str, low: float, high: float) -> float:
    parameters.required(name)
    value = parameters.number(name)
    assert value is not None
    if not (isfinite(value) and low <= value <= high):
        raise Refused(f"{name}={value}: expected an angle from {low} to {high} deg")
    return value


def _retold(field: Field) -> Field:
    if field.name == "id":
        about = "Identifier of the light curve"
        return replace(field, ucd=_MAIN["id"], description=about, origin=("ivoa.obscore", DID))
    if field.name == "separation":
        return replace(
            field, ucd="pos.angDistance", unit="deg", description="Distance from the centre"
        )
    if field.name in _MAIN:
        return replace(field, ucd=_MAIN[field.name])
    return replace(field, ucd=field.ucd and field.ucd.replace(";meta.main", ""))


async def capabilities(request: Request) -> Response:
    """Tell what the service can do."""
    here, settings = base_url(request), service_of(request).settings
    return capabilities_with(offered.cones(here, settings), f"{here}/scs")


ROUTES = [
    Route("/scs", cone, methods=["GET", "POST"]),
    Route("/scs/capabilities", capabilities),
    Route("/scs/availability", availability),
]
