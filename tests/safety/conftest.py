"""A field with everything in it that a data set can hold, and an undisturbed run of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from astropy.io import fits

from tests.safety.contents import Contents, contents
from tests.safety.trouble import Commands, monitor
from tests.server.conftest import temporary_home
from trapdb.simulate import simulate

# wide enough for forks and merges, not so wide that nothing is new
LIMITS = ("--beam-limit", 12, "--de-ruiter-limit", 1000, "--expiry", 3)
REWIND_TO = "2026-01-01T00:20:00"


@pytest.fixture(scope="session")
def field(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six epochs in two bands, with an image that is rejected and a file that is none.

    Beside the folder lie positions to monitor, one of which moves.
    """
    folder = tmp_path_factory.mktemp("safety") / "field"
    truth = simulate(folder, epochs=6, size=192, sources=12, one_epoch=6, bands=2)
    blank = folder / "blank.fits"
    shutil.copy(truth.paths[5], blank)
    with fits.open(blank, mode="update") as hdus:
        hdus[0].data[:] = float("nan")
    (folder / "broken.fits").write_bytes(b"SIMPLE  = no more")
    (folder.parent / "monitored.csv").write_text(
        "name,ra,dec,ephemeris\nempty,150.01,30.01,\nmoving,,,moving.csv\n"
    )
    (folder.parent / "moving.csv").write_text(
        "taken_at,ra,dec\n2026-01-01T00:10:00,150.0,30.0\n2026-01-01T00:40:00,150.03,30.02\n"
    )
    return folder


@pytest.fixture(scope="session")
def trapdb() -> Iterator[Commands]:
    """The command line on a private server of the tests' own."""
    with temporary_home() as home:
        commands = Commands(home)
        commands.complete("db", "start")
        with monitor(commands.server) as conn:
            # A kill leaves what was handed to the system. Syncing is for power failures, and half
            # of the time that recovery takes.
            conn.execute("alter system set fsync = off")
            conn.execute("select pg_reload_conf()")
        yield commands


def ingest(field: Path, name: str) -> list[object]:
    return [
        "ingest",
        field,
        "--dataset",
        name,
        "--monitor",
        field.parent / "monitored.csv",
        *LIMITS,
    ]


def rewind(name: str) -> list[object]:
    return ["dataset", "rewind", name, "--to", REWIND_TO, "--yes"]


@pytest.fixture(scope="session")
def calm(trapdb: Commands, field: Path) -> Contents:
    """What the field gives when nothing happens to it."""
    trapdb.complete(*ingest(field, "calm"))
    with monitor(trapdb.server) as conn:
        return contents(conn, "calm")


@pytest.fixture(scope="session")
def filled(trapdb: Commands, field: Path) -> Contents:
    """What it gives with all back-filled afterwards, when nothing happens."""
    trapdb.complete(*ingest(field, "filled"), "--backfill", 0)
    trapdb.complete("backfill", "--dataset", "filled")
    with monitor(trapdb.server) as conn:
        return contents(conn, "filled")


@pytest.fixture(scope="session")
def rebuilt(trapdb: Commands, calm: Contents) -> tuple[Contents, Contents]:
    """The same rewound and replayed, and then associated anew, when nothing happens."""
    trapdb.complete(*rewind("calm"))
    trapdb.complete("dataset", "replay", "calm")
    trapdb.complete("reassociate", "calm", "--as", "calm anew")
    with monitor(trapdb.server) as conn:
        return contents(conn, "calm"), contents(conn, "calm anew")
