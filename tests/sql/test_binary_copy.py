"""Rows as they are copied in, against the server; and what the table refuses."""

from dataclasses import replace

import numpy as np
import pytest

from extractor.fitting.measurements import COLUMNS
from tests.feeding import measurements
from tests.sql.catalogue import fit, image
from trapdb.database import routines
from trapdb.database.binary_copy import Column, encode
from trapdb.errors import DatabaseError

TABLE = "create temporary table sample (a int4, b int8, c float4, d float8, e bool, f text)"


@pytest.fixture
def copied(conn):
    """Copy columns into a table of all types; return its rows."""

    def copy(*columns, rows):
        conn.execute(TABLE)
        names = ", ".join(column.name for column in columns)
        with conn.cursor().copy(f"copy sample ({names}) from stdin (format binary)") as copy:
            copy.write(encode(columns, rows))
        return conn.execute("select * from sample").fetchall()

    return copy


@pytest.fixture
def load(original):
    """Copy blind measurements into an image of an open time step, then roll back."""
    feeder = original()

    def into_image(rows):
        with feeder.conn.transaction(force_rollback=True):
            routines.begin_time_step(feeder.conn, feeder.dataset_id, feeder.next_at)
            image_id = feeder._register(image(rows), feeder.next_at)
            routines.load_measurements(feeder.conn, image_id, rows)
            return feeder.conn.execute("select * from trap.measurement order by 1, 2, 3").fetchall()

    into_image.feeder = feeder
    return into_image


def test_every_type_arrives_as_it_was(copied):
    big = np.array([-(2**31), 0, 2**31 - 1])
    rows = copied(
        Column("a", "int4", big),
        Column("b", "int8", big * 2**32),
        Column("c", "float4", np.array([1.5, -0.0, 1e38])),
        Column("d", "float8", np.array([np.pi, 5e-324, -1.7976931348623157e308])),
        Column("e", "bool", np.array([True, False, True])),
        Column("f", "text", "blind"),
        rows=3,
    )
    assert rows == [
        (-(2**31), -(2**63), 1.5, np.pi, True, "blind"),
        (0, 0, -0.0, 5e-324, False, "blind"),
        (2**31 - 1, (2**31 - 1) * 2**32, 1e38, -1.7976931348623157e308, True, "blind"),
    ]


def test_nan_is_null_wherever_it_stands(copied):
    rng = np.random.default_rng(1)
    values = rng.normal(size=(2, 200))
    unknown = rng.uniform(size=(2, 200)) < 0.5
    values[unknown] = np.nan
    rows = copied(
        Column("d", "float8", values[0]),
        Column("a", "int4", np.arange(200)),
        Column("b", "int8", np.zeros(200, int), null=True),
        Column("c", "float4", values[1].astype(np.float32)),
        rows=200,
    )
    assert [(row.a, row.b) for row in rows] == [(i, None) for i in range(200)]
    assert [row.d is None for row in rows] == unknown[0].tolist()
    assert [row.c is None for row in rows] == unknown[1].tolist()
    assert np.array([row.d for row in rows], float) == pytest.approx(values[0], nan_ok=True)


def test_texts_of_any_length_and_script(copied):
    texts = ["", "a", "Barnard's star", "β Pictoris", ""]
    values = np.char.encode(np.array(texts), "utf-8")
    rows = copied(
        Column("f", "text", values), Column("d", "float8", np.arange(5.0)), rows=len(texts)
    )
    assert [row.f for row in rows] == [text or None for text in texts]
    assert [row.d for row in rows] == [0, 1, 2, 3, 4]


def test_infinity_is_no_null(copied):
    rows = copied(Column("d", "float8", np.array([np.inf, -np.inf])), rows=2)
    assert [row.d for row in rows] == [np.inf, -np.inf]


def test_no_rows_at_all(copied):
    assert copied(Column("a", "int4", np.zeros(0, int)), rows=0) == []


def test_big_endian_or_strided_columns_arrive_the_same(copied):
    values = np.arange(10.0)
    rows = copied(
        Column("d", "float8", values.astype(">f8")[::2]),
        Column("c", "float4", values[::-2]),
        rows=5,
    )
    assert [(row.d, row.c) for row in rows] == list(zip(values[::2], values[::-2], strict=True))


