"""A page of a browser that is watched: errors of scripts and requests to others are faults."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

# a machine may be busy: nothing here is about time
PATIENCE = 60_000  # ms
expect.set_options(timeout=PATIENCE)


class Watched:
    """A page in a context of its own.

    Parameters
    ----------
    browser
        The browser.
    here : str
        Address of the service; paths of ``page.goto`` are below it.
    **settings
        Of the context: ``viewport``, ``color_scheme``.
    """

    def __init__(self, browser: Any, here: str, **settings: Any) -> None:
        settings = {"viewport": {"width": 1280, "height": 860}, **settings}
        self._context = browser.new_context(base_url=here, **settings)
        self._here = here
        self.page = self._context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.faults: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("dialog", lambda dialog: self.faults.append(f"dialog: {dialog.message}"))
        self._context.on("request", lambda request: self.requests.append(request.url))

    def _said(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(message.text)

    def __enter__(self) -> "Watched":
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self._context.close()
        if error is None:
            ours = (f"{self._here}/", "data:", "blob:")
            elsewhere = [url for url in self.requests if not url.startswith(ours)]
            assert not elsewhere, elsewhere
            assert not self.faults, self.faults


def inaccessible(page: Any) -> list[str]:
    """Return what axe-core finds serious or critical, and where."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
