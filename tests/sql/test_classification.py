"""What classifiers say of sources: stored by what was known when, asked for, taken back."""

from dataclasses import replace

import numpy as np
import psycopg
import pytest
from psycopg.rows import namedtuple_row
from psycopg.types.json import Jsonb

from tests.conftest import OPERATOR, READER
from tests.sql.catalogue import USUAL, fit, image
from trapdb.classify import training
from trapdb.classify.applying import as_matrix, judge, load
from trapdb.classify.examples import survey_like
from trapdb.classify.model import classify
from trapdb.classify.simulated import simulated
from trapdb.classify.stored import digest, packed, unpacked
from trapdb.database.connection import call
from trapdb.database.routines import delete_dataset, find_dataset
from trapdb.errors import DatabaseError, InputError
from trapdb.response import classifying
from trapdb.response.classifying import Classifying
from trapdb.web.statements import statement

FEATURES = ["snr_max", "eta_significance", "skewness"]
PLACES = np.array([120.0, 121.0, 122.0])
# A steady source, one that flares in the fourth epoch, and one that is there from then on.
FLUXES = np.array([[1.0, 1, 1, 1, 1, 1], [1, 1, 1, 9, 1, 1], [0, 0, 0, 1, 1, 1]])


def model(seed=1, feature_set=2):
    """A classifier of steady sources, flares and sidelobes, by what they have in FEATURES."""
    rng = np.random.default_rng(seed)
    centres = {"steady": [20, 0, 0], "flare_star": [200, 30, 2], "sidelobe": [10, 30, -2]}
    classes = np.repeat(list(centres), 40)
    features = np.repeat(list(centres.values()), 40, axis=0) + rng.normal(size=(120, 3))
    features[rng.random(features.shape) < 0.1] = np.nan
    given = training.Examples(features, classes, np.arange(120))
    return training.train(given, FEATURES, feature_set, {}, seed).model


@pytest.fixture(scope="module")
def first():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "TREES", 15)
        patch.setattr(training, "ISOLATION_TREES", 15)
        yield model()


def store(conn, name, model):
    call(
        conn, "store_classifier", name=name, content=packed(model), feature_set=model.feature_set,
        features=list(model.features), classes=list(model.classes), facts=Jsonb(model.facts),
    )  # fmt: skip


@pytest.fixture
def operator(db, cluster):
    url = cluster.url(db.info.dbname, OPERATOR)
    with psycopg.connect(url, autocommit=True, row_factory=namedtuple_row) as conn:
        yield conn


def step(feeder, epoch, error=0.05):
    flux = FLUXES[:, epoch]
    seen = flux > 0
    blind = fit(PLACES[seen], 10.0, int_flux=flux[seen], int_flux_err=error)
    blind.snr[:] = flux[seen] / error
    return feeder.step(image(blind, rms_min=error, rms_max=error), force=True)


@pytest.fixture
def field(original, operator, first):
    """Six epochs, each classified after it was stored."""
    store(operator, "mine", first)
    call(operator, "activate_classifier", name="mine")
    feeder = original(name="field", de_ruiter_limit=5.68, beam_limit=3.0)
    kept = Classifying("worker")
    for epoch in range(6):
        step(feeder, epoch)
        assert kept.go_on(operator)
        assert not kept.go_on(operator)
    return feeder


def said(conn, view="classification"):
    return conn.execute(f"select * from trap.{view} order by source_id, known_image_id").fetchall()


def test_the_sources_of_each_step_are_classified_by_what_was_known_then(field, operator, first):
    rows = said(operator)
    assert len(rows) == 3 * 2 + 3 * 3
    for row in rows:
        known = call(
            operator, "features_of", source_ids=[row.source_id], known_image_id=row.known_image_id
        )
        answer = classify(first, as_matrix(known, FEATURES))
        expected = dict(zip(first.classes, answer.probabilities[0], strict=True))
        assert row.probabilities == pytest.approx(expected, abs=1e-6)
        assert row.probability_artefact == pytest.approx(expected["sidelobe"], abs=1e-6)
        assert row.object_class == max(expected, key=expected.get)
        assert row.novelty == pytest.approx(answer.novelty[0], rel=1e-5)
        assert row.classifier == "mine"
        assert row.digest == digest(packed(first))
        reason = FEATURES[answer.reasons[0, 0]]
        assert row.reasons.startswith(f"{reason} {answer.moved[0, 0]:+.2f}")


