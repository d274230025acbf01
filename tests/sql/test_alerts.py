"""Alerts of others: what is stored of them, and what the archive has where their events were."""

import hashlib
from datetime import timedelta

import astropy.units as u
import numpy as np
import psycopg
import pytest
from astropy.coordinates import SkyCoord
from psycopg.rows import namedtuple_row

from tests.feeding import ARCSEC, START
from tests.notices import burst, gravitational_wave, voevent
from tests.sql.catalogue import fit, image, monitor, rows_read, sources
from tests.sql.test_skymap import gaussian
from tests.sql.test_skymap import store as store_map
from trapdb.database import routines
from trapdb.database.connection import call
from trapdb.errors import DatabaseError
from trapdb.listening.storing import store

DAY = timedelta(days=1)
NOBODY = fit([], [])


@pytest.fixture
def feeder(original):
    return original(name="field", de_ruiter_limit=5.68)


def receive(conn, content):
    """Store an alert that is accepted; return its id."""
    stored = store(conn, content, "a test")
    assert stored.trouble == ""
    return stored.alert_id


def matched(conn, alert_id, **how):
    """Return the right ascensions of the sources where an alert was."""
    rows = call(conn, "alert_source", alert_id=alert_id, **how)
    return [round(row.ra, 3) for row in rows]


# ---- what is stored


def test_an_alert_is_known_by_its_ivorn_whatever_its_bytes(conn):
    first = store(conn, burst(), "broker one")
    assert first.is_new
    again = store(conn, burst().replace(b"7.2", b"7.3"), "broker two")
    assert (again.alert_id, again.is_new) == (first.alert_id, False)
    other = store(conn, burst(sequence=730), "broker one")
    assert other.alert_id > first.alert_id
    (row, _) = conn.execute("select * from trap.alert order by alert_id").fetchall()
    assert (row.origin, row.parameters["Burst_Signif"]) == ("broker one", "7.2")
    assert row.digest == hashlib.sha256(burst()).hexdigest()
    ((content,),) = call(conn, "alert_content", alert_id=row.alert_id)
    assert content == burst()


def test_what_is_refused_is_kept_once_and_is_in_nobodys_way(conn):
    bad = burst(role="gossip")
    refused = store(conn, bad, "broker")
    assert refused.notice is None
    assert refused.is_new
    assert not store(conn, bad, "broker").is_new
    assert store(conn, burst(), "broker").is_new
    (row,) = call(conn, "alerts", refused=True)
    assert (row.state, row.ivorn) == ("refused", None)
    assert "gossip" in row.reason
    large = b"<a>" + b"x" * 2_000_000
    store(conn, large, "broker")
    (row,) = call(conn, "alerts", refused=True, last=1)
    assert row.content_bytes == len(large)
    ((content,),) = call(conn, "alert_content", alert_id=row.alert_id)
    assert content == large[:65536]


def test_of_what_is_refused_the_last_thousand_are_kept(conn):
    accepted = receive(conn, burst())
    conn.execute(
        "select trap.refuse_alert(convert_to(n::text, 'UTF8'), 'digest ' || n, 'broker', 'none')"
        " from generate_series(1, 1003) as n"
    )
    kept = [row.digest for row in call(conn, "alerts", refused=True)]
    assert kept == [f"digest {number}" for number in range(4, 1004)]
    assert [row.alert_id for row in call(conn, "alerts")] == [accepted]


def test_of_a_file_its_name_is_shown_and_no_folder(conn):
    for number, origin in enumerate(["/home/a/b.xml", "vtp://a:8099", "kafka:a"]):
        store(conn, burst(sequence=number), origin)
    assert [row.origin for row in call(conn, "alerts")] == ["b.xml", "vtp://a:8099", "kafka:a"]


def test_tests_are_kept_apart(conn):
    receive(conn, burst())
    test = receive(conn, burst(number=99999, role="test"))
    assert [row.alert_id for row in call(conn, "alerts", tests=True)] == [test]
    assert test not in [row.alert_id for row in call(conn, "alerts")]


