"""Where the archive is: the private server, a database, or a TAP service."""

from trapdb.archive.archive import Archive
from trapdb.archive.database import Connection, Database
from trapdb.archive.service import Service
from trapdb.database.whereabouts import is_private, place_of
from trapdb.server import access


def connect(where: str | None = None) -> Archive:
    """Connect to an archive.

    Parameters
    ----------
    where
        A database, as a URL that begins with ``postgresql://`` or in libpq's other form,
        ``host=... dbname=...``; or the address of a TAP service of trapdb, ``https://...``. By
        default the server that the commands read from: that of TRAPDB_READER_URL or
        TRAPDB_DATABASE_URL, else the private one, which is started if need be.

    Returns
    -------
    Archive
        It answers.

    Raises
    ------
    DatabaseError
        The database cannot be reached, or its schema is not that of this trapdb.
    ServiceError
        The service does not answer, or is none of trapdb.
    """
    if where is not None and where.startswith(("http://", "https://")):
        archive = Archive(Service(where))
        archive.datasets()
        return archive

    def open_for(role: access.Role) -> Connection:
        return access.connect(role) if where is None else access.open_reader(where)

    with open_for("reader") as conn:
        here = place_of(conn)
        place = here if is_private(conn) else f"{conn.info.dbname} in {here}"
    return Archive(Database(place, open_for))
