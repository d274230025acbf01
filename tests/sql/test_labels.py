"""Labels: what people say of a place on the sky finds the source that is there, whatever came."""

from datetime import timedelta
from functools import partial

import numpy as np
import psycopg
import pytest
from psycopg.rows import namedtuple_row
from psycopg.types.json import Jsonb

from tests.conftest import OPERATOR, RATER, READER
from tests.feeding import ARCSEC, START, Feeder
from tests.sql.catalogue import fit, image, monitor, rows_read, sources
from trapdb.configuration.keys import Configuration
from trapdb.database import routines
from trapdb.database.connection import call
from trapdb.errors import DatabaseError
from trapdb.ingest import rebuild
from trapdb.ingest.run import Run
from trapdb.measuring.here import Here

DAY = timedelta(days=1)


@pytest.fixture
def feeder(original):
    return original(name="field", de_ruiter_limit=5.68)


def add(conn, source_id, rating=None, user="ann", **said):
    (row,) = call(conn, "add_label", source_id=source_id, rating=rating, user=user, **said)
    return row.add_label


def labels(conn, dataset="field"):
    """Return the labels of a data set by user: source, rating and class."""
    rows = conn.execute(
        "select * from trap.label where dataset = %s order by user_name, label_id", [dataset]
    ).fetchall()
    return [(row.user_name, row.source_id, row.rating, row.object_class) for row in rows]


def history(conn):
    return conn.execute("select * from trap.label_history order by label_id").fetchall()


def replay(conn, feeder, origin_id=None, status="rewound"):
    images = routines.replayable_images(conn, origin_id or feeder.dataset_id, status)
    with Run(conn, feeder.name, Configuration(), "test") as run:
        return list(rebuild.replay(run, images, Here()))


# ---- what is said


def test_a_label_is_of_its_source(feeder):
    feeder.see(fit([123, 123.5], [10, 10]))
    conn = feeder.conn
    first, second = sources(feeder)
    label_id = add(
        conn, first.source_id, "real", **{"class": "flare_star"}, tags=["b", "a", "b"], note="wow"
    )
    (row,) = conn.execute("select * from trap.label").fetchall()
    assert (row.dataset, row.dataset_id, row.source_id) == (
        "field", feeder.dataset_id, first.source_id,
    )  # fmt: skip
    assert (row.label_id, row.name, row.user_name) == (label_id, first.name, "ann")
    assert (row.rating, row.object_class, row.tags, row.note) == (
        "real", "flare_star", "a,b", "wow",
    )  # fmt: skip
    assert (row.epoch, row.monitored, row.ambiguous) == (None, False, False)
    assert (row.separation_arcsec, row.de_ruiter_radius) == (0, 0)
    assert (row.given_dataset, row.given_source_id) == ("field", first.source_id)
    assert call(conn, "labels_of", source_id=first.source_id) == [row]
    assert call(conn, "labels_of", source_id=second.source_id) == []


def test_the_user_is_the_login_unless_a_service_names_one(feeder):
    feeder.see(fit(123, 10))
    conn = feeder.conn
    (source,) = sources(feeder)
    add(conn, source.source_id, "real", user=None)
    add(conn, source.source_id, "unsure", user="bob")
    login = conn.execute("select session_user").fetchone()[0]
    rows = conn.execute("select user_name, login from trap_data.label order by 1").fetchall()
    assert sorted(map(tuple, rows)) == sorted([(login, login), ("bob", login)])


def test_a_new_label_follows_the_one_of_the_same_user_and_all_stay(feeder):
    feeder.see(fit(123, 10))
    conn = feeder.conn
    (source,) = sources(feeder)
    one = add(conn, source.source_id, "unsure")
    other = add(conn, source.source_id, "artefact", user="bob")
    two = add(conn, source.source_id, "real", **{"class": "pulsar"})
    assert labels(conn) == [
        ("ann", source.source_id, "real", "pulsar"), ("bob", source.source_id, "artefact", None),
    ]  # fmt: skip
    assert [(row.label_id, row.rating, row.superseded_by) for row in history(conn)] == [
        (one, "unsure", two), (other, "artefact", None), (two, "real", None),
    ]  # fmt: skip
    (row,) = conn.execute("select * from trap.source_label").fetchall()
    assert (row.label_rating, row.label_class, row.labels, row.disputed) == (
        "real", "pulsar", 2, True,
    )  # fmt: skip


