"""Images and light curves as ObsCore 1.1 and its extension for radio data ask for them."""

import re
from itertools import pairwise

import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.time import Time

from tests.feeding import NOTHING, START, nothing_there
from tests.sql.catalogue import close, fit, image

C = 299792458  # m/s

# ObsCore 1.1, table 6: utype, UCD, unit
STANDARD = {
    "dataproduct_type": ("ObsDataset.dataProductType", "meta.code.class", None),
    "calib_level": ("ObsDataset.calibLevel", "meta.code;obs.calib", None),
    "obs_collection": ("DataID.collection", "meta.id", None),
    "obs_id": ("DataID.observationID", "meta.id", None),
    "obs_publisher_did": ("Curation.publisherDID", "meta.ref.ivoid", None),
    "access_url": ("Access.reference", "meta.ref.url", None),
    "access_format": ("Access.format", "meta.code.mime", None),
    "access_estsize": ("Access.size", "phys.size;meta.file", "kbyte"),
    "target_name": ("Target.name", "meta.id;src", None),
    "s_ra": (
        "Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C1", "pos.eq.ra", "deg",
    ),
    "s_dec": (
        "Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C2", "pos.eq.dec", "deg",
    ),
    "s_fov": (
        "Char.SpatialAxis.Coverage.Bounds.Extent.diameter", "phys.angSize;instr.fov", "deg",
    ),
    "s_region": ("Char.SpatialAxis.Coverage.Support.Area", "pos.outline;obs.field", None),
    "s_resolution": ("Char.SpatialAxis.Resolution.Refval.value", "pos.angResolution", "arcsec"),
    "s_xel1": ("Char.SpatialAxis.numBins1", "meta.number", None),
    "s_xel2": ("Char.SpatialAxis.numBins2", "meta.number", None),
    "t_min": ("Char.TimeAxis.Coverage.Bounds.Limits.StartTime", "time.start;obs.exposure", "d"),
    "t_max": ("Char.TimeAxis.Coverage.Bounds.Limits.StopTime", "time.end;obs.exposure", "d"),
    "t_exptime": ("Char.TimeAxis.Coverage.Support.Extent", "time.duration;obs.exposure", "s"),
    "t_resolution": ("Char.TimeAxis.Resolution.Refval.value", "time.resolution", "s"),
    "t_xel": ("Char.TimeAxis.numBins", "meta.number", None),
    "em_min": ("Char.SpectralAxis.Coverage.Bounds.Limits.LoLimit", "em.wl;stat.min", "m"),
    "em_max": ("Char.SpectralAxis.Coverage.Bounds.Limits.HiLimit", "em.wl;stat.max", "m"),
    "em_res_power": ("Char.SpectralAxis.Resolution.ResolPower.refVal", "spect.resolution", None),
    "em_xel": ("Char.SpectralAxis.numBins", "meta.number", None),
    "o_ucd": ("Char.ObservableAxis.ucd", "meta.ucd", None),
    "pol_states": ("Char.PolarizationAxis.stateList", "meta.code;phys.polarization", None),
    "pol_xel": ("Char.PolarizationAxis.numBins", "meta.number", None),
    "facility_name": ("Provenance.ObsConfig.Facility.name", "meta.id;instr.tel", None),
    "instrument_name": ("Provenance.ObsConfig.Instrument.name", "meta.id;instr", None),
}  # fmt: skip
# ObsCore Extension for Radio Data 1.0, tables 2 to 4: UCD, unit
RADIO = {
    "obs_publisher_did": ("meta.ref.ivoid", None),
    "s_resolution_min": ("pos.angResolution;stat.min", "arcsec"),
    "s_resolution_max": ("pos.angResolution;stat.max", "arcsec"),
    "s_fov_min": ("phys.angSize;instr.fov;stat.min", "deg"),
    "s_fov_max": ("phys.angSize;instr.fov;stat.max", "deg"),
    "f_resolution": ("em.freq;stat.max", "kHz"),
    "s_largest_angular_scale": ("phys.angSize;stat.max", "arcsec"),
    "s_largest_angular_scale_min": ("phys.angSize;stat.max", "arcsec"),
    "s_largest_angular_scale_max": ("phys.angSize;stat.max", "arcsec"),
    "uv_distance_min": ("stat.Fourier;pos;stat.min", "m"),
    "uv_distance_max": ("stat.Fourier;pos;stat.max", "m"),
    "uv_distribution_ecc": ("stat.Fourier;pos", None),
    "uv_distribution_fill": ("stat.Fourier;pos;arith.ratio", None),
    "instr_tel_number": ("meta.number;instr.param", None),
    "instr_tel_min_dist": ("instr.baseline;stat.min", "m"),
    "instr_tel_max_dist": ("instr.baseline;stat.max", "m"),
    "instr_tel_diameter": ("instr.param", "m"),
    "instr_feed": ("instr.param", None),
    "scan_mode": ("instr.param", None),
    "tracking_type": ("instr.param", None),
}
SQUARE = [(122.0, 9.0), (122.0, 11.0), (124.0, 11.0), (124.0, 9.0)]
IMAGES = "select * from ivoa.obscore where dataproduct_type = 'image' order by t_min, em_max desc"
CURVES = "select * from ivoa.obscore where dataproduct_type = 'timeseries' order by s_ra"
FAILED = ({"name": "rms", "value": 2.0, "high": 1.0, "passed": False, "detail": "rms above 1"},)


