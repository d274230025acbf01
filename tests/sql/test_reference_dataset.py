"""The sources of a data set as a reference catalogue: a copy that stays when the data set goes."""

import astropy.units as u
import numpy as np
import psycopg
import pytest
from astropy.coordinates import SkyCoord
from astropy.time import Time

from tests.feeding import ARCSEC, START, FedImage, measurements, nothing_there
from tests.sql.test_reference_coverage import covers


def image(**facts):
    usual = dict(freq_eff=144e6, bandwidth=48e6, beam_major=0.01, rms_min=1e-3, rms_max=2e-3)
    return FedImage(**usual | facts)


def add(conn, frequency=None, dataset="fed", name="deep", version="1"):
    return conn.execute(
        "select * from trap.add_reference_dataset(%s, %s, %s, %s)",
        [dataset, frequency, name, version],
    ).fetchone()


def rows(conn):
    return conn.execute(
        "select designation, ra, dec, ra_err, dec_err, flux, flux_err, frequency, major, epoch"
        " from trap.reference_source order by catalogue_id, reference_id"
    ).fetchall()


def catalogue(conn):
    return conn.execute("select * from trap.reference_catalogue").fetchone()


@pytest.fixture
def fed(new_feeder):
    """Two images of three sources, of which the third is found once."""
    feeder = new_feeder()
    flux, err = [1.0, 0.2, 0.05], [0.01, 0.005, 0.005]
    first = measurements([123, 123.5, 122], [10, 10.5, 9], int_flux=flux, int_flux_err=err,
                         ra_err=2 * ARCSEC, dec_err=3 * ARCSEC)  # fmt: skip
    second = measurements([123 + ARCSEC, 123.5], [10, 10.5], int_flux=[1.06, 0.21],
                          int_flux_err=[0.02, 0.005], ra_err=ARCSEC, dec_err=ARCSEC)  # fmt: skip
    feeder.step(image(blind=first))
    feeder.step(image(blind=second, rms_max=3e-3))
    return feeder


def test_sources_with_their_means(fed):
    added = add(fed.conn)
    assert (added.is_new, added.name, added.version) == (True, "deep", "1")
    one, two, three = rows(fed.conn)
    ours = {row.name: row for row in fed.conn.execute("select * from trap.running_catalogue")}
    for row in (one, two, three):
        own = ours[row.designation]
        assert (row.ra, row.dec, row.ra_err, row.dec_err) == (
            own.ra, own.dec, own.ra_err, own.dec_err,
        )  # fmt: skip
    assert one.flux == pytest.approx(np.mean([1.0, 1.06]))
    assert one.flux_err == pytest.approx(np.hypot(0.01, 0.02) / 2)
    # the forced fit of the second image found nothing, and counts
    assert three.flux == pytest.approx(np.mean([0.05, 0]))
    assert one.frequency == 144e6
    middle = Time(START.replace(hour=12)).jyear
    assert one.epoch == pytest.approx(middle, abs=1e-5)
    assert three.epoch == pytest.approx(Time(START).jyear, abs=1e-5)


def test_what_is_known_of_it_as_a_whole(fed):
    add(fed.conn)
    known = catalogue(fed.conn)
    assert (known.n_sources, known.frequency, known.dataset_id) == (3, 144e6, fed.dataset_id)
    assert (known.bandwidth, known.beam_major) == (48e6, 0.01)
    assert known.flux_limit == pytest.approx(6 * 2e-3)
    assert (known.kind, known.completeness, known.n_outside) == (None, None, 0)
    assert known.epoch_first == pytest.approx(Time(START).jyear, abs=1e-5)
    assert known.epoch_last - known.epoch_first == pytest.approx(1 / 365.25, abs=1e-6)


