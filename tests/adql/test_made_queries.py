"""Queries made by the grammar that docs/adql.md promises: all of them run."""

from contextlib import suppress

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

NUMBERS = ["s.ra", "s.dec", "s.n_blind", "s.source_id", "s.ra_err"]
TEXTS = ["s.name", "s.dataset"]


def joined(template, *parts):
    """Make texts of a template and the texts that stand in it."""
    return st.tuples(*parts).map(lambda made: template.format(*made))


def one_of(*choices):
    return st.one_of(*(st.just(one) if isinstance(one, str) else one for one in choices))


number = st.deferred(lambda: NUMBER)
text = st.deferred(lambda: TEXT)
condition = st.deferred(lambda: CONDITION)

constant = st.one_of(
    st.integers(0, 2**40).map(str),
    st.floats(0, 1e12, allow_subnormal=False).map(repr),
    st.decimals(0, 1000, places=3).map(str),
)
literal = st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=5).map(
    lambda made: "'" + made.replace("'", "''") + "'"
)
ra = st.one_of(st.floats(0, 360).map(repr), st.just("s.ra"))
dec = st.one_of(st.floats(-90, 90).map(repr), st.just("s.dec"))
radius = st.one_of(st.floats(0, 89).map(repr), st.just("s.n_blind / 10."))

point = joined("POINT({}, {})", ra, dec)
circle = st.one_of(joined("CIRCLE({}, {}, {})", ra, dec, radius), joined("CIRCLE({}, 5)", point))
polygon = one_of(
    "POLYGON(0, 0, 5, 0, 5, 5)",
    "POLYGON(s.ra, s.dec, s.ra + 1, s.dec, s.ra, 89.5)",
    "BOX(s.ra, s.dec, 1, 2)",
    "BOX('ICRS', 3, 4, 5, 6)",
)
area = st.one_of(circle, polygon)
inside = st.one_of(
    joined("CONTAINS({}, {})", point, area),
    joined("CONTAINS({}, {})", area, area),
    joined("INTERSECTS({}, {})", area, st.one_of(area, point)),
)

NUMBER = one_of(
    st.sampled_from(NUMBERS),
    constant,
    joined("(-{})", number),
    joined("({} {} {})", number, st.sampled_from("+-*/"), number),
    joined("{}({})", st.sampled_from(["ABS", "FLOOR", "CEILING", "SIN", "RADIANS", "EXP"]), number),
    joined("{}({}, 2)", st.sampled_from(["ROUND", "TRUNCATE", "MOD", "POWER"]), number),
    joined("CASE WHEN {} THEN {} ELSE {} END", condition, number, number),
    joined("COALESCE({}, {})", number, number),
    joined("CAST({} AS {})", number, st.sampled_from(["REAL", "BIGINT", "DOUBLE PRECISION"])),
    joined("DISTANCE({}, {})", point, point),
    joined("AREA({})", area),
    joined("COORD1({})", point),
    "(SELECT MAX(t.eta_int) FROM variability AS t WHERE t.source_id = s.source_id)",
    inside,
)
TEXT = one_of(
    st.sampled_from(TEXTS),
    literal,
    joined("({} || {})", text, text),
    joined("{}({})", st.sampled_from(["LOWER", "UPPER"]), text),
    joined("CAST({} AS VARCHAR(9))", number),
    "CAST(s.first_seen AS VARCHAR)",
)
CONDITION = one_of(
    joined("{} {} {}", number, st.sampled_from(["=", "<>", "!=", "<", "<=", ">", ">="]), number),
    joined("{} = {}", text, text),
    joined("{} {} {}", text, st.sampled_from(["LIKE", "NOT LIKE", "ILIKE"]), literal),
    joined("{} NOT BETWEEN {} AND {}", number, number, number),
    joined("{} IN ({}, {})", number, number, number),
    joined("{} IS NOT NULL", number),
    joined("({} AND {})", condition, condition),
    joined("({} OR {})", condition, condition),
    joined("NOT ({})", condition),
    joined("1 = {}", inside),
    joined("{} = 0", inside),
    joined("DISTANCE({}, {}) < {}", point, point, st.floats(0, 200).map(repr)),
    "s.monitored",
    "s.first_seen >= '2012-01-01T01:02:03'",
    "s.source_id IN (SELECT t.source_id FROM variability AS t WHERE t.n > 2)",
    "EXISTS (SELECT * FROM variability AS t WHERE t.source_id = s.source_id)",
)
table = one_of(
    "running_catalogue AS s",
    "(SELECT * FROM running_catalogue) AS s",
    "running_catalogue AS s JOIN variability AS v ON s.source_id = v.source_id",
    "running_catalogue s LEFT JOIN reference_source r ON DISTANCE(s.ra, s.dec, r.ra, r.dec) < 0.1",
    "running_catalogue AS s NATURAL JOIN variability AS v",
    "reference_source AS r, running_catalogue AS s",
)
select = joined(
    "SELECT {}{} AS a, {} AS b FROM {} WHERE {}",
    one_of("", "DISTINCT ", "TOP 3 ", "ALL TOP 0 "),
    number,
    text,
    table,
    condition,
)
grouped = joined(
    "SELECT AVG({}) AS a, b FROM (SELECT s.*, {} AS b FROM running_catalogue AS s) AS s"
    " GROUP BY b HAVING COUNT(*) > 0",
    number,
    text,
)
of_groups = joined(
    "SELECT {} AS a, {} AS b FROM running_catalogue AS s GROUP BY s.ra, s.dec, s.n_blind,"
    " s.source_id, s.ra_err, s.name, s.dataset, s.first_seen, s.monitored HAVING {}",
    number,
    text,
    condition,
)
query = one_of(
    select,
    grouped,
    of_groups,
    joined("({}) UNION ALL {}", select, select),
    joined("{} EXCEPT {}", select, grouped),
    joined("WITH w AS ({}) SELECT a, b FROM w", select),
)
whole = joined(
    "{}{}{}", query, one_of("", " ORDER BY b DESC, a", " ORDER BY 2"), one_of("", " OFFSET 1")
)


@pytest.fixture(scope="package")
def impatient(archive_url):
    """A connection to the archive that gives up what takes long."""
    with psycopg.connect(archive_url, autocommit=True) as conn:
        conn.execute("set statement_timeout = '500 ms'")
        yield conn


@given(text=whole)
def test_a_query_of_the_grammar_runs(text, to_sql, impatient):
    sql = to_sql(text).sql
    # numbers may be too large, and joins take their time
    with suppress(psycopg.errors.DataError, psycopg.errors.QueryCanceled):
        impatient.execute(sql)