@pytest.fixture
def observed(original):
    """Two images of one time step, one of the next, and a rejected one."""
    feeder = original()
    feeder.step(
        image(fit(123, 10), freq_eff=50e6, bandwidth=None, digest="https://example.org/a"),
        image(fit(123, 10), freq_eff=150e6, bandwidth=2e6, stokes="V"),
        force=None,
    )
    feeder.step(image(fit(123, 10), freq_eff=150e6, vertices=SQUARE, radius=1.5), force=None)
    feeder.step(image(NOTHING, freq_eff=150e6, checks=FAILED), force=None)
    return feeder


def test_columns_are_those_of_the_standards(conn):
    for table, columns in {
        "ivoa.obscore": {
            name: (f"obscore:{utype}", ucd, unit) for name, (utype, ucd, unit) in STANDARD.items()
        },
        "ivoa.obscore_radio": RADIO,
    }.items():
        said = conn.execute(
            "select column_name, utype, ucd, unit from tap_schema.columns"
            " where table_name = %s order by column_index",
            [table],
        ).fetchall()
        assert {row[0]: tuple(row[-len(columns[row[0]]) :]) for row in said} == columns
        assert [row[0] for row in said] == list(columns)
        assert all(row.utype.startswith("obscore:") for row in said)


def test_each_accepted_image_is_an_observation(observed):
    conn = observed.conn
    rows = conn.execute(IMAGES).fetchall()
    low, high, later = rows
    ids = conn.execute(
        "select trap.image_did(image_id) from trap.image where status = 'accepted' order by 1"
    ).fetchall()
    assert sorted(row.obs_publisher_did for row in rows) == [did for (did,) in ids]
    assert low.obs_publisher_did == f"ivo://trapdb/image?{observed.dataset_id}/" + (
        f"{observed.dataset_id * 2**24 + 1}"
    )
    assert low.obs_id == high.obs_id == "fed 2012-01-01T00:00:00.000000Z" != later.obs_id
    assert (low.access_url, low.access_format) == ("https://example.org/a.fits", "image/fits")
    assert (high.access_url, high.access_format) == (None, None)
    assert [row.pol_states for row in rows] == ["/I/", "/V/", "/I/"]
    assert {(row.dataproduct_type, row.calib_level, row.obs_collection) for row in rows} == {
        ("image", 2, "fed")
    }


def test_where_when_and_at_what_wavelengths(observed):
    low, high, later = observed.conn.execute(IMAGES).fetchall()
    assert (low.s_ra, low.s_dec, low.s_fov) == (123, 10, 20)
    assert low.s_region == "CIRCLE ICRS 123 10 10"
    assert low.t_min == pytest.approx(Time(START).mjd, abs=1e-9)
    assert (high.t_max - high.t_min) * 86400 == pytest.approx(300, abs=1e-4)
    assert later.t_min - high.t_min == pytest.approx(1, abs=1e-9)
    assert (low.em_min, low.em_max, low.em_res_power) == (close(C / 50e6), close(C / 50e6), None)
    assert (high.em_min, high.em_max) == (close(C / 151e6), close(C / 149e6))
    assert high.em_res_power == close(75)
    assert later.s_region.startswith("POLYGON ICRS ")
    assert later.s_fov == 3


@pytest.mark.parametrize(
    ("centre", "corners"),
    [
        ((123.0, 10.0), SQUARE),
        ((0.0, 0.0), [(1.0, 1.0), (359.0, 1.0), (359.0, -1.0), (1.0, -1.0)]),
        ((10.0, 90.0), [(0.0, 89.0), (120.0, 89.0), (240.0, 89.0)]),
    ],
)
@pytest.mark.parametrize("turn", [1, -1])
def test_corners_go_from_north_to_east(conn, centre, corners, turn):
    ra, dec = map(list, zip(*corners[::turn], strict=True))
    (text,) = conn.execute(
        "select trap.footprint_text(%s, %s, 2, %s, %s)", [*centre, ra, dec]
    ).fetchone()
    kind, frame, *numbers = text.split()
    assert (kind, frame) == ("POLYGON", "ICRS")
    written = [(float(x), float(y)) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]
    assert sorted(written) == sorted(corners)
    angles = SkyCoord(*centre, unit=u.deg).position_angle(SkyCoord(written, unit=u.deg)).deg
    steps = [(after - before) % 360 for before, after in pairwise(angles)]
    assert all(0 < step < 180 for step in steps)