def test_it_covers_what_the_images_of_the_band_do(fed):
    """Over ra 0 as well; to a cell of 0.4 arcmin beyond the border, and to all within it."""
    fed.step(
        image(ra=0.5, dec=60, radius=4, vertices=[(-4, 58), (4, 58), (4, 62), (-4, 62)]),
        FedImage(ra=200, dec=-40, freq_eff=60e6),
    )
    add(fed.conn, 144e6)
    (moc,) = fed.conn.execute("select coverage from trap.reference_catalogue").fetchone()
    rng = np.random.default_rng(4)
    angle, away = rng.uniform(0, 360, 4000) * u.deg, rng.uniform(9.9, 10.1, 4000)
    place = SkyCoord(123 * u.deg, 10 * u.deg).directional_offset_by(angle, away * u.deg)
    found = covers(fed.conn, moc, place.ra.deg, place.dec.deg)
    assert found[away < 10].all()
    assert not found[away > 10 + 1.5 / 60].any()
    assert covers(fed.conn, moc, [0, 359.99, 3.9], [60, 60, 61.9]).all()
    assert not covers(fed.conn, moc, [200, 5], [-40, 60]).any()


def test_its_limit_holds_everywhere(fed):
    """Of each region the deepest image, of these the worst."""
    fed.step(image(ra=200, rms_max=9e-3, detection_threshold=8.0))
    fed.step(image(ra=200, rms_max=8e-3, detection_threshold=8.0))
    add(fed.conn)
    assert catalogue(fed.conn).flux_limit == pytest.approx(8 * 8e-3)


def test_one_band_has_to_be_meant(fed):
    blind = measurements([123, 100], [10, 10], int_flux=5.0)
    fed.step(FedImage(blind, freq_eff=60e6, stokes="I"))
    fed.step(FedImage(blind, freq_eff=200e6, stokes="V"))
    with pytest.raises(psycopg.Error, match=r'"fed" has bands at 60\.000 MHz, 144\.000 MHz: say'):
        add(fed.conn)
    with pytest.raises(psycopg.Error, match=r"no band at 200 MHz: it has 60\.000 MHz, 144"):
        add(fed.conn, 200e6)
    add(fed.conn, 60e6)
    assert [row.flux for row in rows(fed.conn)] == pytest.approx([5.0, 5.0])
    add(fed.conn, 160e6, name="other")
    assert len(rows(fed.conn)) == 2 + 3


def test_monitored_positions_are_no_sources(fed):
    fed.conn.execute(
        "select trap.set_monitor_position('fed', 'here', 123.2, 10.2, null, null, null, null,"
        " null, null)"
    )
    fed.step(image(), force=nothing_there)
    add(fed.conn)
    assert len(rows(fed.conn)) == 3


def test_the_same_content_is_recognised(fed):
    first = add(fed.conn)
    again = add(fed.conn, name="again")
    assert again == (first.catalogue_id, False, "deep", "1")
    fed.step(image(blind=measurements(123, 10)))
    with pytest.raises(psycopg.Error, match="there is a reference catalogue deep in version 1"):
        add(fed.conn)
    assert add(fed.conn, version="2").is_new


def test_nothing_is_made_of_nothing(new_feeder):
    feeder = new_feeder()
    with pytest.raises(psycopg.Error, match='"fed" has no images in Stokes I'):
        add(feeder.conn)
    feeder.step(image())
    with pytest.raises(psycopg.Error, match="it holds no source"):
        add(feeder.conn)
    with pytest.raises(psycopg.Error, match='there is no data set named "none"'):
        add(feeder.conn, dataset="none")
    assert catalogue(feeder.conn) is None


def test_an_operator_makes_one_and_a_reader_does_not(fed, operator_db, reader_db):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        add(reader_db)
    assert add(operator_db)[1]


def test_a_catalogue_stays_when_its_data_set_goes(fed):
    """It is a copy, and belongs to the archive; nothing of it is without an owner."""
    add(fed.conn)
    before = rows(fed.conn)
    fed.conn.execute("select trap.delete_dataset('fed')")
    assert fed.conn.execute("select trap.drop_empty_partitions()").fetchone() == (True,)
    assert rows(fed.conn) == before
    known = catalogue(fed.conn)
    assert (known.dataset_id, known.n_sources, known.origin) == (
        None, 3, "data set fed of this archive",
    )  # fmt: skip
    fed.conn.execute("select trap.remove_reference_catalogue('deep', null)")
    assert rows(fed.conn) == []
