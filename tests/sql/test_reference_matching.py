"""What reference catalogues have near the sources of a data set, and what follows from it."""

import math
from datetime import UTC, datetime

import astropy.units as u
import numpy as np
import psycopg
import pytest
from astropy.coordinates import SkyCoord
from astropy.time import Time
from psycopg.rows import namedtuple_row
from psycopg.types.json import Jsonb

from tests.feeding import ARCSEC, START, FedImage, Feeder, measurements
from tests.sql.test_rebuilding import crowded_sky, replay_all, steady
from tests.sql.test_reference import load
from trapdb.database import routines
from trapdb.database.connection import call

BEAM = 0.06
COLUMNS = ("reference_id", "ra", "dec", "ra_err", "dec_err", "flux", "flux_err")
SKY = {"frequency": 140e6, "epoch_first": 2010.0, "epoch_last": 2010.0}


@pytest.fixture
def feeder(conn):
    return Feeder(conn)


def known(conn, rows, columns=COLUMNS, **properties):
    return load(conn, rows, columns, **(SKY | properties))


def match(conn, catalogue_id, dataset="fed", indices=(-2.0, 1.0)):
    (row,) = call(
        conn,
        "match_dataset",
        dataset=dataset,
        catalogue_id=catalogue_id,
        spectral_index_min=indices[0],
        spectral_index_max=indices[1],
    )
    return row


def matches(conn, view="reference_match"):
    return conn.execute(
        f"select * from trap.{view} order by source_id, catalogue_id, 5, 6"
    ).fetchall()


def cover(conn, catalogue_id, coverage="0/0-11"):
    conn.execute(
        "update trap_data.reference_catalogue set coverage = %s where catalogue_id = %s",
        [coverage, catalogue_id],
    )


def named(row):
    return row.source_id, row.reference_id


def test_offsets_radius_rank_and_reliability_are_those_of_the_formulae(conn, feeder):
    # three in the combined beam, of which one is beyond half of it, and one outside
    north = np.array([3.0, 20.0, 200.0, 330.0]) * ARCSEC
    flux = [0.02, 0.3, 0.05, 0.1]
    rows = [(i + 1, 123.0, 10 + north[i], ARCSEC, ARCSEC, flux[i], 0.001) for i in range(4)]
    catalogue_id = known(conn, rows, beam_major=0.06, beam_minor=0.06, systematic_err=2 * ARCSEC)
    for _ in range(3):
        feeder.blind(123.0, 10.0, ra_err=10 * ARCSEC, dec_err=12 * ARCSEC)
    assert match(conn, catalogue_id) == (1, 1)
    found = matches(conn)

    assert [row.reference_id for row in found if row.separation_arcsec <= 310] == [1, 2, 3]
    assert len(found) == 3
    assert [row.rank for row in found] == [1, 2, 3]
    assert [row.counterpart for row in found] == [True, True, False]
    # the mean of three has a third of the variance, of which the systematic part, a tenth of the
    # beam, does not go away
    floor = (BEAM / 10) ** 2 * (1 - 1 / 3)
    ra_err = math.sqrt((10 * ARCSEC) ** 2 / 3 + floor + ARCSEC**2 + (2 * ARCSEC) ** 2)
    dec_err = math.sqrt((12 * ARCSEC) ** 2 / 3 + floor + ARCSEC**2 + (2 * ARCSEC) ** 2)
    radius = north[:3] / dec_err
    np.testing.assert_allclose([row.de_ruiter_radius for row in found], radius, rtol=1e-7)
    np.testing.assert_allclose([row.north_arcsec for row in found], north[:3] * 3600, rtol=1e-7)
    density = np.array(
        [
            conn.execute(
                "select trap.reference_density(%s, %s, %s, %s)",
                [catalogue_id, 123.0, 10.0, flux],
            ).fetchone()[0]
            for flux in (None, *flux[:3])
        ]
    )
    ratio = np.exp(-(radius**2) / 2) / (2 * np.pi * ra_err * dec_err) / density[0]
    np.testing.assert_allclose(
        [row.reliability for row in found], ratio / (1 + ratio.sum()), rtol=1e-5
    )
    np.testing.assert_allclose(
        [row.chance_probability for row in found],
        1 - np.exp(-np.pi * north[:3] ** 2 * density[1:]),
        rtol=1e-6,
    )


