"""What watches tell of sources: when one begins, changes, ends, and when that is taken back."""

from collections import Counter
from datetime import timedelta

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.feeding import START, FedImage
from tests.sql.catalogue import USUAL, WHAT, fill_in, fit, image, monitor, replay, sources, watch
from tests.sql.test_properties import examples
from trapdb.database import routines
from trapdb.database.connection import call
from trapdb.errors import DatabaseError
from trapdb.exchange.event import Event

NOBODY = fit([], [])
ERR = 5e-4
DAY = timedelta(days=1)
# a bright last point: the weighted mean follows it slowly, the largest stays
BRIGHT = "int_flux_mean >= 0.012"


def rows(conn):
    """Return the events, in their order."""
    return conn.execute("select * from trap.event order by event_id").fetchall()


def told(conn, of="kind state"):
    """Return some columns of the events, in their order."""
    return [tuple(getattr(row, name) for name in of.split()) for row in rows(conn)]


def woken(conn):
    """Return which responders were woken by which events."""
    jobs = conn.execute(
        "select payload from trap_data.job where queue = 'response' order by number"
    ).fetchall()
    return [(job.payload["event_id"], job.payload["responder"]) for job in jobs]


def bright(flux):
    """Make a measurement at a place, of this flux density."""
    return fit(123, 10, int_flux=flux, int_flux_err=ERR)


def verified(feeder):
    return routines.verify_dataset(feeder.conn, feeder.name) == []


def test_an_episode_begins_changes_and_ends(conn, new_feeder):
    watch(conn, BRIGHT, responders=["tell", "write"], update_factor=1.5)
    feeder = new_feeder()
    for flux in (0.01, 0.02, 0.021, 0.05):
        feeder.step(image(bright(flux)))
    for _ in range(6):
        feeder.step(image(NOBODY))  # measured by force, as nothing
    assert told(conn, "kind first_event_id previous_event_id announced taken_at") == [
        ("initial", None, None, True, START + DAY),
        ("update", 1, 1, True, START + 3 * DAY),
        ("ended", 1, 2, True, START + 8 * DAY),
    ]
    assert woken(conn) == [(n, who) for n in (1, 2, 3) for who in ("tell", "write")]
    # a new episode
    feeder.step(image(bright(0.5)))
    assert told(conn)[3:] == [("initial", "standing")]
    # nothing changed beside
    assert {row.source_id for row in rows(conn)} == {source.source_id for source in sources(feeder)}
    assert verified(feeder)


def test_an_event_keeps_what_was_known_then(conn, new_feeder):
    watch(conn, "margin_worst >= 5")
    feeder = new_feeder(backfill=2)
    feeder.step(image(NOBODY))
    (image_id,) = feeder.step(image(bright(0.02), bandwidth=3e6))
    feeder.step(image(bright(0.5)))
    (row,) = rows(conn)
    event = Event.of(row)
    assert (event.kind, event.tense, event.watch, event.known_image_id) == (
        "initial", "real", "loud", image_id,
    )  # fmt: skip
    assert event.conditions == [{"column": "margin_worst", "comparison": ">=", "value": 5}]
    assert event.figure("last_peak_flux") == event.figure("peak_flux_max") == 0.02
    assert event.figure("n") == 2  # with the point before, which was filled in
    assert event.figure("before_significance") == pytest.approx(0.02 / ERR / 2**0.5)
    assert (event.figure("freq_eff"), event.figure("bandwidth")) == (140e6, 3e6)
    assert event.figures["last_kind"] == "blind"
    assert event.figures["last_taken_at"] == "2012-01-02T00:00:00.000000Z"
    assert event.figures["limit_taken_at"] == "2012-01-01T00:00:00.000000Z"
    # two errors of 10 arcsec about it, and 68 per cent of a normal distribution
    assert event.position_error_arcsec == pytest.approx(22.36 * 1.5096, rel=1e-3)
    assert event.discovered_at == event.taken_at == START + DAY
    names = {column.column_name for column in conn.execute("select * from trap.definition_column")}
    others = {name for name in event.figures if name not in names}
    assert others == {
        "last_peak_flux", "last_peak_flux_err", "last_int_flux", "last_int_flux_err", "last_kind",
        "last_measurement_id", "last_taken_at", "freq_eff", "bandwidth", "duration", "beam_major",
        "beam_minor", "beam_pa", "ra_err", "dec_err", "limit_taken_at",
    }  # fmt: skip
    unknown = names - set(event.figures)
    assert unknown <= {
        "local_limit", "margin_local", "eta_int_field_sigma", "v_int_field_sigma", "snr_max",
        "noise_chance", "other_band_significance", "trend_scaled_significance", "label_rating",
        "label_class", "circular_fraction", "circular_significance", "linear_over_i",
        "polarisation_change_significance", "class_novelty",
        *(name for name in names if name.startswith(("reference_", "probability_"))),
    }  # fmt: skip


