"""Transients by definition: stored conditions, evaluated when asked, and nothing else computed."""

import math
import re

import numpy as np
import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.conftest import RATER
from tests.feeding import measurements
from tests.sql.catalogue import Original, close, fit, image, plans_within

KEYS = {
    "variability": {
        "dataset",
        "dataset_id",
        "source_id",
        "band_id",
        "stokes",
        "either_sign",
        "max_measurement_id",
    },
    "new_source": {"dataset", "dataset_id", "source_id", "band_id", "stokes", "limiting_image_id"},
}
FIELD = ["eta_int_field_sigma", "v_int_field_sigma", "other_band_significance", "noise_chance"]
# tests/sql/test_reference_matching.py asks for these
REFERENCE = [
    *("reference_count", "reference_separation_arcsec", "reference_chance"),
    *("reference_reliability", "reference_class", "reference_flux_ratio"),
    *("reference_flux_significance", "reference_absent_factor", "reference_absent_significance"),
]
# tests/sql/test_labels.py asks for these
LABELS = ["label_rating", "label_class"]
# tests/sql/test_leakage.py asks for these
POLARISATION = [
    *("circular_fraction", "circular_significance", "linear_over_i"),
    "polarisation_change_significance",
]
# tests/sql/test_classification.py asks for these; there is one more a class
CLASSES = ["probability_artefact", "class_novelty"]
PLACES = 114.5 + 0.15 * np.arange(120)


def is_of_class(name):
    return name.startswith("probability_")


def store(conn, name, *conditions, description="a test"):
    listed = [
        dict(zip(("column", "comparison", "value"), condition, strict=True))
        for condition in conditions
    ]
    conn.execute("select trap.store_definition(%s, %s, %s)", [name, description, Jsonb(listed)])


def ask(conn, name, dataset=None):
    query = "select * from trap.transient_by_definition(%s, %s)"
    return conn.execute(query, [name, dataset]).fetchall()


def observe(feeder, fluxes, freqs=(50e6,), error=0.1):
    """Store a time step: true fluxes at PLACES in each band; those below 6 sigma are forced."""
    rng = observe.rng
    images, measured = [], {}
    for freq, values in zip(freqs, np.atleast_2d(fluxes), strict=True):
        flux = values + error * rng.standard_normal(values.size)
        found = flux > 6 * error
        blind = fit(
            PLACES[found], np.full(found.sum(), 10.0), int_flux=flux[found], int_flux_err=error
        )
        blind.snr[:] = flux[found] / error
        measured[freq] = flux
        images.append(
            image(blind, freq_eff=freq, rms_min=error, rms_max=error, detection_threshold=6.0)
        )

    def force(taken, requests):
        index = np.rint((requests.ra - PLACES[0]) / 0.15).astype(int)
        flux = measured[taken.freq_eff][index]
        return measurements(requests.ra, requests.dec, int_flux=flux, int_flux_err=error)

    feeder.step(*images, force=force)


@pytest.fixture(autouse=True)
def random_numbers():
    observe.rng = np.random.default_rng(8)


@pytest.fixture(scope="module")
def fed_field(feed_once):
    return feed_once(feed_field)


@pytest.fixture
def field(fed_field, fed_again):
    """The field, in a database of the test's own."""
    return fed_again(fed_field)


def feed_field(conn):
    """Twelve epochs of 120 places in two bands.

    Steady sources, one that is bright once, one that fades, one that varies in both bands, one in
    the lower band alone, and at the last place nothing.
    """
    observe.rng = np.random.default_rng(8)
    feeder = Original(conn, name="field", de_ruiter_limit=5.68, beam_limit=3.0)
    steady = np.geomspace(1, 10, PLACES.size)
    steady[-1] = 0
    for epoch in range(12):
        low = steady.copy()
        low[10] = 3.0 if epoch == 5 else 0.0
        low[20] = 4 - 0.25 * epoch
        low[30] *= 1 + 0.5 * (-1) ** epoch
        high = low.copy()
        low[33] *= 1 + 0.5 * (-1) ** epoch
        observe(feeder, [low, high], (50e6, 150e6))
    return feeder