def test_each_source_is_a_light_curve(original):
    """What is known of it from its running sums is what its points say."""
    feeder = original()
    feeder.step(
        image(fit(123, 10), freq_eff=50e6, bandwidth=2e6),
        image(fit([123, 124], [10, 10]), freq_eff=150e6, stokes="V"),
        force=None,
    )
    feeder.step(image(fit(124, 10), freq_eff=50e6, bandwidth=2e6), force=nothing_there)
    conn = feeder.conn
    rows = conn.execute(CURVES).fetchall()
    sources = conn.execute("select * from trap.running_catalogue order by ra").fetchall()
    assert len(rows) == len(sources) == 2
    for row, source in zip(rows, sources, strict=True):
        assert row.obs_publisher_did == (
            f"ivo://trapdb/lightcurve?{feeder.dataset_id}/{source.source_id}"
        )
        assert (row.obs_collection, row.target_name) == ("fed", source.name)
        assert (row.s_ra, row.s_dec) == (source.ra, source.dec)
        assert row.s_region == f"CIRCLE ICRS {source.ra:g} {source.dec:g} 0"
        assert row.t_min == pytest.approx(Time(source.first_seen).mjd, abs=1e-9)
        assert row.t_max == pytest.approx(Time(source.last_seen).mjd, abs=1e-9)
        points = conn.execute(
            "select * from trap.lightcurve_of(%s) where usable", [source.source_id]
        ).fetchall()
        assert row.t_xel == len(points)
        assert row.em_xel == len({point.band_id for point in points})
        assert row.pol_states == f"/{'/'.join(sorted({point.stokes for point in points}))}/"
        assert row.pol_xel == len({point.stokes for point in points})
    assert [row.pol_states for row in rows] == ["/I/V/", "/I/V/"]
    assert rows[0].em_max == close(C / 49e6)
    assert [row.t_max > row.t_min for row in rows] == [False, True]


def test_a_service_leads_to_links_from_elsewhere_nothing_does(observed):
    conn = observed.conn
    for query in (IMAGES, CURVES):
        with conn.transaction():
            conn.execute("select set_config('trapdb.service_url', 'https://a.org/t', true)")
            rows = conn.execute(query).fetchall()
        assert len(rows) >= 1
        for row in rows:
            assert row.access_url == f"https://a.org/t/datalink?ID={row.obs_publisher_did}"
            assert row.access_format == "application/x-votable+xml;content=datalink"
    assert {(row.access_url, row.access_format) for row in conn.execute(CURVES)} == {(None, None)}


@pytest.mark.parametrize(
    ("product", "others"),
    [("image", ("source", "source_flux")), ("timeseries", ("image", "sky_region"))],
)
def test_of_images_and_light_curves_only_those_are_read_that_are_asked_for(
    observed, product, others
):
    rows = observed.conn.execute(
        "explain (costs off) select obs_id, t_min, s_ra from ivoa.obscore"
        f" where dataproduct_type = '{product}'"
    )
    plan = "\n".join(row[0] for row in rows)
    assert " on " in plan
    for table in others:
        assert not re.search(rf"\b{table}(_\d+)?\b", plan), plan


def test_the_extension_for_radio_data_joins_by_its_only_common_column(observed):
    rows = observed.conn.execute(
        "select * from ivoa.obscore natural join ivoa.obscore_radio order by t_min, em_max desc"
    ).fetchall()
    assert len(rows) == 3
    assert rows[1].f_resolution == close(2000)
    for row in rows:
        assert row.s_resolution_max == close(row.s_resolution)
        assert row.s_resolution_min <= row.s_resolution_max
        assert row.s_fov_min == row.s_fov_max == row.s_fov


def test_what_is_injected_is_not_among_what_was_observed(observed, new_feeder):
    conn = observed.conn
    tables = ("ivoa.obscore", "ivoa.obscore_radio")
    real = [conn.execute(f"select * from {table} order by 1, 4").fetchall() for table in tables]
    injected = new_feeder(name="injected", tense="injected")
    injected.step(image(fit(123, 10), freq_eff=150e6), force=None)
    assert conn.execute("select from trap.image where dataset = 'injected'").fetchall()
    assert real == [
        conn.execute(f"select * from {table} order by 1, 4").fetchall() for table in tables
    ]