def test_what_supersedes_and_retracts_what(conn):
    """With citations, and as senders do it who retract without; whichever comes first."""
    ivorn = "ivo://example.waves/LVC#S260105a-{}".format
    first = receive(conn, gravitational_wave())
    receive(conn, gravitational_wave("Initial", 2))
    assert call(conn, "alert_named", alert="S260105a")[0].kind == "update"
    (row,) = call(conn, "alert_named", alert=str(first))
    assert (row.superseded_by, row.retracted_by) == (ivorn("2-Initial"), None)
    receive(conn, gravitational_wave("Retraction", 3))
    both = call(conn, "alerts")
    assert [row.retracted_by for row in both] == [ivorn("3-Retraction")] * 2 + [None]
    later = receive(conn, gravitational_wave("Preliminary", 4))  # came after it
    assert call(conn, "alert_named", alert=str(later))[0].retracted_by is None

    cited = "ivo://example.burst/SWIFT#BAT_GRB_Pos_1-1"
    receive(conn, burst(number=2, citations=[(cited, "retraction")]))
    # a test takes back nothing that is meant
    receive(conn, burst(number=3, role="test", citations=[(cited, "retraction")]))
    citations = conn.execute("select * from trap.alert_citation where cite = 'retraction'")
    assert {citation.cited_alert_id for citation in citations} == {None}
    one = receive(conn, burst(number=1, sequence=1))
    (row,) = call(conn, "alert_named", alert=str(one))
    assert row.retracted_by == "ivo://example.burst/SWIFT#BAT_GRB_Pos_2-729"


def test_what_another_stream_says_of_an_alert_is_a_citation(conn):
    """It changes nothing of what became of the alert, whichever comes first."""
    cited = "ivo://example.burst/SWIFT#BAT_GRB_Pos_1-1"
    other = "ivo://example.other/SWIFT#{}"
    for number, cite in enumerate(("retraction", "supersedes")):
        receive(conn, voevent(ivorn=other.format(number), citations=[(cited, cite)]))
    alert_id = receive(conn, burst(number=1, sequence=1))
    for number, cite in enumerate(("retraction", "supersedes"), 2):
        receive(conn, voevent(ivorn=other.format(number), citations=[(cited, cite)]))
    (row,) = call(conn, "alert_named", alert=str(alert_id))
    assert (row.superseded_by, row.retracted_by) == (None, None)
    rows = conn.execute("select cite, cited_alert_id from trap.alert_citation").fetchall()
    assert sorted(rows) == [("retraction", alert_id)] * 2 + [("supersedes", alert_id)] * 2


def test_an_alert_is_called_by_number_ivorn_or_event(conn):
    alert_id = receive(conn, burst())
    for name in (str(alert_id), "532871", "ivo://example.burst/SWIFT#BAT_GRB_Pos_532871-729"):
        assert call(conn, "alert_named", alert=name)[0].alert_id == alert_id
    with pytest.raises(DatabaseError, match='there is no alert "GRB1"'):
        call(conn, "alert_named", alert="GRB1")


# ---- sources


def test_the_sources_in_the_error_circle_nearest_first(feeder):
    """Within three times their own errors, which are of 22 arcsec."""
    conn = feeder.conn
    monitor(feeder, "here", 123.0, 10.0)
    feeder.see(fit([123, 123.4, 124], [10.2, 10, 10]), NOBODY, fit([123], [9.5]))
    alert_id = receive(conn, burst(error=0.5))
    assert matched(conn, alert_id) == [123.0, 123.4, 123.0]
    assert matched(conn, alert_id, radius=1.2) == [123.0, 123.4, 123.0, 124.0]
    assert matched(conn, receive(conn, burst(sequence=1, error="unknown"))) == []
    near = receive(conn, burst(sequence=2, error=0, position=(123.4, 10.0 + 60 * ARCSEC)))
    assert matched(conn, near) == [123.4]
    away = receive(conn, burst(sequence=3, error=0, position=(123.4, 10.0 + 70 * ARCSEC)))
    assert matched(conn, away) == []


