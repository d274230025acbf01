"""The light curve of one source, as a table that says in which systems its times and places are.

Source: IVOA Recommendation, VOTable 1.4, sections 3.3 and 3.4 (COOSYS, TIMESYS).
"""

from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

from psycopg import sql
from psycopg.rows import namedtuple_row
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trapdb.database import ids
from trapdb.web.answering import answering
from trapdb.web.answers import Answer, Document
from trapdb.web.asking import rows_of
from trapdb.web.faults import Refused
from trapdb.web.fields import Described, Field
from trapdb.web.formats import format_of
from trapdb.web.identifiers import source_meant
from trapdb.web.replies import refusing
from trapdb.web.requests import parameters_of, service_of
from trapdb.web.service import Connection
from trapdb.web.statements import statement
from trapdb.web.votable import attribute, text

_SYSTEMS = (
    '<COOSYS ID="place" system="ICRS"/>\n'
    '<TIMESYS ID="times" timeorigin="MJD-origin" timescale="UTC" refposition="TOPOCENTER"/>\n'
)
_OWN = {
    "obs_time": Field(
        "obs_time", "double precision", "double", unit="d", ucd="time.start;obs.exposure",
        description="Start of the observation, MJD (UTC)", ref="times",
    ),
    "duration": Field(
        "duration", "double precision", "double", unit="s", ucd="time.duration;obs.exposure",
        description="Length of the observation",
    ),
    "detection_limit": Field(
        "detection_limit", "double precision", "double", unit="Jy/beam",
        ucd="instr.sensitivity;phot.flux.density.sb;em.radio",
        description="Peak flux density that a source needs there to be detected",
    ),
}  # fmt: skip
_COLUMNS = (
    "obs_time", "duration", "freq_eff", "band_id", "stokes", "kind", "usable", "int_flux",
    "int_flux_err", "peak_flux", "peak_flux_err", "detection_limit", "local_rms", "ra", "dec",
    "association", "inherited", "flags", "measurement_id", "image_id",
)  # fmt: skip


@refusing
async def lightcurve(request: Request) -> Response:
    """Give the light curve of a source."""
    parameters = await parameters_of(request)
    identifier = parameters.required("ID")
    form, limit = format_of(parameters.one("RESPONSEFORMAT")), parameters.count("MAXREC")
    number = source_meant(identifier)
    if number is None:
        raise Refused(f"ID={identifier[:80]!r}: expected ivo://trapdb/lightcurve?... or a number")
    service = service_of(request)
    async with service.reading() as conn:
        source = await _source(conn, number)
    if source is None:
        error = Refused(f"there is no source {identifier[:80]}")
        error.status = 404
        raise error
    query = sql.SQL(statement("lightcurve").decode()).format(  # type: ignore[arg-type]  # a file
        dataset_id=sql.Literal(ids.dataset_of_source(number)), source_id=sql.Literal(number)
    )
    fields = [_field(name, service.offer.fields) for name in _COLUMNS]
    document = Document(systems=_SYSTEMS, facts=_facts(source))

    def asked(conn: Connection) -> AbstractAsyncContextManager[Answer]:
        return rows_of(service, conn, query, fields, limit, form.row_of, document)

    return await answering(request, form, asked)


async def _source(conn: Connection, number: int) -> Any:
    values = {"numbers": [number], "datasets": [ids.dataset_of_source(number)]}
    async with conn.cursor(row_factory=namedtuple_row) as cursor:
        await cursor.execute(statement("linked_sources"), values)
        return await cursor.fetchone()


def _field(name: str, known: Described) -> Field:
    if name in _OWN:
        return _OWN[name]
    field = known["trap.lightcurve", name]
    return replace(field, ref="place") if name in ("ra", "dec") else field


def _facts(source: Any) -> str:
    """Return what the table says of the source."""
    numbers = "".join(
        f'<PARAM name="source_{name}" datatype="double" unit="deg" ucd="pos.eq.{name}"'
        f' ref="place" value="{value!r}"/>\n'
        for name, value in (("ra", source.ra), ("dec", source.dec))
    )
    texts = "".join(
        f'<PARAM name="{name}" datatype="char" arraysize="*" ucd="{ucd}"'
        f" value={attribute(value)}/>\n"
        for name, ucd, value in (
            ("source_name", "meta.id;src", source.name),
            ("dataset", "meta.id;meta.dataset", source.dataset),
        )
    )
    about = f"Light curve of {source.name}, data set {source.dataset}"
    return f"<DESCRIPTION>{text(about)}</DESCRIPTION>\n{texts}{numbers}"


ROUTES = [Route("/lightcurve", lightcurve, methods=["GET", "POST"])]
