"""Image files at URLs: fetched through fsspec into files that have no name.

What a process leaves behind that is killed, or that a name would lead to, is nothing.
"""

import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from typing import IO, Any

from extractor.errors import ImageError

# More than the header of nearly all images; those that have it later are fetched whole.
HEAD_BYTES = 2**20
# As large as the largest cubes; what does not end does not fill the disk.
MAX_BYTES = 2**36
CHUNK_BYTES = 2**22
# Of what is read by pieces, so much is asked for at once: more than the headers of most images.
PIECE_BYTES = 2**18
PATIENCE_S = 60.0
# A server that is overloaded or started anew should not cost an image.
PAUSES_S = (1.0, 5.0)
OVERLOADED = 429
_LASTING = ("ClientConnectorCertificateError", "InvalidURL")

_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_WITH_USER = re.compile(r"://[^/?#]*@")
# Also one in which / ? or # is not escaped: what stands there is no port.
_WITH_PASSWORD = re.compile(r"://[^/?#@]*:(?!\d*[/?#]).*@")
# What signed links and interfaces call their secrets.
_SECRET = re.compile(
    r"signature|token|secret|passw|credential|api[-_]?key|access[-_]?key|auth|jwt|session"
    r"|^(sig|key|sas|pass|pwd|policy)$",
    re.IGNORECASE,
)


class FetchError(ImageError):
    """A file at a URL cannot be had."""


def is_url(path: str) -> bool:
    """Return whether a path is a URL."""
    return _URL.match(path) is not None


def check(url: str) -> None:
    """Refuse a URL that holds a secret: catalogues, logs and messages keep what images are called.

    Raises
    ------
    FetchError
        The message does not show the secret.
    """
    web = url.lower().startswith(("http://", "https://"))
    if _WITH_PASSWORD.search(url) or (web and _WITH_USER.search(url)):
        shown = re.sub("://.*@", "://...@", url).partition("?")[0]
        raise FetchError(
            f"{shown}: a URL with a user or password is refused, because it would be stored: put "
            "them into ~/.netrc or fsspec's configuration"
        )
    path, *query = re.split("[?#]", url, maxsplit=1)
    for name in re.findall(r"([^=&;?#]+)=", "".join(query)):
        if _SECRET.search(name):
            raise FetchError(
                f"{path}?...: its parameter {name} looks like a secret, which would be stored: put "
                "credentials into ~/.netrc or fsspec's configuration, or fetch the file yourself"
            )


def expand(url: str) -> list[str]:
    """List the files that a URL with ``*`` in it stands for, by name; another one is itself.

    Raises
    ------
    FetchError
        They cannot be listed.
    """
    check(url)
    if "*" not in url:
        return [url]
    try:
        files, path = _file_system(url)
        found = files.glob(path, detail=True)
    except FetchError:
        raise
    # A file system can raise nearly anything, and all of it means the same.
    except Exception as error:
        raise FetchError(f"{url}: cannot be listed: {_reason(error, url)}") from error
    return sorted(files.unstrip_protocol(name) for name in found if found[name]["type"] == "file")


@contextmanager
def fetched(url: str, *, head: bool = False) -> Iterator[str]:
    """Fetch a file, or its first part; yield a path that is valid within the context.

    Raises
    ------
    FetchError
        It cannot be had; one line tells why.
    """
    check(url)
    with tempfile.TemporaryFile(buffering=0) as file:  # a full disk is not told twice, at the end
        for pause_s in (*PAUSES_S, None):
            try:
                _copy(url, file, HEAD_BYTES if head else None)
                break
            except FetchError:
                raise
            # see `expand`
            except Exception as error:
                if pause_s is None or not _is_passing(error):
                    raise FetchError(f"{url}: {_reason(error, url)}") from error
            time.sleep(pause_s)
            file.seek(0)
            file.truncate()
        yield f"/dev/fd/{file.fileno()}"


