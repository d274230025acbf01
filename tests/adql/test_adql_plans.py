"""Positions are found by their index; of one data set alone if one is asked for."""

import re

import psycopg
import pytest

CONE = "1 = CONTAINS(POINT(s.ra, s.dec), CIRCLE(0, 0, 0.5))"
POLYGON = "1 = CONTAINS(POINT(s.ra, s.dec), POLYGON(359, -1, 1, -1, 0, 1))"
PAIR = "DISTANCE(s.ra, s.dec, t.ra, t.dec) < 0.001"


@pytest.fixture
def plan(archive, to_sql):
    """Give the plan of a query, without sequential scans where there is another way."""

    def plan(text):
        with archive.transaction():
            archive.execute("set local enable_seqscan = off")
            archive.execute("set local enable_bitmapscan = off")
            rows = archive.execute(f"explain (costs off) {to_sql(text).sql}").fetchall()
        return "\n".join(line for (line,) in rows)

    return plan


def sets_read(plan):
    """The numbers of the data sets whose partitions a plan reads."""
    tables = "source|source_flux|association|measurement"
    return {int(n) for n in re.findall(rf" on (?:{tables})_(\d+)\b", plan)}


def positions(plan):
    """The numbers of the data sets whose positions are looked up in their index."""
    return {int(n) for n in re.findall(r"using source_(\d+)_pos_idx", plan)}


INDEXED = {
    "a cone": f"SELECT * FROM running_catalogue AS s WHERE {CONE}",
    "the other way round": f"SELECT * FROM running_catalogue AS s WHERE {CONE[4:]} = 1",
    "as a distance": "SELECT * FROM running_catalogue"
    " WHERE DISTANCE(POINT(ra, dec), POINT(1, 1)) < 1",
    "of a constant radius": "SELECT * FROM running_catalogue"
    " WHERE DISTANCE(1, 1, ra, dec) <= 2*3/60.",
    "between": "SELECT * FROM running_catalogue WHERE DISTANCE(1, 1, ra, dec) BETWEEN 0.1 AND 0.2",
    "a polygon": f"SELECT * FROM running_catalogue AS s WHERE {POLYGON}",
    "a box": "SELECT * FROM running_catalogue WHERE 1 = CONTAINS(POINT(ra, dec), BOX(1, 1, 1, 1))",
    "overlapping circles": "SELECT * FROM running_catalogue"
    " WHERE 1 = INTERSECTS(CIRCLE(ra, dec, 0.1), CIRCLE(1, 1, 1))",
    "in a query in FROM": "SELECT * FROM (SELECT ra, dec FROM running_catalogue) AS s"
    f" WHERE {CONE}",
    "in a query by name": "WITH s AS (SELECT * FROM running_catalogue)"
    f" SELECT * FROM s WHERE {CONE}",
    "beside other conditions": f"SELECT * FROM running_catalogue AS s WHERE n_blind > 1 AND {CONE}",
    "in a join": f"SELECT * FROM running_catalogue AS s NATURAL JOIN variability AS v WHERE {CONE}",
    "of itself": f"SELECT * FROM running_catalogue AS s JOIN running_catalogue AS t ON {PAIR}",
    "of a catalogue": f"SELECT * FROM reference_source AS t, running_catalogue AS s WHERE {PAIR}",
    "in a left join":
        f"SELECT * FROM reference_source AS t LEFT JOIN running_catalogue AS s ON {PAIR}",
    "for each row": "SELECT * FROM reference_source AS t WHERE EXISTS"
    f" (SELECT * FROM running_catalogue AS s WHERE {PAIR})",
}  # fmt: skip


@pytest.mark.parametrize("what", INDEXED)
def test_positions_are_found_by_their_index(what, plan):
    found = plan(INDEXED[what])
    assert positions(found) == {1, 2, 3}, found


def test_a_catalogue_is_searched_by_its_index_when_the_other_side_is_known(plan):
    found = plan(
        f"SELECT * FROM reference_source AS t, running_catalogue AS s WHERE {PAIR}"
        " AND s.source_id = 17592187092992"
    )
    assert "using reference_source_1_pos_idx" in found, found
    assert sets_read(found) == {1}


OBSERVED = {
    "a circle": "1 = INTERSECTS(s_region, CIRCLE(0, 0, 0.5))",
    "a place": "1 = CONTAINS(POINT(0.1, 0.2), s_region)",
    "a polygon": "1 = INTERSECTS(POLYGON(359, -1, 1, -1, 0, 1), s_region)",
    "within a polygon": "1 = CONTAINS(s_region, POLYGON(359, -1, 1, -1, 0, 1))",
    "a cone": "1 = CONTAINS(POINT(s_ra, s_dec), CIRCLE(0, 0, 0.5))",
    "a distance": "DISTANCE(s_ra, s_dec, 0, 0) < 0.5",
}


@pytest.mark.parametrize("what", OBSERVED)
@pytest.mark.parametrize(
    "query", ["SELECT * FROM obscore WHERE", "SELECT * FROM (SELECT * FROM obscore) AS o WHERE"]
)
def test_light_curves_are_found_by_the_index_of_positions(what, query, plan):
    found = plan(f"{query} {OBSERVED[what]}")
    assert positions(found) == {1, 2, 3}, found