def test_what_holds_is_what_the_active_classifier_said_last(field, operator):
    last = {row.source_id: row.known_image_id for row in said(operator)}
    rows = said(operator, "source_classification")
    assert {row.source_id: row.known_image_id for row in rows} == last
    store(operator, "other", model(seed=2))
    assert said(operator, "source_classification") == rows
    call(operator, "activate_classifier", name="other", dataset="field")
    assert said(operator, "source_classification") == []
    call(operator, "activate_classifier", name=None, dataset="field")
    assert said(operator, "source_classification") == rows


def test_definitions_and_candidates_ask_for_probabilities(field, operator):
    rows = {row.source_id: row for row in said(operator, "source_classification")}
    for column, value in (("probability_flare_star", lambda row: row.probabilities["flare_star"]),
                          ("probability_artefact", lambda row: row.probability_artefact),
                          ("class_novelty", lambda row: row.novelty)):  # fmt: skip
        for bound in {value(row) for row in rows.values()}:
            condition = [{"column": column, "comparison": ">=", "value": bound}]
            found = call(
                operator, "transient_by_definition", name=None, dataset="field",
                source_ids=None, conditions=Jsonb(condition),
            )  # fmt: skip
            expected = {source for source, row in rows.items() if value(row) >= bound}
            assert {row.source_id for row in found} == expected, (column, bound)
    for row in operator.execute("select * from trap.candidate").fetchall():
        held = rows[row.source_id]
        assert (row.object_class, row.class_probability) == (held.object_class, held.probability)
        assert row.class_novelty == held.novelty


def test_both_bounds_of_several_classes_hold(field, operator):
    conditions = [
        {"column": f"probability_{name}", "comparison": comparison, "value": 0.5}
        for name, comparison in (("flare_star", ">"), ("steady", ">"))
    ]
    asked = {"name": None, "dataset": "field", "source_ids": None}
    assert call(operator, "transient_by_definition", conditions=Jsonb(conditions), **asked) == []
    conditions[1]["comparison"] = "<"
    assert call(operator, "transient_by_definition", conditions=Jsonb(conditions), **asked)


def test_an_event_tells_what_is_believed(field, operator):
    rows = said(operator, "source_classification")
    flaring = max(rows, key=lambda row: row.probabilities["flare_star"])
    (row,) = field.conn.execute(
        "select * from trap.event_figures(%s, %s, null)", [field.dataset_id, [flaring.source_id]]
    ).fetchall()
    assert row.figures["probability_flare_star"] == flaring.probabilities["flare_star"]
    assert (row.figures["object_class"], row.figures["classifier"]) == ("flare_star", "mine")


def test_the_page_of_a_source_shows_all_that_was_said_of_it(field, operator):
    rows = said(operator)
    last = rows[-1]
    with operator.transaction():
        operator.execute("set local search_path = trap, public")
        shown = operator.execute(
            statement("explorer/source_classes"), {"source_id": last.source_id, "most": 50}
        ).fetchall()
    assert len(shown) == sum(row.source_id == last.source_id for row in rows)
    assert shown[0].classes.startswith(f"{last.object_class} {last.probability:.2f}")
    assert [row.taken_at for row in shown] == sorted((row.taken_at for row in shown), reverse=True)


def test_the_list_of_candidates_shows_what_is_held_of_each(field, operator):
    ids = sorted({row.source_id for row in said(operator)})
    with operator.transaction():
        operator.execute("set local search_path = trap, public")
        asked = {"dataset_id": field.dataset_id, "source_ids": ids}
        shown = operator.execute(statement("explorer/held_classes"), asked).fetchall()
        asked["dataset_id"] += 1
        assert not operator.execute(statement("explorer/held_classes"), asked).fetchall()
    expected = operator.execute(
        "select source_id, object_class, probability, probability_artefact, novelty"
        " from trap.source_classification order by source_id"
    ).fetchall()
    assert sorted(map(tuple, shown)) == list(map(tuple, expected))


