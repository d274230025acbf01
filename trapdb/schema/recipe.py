"""What the schema is built from, in one digest."""

import hashlib
from importlib.metadata import version
from pathlib import Path

from trapdb.schema import resources


def digest() -> str:
    """Return the SHA-256 of all files that have a hand in the schema, and of the version."""
    found = hashlib.sha256(version("trapdb").encode())
    for top in (resources.sql_directory(), resources.migrations_directory(), Path(__file__).parent):
        for path in sorted(top.rglob("*")):
            if path.suffix in (".sql", ".py"):
                content = path.read_bytes()
                found.update(f"\n{path.relative_to(top)} {len(content)}\n".encode())
                found.update(content)
    return found.hexdigest()
