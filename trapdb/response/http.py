"""Requests over HTTP, for tasks that tell or ask services: nobody is followed elsewhere."""

import http.client
import ipaddress
import ssl
import time
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit

from trapdb.errors import ConfigurationError
from trapdb.response.assignment import Refused, TryAgain

SECONDS = 20.0  # until a service answers
LONGEST_PAUSE_S = 3600.0
MOST_BYTES = 100_000  # of an answer
_PASSING = {408, 425, 429, 500, 502, 503, 504}


def address(given: Any) -> SplitResult:
    """Return an address to which may be sent: by TLS, or to this machine.

    Raises
    ------
    ConfigurationError
        It is none, or has a password in it.
    """
    if not isinstance(given, str):
        raise ConfigurationError("there is no address to send to: set url in the settings")
    url = urlsplit(given)
    if url.username or url.password:
        raise ConfigurationError("a password in an address is kept with the task: leave it out")
    if url.scheme != "https" and not (url.scheme == "http" and _is_here(url.hostname or "")):
        raise ConfigurationError(f"{given}: an address begins with https://")
    if not url.hostname:
        raise ConfigurationError(f"{given}: this is no address")
    return url


def certificates(ca_file: str | None) -> ssl.SSLContext:
    """Return whom to trust: those of a file, or of the system.

    Raises
    ------
    ConfigurationError
        The file has no certificates.
    """
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise ConfigurationError(f"{ca_file}: no certificates: {error}") from error


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def send(
    method: str, url: SplitResult, content: bytes, headers: dict[str, str], ca_file: str | None
) -> tuple[int, bytes]:
    """Send a request; return the status and the answer.

    Raises
    ------
    TryAgain
        The service does not answer, or has too much to do.
    Refused
        It refuses, is not who it says, or sends elsewhere.
    """
    assert url.hostname
    line: http.client.HTTPConnection
    if url.scheme == "https":
        trusted = certificates(ca_file)
        line = http.client.HTTPSConnection(url.hostname, url.port, timeout=SECONDS, context=trusted)
    else:
        line = http.client.HTTPConnection(url.hostname, url.port, timeout=SECONDS)
    target = url._replace(scheme="", netloc="", fragment="").geturl() or "/"
    try:
        line.request(method, target, content or None, {"user-agent": "trapdb", **headers})
        answer = line.getresponse()
        said = answer.read(MOST_BYTES)
    except ssl.SSLCertVerificationError as error:
        raise Refused(f"{url.netloc} is not who it says: {error.verify_message}") from error
    except (OSError, http.client.HTTPException) as error:
        raise TryAgain(f"{url.netloc}: {getattr(error, 'strerror', None) or error}") from error
    finally:
        line.close()
    if 200 <= answer.status < 300:
        return answer.status, said
    if 300 <= answer.status < 400:
        raise Refused(
            f"{url.netloc} sends elsewhere, where nobody follows: name the new address, "
            f"{answer.headers.get('location', 'which it does not tell')[:200]}"
        )
    told = f"{url.netloc} answers {answer.status} {answer.reason}"[:200]
    if answer.status in _PASSING:
        raise TryAgain(told, _pause(answer.headers.get("retry-after")))
    raise Refused(told)


def _pause(said: str | None) -> float | None:
    """Return for how long a service asks to be left alone, s; None if it does not say."""
    if said is None:
        return None
    try:
        if said.isdigit():
            seconds = float(said)
        else:
            seconds = parsedate_to_datetime(said).timestamp() - time.time()
    except ValueError:
        return None
    return min(max(seconds, 0.0), LONGEST_PAUSE_S)
