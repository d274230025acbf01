"""The commands that read: listings, queries, exports."""

import csv
import json

import pytest
from astropy.table import Table

from trapdb.cli.output import Column, as_table, write_table


def name_of(field, filled, kind):
    """The catalogue's name of the first source of a kind in the field."""
    source = field.sources[field.sources["kind"] == kind][0]
    (row,) = filled("sources", "--cone", source["ra"], source["dec"], 2 / 3600).rows
    return row["name"]


def test_sources_are_listed(filled):
    rows = filled("sources").rows
    assert len(rows) == 8
    assert [float(row["ra"]) for row in rows] == sorted(float(row["ra"]) for row in rows)


def test_a_cone_lists_the_nearest_first(filled, field):
    rows = filled("sources", "--cone", field.sources["ra"][0], field.sources["dec"][0], 0.5).rows
    separations = [float(row["separation"]) for row in rows]
    assert len(rows) == 8
    assert separations == sorted(separations)
    assert separations[0] < 1 / 3600
    answer = filled("sources", "--cone", 0, 95, 1)
    assert answer.status == 2
    assert answer.err.count("\n") == 1


def test_transients_are_named_with_the_reason(filled, field):
    rows = filled("transients").rows
    reasons = {row["name"]: row["reason"] for row in rows}
    flare, transient = (name_of(field, filled, kind) for kind in ("flaring", "one_epoch"))
    assert set(reasons) == {flare, transient}
    assert reasons[flare] == "variable"
    assert "new" in reasons[transient]
    assert filled("transients", "--significance-min", 1e9, "--margin", 1e9).rows == []


def test_the_thresholds_told_are_those_of_the_database(db, run):
    (arguments,) = db.execute(
        "select pg_get_function_arguments('trap.transient'::regproc)"
    ).fetchone()
    told = run("transients", "--help").out.split()
    for argument in arguments.split(", "):
        if "DEFAULT" in argument:
            default = argument.split("DEFAULT ")[1].strip("'").partition("::")[0]
            assert f"[{default}]" in told


def test_a_light_curve_by_name_id_and_position(filled, field):
    name = name_of(field, filled, "one_epoch")
    (source,) = [row for row in filled("sources").rows if row["name"] == name]
    by_name = filled("lightcurve", name)
    assert by_name.status == 0
    assert {row["kind"] for row in by_name.rows} == {"blind", "null_detection"}
    assert filled("lightcurve", source["source_id"]).out == by_name.out
    position = ("--ra", source["ra"], "--dec", source["dec"])
    assert filled("lightcurve", *position).out == by_name.out


def test_a_source_that_there_is_not_is_told(filled):
    mistakes = {
        ("J000000.0+000000",): "field has no source named J000000.0+000000",
        ("12345",): "there is no source 12345",
        ("--ra", 10, "--dec", -10): "field has no source within 10 arcsec of 10.0 -10.0",
        (): "give a source by name or source_id, or a position",
        ("--ra", 10): "give a source by name or source_id, or a position",
        ("X", "--dataset", "other"): 'there is no data set named "other"',
    }
    for arguments, told in mistakes.items():
        answer = filled("lightcurve", *arguments)
        assert (answer.status, answer.out) == (2, "")
        assert answer.err.startswith(f"trapdb: {told}")


def test_the_data_set_need_not_be_named_if_it_is_the_only_one(trapdb, field):
    answer = trapdb("sources")
    assert answer.status == 2
    assert "there is no data set yet" in answer.err
    for name in ("b", "a"):
        trapdb("ingest", field.paths[0], "--dataset", name)
    answer = trapdb("sources")
    assert answer.status == 2
    assert "there are several data sets, name one with --dataset: a, b" in answer.err
    assert len(trapdb("sources", "--dataset", "a").rows) == 7


def test_data_sets_are_listed_shown_and_deleted(filled, monkeypatch):
    (row,) = filled("dataset", "list").rows
    assert (row["dataset"], row["images"], row["time_steps"]) == ("field", "8", "4")
    shown = {row["key"]: row["value"] for row in filled("dataset", "show", "field").rows}
    assert shown["sources"] == "8"
    assert shown["images_accepted"] == "8"
    assert shown["extraction.detection_threshold"] == "8.0"
    assert filled("dataset", "delete", "field", "--yes").status == 0
    assert filled("dataset", "list").rows == []
    for action in (["show"], ["delete", "--yes"]):
        answer = filled("dataset", *action, "field")
        assert (answer.status, answer.err) == (2, 'trapdb: there is no data set named "field"\n')


def test_a_query_is_answered_in_every_format(filled):
    sql = "select name, ra, null::int as gap from trap.running_catalogue order by ra limit 2"
    rows = filled("query", sql).rows
    assert list(csv.DictReader(filled("query", sql, "--format", "csv").out.splitlines())) == rows
    records = json.loads(filled("query", sql, "--format", "json").out)
    assert [record["name"] for record in records] == [row["name"] for row in rows]
    assert records[0]["gap"] is None
    assert rows[0]["name"] in filled("query", sql, "--format", "table").out


def test_an_empty_answer_has_its_columns(trapdb):
    assert trapdb("query", "select 1 as a, 2 as b where false").out == "a\tb\n"


def test_a_query_only_reads(trapdb):
    mistakes = {
        "delete from trap_data.dataset": "this statement gives no rows",
        "delete from trap_data.dataset returning 1": "read-only transaction",
        "select trap.delete_dataset('field')": "permission denied",
        "select * from trap_data.source": "permission denied",
        "select 1; delete from trap_data.dataset": "cannot insert multiple commands",
        "commit": "this statement gives no rows",
        "selec 1": 'syntax error at or near "selec"',
        "select * from trap.nonsense": 'relation "trap.nonsense" does not exist',
        "select 1 / 0": "division by zero",
    }
    for sql, told in mistakes.items():
        answer = trapdb("query", sql)
        assert (answer.status, answer.out) == (2, "")
        assert told in answer.err
        assert answer.err.count("\n") == 1


