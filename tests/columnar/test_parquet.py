"""Parquet holds what the database holds, and what is known of it."""

import math
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import votable

from tests.cli.conftest import run, trapdb  # noqa: F401  # fixtures

EVERY_TYPE = """
select
    flag, short::smallint, int, long::bigint, real::real, double::double precision, text,
    taken_at::timestamptz, day::date, numbers::double precision[], words::text[], record::jsonb,
    exact::numeric
from (values
    (true, 1, 2, 3, 0.1, '0.1', 'é☉', '2026-03-01T12:00:00.000001+02', '1999-12-31',
     '{1.5,NULL,NaN}', '{a,"",NULL}', '{"a": 1}', 2.5),
    (null, null, null, null, 'NaN', '-Infinity', '', null, null, '{}', null, null, null),
    (false, -1, -2, -3, null, 'NaN', null, '1970-01-01Z', '1970-01-01', null, '{}', 'null', 'NaN')
) as v (
    flag, short, int, long, real, double, text, taken_at, day, numbers, words, record, exact
) -- all of them"""


@pytest.fixture
def exported(trapdb, tmp_path):  # noqa: F811
    def exported(*what):
        path = tmp_path / "t.parquet"
        outcome = trapdb("export", *what, "-o", path)
        assert outcome.status == 0, outcome.err
        return path

    return exported


def test_every_type_keeps_its_values(exported):
    table = pq.read_table(exported(EVERY_TYPE))
    types = [table.schema.field(name).type for name in ("taken_at", "real", "short", "numbers")]
    assert types == [
        pa.timestamp("us", "UTC"),
        pa.float32(),
        pa.int16(),
        pa.list_(pa.field("element", pa.float64())),
    ]
    first, second, third = table.to_pylist()
    assert first["taken_at"] == datetime(2026, 3, 1, 10, 0, 0, 1, UTC)
    assert first["day"] == date(1999, 12, 31)
    assert (first["text"], first["words"]) == ("é☉", ["a", "", None])
    assert first["numbers"][:2] == [1.5, None]
    assert math.isnan(first["numbers"][2])
    assert (first["record"], first["exact"], first["double"]) == ('{"a": 1}', 2.5, 0.1)
    assert [second[name] for name in ("flag", "short", "text", "numbers", "words")] == [
        None, None, "", [], None
    ]  # fmt: skip
    assert math.isnan(second["real"])
    assert second["double"] == -math.inf
    assert third["real"] is None
    assert math.isnan(third["double"])
    assert (third["long"], third["numbers"], third["words"]) == (-3, None, [])


def test_many_groups_are_the_same_rows_in_the_same_order(exported):
    path = exported("select i, repeat('x', i % 7) as t from generate_series(1, 300000) as i")
    table = pq.read_table(path)
    assert pq.ParquetFile(path).num_row_groups == 3
    assert table["i"].to_pylist() == list(range(1, 300001))
    assert table["t"].to_pylist() == ["x" * (i % 7) for i in range(1, 300001)]


def test_no_rows_are_a_file_with_columns(exported):
    table = pq.read_table(exported("select 1 as a, 'x' as b where false"))
    assert (table.num_rows, table.column_names) == (0, ["a", "b"])


def test_units_and_ucds_are_told_in_three_ways(exported):
    path = exported("select ra, peak_flux, peak_flux * 2 as twice from trap.lightcurve")
    schema = pq.read_schema(path)
    assert schema.field("peak_flux").metadata[b"unit"] == b"Jy/beam"
    assert schema.field("twice").metadata is None
    content = schema.metadata[b"IVOA.VOTable-Parquet.content"]
    first = votable.parse(pa.BufferReader(content)).get_first_table()
    assert [str(one.unit) for one in first.fields] == ["deg", "Jy / beam", "None"]
    assert first.fields[0].ucd == "pos.eq.ra;meta.main"
    assert b"unit: Jy / beam" in schema.metadata[b"table_meta_yaml"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("select 1; select 2", "multiple commands"),
        ("select 1) to stdout; select (2", "syntax error"),
        ("select 1 / 0", "division by zero"),
        ("select array[[1, 2]] as grid", "column grid: an array of several dimensions"),
        ("select 'infinity'::timestamptz as t", "column t: an infinite time"),
    ],
)
def test_what_cannot_be_written_is_told_in_a_line(trapdb, tmp_path, query, told):  # noqa: F811
    path = tmp_path / "t.parquet"
    outcome = trapdb("export", query, "-o", path)
    assert outcome.status != 0
    assert told in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