def ranges(url: str, signature: bytes) -> Callable[[], Any] | None:
    """Return what opens a file to be read by seeking, without fetching all of it.

    Parameters
    ----------
    url : str
    signature : bytes
        What the file has to begin with.

    Returns
    -------
    callable or None
        None if the file begins otherwise, or cannot be read so; whatever is wrong is told where it
        is fetched whole.

    Raises
    ------
    FetchError
        The URL holds a secret, or what reads URLs is not installed.
    """
    check(url)
    files, path = _file_system(url)
    opener = partial(files.open, path, "rb", block_size=PIECE_BYTES)
    try:
        with opener() as stream:
            if not stream.seekable():
                return None
            stream.seek(-1, os.SEEK_END)  # servers without ranges give the beginning all the same
            stream.read(1)
            stream.seek(0)
            begins = stream.read(len(signature)) == signature
    except Exception:
        return None
    return opener if begins else None


def _copy(url: str, file: IO[bytes], enough: int | None) -> None:
    files, path = _file_system(url)
    # As a stream: with a size of the file, which is of no interest, it does not ask for that first.
    options = {"block_size": 0, "size": 1} if "http" in _protocols(files) else {}
    n_bytes = 0
    with files.open(path, "rb", **options) as stream:
        while (enough is None or n_bytes < enough) and (data := stream.read(enough or CHUNK_BYTES)):
            n_bytes += len(data)
            if n_bytes > MAX_BYTES:
                raise FetchError(f"{url}: it has more than {MAX_BYTES} bytes")
            try:
                _write(data, file)
            except OSError as error:
                raise FetchError(
                    f"{url}: it cannot be kept in {tempfile.gettempdir()}: {error.strerror}: make "
                    "room there, or name another directory in TMPDIR"
                ) from error


def _write(data: bytes, file: IO[bytes]) -> None:
    """Write all bytes: a disk that becomes full may accept only a part."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def _file_system(url: str) -> tuple[Any, str]:
    """Return fsspec's file system for a URL, and the file's name in it."""
    scheme = url.partition("://")[0].lower()
    try:
        import fsspec

        if scheme in ("http", "https"):
            import aiohttp
    except ImportError as error:
        raise FetchError(
            f"{url}: to read images at URLs, install fsspec and aiohttp: pip install 'trapdb[url]'"
        ) from error
    options: dict[str, Any] = {}
    if scheme in ("http", "https"):
        # in place of five minutes for all of a file; and ~/.netrc and proxies are heeded
        timeout = aiohttp.ClientTimeout(None, sock_connect=PATIENCE_S, sock_read=PATIENCE_S)
        configured = fsspec.config.conf.get(scheme, {}).get("client_kwargs", {})
        options["client_kwargs"] = {"timeout": timeout, "trust_env": True} | configured
    return fsspec.url_to_fs(url, **options)


def _protocols(files: Any) -> tuple[str, ...]:
    return (files.protocol,) if isinstance(files.protocol, str) else files.protocol


def _is_passing(error: Exception) -> bool:
    """Return whether it may be better in a moment."""
    # it was waited for long enough, or will be no better
    if isinstance(error, TimeoutError) or type(error).__name__ in _LASTING:
        return False
    status = getattr(error, "status", None)
    if isinstance(status, int):
        return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == OVERLOADED
    return isinstance(error, ConnectionError) or type(error).__module__.startswith("aiohttp.")


def _reason(error: Exception, url: str) -> str:
    """Return the reason why a file cannot be read, without the link to which it was forwarded."""
    status = getattr(error, "status", None)
    if isinstance(error, FileNotFoundError):
        if not url.lower().startswith("http"):
            return "there is no such file"
        status = HTTPStatus.NOT_FOUND.value
    if isinstance(status, int) and status:
        known = status in HTTPStatus.__members__.values()
        return f"HTTP status {status}" + (f" ({HTTPStatus(status).phrase})" if known else "")
    if isinstance(error, TimeoutError):
        return f"nothing came for {PATIENCE_S:g} s"
    if type(error).__name__ == "ClientPayloadError":
        return "the transfer broke off"
    text = getattr(error, "strerror", None) or str(error)
    line = (text.strip().splitlines() or [""])[0] or type(error).__name__
    line = re.sub(r"\w+://\S+", "another address", line)
    unreached = isinstance(error, ConnectionError) or "Connector" in type(error).__name__
    return f"no connection ({line})" if unreached else line
