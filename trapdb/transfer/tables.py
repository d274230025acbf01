"""The tables of a data set, and in which form their rows travel."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from trapdb.transfer.statements import statement

Connection = psycopg.Connection[Any]

# Each table that holds rows of a data set, with the column that tells of which one they are; what
# others refer to comes first. Points of light curves that are packed (curve_stretch) travel as the
# rows of association that they were.
TABLES = {
    "dataset": "dataset_id",
    "pipeline_run": "dataset_id",
    "run_log": "run_id",
    "run_warning": "run_id",
    "band": "dataset_id",
    "sky_region": "dataset_id",
    "image": "dataset_id",
    "image_noise": "image_id",
    "image_latency": "image_id",
    "quality_check": "image_id",
    "image_correction": "image_id",
    "stamp": "dataset_id",
    "sky_region_limit": "sky_region_id",
    "sky_region_noise": "sky_region_id",
    "measurement": "dataset_id",
    "source": "dataset_id",
    "source_flux": "dataset_id",
    "association": "dataset_id",
    "blended_point": "dataset_id",
    "blank_place": "image_id",
    "source_ancestry": "dataset_id",
    "new_source": "dataset_id",
    "monitor_position": "dataset_id",
    "monitor_ephemeris": "source_id",
    "burst": "source_id",
    "dataset_reference": "dataset_id",
    "reference_match": "dataset_id",
    "publication": "dataset_id",
    "image_leakage": "image_id",
    "injection": "dataset_id",
    "classification": "dataset_id",
}

# Ids that are made of the number of the data set, by what they are ids of (sql/05_ids).
NUMBERED = {
    *("run_id", "band_id", "sky_region_id", "image_id", "established_image_id"),
    *("last_forced_image_id", "last_blind_image_id", "known_image_id", "until_image_id"),
    *("limiting_image_id", "grid_image_id", "blended_image_id", "total_image_id"),
}
MEASURED = {
    *("measurement_id", "max_measurement_id", "group_id"),
    *("source_id", "ancestor_id", "forced_for"),
}

# Types that have no binary form, with the functions that make numbers of them and them of numbers.
SPHERICAL = {
    "spoint": ("angles_of_point", "point_of_angles"),
    "scircle": ("angles_of_circle", "circle_of_angles"),
}
# A polygon does not travel: it is made of its corners.
POLYGON = "spoly"


@dataclass(frozen=True)
class Column:
    """A column of a table, with the name of its type."""

    name: str
    type: str


def stored_columns(conn: Connection, table: str) -> list[Column]:
    """Return the columns of a table that are not computed, in their order."""
    query = statement("columns", table=sql.Literal(f"trap_data.{table}"))
    return [Column(*row) for row in conn.execute(query).fetchall()]


def travelling(columns: Sequence[Column]) -> list[Column]:
    """Return the columns of which the rows that travel consist."""
    return [column for column in columns if column.type != POLYGON]


def leaving(columns: Sequence[Column]) -> sql.Composed:
    """Return the select list that brings rows into the form in which they travel."""
    return sql.SQL(", ").join(
        sql.SQL("trap.{}(t.{}) as {}").format(
            sql.Identifier(SPHERICAL[column.type][0]), *2 * [sql.Identifier(column.name)]
        )
        if column.type in SPHERICAL
        else sql.Identifier("t", column.name)
        for column in travelling(columns)
    )


@dataclass(frozen=True)
class Arrival:
    """What becomes of the number and the name of a data set."""

    name: str
    was: int
    dataset_id: int

    def values(self, table: str, columns: Sequence[Column]) -> sql.Composed:
        """Return the select list that makes rows of this database of those that travelled.

        Every id is made anew with the number of the data set, so that no row can come to another
        one, whatever it says.
        """
        return sql.SQL(", ").join(self._value(table, column) for column in columns)

    def _value(self, table: str, column: Column) -> sql.Composable:
        dataset, name = sql.Literal(self.dataset_id), sql.Identifier(column.name)
        if column.name == "dataset_id":
            return dataset
        if (table, column.name) == ("dataset", "name"):
            return sql.Literal(self.name)
        if column.name == "origin_image_id":
            return statement("value_origin", was=sql.Literal(self.was), dataset=dataset)
        if column.name == "catalogue_id":
            return statement("value_catalogue")
        if column.name in NUMBERED:
            return sql.SQL("trap.numbered_id_in({}, t.{})").format(dataset, name)
        if column.name in MEASURED:
            return sql.SQL("trap.source_id_in({}, t.{})").format(dataset, name)
        if column.type in SPHERICAL:
            return sql.SQL("trap.{}(t.{})").format(sql.Identifier(SPHERICAL[column.type][1]), name)
        if column.type == POLYGON:
            return sql.SQL("trap.polygon_of_corners(t.vertex_ra, t.vertex_dec)")
        return sql.Identifier("t", column.name)
