"""The archive's record for the registry of the Virtual Observatory.

Source: IVOA Recommendations VOResource 1.1 and VODataService 1.2.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import numpy as np
from psycopg.rows import dict_row
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trapdb.reference.healpix import merged
from trapdb.reference.moc_forms import as_text
from trapdb.web import offered
from trapdb.web.faults import Refused
from trapdb.web.replies import refusing
from trapdb.web.requests import base_url, service_of
from trapdb.web.settings import Settings
from trapdb.web.statements import statement
from trapdb.web.tap.capabilities import SPACES, STARTED, capabilities_of_tap
from trapdb.web.tap.tables import XML, described_schemas
from trapdb.web.votable import text

# A record tells of the sky in cells of order 6, of 1 deg: of a cell of order 29 so many bits less.
_COARSE = 2 * (29 - 6)
# What nobody but those who run the archive can say.
_NEEDED = ("identifier", "description", "publisher", "contact")


@refusing
async def record(request: Request) -> Response:
    """Show the record."""
    service, here = service_of(request), base_url(request)
    missing = [name for name in _NEEDED if not getattr(service.settings, name)]
    if missing:
        error = Refused(f"there is no record: section [serve] lacks {', '.join(missing)}")
        error.status = 404
        raise error
    async with service.reading() as conn:
        schemas = await described_schemas(conn, columns=True)
        async with conn.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(statement("coverage"))
            (holds,) = await cursor.fetchall()
        found = await conn.execute(statement("coverage_cells"), {"dataset": None})
        cells = await found.fetchall()
    return Response(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<ri:Resource xmlns:ri="http://www.ivoa.net/xml/RegistryInterface/v1.0" {SPACES}'
        ' xsi:type="vs:CatalogService" status="active"'
        # what it says of itself changes with the settings, which are read at the start
        f' created="{_second(holds["created_at"] or STARTED)}" updated="{_second(STARTED)}">\n'
        f"{_about(service.settings, here)}"
        f"{capabilities_of_tap(here, service.settings)}{offered.cones(here, service.settings)}"
        f"{offered.images(here)}{offered.links(here)}{offered.pieces(here)}{_pages(here)}"
        f"{_coverage(here, holds, cells)}<tableset>\n{schemas}</tableset>\n</ri:Resource>\n",
        media_type=XML,
    )


def _about(settings: Settings, here: str) -> str:
    creators = "".join(
        f"<creator><name>{text(name)}</name></creator>" for name in settings.creators
    )
    subjects = "".join(f"<subject>{text(subject)}</subject>" for subject in settings.subjects)
    return (
        f"<title>{text(settings.title)}</title>\n<identifier>{settings.identifier}</identifier>\n"
        f"<curation><publisher>{text(settings.publisher)}</publisher>{creators}"
        f"<contact><name>{text(settings.publisher)}</name><email>{text(settings.contact)}</email>"
        "</contact></curation>\n"
        f"<content>{subjects}<description>{text(settings.description)}</description>"
        f"<referenceURL>{text(settings.reference_url or f'{here}/')}</referenceURL>"
        "<type>Catalog</type><contentLevel>Research</contentLevel></content>\n"
    )


def _pages(here: str) -> str:
    return (
        '<capability><interface xsi:type="vr:WebBrowser">'
        f'<accessURL use="full">{text(here)}/</accessURL></interface></capability>\n'
    )


def _coverage(here: str, holds: dict[str, Any], cells: list[tuple[int, int]]) -> str:
    first, last = np.array(cells, np.int64).reshape(-1, 2).T
    wide = merged(first >> _COARSE << _COARSE, last | (1 << _COARSE) - 1)
    return (
        f"<coverage><spatial>{as_text(*wide)}</spatial>"
        f"{_intervals('temporal', holds['times'])}{_intervals('spectral', holds['energies'])}"
        f'<footprint ivo-id="ivo://ivoa.net/std/moc">{text(here)}/moc</footprint>'
        "<waveband>Radio</waveband></coverage>\n"
    )


def _intervals(element: str, intervals: Iterable[tuple[float, float]]) -> str:
    return "".join(f"<{element}>{lowest} {highest}</{element}>" for lowest, highest in intervals)


def _second(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


ROUTES = [Route("/registry", record)]