def test_an_ellipse_is_that_of_astropy(feeder):
    """Major axis of 2 deg at 30 deg from the north through the east; also near the pole."""
    conn = feeder.conn
    rng = np.random.default_rng(5)
    for ra, dec in [(123.0, 10.0), (20.0, 88.0)]:
        middle = SkyCoord(ra, dec, unit="deg")
        away, angle = 3 * np.sqrt(rng.uniform(0, 1, 400)), rng.uniform(0, 360, 400)
        sky = middle.directional_offset_by(angle * u.deg, away * u.deg)
        feeder.step(
            image(
                fit(sky.ra.deg, sky.dec.deg, ra_err=1e-9, dec_err=1e-9), ra=ra, dec=dec, radius=4.0
            ),
            force=None,
        )
        notice = receive(conn, burst(sequence=int(ra), position=(ra, dec), error=2.0))
        conn.execute(
            "update trap_data.alert set error_minor = 0.5, error_pa = 30 where alert_id = %s",
            [notice],
        )
        there = sources(feeder)
        sky = SkyCoord([s.ra for s in there], [s.dec for s in there], unit="deg")
        separation, turned = (
            middle.separation(sky).deg,
            np.radians(middle.position_angle(sky).deg - 30),
        )
        inside = np.hypot(separation * np.cos(turned) / 2, separation * np.sin(turned) / 0.5) < 1
        found = {row.source_id for row in call(conn, "alert_source", alert_id=notice)}
        assert found == {there[number].source_id for number in np.flatnonzero(inside)}
        assert len(found) > 15


def test_the_time_about_the_event(feeder):
    """The burst was four days and a half after the first image."""
    conn = feeder.conn
    always, before, after = 123.0, 123.01, 123.02
    for day in range(8):
        ra = [always] + [before] * (day < 3) + [after] * (day > 5)
        feeder.see(fit(ra, [10.0] * len(ra), ra_err=ARCSEC, dec_err=ARCSEC))
    alert_id = receive(conn, burst(time=START + 4.5 * DAY))
    assert matched(conn, alert_id) == [always, before, after]
    assert matched(conn, alert_id, before=DAY) == [always, after]
    assert matched(conn, alert_id, before=DAY, after=DAY) == [always]
    assert matched(conn, alert_id, before=timedelta(0), after=2 * DAY, new=True) == [after]
    rows = call(conn, "alert_source", alert_id=alert_id)
    assert [row.delay for row in rows] == [-4.5 * 86400, -4.5 * 86400, 1.5 * 86400]
    assert [row.is_new for row in rows] == [False, False, True]
    assert matched(conn, alert_id, definition="appearing", new=True) == []
    (row,) = call(conn, "alert_source", alert_id=alert_id, definition="single_epoch") or [None]
    assert row is None
    with pytest.raises(DatabaseError, match="no definition"):
        call(conn, "alert_source", alert_id=alert_id, definition="nonsense")


def test_a_sky_map_is_searched_in_the_place_of_a_circle(feeder):
    conn = feeder.conn
    feeder.see(fit([123, 124, 150], [10, 11, 40]))
    alert_id = receive(conn, gravitational_wave())
    with pytest.raises(DatabaseError, match="has no position, and no sky map"):
        call(conn, "alert_source", alert_id=alert_id)
    store_map(conn, "S260105a", *gaussian((123.0, 10.0), 2.0))
    call(conn, "attach_skymap", alert_id=alert_id, skymap="S260105a")
    rows = call(conn, "alert_source", alert_id=alert_id)
    assert [round(row.ra) for row in rows] == [123, 124]
    assert rows[0].enclosed < rows[1].enclosed < 0.9
    assert {row.separation for row in rows} == {None}
    assert matched(conn, alert_id, probability=0.05) == [123.0]
    with pytest.raises(DatabaseError, match="has no position"):
        call(conn, "alert_source", alert_id=alert_id, radius=1.0)
    conn.execute("select trap.remove_skymap('S260105a')")
    assert call(conn, "alert_named", alert=str(alert_id))[0].skymap is None


@pytest.mark.parametrize("by_map", [False, True])
@pytest.mark.parametrize("analysed", [False, True])
def test_the_sources_near_it_are_read_and_no_others(original, conn, by_map, analysed):
    rng = np.random.default_rng(7)
    ra, dec = rng.uniform(113, 133, 4000), rng.uniform(0, 20, 4000)
    for name in ("one", "two"):
        feeder = original(name=name, de_ruiter_limit=5.68)
        feeder.step(image(fit(ra, dec), radius=15.0), force=None)
    if analysed:
        conn.execute("analyze")
    alert_id = receive(conn, gravitational_wave() if by_map else burst(error=2.0))
    if by_map:
        store_map(conn, "S260105a", *gaussian((123.0, 10.0), 2.0))
        call(conn, "attach_skymap", alert_id=alert_id, skymap="S260105a")
    before = rows_read(conn)
    found = call(conn, "alert_source", alert_id=alert_id, dataset="two")
    read = {name: n - before[name] for name, n in rows_read(conn).items()}
    assert len(found) > 50
    assert {name for name, n in read.items() if n} == {f"source_{feeder.dataset_id}"}
    assert sum(read.values()) < 10 * len(found)