def test_what_a_replay_brings_back_was_never_gone(conn, new_feeder):
    """The source has another number then, and the event is of that."""
    watch(conn, "margin_worst >= 5", update_factor=2.0)
    feeder = new_feeder()
    feeder.step(image(NOBODY))
    feeder.step(image(bright(0.02)))
    feeder.step(image(bright(0.05)))
    before = told(conn, "event_id kind taken_at source_id")
    assert len(before) == 2
    for to in (START, START + DAY, START):
        routines.rewind_dataset(conn, feeder.name, to)
        assert {state for (state,) in told(conn, "state")} == (
            {"questioned"} if to == START else {"standing", "questioned"}
        )
        replay(feeder)
        assert told(conn, "event_id kind taken_at source_id") == before
        assert verified(feeder)
        assert {row.state for row in rows(conn)} == {"standing"}
        (source,) = sources(feeder)
        assert {row.current_source_id for row in rows(conn)} == {source.source_id}
    assert len(woken(conn)) == 2
    # and goes on
    feeder.step(image(bright(0.2)))
    assert told(conn, "kind first_event_id previous_event_id")[2:] == [("update", 1, 2)]


def test_a_late_image_takes_back_what_it_explains(conn, new_feeder):
    watch(conn, "margin_worst >= 5")
    feeder = new_feeder()
    feeder.step(image(NOBODY))
    feeder.step(image(bright(0.02)))
    routines.rewind_dataset(conn, feeder.name, START)
    feeder.step(image(bright(0.02)), taken_at=START + DAY / 2)
    assert told(conn) == [("initial", "questioned"), ("initial", "standing")]
    replay(feeder)
    assert told(conn, "kind state first_event_id previous_event_id taken_at") == [
        ("initial", "retracted", None, None, START + DAY),
        ("initial", "standing", None, None, START + DAY / 2),
        ("retraction", "standing", 1, 1, START + DAY),
    ]
    assert rows(conn)[2].reason.startswith("the time step was associated anew")
    assert woken(conn) == [(1, "tell"), (2, "tell"), (3, "tell")]


def test_what_no_replay_brings_back_in_time_is_retracted(conn, new_feeder):
    watch(conn, BRIGHT, name="patient", update_factor=1.5)
    watch(conn, BRIGHT, name="hasty", retract_wait=timedelta(0))
    feeder = new_feeder()
    for flux in (0.001, 0.05, 0.2):
        feeder.step(image(bright(flux)))
    assert Counter(told(conn, "watch kind")) == {
        ("patient", "initial"): 1, ("patient", "update"): 1, ("hasty", "initial"): 1,
    }  # fmt: skip
    routines.rewind_dataset(conn, feeder.name, START)
    assert Counter(told(conn, "watch kind state")) == {
        ("patient", "initial", "questioned"): 1, ("patient", "update", "questioned"): 1,
        ("hasty", "initial", "retracted"): 1, ("hasty", "retraction", "standing"): 1,
    }  # fmt: skip
    (retracted,) = call(conn, "retract_events")
    assert retracted.retract_events == 0
    conn.execute("update trap_data.standing_event set questioned_until = now()")
    (retracted,) = call(conn, "retract_events")
    assert retracted.retract_events == 1  # one tells of both
    assert Counter(told(conn, "watch kind state")) == {
        ("patient", "initial", "retracted"): 1, ("patient", "update", "retracted"): 1,
        ("patient", "retraction", "standing"): 1,
        ("hasty", "initial", "retracted"): 1, ("hasty", "retraction", "standing"): 1,
    }  # fmt: skip
    replay(feeder)
    assert Counter(told(conn, "watch kind"))["patient", "initial"] == 2
    assert len(woken(conn)) == len(rows(conn)) == 8


