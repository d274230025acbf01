"""A small SQL tree in place of the project's, for tests that change it."""

from pathlib import Path

import psycopg
import pytest

from trapdb import schema
from trapdb.schema import resources

ANSWER = """
create function trap.answer() returns integer language sql return 42;
comment on function trap.answer is 'The answer.';
"""
NAMES = """
create view trap.names as select name from trap_data.dataset;
comment on view trap.names is 'Names.';
"""
THING = "create view ivoa.thing as select 1 as x;"
PRIVILEGES = """
grant usage on schema trap to trapdb_reader;
grant select on trap.names to trapdb_reader;
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of sql/ with a function, two views and privileges."""
    folder = tmp_path / "sql"
    for path, text in [
        ("10_first/answer.sql", ANSWER),
        ("20_second/names.sql", NAMES),
        ("30_third/thing.sql", THING),
        ("99_privileges.sql", PRIVILEGES),
    ]:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    monkeypatch.setattr(resources, "sql_directory", lambda: folder)
    return folder


@pytest.fixture
def small_url(tree: Path, raw_db_url: str) -> str:
    """A database with the tables and the small tree."""
    schema.upgrade(raw_db_url)
    return raw_db_url


@pytest.fixture
def small_db(small_url: str):
    """A superuser's connection to the database with the small tree."""
    with psycopg.connect(small_url, autocommit=True) as conn:
        yield conn