def test_a_star_is_met_where_it_was_when_the_source_was_found(conn, feeder):
    # 10 arcsec a year from 2000 on; the image is of 2012
    star = SkyCoord(
        123 * u.deg,
        10 * u.deg,
        pm_ra_cosdec=10e3 * u.mas / u.yr,
        pm_dec=-5e3 * u.mas / u.yr,
        obstime=Time(2000.0, format="jyear"),
        distance=10 * u.pc,
    )
    then = star.apply_space_motion(Time(START))
    columns = ("reference_id", "ra", "dec", "pm_ra", "pm_dec", "epoch")
    catalogue_id = load(
        conn, [(1, 123.0, 10.0, 10e3, -5e3, 2000.0), (2, 123.0, 10.3, None, None, None)], columns
    )
    feeder.step(FedImage(measurements(then.ra.deg, then.dec.deg), beam_major=10 * ARCSEC))
    feeder.step(FedImage(measurements(123.0, 10.0), beam_major=10 * ARCSEC))
    match(conn, catalogue_id)
    (row,) = matches(conn)
    assert row.reference_id == 1
    assert row.separation_arcsec < 1e-3
    assert row.epoch == pytest.approx(Time(START).jyear, abs=1e-8)


@pytest.mark.parametrize(
    ("ra", "dec"), [(0.0, 0.0), (359.9999, -30.0), (10.0, 90.0), (200.0, -89.999)]
)
def test_everywhere_on_the_sphere(conn, ra, dec):
    here = SkyCoord(ra * u.deg, dec * u.deg)
    near = here.directional_offset_by(np.arange(8) * 45 * u.deg, 100 * u.arcsec)
    far = here.directional_offset_by(np.arange(8) * 45 * u.deg, 300 * u.arcsec)
    rows = [
        (number + 1, place.ra.deg, place.dec.deg, ARCSEC, ARCSEC, 1.0, 0.1)
        for number, place in enumerate([*near, *far])
    ]
    catalogue_id = known(conn, rows)
    feeder = Feeder(conn)
    feeder.step(FedImage(measurements(ra, dec), ra=ra, dec=max(-89.0, min(dec, 89.0))))
    match(conn, catalogue_id)
    found = matches(conn)
    assert sorted(row.reference_id for row in found) == [1, 2, 3, 4, 5, 6, 7, 8]
    np.testing.assert_allclose([row.separation_arcsec for row in found], 100, rtol=1e-6)


def scattered(seed, n=300, width=0.5):
    rng = np.random.default_rng(seed)
    return [
        (i + 1, 123 + ra, 10 + dec, ARCSEC, ARCSEC, 0.05, 0.001)
        for i, (ra, dec) in enumerate(rng.uniform(-width, width, (n, 2)))
    ]


def test_matching_as_sources_come_is_matching_them_all(conn):
    """Forks, merges, sources that move: what the time steps leave is what a full pass finds."""
    catalogue_id = known(conn, scattered(1))
    feeder = Feeder(conn, expiry=3)
    match(conn, catalogue_id)
    for images in crowded_sky():
        feeder.step(*images, force=steady)
    stored = "select * from trap_data.reference_match order by source_id, reference_id"
    as_they_came = conn.execute(stored).fetchall()
    seen = matches(conn)
    assert len(seen) > 100
    assert routines.verify_dataset(conn, feeder.name) == []
    match(conn, catalogue_id)
    assert conn.execute(stored).fetchall() == as_they_came
    assert matches(conn) == seen


def independent(conn, feeder, rows):
    """The pairs by astropy: mean positions against the catalogue, within the combined beam."""
    sources = conn.execute(
        "select source_id, ra, dec from trap.running_catalogue where dataset_id = %s",
        [feeder.dataset_id],
    ).fetchall()
    here = SkyCoord([s.ra for s in sources] * u.deg, [s.dec for s in sources] * u.deg)
    there = SkyCoord([r[1] for r in rows] * u.deg, [r[2] for r in rows] * u.deg)
    i, j, *_ = there.search_around_sky(here, BEAM * u.deg)
    return sorted((sources[a].source_id, rows[b][0]) for a, b in zip(i, j, strict=True))


