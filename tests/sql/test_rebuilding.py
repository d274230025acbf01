"""Verifying, rewinding, replaying and associating anew give what a straight run gives."""

import numpy as np
import pytest
from feeding import START, FedImage, Feeder, measurements

from trapdb.configuration.keys import Configuration
from trapdb.database import routines
from trapdb.database.connection import open_url
from trapdb.errors import TakenBack
from trapdb.ingest import rebuild
from trapdb.ingest.run import Run
from trapdb.measuring.here import Here

DAY = np.timedelta64(1, "D").item()
EPOCHS = 8


@pytest.fixture
def conn(db_url):
    with open_url(db_url) as conn:
        yield conn


def crowded_sky(seed=3, epochs=EPOCHS, width=0.2):
    """Images of a crowded field in two bands: forks, merges, new and vanishing sources."""
    rng = np.random.default_rng(seed)
    ra, dec = 123 + rng.uniform(-width, width, 60), 10 + rng.uniform(-width, width, 60)
    steps = []
    for _ in range(epochs):
        images = []
        for freq_eff in (50e6, 150e6):
            on = rng.random(60) < 0.8
            shift = rng.normal(0, 8 / 3600, (2, on.sum()))
            flux = 0.05 + rng.normal(0, 0.001, on.sum())
            fits = measurements(ra[on] + shift[0], dec[on] + shift[1], int_flux=flux)
            images.append(FedImage(fits, radius=2.0, freq_eff=freq_eff))
        steps.append(images)
    return steps


def steady(image, requests):
    """Forced fits that depend on the place alone, so that they can be compared."""
    flux = 0.01 + 0.001 * np.sin(1e3 * requests.ra)
    return measurements(requests.ra, requests.dec, int_flux=flux)


def state(conn, dataset_id):
    """The catalogue with measurements by time, band and position instead of ids."""
    rows = conn.execute(
        """
        select c.taken_at, c.freq_eff, c.kind, c.association, c.inherited,
            round(c.ra::numeric, 8) as at_ra, round(c.dec::numeric, 8) as at_dec,
            round(s.ra::numeric, 7) as ra, round(s.dec::numeric, 7) as dec,
            s.n_blind, s.n_forced, s.last_seen
        from trap.lightcurve as c
        inner join trap.running_catalogue as s using (dataset_id, source_id)
        where dataset_id = %s
        """,
        [dataset_id],
    ).fetchall()
    return sorted(tuple(row) for row in rows)


def replay_all(conn, feeder, origin_id=None, status="rewound"):
    images = routines.replayable_images(conn, origin_id or feeder.dataset_id, status)
    with Run(conn, feeder.name, Configuration(), "test") as run:
        return list(rebuild.replay(run, images, Here()))


@pytest.fixture(scope="module")
def fed_straight(feed_once):
    return feed_once(feed_straight)


def feed_straight(conn):
    feeder = Feeder(conn, name="straight", expiry=3)
    states = []
    for images in crowded_sky():
        feeder.step(*images, force=steady)
        states.append(state(conn, feeder.dataset_id))
    return feeder, states


@pytest.fixture
def straight(fed_straight, fed_again):
    """A data set of the crowded sky, and its states after each time step."""
    feeder, states = fed_straight
    return fed_again(feeder), states


def test_a_straight_run_verifies(straight):
    feeder, states = straight
    assert {row[3] for row in states[-1]} == {
        *("new", "one_to_one", "many_to_one", "fork", "null_detection")
    }
    assert routines.verify_dataset(feeder.conn, feeder.name) == []


DAMAGES = (
    ("update trap_data.source_flux set int_m2 = int_m2 * 1.001", "fluxes of the source"),
    ("update trap_data.source set weighted_l = weighted_l + 1", "sums of the source"),
    ("update trap_data.source set n_blind = n_blind + 1", "sums of the source"),
    ("delete from trap_data.association where kind = 'new'", "usable measurement of"),
    ("delete from trap_data.measurement where kind = 'blind'", "association without"),
    ("delete from trap_data.image", "measurement without an image"),
)


