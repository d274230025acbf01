"""What an archive answers, the same whichever way it is reached; and that it is right."""

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import Angle, SkyCoord
from astropy.table import QTable
from astropy.time import Time

from trapdb.archive import LightCurve
from trapdb.errors import AdqlError, DatabaseError, InputError, ServiceError


@pytest.fixture
def place(truth):
    """Where a source is that is always there."""
    return SkyCoord(truth.sources["ra"][0], truth.sources["dec"][0], unit="deg")


def test_data_sets(archive):
    found = archive.datasets()
    assert isinstance(found, QTable)
    assert found["dataset"].tolist() == ["again", "field"]
    assert found["images"].tolist() == [8, 8]
    assert isinstance(found["last_taken_at"], Time)
    assert found["last_taken_at"].scale == "utc"


def test_tables_say_what_they_are(archive):
    found = archive.sources()
    ra = found["ra"].info
    assert (ra.unit, ra.description) == (u.deg, "Weighted mean position, right ascension.")
    assert ra.meta == {"ucd": "pos.eq.ra;meta.main"}
    assert found.meta["query"].startswith("SELECT *\nFROM trap.running_catalogue")
    points = archive.query(
        "SELECT l.peak_flux, v.trend FROM lightcurve AS l"
        " JOIN variability AS v ON l.source_id = v.source_id"
    )
    assert points["peak_flux"].unit == u.Jy / u.beam
    assert points["trend"].unit == u.Jy / u.beam / u.day


def test_cones(archive, place):
    near = archive.sources((place, 1 * u.arcmin))
    assert near["dataset"].tolist() in (["again", "field"], ["field", "again"])
    assert np.all(near["separation"] < 1 * u.arcsec)
    assert near["separation"].info.meta == {"ucd": "pos.angDistance"}
    ra, dec = place.ra.deg, place.dec.deg
    for same in [
        (ra, dec, 1 / 60), (place.ra, place.dec, Angle("1m")), (place.galactic, 1 / 60),
        [ra * u.deg, dec, 60 * u.arcsec],
    ]:  # fmt: skip
        assert archive.sources(same)["source_id"].tolist() == near["source_id"].tolist()
    (one,) = archive.sources((place, 180), dataset="field")["separation"][:1]
    assert one == near["separation"][near["dataset"] == "field"][0]


def test_conditions(archive):
    sources = archive.sources(dataset="field")
    assert set(sources["dataset"]) == {"field"}
    chosen = archive.sources(dataset="field", where="n_blind = 8 OR n_blind = 1 -- of eight")
    is_one = np.isin(sources["n_blind"], [1, 8])
    assert chosen["source_id"].tolist() == sources["source_id"][is_one].tolist()
    varying = archive.variability(dataset="field", where="eta_int_significance > 5")
    assert 0 < len(varying) < len(archive.variability(dataset="field"))
    assert np.all(varying["eta_int_significance"] > 5)
    assert set(varying["name"]) <= set(sources["name"])


def test_transients(archive):
    found = archive.transients()
    assert sorted(set(found["dataset"])) == ["again", "field"]
    once = archive.transients(definition="single_epoch", dataset="field", where="n_blind = 1")
    (name,) = set(once["name"])
    assert name in found["name"]
    assert set(once["definition"]) == {"single_epoch"}


def test_a_light_curve_by_name_by_id_and_by_position(archive, place):
    (source,) = archive.sources((place, 1 * u.arcmin), dataset="field")
    curve = archive.lightcurve(int(source["source_id"]))
    assert isinstance(curve, LightCurve)
    assert (len(curve), set(curve["dataset"])) == (8, {"field"})
    assert curve.meta["sources"] == [("field", source["source_id"], source["name"])]
    assert np.all(np.diff(curve.time.mjd) >= 0)
    assert curve["int_flux"].unit == u.Jy
    for meant in (str(source["name"]), place, (source["ra"], source["dec"])):
        same = archive.lightcurve(meant, dataset="field")
        assert same["measurement_id"].tolist() == curve["measurement_id"].tolist()


def test_the_light_curve_of_a_place_is_of_all_data_sets(archive, place):
    curve = archive.lightcurve(place)
    assert sorted(dataset for dataset, _, _ in curve.meta["sources"]) == ["again", "field"]
    assert len(curve) == 16
    assert np.all(np.diff(curve.time.mjd) >= 0)


