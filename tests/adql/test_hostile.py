"""What somebody may ask who wants more than the tables offered: refused, with the place."""

import pytest

from tests.adql.allowed import check
from trapdb.errors import AdqlError

SELECT = "SELECT ra FROM running_catalogue WHERE "

TEXTS = [
    # statements, and several of them
    "",
    ";",
    "SELECT ra FROM running_catalogue; DROP TABLE trap_data.source",
    "SELECT ra FROM running_catalogue;;",
    "DELETE FROM trap.running_catalogue",
    "UPDATE running_catalogue SET ra = 1",
    "INSERT INTO running_catalogue VALUES (1)",
    "COPY running_catalogue TO '/tmp/x'",
    "COPY (SELECT ra FROM running_catalogue) TO PROGRAM 'sh'",
    "DO $$ begin end $$",
    "CALL trap.delete_dataset('off')",
    "SET ROLE trapdb_admin",
    "RESET ALL",
    "SHOW ALL",
    "LISTEN x",
    "EXPLAIN ANALYZE SELECT ra FROM running_catalogue",
    "PREPARE x AS SELECT 1",
    "BEGIN",
    "COMMIT",
    "VALUES (1)",
    "TABLE running_catalogue",
    "FROM running_catalogue SELECT ra",
    "CREATE TABLE t AS SELECT ra FROM running_catalogue",
    "WITH a AS (DELETE FROM running_catalogue RETURNING *) SELECT * FROM a",
    "WITH RECURSIVE a AS (SELECT 1 FROM a) SELECT * FROM a",
    "WITH a AS MATERIALIZED (SELECT ra FROM running_catalogue) SELECT * FROM a",
    "SELECT ra INTO t FROM running_catalogue",
    # locks, windows, samples and other clauses
    "SELECT ra FROM running_catalogue FOR UPDATE",
    "SELECT ra FROM running_catalogue LIMIT 1",
    "SELECT ra FROM running_catalogue FETCH FIRST 1 ROW ONLY",
    "SELECT ra FROM ONLY running_catalogue",
    "SELECT ra FROM running_catalogue TABLESAMPLE SYSTEM (1)",
    "SELECT ra FROM running_catalogue AS s (a, b)",
    "SELECT ROW_NUMBER() OVER () FROM running_catalogue",
    "SELECT COUNT(*) OVER () FROM running_catalogue",
    "SELECT COUNT(*) FILTER (WHERE ra > 1) FROM running_catalogue",
    "SELECT DISTINCT ON (ra) ra FROM running_catalogue",
    "SELECT ra FROM running_catalogue, LATERAL (SELECT 1) AS x",
    "SELECT ra FROM running_catalogue WINDOW w AS ()",
    "SELECT ra FROM running_catalogue GROUP BY ROLLUP (ra)",
    "SELECT ra FROM running_catalogue ORDER BY ra USING >",
    "SELECT ra FROM running_catalogue ORDER BY ra NULLS FIRST",
    "SELECT ra FROM (VALUES (1)) AS t (ra)",
    "SELECT 1",
    # tables and columns of the system, and those out of sight
    "SELECT * FROM pg_catalog.pg_authid",
    "SELECT * FROM pg_shadow",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM trap_data.source",
    "SELECT * FROM trap.indexed_source",
    "SELECT * FROM other.trap.running_catalogue",
    'SELECT * FROM "trap.running_catalogue"',
    'SELECT * FROM "trap"."running_catalogue; DROP TABLE x"',
    *(f"SELECT {one} FROM running_catalogue" for one in ("xmin", "ctid", "tableoid", "oid", "pos")),
    "SELECT running_catalogue FROM running_catalogue",
    "SELECT s FROM running_catalogue AS s",
    "SELECT (s).ra FROM running_catalogue AS s",
    "SELECT s.* AS x FROM running_catalogue AS s",
    "SELECT COUNT(s.*) FROM running_catalogue AS s",
    # functions
    *(
        f"SELECT {call} FROM running_catalogue"
        for call in (
            "pg_sleep(10)",
            "PG_READ_FILE('/etc/passwd')",
            "pg_catalog.pg_read_file('/etc/passwd')",
            "lo_import('/etc/passwd')",
            "lo_export(1, '/tmp/x')",
            "dblink('', 'select 1')",
            "set_config('role', 'trapdb_admin', false)",
            "current_setting('data_directory')",
            "query_to_xml('select 1', true, true, '')",
            "pg_terminate_backend(1)",
            "pg_advisory_lock(1)",
            "nextval('x')",
            "version()",
            "now()",
            "generate_series(1, 1000000000)",
            "repeat('x', 1000000000)",
            "trap.delete_dataset('off')",
            "trap.dataset_id_of('off')",
            '"abs"(1)',
            '"pg_sleep"(1)',
            "IN_UNIT(ra, 'rad')",
            "REGION('CIRCLE 1 2 3')",
        )
    ),
    "SELECT * FROM pg_ls_dir('/')",
    "SELECT * FROM generate_series(1, 10) AS x",
    # words that are functions without parentheses
    *(
        f"SELECT {word} FROM running_catalogue"
        for word in ("CURRENT_USER", "SESSION_USER", "CURRENT_TIMESTAMP", "CURRENT_CATALOG")
    ),
    # casts
    *(
        f"SELECT CAST('x' AS {name}) FROM running_catalogue"
        for name in ("regclass", "oid", "jsonb", "pg_catalog.int4", "INTEGER[]", "spoint", '"int4"')
    ),
    "SELECT 'x'::regclass FROM running_catalogue",
    "SELECT INTEGER '1' FROM running_catalogue",
    "SELECT CAST(1 AS VARCHAR(99999999999999999999)) FROM dataset",
    "SELECT CAST(1 AS INTEGER(3)) FROM dataset",
    # texts and comments
    SELECT + "name = 'x",
    SELECT + 'name = "x',
    SELECT + "name = $$x$$",
    SELECT + "name = $1",
    SELECT + "name = E'\\''; DROP TABLE x; --'",
    SELECT + "name = U&'\\0041'",
    SELECT + "name = N'x'",
    SELECT + "name = X'41'",
    SELECT + "name = 'a' 'b'",
    SELECT + "/* a comment of another language */ ra > 1",
    SELECT + "ra > 1 {# #}",
    SELECT + "ra > {{ x }}",
    SELECT + "name = `x`",
    SELECT + "name = 'a\0b'",
    SELECT + "name = '\ud800'",
    SELECT + 'name = "\ud800"',
    SELECT + "ra > \u00a01",
    SELECT + "ra > \uff11",
    # operators
    *(
        SELECT + f"ra {sign} 1"
        for sign in ("<=>", "<->", "@>", "&&", "~", "%", "^", "==", ":=", "!<")
    ),
    SELECT + "ra OPERATOR(pg_catalog.=) 1",
    SELECT + "name ~ '(a*)*b'",
    SELECT + "name SIMILAR TO 'x'",
    SELECT + "name LIKE 'x' ESCAPE 'y'",
    SELECT + "ra = ANY (SELECT ra FROM running_catalogue)",
    SELECT + "ra IS DISTINCT FROM 1",
    SELECT + "ra IS TRUE",
    SELECT + "(ra, dec) = (1, 2)",
    SELECT + "ra IN (1, 2",
    SELECT + "ra[1] = 1",
    SELECT + "ra BETWEEN SYMMETRIC 2 AND 1",
    SELECT + "INTERVAL '1' DAY > 1",
    SELECT + "ra COLLATE \"C\" > 1",
    SELECT + "first_seen AT TIME ZONE 'UTC' > 1",
    # numbers
    SELECT + "source_id = 9223372036854775808",
    SELECT + "source_id = " + "9" * 5000,
    SELECT + "ra > 1E999",
    SELECT + "ra > 1E",
    SELECT + "ra > 1abc",
    SELECT + "ra > 1.2.3",
    SELECT + "ra > 0x1F",
    SELECT + "ra > 1_000",
    "SELECT TOP 99999999999999999999 ra FROM running_catalogue",
    "SELECT TOP -1 ra FROM running_catalogue",
    "SELECT TOP 1.5 ra FROM running_catalogue",
    "SELECT TOP (SELECT 1 FROM dataset) ra FROM running_catalogue",
    "SELECT ra FROM running_catalogue OFFSET -10",
    # names
    f"SELECT ra AS {'x' * 64} FROM running_catalogue",
    'SELECT ra AS "" FROM running_catalogue',
    'SELECT "a\nb" FROM running_catalogue',
    "SELECT 1 FROM running_catalogue 'a\nb'",
    "SELECT ra AS é FROM running_catalogue",
    "SELECT ra AS _x FROM running_catalogue",
    "SELECT a.b.c.d.e FROM running_catalogue",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_it_is_refused(text, to_sql):
    with pytest.raises(AdqlError) as refused:
        to_sql(text)
    error = refused.value
    assert 1 <= error.line <= text.count("\n") + 1
    assert 1 <= error.column <= len(text) + 1
    assert len(str(error).splitlines()) == 1
    assert str(error) == f"line {error.line}, column {error.column}: {error.text}"


def test_what_is_quoted_stays_what_it_is(ask, to_sql, tables):
    """A text or a name may hold whatever a statement could."""
    relations = {".".join(table.relation) for table in tables.values()}
    for held in ("';drop table x;--", '"; select 1', "\\'; select 1 --", "$$ /* {{ %s %(a)s ? :a"):
        as_text, as_name = held.replace("'", "''"), held.replace('"', '""')
        text = f'SELECT TOP 1 \'{as_text}\' AS "{as_name}" FROM dataset AS "{as_name}"'
        check(to_sql(text).sql, relations)
        assert to_sql(text).columns[0].name == held
        assert ask(text) == [(held,)]
