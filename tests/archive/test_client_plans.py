"""What the methods ask is found by an index, and of one data set alone if one is meant."""

import re

import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord


@pytest.fixture
def ask(database, archive_url, monkeypatch):
    """Give the plans of the queries that a method makes, without sequential scans if it can."""
    from trapdb.archive import database as module

    plans = []
    run = module._run

    def explain(conn, text):
        with conn.transaction():
            conn.execute("set local enable_seqscan = off")
            conn.execute("set local enable_bitmapscan = off")
            rows = conn.execute(f"explain (costs off) {text}").fetchall()
        plans.append("\n".join(line for (line,) in rows))
        return run(conn, text)

    monkeypatch.setattr(module, "_run", explain)

    def ask(method):
        plans.clear()
        method(database)
        return list(plans)

    return ask


def read(plan):
    """The numbers of the data sets whose partitions a plan reads."""
    tables = "source|source_flux|association|measurement"
    return {int(n) for n in re.findall(rf" on (?:{tables})_(\d+)\b", plan)}


def positions(plan):
    """The numbers of the data sets whose positions are looked up in their index."""
    return {int(n) for n in re.findall(r"using source_(\d+)_pos_idx", plan)}


@pytest.fixture
def source(database):
    return database.sources(dataset="again")[0]


def test_cones(ask, source):
    place = SkyCoord(source["ra"], source["dec"])
    (plan,) = ask(lambda archive: archive.sources((place, 1 * u.arcmin)))
    assert positions(plan) == {1, 2}
    (plan,) = ask(lambda archive: archive.sources((place, 1 * u.arcmin), dataset="again"))
    assert positions(plan) == read(plan) == {2}


def test_a_light_curve_by_id(ask, source):
    for plan in ask(lambda archive: archive.lightcurve(int(source["source_id"]))):
        assert read(plan) == {2}
        assert "Seq Scan on source" not in plan
        assert "Seq Scan on association" not in plan
        assert "Seq Scan on measurement" not in plan


@pytest.mark.parametrize("by", ["position", "name"])
def test_a_light_curve_by_place(ask, source, by):
    meant = (source["ra"], source["dec"]) if by == "position" else str(source["name"])
    first, second = ask(lambda archive: archive.lightcurve(meant, dataset="again"))
    assert positions(first) == read(first) == {2}
    assert read(second) == {2}


def test_a_place_in_all_data_sets(ask, source):
    first, second = ask(lambda archive: archive.lightcurve((source["ra"], source["dec"])))
    assert positions(first) == {1, 2}
    assert "Seq Scan on association" not in second
    assert "Seq Scan on measurement" not in second


def test_what_varies_and_what_is_transient(ask):
    for method in ("variability", "transients"):
        (plan,) = ask(lambda archive, method=method: getattr(archive, method)(dataset="again"))
        assert read(plan) <= {2}, method
