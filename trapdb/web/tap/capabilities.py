"""What the service can do, and whether it is up.

Source: IVOA Recommendations VOSI 1.1, TAPRegExt 1.0 and TAP 1.1, section 2.
"""

from datetime import UTC, datetime

import psycopg
from starlette.requests import Request
from starlette.responses import Response

from trapdb.errors import TrapdbError
from trapdb.web.faults import told
from trapdb.web.formats import FORMATS
from trapdb.web.requests import base_url, service_of
from trapdb.web.settings import Settings
from trapdb.web.statements import statement
from trapdb.web.tap.tables import XML
from trapdb.web.votable import attribute, text

STARTED = datetime.now(UTC)
SPACES = (
    'xmlns:vr="http://www.ivoa.net/xml/VOResource/v1.0"'
    ' xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1"'
    ' xmlns:tr="http://www.ivoa.net/xml/TAPRegExt/v1.0"'
    ' xmlns:cs="http://www.ivoa.net/xml/ConeSearch/v1.0"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
_GEOMETRY = (
    "POINT", "CIRCLE", "POLYGON", "BOX", "CONTAINS", "INTERSECTS", "DISTANCE", "AREA", "COORD1",
    "COORD2", "CENTROID", "COORDSYS",
)  # fmt: skip
# What ADQL 2.1 leaves to a service, and this one has. COALESCE has a feature type of its own in the
# standard, which stilts 3.4 does not know; it is there all the same.
_FEATURES = {
    "ivo://ivoa.net/std/TAPRegExt#features-adqlgeo": _GEOMETRY,
    "ivo://ivoa.net/std/TAPRegExt#features-adql-string": ("LOWER", "UPPER", "ILIKE"),
    "ivo://ivoa.net/std/TAPRegExt#features-adql-sets": ("UNION", "EXCEPT", "INTERSECT"),
    "ivo://ivoa.net/std/TAPRegExt#features-adql-common-table": ("WITH",),
    "ivo://ivoa.net/std/TAPRegExt#features-adql-type": ("CAST",),
    "ivo://ivoa.net/std/TAPRegExt#features-adql-offset": ("OFFSET",),
}


async def availability(request: Request) -> Response:
    """Tell whether queries are answered."""
    service = service_of(request)
    note, up = "queries are answered", True
    try:
        async with service.reading() as conn:
            await conn.execute(statement("alive"))
    except (TrapdbError, psycopg.Error) as error:
        up, note = False, told(error)[1]
    return Response(
        '<vosi:availability xmlns:vosi="http://www.ivoa.net/xml/VOSIAvailability/v1.0">'
        f"<vosi:available>{str(up).lower()}</vosi:available>"
        f"<vosi:upSince>{STARTED:%Y-%m-%dT%H:%M:%SZ}</vosi:upSince>"
        f"<vosi:note>{text(note)}</vosi:note></vosi:availability>\n",
        media_type=XML,
    )


async def capabilities(request: Request) -> Response:
    """Tell what the service can do."""
    return vosi_capabilities(capabilities_of_tap(base_url(request), service_of(request).settings))


def capabilities_of_tap(here: str, settings: Settings) -> str:
    """Return the elements that describe TAP and what goes with it, at the service's address."""
    tap = f"{here}/tap"
    return (
        _tap(tap, settings)
        + interface("ivo://ivoa.net/std/VOSI#capabilities", f"{tap}/capabilities")
        + interface("ivo://ivoa.net/std/VOSI#availability", f"{tap}/availability")
        + interface("ivo://ivoa.net/std/VOSI#tables-1.1", f"{tap}/tables")
        + interface("ivo://ivoa.net/std/DALI#examples", f"{tap}/examples")
    )


def capabilities_with(capability: str, address: str) -> Response:
    """Return the document of a service's capability, and of where it is told and whether it is up.

    Parameters
    ----------
    capability : str
        The element that describes it.
    address : str
        Its address.
    """
    return vosi_capabilities(
        capability
        + interface("ivo://ivoa.net/std/VOSI#capabilities", f"{address}/capabilities")
        + interface("ivo://ivoa.net/std/VOSI#availability", f"{address}/availability")
    )


def vosi_capabilities(elements: str) -> Response:
    """Return the document of a service's capabilities."""
    return Response(
        f'<vosi:capabilities xmlns:vosi="http://www.ivoa.net/xml/VOSICapabilities/v1.0" {SPACES}>\n'
        f"{elements}</vosi:capabilities>\n",
        media_type=XML,
    )


def interface(standard: str, url: str) -> str:
    """Return the element that says where what a standard describes is."""
    return (
        f'<capability standardID="{standard}"><interface xsi:type="vs:ParamHTTP" role="std">'
        f'<accessURL use="full">{text(url)}</accessURL></interface></capability>\n'
    )


def _tap(tap: str, settings: Settings) -> str:
    limits = settings.limits
    features = "".join(
        f"<languageFeatures type={attribute(kind)}>"
        + "".join(f"<feature><form>{form}</form></feature>" for form in forms)
        + "</languageFeatures>\n"
        for kind, forms in _FEATURES.items()
    )
    formats = "".join(
        f"<outputFormat><mime>{text(one.media_type)}</mime>"
        + "".join(f"<alias>{text(name)}</alias>" for name in one.names if "/" not in name)
        + "</outputFormat>\n"
        for one in FORMATS
    )
    uploads = "".join(
        f'<uploadMethod ivo-id="ivo://ivoa.net/std/TAPRegExt#upload-{way}"/>\n'
        for way in ("inline", "http")
    )
    return (
        '<capability standardID="ivo://ivoa.net/std/TAP" xsi:type="tr:TableAccess">\n'
        f'<interface xsi:type="vs:ParamHTTP" role="std" version="1.1">'
        f'<accessURL use="base">{text(tap)}</accessURL></interface>\n'
        '<dataModel ivo-id="ivo://ivoa.net/std/ObsCore#core-1.1">ObsCore-1.1</dataModel>\n'
        "<language><name>ADQL</name>"
        '<version ivo-id="ivo://ivoa.net/std/ADQL#v2.0">2.0</version>'
        '<version ivo-id="ivo://ivoa.net/std/ADQL#v2.1">2.1</version>'
        "<description>ADQL 2.1, see the documentation for what it leaves out</description>\n"
        f"{features}</language>\n{formats}{uploads}"
        f"<executionDuration><default>{limits.seconds:.0f}</default>"
        f"<hard>{limits.seconds:.0f}</hard></executionDuration>\n"
        f'<outputLimit><default unit="row">{limits.default_rows}</default>'
        f'<hard unit="row">{limits.rows}</hard></outputLimit>\n'
        f'<uploadLimit><default unit="byte">{limits.request_bytes}</default>'
        f'<hard unit="byte">{limits.request_bytes}</hard></uploadLimit>\n'
        "</capability>\n"
    )
