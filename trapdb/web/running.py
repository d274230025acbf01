"""Run the application, until it is told to stop."""

import getpass
import ipaddress
import os
import socket
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import click
import uvicorn
from starlette.applications import Starlette

from trapdb.database.connection import open_url
from trapdb.errors import DatabaseError, InputError
from trapdb.server.access import people_url, rater_url, service_urls
from trapdb.web.application import application
from trapdb.web.explorer.people import Writing
from trapdb.web.jobs.opening import results_folder
from trapdb.web.settings import Settings
from trapdb.web.statements import statement


class _Server(uvicorn.Server):
    """A server that does not wait, when it is stopped, for those who only listen."""

    def __init__(self, config: uvicorn.Config, to_close: ExitStack) -> None:
        super().__init__(config)
        self._to_close = to_close

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop."""
        app = self.config.app
        assert isinstance(app, Starlette)
        if hasattr(app.state, "live"):
            app.state.live.close()
        self._to_close.close()
        super().handle_exit(sig, frame)


def run(settings: Settings, database: str | None, *, browser: bool, writable: bool) -> None:
    """Serve.

    Parameters
    ----------
    settings : Settings
        What is served, and where.
    database : str or None
        URL of the database; None for the one that is set, or the private server's.
    browser : bool
        Whether to open a browser, if there is one and the service is for this machine.
    writable : bool
        Whether sources can be rated: on this machine in the name of who runs it, elsewhere by who
        signs in.

    Raises
    ------
    InputError
        The address cannot be listened on, results cannot be kept, or passwords could be read.
    DatabaseError
        The database cannot be reached, its schema does not serve, the login may do more than read,
        or it is not shown the data sets that the settings name.
    """
    url, jobs_url = service_urls(database, restricted=settings.datasets is not None)
    _require_reader(url, settings.datasets)
    writing = _writing(settings, database) if writable else None
    if jobs_url:
        results_folder(settings)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with (
        socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening,
        ExitStack() as stack,
    ):
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((settings.host, settings.port))
            listening.listen()  # whoever reads the line below may come at once
        except OSError as error:
            raise InputError(
                f"cannot listen on {settings.host} port {settings.port}: {error.strerror}; "
                "choose another with --host or --port"
            ) from error
        host, port = listening.getsockname()[:2]
        here = settings.base_url or f"http://{f'[{host}]' if ':' in host else host}:{port}"
        click.echo(f"{settings.title} is at {here}/  (TAP: {here}/tap)")
        first = f"{here}/"
        if writing and writing.user is not None:
            # what follows # is sent to nobody: the pages take it from there
            click.echo(f"to rate, open {first}#key={writing.key}")
            first = stack.enter_context(_leading_to(f"{first}#key={writing.key}"))
        config = uvicorn.Config(
            application(settings, url, jobs_url, writing),
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            # a long answer is not waited for when the service is stopped
            timeout_graceful_shutdown=5,
        )
        if browser and not settings.base_url and _is_loopback(host) and _has_screen():
            threading.Thread(target=webbrowser.open, args=[first], daemon=True).start()
        _Server(config, stack).run(sockets=[listening])


def _writing(settings: Settings, database: str | None) -> Writing:
    """Return how people write: here who runs it, elsewhere whoever signs in."""
    if not settings.base_url and _is_loopback(settings.host):
        return Writing(rater_url(database), getpass.getuser())
    if urlsplit(settings.base_url or "").scheme != "https":
        raise InputError(
            "--writable lets others rate who sign in, and their passwords must not be readable on "
            "the way: put a proxy with TLS before the service and its address into [serve] "
            "base_url, https://..., or serve this machine alone, without --host and base_url"
        )
    return Writing(people_url(database))


@contextmanager
def _leading_to(address: str) -> Iterator[str]:
    """Make a file of one's own that leads to an address: commands are seen by all of a machine."""
    with tempfile.NamedTemporaryFile("w", prefix="trapdb-", suffix=".html") as file:
        file.write(f'<meta http-equiv="refresh" content="0; url={address}">\n')
        file.flush()
        yield Path(file.name).as_uri()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _has_screen() -> bool:
    """Return whether somebody sits there: a browser in the terminal itself would be in the way."""
    if not sys.stdout.isatty() or "SSH_CONNECTION" in os.environ:
        return False
    return sys.platform == "darwin" or bool({"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ))


def _require_reader(url: str, wanted: list[str] | None) -> None:
    with open_url(url) as conn:
        ((login, may_change, sees_all, shown_some),) = conn.execute(statement("login"))
        shown = []
        if shown_some:
            conn.execute(statement("search_path"))
            shown = sorted(name for name, _ in conn.execute(statement("datasets")))
    if may_change:
        raise DatabaseError(
            f"user {login} may change the archive, and so might a query: give the service the "
            "login of a member of trapdb_public alone"
        )
    if wanted is None and not sees_all:
        raise DatabaseError(
            f"user {login} is not shown all data sets: name those that it is in [serve] datasets, "
            "or give the service the login of a member of trapdb_public"
        )
    if wanted and sees_all:
        raise DatabaseError(
            f"user {login} sees all data sets: [serve] datasets needs the login of a member of "
            "trapdb_restricted alone"
        )
    if wanted and shown != sorted(set(wanted)):
        raise DatabaseError(
            f"user {login} is shown {', '.join(shown) or 'no data sets'}, and [serve] datasets "
            f"says otherwise; to change it: trapdb db restrict {login} {' '.join(wanted)}"
        )
