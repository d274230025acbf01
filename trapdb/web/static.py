"""Scripts, styles and pictures of the pages: read once, and kept by browsers until they change."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_FOLDER = Path(__file__).parent / "assets"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_YEAR_S = 31_536_000


@dataclass(frozen=True)
class _Assets:
    """The files, compressed, by name; and a name for them all as they are now."""

    files: dict[str, bytes]
    version: str


@cache
def _assets() -> _Assets:
    files = {path.name: path.read_bytes() for path in sorted(_FOLDER.iterdir())}
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name} {len(content)} ".encode() + content)
    return _Assets(
        {name: gzip.compress(content, mtime=0) for name, content in files.items()},
        digest.hexdigest()[:12],
    )


def assets_path() -> str:
    """Return the path of the files below the service's address.

    It has their version, so that what a script imports from its own folder is as old as itself.
    """
    return f"/assets/{_assets().version}"


async def asset(request: Request) -> Response:
    """Answer with a file."""
    name, assets = request.path_params["name"], _assets()
    if name not in assets.files:
        raise HTTPException(404)
    current = request.path_params["version"] == assets.version
    kept = f"public, max-age={_YEAR_S}, immutable" if current else "no-store"
    return packed(request, assets.files[name], _TYPES[Path(name).suffix], {"Cache-Control": kept})


def packed(
    request: Request, content: bytes, media_type: str, headers: dict[str, str] | None = None
) -> Response:
    """Answer with what is compressed already, decompressed for who cannot read it so."""
    headers = {**(headers or {}), "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
    else:
        content = gzip.decompress(content)
    return Response(content, media_type=media_type, headers=headers)