def test_what_is_not_known_is_masked(archive):
    """And nothing else is: not 0, not '', in whole columns and row by row."""
    found = archive.query("""
        SELECT v.name, v.stored_at, v.owner, i.origin_image_id, i.image_id, l.de_ruiter_radius,
            l.separation_arcsec, l.taken_at,
            CASE WHEN i.image_id < 0 THEN TRUE END AS nothing,
            CASE WHEN i.image_id > 0 THEN TRUE END AS all_true
        FROM transient_definition AS v, image AS i, lightcurve AS l
        WHERE v.name = 'variable' AND i.image_id = l.image_id AND l.dataset = 'field'
        ORDER BY l.measurement_id
    """)
    for name in ("stored_at", "owner", "origin_image_id", "nothing"):
        assert np.all(found[name].mask), name
        assert np.ma.is_masked(found[0][name]) or found[0][name].mask, name
    first = np.asarray(found["de_ruiter_radius"].mask)
    assert 0 < first.sum() < len(first)
    assert np.array_equal(found["separation_arcsec"].mask, first)
    assert np.all(np.isnan(found["separation_arcsec"].unmasked[first]))
    for name in ("name", "image_id", "taken_at", "all_true"):
        assert not np.any(getattr(found[name], "mask", False)), name
    assert found["all_true"].dtype == bool


def test_types(archive):
    found = archive.query(
        "SELECT source_id, n_blind, ra, name, monitored, CAST(ra AS REAL) AS r,"
        " CAST(n_blind AS SMALLINT) AS s, POINT(ra, dec) AS p FROM running_catalogue"
    )
    types = {name: found[name].dtype.str[1:] for name in found.colnames if name != "name"}
    assert types == {
        **{"source_id": "i8", "n_blind": "i4", "ra": "f8", "monitored": "b1", "r": "f4"},
        **{"s": "i2", "p": "O"},
    }
    assert found["name"].dtype.kind == "U"
    assert np.array_equal(np.stack(found["p"])[:, 0], found["ra"].value)


def test_an_empty_answer_has_its_columns(archive):
    found = archive.sources(where="n_blind < 0")
    assert len(found) == 0
    assert found["ra"].unit == u.deg
    assert found["source_id"].dtype == np.int64
    assert len(archive.query("SELECT last_seen, name FROM running_catalogue WHERE ra < 0")) == 0


