"""Tables of a caller's own: geometries in columns, names of all kinds, positions that lag."""

import pytest

from trapdb.adql.tables import Column, Partition, Position, Table
from trapdb.adql.translation import translate
from trapdb.errors import AdqlError

OBSERVED = Table(
    ("public", "observed"),
    (
        Column("id", "integer"),
        Column("region", "polygon", geometry="footprint", cover="around"),
        Column("beam", "circle", geometry="beam_circle"),
        Column("centre", "point", geometry="centre_point"),
        Column("s_region", "region", geometry="polygon_part", cover="around", circle="circle_part"),
        Column("notes", "jsonb"),
    ),
)
PLACE = Table(
    ("public", "place"),
    (Column("id", "integer"), Column("ra", "double precision"), Column("dec", "double precision")),
    Position("ra", "dec", "pos", 3 / 3600),
)
TABLES = {"ivoa.observed": OBSERVED, "place": PLACE}


@pytest.fixture
def ask(db):
    db.execute("""
        create table observed (id integer, region float8[], footprint spoly, around scircle,
            s_region text, polygon_part spoly, circle_part scircle, beam text, beam_circle scircle,
            centre text, centre_point spoint, notes jsonb);
        insert into observed
        select n, array[n, 0, n + 1, 0, n, 1],
            ('{(' || n || 'd,0d),(' || n + 1 || 'd,0d),(' || n || 'd,1d)}')::spoly,
            scircle(spoint(radians(n + 0.5), radians(0.5)), radians(0.8)),
            'some text', case when n % 2 = 0
                then ('{(' || n || 'd,0d),(' || n + 1 || 'd,0d),(' || n || 'd,1d)}')::spoly end,
            scircle(spoint(radians(n + 0.5), radians(0.5)), radians(0.71)),
            n || ' 0 2', scircle(spoint(radians(n), 0), radians(2)),
            n || ' 0', spoint(radians(n), 0), '{}'
        from generate_series(0, 300) as n;
        create index on observed using gist (around);
        create index on observed using gist (beam_circle);
        create index on observed using gist (centre_point);
        create table place (id integer, ra float8, dec float8, pos spoint);
        -- the position that is indexed lies 2.9 arcsec off
        insert into place select n, n + 0.25, 0.25,
            spoint(radians(n + 0.25 + 2.9 / 3600), radians(0.25)) from generate_series(0, 300) as n;
        create index on place using gist (pos);
        analyze observed; analyze place;
    """)

    def ask(text):
        return db.execute(translate(text, TABLES).sql).fetchall()

    return ask


def plan(db, text):
    with db.transaction():
        db.execute("set local enable_seqscan = off")
        sql = translate(text, TABLES).sql
        return "\n".join(line for (line,) in db.execute(f"explain (costs off) {sql}").fetchall())


def test_geometries_in_columns_are_computed_with(ask):
    assert ask("SELECT id, region, beam, centre FROM observed WHERE id = 5") == [
        (5, [5, 0, 6, 0, 5, 1], "5 0 2", "5 0")
    ]
    asked = {
        "1 = CONTAINS(POINT(5.2, 0.2), region)": [5],
        "CONTAINS(region, CIRCLE(5.5, 0.5, 1.5)) = 1": [5],
        "1 = INTERSECTS(region, CIRCLE(5.5, -0.1, 0.2))": [5],
        "1 = INTERSECTS(CIRCLE(5, 0.5, 0.01), region)": [5],
        "1 = CONTAINS(POINT(5, 1.9), beam)": [5],
        "1 = CONTAINS(centre, CIRCLE(5, 0, 0.5))": [5],
        "DISTANCE(centre, POINT(5, 0)) <= 1": [4, 5, 6],
        "1 = CONTAINS(POINT(5, 0.5), CIRCLE(centre, 0.6))": [5],
        "1 = CONTAINS(POINT(5.2, 0.2), POLYGON(centre, POINT(6, 0), POINT(5, 1))) AND id = 5": [5],
        "1 = INTERSECTS(beam, POLYGON(5, 1.9, 5.1, 3, 4.9, 3))": [5],
        "1 = INTERSECTS(beam, CIRCLE(5, 3, 1.05))": [5],
        "COORD1(centre) > 299.5 AND COORD2(CENTROID(beam)) = 0": [300],
        "AREA(region) > 0.5 AND AREA(beam) > 12.5 AND id = 1": [1],
        "1 = CONTAINS(region, region) AND id = 2": [2],
        # a triangle where the number is even, else a circle around that
        "1 = CONTAINS(POINT(4.2, 0.2), s_region)": [4],
        "1 = CONTAINS(POINT(5.1, 0.95), s_region)": [5],
        "1 = CONTAINS(POINT(5.9, 0.9), s_region)": [5],
        "0 = CONTAINS(POINT(5.1, 0.95), s_region) AND id IN (4, 5)": [4],
        "1 = INTERSECTS(s_region, CIRCLE(4.9, 0.9, 0.1))": [5],
        "1 = INTERSECTS(CIRCLE(5.4, 0.5, 0.01), s_region)": [5],
        "1 = INTERSECTS(s_region, POLYGON(5, 1.01, 6, 1.01, 5.5, 1.3))": [5],
        "1 = CONTAINS(s_region, CIRCLE(5.5, 0.5, 0.72))": [5],
        "1 = CONTAINS(s_region, CIRCLE(4.5, 0.5, 0.72))": [4],
        "1 = CONTAINS(s_region, s_region) AND id IN (4, 5)": [4, 5],
        "AREA(s_region) > 0.51 AND AREA(s_region) < 1.6 AND id IN (4, 5)": [5],
    }
    for condition, ids in asked.items():
        found = ask(f"SELECT id FROM observed WHERE {condition} ORDER BY id")
        assert [one for (one,) in found] == ids, condition


