"""Fetch what an address names, for a client: from nowhere that only the service reaches."""

import http.client
import ipaddress
import socket
import ssl
import time
from contextlib import suppress
from threading import Timer
from urllib.parse import urlsplit

from trapdb.web.faults import Refused

# For the whole document: one that comes byte by byte would keep us as long as it likes.
SECONDS = 20.0


def fetch(url: str, most_bytes: int, from_private_addresses: bool) -> bytes:
    """Fetch a document by HTTP.

    Its host is looked up once, and that address is connected to, so that a name cannot mean another
    one the second time. It is not looked for elsewhere if the server says so.

    Parameters
    ----------
    url : str
        Its address.
    most_bytes : int
        Its size, at most.
    from_private_addresses : bool
        Whether it may be within the own network.

    Raises
    ------
    Refused
        It is at no address that may be fetched from, or cannot be had, or is larger.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme.lower() not in ("http", "https") or not url.isascii():
        raise Refused(f"UPLOAD={url[:80]!r}: expected param:NAME or an address by http or https")
    secure = parts.scheme.lower() == "https"
    try:
        address = _address(host, port or (443 if secure else 80), from_private_addresses)
        raw = socket.create_connection(address, timeout=SECONDS)
        connection = http.client.HTTPConnection(host, timeout=SECONDS)
        end = time.monotonic() + SECONDS
        too_late = Timer(SECONDS, _hang_up, [raw])
        too_late.start()
        try:
            connection.sock = (
                ssl.create_default_context().wrap_socket(raw, server_hostname=host)
                if secure
                else raw
            )
            path = parts.path or "/"
            netloc = parts.netloc.rpartition("@")[2]
            connection.request(
                "GET",
                f"{path}?{parts.query}" if parts.query else path,
                headers={"Host": netloc, "Accept-Encoding": "identity"},
            )
            reply = connection.getresponse()
            if reply.status != 200:
                raise Refused(f"{url[:80]}: its server answers {reply.status} {reply.reason[:40]}")
            content = reply.read(most_bytes + 1)
            if time.monotonic() >= end:
                raise Refused(f"{url[:80]}: it took longer than {SECONDS:.0f} s")
        finally:
            too_late.cancel()
            connection.close()
            raw.close()
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        raise Refused(f"{url[:80]}: cannot be fetched: {error}") from error
    if len(content) > most_bytes:
        raise Refused(f"{url[:80]}: larger than {most_bytes} bytes")
    return content


def _hang_up(raw: socket.socket) -> None:
    with suppress(OSError):
        raw.shutdown(socket.SHUT_RDWR)


def _address(host: str, port: int, from_private_addresses: bool) -> tuple[str, int]:
    """Look up a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    address = str(found[0][4][0])
    if not from_private_addresses and not ipaddress.ip_address(address).is_global:
        raise Refused(f"{host[:60]}: tables are not fetched from private addresses")
    return address, port