def test_a_label_is_taken_back_by_a_row(feeder):
    feeder.see(fit(123, 10))
    conn = feeder.conn
    (source,) = sources(feeder)
    take_back = partial(call, conn, "withdraw_label", source_id=source.source_id, user="ann")
    with pytest.raises(DatabaseError, match=r"ann has given source \d+ no label"):
        take_back()
    one = add(conn, source.source_id, "real")
    ((two,),) = take_back(note="no")
    assert labels(conn) == []
    assert [(row.label_id, row.withdrawn, row.superseded_by) for row in history(conn)] == [
        (one, False, two), (two, True, None),
    ]  # fmt: skip
    with pytest.raises(DatabaseError, match="no label"):
        take_back()
    add(conn, source.source_id, "unsure")
    assert labels(conn) == [("ann", source.source_id, "unsure", None)]


def test_a_measurement_has_labels_of_its_own(feeder):
    feeder.see(fit(123, 10), fit(123, 10))
    conn = feeder.conn
    (source,) = sources(feeder)
    add(conn, source.source_id, "real")
    add(conn, source.source_id, "artefact", epoch=START + DAY)
    assert [row[2] for row in labels(conn)] == ["real", "artefact"]
    add(conn, source.source_id, "unsure", epoch=START + DAY)
    assert [row[2] for row in labels(conn)] == ["real", "unsure"]
    (row,) = conn.execute("select * from trap.source_label").fetchall()
    assert (row.label_rating, row.labels, row.disputed) == ("real", 1, False)
    with pytest.raises(DatabaseError, match="no image of"):
        add(conn, source.source_id, "real", epoch=START + 9 * DAY)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, "a label says something"),
        ({"note": "", "tags": []}, "a label says something"),
        ({"rating": "true"}, '"true" is no rating'),
        ({"class": "quasar"}, 'there is no class "quasar"'),
        ({"tags": ["a,b"]}, 'a tag cannot be "a,b"'),
        ({"tags": [" a"]}, "a tag cannot be"),
        ({"tags": [""]}, "a tag cannot be"),
        ({"note": "x" * 5001}, "5000 characters at most"),
        ({"rating": "real", "user": ""}, "a user's name has 1 to 200"),
    ],
)
def test_what_makes_no_sense_is_refused(feeder, said, why):
    feeder.see(fit(123, 10))
    (source,) = sources(feeder)
    with pytest.raises(DatabaseError, match=why):
        add(feeder.conn, source.source_id, **said)
    assert history(feeder.conn) == []


def test_a_source_that_there_is_not_is_refused(feeder):
    feeder.see(fit(123, 10))
    with pytest.raises(DatabaseError, match="there is no source"):
        add(feeder.conn, sources(feeder)[0].source_id + 1, "real")
    with pytest.raises(DatabaseError, match="there is no source"):
        add(feeder.conn, 1, "real")


# ---- of which source it is


def test_a_label_finds_its_source_after_a_rewind_and_a_replay(feeder):
    conn = feeder.conn
    feeder.see(fit([124], [10]), fit([124, 123], [10, 10]), fit([124, 123], [10, 10]))
    late = sources(feeder)[1]
    add(conn, late.source_id, "real", **{"class": "nova"})
    routines.rewind_dataset(conn, "field", START)
    assert labels(conn) == [("ann", None, "real", "nova")]
    replay(conn, feeder)
    assert labels(conn) == [("ann", sources(feeder)[1].source_id, "real", "nova")]
    # the same user's next label follows it, though the source has another id
    add(conn, sources(feeder)[1].source_id, "unsure")
    assert [row[2] for row in labels(conn)] == ["unsure"]


