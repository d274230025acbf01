"""Whatever is asked: it is translated to what may be asked for, or refused with its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adql.allowed import check
from trapdb.adql.reading import DEEPEST, LONGEST, MOST_WORDS
from trapdb.adql.translation import translate
from trapdb.errors import AdqlError

WORDS = """
    SELECT FROM WHERE GROUP BY HAVING ORDER BY UNION ALL EXCEPT INTERSECT TOP OFFSET DISTINCT AS ON
    USING JOIN LEFT RIGHT FULL OUTER INNER NATURAL CROSS AND OR NOT IN IS NULL EXISTS BETWEEN LIKE
    ILIKE CASE WHEN THEN ELSE END CAST WITH ASC DESC TRUE FALSE ( ) ( ) ( ) , , , . * + - / = < > <>
    != <= >= || ; 1 2 0.5 1E3 180 'a' 'it''s' '2012-01-01' "ra" "dec" -- \n running_catalogue
    variability trap s t ra dec source_id dataset n_blind first_seen monitored COUNT SUM AVG POINT
    CIRCLE POLYGON BOX CONTAINS INTERSECTS DISTANCE AREA COORD1 CENTROID ABS MOD ROUND RAND COALESCE
    INTEGER VARCHAR TIMESTAMP
"""
PIECES = [
    "SELECT", "SELECT *", "SELECT ra, dec", "SELECT COUNT(*)", "FROM running_catalogue",
    "FROM running_catalogue AS s", ", variability AS t", "JOIN variability AS t USING (source_id)",
    "WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(1, 2, 3))", "WHERE ra > 1", "AND dec < 2",
    "OR DISTANCE(ra, dec, 1, 2) < 0.1", "GROUP BY ra", "ORDER BY 1", "UNION", "(", ")", "s.ra",
    "IN (SELECT source_id FROM variability)", "CASE WHEN ra > 1 THEN 1 END",
]  # fmt: skip


def refusal(text, tables):
    """Translate a text; give the SQL, and how it was refused."""
    try:
        return translate(text, tables).sql, None
    except AdqlError as error:
        return None, error


def outcome(text, tables):
    """Translate a text, and check what comes of it; give the SQL, None for what is refused."""
    sql, error = refusal(text, tables)
    if error:
        assert 1 <= error.line <= text.count("\n") + text.count("\r") + 1
        assert 1 <= error.column <= len(text) + 1
    else:
        check(sql, {".".join(table.relation) for table in tables.values()})
    return sql


@given(text=st.text())
def test_any_text(text, tables):
    outcome(text, tables)


@given(words=st.lists(st.sampled_from(WORDS.split()), max_size=40))
def test_any_words(words, tables):
    outcome(" ".join(words), tables)


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=12))
def test_any_pieces(pieces, tables, archive):
    """What is translated, PostgreSQL can plan."""
    sql = outcome(" ".join(["SELECT ra FROM running_catalogue AS s", *pieces]), tables)
    if sql:
        archive.execute(f"explain {sql}")


@given(data=st.data())
def test_any_change_of_a_query(data, tables):
    """Of a query that is right, a piece is left out, doubled or moved."""
    query = (
        "WITH a AS (SELECT source_id, ra, dec FROM running_catalogue WHERE dataset = 'off')"
        " SELECT DISTINCT TOP 5 a.ra AS \"x\", COUNT(*), 'it''s' FROM a JOIN variability AS v"
        " USING (source_id) WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE(1, 2, 3E-1)) -- so\n"
        " GROUP BY a.ra HAVING MAX(eta_int) > .5 ORDER BY 1 DESC OFFSET 2"
    )
    first, second = sorted(
        (data.draw(st.integers(0, len(query))), data.draw(st.integers(0, len(query))))
    )
    place = data.draw(st.integers(0, len(query)))
    piece = query[first:second]
    outcome(query[:first] + query[second:], tables)
    outcome(query[:place] + piece + query[place:], tables)


LONG = "running_catalogue WHERE "
DEEP = {
    "parentheses": "SELECT " + "(" * 10_000 + "1" + ")" * 10_000 + " FROM dataset",
    "many parentheses": f"SELECT {'(' * DEEPEST}1{')' * DEEPEST} FROM dataset",
    "signs": "SELECT " + "- " * 3000 + "1 FROM dataset",
    "not": "SELECT 1 FROM dataset WHERE " + "NOT " * 3000 + "TRUE",
    "sums": "SELECT " + "1 + " * 3000 + "1 FROM dataset",
    "cases": "SELECT " + "CASE WHEN TRUE THEN " * 500 + "1" + " END" * 500 + " FROM dataset",
    "queries": "SELECT ra FROM " + "(SELECT ra FROM " * 100 + "running_catalogue" + ") AS a" * 100,
    "unions": " UNION ".join(["SELECT 1 FROM dataset"] * 2000),
    "joins": "SELECT 1 FROM dataset " + "JOIN dataset " * 60,
    "functions": "SELECT " + "ABS(" * 200 + "1" + ")" * 200 + " FROM dataset",
    "too long": "SELECT 1 FROM dataset WHERE ra = " + "1" * LONGEST,
    "too many words": "SELECT 1 FROM dataset WHERE 1 IN (" + "1," * MOST_WORDS + "1)",
    "quotes": "SELECT " + "'" * 9999 + " FROM dataset",
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(DEEP.keys() - {"many parentheses"}))
def test_what_is_too_deep_or_too_long_is_refused(what, tables):
    assert outcome(DEEP[what], tables) is None


def test_what_is_long_but_flat_is_answered(archive, tables):
    """Lists of ids, and conditions one after the other, as programs make them."""
    for text in (
        f"SELECT source_id FROM {LONG} source_id IN ({','.join(map(str, range(5000)))})",
        f"SELECT source_id FROM {LONG} {' OR '.join(['source_id = 1'] * 3000)}",
        f"SELECT source_id FROM {LONG} {' AND '.join(['(ra > 1 OR dec > 1)'] * 1000)}",
        "SELECT 1 FROM running_catalogue AS a " + "JOIN variability USING (source_id) "
        "JOIN lightcurve USING (source_id)",
        DEEP["many parentheses"],
    ):
        sql = outcome(text, tables)
        assert sql
        archive.execute(f"explain {sql}")