def test_a_watch_for_a_class_fires_in_the_step_after(original, operator, first):
    store(operator, "mine", first)
    call(operator, "activate_classifier", name="mine", dataset="field")
    condition = [{"column": "probability_flare_star", "comparison": ">=", "value": 0.5}]
    call(operator, "store_definition", name="flaring", description="a", conditions=Jsonb(condition))
    call(operator, "add_watch", **{**USUAL, "responders": ["log"]}, name="w", definition="flaring")
    feeder = original(name="field", de_ruiter_limit=5.68, beam_limit=3.0)
    kept, announced = Classifying("worker"), []
    for epoch in range(6):
        step(feeder, epoch)
        announced.append(sum(row.announced for row in feeder.announced))
        kept.go_on(operator)
    call(operator, "remove_watch", name="w")
    call(operator, "delete_definition", name="flaring")
    assert announced[:5] == [0, 0, 0, 0, 1]


def test_a_long_step_is_classified_some_sources_at_a_time(original, operator, first, monkeypatch):
    """Between them the worker has its turn; what one leaves that is stopped another one ends."""
    monkeypatch.setattr(classifying, "BATCH", 1)
    store(operator, "mine", first)
    call(operator, "activate_classifier", name="mine")
    feeder = original(name="field", de_ruiter_limit=5.68, beam_limit=3.0)
    step(feeder, 5)  # all three sources
    job = "select state, lease_until, result from trap_data.job"
    one, other = Classifying("one"), Classifying("other")
    assert one.go_on(operator)
    begun = feeder.conn.execute(job).fetchone()
    assert one.go_on(operator)
    later = feeder.conn.execute(job).fetchone()
    assert (begun.state, later.state) == ("running", "running")
    assert later.lease_until > begun.lease_until
    assert not other.go_on(operator)
    one.hand_back(operator)
    for _ in range(3):
        assert other.go_on(operator)
    assert not other.go_on(operator)
    assert not one.go_on(operator)
    assert feeder.conn.execute(job).fetchone().state == "done"
    assert len(said(operator)) == 3


def test_a_rewind_takes_back_what_was_said_later(field, operator):
    before = said(operator)
    third = sorted({row.known_image_id for row in before})[2]
    at = (
        field.conn.execute("select taken_at from trap.image where image_id = %s", [third])
        .fetchone()
        .taken_at
    )
    field.conn.execute("select * from trap.rewind_dataset('field', %s)", [at])
    assert said(operator) == [row for row in before if row.known_image_id <= third]


def test_what_is_asked_of_an_image_that_was_rewound_is_passed_over(original, operator, first):
    store(operator, "mine", first)
    call(operator, "activate_classifier", name="mine")
    feeder = original(name="field", de_ruiter_limit=5.68, beam_limit=3.0)
    for epoch in range(2):
        step(feeder, epoch)
    at = feeder.conn.execute("select min(taken_at) as t from trap.image").fetchone().t
    feeder.conn.execute("select * from trap.rewind_dataset('field', %s)", [at])
    kept = Classifying("worker")
    while kept.go_on(operator):
        pass
    assert len({row.known_image_id for row in said(operator)}) == 1
    states = feeder.conn.execute("select state from trap_data.job").fetchall()
    assert [row.state for row in states] == ["done", "done"]


def test_a_data_set_is_deleted_with_what_was_said_of_it(field, operator):
    delete_dataset(field.conn, "field")
    assert field.conn.execute("select from trap_data.classification").fetchall() == []
    assert [row.name for row in operator.execute("select * from trap.classifier")] == ["mine"]


def test_said_again_at_the_same_image_it_stays(field, operator, first):
    before = said(operator)
    last = max(row.known_image_id for row in before)
    sources = [row.source_id for row in said(operator, "source_classification")]
    assert judge(operator, "mine", first, sources, last) == 0
    assert said(operator) == before


def test_removed_with_all_that_it_said(field, operator):
    (row,) = call(operator, "remove_classifier", name="mine")
    assert row.remove_classifier == 15
    assert said(operator) == []
    step(field, 5)
    assert not Classifying("worker").go_on(operator)


