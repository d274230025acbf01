"""What is linked to an image, or to the light curve of a source."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from psycopg.rows import namedtuple_row

from trapdb.database import ids
from trapdb.web.descriptors import FITS
from trapdb.web.identifiers import image_meant, source_meant
from trapdb.web.service import Connection
from trapdb.web.statements import statement
from trapdb.web.votable import VOTABLE


@dataclass(frozen=True)
class Link:
    """A link, or why there is none.

    Attributes
    ----------
    ID : str
        That to which it belongs, as it was asked for.
    access_url : str or None
        Where it leads.
    service_def : str or None
        ID of the description of the service that gives it, in place of an address.
    error_message : str or None
        Why there is none.
    semantics : str
        What it is, in the standard's vocabulary.
    description, content_type : str or None
        What it gives.
    """

    ID: str
    access_url: str | None = None
    service_def: str | None = None
    error_message: str | None = None
    semantics: str = "#this"
    description: str | None = None
    content_type: str | None = None


async def links_of(conn: Connection, here: str, identifiers: Sequence[str]) -> list[Link]:
    """Return the links of each identifier, in their order.

    Parameters
    ----------
    conn : psycopg.AsyncConnection
        Connection that only reads.
    here : str
        Address of the service.
    identifiers : sequence of str
        Of images and light curves, or numbers of sources.
    """
    images = {one: number for one in identifiers if (number := image_meant(one))}
    sources = {one: number for one in identifiers if (number := source_meant(one))}
    known_images = _by_id(await _rows(conn, "linked_images", numbers=[*images.values()]))
    datasets = sorted({ids.dataset_of_source(number) for number in sources.values()})
    of_sources = {"numbers": [*sources.values()], "datasets": datasets}
    known_sources = _by_id(await _rows(conn, "linked_sources", **of_sources))
    stamps = await _rows(conn, "linked_stamps", **of_sources)
    found: list[Link] = []
    for one in dict.fromkeys(identifiers):
        if image := known_images.get(images.get(one)):
            found += _of_image(one, image, here)
        elif source := known_sources.get(sources.get(one)):
            of_this = [row for row in stamps if row.source_id == source.source_id]
            found += _of_source(one, source, of_this, here)
        elif one in images or one in sources:
            found.append(Link(one, error_message=f"NotFoundFault: there is no {one[:100]}"))
        else:
            known = "ivo://trapdb/image?..., ivo://trapdb/lightcurve?... or a number of a source"
            found.append(Link(one, error_message=f"UsageFault: it should be {known}"))
    return found


async def _rows(conn: Connection, name: str, **values: Any) -> list[Any]:
    async with conn.cursor(row_factory=namedtuple_row) as cursor:
        await cursor.execute(statement(name), values)
        return await cursor.fetchall()


def _by_id(rows: list[Any]) -> dict[int | None, Any]:
    return {row[0]: row for row in rows}


def _of_image(identifier: str, image: Any, here: str) -> list[Link]:
    whole, kind = f"{here}/soda?{urlencode({'ID': identifier})}", FITS
    if image.path.startswith(("http://", "https://")):
        whole = image.path
        kind = FITS if image.path.lower().endswith(".fits") else "application/octet-stream"
    query = f"SELECT * FROM trap.measurement WHERE image_id = {image.image_id}"
    noise = Link(
        identifier,
        f"{here}/noise?{urlencode({'ID': identifier})}",
        semantics="#noise",
        description="The noise of the image, at the points of a mesh",
        content_type=FITS,
    )
    return [
        Link(identifier, whole, description=f"The image: {_plane(image)}", content_type=kind),
        Link(
            identifier,
            service_def="cutout",
            semantics="#cutout",
            description="A piece of the image",
            content_type=FITS,
        ),
        *([noise] if image.has_noise else []),
        Link(
            identifier,
            f"{here}/tap/sync?{urlencode({'LANG': 'ADQL', 'QUERY': query})}",
            semantics="#derivation",
            description="What was measured in the image",
            content_type=VOTABLE,
        ),
    ]


def _plane(image: Any) -> str:
    """Return which image it is, for people."""
    frequency, time = f"{image.freq_eff / 1e6:g} MHz", f"{image.taken_at:%Y-%m-%d %H:%M:%S}"
    return f"{frequency}, Stokes {image.stokes}, {time}"


def _of_source(identifier: str, source: Any, stamps: Iterable[Any], here: str) -> list[Link]:
    place = {"POS": f"CIRCLE {source.ra!r} {source.dec!r} 0", "COLLECTION": source.dataset}
    return [
        Link(
            identifier,
            f"{here}/lightcurve?ID={source.source_id}",
            description=f"The light curve of {source.name}",
            content_type=VOTABLE,
        ),
        Link(
            identifier,
            f"{here}/source/{source.source_id}",
            semantics="#auxiliary",
            description="The page of the source",
            content_type="text/html",
        ),
        *(
            Link(
                identifier,
                f"{here}/stamp?ID={source.source_id}&IMAGE={one.image_id}",
                semantics="#preview-image",
                description=f"Stamp ({one.occasions}): {_plane(one)}",
                content_type=FITS,
            )
            for one in stamps
        ),
        Link(
            identifier,
            f"{here}/sia2?{urlencode(place)}",
            semantics="#progenitor",
            description="The images of its place",
            content_type=VOTABLE,
        ),
    ]
