"""The services beside TAP, as each describes itself, and the record all of them."""

from trapdb.web.descriptors import LINKS, SODA
from trapdb.web.settings import Settings
from trapdb.web.tap.capabilities import interface
from trapdb.web.votable import text

CONES = "ivo://ivoa.net/std/ConeSearch"
IMAGES = "ivo://ivoa.net/std/SIA#query-2.0"


def cones(here: str, settings: Settings) -> str:
    """Return the element that describes cone searches, at the address of the archive."""
    return (
        f'<capability standardID="{CONES}" xsi:type="cs:ConeSearch">'
        f'<interface xsi:type="vs:ParamHTTP" role="std"><accessURL use="base">{text(here)}/scs?'
        f"</accessURL></interface><maxSR>180</maxSR><maxRecords>{settings.limits.rows}</maxRecords>"
        "<verbosity>true</verbosity></capability>\n"
    )


def images(here: str) -> str:
    """Return the element that describes image access."""
    return interface(IMAGES, f"{here}/sia2")


def links(here: str) -> str:
    """Return the element that describes links."""
    return interface(LINKS, f"{here}/datalink")


def pieces(here: str) -> str:
    """Return the element that describes cut-outs."""
    return interface(SODA, f"{here}/soda")