def test_a_label_finds_the_source_of_another_data_set_and_outlives_its_own(feeder, conn):
    feeder.see(fit([123], [10]), fit([123], [10]))
    add(conn, sources(feeder)[0].source_id, "real")
    anew = Feeder(conn, name="anew")
    replay(conn, anew, feeder.dataset_id, "accepted")
    (found,) = sources(anew)
    assert labels(conn, "anew") == [("ann", found.source_id, "real", None)]
    routines.delete_dataset(conn, "field")
    assert labels(conn, "anew") == [("ann", found.source_id, "real", None)]
    routines.delete_dataset(conn, "anew")
    assert conn.execute("select count(*) from trap.label").fetchone() == (0,)
    (row,) = history(conn)
    assert (row.given_dataset, row.superseded_by, row.ra) == ("field", None, pytest.approx(123))


def test_of_the_branches_of_a_fork_the_nearest_has_it_and_says_so(feeder):
    feeder.see(fit(123, 10))
    conn = feeder.conn
    add(conn, sources(feeder)[0].source_id, "real")
    feeder.see(fit([123, 123], [10 + 15 * ARCSEC, 10 - 10 * ARCSEC]))
    there = sources(feeder)
    assert len(there) == 2
    (row,) = conn.execute("select * from trap.label").fetchall()
    nearest = min(there, key=lambda source: abs(source.dec - 10))
    assert (row.source_id, row.ambiguous) == (nearest.source_id, True)
    # another label, of the other branch, is another one
    other = max(there, key=lambda source: abs(source.dec - 10))
    add(conn, other.source_id, "artefact")
    assert {(source, rating) for _, source, rating, _ in labels(conn)} == {
        (nearest.source_id, "real"), (other.source_id, "artefact"),
    }  # fmt: skip


@pytest.mark.parametrize("dec", [10.0, 89.9999, -60.0])
@pytest.mark.parametrize(("moved", "found"), [(0.99, True), (1.01, False)])
def test_the_limits_are_those_of_association(feeder, dec, moved, found):
    """By distance: half the beam times the limit; by errors: the de Ruiter radius."""
    conn = feeder.conn
    shift = {"errors": 5.68 * np.hypot(1, 2) * ARCSEC, "beam": 0.03}
    for limit, by in shift.items():
        # north or south, and not over the pole
        place = dec - np.sign(dec) * by * moved
        error = 1 if limit == "errors" else 1000
        one = Feeder(conn, name=f"{limit} 1", de_ruiter_limit=5.68, beam_limit=1)
        one.step(
            image(fit(0.0, dec, ra_err=ARCSEC * error, dec_err=ARCSEC * error), ra=0, dec=dec,
                  beam_major=0.06)
        )  # fmt: skip
        (source,) = sources(one)
        add(conn, source.source_id, "real", user=limit)
        two = Feeder(conn, name=f"{limit} 2", de_ruiter_limit=5.68, beam_limit=1)
        two.step(
            image(fit(0.0, place, ra_err=2 * error * ARCSEC, dec_err=2 * error * ARCSEC), ra=0,
                  dec=dec, beam_major=0.06)
        )  # fmt: skip
        assert len([row for row in labels(conn, f"{limit} 2") if row[0] == limit]) == found


def test_a_monitored_position_has_labels_of_its_own(feeder):
    feeder.see(fit(123, 10))
    conn = feeder.conn
    (source,) = sources(feeder)
    position = monitor(feeder, "mine", 123.0, 10.0)
    add(conn, position.source_id, "unsure")
    assert labels(conn) == [("ann", position.source_id, "unsure", None)]
    add(conn, source.source_id, "real")
    assert {row[1:3] for row in labels(conn)} == {
        (position.source_id, "unsure"), (source.source_id, "real"),
    }  # fmt: skip


# ---- what is asked


