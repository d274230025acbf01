"""Watch maps: regions of the sky, polygons and MOCs. A cone is a watch list of one position."""

from collections.abc import Sequence

from trapdb.database.connection import call
from trapdb.database.routines import Connection
from trapdb.errors import InputError
from trapdb.monitoring.position_list import read_dec, read_ra
from trapdb.reference.healpix import Cells
from trapdb.reference.moc import read_moc
from trapdb.reference.opened import NotATable


def read_corners(text: str) -> list[tuple[float, float]]:
    """Read the corners of a polygon, such as ``150,30 152,30 151,32``; deg.

    Raises
    ------
    InputError
        They are none.
    """
    corners = []
    for corner in text.split():
        ra, comma, dec = corner.partition(",")
        if not comma:
            raise InputError(f"--polygon: {corner!r} is no corner: expected RA,DEC, then a blank")
        corners.append((read_ra(ra, "--polygon"), read_dec(dec, "--polygon")))
    return corners


def store_polygon(
    conn: Connection, name: str, origin: str, corners: Sequence[tuple[float, float]]
) -> None:
    """Store a polygon as a watch map, in the place of one's own of that name.

    Raises
    ------
    DatabaseError
        It is none, or the map of this name belongs to somebody else.
    """
    call(
        conn,
        "store_watch_polygon",
        name=name,
        origin=origin,
        vertex_ra=[ra for ra, _ in corners],
        vertex_dec=[dec for _, dec in corners],
    )


def read_cells(given: str) -> tuple[Cells, Cells]:
    """Read a MOC, a file or the text itself, as ranges of cells of order 29.

    Raises
    ------
    InputError
        It is none.
    """
    try:
        return read_moc(given)
    except NotATable as error:
        shown = given if len(given) <= 60 else f"{given[:57]}..."
        raise InputError(f"--moc {shown}: {error}") from error


def store_moc(conn: Connection, name: str, origin: str, first: Cells, last: Cells) -> None:
    """Store the cells of a MOC, as `read_cells` gives them, as a watch map.

    Raises
    ------
    DatabaseError
        The map of this name belongs to somebody else.
    """
    call(
        conn,
        "store_watch_moc",
        name=name,
        origin=origin,
        first_cell=first.tolist(),
        last_cell=last.tolist(),
    )