def test_a_replay_that_takes_longer_than_events_wait_loses_none(conn, new_feeder):
    watch(conn, BRIGHT, update_factor=1.5)
    feeder = new_feeder()
    for flux in (0.02, 0.02, 0.05):
        feeder.step(image(bright(flux)))
    routines.rewind_dataset(conn, feeder.name, START)
    conn.execute(
        "update trap_data.standing_event set questioned_until = now() + interval '1 minute'"
        " where questioned_until is not null"
    )
    replay(feeder, steps=1)
    (left,) = conn.execute(
        "select questioned_until - now() as left from trap_data.standing_event"
        " where questioned_until is not null"
    ).fetchone()
    assert left > timedelta(minutes=50)


def test_a_replay_that_is_killed_loses_and_doubles_nothing(conn, module_url, new_feeder):
    watch(conn, BRIGHT, update_factor=1.2)
    feeder = new_feeder()
    for flux in (0.001, 0.05, 0.1, 0.2):
        feeder.step(image(bright(flux)))
    before = told(conn, "event_id kind taken_at state")
    assert len(before) == 3
    routines.rewind_dataset(conn, feeder.name, START)
    step = "select trap.begin_time_step(%s, %s), trap.copy_image(%s, %s)"
    for _ in range(3):
        (origin, *_) = routines.replayable_images(conn, feeder.dataset_id, "rewound")
        killed = psycopg.connect(module_url)
        killed.prepare_threshold = None
        ids = feeder.dataset_id, origin.taken_at, feeder.run_id, origin.image_id
        (_, image_id) = killed.execute(step, ids).fetchone()
        killed.execute("select trap.associate_image(%s)", [image_id])
        killed.execute("select trap.add_events()")
        restored = killed.execute("select state from trap.event order by event_id").fetchall()
        assert ("standing",) in restored
        conn.execute("select pg_terminate_backend(%s, 5000)", [killed.info.backend_pid])
        with pytest.raises(psycopg.OperationalError):
            killed.execute("select trap.close_time_step()")
        killed.close()
        assert "questioned" in {row.state for row in rows(conn)}
        replay(feeder, steps=1)
    assert told(conn, "event_id kind taken_at state") == before
    assert len(woken(conn)) == 3


def test_a_deleted_data_set_takes_its_events_back(conn, new_feeder):
    """What a watch told that was removed is left alone."""
    watch(conn, BRIGHT, name="kept")
    watch(conn, BRIGHT, name="gone")
    watch(conn, BRIGHT, name="quiet", responders=[])
    feeder = new_feeder()
    feeder.step(image(bright(0.05)))
    call(conn, "remove_watch", name="gone")
    routines.delete_dataset(conn, feeder.name)
    assert told(conn, "watch kind state announced dataset") == [
        ("kept", "initial", "retracted", True, "fed"),
        ("gone", "initial", "standing", True, "fed"),
        ("quiet", "initial", "retracted", True, "fed"),
        ("kept", "retraction", "standing", True, "fed"),
        ("quiet", "retraction", "standing", True, "fed"),
    ]
    assert woken(conn) == [(1, "tell"), (2, "tell"), (4, "tell")]


def test_what_was_there_before_it_was_watched_is_no_news(conn, new_feeder):
    """Nor is it after a rewind and a replay; what comes later is."""
    feeder = new_feeder()
    for flux in (0.001, 0.05, 0.05):
        feeder.step(image(bright(flux)))
    watch(conn, BRIGHT, update_factor=2.0)
    assert told(conn, "kind state announced") == [("initial", "standing", False)]
    routines.rewind_dataset(conn, feeder.name, START)
    replay(feeder)
    assert told(conn, "kind state announced taken_at") == [
        ("initial", "retracted", False, START + 2 * DAY),
        ("initial", "standing", False, START + DAY),
        ("retraction", "standing", False, START + 2 * DAY),
    ]
    feeder.step(image(fit([123, 124], 10, int_flux=[0.05, 0.3], int_flux_err=ERR)))
    assert told(conn, "kind announced")[3:] == [("initial", True)]
    feeder.step(image(fit([123, 124], 10, int_flux=[0.3, 0.3], int_flux_err=ERR)))
    # nobody was told that it began
    assert told(conn, "kind announced")[4:] == [("update", False)]
    assert len(woken(conn)) == 1