def test_every_column_of_a_measurement_arrives(load):
    """As it was, but for the single precision of what needs no more."""
    rng = np.random.default_rng(3)
    given = fit([123.0, 124.0], [10.0, 11.0])
    for name in COLUMNS:
        if getattr(given, name).dtype == np.float64 and name not in ("ra", "dec"):
            getattr(given, name)[:] = rng.uniform(0.1, 1, 2)
    given.island[:], given.flags[:] = [3, 4], [1, 512]
    given = replace(given, chi2=np.array([np.nan, 0.7]))
    stored = load(given)
    for name in COLUMNS:
        found = [getattr(row, name) for row in stored]
        assert np.array(found, float) == pytest.approx(
            getattr(given, name).astype(float), rel=1e-7, nan_ok=True
        ), name
    assert [(row.kind, row.forced_for) for row in stored] == [("blind", None)] * 2
    assert [row.measurement_id & 0xFFFFF for row in stored] == [0, 1]


IMPOSSIBLE = [
    ("ra", np.nan),
    ("ra", np.inf),
    ("ra", 360.0),
    ("ra", -1e-9),
    ("dec", np.nan),
    ("dec", 90.0000001),
    ("dec", -90.0000001),
    ("ra_err", 0.0),
    ("dec_err", np.inf),
    ("int_flux", np.inf),
    ("peak_flux", -np.inf),
    ("int_flux_err", 0.0),
    ("peak_flux_err", -1.0),
    ("int_flux", np.nan),
    ("dec_err", np.nan),
    ("local_rms", 0.0),
    ("snr", np.inf),
    ("major", -1.0),
    ("pa", 361.0),
]


def test_an_impossible_row_is_refused_by_its_number(load):
    """pgSphere would fold a declination of 100 deg onto 80 without a word."""
    row = (((load.feeder.dataset_id << 24) + 1) << 20) + 1
    for column, value in IMPOSSIBLE:
        rows = fit([123.0, 124.0, 125.0], [10.0] * 3)
        getattr(rows, column)[1] = value
        with pytest.raises(DatabaseError) as caught:
            load(rows)
        message = str(caught.value)
        assert "\n" not in message
        assert f"{row}, " in message, (column, value)


def test_a_measurement_that_is_not_usable_may_lack_everything_but_a_position(load):
    rows = fit([123.0, 124.0], [10.0, 10.0], usable=False)
    for name in ("ra_err", "dec_err", "int_flux", "int_flux_err", "peak_flux", "peak_flux_err"):
        getattr(rows, name)[:] = np.nan
    assert [row.int_flux for row in load(rows)] == [None, None]


def test_rows_are_not_taken_twice(load):
    feeder = load.feeder

    def load_twice():
        with feeder.conn.transaction():
            routines.begin_time_step(feeder.conn, feeder.dataset_id, feeder.next_at)
            image_id = feeder._register(image(fit(123, 10)), feeder.next_at)
            routines.load_measurements(feeder.conn, image_id, fit(123, 10))
            routines.load_measurements(feeder.conn, image_id, fit(123, 10))

    with pytest.raises(DatabaseError, match=r"duplicate key.*measurement_id"):
        load_twice()


@pytest.mark.parametrize(
    ("image_id", "row"),
    [
        pytest.param(lambda mine: mine + 1, 0, id="an image that there is not"),
        pytest.param(lambda mine: mine + (1 << 24), 0, id="an image of another data set"),
        pytest.param(lambda mine: mine, 1 << 20, id="a row that is the next image's"),
        pytest.param(lambda mine: mine, 5, id="an image of an earlier time step"),
    ],
)
def test_rows_of_an_image_go_nowhere_else(load, image_id, row):
    """Ids hold data set, image and row, and are checked against each other."""
    feeder = load.feeder
    other = replace(feeder, name="other")
    (mine,) = feeder.see(fit([], []))
    other.see(fit([], []))

    def load_elsewhere():
        with feeder.conn.transaction():
            routines.begin_time_step(feeder.conn, feeder.dataset_id, feeder.next_at)
            stranger = image_id(mine)
            routines._copy(
                feeder.conn, stranger, measurements(123, 10), np.array([row]), "blind", None
            )
            routines.associate_image(feeder.conn, stranger)
            routines.close_time_step(feeder.conn)

    with pytest.raises(DatabaseError):
        load_elsewhere()
    assert feeder.conn.execute("select from trap.measurement").rowcount == 0
