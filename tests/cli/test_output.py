"""Listings and tables in all formats."""

import io
import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from math import inf, nan
from pathlib import Path

import numpy as np
import pytest
from astropy.table import Table

from trapdb.cli.output import Column, as_table, write_listing, write_regions, write_table
from trapdb.errors import InputError

COLUMNS = ["id", "ra", "n", "taken_at", "list"]
ROWS = [
    (1, 0.1 + 0.2, None, datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), [1, None]),
    (2, nan, 3, datetime(2026, 1, 1, 0, 0, 0, 250000, tzinfo=UTC), {"a": Decimal("1.5")}),
]


def listing(form, rows=ROWS):
    stream = io.StringIO()
    write_listing(COLUMNS, rows, form, stream)
    return stream.getvalue()


def test_csv_is_exact_and_leaves_the_unknown_empty():
    assert listing("csv").splitlines() == [
        "id,ra,n,taken_at,list",
        '1,0.30000000000000004,,2026-01-01T00:00:00Z,"[1, null]"',
        '2,,3,2026-01-01T00:00:00.250000Z,"{""a"": 1.5}"',
    ]


def test_json_knows_null_and_structure():
    first, second = json.loads(listing("json"))
    assert first["ra"] == 0.1 + 0.2
    assert first["n"] is None
    assert first["taken_at"] == "2026-01-01T00:00:00Z"
    assert second["ra"] is None
    assert second["list"] == {"a": 1.5}
    assert json.loads(listing("json", [])) == []
    assert json.loads(listing("json", [(inf, 1, 1, 1, 1)]))[0]["id"] is None


def test_a_pipe_gets_tabs():
    assert listing(None) == listing("tsv")
    assert listing("tsv").splitlines()[0] == "id\tra\tn\ttaken_at\tlist"


def test_a_table_rounds_for_the_eye():
    header, _, first, second = listing("table").splitlines()
    assert header.split() == COLUMNS
    assert first.split() == ["1", "0.30000", "2026-01-01", "00:00:00", "[1,", "null]"]
    assert "2026-01-01 00:00:00.250" in second
    assert len(listing("table", []).splitlines()) == 2


@pytest.mark.parametrize("form", ["ecsv", "votable", "fits"])
def test_a_table_comes_back_with_units_and_gaps(tmp_path, form):
    columns = [
        Column("name"),
        Column("ra", float, "deg", "Right ascension.", "pos.eq.ra;meta.main"),
        Column("v_int", float),
        Column("trend", float, "Jy/(beam.d)"),
        Column("margin", float, "a user's own"),
        Column("n", int),
    ]
    rows = [("a", 10.5, 1.0, 1.0, 1.0, 1), ("b", None, nan, None, None, None)]
    path = tmp_path / "table"
    write_table(as_table(columns, rows), form, path)
    table = Table.read(path, format={"ecsv": "ascii.ecsv"}.get(form, form))
    assert table.colnames == ["name", "ra", "v_int", "trend", "margin", "n"]
    assert str(table["ra"].unit) == "deg"
    assert table["ra"].description == "Right ascension."
    assert table["ra"].meta["ucd"] == "pos.eq.ra;meta.main"
    assert table["trend"].unit == "Jy / (beam d)"
    assert table["v_int"].unit is None
    assert table["margin"].unit is None
    assert list(table["name"].astype(str)) == ["a", "b"]
    assert table["ra"][0] == 10.5
    assert np.ma.is_masked(table["ra"][1]) or np.isnan(table["ra"][1])
    assert table["n"].tolist() == [1, None]


@pytest.mark.parametrize("form", ["ecsv", "votable", "fits"])
def test_a_table_may_be_empty(tmp_path, form):
    path = tmp_path / "table"
    write_table(
        as_table([Column("name"), Column("ra", float, "deg"), Column("n", int)], []), form, path
    )
    assert len(Table.read(path, format={"ecsv": "ascii.ecsv"}.get(form, form))) == 0


def test_regions_without_a_shape_are_points_and_tell_their_image():
    table = Table(
        {
            "image": ["a", "b", "c"],
            "ra": [1.0, 2.0, nan],
            "dec": [3.0, -4.0, 0.0],
            "major": [0.02, nan, 0.02],
            "minor": [0.01, nan, 0.01],
            "pa": [100.0, nan, 0.0],
        }
    )
    stream = io.StringIO()
    write_regions(table, stream)
    assert stream.getvalue().splitlines()[3:] == [
        'ellipse(1.00000000,3.00000000,36.0000",18.0000",190.000) # tag={a}',
        "point(2.00000000,-4.00000000) # tag={b}",
    ]


def test_a_file_that_cannot_be_written_is_told():
    with pytest.raises(InputError, match="cannot be written: No such file"):
        write_table(Table(), "ecsv", Path("/nowhere/x.ecsv"))