def test_a_copy_of_another_data_set_is_news_only_to_who_watches_that(conn, new_feeder):
    watch(conn, BRIGHT, name="all")
    watch(conn, BRIGHT, name="this", dataset="copy")
    first = new_feeder(name="first")
    for flux in (0.001, 0.05):
        first.step(image(bright(flux)))
    copy = new_feeder(name="copy")
    for origin in routines.replayable_images(conn, first.dataset_id, "accepted"):
        with conn.transaction():
            routines.begin_time_step(conn, copy.dataset_id, origin.taken_at)
            image_id = routines.copy_image(conn, copy.run_id, origin.image_id)
            routines.associate_image(conn, image_id)
            routines.add_events(conn)
            routines.close_time_step(conn)
    assert told(conn, "watch dataset announced") == [
        ("all", "first", True), ("all", "copy", False), ("this", "copy", True),
    ]  # fmt: skip
    # and it goes on with images of its own
    copy.next_at = first.next_at
    copy.step(image(fit([123, 124], 10, int_flux=0.05, int_flux_err=ERR)))
    assert sorted(told(conn, "watch dataset announced")[3:]) == [
        ("all", "copy", True), ("this", "copy", True),
    ]  # fmt: skip


def test_what_was_made_of_other_images_is_news_only_to_who_watches_that(conn, new_feeder):
    watch(conn, BRIGHT, name="all", responders=["r"])
    watch(conn, BRIGHT, name="this", dataset="made", responders=["r"])
    feeder = new_feeder(name="made", derived=True)
    for flux in (0.001, 0.05):
        feeder.step(image(bright(flux)))
    assert told(conn, "watch announced") == [("all", False), ("this", True)]
    assert len(woken(conn)) == 1


def test_of_a_flood_the_most_significant_are_announced(conn, new_feeder):
    watch(conn, BRIGHT, events_max=2)
    feeder = new_feeder()
    blind = fit([120, 121, 122, 123], 10, int_flux=[0.02, 0.05, 0.03, 0.04], int_flux_err=ERR)
    blind.snr[:] = blind.peak_flux / ERR
    feeder.step(image(blind))
    (one,) = feeder.announced
    assert (one.watch, one.announced, one.withheld) == ("loud", 2, 2)
    assert [(row.announced, row.figures["peak_flux_max"]) for row in rows(conn)] == [
        (True, 0.05), (True, 0.04), (False, 0.03), (False, 0.02),
    ]  # fmt: skip
    assert len(woken(conn)) == 2
    feeder.step(image(blind))
    assert feeder.announced == []


def test_where_and_in_which_band_it_is_watched(conn, new_feeder):
    call(
        conn, "store_watch_list", name="list", kind="list", origin="a test", names=["one"],
        ra=[121.0], dec=[10.0], radius_arcsec=[5.0], pm_ra=[None], pm_dec=[None], epoch=[None],
    )  # fmt: skip
    watch(conn, BRIGHT, name="circle", ra=122.0, dec=10.0, radius=0.5)
    watch(conn, BRIGHT, name="listed", watch_list="list")
    watch(conn, BRIGHT, name="band", freq_low=100e6, freq_high=120e6)
    watch(conn, BRIGHT, name="elsewhere", dataset="another")
    blind = fit([120, 121, 122], 10, int_flux=0.02, int_flux_err=ERR)
    feeder = new_feeder()
    feeder.step(image(blind), image(fit(120, 10, int_flux=0.02), freq_eff=110e6))
    assert sorted((row.watch, round(row.ra)) for row in rows(conn)) == [
        ("band", 120), ("circle", 122), ("listed", 121),
    ]  # fmt: skip
    with pytest.raises(DatabaseError, match='the watch "listed" looks in the watch list "list"'):
        call(conn, "remove_watch_list", name="list")
    call(
        conn, "store_watch_list", name="list", kind="list", origin="a test", names=["one"],
        ra=[122.0], dec=[10.0], radius_arcsec=[5.0], pm_ra=[None], pm_dec=[None], epoch=[None],
    )  # fmt: skip
    feeder.step(image(blind))
    assert Counter(row.kind for row in rows(conn) if row.watch == "listed") == {
        "initial": 2, "ended": 1,
    }  # fmt: skip


def test_a_monitored_position_is_watched_by_its_forced_points(conn, new_feeder):
    feeder = new_feeder()
    monitor(feeder, "target", 125.0, 10.0)
    watch(conn, "monitored = 1", "int_flux_mean >= 0.01", update_sigma=5.0)
    for flux in (0.001, 0.03, 0.031, 0.06):
        found = fit(125.0, 10.0, int_flux=flux, int_flux_err=ERR)
        feeder.step(image(NOBODY), force=lambda _, requests, found=found: found)
    assert told(conn, "kind taken_at position_error_arcsec source_name") == [
        ("initial", START + DAY, None, "target"),
        ("update", START + 3 * DAY, None, "target"),
    ]
    assert rows(conn)[1].figures["last_kind"] == "monitored"
    call(conn, "delete_monitor_position", dataset=feeder.name, name="target")
    assert told(conn, "kind")[2:] == [("retraction",)]


