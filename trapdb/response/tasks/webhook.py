"""Task ``webhook``: tell a service of the web, signed.

Source: Standard Webhooks 1.0 (standardwebhooks.com): headers ``webhook-id``, ``webhook-timestamp``
and ``webhook-signature``, an HMAC-SHA256 of the three with the content.
"""

import base64
import binascii
import hmac
import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from pydantic import Field

from trapdb.configuration.keys import Section
from trapdb.errors import ConfigurationError
from trapdb.response.assignment import Assignment, Context, require_real
from trapdb.response.description import described
from trapdb.response.http import address, certificates, send
from trapdb.response.secret import Secret, secret_of


class Settings(Section):
    """Whom to tell."""

    url: str | None = Field(default=None, description="Address, unless a task says another one.")
    secret: Secret = Field(
        default=Secret(variable="TRAPDB_WEBHOOK_SECRET"), description="What signs the messages."
    )
    ca_file: str | None = Field(
        default=None, description="Certificates to trust, PEM (unset: those of the system)."
    )


def checks(settings: Settings) -> Iterator[Callable[[], object]]:
    """Yield what has to be there: an address, a key, certificates."""
    if settings.url is not None:
        yield partial(address, settings.url)
    yield lambda: signature(secret_of(settings.secret), "", 0, b"")
    yield partial(certificates, settings.ca_file)


def prepare(assignment: Assignment, context: Context) -> dict[str, Any]:
    """Return the content, which stays the same at every attempt."""
    content = described(assignment, context.light_curve(assignment.source_id))
    if "message" in assignment.arguments:
        content["message"] = assignment.arguments["message"]
    return {"content": json.dumps(content, ensure_ascii=False)}


def perform(assignment: Assignment, context: Context) -> dict[str, Any]:
    """Send it; argument ``url`` is where to, ``message`` any JSON to go with it."""
    require_real(assignment.event)
    url = address(assignment.arguments.get("url", context.settings.url))
    secret = secret_of(context.settings.secret)
    content = assignment.prepared["content"].encode()
    now = int(time.time())
    headers = {
        "content-type": "application/json",
        "webhook-id": assignment.job_id,
        "webhook-timestamp": str(now),
        "webhook-signature": signature(secret, assignment.job_id, now, content),
    }
    status, _ = send("POST", url, content, headers, context.settings.ca_file)
    return {"status": status, "url": url.geturl()}


def signature(secret: str, message_id: str, timestamp: int, content: bytes) -> str:
    """Return the signature of a message, as Standard Webhooks 1.0 has it.

    A secret that begins with ``whsec_`` is a key in base64, as there; any other is the key itself.
    """
    key = secret.encode()
    if secret.startswith("whsec_"):
        try:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error as error:
            raise ConfigurationError("the secret of the webhook is no key in base64") from error
    signed = f"{message_id}.{timestamp}.".encode() + content
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
