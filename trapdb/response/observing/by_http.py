"""Observatories that are asked over HTTP, in JSON.

``POST url`` with the request asks, and is answered by an object with ``id`` and ``state``;
``POST url/check`` by ``possible`` and ``reason``; ``GET url/ID`` tells ``state``, and
``DELETE url/ID`` cancels, telling ``state``. The request's own identifier goes along as
``request_id`` and as header ``Idempotency-Key``: who is asked twice by it is asked once.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from trapdb.errors import ConfigurationError, TrapdbError
from trapdb.response.http import address, send
from trapdb.response.observing.observatory import STATES, Answer, Request
from trapdb.response.secret import Secret, secret_of


class ByHttp:
    """An observatory at an address; ``token_variable`` or ``token_file`` may hold its secret."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        unknown = set(settings) - {"url", "token_variable", "token_file", "ca_file"}
        if "url" not in settings or unknown:
            raise ConfigurationError(
                "the driver http needs url, and may have token_variable or token_file, and ca_file"
            )
        self._url = address(settings["url"])
        self._ca_file = settings.get("ca_file")
        self._headers = {"content-type": "application/json"}
        if "token_variable" in settings or "token_file" in settings:
            where = Secret(variable=settings.get("token_variable"), file=settings.get("token_file"))
            self._headers["authorization"] = f"Bearer {secret_of(where)}"

    def can_observe(self, request: Request) -> Answer:
        """Ask whether it can be observed."""
        said = self._ask("POST", "/check", request)
        if not isinstance(said.get("possible"), bool):
            raise TrapdbError(f"{self._url.netloc}: its answer does not say what is possible")
        return Answer(said["possible"], str(said.get("reason") or "no reason given")[:500])

    def submit(self, request: Request) -> str:
        """Ask for it."""
        said = self._ask("POST", "", request)
        if not isinstance(said.get("id"), str | int):
            raise TrapdbError(f"{self._url.netloc}: its answer has no id")
        return str(said["id"])[:200]

    def status(self, reference: str) -> str:
        """Ask what became of it."""
        return self._state(self._ask("GET", f"/{quote(reference, safe='')}"))

    def cancel(self, reference: str) -> str:
        """Take it back."""
        return self._state(self._ask("DELETE", f"/{quote(reference, safe='')}"))

    def _state(self, said: Mapping[str, Any]) -> str:
        if said.get("state") not in STATES:
            raise TrapdbError(f"{self._url.netloc}: its state is none of {', '.join(STATES)}")
        return str(said["state"])

    def _ask(self, method: str, place: str, request: Request | None = None) -> Mapping[str, Any]:
        headers, content = dict(self._headers), b""
        if request is not None:
            content = json.dumps(request.as_json()).encode()
            headers["idempotency-key"] = request.request_id
        url = self._url._replace(path=self._url.path.rstrip("/") + place)
        _, answer = send(method, url, content, headers, self._ca_file)
        try:
            said = json.loads(answer)
        except (ValueError, RecursionError) as error:
            raise TrapdbError(f"{self._url.netloc}: its answer is no JSON") from error
        if not isinstance(said, dict):
            raise TrapdbError(f"{self._url.netloc}: its answer is no object")
        return said