def test_damage_is_found(conn):
    feeder = Feeder(conn)
    for images in crowded_sky(epochs=3):
        feeder.step(*images, force=steady)
    for damage, problem in DAMAGES:
        with conn.transaction(force_rollback=True):
            conn.execute(damage)
            problems = {row.problem for row in routines.verify_dataset(conn, feeder.name)}
        assert any(found.startswith(problem) for found in problems), damage


def test_a_rewound_data_set_is_what_it_was(straight):
    feeder, states = straight
    conn = feeder.conn
    for last in (0, 1, 4, EPOCHS - 1):
        with conn.transaction(force_rollback=True):
            undone = routines.rewind_dataset(conn, feeder.name, START + last * DAY)
            assert undone.rewound_images == 2 * (EPOCHS - 1 - last)
            assert state(conn, feeder.dataset_id) == states[last]
            assert routines.verify_dataset(conn, feeder.name) == []


def restless_sky(seed=5, sources=30, epochs=12):
    """Images of sources that flare, whose errors differ by far, and that are seen now and then."""
    rng = np.random.default_rng(seed)
    ra, share = 123 + np.arange(sources) / 10, rng.uniform(0.3, 1, sources)
    for _ in range(epochs):
        on = rng.random(sources) < share
        flux = 0.01 * 10 ** np.where(rng.random(sources) < 0.1, rng.uniform(1, 6, sources), 0)
        error = 5e-4 * 10 ** rng.uniform(-2, 2, sources)
        fits = measurements(
            ra[on],
            np.full(on.sum(), 10.0) + rng.normal(0, 1 / 3600, on.sum()),
            ra_err=10 ** rng.uniform(-4, -2, on.sum()),
            int_flux=flux[on],
            int_flux_err=error[on],
        )
        yield FedImage(fits, detection_threshold=2.0)


def test_sums_are_right_after_each_of_many_rewinds(conn):
    """Of flares, of the most exact point, of all but the first: nothing is left of their digits."""
    feeder = Feeder(conn, expiry=3)
    for image in restless_sky():
        feeder.step(image, force=steady)
    for last in (11, 10, 8, 5, 1, 0):
        routines.rewind_dataset(conn, feeder.name, START + last * DAY)
        assert routines.verify_dataset(conn, feeder.name) == []


def test_going_back_by_one_image_leaves_the_points_before_alone(conn):
    """Of sources that were found and missed of late, sums are not made anew from all points."""
    feeder = Feeder(conn)
    rng = np.random.default_rng(2)
    ra = 123 + np.arange(40) / 10
    for number in range(24):
        flux = 0.01 + rng.normal(0, 0.001, 40) + (0.01 if number in (2, 3) else 0)
        on = (np.arange(40) + number) % 2 == 0
        feeder.step(FedImage(measurements(ra[on], 10.0, int_flux=flux[on])), force=steady)
    (last,) = conn.execute("select max(image_id) from trap_data.image").fetchone()
    with conn.transaction(force_rollback=True):
        ids = [row.source_id for row in conn.execute("select source_id from trap_data.source")]
        for routine in ("subtract_fluxes", "subtract_positions"):
            (others,) = conn.execute(
                f"select trap.{routine}(%s, %s, %s)", [feeder.dataset_id, ids, last]
            ).fetchone()
            assert others == [], routine


def test_rewinding_before_the_beginning_leaves_nothing(conn):
    feeder = Feeder(conn)
    for images in crowded_sky(epochs=3):
        feeder.step(*images, force=steady)
    routines.rewind_dataset(conn, feeder.name, START - DAY)
    assert state(conn, feeder.dataset_id) == []
    assert len(replay_all(conn, feeder)) == 3


def test_a_replay_gives_what_the_straight_run_gave(straight):
    feeder, states = straight
    conn = feeder.conn
    routines.rewind_dataset(conn, feeder.name, START + 2 * DAY)
    replayed = replay_all(conn, feeder)
    assert [step.images for step in replayed] == [2] * (EPOCHS - 3)
    assert not any(step.unmeasured for step in replayed)
    assert state(conn, feeder.dataset_id) == states[-1]
    assert routines.verify_dataset(conn, feeder.name) == []
    assert not routines.replayable_images(conn, feeder.dataset_id, "rewound")


