"""What is known of the columns that a query gives, before it is run."""

import datetime

import pytest

from trapdb.adql.scopes import Origin, Output
from trapdb.adql.types import VOTABLE

CATALOGUE, VARIABILITY = "trap.running_catalogue", "trap.variability"


def test_a_column_that_is_unchanged_says_where_it_is_from(to_sql):
    """However it is named, and through queries within queries; so it has a unit and a meaning."""
    text = """
        WITH w AS (SELECT source_id, ra AS a, dec + 1 AS d FROM running_catalogue)
        SELECT w.a AS "R.A.", w.d, v.eta_int AS e, (v.n) AS n, s.*
        FROM w JOIN variability AS v USING (source_id)
        JOIN (SELECT DISTINCT name, ra_err FROM running_catalogue) AS s ON s.ra_err > w.a
    """
    assert to_sql(text).columns == (
        Output("R.A.", "double precision", Origin(CATALOGUE, "ra")),
        Output("d", "double precision", None),
        Output("e", "double precision", Origin(VARIABILITY, "eta_int")),
        Output("n", "integer", Origin(VARIABILITY, "n")),
        Output("name", "text", Origin(CATALOGUE, "name")),
        Output("ra_err", "double precision", Origin(CATALOGUE, "ra_err")),
    )


def test_several_queries_together_are_described_by_the_first(to_sql):
    text = "SELECT n_blind AS n, NULL AS x FROM running_catalogue UNION SELECT ra, name FROM {}"
    assert to_sql(text.format("running_catalogue")).columns == (
        Output("n", "double precision", Origin(CATALOGUE, "n_blind")),
        Output("x", "text", None),
    )


EXPRESSIONS = {
    "ra": "double precision",
    "n_blind": "integer",
    "n_blind + 1": "integer",
    "n_blind + source_id": "bigint",
    "n_blind / 2": "integer",
    "n_blind / 2.0": "double precision",
    "CAST(ra AS REAL)": "real",
    "CAST(ra AS REAL) * CAST(ra AS REAL)": "real",
    "CAST(ra AS REAL) * n_blind": "double precision",
    "CAST(1 AS SMALLINT)": "smallint",
    "- CAST(1 AS SMALLINT)": "smallint",
    "3000000000": "bigint",
    "1E2": "double precision",
    "ABS(n_blind)": "integer",
    "ABS(ra)": "double precision",
    "MOD(source_id, 2)": "bigint",
    "MOD(ra, 2)": "double precision",
    "FLOOR(ra)": "double precision",
    "CEILING(n_blind)": "integer",
    "ROUND(ra)": "double precision",
    "POWER(n_blind, 2)": "double precision",
    "name || 'x'": "text",
    "CAST(first_seen AS VARCHAR)": "text",
    "first_seen": "timestamp",
    "CAST('2012-01-01' AS TIMESTAMP)": "timestamp",
    "monitored": "boolean",
    "CONTAINS(POINT(ra, dec), CIRCLE(1, 2, 3))": "integer",
    "DISTANCE(ra, dec, 1, 2)": "double precision",
    "AREA(CIRCLE(1, 2, 3))": "double precision",
    "COORDSYS(POINT(1, 2))": "text",
    "POINT(ra, dec)": "point",
    "CIRCLE(ra, dec, 1)": "circle",
    "BOX(ra, 10, 1, 1)": "polygon",
    "CASE WHEN ra > 1 THEN n_blind ELSE 1.5 END": "double precision",
    "COALESCE(NULL, name)": "text",
    "(SELECT MAX(n) FROM variability)": "integer",
}
AGGREGATES = {
    "COUNT(*)": "bigint",
    "COUNT(name)": "bigint",
    "SUM(n_blind)": "bigint",
    "SUM(source_id)": "bigint",
    "SUM(CAST(ra AS REAL))": "double precision",
    "AVG(n_blind)": "double precision",
    "MAX(first_seen)": "timestamp",
    "MIN(CAST(ra AS REAL))": "real",
}
TYPES = {
    "smallint": "int2",
    "integer": "int4",
    "bigint": "int8",
    "real": "float4",
    "double precision": "float8",
    "text": "text",
    "timestamp": "timestamptz",
    "boolean": "bool",
    **dict.fromkeys(("point", "circle", "polygon"), "float8[]"),
}


@pytest.mark.parametrize(("written", "type_"), [*EXPRESSIONS.items(), *AGGREGATES.items()])
def test_the_type_is_the_one_that_comes(written, type_, to_sql, archive):
    translation = to_sql(f"SELECT {written} AS x FROM running_catalogue")
    assert [column.type for column in translation.columns] == [type_]
    cursor = archive.execute(translation.sql)
    assert cursor.description[0].name == "x"
    expected = archive.execute("select %s::regtype::oid::integer", [TYPES[type_]]).fetchone()
    varchar = {1043: 25}  # a text of limited length
    code = cursor.description[0].type_code
    assert (varchar.get(code, code),) == expected
    assert type_ in VOTABLE


def test_columns_without_a_name_get_one(to_sql):
    columns = to_sql("SELECT COUNT(*), 1 + 2, MAX(Ra), -MIN(ra) FROM running_catalogue").columns
    assert [column.name for column in columns] == ["count", "column_2", "max", "column_4"]


def test_what_is_out_of_sight_never_comes_out(to_sql, archive):
    """Positions for the index are handed on within a query, but not given."""
    for text in (
        "SELECT * FROM running_catalogue",
        "SELECT * FROM (SELECT * FROM running_catalogue) AS s",
        "SELECT * FROM (SELECT ra, dec FROM running_catalogue) AS a"
        " NATURAL JOIN (SELECT dec, ra FROM running_catalogue) AS b",
        "WITH w AS (SELECT * FROM running_catalogue) SELECT * FROM w UNION SELECT * FROM w",
        "(SELECT * FROM running_catalogue)",
    ):
        translation = to_sql(text)
        described = archive.execute(translation.sql).description
        assert [one.name for one in described] == [one.name for one in translation.columns]
        assert not {"pos", "@1"} & {one.name for one in translation.columns}


def test_times_are_in_utc_whatever_the_session_has(ask, archive):
    text = "SELECT DISTINCT CAST(first_seen AS VARCHAR) AS t, CAST('2012-01-01T06:00:00' AS"
    text += " TIMESTAMP) AS u FROM running_catalogue WHERE first_seen = '2012-01-01'"
    expected = [
        ("2012-01-01T00:00:00.000000", datetime.datetime(2012, 1, 1, 6, tzinfo=datetime.UTC))
    ]
    assert ask(text) == expected
    archive.execute("set timezone = 'Australia/Perth'")
    try:
        assert ask(text) == expected
    finally:
        archive.execute("reset timezone")
