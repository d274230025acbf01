"""The statements of the service that are not made from a query, one file each."""

import re
from functools import cache
from pathlib import Path

# not within a text
_SCHEMA = re.compile(rb"(?<!')\b(?:trap|ivoa)\.")


@cache
def statement(name: str) -> bytes:
    """Return the statement of a file of this folder, its names for the search path to look up.

    What a login is shown of schemas `trap` and `ivoa` may be in a schema of its own
    (`search_path.sql`).
    """
    return _SCHEMA.sub(b"", (Path(__file__).parent / f"{name}.sql").read_bytes())
