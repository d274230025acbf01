"""Which stamps are kept: of which sources and images, and how many in a day."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from tests.feeding import START, FedImage
from tests.sql.catalogue import fit, image, replay, sources
from tests.sql.test_properties import examples
from trapdb.database import routines
from trapdb.errors import DatabaseError

NOBODY = fit([], [])
OF_NEW = {"of": ["new"], "size_beams": 10.0, "mb_per_day": 20.0}
ERR = 5e-4


@pytest.fixture
def feeder(new_feeder):
    return new_feeder(stamps=OF_NEW)


def kept(feeder, source_id=None):
    """Occasion and image of each stamp, whose bytes are of that image."""
    rows = feeder.conn.execute(
        "select s.*, i.path from trap.stamp as s inner join trap.image as i using (image_id)"
        " where s.dataset_id = %s and coalesce(s.source_id = %s, true)"
        " order by s.source_id, s.image_id, s.occasion desc",
        [feeder.dataset_id, source_id],
    ).fetchall()
    assert all(row.fits.rstrip() == row.path.encode() and row.n_bytes == 100 for row in rows)
    return [(row.occasion + "*" * row.inherited, row.image_id) for row in rows]


def verified(feeder):
    return routines.verify_dataset(feeder.conn, feeder.name) == []


def bright(flux):
    """Make a measurement at a place, of this flux density."""
    return fit(123, 10, int_flux=flux, int_flux_err=ERR)


def test_of_a_new_source_its_discovery_and_the_image_before(feeder):
    """Not of a source that is there from the beginning, or appears where nobody had looked."""
    steady, elsewhere = fit(124, 10), fit([], [])
    feeder.step(image(steady))
    before = feeder.step(image(steady))[0]
    feeder.step(image(steady, freq_eff=50e6), FedImage(elsewhere, ra=213.0))
    found = feeder.step(image(fit([124, 123], 10)), FedImage(fit(212, 10), ra=213.0, freq_eff=9e8))
    assert kept(feeder) == [("before", before), ("discovery", found[0]), ("brightest", found[0])]
    new = [row.source_id for row in sources(feeder)][1]
    assert kept(feeder, new) == kept(feeder)
    (row,) = feeder.conn.execute("select * from trap.stamp where occasion = 'discovery'").fetchall()
    assert (row.ra, row.dec) == pytest.approx((123, 10))
    assert row.size == pytest.approx(10 * image(NOBODY).beam_major)
    assert (row.freq_eff, row.peak_flux) == (140e6, 0.015)
    assert verified(feeder)


def test_before_are_only_images_that_cover_the_place(feeder):
    feeder.step(image(NOBODY))
    covering = feeder.step(image(NOBODY))[0]
    feeder.step(image(NOBODY, radius=1.0, ra=126.0))
    feeder.step(image(NOBODY, stokes="V"))
    feeder.step(image(NOBODY, freq_eff=50e6))
    failed = {
        "name": "rms", "value": 1.0, "low": None, "high": 0.5, "passed": False, "detail": "noisy",
    }  # fmt: skip
    feeder.step(image(NOBODY, checks=[failed]))
    found = feeder.step(image(fit(123, 10)))[0]
    assert kept(feeder)[:2] == [("before", covering), ("discovery", found)]


def test_a_brighter_point_takes_the_place_of_the_brightest(feeder):
    before = feeder.step(image(NOBODY))[0]
    found = feeder.step(image(bright(0.015)))[0]
    feeder.step(image(bright(0.015 + 2.9 * ERR)))
    assert kept(feeder)[1:] == [("discovery", found), ("brightest", found)]
    brighter = feeder.step(image(bright(0.03)))[0]
    feeder.step(image(bright(0.02)))
    feeder.step(image(bright(0.03 + 2.9 * ERR)))
    first = [("before", before), ("discovery", found)]
    assert kept(feeder) == [*first, ("brightest", brighter)]
    brightest = feeder.step(image(bright(0.05)), image(bright(0.5), freq_eff=50e6))[0]
    assert kept(feeder) == [*first, ("brightest", brightest)]
    # what was the brightest then is so again, to the end of that time step
    routines.rewind_dataset(feeder.conn, feeder.name, START + timedelta(days=4))
    assert kept(feeder) == [*first, ("brightest", brighter)]
    routines.rewind_dataset(feeder.conn, feeder.name, START)
    assert kept(feeder) == []
    assert verified(feeder)


@examples(10)
@given(
    fluxes=st.lists(st.sampled_from([0.0, 0.01, 0.02, 0.05]), min_size=2, max_size=6),
    to=st.integers(0, 5),
)
def test_a_replay_has_the_same_stamps_without_pixels(new_feeder, fluxes, to):
    feeder = new_feeder(name=f"replayed {fluxes} {to}", stamps=OF_NEW)
    for flux in [0.0, *fluxes]:
        feeder.step(image(bright(flux) if flux else NOBODY))
    taken = "select occasion, taken_at, fits from trap.stamp where dataset = %s order by 1"
    before = feeder.conn.execute(taken, [feeder.name]).fetchall()
    routines.rewind_dataset(feeder.conn, feeder.name, START + timedelta(days=to))
    assert replay(feeder) == []
    assert feeder.conn.execute(taken, [feeder.name]).fetchall() == before
    (row,) = feeder.conn.execute(
        "select count(*) as n from trap_data.stamp as t left join trap.image as i using (image_id)"
        " where i.image_id is null or i.status = 'rewound'"
    ).fetchall()
    assert row.n == 0
    assert verified(feeder)


def test_the_bytes_of_a_day_are_not_exceeded(new_feeder):
    """The most significant sources are first; another day has as many."""
    feeder = new_feeder(stamps=OF_NEW | {"mb_per_day": 450e-6})
    feeder.step(image(NOBODY))
    tomorrow = START + timedelta(days=1)
    snr = np.array([10, 30, 5, 20, 9, 60])
    ra = 122 + 0.5 * np.arange(len(snr))
    for minutes, some in ((0, slice(0, 4)), (1, slice(4, 6))):
        flux = ERR * snr[some]
        feeder.step(
            image(fit(ra[some], 10, int_flux=flux, int_flux_err=ERR)),
            taken_at=tomorrow + timedelta(minutes=minutes),
        )
    some = "select ra, occasion from trap.stamp where occasion <> 'brightest' order by 1, 2"
    listed = [(one.ra, one.occasion) for one in feeder.conn.execute(some).fetchall()]
    assert listed == [
        (pytest.approx(place), occasion)
        for place in (ra[1], ra[3])
        for occasion in ("before", "discovery")
    ]
    feeder.step(image(fit([125, 125.5, 126], 10)), taken_at=START + timedelta(days=2))
    (row,) = feeder.conn.execute(
        "select sum(octet_length(fits)) as n from trap_data.stamp"
    ).fetchall()
    assert row.n == 800
    assert verified(feeder)


def test_of_what_fulfils_a_definition_as_soon_as_it_does(new_feeder, conn):
    conditions = [{"column": "v_int", "comparison": ">=", "value": 0.5}]
    with conn.transaction():
        conn.execute("select trap.store_definition('lively', 'a test', %s)", [Jsonb(conditions)])
    try:
        feeder = new_feeder(stamps=OF_NEW | {"of": ["lively"]})
        steady = fit(124, 10)

        def both(flux):
            return image(fit([124, 123], 10, int_flux=[0.015, flux], int_flux_err=ERR))

        early = feeder.step(image(steady))[0]
        first = feeder.step(both(0.01))[0]
        feeder.step(both(0.01))
        assert kept(feeder) == []
        flaring = feeder.step(both(0.1))[0]
        wanted = [("before", early), ("discovery", first), ("brightest", flaring)]
        assert kept(feeder) == wanted
        feeder.step(both(0.02))
        assert feeder.cut == []
        brighter = feeder.step(both(0.2))[0]
        assert kept(feeder) == [*wanted[:2], ("brightest", brighter)]
        with pytest.raises(DatabaseError, match=r'stamps\.of: there is no definition .* "gone"'):
            new_feeder(name="other", stamps=OF_NEW | {"of": ["new", "gone"]})
    finally:
        conn.execute("select trap.delete_definition('lively')")


def test_what_cannot_be_cut_is_not_tried_again(feeder, monkeypatch):
    conn = feeder.conn
    add = routines.add_stamps
    feeder.step(image(NOBODY))
    with monkeypatch.context() as patch:
        patch.setattr(routines, "add_stamps", lambda conn, cut: add(conn, dict.fromkeys(cut)))
        feeder.step(image(bright(0.015)))
    assert kept(feeder) == []
    feeder.step(image(bright(0.015)))
    assert feeder.cut == []
    (row,) = conn.execute(
        "select count(*) as n, count(fits) as there from trap_data.stamp"
    ).fetchall()
    assert (row.n, row.there) == (2, 0)


def test_source_lists_have_no_pixels(feeder):
    before = feeder.step(image(NOBODY))[0]
    feeder.step(image(NOBODY, pixels=False))
    feeder.step(image(fit(123, 10), pixels=False))
    assert kept(feeder) == []
    feeder.step(image(fit([123, 124], 10)))
    assert [one.image_id for one in feeder.cut] == [before + 3]


def test_a_branch_has_what_its_ancestor_had_before_the_fork(original):
    feeder = original(stamps=OF_NEW)
    before = feeder.step(image(NOBODY), force=None)[0]
    found = feeder.step(image(fit(123.1235, 10.55)), force=None)[0]
    feeder.see(fit([123.12349, 123.12351], [10.549, 10.551]))
    first, branch = sorted(row.source_id for row in sources(feeder))
    had = [("before", before), ("discovery", found), ("brightest", found)]
    assert kept(feeder, first) == had
    assert kept(feeder, branch) == [(f"{occasion}*", image_id) for occasion, image_id in had]


def test_stamps_go_with_their_data_set(feeder):
    feeder.step(image(NOBODY))
    feeder.step(image(bright(0.015)))
    routines.delete_dataset(feeder.conn, feeder.name)
    (row,) = feeder.conn.execute("select count(*) as n from trap_data.stamp").fetchall()
    assert row.n == 0