# ---- images


def test_the_images_that_cover_it_before_during_and_after(feeder):
    conn = feeder.conn
    for _ in range(3):
        feeder.see(NOBODY, ra=123.0, dec=10.0, radius=1.0)
    conn.execute("update trap_data.image set duration = 3600")
    feeder.see(NOBODY, ra=140.0, dec=10.0, radius=1.0)
    during = START + DAY + timedelta(minutes=30)
    alert_id = receive(conn, burst(time=during, error=0.05))
    rows = call(conn, "alert_image", alert_id=alert_id)
    assert [(row.phase, row.delay) for row in rows] == [
        ("before", -88200.0), ("during", -1800.0), ("after", 84600.0),
    ]  # fmt: skip
    assert {row.covered for row in rows} == {1.0}
    rows = call(conn, "alert_image", alert_id=alert_id, before=timedelta(0), after=2 * DAY)
    assert [row.phase for row in rows] == ["after"]
    half = receive(conn, burst(sequence=2, position=(123.0, 11.0), error=0.02))
    assert {round(row.covered, 1) for row in call(conn, "alert_image", alert_id=half)} == {0.5}
    wide = receive(conn, burst(sequence=3, error=4.0))
    (covered,) = {row.covered for row in call(conn, "alert_image", alert_id=wide)}
    assert covered == pytest.approx(1 / 16, abs=0.005)


def test_images_of_a_sky_map(feeder):
    conn = feeder.conn
    feeder.see(NOBODY, ra=123.0, dec=10.0, radius=4.0)
    feeder.see(NOBODY, ra=150.0, dec=-40.0, radius=1.0)
    alert_id = receive(conn, gravitational_wave())
    store_map(conn, "S260105a", *gaussian((123.0, 10.0), 2.0))
    call(conn, "attach_skymap", alert_id=alert_id, skymap="S260105a")
    (row,) = [one for one in call(conn, "alert_image", alert_id=alert_id) if one.covered > 1e-6]
    assert row.covered == pytest.approx(1 - np.exp(-((4 / 2) ** 2) / 2), abs=0.02)


# ---- watches


@pytest.mark.parametrize("by_map", [False, True])
def test_hits_of_a_watched_alert_are_events_like_others(feeder, by_map):
    """What is there by now is stored; what comes is announced; what is elsewhere is nothing."""
    conn = feeder.conn
    definition = '[{"column": "n_blind", "comparison": ">=", "value": 1}]'
    conn.execute("select trap.store_definition('anything', '', %s::jsonb)", [definition])
    feeder.see(fit([123, 140], [10, 10]))
    if by_map:
        alert_id = receive(conn, gravitational_wave())
        store_map(conn, "S260105a", *gaussian((123.0, 10.0), 2.0))
        call(conn, "attach_skymap", alert_id=alert_id, skymap="S260105a")
    else:
        alert_id = receive(conn, burst(error=2.0))
    watch = call(conn, "watch_alert", alert_id=alert_id, definition="anything", responders=[])
    assert watch == [(f"alert_{alert_id}",)]
    feeder.see(fit([123, 124, 140, 141], [10, 10, 10, 10]))
    events = conn.execute("select * from trap.event order by event_id").fetchall()
    assert {(event.kind, event.watch) for event in events} == {("initial", f"alert_{alert_id}")}
    assert [(round(event.ra), event.announced) for event in events] == [(123, False), (124, True)]
    # they belong to it by its number; a watch that somebody calls so does not
    assert {event.alert_id for event in events} == {alert_id}
    assert conn.execute("select alert_id from trap.watch").fetchall() == [(alert_id,)]
    unknown = receive(conn, burst(sequence=9, error=0))
    with pytest.raises(DatabaseError, match="does not say how well"):
        call(conn, "watch_alert", alert_id=unknown, definition="anything", responders=[])
    call(conn, "remove_watch", name=f"alert_{alert_id}")
    call(conn, "delete_definition", name="anything")