def test_conditions_are_of_the_columns_of_the_views(conn):
    listed = [r.column_name for r in conn.execute("select * from trap.definition_column")]
    expected = [
        column.name
        for view, keys in KEYS.items()
        for column in conn.execute(f"select * from trap.{view} limit 0").description
        if column.name not in keys
    ]
    of_classes = conn.execute("select object_class from trap.label_class order by 1").fetchall()
    expected += FIELD + REFERENCE + LABELS + POLARISATION + CLASSES
    assert listed == expected + [f"probability_{row.object_class}" for row in of_classes]
    (row,) = conn.execute(
        "select unit, meaning from trap.definition_column where column_name = 'trend'"
    ).fetchall()
    assert row.unit == "Jy/beam/d"
    assert row.meaning.startswith("Slope of the peak flux density in time")


def test_each_column_can_be_asked_for(field):
    """Of each, those at and above some value of it, and those below."""
    conn = field.conn
    values = conn.execute(
        "select v.*, n.limiting_rms_min, n.limiting_rms_max, n.detection_threshold, n.peak_flux,"
        " n.margin_best, n.margin_worst, n.peak_flux_err, n.local_limit, n.margin_local,"
        " n.covering_images, n.edge_beams, n.siblings, n.before_n, n.before_flux,"
        " n.before_significance from trap.variability as v"
        " left join trap.new_source as n using (source_id, band_id, stokes)"
    ).fetchall()
    asked = 0
    for (name,) in conn.execute("select column_name from trap.definition_column").fetchall():
        if name in FIELD + REFERENCE + LABELS + POLARISATION + CLASSES or is_of_class(name):
            continue
        known = {
            (v.source_id, v.band_id): float(getattr(v, name))
            for v in values
            if getattr(v, name) is not None
        }
        middle = float(np.median(list(known.values()))) if known else 0.0
        for comparison, holds in [(">=", lambda x, y: x >= y), ("<", lambda x, y: x < y)]:
            store(conn, "one", (name, comparison, middle))
            found = {(t.source_id, t.band_id) for t in ask(conn, "one", "field")}
            assert found == {key for key, value in known.items() if holds(value, middle)}, name
            asked += 1
    assert asked > 80


def test_each_column_has_a_line_in_the_query(field):
    """One without it would be no condition: then all sources would keep it."""
    conn = field.conn
    listed = conn.execute("select column_name, is_text from trap.definition_column").fetchall()
    for name, is_text in listed:
        store(conn, "impossible", (name, "=", "nothing") if is_text else (name, ">", 1e300))
        assert ask(conn, "impossible", "field") == [], name


def places(found):
    return sorted({round((t.ra - PLACES[0]) / 0.15) for t in found})


def test_ready_made_definitions_find_what_they_are_for(field):
    conn = field.conn
    assert places(ask(conn, "single_epoch", "field")) == [10]
    assert places(ask(conn, "fading", "field")) == [20]
    assert places(ask(conn, "multi_band", "field")) == [10, 20, 30]
    assert set(places(ask(conn, "variable", "field"))) <= {10, 20, 30, 33}
    assert {30, 33} <= set(places(ask(conn, "variable", "field")))
    assert ask(conn, "monitored_change", "field") == []
    once = ask(conn, "single_epoch", "field")
    assert [t.dataset for t in once] == ["field"] * 2
    assert {t.n for t in once} == {7}  # from its discovery on
    assert all(t.max_significance > 20 and abs(t.rest_eta_significance) < 4 for t in once)
    # it was discovered in one band, which has the margins
    assert sorted(t.margin_worst is None for t in once) == [False, True]
    assert max(t.margin_worst or 0 for t in once) > 15
    # both bands are in a row: this one's significance, and the other's
    first, second = once
    assert first.other_band_significance == close(second.eta_int_significance)