def test_rewound_and_replayed_it_is_as_in_a_straight_run(conn):
    rows = scattered(2)
    catalogue_id = known(conn, rows)
    feeder = Feeder(conn, expiry=3)
    match(conn, catalogue_id)
    steps = crowded_sky(seed=5)
    for images in steps:
        feeder.step(*images, force=steady)
    straight = independent(conn, feeder, rows)
    assert sorted(map(named, matches(conn))) == straight
    figures = {named(row): row.de_ruiter_radius for row in matches(conn)}

    middle = feeder.next_at - (feeder.next_at - START) / 2
    conn.execute("select trap.rewind_dataset(%s, %s)", [feeder.name, middle])
    assert sorted(map(named, matches(conn))) == independent(conn, feeder, rows)
    assert len(matches(conn)) < len(straight)
    assert routines.verify_dataset(conn, feeder.name) == []
    replay_all(conn, feeder)
    assert routines.verify_dataset(conn, feeder.name) == []
    # the sources have other ids, since their images have
    assert len(matches(conn)) == len(straight)
    assert sorted(map(named, matches(conn))) == independent(conn, feeder, rows)
    np.testing.assert_allclose(
        sorted(row.de_ruiter_radius for row in matches(conn)), sorted(figures.values()), rtol=1e-6
    )


def test_a_catalogue_with_matches_goes_and_comes_back_equal(conn, feeder):
    rows = scattered(3)
    catalogue_id = known(conn, rows)
    match(conn, catalogue_id)
    feeder.blind([r[1] for r in rows[:50]], [r[2] for r in rows[:50]])
    before = [(row.source_id, row.reference_id, row.reliability) for row in matches(conn)]
    assert len(before) >= 50
    conn.execute("select trap.remove_reference_catalogue('deep', null)")
    assert matches(conn) == []
    assert conn.execute("select count(*) from trap_data.reference_match").fetchone()[0] == 0
    match(conn, known(conn, rows))
    after = [(row.source_id, row.reference_id) for row in matches(conn)]
    assert after == [pair[:2] for pair in before]
    assert routines.verify_dataset(conn, feeder.name) == []


def test_verify_notices_what_is_missing_and_what_is_too_much(conn, feeder):
    catalogue_id = known(conn, [(1, 123.0, 10.0, ARCSEC, ARCSEC, 1, 0.1)])
    match(conn, catalogue_id)
    feeder.blind([123.0, 125.0], [10.0, 10.0])
    assert routines.verify_dataset(conn, feeder.name) == []
    conn.execute("update trap_data.reference_match set source_id = source_id + 1")
    problems = routines.verify_dataset(conn, feeder.name)
    assert [row.problem for row in problems] == ["reference match of the source"] * 2


def test_a_data_set_that_is_deleted_takes_its_matches_along(conn, feeder):
    match(conn, known(conn, [(1, 123.0, 10.0, ARCSEC, ARCSEC, 1, 0.1)]))
    feeder.blind(123.0, 10.0)
    assert len(matches(conn)) == 1
    routines.delete_dataset(conn, feeder.name)
    for table in ("reference_match", "dataset_reference"):
        assert conn.execute(f"select from trap_data.{table}").fetchall() == []