def own_points(conn, feeder):
    """The number of points that are not inherited."""
    return sum(not row[4] for row in state(conn, feeder.dataset_id))


def test_a_late_image_finds_its_place(straight):
    sky = crowded_sky()
    straight, states = straight
    conn = straight.conn
    late = Feeder(conn, name="late", expiry=3)
    for number, images in enumerate(sky):
        if number != 4:
            late.step(*images, taken_at=START + number * DAY, force=steady)
    routines.rewind_dataset(conn, "late", START + 3 * DAY)
    late.step(*sky[4], taken_at=START + 4 * DAY, force=steady)
    unmeasured = [image for step in replay_all(conn, late) for image in step.unmeasured]

    # what only the late image brought about needs the pixels of images that are not there
    kept = [row for row in states[-1] if row[2] == "blind"]
    found = [row for row in state(conn, late.dataset_id) if row[2] == "blind"]
    assert [row[:10] for row in found] == [row[:10] for row in kept]
    missing = own_points(conn, straight) - own_points(conn, late)
    assert missing == sum(len(image.missing) for image in unmeasured)
    assert routines.verify_dataset(conn, "late") == []


def test_a_rewound_time_is_not_passed_over(conn):
    from trapdb.errors import LateImage

    feeder = Feeder(conn)
    sky = crowded_sky(epochs=4)
    for images in sky[:3]:
        feeder.step(*images, force=steady)
    routines.rewind_dataset(conn, feeder.name, START)
    with pytest.raises(LateImage, match="replay"):
        feeder.step(*sky[3], taken_at=START + 3 * DAY)
    with pytest.raises(LateImage, match="not replayed"):
        feeder.step(*sky[3], taken_at=START + DAY)
    assert len(replay_all(conn, feeder)) == 2


def test_reassociation_with_the_same_limits_gives_the_same(straight):
    feeder, states = straight
    conn = feeder.conn
    anew = Feeder(conn, name="anew", expiry=3)
    replay_all(conn, anew, feeder.dataset_id, "accepted")
    assert state(conn, anew.dataset_id) == states[-1]
    origins = conn.execute(
        "select count(*) from trap.image as i inner join trap.image as o"
        " on i.origin_image_id = o.image_id and o.dataset = 'straight' where i.dataset = 'anew'"
    ).fetchone()
    assert origins == (2 * EPOCHS,)


def test_reassociation_with_a_tighter_limit_gives_more_sources(conn):
    feeder = Feeder(conn, name="origin")
    # not so crowded that what matches nothing is of several sources at once
    for images in crowded_sky(width=1.5):
        feeder.step(*images, force=steady)
    anew = Feeder(conn, name="anew", de_ruiter_limit=1.0)
    unmeasured = [
        fit
        for step in replay_all(conn, anew, feeder.dataset_id, "accepted")
        for fit in step.unmeasured
    ]
    assert unmeasured  # sources that were not known before, and the pixels are not there
    counts = conn.execute(
        "select dataset, count(*) from trap.running_catalogue group by dataset order by dataset"
    ).fetchall()
    assert counts[0][1] > counts[1][1]
    assert routines.verify_dataset(conn, "anew") == []


def test_a_replay_ends_where_the_database_is_another(conn):
    """A pool or a failover led to one that lacks this run: its number is another run's."""
    feeder = Feeder(conn)
    for images in crowded_sky(epochs=3):
        feeder.step(*images, force=steady)
    routines.rewind_dataset(conn, feeder.name, START - DAY)
    images = routines.replayable_images(conn, feeder.dataset_id, "rewound")
    replayed = []

    def replay_until_it_is_another():
        with Run(conn, feeder.name, Configuration(), "test") as run:
            for step in rebuild.replay(run, images, Here()):
                replayed.append(step)
                conn.execute(
                    "update trap_data.pipeline_run set command = 'another' where run_id = %s",
                    [run.run_id],
                )

    with pytest.raises(TakenBack):
        replay_until_it_is_another()
    assert len(replayed) == 1
