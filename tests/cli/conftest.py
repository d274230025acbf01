"""The command line, run in this process on a database of the test's own."""

from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.conftest import READER
from trapdb import cli
from trapdb.simulate import Truth, simulate


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str

    @property
    def rows(self):
        """The rows of a listing, by column."""
        header, *lines = [line.split("\t") for line in self.out.splitlines()]
        return [dict(zip(header, line, strict=True)) for line in lines]


@pytest.fixture
def run(capsys, monkeypatch):
    """Run a command; without a database, unless `db` is asked for too."""
    monkeypatch.delenv("TRAPDB_DATABASE_URL", raising=False)
    monkeypatch.delenv("TRAPDB_READER_URL", raising=False)
    monkeypatch.setenv("TRAPDB_HOME", "/nowhere")

    def run(*arguments):
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            cli.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(left.value.code or 0, captured.out, captured.err)

    return run


@pytest.fixture
def trapdb(run, db: psycopg.Connection, db_url, cluster, monkeypatch):
    """Run a command on the test's database."""
    monkeypatch.setenv("TRAPDB_DATABASE_URL", db_url)
    monkeypatch.setenv("TRAPDB_READER_URL", cluster.url(db.info.dbname, READER))
    return run


@pytest.fixture
def filled(trapdb):
    """Run a command on the test's database, in which data set field is that of `field`."""
    return trapdb


@pytest.fixture
def origin(request, origin) -> str:
    """For those who ask for `filled`, the field has been ingested once for all."""
    return request.getfixturevalue("field_database") if "filled" in request.fixturenames else origin


@pytest.fixture(scope="session")
def field_database(field, template, cluster):
    """The name of a database that holds the field, to be cloned."""
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as conn:
        conn.execute(f'create database field template "{template.template_dbname}"')
        with pytest.raises(SystemExit, match=r"^0$"):
            cli.main(["ingest", str(field.folder), "--database", cluster.url("field")])
        yield "field"
        conn.execute("drop database field with (force)")


@pytest.fixture(scope="session")
def field(tmp_path_factory) -> Truth:
    """Four epochs in two bands of a small field with a flare and a one-epoch transient."""
    folder: Path = tmp_path_factory.mktemp("field") / "field"
    return simulate(folder, epochs=4, size=192, sources=6, bands=2)