def test_a_definition_finds_what_comes_later(field):
    conn = field.conn
    store(conn, "often", ("n", ">", 12))
    assert ask(conn, "often", "field") == []
    observe(field, [np.geomspace(1, 10, PLACES.size)] * 2, (50e6, 150e6))
    assert places(ask(conn, "often", "field")) == [n for n in range(119) if n != 10]
    store(conn, "often", ("n", ">", 12), ("n", ">", 13))
    assert ask(conn, "often", "field") == []


def test_of_the_archive_each_data_set_is_asked(field):
    other = Original(field.conn, name="another")
    for flux in (3.0, 0.0):
        observe(other, np.full(PLACES.size, flux))
    found = ask(field.conn, "single_epoch")
    assert {t.dataset for t in found} == {"field", "another"}
    assert [t.source_id for t in found if t.dataset == "field"] == [
        t.source_id for t in ask(field.conn, "single_epoch", "field")
    ]


def clipped(values):
    """Mean and standard deviation of logarithms, clipped at 3 sigma until none leaves."""
    values = np.log10(values)
    while True:
        kept = values[np.abs(values - values.mean()) <= 3 * values.std(ddof=1)]
        if kept.size == values.size:
            return values.mean(), values.std(ddof=1)
        values = kept


def test_what_is_usual_in_a_field_is_a_clipped_log_normal_fit(field):
    conn = field.conn
    fits = conn.execute("select * from trap.field_variability(%s)", [field.dataset_id]).fetchall()
    assert len(fits) == 2
    for fitted in fits:
        rows = conn.execute(
            "select eta_int, v_int, source_id from trap.variability where band_id = %s and n > 1",
            [fitted.band_id],
        ).fetchall()
        eta, v = np.array([[r.eta_int, r.v_int] for r in rows]).T
        # a histogram with bins of 0.02 stands for the values: one more or less may be clipped
        assert (fitted.log_eta_mean, fitted.log_eta_sigma) == close(clipped(eta), abs=0.02)
        assert (fitted.log_v_mean, fitted.log_v_sigma) == close(clipped(v[v > 0]), abs=0.02)
        store(conn, "unusual", ("eta_int_field_sigma", ">=", 2))
        found = [t for t in ask(conn, "unusual", "field") if t.band_id == fitted.band_id]
        sigma = (np.log10(eta) - fitted.log_eta_mean) / fitted.log_eta_sigma
        assert {t.source_id for t in found} == {
            r.source_id for r, s in zip(rows, sigma, strict=True) if s >= 2
        }
        assert {t.v_int_field_sigma for t in found} == {None}  # nobody asked


def test_what_is_not_asked_for_is_no_part_of_the_plan(field):
    for column, tables in [
        ("v_peak", set()),
        ("margin_local", {"new_source"}),
        ("before_flux", {"new_source"}),
        ("eta_int_field_sigma", {"histogram"}),
    ]:
        store(field.conn, "one", (column, ">=", 1))
        (plan,) = plans_within(
            field.conn, "select from trap.transient_by_definition('one', 'field')", "g.of_source_id"
        )
        assert {name for name in ("new_source", "histogram") if name in plan} == tables
        assert "trap.within" not in plan
        assert "chi_squared_tail" not in plan
        # of all the conditions one is left, and the sums that it needs
        filters = [
            line
            for line in plan.splitlines()
            if re.search(r"Filter: \(+[fg]\.(?!dataset_id)", line)
        ]
        assert [line.count(" >= ") for line in filters] == [1]
        assert " AND " not in filters[0]
        assert ("peak_m2" in plan) == (column == "v_peak")
        assert "time_m2" not in plan