def test_only_sources_that_are_new_or_moved_are_matched_again(conn, feeder):
    """Of a thousand sources that are seen again, one has moved: its row alone is written."""
    ra, dec = 123 + 0.2 * (np.arange(1000) % 40), 10 + 0.2 * (np.arange(1000) // 40)
    rows = [(i + 1, ra[i], dec[i], ARCSEC, ARCSEC, 1.0, 0.1) for i in range(1000)]
    match(conn, known(conn, rows))
    feeder.blind(ra, dec)
    written = "select xmin::text, source_id from trap_data.reference_match"
    first = dict(reversed(row) for row in conn.execute(written).fetchall())
    assert len(first) == 1000
    moved = np.where(np.arange(1000) == 17, 20 * ARCSEC, 0.1 * ARCSEC)
    feeder.blind(ra, dec + moved)
    second = dict(reversed(row) for row in conn.execute(written).fetchall())
    changed = {source_id for source_id in first if first[source_id] != second[source_id]}
    assert [source_id & 0xFFFFF for source_id in changed] == [17]


def test_absent_is_what_coverage_depth_and_beam_say_should_be_there(conn, feeder):
    # at 140 MHz, as the images: 0.1 Jy is the limit
    rows = [(1, 123.0, 10.0, ARCSEC, ARCSEC, 1.0, 0.1)]
    catalogue_id = known(conn, rows, flux_limit=0.1, beam_major=0.05, beam_minor=0.05)
    match(conn, catalogue_id)
    where = [123.0, 123.0 + 0.05, 123.5, 124.0, 124.5]
    flux = [1.0, 1.0, 0.3, 0.09, 0.2]
    feeder.blind(where, 10.0, int_flux=flux, int_flux_err=0.01)
    assert matches(conn, "reference_absent") == []  # coverage is not known
    cover(conn, catalogue_id)
    # the first is there, the second within the beam of it, the fourth too faint
    found = matches(conn, "reference_absent")
    assert [row.peak_flux_max for row in found] == [0.3, 0.2]
    np.testing.assert_allclose([row.factor for row in found], [3.0, 2.0])
    np.testing.assert_allclose([row.significance for row in found], [20.0, 10.0])
    assert found[0].years_after == pytest.approx(Time(START).jyear - 2010)
    # a cell of 60 degrees elsewhere
    cover(conn, catalogue_id, "0/8")
    assert matches(conn, "reference_absent") == []


def test_absence_takes_the_least_favourable_spectral_index(conn, feeder):
    catalogue_id = known(
        conn, [(1, 10.0, 10.0, ARCSEC, ARCSEC, 1.0, 0.1)], flux_limit=0.01, frequency=1.4e9
    )
    cover(conn, catalogue_id)
    feeder.blind([123.0, 124.0], 10.0, int_flux=[0.5, 2.0], int_flux_err=0.01)
    match(conn, catalogue_id, indices=(-2.0, 1.0))
    (row,) = matches(conn, "reference_absent")
    assert row.factor == pytest.approx(2.0 * 10**-2 / 0.01)
    assert row.significance == pytest.approx((2.0 - 1.0) / 0.01)
    match(conn, catalogue_id, indices=(-1.0, 1.0))
    assert len(matches(conn, "reference_absent")) == 2


def test_a_catalogue_of_much_smaller_beam_says_nothing_of_absence(conn, feeder):
    rows = [(1, 10.0, 10.0, ARCSEC, ARCSEC, 1.0, 0.1)]
    beam = {"beam_major": BEAM / 4, "beam_minor": BEAM / 4}
    catalogue_id = known(conn, rows, flux_limit=0.001, **beam)
    cover(conn, catalogue_id)
    match(conn, catalogue_id)
    feeder.blind(123.0, 10.0, int_flux=1.0)
    assert matches(conn, "reference_absent") == []


def test_flux_ratios_and_their_errors(conn, feeder):
    columns = (*COLUMNS, "spectral_index")
    rows = [
        (1, 123.0, 10.0, ARCSEC, ARCSEC, 1.0, 0.1, -1.0),
        (2, 124.0, 10.0, ARCSEC, ARCSEC, 1.0, 0.1, None),
        (3, 125.0, 10.0, ARCSEC, ARCSEC, 1.0, None, None),
    ]
    match(conn, known(conn, rows, columns, frequency=280e6), indices=(-1.5, 0.5))
    feeder.blind([123.0, 124.0, 125.0], 10.0, int_flux=[2.0, 8.0, 2.0], int_flux_err=0.1)
    one, two, three = matches(conn, "flux_change")
    assert one.ratio == pytest.approx(1.0)
    assert (one.ratio_min, one.ratio_max) == pytest.approx((1.0, 1.0))
    assert one.ratio_err == pytest.approx(math.hypot(0.1 / 2, 0.1))
    # unknown: the middle of the range, -0.5, and its ends
    assert two.ratio == pytest.approx(8 / 2**0.5)
    assert (two.ratio_min, two.ratio_max) == pytest.approx((8 / 2**1.5, 8 / 2**-0.5))
    err = 8 / 2**0.5 * math.hypot(0.1 / 8, 0.1)
    assert two.significance == pytest.approx((8 / 2**1.5 - 1) / err)
    assert three.ratio_err is None
    assert three.significance is None
    index = matches(conn, "two_frequency_index")
    assert [row.spectral_index for row in index] == pytest.approx([-1.0, -3.0, -1.0])
    assert index[0].spectral_index_err == pytest.approx(math.hypot(0.05, 0.1) / math.log(2))


def test_definitions_ask_for_what_is_known(conn, feeder):
    columns = (*COLUMNS, "class", "designation")
    rows = [
        (1, 123.0, 10.0, ARCSEC, ARCSEC, 1.0, 0.1, None, "radio 1"),
        (2, 124.0, 10.0, ARCSEC, ARCSEC, 1.0, 0.1, "pulsar", "PSR 2"),
    ]
    catalogue_id = known(conn, rows, columns, flux_limit=0.1)
    star = (1, 125.0, 10.0, ARCSEC, ARCSEC, "variable star", "UV Cet")
    columns = ("reference_id", "ra", "dec", "ra_err", "dec_err", "class", "designation")
    stars = load(conn, [star], columns, name="stars", digest="b")
    cover(conn, catalogue_id)
    match(conn, catalogue_id)
    match(conn, stars)
    flux = [1.0, 1.0, 2.0, 0.05]
    feeder.blind([123.0, 124.0, 125.0, 126.0], 10.0, int_flux=flux, int_flux_err=0.01)
    at = {row.source_id: row.ra for row in conn.execute("select * from trap.running_catalogue")}

    def ask(name):
        rows = conn.execute("select * from trap.transient_by_definition(%s, 'fed')", [name])
        return sorted(round(at[row.source_id]) for row in rows)

    def store(name, *conditions):
        listed = [
            dict(zip(("column", "comparison", "value"), one, strict=True)) for one in conditions
        ]
        conn.execute("select trap.store_definition(%s, 'a test', %s)", [name, Jsonb(listed)])

    # a star in a catalogue of stars does not make it a known radio source
    assert ask("new_to_reference") == [125]
    assert ask("known_variable_star") == [125]
    store("pulsars", ("reference_class", "=", "pulsar"))
    assert ask("pulsars") == [124]
    store("known", ("reference_count", ">=", 1))
    assert ask("known") == [123, 124]
    store("near", ("reference_separation_arcsec", "<", 1), ("reference_flux_ratio", ">", 0.5))
    assert ask("near") == [123, 124]
    shown = conn.execute(
        "select conditions from trap.transient_definition where name = 'pulsars'"
    ).fetchone()
    assert shown.conditions == "reference_class = 'pulsar'"
    for condition, why in [
        (("reference_class", ">=", "pulsar"), "expected = rather than >="),
        (("reference_class", "=", 3), "expected a word"),
        (("reference_count", "=", "many"), "expected a number"),
    ]:
        with pytest.raises(psycopg.Error, match=why):
            store("wrong", condition)

    best = conn.execute("select * from trap.candidate where dataset = 'fed' order by ra").fetchall()
    assert [row.reference_class for row in best] == [None, "pulsar", "variable star", None]
    assert best[1].counterparts == "pulsar PSR 2 (deep, 0.0 arcsec)"
    assert best[2].reference_absent_factor == pytest.approx(20)
    assert best[3].reference_absent_factor is None
    assert best[0].reference_flux_ratio == pytest.approx(1.0)


def test_a_data_set_is_matched_from_its_beginning_if_its_configuration_says_so(conn):
    rows = [(1, 123.0, 10.0, ARCSEC, ARCSEC, 1.0, 0.1)]
    known(conn, rows, name="one")
    configuration = {
        "association": {"de_ruiter_limit": 5.68, "beam_limit": 3.0},
        "null_detection": {"expiry": 10, "backfill": 0},
        "image": {"bandwidth_max": 0.0},
        "reference": {
            "catalogues": ["one"],
            "spectral_index_min": -1.5,
            "spectral_index_max": 0.5,
        },
    }
    routines.open_dataset(conn, "fed", configuration)
    feeder = Feeder(conn)
    feeder.blind(123.0, 10.0)
    assert len(matches(conn)) == 1
    (row,) = conn.execute("select * from trap.dataset_reference").fetchall()
    assert (row.catalogue, row.spectral_index_min, row.spectral_index_max) == ("one", -1.5, 0.5)
    configuration["reference"]["catalogues"] = ["two"]
    with pytest.raises(Exception, match='there is no reference catalogue named "two"'):
        routines.open_dataset(conn, "other", configuration)
    assert conn.execute("select count(*) from trap.dataset").fetchone()[0] == 1


def test_readers_see_matches_and_operators_make_them(operator_db, reader_db):
    operator_db.row_factory = reader_db.row_factory = namedtuple_row
    catalogue_id = known(operator_db, [(1, 123.0, 10.0, ARCSEC, ARCSEC, 1.0, 0.1)])
    feeder = Feeder(operator_db)
    match(operator_db, catalogue_id)
    feeder.blind(123.0, 10.0)
    for view in ("reference_match", "reference_counterpart", "flux_change"):
        assert len(matches_of(reader_db, view)) == 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        match(reader_db, catalogue_id)


def matches_of(conn, view):
    return conn.execute(f"select * from trap.{view}").fetchall()


def test_a_julian_epoch_is_astropys(conn):
    for at in (datetime(1969, 7, 20, 20, 17, tzinfo=UTC), datetime(2026, 11, 29, tzinfo=UTC)):
        (row,) = conn.execute("select trap.julian_year(%s)", [at])
        # a catalogue's epoch is in TT, a minute or so from UTC
        assert row[0] == pytest.approx(Time(at).jyear, abs=1e-5)
