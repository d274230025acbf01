"""``trapdb query --adql``."""

import sys


def test_a_query_is_asked_in_adql(filled, field):
    ra, dec = field.sources["ra"][0], field.sources["dec"][0]
    asked = filled(
        "query", "--adql",
        f"SELECT s.name, COUNT(*) AS points FROM running_catalogue AS s JOIN lightcurve AS l"
        f" ON s.source_id = l.source_id WHERE s.dataset = 'field' AND"
        f" DISTANCE(s.ra, s.dec, {ra}, {dec}) < 0.001 GROUP BY s.name",
    )  # fmt: skip
    (cone,) = filled("sources", "--cone", ra, dec, 0.001).rows
    assert asked.rows == [{"name": cone["name"], "points": "8"}]
    assert filled("query", "--adql", "SELECT ra FROM image WHERE dataset = 'none'").out == "ra\n"


def test_a_mistake_is_one_line_with_its_place(trapdb):
    answer = trapdb("query", "--adql", "SELECT name\nFROM sources")
    assert (answer.status, answer.out) == (2, "")
    assert answer.err == "trapdb: line 2, column 6: there is no table sources\n"
    assert trapdb("query", "--adql", "SELECT '\udce9' FROM dataset").err.count("\n") == 1


def test_adql_is_an_extra(trapdb, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("trapdb.adql.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    answer = trapdb("query", "--adql", "SELECT name FROM dataset")
    assert (answer.status, answer.err.count("\n")) == (2, 1)
    assert "pip install 'trapdb[archive]'" in answer.err