@pytest.mark.parametrize(
    ("name", "conditions", "message"),
    [
        ("Bad name", [("n", ">", 1)], 'cannot be named "Bad name"'),
        ("variable", [("n", ">", 1)], "comes with trapdb"),
        ("mine", [], "has no conditions"),
        ("mine", [("flux", ">", 1)], 'no column "flux"; trap.definition_column lists'),
        ("mine", [("source_id", ">", 1)], 'no column "source_id"'),
        ("mine", [("n", "<>", 1)], '"<>" does not compare'),
        ("mine", [("n", None, 1)], "does not compare"),
        ("mine", [("n", ">", "many")], 'n is compared with "many"; expected a number'),
        ("mine", [("n", ">", None)], "expected a number"),
    ],
)
def test_a_definition_that_makes_no_sense_is_refused(conn, name, conditions, message):
    with pytest.raises(psycopg.Error, match=message) as caught:
        store(conn, name, *conditions)
    assert caught.value.sqlstate == "TR004"
    assert conn.execute("select from trap.transient_definition where not ready_made").rowcount == 0


def test_conditions_have_a_shape(conn):
    for given in ({}, 3, ["n > 3"], [[]], [{"column": "n"}]):
        with pytest.raises(psycopg.Error) as caught:
            conn.execute("select trap.store_definition('mine', '', %s)", [Jsonb(given)])
        assert caught.value.sqlstate == "TR004"


def test_readers_store_their_own_definitions(conn, reader_db, operator_db):
    store(reader_db, "mine", ("eta_int", ">=", 3), ("v_int", ">", 0.1), description="what I like")
    (row,) = conn.execute("select * from trap.transient_definition where not ready_made").fetchall()
    assert (row.name, row.owner, row.description) == ("mine", "test_reader", "what I like")
    assert row.conditions == "eta_int >= 3 and v_int > 0.1"
    with pytest.raises(psycopg.Error, match='"mine" belongs to test_reader'):
        store(operator_db, "mine", ("n", ">", 1))
    with pytest.raises(psycopg.Error, match='"mine" belongs to test_reader'):
        operator_db.execute("select trap.delete_definition('mine')")
    store(reader_db, "mine", ("eta_int", ">=", 4))
    (row,) = conn.execute("select * from trap.transient_definition where name = 'mine'").fetchall()
    assert row.conditions == "eta_int >= 4"
    assert ask(reader_db, "mine") == []
    store(conn, "mine", ("n", ">", 1))  # an administrator may
    (row,) = conn.execute("select * from trap.transient_definition where name = 'mine'").fetchall()
    assert row.owner == "test_reader"
    reader_db.execute("select trap.delete_definition('mine')")
    for statement in ("trap.delete_definition('mine')", "trap.delete_definition('variable')"):
        with pytest.raises(psycopg.Error, match="no stored definition"):
            reader_db.execute(f"select {statement}")
    with pytest.raises(psycopg.Error, match='no definition of transients named "mine"'):
        ask(reader_db, "mine")
    with pytest.raises(psycopg.Error, match='no data set named "nothing"'):
        ask(reader_db, "variable", "nothing")


