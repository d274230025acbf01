"""A server with a data set, and copies of it."""

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.database_elsewhere.servers import ADMIN, OPERATOR, READER, Client, Server, copied, folder
from tests.safety.contents import Contents, contents
from tests.safety.story import ingest, load_known, make_field
from trapdb import schema

# with characters that are escaped in a URL
PASSWORD = "open:Sesame@7"


@pytest.fixture(scope="session")
def field(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Images with everything in them that a data set can hold."""
    images = tmp_path_factory.mktemp("elsewhere") / "field"
    make_field(images)
    return images


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Return a port of the loopback that nobody uses, another one each time."""
    given: set[int] = set()

    def choose() -> int:
        while True:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            if port not in given:
                given.add(port)
                return port

    return choose


@pytest.fixture(scope="session")
def origin(free_port) -> Iterator[Server]:
    """A server with the schema and a user for each role, of which tests make copies.

    On its port it asks for passwords.
    """
    with folder() as place:
        server = Server(place, free_port())
        server.create()
        server.start()
        try:
            with server.connect(dbname="postgres") as conn:
                conn.execute("create database trapdb")
            schema.upgrade(server.url())
            with server.connect() as conn:
                for user, role in ((OPERATOR, "operator"), (READER, "reader")):
                    conn.execute(f"create role {user} login in role trapdb_{role}")
                for user in (ADMIN, OPERATOR, READER):
                    conn.execute(f"alter role {user} password '{PASSWORD}'")
            server.admit("host all all 127.0.0.1/32 scram-sha-256")
            yield server
        finally:
            server.end(signal.SIGKILL)


@pytest.fixture(scope="session")
def trapdb(origin: Server) -> Client:
    """The command line on that server, as an operator and a reader."""
    return Client(origin.url(OPERATOR), origin.url(READER))


@pytest.fixture(scope="session")
def calm(origin: Server, trapdb: Client, field: Path) -> Contents:
    """What the images give when nothing happens; it stays there as data set calm."""
    load_known(trapdb, field)
    trapdb.complete(*ingest(field, "calm"))
    with origin.connect() as conn:
        return contents(conn, "calm")


@pytest.fixture
def copy(origin: Server, free_port) -> Iterator[Callable[..., Server]]:
    """Copy a server, by default the first one, and start the copy."""
    with ExitStack() as stack:

        def make(of: Server = origin, *, standby: bool = False, **settings: str) -> Server:
            return stack.enter_context(copied(of, free_port(), standby=standby, **settings))

        yield make
