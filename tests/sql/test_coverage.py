"""What of the sky a data set covers: cells of its images' footprints, each part once."""

import numpy as np
import psycopg
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy_healpix import HEALPix
from hypothesis import given
from hypothesis import strategies as st

from tests.sql.catalogue import fit, image
from trapdb.reference.healpix import COUNT, WIDTH, cells_of, merged
from trapdb.reference.moc import read_moc
from trapdb.reference.moc_forms import as_fits, as_json, as_text

FINEST = HEALPix(2**29, order="nested")
FOOTPRINTS = [
    {"ra": 123.0, "dec": 10.0, "radius": 3.0},
    {"ra": 126.0, "dec": 10.0, "radius": 3.0},
    {"ra": 0.2, "dec": 89.0, "radius": 4.0},
    {
        **{"ra": 359.0, "dec": -30.0, "radius": 2.9},
        "vertices": np.array([(357.0, -32.0), (1.0, -32.0), (1.0, -28.0), (357.0, -28.0)]),
    },
]


@pytest.fixture
def feeder(original):
    return original(name="field", de_ruiter_limit=5.68)


def ranges(conn, *dataset):
    call = "select * from trap.coverage(%s)" if dataset else "select * from trap.coverage()"
    rows = conn.execute(call, dataset).fetchall()
    return np.array(rows, np.int64).reshape(-1, 2).T


def holds(first, last, ra, dec):
    cell = FINEST.lonlat_to_healpix(ra * u.deg, dec * u.deg)
    place = np.searchsorted(first, cell, "right") - 1
    return (place >= 0) & (cell <= last[place])


def test_it_covers_what_the_footprints_do(feeder):
    """Against circles and a polygon by astropy, beyond a cell of their borders."""
    for facts in FOOTPRINTS:
        feeder.step(image(fit([], []), **facts), force=None)
    first, last = ranges(feeder.conn, "field")
    assert (first[1:] > last[:-1] + 1).all()  # neither overlapping nor touching
    random = np.random.default_rng(3)
    middle = [FOOTPRINTS[n] for n in random.integers(0, len(FOOTPRINTS), 20_000)]
    place = SkyCoord([m["ra"] for m in middle], [m["dec"] for m in middle], unit="deg")
    place = place.directional_offset_by(
        random.uniform(0, 360, 20_000) * u.deg, random.uniform(0, 6, 20_000) * u.deg
    )
    depth = np.full(len(place), -np.inf)
    for facts in FOOTPRINTS[:3]:
        centre = SkyCoord(facts["ra"], facts["dec"], unit="deg")
        depth = np.maximum(depth, facts["radius"] - place.separation(centre).deg)
    offset = np.minimum(
        2 - np.abs(place.ra.wrap_at("180d").deg + 1), 2 - np.abs(place.dec.deg + 30)
    )
    depth = np.maximum(depth, offset)  # the edges of the polygon are nearly those lines
    found = holds(first, last, place.ra.deg, place.dec.deg)
    assert found[depth > 0.2].all()
    assert not found[depth < -0.2].any()
    assert 0.2 < found.mean() < 0.8


def test_blanks_and_images_that_count_for_nothing_are_not_covered(feeder):
    conn = feeder.conn
    bad = {"name": "rms", "value": 1.0, "high": 0.5, "passed": False, "detail": "too noisy"}
    feeder.step(image(fit([], []), checks=[bad]), force=None)
    assert ranges(conn, "field").size == 0
    size = float(np.radians(1))
    (middle,) = conn.execute("select trap.grid_cell(123, 10, %s, 123.1, 10.1)", [size]).fetchone()
    feeder.see(fit([], []), blank_size=size, blank=f"{{[{middle},{middle + 9})}}")
    first, last = ranges(conn, "field")
    less = np.sum(last - first + 1) / COUNT[29]
    assert less == pytest.approx(
        (1 - np.cos(np.radians(10))) / 2 - 9 * size**2 / (4 * np.pi), rel=0.01
    )
    feeder.see(fit([], []))  # the blank part is seen by another image
    first, last = ranges(conn, "field")
    assert np.sum(last - first + 1) / COUNT[29] > less


def test_of_one_data_set_and_of_all(feeder, original):
    feeder.step(image(fit([], []), **FOOTPRINTS[0]), force=None)
    other = original(name="other", de_ruiter_limit=5.68)
    other.step(image(fit([], []), **FOOTPRINTS[2]), force=None)
    one, two, both = (ranges(feeder.conn, *name) for name in (("field",), ("other",), ()))
    first, last = np.concatenate([one, two], axis=1)
    assert np.array_equal(both, merged(first, last))
    with pytest.raises(psycopg.Error, match='no data set named "none"'):
        ranges(feeder.conn, "none")


def test_of_many_footprints_it_is_coarser(feeder):
    """So that those of a survey are not more cells than programs can show."""
    finest = []
    for number in range(17):
        feeder.step(image(fit([], []), ra=20.0 * number, dec=0.0, radius=3.0), force=None)
        if number in (14, 16):
            order, _ = cells_of(*ranges(feeder.conn))
            finest.append(order.max())
    assert finest[1] == finest[0] - 1


def test_the_public_may_ask(reader_db):
    assert ranges(reader_db).size == 0


# ---- the forms in which programs take it

cells = st.lists(
    st.integers(0, 29).flatmap(
        lambda order: st.tuples(st.just(order), st.integers(0, int(COUNT[order]) - 1))
    ),
    min_size=1,
    max_size=12,
)


@given(cells)
def test_each_form_is_read_as_what_was_written(tmp_path_factory, some):
    order, number = np.array(some, np.int64).T
    expected = merged(number * WIDTH[order], (number + 1) * WIDTH[order] - 1)
    order, number = cells_of(*expected)
    assert np.array_equal(merged(number * WIDTH[order], (number + 1) * WIDTH[order] - 1), expected)
    # there are no four cells that make up a larger one
    parents, count = np.unique([order, number // 4], axis=1, return_counts=True)
    assert not (count[parents[0] > 0] == 4).any()
    path = tmp_path_factory.mktemp("moc") / "a.fits"
    path.write_bytes(as_fits(*expected))
    for form in (str(path), as_json(*expected), as_text(*expected)):
        assert np.array_equal(read_moc(form), expected)


def test_of_nothing_there_is_a_file_too():
    none = np.empty(0, np.int64)
    assert (as_json(none, none), as_text(none, none)) == ('{"0": []}', "0/")
    assert as_fits(none, none).startswith(b"SIMPLE")
