"""What a comment calls indexed is found by an index, through the view."""

from tests.sql.catalogue import fit, image

# by these the planner chooses a partition: tests/sql/test_plans.py
PARTITIONED_BY = ("dataset_id", "catalogue_id")


def test_a_row_is_found_by_an_indexed_column_without_reading_all(original):
    feeder = original()
    feeder.step(image(fit([123, 124], [10, 10])), force=None)
    conn = feeder.conn
    conn.execute("set enable_seqscan = off")  # an empty table is read whole, else
    indexed = conn.execute(
        "select view_name, column_name from trap.column_description"
        " where indexed and schema_name = 'trap' and not column_name = any(%s)",
        [list(PARTITIONED_BY)],
    ).fetchall()
    assert len(indexed) > 20
    # an id of the data set, so that no partition is out of the question
    (an_id,) = conn.execute("select max(source_id) from trap_data.source").fetchone()
    slow = []
    for view, column in indexed:
        value = "a name" if column in ("dataset", "catalogue") else an_id
        plan = conn.execute(f"explain select * from trap.{view} where {column} = '{value}'")
        lines = [line for (line,) in plan]
        found = any("Index Cond" in line and f"'{value}'" in line for line in lines)
        # no reference catalogue, no partition: nothing is read at all
        if not found and not any("One-Time Filter: false" in line for line in lines):
            slow.append(f"{view}.{column}")
    assert slow == []