def test_geometries_go_through_queries_within_queries(ask, db):
    text = """
        SELECT a.id FROM (SELECT id, region AS r, centre, s_region FROM observed) AS a
        WHERE 1 = CONTAINS(POINT(5.2, 0.2), a.r) AND DISTANCE(a.centre, POINT(5, 0)) < 3
        AND 1 = CONTAINS(POINT(5.2, 0.2), a.s_region)
    """
    assert ask(text) == [(5,)]
    assert "observed_around_idx" in plan(db, text) or "centre_point_idx" in plan(db, text)
    # one that is made there, too
    assert ask(
        "SELECT p FROM (SELECT id, POINT(COORD1(centre), 1) AS p FROM observed) AS a"
        " WHERE DISTANCE(p, POINT(5, 1)) < 0.1"
    ) == [([5, 1],)]
    with pytest.raises(AdqlError, match="a geometry that rows are grouped by"):
        ask("SELECT AREA(region) FROM observed GROUP BY region")
    with pytest.raises(AdqlError, match="a geometry is expected here"):
        ask("SELECT 1 FROM (SELECT DISTINCT region FROM observed) AS a"
            " WHERE 1 = CONTAINS(POINT(5, 1), region)")  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "index"),
    [
        ("1 = CONTAINS(POINT(5.2, 0.2), o.region)", "observed_around_idx"),
        ("1 = CONTAINS(POINT(5.2, 0.2), o.beam)", "observed_beam_circle_idx"),
        ("1 = CONTAINS(o.centre, CIRCLE(5, 0, 0.5))", "observed_centre_point_idx"),
        ("o.id = 1 AND 1 = CONTAINS(POINT(p.ra, p.dec), o.region)", "place_pos_idx"),
        ("p.id = 1 AND 1 = CONTAINS(POINT(p.ra, p.dec), o.region)", "observed_around_idx"),
        ("o.id = 1 AND 1 = CONTAINS(POINT(p.ra, p.dec), o.beam)", "place_pos_idx"),
        ("1 = CONTAINS(POINT(5.2, 0.2), o.s_region)", "observed_around_idx"),
        ("1 = INTERSECTS(CIRCLE(5.2, 0.2, 1), o.s_region)", "observed_around_idx"),
        ("1 = INTERSECTS(o.s_region, POLYGON(1, 1, 2, 1, 2, 2))", "observed_around_idx"),
        ("o.id = 1 AND 1 = CONTAINS(POINT(p.ra, p.dec), o.s_region)", "place_pos_idx"),
        ("o.id = 1 AND DISTANCE(o.centre, POINT(p.ra, p.dec)) < 1", "place_pos_idx"),
        ("p.id = 1 AND DISTANCE(o.centre, POINT(p.ra, p.dec)) < 1", "observed_centre_point_idx"),
    ],
)
def test_columns_with_an_index_are_found_by_it(condition, index, ask, db):
    assert index in plan(db, f"SELECT o.id FROM observed AS o, place AS p WHERE {condition}")


