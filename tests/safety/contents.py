"""What a data set holds, in a form in which two of them can be compared to the last bit.

On one machine with the same software nothing less is promised (docs/beyond-one-machine.md), whoever
measured an image, and however often; so there is no comparison within a tolerance here.

Ids follow from the number of the data set and from counters within it. Of a data set that was
made in the same steps they are the same but for that number, so it is taken off them.
"""

from collections.abc import Iterator

import psycopg
from psycopg import sql

WALL_CLOCK = "when the computer did it"
RUN = "how often, and by what command, it was asked to"
IDENTITY = "what tells the two data sets apart"

# Everything else has to be equal, also columns and tables that are not there yet.
EXCLUDED = {
    "dataset.created_at": WALL_CLOCK,
    "pipeline_run.started_at": WALL_CLOCK,
    "pipeline_run.ended_at": WALL_CLOCK,
    "pipeline_run.timings": WALL_CLOCK,
    "run_log.logged_at": WALL_CLOCK,
    "monitor_position.added_at": WALL_CLOCK,
    "dataset.run_count": RUN,
    "image.run_id": RUN,
    "pipeline_run.run_id": RUN,
    "pipeline_run.command": RUN,
    "pipeline_run.outcome": RUN,
    "run_log.run_id": RUN,
    "dataset.dataset_id": IDENTITY,
    "dataset.name": IDENTITY,
}
# A run more leaves rows more in these: compared is which different ones there are.
OF_RUNS = {"pipeline_run", "run_log"}
# what is kept about the schema itself,
OF_NO_DATA_SET = {"alembic_version", "code_manifest", "code_object", "restriction"}
# and what users store for all data sets
OF_NO_DATA_SET |= {"transient_definition", "transient_condition"}
# and what happened to runs and how long images took, but not to the data
OF_NO_DATA_SET |= {"run_warning", "image_latency"}
# and which data sets belong together
OF_NO_DATA_SET |= {"timescale"}
# and of which images others are differences
OF_NO_DATA_SET |= {"difference"}
# and what belongs to the archive
OF_NO_DATA_SET |= {"reference_catalogue", "reference_density", "reference_source"}
OF_NO_DATA_SET |= {"label", "label_class", "publication"}
OF_NO_DATA_SET |= {"classifier", "active_classifier"}
OF_NO_DATA_SET |= {
    "watch_list",
    "watch_entry",
    "watch_cell",
    "watch_cover",
    "skymap",
    "skymap_cell",
    "alert",
    "alert_citation",
    "alert_rule",
    "alert_position",
}

# and points that are packed, which are compared with those that are not
OF_NO_DATA_SET |= {"curve_stretch"}
# and what is told of it, and done
OF_NO_DATA_SET |= {"watch", "watch_start", "event", "standing_event"}
OF_NO_DATA_SET |= {"job", "package", "responder", "observation"}

# how an id is made of the number of the data set: number << bits | number within it
BITS = {
    "run_id": 24,
    "image_id": 24,
    "band_id": 24,
    "sky_region_id": 24,
    "origin_image_id": 24,
    "established_image_id": 24,
    "last_forced_image_id": 24,
    "last_blind_image_id": 24,
    "known_image_id": 24,
    "until_image_id": 24,
    "limiting_image_id": 24,
    "grid_image_id": 24,
    "blended_image_id": 24,
    "total_image_id": 24,
    "measurement_id": 44,
    "max_measurement_id": 44,
    "group_id": 44,
    "source_id": 44,
    "ancestor_id": 44,
    "forced_for": 44,
}

# each point of a light curve, packed or not
POINTS = sql.SQL(
    "(select a.* from trap_data.association as a union all"
    " select c.dataset_id, c.source_id, p.measurement_id, p.kind, p.de_ruiter_radius,"
    " p.separation_arcsec, p.known_image_id, p.backfilled"
    " from trap_data.curve_stretch as c cross join lateral trap.packed_point(c) as p) as every"
)

Contents = dict[str, list[str]]


def contents(conn: psycopg.Connection, dataset: str) -> Contents:
    """Return all rows of a data set by table, each as text that tells every bit, in order."""
    (dataset_id,) = conn.execute(
        "select dataset_id from trap_data.dataset where name = %s", [dataset]
    ).fetchone()
    found = {}
    for table, columns in _tables(conn):
        rows = [str(row) for row in _rows(conn, table, columns, dataset_id)]
        found[table] = sorted(set(rows) if table in OF_RUNS else rows)
    return found


def bits_that_differ(left: Contents, right: Contents) -> list[str]:
    """Return the rows that only one of two data sets has: a number in the last bit is enough."""
    assert left.keys() == right.keys()
    found = []
    for table in left:
        for sign, here, there in (("-", left, right), ("+", right, left)):
            others = set(there[table])
            found += [f"{sign} {table} {row}" for row in here[table] if row not in others]
        if len(left[table]) != len(right[table]):
            found.append(f"{table}: {len(left[table])} rows, {len(right[table])} rows")
    return found


def _tables(conn: psycopg.Connection) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each table with the types of its columns; partitions are seen through their parent."""
    rows = conn.execute(
        "select c.relname, array_agg(a.attname order by a.attnum),"
        " array_agg(a.atttypid::regtype::text order by a.attnum)"
        " from pg_class c join pg_attribute a on a.attrelid = c.oid"
        " where c.relnamespace = 'trap_data'::regnamespace and c.relkind in ('r', 'p')"
        " and not c.relispartition and a.attnum > 0 and not a.attisdropped"
        " group by c.relname order by c.relname"
    ).fetchall()
    for table, names, types in rows:
        if table not in OF_NO_DATA_SET:
            yield table, dict(zip(names, types, strict=True))


def _rows(
    conn: psycopg.Connection, table: str, columns: dict[str, str], dataset_id: int
) -> Iterator[dict[str, object]]:
    """Yield the rows of a data set in a table, without what is excluded."""
    # a position as its two numbers: as text, the type rounds
    selected = [
        sql.SQL("array[long({0}), lat({0})]" if kind == "spoint" else "{0}").format(
            sql.Identifier(name)
        )
        for name, kind in columns.items()
    ]
    owner = next(name for name in ("dataset_id", *BITS) if name in columns)
    query = sql.SQL("select {} from {} where {} >> {} = {}").format(
        sql.SQL(", ").join(selected),
        POINTS if table == "association" else sql.Identifier("trap_data", table),
        sql.Identifier(owner),
        BITS.get(owner, 0),
        dataset_id,
    )
    for row in conn.execute(query):
        values = dict(zip(columns, row, strict=True))
        for name, bits in BITS.items():
            if values.get(name) is not None:
                values[name] &= (1 << bits) - 1
        yield {
            name: value
            for name, value in values.items()
            if f"{table}.{name}" not in EXCLUDED and name != "dataset_id"
        }