def test_without_an_active_classifier_nothing_is_asked_for(original, operator, first):
    store(operator, "mine", first)
    feeder = original(name="field", de_ruiter_limit=5.68, beam_limit=3.0)
    step(feeder, 0)
    assert not Classifying("worker").go_on(operator)


def test_a_classifier_of_other_features_fails_in_one_line(original, operator):
    store(operator, "old", model(feature_set=99))
    call(operator, "activate_classifier", name="old")
    feeder = original(name="field", de_ruiter_limit=5.68, beam_limit=3.0)
    step(feeder, 0)
    assert Classifying("worker").go_on(operator)
    (row,) = feeder.conn.execute("select state, error from trap_data.job").fetchall()
    assert row.state == "failed"
    assert "takes features of version 99" in row.error


@pytest.mark.parametrize("name", ["nothing", "source_id", "count", "n"])
def test_a_classifier_of_features_that_are_none_fails_in_one_line(original, operator, first, name):
    store(operator, "theirs", replace(first, features=(*FEATURES[:2], name)))
    call(operator, "activate_classifier", name="theirs")
    feeder = original(name="field", de_ruiter_limit=5.68, beam_limit=3.0)
    step(feeder, 0)
    assert Classifying("worker").go_on(operator)
    (row,) = feeder.conn.execute("select state, error from trap_data.job").fetchall()
    assert row.state == "failed"
    assert f"classifier theirs takes {name}, which is no feature" in row.error


def test_one_that_was_changed_in_the_database_is_refused(operator, db, first):
    store(operator, "mine", first)
    content = bytearray(packed(first))
    with pytest.raises(psycopg.errors.CheckViolation):
        db.execute("update trap_data.classifier set content = %s", [bytes(content[:-9])])
    db.execute(
        "update trap_data.classifier set content = %s, digest = sha256(%s)",
        [bytes(content[:-9]), bytes(content[:-9])],
    )
    with pytest.raises(InputError, match="classifier mine is no classifier that can be used"):
        load(operator, "mine")


def test_what_comes_back_is_what_was_stored(operator, first):
    store(operator, "mine", first)
    (row,) = call(operator, "classifier_content", name="mine")
    assert packed(unpacked(bytes(row.classifier_content), "it")) == packed(first)
    for name, why in (("mine", 'is a classifier "mine"'), ("same", "which is the same"),
                      ("a b", "cannot be named")):  # fmt: skip
        with pytest.raises(DatabaseError, match=why):
            store(operator, name, first)
    for routine in ("classifier_content", "remove_classifier", "activate_classifier"):
        with pytest.raises(DatabaseError, match='there is no classifier "none"'):
            call(operator, routine, name="none")


def test_a_survey_of_which_no_durations_or_noise_are_known_is_one_of_moments(field, operator, db):
    db.execute("update trap_data.image set duration = null")
    db.execute(
        "update trap_data.image set rms_median = null where taken_at = ("
        " select max(taken_at) from trap_data.image)"
    )
    survey = survey_like(operator, "field")
    assert survey.images.duration.tolist() == [0] * 5
    assert np.isfinite(survey.rms).all()
    curves = simulated(survey, 1, np.random.default_rng(1))
    assert np.isfinite(curves.flux).all()
    # it looks back, and gives up, as the data set is configured
    given = find_dataset(operator, "field").configuration["null_detection"]
    assert (survey.backfill, survey.expiry) == (given["backfill"], given["expiry"])


def test_readers_may_look_and_nothing_else(field, db, cluster, operator):
    url = cluster.url(db.info.dbname, READER)
    with psycopg.connect(url, autocommit=True, row_factory=namedtuple_row) as reader:
        assert said(reader, "source_classification") == said(operator, "source_classification")
        assert call(reader, "classifier_content", name="mine")
        for statement in (
            "select trap.remove_classifier('mine')",
            "select trap.activate_classifier('mine')",
            "select trap.store_classifier('x', 'x', 1, '{a}', '{a,b}', '{}')",
            "select trap.add_classifications('mine', 1, '{}', '{}', '{}', '{}', '{}')",
            "select * from trap.take_job('classification', 'w', '1 hour')",
            "delete from trap_data.classification",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(statement)
