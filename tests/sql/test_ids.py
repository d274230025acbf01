"""What ids are made of, and what they say; the tables' own checks are the witness."""

import psycopg
import pytest

from tests.sql.catalogue import fit, sources
from trapdb.database import ids

# both ends of each range: one bit more would be another data set's, or another image's
PARTS = [
    (dataset_id, number, row)
    for dataset_id in (1, 2, 524286)
    for number in (0, 1, 7, 2**24 - 1)
    for row in (0, 1, 5, 2**20 - 1)
]


@pytest.fixture
def made(conn):
    """Parts, and the ids that are made of them."""
    return conn.execute(
        "select p.*, i.image_id, m.measurement_id"
        " from unnest(%s::int[], %s::int[], %s::int[]) as p (dataset_id, number, row)"
        " cross join trap.numbered_id(p.dataset_id, p.number) as i (image_id)"
        " cross join trap.measurement_id(i.image_id, p.row) as m (measurement_id)",
        [list(part) for part in zip(*PARTS, strict=True)],
    ).fetchall()


def test_ids_say_what_they_were_made_of(conn, made):
    for one in made:
        said = conn.execute(
            "select trap.dataset_of(%(image_id)s), trap.number_of(%(image_id)s),"
            " trap.image_of(%(measurement_id)s), trap.row_of(%(measurement_id)s),"
            " trap.dataset_of_source(%(measurement_id)s), trap.is_monitored(%(measurement_id)s)",
            one._asdict(),
        ).fetchone()
        parts = one.dataset_id, one.number, one.image_id, one.row
        assert tuple(said) == (*parts, one.dataset_id, one.number == 0)


def test_ids_are_the_same_in_python(made):
    for one in made:
        assert ids.dataset_of(one.image_id) == one.dataset_id
        assert ids.dataset_of_source(one.measurement_id) == one.dataset_id
        assert ids.measurement_id(one.image_id, one.row) == one.measurement_id


@pytest.mark.parametrize("other", [-1, 0, 1])
def test_a_range_of_ids_is_one_image_and_one_data_set(conn, made, other):
    for one in made:
        said = conn.execute(
            "select trap.is_in_image(%(measurement_id)s, %(image_id)s + %(other)s),"
            " trap.is_in_dataset(%(image_id)s, %(dataset_id)s + %(other)s)",
            one._asdict() | {"other": other},
        ).fetchone()
        assert tuple(said) == (other == 0, other == 0)


def test_ids_that_are_made_are_those_that_the_tables_accept(original):
    feeder = original()
    feeder.see(fit(123, 10))
    (source,) = sources(feeder)
    conn = feeder.conn
    query = "select trap.measurement_id(trap.numbered_id(%s, 1), 0)"
    assert conn.execute(query, [feeder.dataset_id]).fetchone()[0] == source.source_id
    place = "trap.measurement_id(trap.numbered_id(%s, %s), 5)"
    moved = f"update trap_data.source set source_id = {place}"
    conn.execute(moved, [feeder.dataset_id, 7])
    for wrong in ([feeder.dataset_id, 0], [feeder.dataset_id + 1, 7]):
        with pytest.raises(psycopg.errors.CheckViolation), conn.transaction():
            conn.execute(moved, wrong)


@pytest.mark.parametrize(
    ("table", "key", "condition"),
    [
        ("measurement", "measurement_id", "trap.is_in_image(t.measurement_id, {image_id})"),
        ("measurement", "measurement_id", "trap.is_in_image(t.measurement_id, other.image_id)"),
        ("image", "image_id", "trap.is_in_dataset(t.image_id, 1)"),
        ("image", "image_id", "trap.is_in_dataset(t.image_id, other.dataset_id)"),
    ],
)
def test_a_range_of_ids_is_searched_in_an_index(original, table, key, condition):
    """It is inlined, with bounds that are known when the query is planned and with others."""
    feeder = original()
    (image_id,) = feeder.see(fit(123, 10))
    feeder.conn.execute("set enable_seqscan = off")
    plan = feeder.conn.execute(
        "explain (costs off) select from trap_data.image as other cross join lateral"
        f" (select from trap_data.{table} as t where {condition.format(image_id=image_id)}"
        " offset 0) as found"
    ).fetchall()
    text = "\n".join(row[0] for row in plan)
    assert f"Index Cond: (({key} >= " in text or f"Index Cond: ((t.{key} >= " in text
    assert "is_in" not in text
