"""A private server of the tests' own, and an undisturbed run of the story on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.safety.contents import Contents, contents
from tests.safety.story import ingest, load_known, make_field, story, tell
from tests.safety.trouble import Commands, monitor
from tests.server.conftest import temporary_home


@pytest.fixture(scope="session")
def field(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The field, with positions to monitor beside its folder."""
    folder = tmp_path_factory.mktemp("safety") / "field"
    make_field(folder)
    return folder


@pytest.fixture(scope="session")
def trapdb(field: Path) -> Iterator[Commands]:
    """The command line on a private server of the tests' own."""
    with temporary_home() as home:
        commands = Commands(home)
        commands.complete("db", "start")
        with monitor(commands.server) as conn:
            # A kill leaves what was handed to the system. Syncing is for power failures, and half
            # of the time that recovery takes.
            conn.execute("alter system set fsync = off")
            conn.execute("select pg_reload_conf()")
        load_known(commands, field)
        yield commands


@pytest.fixture(scope="session")
def calm(trapdb: Commands, field: Path) -> Contents:
    """What the field gives when nothing happens to it."""
    (found,) = tell(trapdb, story(field, "calm")[:1])
    return found


@pytest.fixture(scope="session")
def filled(trapdb: Commands, field: Path) -> Contents:
    """What it gives with all back-filled afterwards, when nothing happens."""
    trapdb.complete(*ingest(field, "filled"), "--backfill", 0)
    trapdb.complete("backfill", "--dataset", "filled")
    with monitor(trapdb.server) as conn:
        return contents(conn, "filled")


@pytest.fixture(scope="session")
def rebuilt(trapdb: Commands, field: Path, calm: Contents) -> tuple[Contents, Contents]:
    """The same rewound and replayed, and then associated anew, when nothing happens."""
    replayed, anew = tell(trapdb, story(field, "calm")[1:])
    return replayed, anew