def test_a_back_fill_on_request_is_judged_when_the_source_is_seen_next(conn, new_feeder):
    watch(conn, "n >= 3")
    feeder = new_feeder()
    feeder.step(image(NOBODY))
    feeder.step(image(bright(0.02)))
    fill_in(feeder)
    assert told(conn) == []
    feeder.step(image(bright(0.02)))
    assert told(conn) == [("initial", "standing")]


@pytest.mark.parametrize("tense", ["real", "injected", "simulated", "test"])
def test_events_have_the_tense_of_their_data_set(conn, new_feeder, tense):
    watch(conn, BRIGHT)
    feeder = new_feeder(tense=tense)
    feeder.step(image(bright(0.02)))
    assert told(conn, "tense announced") == [(tense, True)]


def test_what_is_watched_for_is_kept(conn):
    watch(conn, BRIGHT)
    with pytest.raises(DatabaseError, match='the watch "loud" watches for the definition "loud"'):
        call(conn, "delete_definition", name="loud")
    with pytest.raises(DatabaseError, match='there is a watch named "loud" already'):
        watch(conn, BRIGHT)
    with pytest.raises(DatabaseError, match='no definition of transients named "unknown"'):
        call(conn, "add_watch", name="quiet", definition="unknown", **USUAL)
    with pytest.raises(DatabaseError, match='no watch list named "nowhere"'):
        watch(conn, BRIGHT, name="here", watch_list="nowhere")
    with pytest.raises(DatabaseError, match='there is no watch named "quiet"'):
        call(conn, "remove_watch", name="quiet")
    call(conn, "remove_watch", name="loud")
    call(conn, "delete_definition", name="loud")


def rows_handled(conn, act):
    """Return how many rows of all tables were read while something was done."""

    def total():
        conn.execute("select pg_stat_force_next_flush()")
        conn.execute("select pg_stat_clear_snapshot()")
        (row,) = conn.execute(
            "select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) as n from pg_stat_user_tables"
        ).fetchall()
        return row.n

    before = total()
    act()
    return total() - before


def test_of_all_sources_only_those_of_the_step_are_looked_at(conn, crowd):
    """20,000 sources in each of three data sets; the step finds one and has no other."""
    feeder = crowd[0]

    def step(flux):
        return lambda: feeder.see(fit(123, 10, int_flux=flux, int_flux_err=ERR))

    step(0.01)()
    alone = rows_handled(conn, step(0.01))
    watch(conn, "int_flux_mean >= 0.02", "v_int >= 0", update_factor=1.5)
    assert abs(rows_handled(conn, step(0.01)) - alone) < 100
    assert told(conn) == []
    assert abs(rows_handled(conn, step(0.1)) - alone) < 1000
    # of the crowd, which is anywhere, one may be so near that it is found, too
    assert set(told(conn)) == {("initial", "standing")}


FLUXES = st.sampled_from([None, 0.004, 0.02, 0.05, 0.2])
EPOCH = st.tuples(FLUXES, FLUXES, st.booleans())
CONDITIONS = ["int_flux_mean >= 0.012", "peak_flux_max < 0.1", "n_blind <= 2", "n >= 3"]
CONDITIONS += ["v_int >= 0.5"]
# what running sums decide, alone or beside what they do not
CONDITIONS += ["max_significance >= 4", "eta_int_significance > 3", "eta_peak_significance >= 20"]
CONDITIONS += ["trend_significance <= -3", "monitored = 0", "other_band_significance >= 4"]
CONDITIONS += ["eta_int_field_sigma >= 0", "noise_chance <= 0.5", "before_n >= 1"]
CONDITIONS += ["reference_count = 0", "reference_chance <= 0.5", "circular_fraction >= 0"]


def fulfilled(conn, feeder, name):
    """Return which sources fulfil a definition, of all, as bands of sources."""
    found = conn.execute(
        "select * from trap.transient_by_definition(%s, %s)", [name, feeder.name]
    ).fetchall()
    return {(row.source_id, row.band_id, row.stokes) for row in found}


