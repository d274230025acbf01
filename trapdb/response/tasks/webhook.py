"""Task ``webhook``: tell a service of the web, signed.

Source: Standard Webhooks 1.0 (standardwebhooks.com): headers ``webhook-id``, ``webhook-timestamp``
and ``webhook-signature``, an HMAC-SHA256 of the three with the content.
"""

import base64
import hmac
import http.client
import ipaddress
import json
import ssl
import time
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit

from pydantic import Field

from trapdb.configuration.keys import Section
from trapdb.errors import ConfigurationError, TrapdbError
from trapdb.response.assignment import Assignment, Context, TryAgain, require_real
from trapdb.response.description import described
from trapdb.response.secret import Secret, secret_of

SECONDS = 20.0  # until a service answers
LONGEST_PAUSE_S = 3600.0
_PASSING = {408, 425, 429, 500, 502, 503, 504}


class Settings(Section):
    """Whom to tell."""

    url: str | None = Field(default=None, description="Address, unless a task says another one.")
    secret: Secret = Field(
        default=Secret(variable="TRAPDB_WEBHOOK_SECRET"), description="What signs the messages."
    )
    ca_file: str | None = Field(
        default=None, description="Certificates to trust, PEM (unset: those of the system)."
    )


def prepare(assignment: Assignment, context: Context) -> dict[str, Any]:
    """Return the content, which stays the same at every attempt."""
    content = described(assignment, context.light_curve(assignment.source_id))
    if "message" in assignment.arguments:
        content["message"] = assignment.arguments["message"]
    return {"content": json.dumps(content, ensure_ascii=False)}


def perform(assignment: Assignment, context: Context) -> dict[str, Any]:
    """Send it; argument ``url`` is where to, ``message`` any JSON to go with it."""
    require_real(assignment.event)
    url = _address(assignment.arguments.get("url", context.settings.url))
    secret = secret_of(context.settings.secret)
    content = assignment.prepared["content"].encode()
    now = int(time.time())
    headers = {
        "content-type": "application/json",
        "user-agent": "trapdb",
        "webhook-id": assignment.job_id,
        "webhook-timestamp": str(now),
        "webhook-signature": signature(secret, assignment.job_id, now, content),
    }
    status = _post(url, content, headers, context.settings.ca_file)
    return {"status": status, "url": url.geturl()}


def signature(secret: str, message_id: str, timestamp: int, content: bytes) -> str:
    """Return the signature of a message, as Standard Webhooks 1.0 has it."""
    key = secret.encode()
    if secret.startswith("whsec_"):
        key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + content
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def _address(given: Any) -> SplitResult:
    """Return an address to which may be sent: by TLS, or to this machine."""
    if not isinstance(given, str):
        raise ConfigurationError("no address to send to: set url in section [response.webhook]")
    url = urlsplit(given)
    if url.username or url.password:
        raise ConfigurationError("a password in an address is kept with the task: leave it out")
    if url.scheme != "https" and not (url.scheme == "http" and _is_here(url.hostname or "")):
        raise ConfigurationError(f"{given}: an address begins with https://")
    if not url.hostname:
        raise ConfigurationError(f"{given}: this is no address")
    return url


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _post(url: SplitResult, content: bytes, headers: dict[str, str], ca_file: str | None) -> int:
    """Send; return the status. Nobody is followed elsewhere."""
    assert url.hostname
    line: http.client.HTTPConnection
    if url.scheme == "https":
        try:
            trusted = ssl.create_default_context(cafile=ca_file)
        except OSError as error:
            raise ConfigurationError(f"{ca_file}: no certificates: {error}") from error
        line = http.client.HTTPSConnection(url.hostname, url.port, timeout=SECONDS, context=trusted)
    else:
        line = http.client.HTTPConnection(url.hostname, url.port, timeout=SECONDS)
    target = url._replace(scheme="", netloc="", fragment="").geturl() or "/"
    try:
        line.request("POST", target, content, headers)
        answer = line.getresponse()
        answer.read(10_000)
    except ssl.SSLCertVerificationError as error:
        raise TrapdbError(f"{url.netloc} is not who it says: {error.verify_message}") from error
    except (OSError, http.client.HTTPException) as error:
        raise TryAgain(f"{url.netloc}: {getattr(error, 'strerror', None) or error}") from error
    finally:
        line.close()
    if 200 <= answer.status < 300:
        return answer.status
    if 300 <= answer.status < 400:
        raise TrapdbError(
            f"{url.netloc} sends elsewhere, where nobody follows: name the new address, "
            f"{answer.headers.get('location', 'which it does not tell')[:200]}"
        )
    told = f"{url.netloc} answers {answer.status} {answer.reason}"[:200]
    if answer.status in _PASSING:
        raise TryAgain(told, _pause(answer.headers.get("retry-after")))
    raise TrapdbError(told)


def _pause(said: str | None) -> float | None:
    """Return for how long a service asks to be left alone, s; None if it does not say."""
    if said is None:
        return None
    try:
        seconds = float(said) if said.isdigit() else parsedate_to_datetime(said).timestamp()
        seconds = seconds if said.isdigit() else seconds - time.time()
    except ValueError:
        return None
    return min(max(seconds, 0.0), LONGEST_PAUSE_S)