@pytest.mark.parametrize("what", OBSERVED)
def test_images_are_found_by_that_of_footprints_or_of_centres(what, cluster, archive_url, to_sql):
    """Of few regions the primary key is as good a way to read them: it is away."""
    query = to_sql(f"SELECT * FROM obscore WHERE {OBSERVED[what]}").sql
    with psycopg.connect(cluster.url("archive")) as conn:
        conn.execute("set local enable_seqscan = off")
        conn.execute("set local enable_bitmapscan = off")
        conn.execute("alter table trap_data.sky_region drop constraint sky_region_pkey")
        rows = conn.execute(f"explain (costs off) {query}").fetchall()
        conn.rollback()
    found = "\n".join(line for (line,) in rows)
    if "s_region" in OBSERVED[what]:
        assert set(re.findall(r"using sky_region_(\d)_circle_idx", found)) == set("123"), found
    else:
        assert "using image_pos_idx" in found, found


@pytest.mark.parametrize(
    ("product", "others"), [("image", "source"), ("timeseries", "sky_region|image")]
)
def test_of_observations_the_kind_that_is_asked_for_is_read(product, others, plan):
    found = plan(
        f"SELECT TOP 9 obs_id, t_min FROM obscore WHERE dataproduct_type = '{product}'"
        f" AND {OBSERVED['a circle']}"
    )
    assert not re.search(rf" on ({others})(_\d+)?\b", found), found


@pytest.mark.parametrize("join", ["NATURAL JOIN obscore_radio", "JOIN obscore_radio AS r ON {}"])
def test_with_the_extension_for_radio_data_only_images_are_read(join, plan):
    on = join.format("o.obs_publisher_did = r.obs_publisher_did")
    found = plan(f"SELECT * FROM obscore AS o {on}")
    assert not re.search(r" on source(_\d+)?\b", found), found
    assert "_region" in found


@pytest.mark.parametrize("kind", ["image?2/33554433", "lightcurve?2/35184373137408"])
def test_an_observation_is_found_by_its_identifier(kind, plan):
    found = plan(f"SELECT obs_id FROM obscore WHERE obs_publisher_did = 'ivo://trapdb/{kind}'")
    index = "image_pkey" if kind.startswith("image") else "source_2_pkey"
    assert re.search(rf"using {index} on .*\n +Index Cond: .*{kind[-8:]}", found), found
    assert ("source" in found) is kind.startswith("light"), found


def test_sources_in_images_are_found_by_their_index(plan):
    found = plan(
        "SELECT * FROM obscore AS o JOIN running_catalogue AS s"
        " ON 1 = CONTAINS(POINT(s.ra, s.dec), o.s_region) WHERE o.obs_collection = 'off'"
        " AND o.dataproduct_type = 'image'"
    )
    assert positions(found) == {1, 2, 3}, found


ONE_SET = {
    "a cone": f"SELECT * FROM running_catalogue AS s WHERE s.dataset = 'off' AND {CONE}",
    "by its number": "SELECT * FROM variability WHERE dataset_id = 2",
    "one of several names": "SELECT * FROM variability WHERE dataset IN ('off')",
    "by a source": "SELECT * FROM variability WHERE source_id = 35184373137408",
    "by several": "SELECT * FROM lightcurve WHERE source_id IN (35184373137408, 35184373137409)",
    "a light curve": "SELECT target_name FROM obscore"
    " WHERE obs_publisher_did = 'ivo://trapdb/lightcurve?2/35184373137408'",
    "by an image": "SELECT * FROM measurement WHERE image_id = 33554433",
    "joined by ids": "SELECT * FROM running_catalogue AS s JOIN variability AS v"
    " ON s.source_id = v.source_id WHERE v.dataset = 'off'",
    "joined in WHERE": "SELECT * FROM running_catalogue AS s, lightcurve AS v"
    " WHERE s.source_id = v.source_id AND s.dataset = 'off'",
    "joined by name": "SELECT * FROM running_catalogue JOIN variability USING (source_id)"
    " JOIN lightcurve USING (source_id) WHERE source_id = 35184373137408",
    "through a query": "SELECT * FROM (SELECT source_id FROM running_catalogue"
    " WHERE dataset = 'off') AS s JOIN lightcurve AS l ON s.source_id = l.source_id",
    "from outside of a query": "SELECT * FROM (SELECT source_id AS s, dataset AS d"
    " FROM running_catalogue) AS s WHERE s.d = 'off'",
}  # fmt: skip


@pytest.mark.parametrize("what", ONE_SET)
def test_one_data_set_is_read(what, plan):
    assert sets_read(plan(ONE_SET[what])) == {2}


def test_a_data_set_that_is_not_there_is_no_error(ask):
    assert ask("SELECT * FROM running_catalogue WHERE dataset = 'nowhere'") == []
    assert ask("SELECT * FROM variability WHERE dataset IN ('nowhere', 'no place')") == []
    assert ask("SELECT * FROM variability WHERE source_id = 9223372036854775807") == []


def test_what_tells_a_partition_tells_the_right_one(archive, tables):
    told = set()
    partitions = [(table, one) for table in tables.values() for one in table.partitions]
    for table, partition in partitions:
        for column, tell in partition.told_by.items():
            rows = archive.execute(
                f"select distinct {column}, {partition.column} from {table.relation[0]}."
                f"{table.relation[1]} where {column} is not null"
            ).fetchall()
            assert all(tell(value) == number for value, number in rows), (table.relation, column)
            told |= {column} if rows else set()
    assert told == {
        *(
            "dataset",
            "obs_collection",
            "source_id",
            "measurement_id",
            "image_id",
            "band_id",
            "sky_region_id",
            "obs_publisher_did",
        )
    }