def test_operators_may_change_what_a_rater_stored(conn, db, cluster, reader_db, operator_db):
    """A service stores for people: who works in a shell can be rid of it. Of others they cannot."""
    with psycopg.connect(cluster.url(db.info.dbname, RATER), autocommit=True) as rater:
        store(rater, "seen", ("n", ">", 1))
        store(reader_db, "mine", ("n", ">", 1))
        for theirs in ("mine", "variable"):
            with pytest.raises(psycopg.Error, match=r"belongs to|comes with"):
                store(rater, theirs, ("n", ">", 2))
        for statement in ("trap.delete_definition('seen')", "trap.delete_dataset('x')"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                rater.execute(f"select {statement}")
    with pytest.raises(psycopg.Error, match='"seen" belongs to test_rater'):
        store(reader_db, "seen", ("n", ">", 2))
    with pytest.raises(psycopg.Error, match='"mine" belongs to test_reader'):
        store(operator_db, "mine", ("n", ">", 2))
    store(operator_db, "seen", ("n", ">", 3))
    operator_db.execute("select trap.delete_definition('seen')")
    store(conn, "ours", ("n", ">", 1))  # of a superuser, who is a member of all roles
    with pytest.raises(psycopg.Error, match='"ours" belongs to trapdb'):
        operator_db.execute("select trap.delete_definition('ours')")


def test_conditions_are_asked_for_without_being_stored(field):
    def found(name, *conditions):
        listed = [
            dict(zip(("column", "comparison", "value"), one, strict=True)) for one in conditions
        ]
        query = "select * from trap.transient_by_definition(%s, 'field', p_conditions => %s)"
        return field.conn.execute(query, [name, Jsonb(listed) if listed else None]).fetchall()

    conditions = [("eta_int", ">=", 1), ("v_int", ">", 0.01), ("monitored", "=", 0)]
    store(field.conn, "mine", *conditions)
    assert found(None, *conditions) == ask(field.conn, "mine", "field") != []
    store(field.conn, "all_of_it", *conditions, ("max_significance", "<", 5))
    fewer = ask(field.conn, "all_of_it", "field")
    assert found("mine", ("max_significance", "<", 5)) == fewer
    assert found("mine", ("max_significance", "<", 5), ("max_significance", "<", 9)) == fewer
    assert found("mine", ("monitored", "=", 1)) == []
    for name, given, message in [
        (None, [], "neither a definition nor conditions"),
        ("nothing", [("n", ">", 1)], 'no definition of transients named "nothing"'),
        ("mine", [("flux", ">", 1)], 'the query: there is no column "flux"'),
        ("mine", [("n", ">", "1 or true")], "expected a number"),
        (None, [("label_rating", ">", "real")], "label_rating is a word; expected ="),
    ]:
        with pytest.raises(psycopg.Error, match=message) as caught, field.conn.transaction():
            found(name, *given)
        assert caught.value.sqlstate == "TR004"


def test_bounds(conn):
    inside = "select trap.within(%s, %s)"
    for value, bounds, expected in [
        (1.0, None, True), (None, None, True), (1.0, {">=": 1}, True), (1.0, {">": 1}, False),
        (1.0, {"<=": 1, ">=": 1}, True), (1.0, {"<": 1}, False), (1.0, {"=": 1}, True),
        (2.0, {"=": 1}, False), (None, {"<": 1}, None), (math.inf, {">": 1e300}, True),
    ]:  # fmt: skip
        (found,) = conn.execute(inside, [value, bounds and Jsonb(bounds)]).fetchone()
        assert found == expected


@pytest.fixture(autouse=True)
def no_definitions(conn):
    yield
    conn.execute("delete from trap_data.transient_definition")


VIEWS = {
    "transient_source": ("", "transient(%(dataset)s)"),
    "transient_of_definition": (
        "definition = 'single_epoch' and ",
        "transient_by_definition('single_epoch', %(dataset)s)",
    ),
}


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_has_what_its_function_finds(field, view):
    """In whatever order the columns are; nothing is computed that was not asked for."""
    conn, (definition, function) = field.conn, VIEWS[view]
    observe(Original(conn, "other", de_ruiter_limit=5.68), np.full(PLACES.size, 3.0))
    of = {"dataset": "field"}
    columns = [one.name for one in conn.execute(f"select * from trap.{function}", of).description]
    chosen = f"select {', '.join(columns)} from trap."
    expected = conn.execute(f"{chosen}{function} order by source_id, band_id", of).fetchall()
    query = f"{chosen}{view} where {definition}dataset = %(dataset)s"
    assert conn.execute(f"{query} order by source_id, band_id", of).fetchall() == expected
    assert expected

    plan = "\n".join(line for (line,) in conn.execute(f"explain analyze {query}", of))
    assert re.findall(r"Function Scan on transient\w*.*loops=(\d+)", plan) == ["1"], plan