def test_a_query_has_a_time_limit(trapdb):
    answer = trapdb("query", "select pg_sleep(60)", "--time-limit", "0.1")
    assert answer.status == 2
    assert "the query was stopped" in answer.err
    assert trapdb("query", "select pg_sleep(60)", "--time-limit", "-1").status == 2


def test_a_query_needs_a_login_of_its_own(trapdb, monkeypatch):
    monkeypatch.delenv("TRAPDB_READER_URL")
    answer = trapdb("query", "select 1")
    assert answer.status == 2
    assert "TRAPDB_READER_URL" in answer.err
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("form", ["ecsv", "votable", "fits"])
def test_the_units_of_all_columns_are_known_to_the_formats_that_keep_them(db, form, tmp_path):
    units = db.execute(
        "select distinct vo_unit from trap.column_description where vo_unit is not null"
    ).fetchall()
    columns = [Column(f"u{n}", float, unit) for n, (unit,) in enumerate(units)]
    write_table(as_table(columns, [[1.0] * len(columns)]), form, tmp_path / "table")
    table = Table.read(tmp_path / "table", format={"ecsv": "ascii.ecsv"}.get(form, form))
    lost = {c.unit for c in columns if c.unit and table[c.name].unit is None}
    assert lost == set()


def test_a_view_is_exported_with_units(filled, tmp_path):
    for suffix, form in {"ecsv": "ascii.ecsv", "vot": "votable", "fits": "fits"}.items():
        path = tmp_path / f"curves.{suffix}"
        assert filled("export", "lightcurve", "-o", path).status == 0
        table = Table.read(path, format=form)
        # Seven sources in eight images. A transient in two, measured in the last two by force and
        # in the last three before it afterwards.
        assert len(table) == 7 * 8 + 4 + 3
        units = {name: str(table[name].unit) for name in ("ra", "freq_eff", "int_flux")}
        assert units == {"ra": "deg", "freq_eff": "Hz", "int_flux": "Jy"}
        assert table["ra"].meta["ucd"] == "pos.eq.ra;meta.main"
        assert table["source_id"].dtype.kind == "i"


def test_an_export_is_of_one_data_set(filled, field, tmp_path):
    filled("ingest", field.paths[0], "--dataset", "other")
    path = tmp_path / "sources.csv"
    assert filled("export", "running_catalogue", "-o", path).status == 2
    assert filled("export", "running_catalogue", "--dataset", "other", "-o", path).status == 0
    assert {row["dataset"] for row in csv.DictReader(path.read_text().splitlines())} == {"other"}


def test_a_query_is_exported(filled, tmp_path):
    path = tmp_path / "best.ecsv"
    sql = "select ra, n_blind + 1 as m from trap.running_catalogue limit 3"
    assert filled("export", sql, "-o", path).status == 0
    table = Table.read(path, format="ascii.ecsv")
    assert (str(table["ra"].unit), table["m"].unit, len(table)) == ("deg", None, 3)


def test_an_export_that_cannot_be_made_is_told(filled):
    mistakes = {
        ("nonsense",): 'relation "trap.nonsense" does not exist',
        ("image", "-o", "x.xls"): "x.xls: name the format",
        ("image", "-o", "/nowhere/x.csv"): "/nowhere/x.csv: cannot be written",
        ("select 1", "--dataset", "field"): "a query has to do that itself",
    }
    for arguments, told in mistakes.items():
        answer = filled("export", *arguments)
        assert answer.status == 2
        assert told in answer.err
        assert answer.err.count("\n") == 1


def test_a_pipe_that_closes_early_is_no_fault(filled):
    class Closed:
        def write(self, text):
            raise BrokenPipeError(32, "Broken pipe")

        def flush(self):
            pass

        def isatty(self):
            return False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", Closed())
        answer = filled("sources")
    assert (answer.status, answer.err) == (1, "")


def test_two_columns_of_one_name_are_both_kept(trapdb):
    answer = trapdb("query", "select 1 as a, 2 as a, 3 as a", "--format", "json")
    assert json.loads(answer.out) == [{"a": 1, "a_2": 2, "a_3": 3}]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("notaurl", "trapdb: cannot connect to the database"),
        ("http://example.org", "trapdb: trapdb needs PostgreSQL"),
        ("sqlite:///x.db", "trapdb: trapdb needs PostgreSQL"),
    ],
)
def test_what_is_no_database_is_told_in_one_line(run, url, told):
    answer = run("dataset", "list", "--database", url)
    assert answer.status == 2
    assert answer.err.startswith(told)
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("name", ["", " x", "a\nb", "x" * 201])
def test_a_data_set_has_a_name_that_prints(trapdb, field, name):
    answer = trapdb("ingest", field.folder, "--dataset", name)
    assert answer.status == 2
    assert "cannot name a data set" in answer.err


def test_a_position_beyond_the_sphere_is_refused(trapdb, field):
    trapdb("ingest", field.paths[0], "--dataset", "one")
    for arguments in (
        ("sources", "--cone", "400", "30", "1"),
        ("lightcurve", "--ra", "400", "--dec", "30"),
    ):
        answer = trapdb(*arguments)
        assert answer.status == 2
        assert "ra 400" in answer.err
    assert trapdb("lightcurve", "9" * 30).status == 2
