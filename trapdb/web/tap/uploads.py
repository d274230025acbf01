"""Tables of the client's, to join with: temporary tables on the connection of its query.

Source: IVOA Recommendation, TAP 1.1, section 2.5.
"""

from trapdb.web.answers import Uploaded
from trapdb.web.faults import Refused
from trapdb.web.requests import Parameters
from trapdb.web.service import Connection, Service


async def upload_tables(
    service: Service, conn: Connection, parameters: Parameters
) -> list[Uploaded]:
    """Make temporary tables of what was uploaded.

    Raises
    ------
    Refused
        A table is none, or larger than it may be.
    """
    if parameters.all("UPLOAD"):
        raise Refused("tables cannot be uploaded yet")
    return []
