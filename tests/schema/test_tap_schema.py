"""TAP_SCHEMA, made of the comments, holds what TAP 1.1 asks for, and describes itself."""

import psycopg
import pytest
from psycopg.rows import namedtuple_row

# TAP 1.1, section 4
ASKED_FOR = {
    "tap_schema.schemas": ["schema_name", "utype", "description", "schema_index"],
    "tap_schema.tables": [
        "schema_name", "table_name", "table_type", "utype", "description", "table_index",
    ],
    "tap_schema.columns": [
        "table_name", "column_name", "datatype", "arraysize", "xtype", '"size"', "description",
        "utype", "unit", "ucd", "indexed", "principal", "std", "column_index",
    ],
    "tap_schema.keys": ["key_id", "from_table", "target_table", "description", "utype"],
    "tap_schema.key_columns": ["key_id", "from_column", "target_column"],
}  # fmt: skip


@pytest.fixture
def tap(db):
    with db.cursor(row_factory=namedtuple_row) as cursor:
        yield lambda query, *values: cursor.execute(query, values).fetchall()


def test_it_describes_itself(tap):
    for table, names in ASKED_FOR.items():
        columns = tap(
            "select * from tap_schema.columns where table_name = %s order by column_index", table
        )
        assert [one.column_name for one in columns] == names
        assert {one.std for one in columns} == {1}
    tables = {one.table_name for one in tap("select * from tap_schema.tables")}
    assert set(ASKED_FOR) <= tables
    schemas = tap("select schema_name from tap_schema.schemas order by schema_index")
    assert [name for (name,) in schemas] == ["trap", "ivoa", "tap_schema"]


def test_yes_and_no_are_integers(tap):
    types = tap("""
        select column_name, datatype from tap_schema.columns
        where table_name = 'tap_schema.columns'
        and column_name in ('"size"', 'indexed', 'principal', 'std')
    """)
    assert {datatype for _, datatype in types} == {"int"}
    values = "select distinct indexed, principal, std from tap_schema.columns"
    assert {value for row in tap(values) for value in row} == {0, 1}


def test_keys_lead_from_columns_that_are_there_to_others_of_the_same_type(tap):
    broken = tap("""
        select key.key_id
        from tap_schema.keys as key
        left join tap_schema.key_columns as pair on key.key_id = pair.key_id
        left join tap_schema.columns as one
            on key.from_table = one.table_name and pair.from_column = one.column_name
        left join tap_schema.columns as other
            on key.target_table = other.table_name and pair.target_column = other.column_name
        where one.datatype is distinct from other.datatype or one.datatype is null
    """)
    assert broken == []
    keys = {(key.from_table, key.target_table) for key in tap("select * from tap_schema.keys")}
    assert {
        ("tap_schema.tables", "tap_schema.schemas"), ("tap_schema.columns", "tap_schema.tables"),
        ("tap_schema.keys", "tap_schema.tables"), ("tap_schema.key_columns", "tap_schema.keys"),
        ("trap.lightcurve", "trap.running_catalogue"), ("trap.measurement", "trap.image"),
    } <= keys  # fmt: skip
    assert len(tap("select from tap_schema.keys where from_table = 'tap_schema.keys'")) == 2


def test_names_are_as_a_query_writes_them(tap):
    quoted = tap("select distinct column_name from tap_schema.columns where column_name ~ '\"'")
    assert {name for (name,) in quoted} >= {'"size"', '"value"', '"area"'}
    (names,) = tap(
        "select array[trap.adql_name('dec'), trap.adql_name('D'), trap.adql_name('box')]"
    )
    assert names == (["dec", '"D"', '"box"'],)


def test_what_is_said_of_a_column(tap):
    (dec,) = tap("""
        select * from tap_schema.columns where (table_name, column_name) = ('trap.image', 'dec')
    """)
    assert dec.datatype == "double"
    assert (dec.unit, dec.ucd, dec.principal) == ("deg", "pos.eq.dec;meta.main", 1)
    assert dec.description == "Centre, declination."
    (taken_at,) = tap("""
        select * from tap_schema.columns
        where (table_name, column_name) = ('trap.image', 'taken_at')
    """)
    assert (taken_at.datatype, taken_at.arraysize, taken_at.xtype) == ("char", "*", "timestamp")


def test_a_reader_may_ask_what_there_is(reader_db):
    for table in ASKED_FOR:
        assert reader_db.execute(f"select from {table}").rowcount > 0
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader_db.execute("create view tap_schema.mine as select 1 as x")