REFUSED = {
    "no data set": (lambda a: a.sources(dataset="filed"), "no data set filed.* again, field"),
    "no definition": (lambda a: a.transients(definition="odd"), "no definition odd.* variable"),
    "no name": (lambda a: a.lightcurve("it's"), "the archive has no source named it's"),
    "no id": (lambda a: a.lightcurve(1, dataset="field"), "field has no source with id 1"),
    "nothing there": (lambda a: a.lightcurve((10, -10)), "no source within 10 arcsec of 10 -10"),
    "several": (lambda a: a.lightcurve(str(a.sources()["name"][0])), "several sources named J"),
    "no position": (lambda a: a.lightcurve((400, 0)), "no position \\(400, 0\\)"),
    "no angle": (lambda a: a.sources((1, 2, 3 * u.m)), "no radius"),
    "no cone": (lambda a: a.sources(5), "5 is no cone"),
    "positions": (lambda a: a.lightcurve(SkyCoord([1, 2], [3, 4], unit="deg")), "one position"),
    "not finite": (lambda a: a.sources((np.nan, 2, 3)), "right ascension nan is not finite"),
    "radius": (lambda a: a.sources((1, 2, -1)), "radius of -1 deg"),
    "language": (lambda a: a.query("SELECT", language="english"), "no language 'english'"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_mistake_is_one_line(archive, what):
    ask, told = REFUSED[what]
    with pytest.raises(InputError, match=told) as refused:
        ask(archive)
    assert "\n" not in str(refused.value)


def test_a_query_that_makes_no_sense_is_one_line(archive):
    for query, told in [
        ("SELECT x FROM image", "line 1, column 8: there is no column x"),
        ("SELECT", "line 1, column 7: the query ends here"),
        ("SELECT 1 / (image_id - image_id) AS x FROM image", "division by zero"),
    ]:
        with pytest.raises((AdqlError, ServiceError, DatabaseError), match=told) as refused:
            archive.query(query)
        assert "\n" not in str(refused.value)
    with pytest.raises((AdqlError, ServiceError), match="there is no column nothing"):
        archive.sources(where="nothing = 1")


def test_an_archive_shows_its_data_sets(archive):
    shown = archive._repr_html_()
    assert "again" in shown
    assert "field" in shown
    assert repr(archive) == f"<archive {archive._backend.place}>"


def test_a_light_curve_shows_a_picture(archive, place):
    curve = archive.lightcurve(place, dataset="field")
    shown = curve._repr_html_()
    assert shown.startswith('<img alt="light curve" src="data:image/png;base64,')
    assert "<table" in shown
    assert "<img" not in curve["time", "int_flux"]._repr_html_()
    assert "<img" not in curve[:0]._repr_html_()


def test_a_light_curve_is_drawn(archive, place):
    from matplotlib.figure import Figure

    curve = archive.lightcurve(place, dataset="field")
    curve["peak_flux"] = curve["peak_flux"].to("mJy/beam")
    panels = [curve.plot(flux, Figure()) for flux in ("int", "peak")]
    assert [len(axes) for axes in panels] == [2, 2]
    assert panels[0][0].get_title() == "150 MHz, Stokes I"
    everywhere = archive.lightcurve(place)  # the bands of both data sets are the same
    assert len(everywhere.plot(figure=Figure())) == 2
    with pytest.raises(InputError, match="there is no light curve to draw"):
        curve[:0].plot(figure=Figure())
    with pytest.raises(InputError, match="no flux 'total'"):
        curve.plot("total")


QUESTIONS = {
    "data sets": lambda a, p: a.datasets(),
    "sources": lambda a, p: a.sources(),
    "a cone": lambda a, p: a.sources((p, 2 * u.arcmin), where="n_blind > 1"),
    "light curve": lambda a, p: a.lightcurve(p),
    "transients": lambda a, p: a.transients(),
    "by definition": lambda a, p: a.transients(definition="single_epoch"),
    "variability": lambda a, p: a.variability(),
    "images": lambda a, p: a.query("SELECT * FROM image ORDER BY image_id"),
    "arrays": lambda a, p: a.query("SELECT r.*, d.configuration FROM sky_region AS r JOIN dataset"
        " AS d ON r.dataset_id = d.dataset_id ORDER BY sky_region_id"),
    "definitions": lambda a, p: a.query("SELECT * FROM transient_definition ORDER BY name"),
    # all but where to fetch them, which a service may tell and a database does not know
    "observations": lambda a, p: a.query("SELECT obs_publisher_did, obs_collection, obs_id, s_ra,"
        " s_fov, s_region, t_min, t_max, t_exptime, em_min, em_max, em_res_power, target_name,"
        " s_xel1, facility_name FROM ivoa.obscore ORDER BY obs_publisher_did"),
    "itself": lambda a, p: a.query("SELECT * FROM tap_schema.columns ORDER BY 1, 2"),
    "computed": lambda a, p: a.query("SELECT dataset, COUNT(*) AS n, AVG(ra) AS ra, MAX(last_seen)"
        " AS late, SUM(n_blind) AS blind, AVG(n_blind) AS b FROM running_catalogue"
        " GROUP BY dataset ORDER BY 1"),
    "nothing": lambda a, p: a.query("SELECT * FROM candidate WHERE source_id = 1"),
}  # fmt: skip


@pytest.mark.parametrize("what", QUESTIONS)
def test_both_ways_give_the_same(database, service, place, what):
    """The same columns, types, units, meanings, UCDs, values to the last bit, and masks."""
    one, other = (QUESTIONS[what](archive, place) for archive in (database, service))
    assert type(one) is type(other)
    assert one.colnames == other.colnames
    assert len(one) == len(other)
    for name in one.colnames:
        first, second = one[name], other[name]
        assert type(first) is type(second), name
        assert first.info.unit == second.info.unit, name
        assert first.info.description == second.info.description, name
        assert (first.info.meta or {}) == (second.info.meta or {}), name
        assert np.array_equal(*(np.asarray(getattr(x, "mask", False)) for x in (first, second)))
        assert bits(first) == bits(second), name


def bits(column):
    """The values of a column that are known, so that equal ones are the same."""
    if isinstance(column, Time):
        column = column.isot
    values = np.asarray(getattr(column, "unmasked", column))
    known = ~np.broadcast_to(getattr(column, "mask", False), values.shape)
    if values.dtype == object:
        return [value.tolist() for value in values[known]]
    return values.dtype, values[known].tolist()