def test_definitions_and_candidates_ask_for_labels(feeder):
    feeder.see(fit([123, 124, 125], [10, 10, 10]), fit([123, 124, 125], [10, 10, 10]))
    conn = feeder.conn
    first, second, _ = sources(feeder)
    add(conn, first.source_id, "artefact", **{"class": "sidelobe"})
    add(conn, second.source_id, "real")

    def ask(*condition):
        listed = [dict(zip(("column", "comparison", "value"), condition, strict=True))]
        conn.execute("select trap.store_definition('said', 'a test', %s)", [Jsonb(listed)])
        rows = conn.execute("select ra from trap.transient_by_definition('said', 'field')")
        return sorted(round(row.ra) for row in rows)

    assert ask("label_rating", "=", "artefact") == [123]
    assert ask("label_rating", "=", "real") == [124]
    assert ask("label_class", "=", "sidelobe") == [123]
    with pytest.raises(psycopg.Error, match="label_rating is a word; expected = rather than >"):
        ask("label_rating", ">", "real")
    rows = conn.execute("select * from trap.candidate where dataset = 'field' order by ra")
    assert [(row.label_rating, row.label_class) for row in rows.fetchall()] == [
        ("artefact", "sidelobe"), ("real", None), (None, None),
    ]  # fmt: skip


def test_the_sources_of_other_data_sets_and_places_are_not_read(crowd):
    """60,000 sources in three data sets; a label reads those that lie around it."""
    conn = crowd[0].conn
    (source, *_) = sources(crowd[0])
    add(conn, source.source_id, "real")
    conn.execute("analyze trap_data.source")
    conn.execute("set plan_cache_mode = force_custom_plan")
    before = rows_read(conn)
    assert len(call(conn, "labels_of", source_id=source.source_id)) >= 1
    conn.execute("select * from trap.label where dataset_id = %s", [crowd[0].dataset_id])
    read = {name: n - before[name] for name, n in rows_read(conn).items() if n > before[name]}
    assert set(read) <= {f"source_{crowd[0].dataset_id}"}
    assert sum(read.values()) < 100


# ---- who may


def as_user(cluster, db, user):
    return psycopg.connect(
        cluster.url(db.info.dbname, user), autocommit=True, row_factory=namedtuple_row
    )


def test_raters_add_labels_and_readers_do_not(feeder, cluster, db):
    feeder.see(fit(123, 10))
    (source,) = sources(feeder)
    for user in (RATER, OPERATOR):
        with as_user(cluster, db, user) as conn:
            call(conn, "add_label", source_id=source.source_id, rating="real")
    assert {row[0] for row in labels(feeder.conn)} == {RATER, OPERATOR}
    with as_user(cluster, db, RATER) as conn, pytest.raises(psycopg.Error):
        conn.execute("select * from trap.label")
    with as_user(cluster, db, READER) as conn:
        assert len(conn.execute("select * from trap.label").fetchall()) == 2
        assert len(call(conn, "labels_of", source_id=source.source_id)) == 2
        assert conn.execute("select label_rating from trap.candidate").fetchall() == [("real",)]
        with pytest.raises(psycopg.Error, match="permission denied"):
            call(conn, "add_label", source_id=source.source_id, rating="real")


def test_administrators_add_classes(feeder, cluster, db):
    conn = feeder.conn
    call(conn, "add_label_class", **{"class": "odd"}, description="An odd one.")
    call(conn, "add_label_class", **{"class": "odd"}, description="A very odd one.")
    (row,) = conn.execute("select * from trap.label_class where object_class = 'odd'").fetchall()
    assert row.description == "A very odd one."
    for name, description, why in (("Odd", "x", "cannot be named"), ("odd", "", "no description")):
        with pytest.raises(DatabaseError, match=why):
            call(conn, "add_label_class", **{"class": name}, description=description)
    with (
        as_user(cluster, db, OPERATOR) as other,
        pytest.raises(psycopg.Error, match="permission denied"),
    ):
        call(other, "add_label_class", **{"class": "mine"}, description="x")
    conn.execute("delete from trap_data.label_class where object_class = 'odd'")