# ---- positions


def test_a_rule_asks_for_the_positions_of_its_alerts(feeder):
    """Not of tests, utilities and retractions, nor where nobody looked, nor what is known badly."""
    conn = feeder.conn
    feeder.see(NOBODY)
    swift = "ivo://example.burst/SWIFT"
    rule = {"dataset": "field", "error_max": 0.1, "per_day": 20}
    call(conn, "add_alert_rule", name="swift", stream=swift, **rule)
    call(conn, "add_alert_rule", name="all", stream="ivo://", **rule)
    asked = receive(conn, burst(sequence=1))
    receive(conn, burst(sequence=2, role="test"))
    receive(conn, burst(sequence=6, role="utility"))
    receive(conn, burst(sequence=3, error=0.2))
    receive(conn, burst(sequence=4, position=(200.0, 10.0)))
    receive(conn, burst(sequence=5, citations=[("ivo://a/b#c", "retraction")]))
    receive(conn, gravitational_wave())
    receive(conn, burst(sequence=1))
    assert call(conn, "alert_positions_due") == [(asked, "field")]
    (made,) = call(conn, "monitor_alert", alert_id=asked, dataset="field")
    assert (made.name, call(conn, "alert_positions_due")) == (f"alert-{asked}", [(asked, "field")])
    call(conn, "alert_filled", alert_id=asked, dataset="field")
    assert call(conn, "alert_positions_due") == []
    (row,) = conn.execute("select * from trap.alert_position").fetchall()
    assert (row.source_id, row.dataset) == (made.source_id, "field")
    for name in ("swift", "all"):
        call(conn, "remove_alert_rule", name=name)


def test_a_rule_asks_for_nothing_in_a_data_set_that_is_published(feeder):
    """It was there before: nothing could be measured, and nobody tries it every hour."""
    conn = feeder.conn
    feeder.see(NOBODY)
    rule = {"dataset": "field", "error_max": 0.1, "per_day": 20}
    call(conn, "add_alert_rule", name="swift", stream="ivo://", **rule)
    said = {"title": "Field", "creator": None, "licence": None, "doi": None}
    routines.publish_dataset(conn, "field", "1", **said)
    receive(conn, burst(sequence=1))
    assert call(conn, "alert_positions_due") == []
    call(conn, "withdraw_publication", dataset="field")
    asked = receive(conn, burst(sequence=2))
    assert call(conn, "alert_positions_due") == [(asked, "field")]
    call(conn, "remove_alert_rule", name="swift")


def test_a_rule_asks_for_so_many_positions_in_a_day(feeder):
    """What came before counts no more, nor what users ask for, nor another rule."""
    conn = feeder.conn
    feeder.see(NOBODY)
    stream = "ivo://example.burst/SWIFT"
    rule = {"stream": stream, "dataset": "field", "error_max": 0.1}
    with pytest.raises(DatabaseError, match="asks for 0 positions"):
        call(conn, "add_alert_rule", name="swift", per_day=0, **rule)
    call(conn, "add_alert_rule", name="swift", per_day=2, **rule)
    by_hand = receive(conn, burst(sequence=0, error=0.2))
    call(conn, "monitor_alert", alert_id=by_hand, dataset="field")
    alert_ids = [receive(conn, burst(sequence=number)) for number in range(1, 5)]

    def asked():
        rows = conn.execute("select alert_id from trap.alert_position where rule = 'swift'")
        return [alert_id for (alert_id,) in rows]

    assert asked() == alert_ids[:2]
    conn.execute("update trap_data.alert_position set asked_at = asked_at - interval '1 day'")
    later = receive(conn, burst(sequence=5))
    assert asked() == [*alert_ids[:2], later]
    receive(conn, burst(sequence=6))
    receive(conn, burst(sequence=7))
    assert len(asked()) == 4
    call(conn, "remove_alert_rule", name="swift")


def test_readers_look_and_operators_store(operator_db, reader_db):
    operator_db.row_factory = reader_db.row_factory = namedtuple_row
    alert_id = receive(operator_db, burst())
    assert reader_db.execute("select ivorn from trap.alert").fetchone()
    assert call(reader_db, "alert_source", alert_id=alert_id) == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        store(reader_db, burst(sequence=2), "a reader")
