"""Revisions go up and down without trace, and every way up ends in the same schema."""

import hashlib
import os
import re
import subprocess
import sys
from functools import partial
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from tests.conftest import Cluster
from trapdb import schema
from trapdb.errors import DatabaseError
from trapdb.schema import resources
from trapdb.schema.status import known_revisions

MIGRATIONS = resources.migrations_directory()
REVISIONS = known_revisions()
CHECKOUT = MIGRATIONS.parent


def definitions(cluster: Cluster, url: str) -> str:
    """The definitions in schemas trap and trap_data, as pg_dump writes them."""
    done = subprocess.run(
        [
            *(cluster.bindir / "pg_dump", "--dbname", url, "--schema-only"),
            *("--schema=trap", "--schema=trap_data"),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    # pg_dump writes a random token around what psql must not interpret.
    return re.sub(r"^\\(un)?restrict .*\n", "", done.stdout, flags=re.MULTILINE)


@pytest.fixture
def dump(cluster, raw_db_url):
    """A function that dumps the definitions in both schemas."""
    return partial(definitions, cluster, raw_db_url)


@pytest.fixture(scope="module")
def fresh(cluster, template) -> str:
    """The definitions of a fresh installation."""
    return definitions(cluster, cluster.url(template.template_dbname))


@pytest.fixture
def move(raw_db_url, monkeypatch):
    """A function that does what alembic's command line would, in this process: that is quicker."""
    monkeypatch.setenv("TRAPDB_DATABASE_URL", raw_db_url)
    config = Config(CHECKOUT / "alembic.ini")
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return lambda way, revision: getattr(command, way)(config, revision)


def alembic(url: str, *arguments: str) -> str:
    """Run alembic's command line as an operator would."""
    done = subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        cwd=CHECKOUT,
        env={**os.environ, "TRAPDB_DATABASE_URL": url},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def test_up_down_up(raw_db_url, dump):
    schema.upgrade(raw_db_url)
    fresh = dump()
    schema.downgrade(raw_db_url, "base")
    assert "CREATE SCHEMA trap;" not in dump()
    with psycopg.connect(raw_db_url) as conn:
        assert schema.status_of(conn).state is schema.State.MISSING
    schema.upgrade(raw_db_url)
    assert dump() == fresh


def test_each_revision_goes_without_trace(raw_db_url, dump, move):
    schema.upgrade(raw_db_url)
    schema.downgrade(raw_db_url, "base")
    before = dump()
    for older, revision in pairwise(["base", *REVISIONS]):
        move("upgrade", revision)
        after = dump()
        assert after != before, revision
        move("downgrade", older)
        assert dump() == before, revision
        move("upgrade", revision)
        before = after


# From the first on it passes through all others.
@pytest.mark.parametrize(
    "revision",
    [
        REVISIONS[0],
        *(pytest.param(one, marks=pytest.mark.slow) for one in REVISIONS[1:-1]),
        REVISIONS[-1],
    ],
)
def test_an_upgrade_from_each_revision_equals_a_fresh_install(
    raw_db_url, dump, move, fresh, revision
):
    move("upgrade", revision)
    with psycopg.connect(raw_db_url) as conn:
        assert schema.status_of(conn).state is schema.State.BEHIND
    schema.upgrade(raw_db_url)
    assert dump() == fresh


def test_asking_alembic_changes_nothing(db_url, db):
    assert alembic(db_url, "current").startswith(REVISIONS[-1])
    assert schema.status_of(db).state is schema.State.CURRENT


def test_alembic_needs_to_know_the_database(monkeypatch):
    monkeypatch.delenv("TRAPDB_DATABASE_URL", raising=False)
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "current"], cwd=CHECKOUT, capture_output=True, text=True
    )
    assert done.stderr == "set TRAPDB_DATABASE_URL to the database to migrate\n"


def test_roles_outlive_a_downgrade(small_url, small_db):
    schema.downgrade(small_url, "base")
    roles = small_db.execute("select count(*) from pg_roles where rolname like 'trapdb\\__%'")
    assert roles.fetchone() == (7,)


def test_a_downgrade_keeps_what_users_built_on_the_tables(small_url, small_db):
    small_db.execute("create view mine as select name from trap_data.dataset")
    with pytest.raises(DatabaseError, match=r"cannot drop .* view mine depends on"):
        schema.downgrade(small_url, "base")
    assert schema.status_of(small_db).state is schema.State.CURRENT


def test_a_downgrade_to_nowhere(small_url):
    with pytest.raises(DatabaseError, match="there is no revision 9999: base, 0001"):
        schema.downgrade(small_url, "9999")


def test_revisions_are_a_line_of_numbers():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    scripts = {one.revision: one for one in ScriptDirectory.from_config(config).walk_revisions()}
    assert sorted(scripts) == REVISIONS
    for older, revision in zip([None, *REVISIONS], REVISIONS, strict=False):
        assert scripts[revision].down_revision == older
        assert Path(scripts[revision].path).name.startswith(f"{revision}_")


@pytest.mark.parametrize(
    "path", sorted((MIGRATIONS / "versions").glob("*.py")), ids=lambda p: p.stem
)
def test_a_revision_has_its_two_files(path):
    assert path.with_suffix(".up.sql").exists()
    assert path.with_suffix(".down.sql").exists()


@pytest.mark.parametrize(
    "path", sorted((MIGRATIONS / "versions").glob("*.sql")), ids=lambda p: p.name
)
def test_a_revision_never_uses_schema_trap(path):
    code = re.sub(r"--.*|'(?:[^']|'')*'", "", path.read_text())
    assert not re.search(r"\btrap\.", code)


def test_released_revisions_are_frozen():
    """`frozen.txt` is sha256sum's output; migrations/README.md says how a release adds to it."""
    frozen = dict(
        reversed(line.split()) for line in (MIGRATIONS / "frozen.txt").read_text().splitlines()
    )
    present = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (MIGRATIONS / "versions").glob("[0-9]*")
        if path.name[:4] in {name[:4] for name in frozen}
    }
    assert present == frozen