def test_an_indexed_position_may_lag_behind(ask):
    """The condition is on the coordinates, to the limit; the index is asked for what is beyond."""
    edge = 1.0 - 1e-9
    assert ask(f"SELECT id FROM place WHERE DISTANCE(ra, dec, 5.25, 1.25) <= {edge + 2e-9}") == [
        (5,)
    ]
    assert ask(f"SELECT id FROM place WHERE DISTANCE(ra, dec, 5.25, 1.25) <= {edge - 1e-8}") == []
    near = "SELECT id FROM place WHERE 1 = CONTAINS(POINT(ra, dec), {})"
    # the indexed position is outside of these, the coordinates are inside
    assert ask(near.format("CIRCLE(5.25, 0.25, 0.0001)")) == [(5,)]
    assert ask(near.format("POLYGON(5.2499, 0.2499, 5.2501, 0.2499, 5.25, 0.2502)")) == [(5,)]
    # and the other way round
    assert ask(near.format("CIRCLE(5.2508, 0.25, 0.0001)")) == []


def test_a_circle_that_pgsphere_has_not_is_given_all_the_same(ask):
    text = (
        "SELECT a.c FROM (SELECT CIRCLE(1, 2, 120) AS c FROM place) AS a, place AS p WHERE p.id = 1"
    )
    assert ask(text)[0] == ([1, 2, 120],)
    with pytest.raises(AdqlError, match="a geometry is expected here"):
        ask(f"{text} AND AREA(a.c) > 1")


def test_radii_of_columns(ask, db):
    assert (
        len(ask("SELECT id FROM place WHERE 1 = CONTAINS(POINT(0, 0), CIRCLE(ra, dec, id))")) > 99
    )
    # unknown is not everywhere
    db.execute("update place set ra = 'nan' where id = 7")
    assert ask("SELECT id FROM place WHERE DISTANCE(1, 0, 1, 0) < ra AND id = 7") == []


NAMES = {
    "Upper.Table": Table(
        ("public", "Tab"),
        (Column("Mixed", "integer"), Column('a"b', "text"), Column("x y", "real")),
    ),
    "one.same": Table(("one", "same"), (Column("a", "integer"),)),
    "two.same": Table(("two", "same"), (Column("b", "integer"), Column("B", "integer"))),
}


def test_names_are_found_without_regard_to_case_unless_in_quotes():
    for text, sql in {
        "select mixed from TABLE": '"Table"."Mixed" as "Mixed"',
        'select t."Mixed", MIXED as M from upper.table t': '"t"."Mixed" as "M"',
        'select "a""b", "x y" from "Upper"."Table" as "t""t"': '"t""t"."a""b" as "a""b"',
        "select one.same.a from one.same": '"same"."a"',
        'select "b", "B" from two.same': '"same"."B" as "B"',
    }.items():
        assert sql in translate(text, NAMES).sql
    for text, told in {
        'select "mixed" from Table': "no column mixed",
        'select 1 from "table"': "no table table",
        "select 1 from same": "same is in several schemas: one.same, two.same",
        "select b from two.same": "column b is there more than once",
    }.items():
        with pytest.raises(AdqlError, match=told):
            translate(text, NAMES)


def test_columns_of_types_that_adql_has_not_are_given_as_they_are(ask):
    assert ask("SELECT TOP 1 notes FROM observed WHERE notes IS NOT NULL") == [({},)]
    assert translate("SELECT notes FROM observed", TABLES).columns[0].type is None


def test_pgsphere_may_be_in_another_schema():
    sql = translate("SELECT id FROM place WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(1, 2, 3))",
                    TABLES, sphere="sky map").sql  # fmt: skip
    assert '"sky map"."scircle"("sky map"."spoint"(' in sql
    assert 'operator("sky map".<@)' in sql


def test_a_function_that_tells_the_partition_may_not_know():
    told_by = {"name": {"a": 1}.get, "id": lambda number: number // 10}
    table = Table(
        ("s", "t"),
        (Column("part", "integer"), Column("name", "text"), Column("id", "integer")),
        partitions=(Partition("part", told_by),),
    )

    def where(condition):
        return translate(f"SELECT 1 FROM t WHERE {condition}", {"t": table}).sql.split("where ")[1]

    assert where("name = 'a'") == '(("t"."name" = \'a\') and "t"."part" = 1)'
    assert where("name = 'b'") == '("t"."name" = \'b\')'
    assert where("name IN ('a', 'b')") == "(\"t\".\"name\" in ('a', 'b'))"
    assert where("id IN (12, 15, 31)").endswith('and "t"."part" in (1, 3))')
    assert where("name <> 'a'") == '("t"."name" <> \'a\')'
    # inside of NOT and OR what is implied is implied, too
    assert where("NOT 7 = id") == '(not ((7 = "t"."id") and "t"."part" = 0))'
