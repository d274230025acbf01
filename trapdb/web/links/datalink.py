"""The links of images and light curves.

Source: IVOA Recommendation, DataLink 1.1, sections 2 and 3.
"""

from dataclasses import astuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trapdb.web import offered
from trapdb.web.descriptors import FITS, SODA, Input, descriptor
from trapdb.web.faults import Refused
from trapdb.web.fields import Field
from trapdb.web.formats import format_of
from trapdb.web.links.linked import links_of
from trapdb.web.replies import refusing
from trapdb.web.requests import base_url, parameters_of, service_of
from trapdb.web.tap.capabilities import availability, capabilities_with
from trapdb.web.votable import VOTABLE, whole_document

DATALINK = f"{VOTABLE};content=datalink"

# As many as a client may ask for at once; more are told to come in parts.
MOST_IDENTIFIERS = 1000


def _column(name: str, ucd: str, about: str, id_: str | None = None) -> Field:
    return Field(name, "text", "char", "*", ucd=ucd, description=about, id=id_)


_FIELDS = (
    _column("ID", "meta.id;meta.main", "What the link belongs to", "ID"),
    _column("access_url", "meta.ref.url", "Where it leads"),
    _column("service_def", "meta.ref", "Description of the service that gives it"),
    _column("error_message", "meta.code.error", "Why there is no link"),
    _column("semantics", "meta.code", "What it is"),
    _column("description", "meta.note", "What it gives"),
    _column("content_type", "meta.code.mime", "Type of what it gives"),
    Field(
        "content_length", "bigint", "long", unit="byte", ucd="phys.size;meta.file",
        description="Size of what it gives; not known: NULL",
    ),
)  # fmt: skip
_SHAPES = (
    Input("ID", "ID", "The image"),
    Input(
        "CIRCLE", None, "Right ascension, declination and radius, ICRS", "double", "3", "circle",
        "deg", "pos.outline;obs",
    ),
    Input(
        "POLYGON", None, "Right ascension and declination of each corner, ICRS", "double", "*",
        "polygon", "deg", "pos.outline;obs",
    ),
)  # fmt: skip


@refusing
async def links(request: Request) -> Response:
    """Tell the links of identifiers."""
    parameters = await parameters_of(request)
    _require_votable(parameters.one("RESPONSEFORMAT"))
    identifiers = parameters.all("ID")
    if len(identifiers) > MOST_IDENTIFIERS:
        raise Refused(f"there are more than {MOST_IDENTIFIERS} values of ID: ask in parts")
    here = base_url(request)
    async with service_of(request).reading() as conn:
        found = await links_of(conn, here, identifiers)
    services = ""
    if any(one.service_def for one in found):
        services = descriptor(
            "cutout", "Cuts a piece out of an image", f"{here}/soda", _SHAPES,
            SODA, FITS,
        )  # fmt: skip
    rows = [(*astuple(one), None) for one in found]
    return Response(whole_document(_FIELDS, rows, services), media_type=DATALINK)


def _require_votable(word: str | None) -> None:
    if word and "".join(word.lower().split()) != DATALINK and format_of(word).ending != "vot":
        raise Refused(f"RESPONSEFORMAT={word[:40]!r}: links are told in VOTable")


async def capabilities(request: Request) -> Response:
    """Tell what the service can do."""
    here = base_url(request)
    return capabilities_with(offered.links(here), f"{here}/datalink")


ROUTES = [
    Route("/datalink", links, methods=["GET", "POST"]),
    Route("/datalink/capabilities", capabilities),
    Route("/datalink/availability", availability),
]