def points(feeder, image_ids):
    """Return the peak flux density by source and band of the points of a time step."""
    found = feeder.conn.execute(
        "select * from trap.lightcurve where dataset_id = %s and image_id = any(%s) and usable"
        " and not inherited", [feeder.dataset_id, image_ids],
    ).fetchall()  # fmt: skip
    return {
        (row.source_id, row.band_id, row.stokes): (row.peak_flux, row.peak_flux_err)
        for row in found
    }


class Model:
    """Watches in plain words: what is open, and what was told last."""

    def __init__(self, factor, sigma, wait):
        self.factor, self.sigma, self.wait = factor, sigma, wait
        self.last = {}
        self.flux = {}
        self.told = []

    def step(self, at, fulfils, seen):
        """Take a time step: who fulfils the definition after it, and the points that it has."""
        self.flux |= seen
        touched = {source_id for source_id, _, _ in seen}
        for key in sorted(fulfils | set(self.last)):
            if key[0] not in touched:
                continue
            if key in fulfils and key not in self.last:
                kind = "initial"
            elif key not in fulfils:
                kind = "ended"
            elif key in seen and self._changed(key, at):
                kind = "update"
            else:
                continue
            self.told.append((kind, at, *key))
            self.last[key] = at, self.flux.get(key)
            if kind == "ended":
                del self.last[key]

    def _changed(self, key, at):
        then, told = self.last[key]
        if at - then < self.wait or told is None:
            return False
        (now, now_err), (was, was_err) = self.flux[key], told
        by_factor = now > 0 and was > 0 and max(now / was, was / now) >= self.factor
        return by_factor or abs(now - was) >= self.sigma * (now_err**2 + was_err**2) ** 0.5


@examples(25)
@given(
    epochs=st.lists(EPOCH, min_size=3, max_size=7),
    conditions=st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=3, unique=True),
    factor=st.sampled_from([1.5, 4.0]),
    sigma=st.sampled_from([20.0, 1000.0]),
    wait=st.sampled_from([timedelta(0), 2 * DAY]),
    to=st.integers(0, 6),
)
def test_events_are_those_of_a_model(conn, new_feeder, epochs, conditions, factor, sigma, wait, to):
    """Two sources, one of them in two bands; so are those of a trial, and of a replay."""
    for row in conn.execute("select * from trap.watch").fetchall():
        call(conn, "remove_watch", name=row.watch)
    conn.execute("truncate trap_data.event restart identity cascade")
    what = {"update_factor": factor, "update_sigma": sigma, "update_wait": wait}
    watch(conn, *conditions, **what)
    feeder = new_feeder(name=f"modelled {hash(str((epochs, conditions, factor, wait)))}")
    model = Model(factor, sigma, wait)
    for one, two, other_band in epochs:
        blind = [(ra, flux) for ra, flux in ((123, one), (124, two)) if flux is not None]
        ra, flux = zip(*blind, strict=True) if blind else ((), ())
        taken = [image(fit(ra, 10, int_flux=flux, int_flux_err=ERR))]
        if other_band and one is not None:
            taken.append(FedImage(fit(123, 10, int_flux=one, int_flux_err=ERR), freq_eff=50e6))
        at = feeder.next_at
        image_ids = feeder.step(*taken)
        model.step(at, fulfilled(conn, feeder, "loud"), points(feeder, image_ids))
    of = "kind taken_at source_id band_id stokes"
    assert Counter(told(conn, of)) == Counter(model.told)
    assert {row.state for row in rows(conn)} <= {"standing"}

    tried = call(
        conn, "try_watch", dataset=feeder.name, steps=100, definition="loud", **(WHAT | what)
    )
    key = of.split()
    assert Counter(tuple(getattr(row, name) for name in key) for row in tried) == Counter(
        model.told
    )
    assert verified(feeder)

    before = told(conn, "event_id kind taken_at state")
    routines.rewind_dataset(conn, feeder.name, START + to * DAY)
    assert {row.state for row in rows(conn) if row.taken_at > START + to * DAY} <= {"questioned"}
    replay(feeder)
    assert told(conn, "event_id kind taken_at state") == before
    routines.delete_dataset(conn, feeder.name)
    assert {row.state for row in rows(conn) if row.kind != "retraction"} <= {"retracted"}


def test_verification_finds_an_event_that_nobody_follows(conn, new_feeder):
    watch(conn, BRIGHT)
    feeder = new_feeder()
    feeder.step(image(bright(0.02)))
    assert verified(feeder)
    conn.execute("update trap_data.standing_event set is_open = false")
    (problem,) = routines.verify_dataset(conn, feeder.name)
    assert problem.problem.startswith("event without its source")
