"""CASA image directories, and LOFAR's images in HDF5: the same plane is the same image."""

import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from synthetic import header, noise, write
from test_cubes import axis_cards, cube_data, cube_header

import extractor
from extractor import ImageError
from extractor.parts import open_plane
from extractor.readers.casacore_record import beams_of

DATA = Path(__file__).parents[3] / "shared" / "data"
AMI = DATA / "SWIFT_554620-130504.fits"


def one_plane(folder, changes=(), **cards):
    """Write an image with a frequency axis, without which casacore keeps no frequency."""
    kept = header(**dict(changes))
    kept.update(axis_cards(3, "FREQ", 1.4e9, 1e8, "Hz"))
    return write(folder / "a.fits", noise(64, 0).astype("f4")[None], kept, **cards)


@pytest.fixture
def casacore():
    """Return casacore's tables and images, which warn when imported."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("casacore", reason="python-casacore is not installed")
        from casacore import images, tables
    return images, tables


@pytest.fixture
def to_casa(casacore):
    """Return a function that makes a CASA image of a FITS file."""

    def convert(path):
        target = path.with_suffix(".image")
        casacore[0].image(str(path)).saveas(str(target))
        return target

    return convert


@pytest.fixture
def to_hdf5(casacore, to_casa):
    """Return a function that makes an HDF5 image of a FITS file, laid out as casacore does."""
    h5py = pytest.importorskip("h5py", reason="h5py is not installed")

    def put(group, record):
        for name, value in record.items():
            if isinstance(value, dict):
                put(group.create_group(name), value)
            elif isinstance(value, str):
                group.attrs[name] = np.bytes_(value or "__empty__")
            elif isinstance(value, list):
                group.attrs.create(name, value, dtype=h5py.string_dtype())
            else:
                group.attrs[name] = value

    def convert(path, attributes=()):
        with casacore[1].table(str(to_casa(path)), ack=False) as table:
            keywords, pixels = table.getkeywords(), table.getcell("map", 0)
        target = path.with_suffix(".h5")
        with h5py.File(target, "w") as file:
            file["map"] = pixels
            put(file.create_group("coordinfo"), {"coords": keywords["coords"]})
            put(file.create_group("imageinfo"), keywords["imageinfo"])
            put(file.create_group("unitinfo"), {"units": keywords["units"]})
            put(file.create_group("miscinfo"), keywords.get("miscinfo", {}))
            file.attrs.update(dict(attributes))
        return target

    return convert


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no real images in {DATA}")
def test_a_real_image_is_the_same_in_casa(casacore):
    plain, casa = extractor.open(AMI), extractor.open(AMI.with_suffix(".image"))
    assert casa.digest == plain.digest
    assert np.array_equal(casa.data, plain.data)
    one, other = plain.extract(det=5), casa.extract(det=5)
    assert len(one) == len(other) > 0
    for name in ("ra", "dec", "peak_flux", "int_flux", "int_flux_err", "flags"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-9)


def test_what_casa_calls_a_beam_is_no_image_of_the_sky(tmp_path, casacore, to_casa):
    casa = to_casa(write(tmp_path / "a.fits", cube_data(1, 1), cube_header()))
    assert extractor.open(casa).freq_eff > 0
    with casacore[1].table(str(casa), readonly=False, ack=False) as table:
        table.putkeyword("imageinfo", table.getkeyword("imageinfo") | {"imagetype": "Beam"})
    with pytest.raises(ImageError, match="BTYPE is 'Beam'"):
        extractor.open(casa)


def test_every_plane_of_a_cube_is_the_same(tmp_path, to_casa):
    cards = cube_header()
    cards.update({"CRVAL4": 1.0, "CDELT4": 1.0, "TELESCOP": "VLA"})
    data = cube_data()
    data[1, 2, 3:6, 4:9] = np.nan
    path = write(tmp_path / "a.fits", data, cards)
    images = list(zip(extractor.open_all(path), extractor.open_all(to_casa(path)), strict=True))
    assert len(images) == 6
    for plain, casa in images:
        assert np.array_equal(plain.data, casa.data, equal_nan=True)
        assert casa.digest == plain.digest
    assert np.isnan(casa.data).sum() == 15


@pytest.mark.parametrize("changes", [{"rotation_deg": 30.0}, {"projection": "TAN", "dec": -70.0}])
def test_projection_and_rotation(tmp_path, to_casa, changes):
    path = one_plane(tmp_path, changes)
    plain, casa = extractor.open(path), extractor.open(to_casa(path))
    assert (casa.ra, casa.dec) == pytest.approx((plain.ra, plain.dec))
    assert casa.beam_px == pytest.approx(plain.beam_px)


def test_keywords_that_casa_only_carries_along_count(tmp_path, to_casa):
    path = one_plane(tmp_path, EXPTIME=60.0)
    assert extractor.open(to_casa(path)).duration == 60


def test_an_hdf5_image_is_the_same(tmp_path, to_hdf5):
    cards = cube_header()
    cards.update({"CRVAL4": 1.0, "CDELT4": 1.0})
    path = write(tmp_path / "a.fits", cube_data(), cards)
    images = list(zip(extractor.open_all(path), extractor.open_all(to_hdf5(path)), strict=True))
    assert [i.digest for i, _ in images] == [i.digest for _, i in images]


def test_a_section_is_that_of_fits(tmp_path, to_casa, to_hdf5):
    path = write(tmp_path / "cube.fits", cube_data(), cube_header())
    expected = extractor.open(path, plane=1).data[10:20, 3:31]
    for other in (to_casa(path), to_hdf5(path)):
        with open_plane(f"{other}[1]") as plane:
            assert plane.read(slice(10, 20), slice(3, 31)).tobytes() == expected.tobytes()


def test_lofars_attributes_of_an_hdf5_image(tmp_path, to_hdf5):
    attributes = {
        "TELESCOPE": "LOFAR",
        "OBSERVATION_START_UTC": "2012-04-20T12:00:00.000000000Z",
        "OBSERVATION_END_UTC": "2012-04-20T12:10:00.000000000Z",
        "ANTENNA_SET": "HBA_DUAL",
        "OBSERVATION_STATIONS_LIST": ["CS001HBA0", "CS001HBA1", "RS106HBA", "DE601HBA"],
    }
    image = extractor.open(to_hdf5(one_plane(tmp_path), attributes))
    assert image.taken_at.isoformat() == "2012-04-20T12:00:00+00:00"
    assert (image.telescope, image.duration) == ("LOFAR", 600)
    stations = image.stations
    assert (stations.antenna_set, stations.core, stations.remote) == ("HBA_DUAL", 2, 1)
    assert stations.international == 1


def test_lofars_tables_of_a_casa_image(tmp_path, casacore, to_casa):
    tables = casacore[1]
    path = to_casa(one_plane(tmp_path, TELESCOP="LOFAR"))

    def sub_table(name, **columns):
        where = str(path / name)
        described = [
            tables.makescacoldesc(column, values[0])
            if np.ndim(values[0]) == 0
            else tables.makearrcoldesc(column, int(values[0].flat[0]), np.ndim(values[0]))
            for column, values in columns.items()
        ]
        length = len(next(iter(columns.values())))
        with tables.table(where, tables.maketabdesc(described), nrow=length, ack=False) as table:
            for column, values in columns.items():
                for row, value in enumerate(values):
                    table.putcell(column, row, value)
        return f"Table: {where}"

    start = 56037.5 * 86400  # 2012-04-20T12:00
    groups = {
        "LOFAR_OBSERVATION": sub_table(
            "LOFAR_OBSERVATION",
            OBSERVATION_START=[start],
            ANTENNA_SET=["LBA_INNER"],
            NVIS_USED=[np.array([[5], [5], [5], [0]])],
        ),
        "LOFAR_ANTENNA": sub_table(
            "LOFAR_ANTENNA", NAME=["CS001LBA", "RS106LBA", "DE601LBA", "CS002LBA"]
        ),
        # The second and the third overlap, and between the first two nothing was observed.
        "LOFAR_ORIGIN": sub_table(
            "LOFAR_ORIGIN",
            START=[start, start + 100, start + 105],
            END=[start + 10, start + 110, start + 115],
        ),
    }
    with tables.table(str(path), readonly=False, ack=False) as table:
        table.putkeyword("ATTRGROUPS", groups)
    image = extractor.open(path)
    assert image.taken_at.isoformat() == "2012-04-20T12:00:00+00:00"
    assert image.duration == pytest.approx(25)
    assert image.stations == extractor.image.stations.Stations("LBA_INNER", 1, 1, 1)


def test_beams_of_planes_in_casas_records():
    def beam(arcsec):
        return {
            "major": {"value": arcsec, "unit": "arcsec"},
            "minor": {"value": arcsec / 2, "unit": "arcsec"},
            "positionangle": {"value": 10.0, "unit": "deg"},
        }

    record = {"nChannels": 2, "nStokes": 2} | {f"*{n}": beam(36.0 + n) for n in range(4)}
    beams = beams_of({"perplanebeams": record})
    assert beams[1, 0] == pytest.approx((37 / 3600, 18.5 / 3600, 10))
    assert beams[0, 1] == pytest.approx((38 / 3600, 19 / 3600, 10))
    assert beams_of({}) == {}
    record["*3"]["minor"]["unit"] = "furlong"
    with pytest.raises(ValueError, match=r"unit of its beam, minor is 'furlong', which is none of"):
        beams_of({"perplanebeams": record})


def test_a_unit_of_casa_that_is_none_is_named(tmp_path, casacore, to_casa):
    def change(coords):
        coords["direction0"]["units"] = ["deg", "furlong"]

    casa = to_casa(write(tmp_path / "a.fits", cube_data(), cube_header()))
    with pytest.raises(ImageError, match="unit of its direction axis DEC is 'furlong'"):
        extractor.open(changed(casacore, casa, change), plane=0)


def changed(casacore, casa, change):
    """Change the record of coordinates that a CASA image keeps."""
    with casacore[1].table(str(casa), readonly=False, ack=False) as table:
        coords = table.getkeyword("coords")
        change(coords)
        table.putkeyword("coords", coords)
    return casa


@pytest.mark.parametrize("unit", ["s", "min", "d"])
def test_planes_along_an_axis_of_times_are_the_same(tmp_path, to_casa, to_hdf5, unit):
    cards = header((64, 64))
    cards.update(axis_cards(3, "TIME", 2.0, 10.0, unit))
    cards.update(axis_cards(4, "FREQ", 1.4e9, 1e8, "Hz"))
    cards.update({"CRPIX3": 2.0, "TELESCOP": "VLA"})
    planes = np.array([noise(64, seed) for seed in range(4)], np.float32)
    planes[2, 5, 6] = np.nan
    path = write(tmp_path / "t.fits", planes[None], cards)
    images = list(extractor.open_all(path))
    assert len({image.taken_at for image in images}) == 4
    for convert in (to_casa, to_hdf5):
        other = convert(path)
        assert [key.taken_at for key in extractor.read_keys(other)] == [
            image.taken_at for image in images
        ]
        for image, same in zip(images, extractor.open_all(other), strict=True):
            assert (same.taken_at, same.duration) == (image.taken_at, image.duration)
            assert np.array_equal(same.data, image.data, equal_nan=True)
            assert same.path.endswith(image.path[-3:])


def test_a_table_of_times_in_casa(tmp_path, casacore, to_casa):
    """What casacore makes of an axis that is no line: the coordinate of each plane."""
    cards = header((64, 64))
    cards.update(axis_cards(3, "TIME", 0.0, 10.0, "s"))
    cards.update(axis_cards(4, "FREQ", 1.4e9, 1e8, "Hz"))
    planes = np.array([[noise(64, seed) for seed in range(4)]], np.float32)
    path = write(tmp_path / "t.fits", planes, cards, TIMEDEL=8.0, TIMEPIXR=0.0)
    first, *_ = extractor.open_all(path)
    casa = to_casa(path)
    listed = {
        "crval": np.array([0.0]), "crpix": np.array([0.0]), "cdelt": np.array([10.0]),
        "pc": np.eye(1), "axes": ["TIME"], "units": ["s"],
        "pixelvalues": np.arange(4.0), "worldvalues": np.array([0.0, 8.0, 60.0, 300.0]),
    }  # fmt: skip

    def put(record):
        with casacore[1].table(str(casa), readonly=False, ack=False) as table:
            coords = table.getkeyword("coords")
            (name,) = (key for key in coords if key.startswith(("linear", "tabular")))
            coords[f"tabular{name[-1]}"] = record
            if not name.startswith("tabular"):
                del coords[name]
            table.putkeyword("coords", coords)
            table.putkeyword("miscinfo", {"TIMEDEL": 8.0, "TIMEPIXR": 0.0})

    put(listed)
    images = list(extractor.open_all(casa))
    assert [(one.taken_at - first.taken_at).total_seconds() for one in images] == [0, 8, 60, 300]
    assert {one.duration for one in images} == {8.0}
    put(listed | {"units": ["Hz"]})
    with pytest.raises(ImageError, match="the unit of its table of times is 'Hz'"):
        extractor.open(casa, plane=0)
    put(listed | {"pixelvalues": np.arange(2.0), "worldvalues": np.arange(2.0)})
    with pytest.raises(ImageError, match="table of times has not all of its planes"):
        extractor.open(casa, plane=0)
    for pixels in ([3.0, 2, 1, 0], [0, 2, 1, 3], [0, np.nan, 2, 3]):
        put(listed | {"pixelvalues": np.array(pixels)})
        with pytest.raises(ImageError, match="table of times"):
            extractor.open(casa, plane=0)


def test_velocities_are_a_table_of_frequencies_in_casa(tmp_path, to_casa):
    cards = cube_header()
    cards.update(axis_cards(3, "VOPT", 5.0e6, 2.0e5, "m/s") | {"RESTFRQ": 1.42040575e9})
    path = write(tmp_path / "a.fits", cube_data(), cards)
    plain, casa = list(extractor.open_all(path)), list(extractor.open_all(to_casa(path)))
    assert [i.freq_eff for i in casa] == pytest.approx([i.freq_eff for i in plain], rel=1e-12)
    assert [i.stokes for i in casa] == [i.stokes for i in plain]
    assert casa[1].bandwidth == pytest.approx(plain[1].bandwidth, rel=1e-3)


def test_channels_of_a_joined_casa_image_need_not_be_evenly_spaced(tmp_path, casacore, to_casa):
    def join(coords):
        linear = coords["spectral2"].pop("wcs")
        coords["spectral2"]["tabular"] = {
            name: np.array([linear[name]]) for name in ("crval", "cdelt", "crpix")
        } | {
            "units": ["Hz"],
            "pixelvalues": np.arange(channels, dtype=float),
            "worldvalues": np.array([1.0, 1.1, 1.4])[:channels] * 1e9,
        }

    path = write(tmp_path / "a.fits", cube_data(), cube_header())
    channels = 3
    images = list(extractor.open_all(changed(casacore, to_casa(path), join)))
    assert [i.freq_eff for i in images] == [1.0e9, 1.1e9, 1.4e9] * 2
    assert [i.bandwidth for i in images] == pytest.approx([1e8, 2e8, 3e8] * 2)
    channels = 2
    path = write(tmp_path / "b.fits", cube_data(), cube_header())
    with pytest.raises(ImageError, match="table of frequencies has not all"):
        extractor.open(changed(casacore, to_casa(path), join), plane=0)


def test_a_casa_image_without_a_date_takes_the_users(tmp_path, casacore, to_casa):
    path = one_plane(tmp_path)
    casa = changed(casacore, to_casa(path), lambda coords: coords.pop("obsdate"))
    nothing = {"m0": {"unit": "d", "value": 0.0}, "refer": "LAST", "type": "epoch"}
    for record in ({}, {"obsdate": nothing}):  # as casacore writes it where there is no date
        changed(casacore, casa, lambda coords, record=record: coords.update(record))
        with pytest.raises(ImageError, match=r"observation time \(DATE-OBS\)"):
            extractor.open(casa)
        image = extractor.open(casa, header={"DATE-OBS": "2020-01-01T01:02:03"})
        assert image.taken_at.isoformat() == "2020-01-01T01:02:03+00:00"


def test_casa_images_older_than_the_poles_of_projections(tmp_path, casacore, to_casa):
    def aged(coords):
        del coords["direction0"]["longpole"], coords["direction0"]["latpole"]

    path = one_plane(tmp_path)
    assert extractor.open(changed(casacore, to_casa(path), aged)).digest == (
        extractor.open(path).digest
    )


def test_a_nan_is_the_same_whatever_its_bits(tmp_path, to_casa):
    """CASA's images in FITS have all bits set, its mask makes the NaN of numpy."""
    data = noise(64, 0).astype("f4")[None]
    data.view("u4")[0, 3:6, 4:9] = 0xFFFFFFFF
    kept = header()
    kept.update(axis_cards(3, "FREQ", 1.4e9, 1e8, "Hz"))
    path = write(tmp_path / "a.fits", data, kept)
    plain, casa = extractor.open(path), extractor.open(to_casa(path))
    assert np.isnan(plain.data).sum() == 15
    assert casa.digest == plain.digest


def test_cartas_hdf5_images_are_the_same(tmp_path):
    h5py = pytest.importorskip("h5py", reason="h5py is not installed")
    path = write(tmp_path / "a.fits", cube_data(), cube_header())
    target = tmp_path / "a.hdf5"
    with fits.open(path) as hdus, h5py.File(target, "w") as file:
        group = file.create_group("0")
        group["DATA"] = hdus[0].data
        for key, value in hdus[0].header.items():
            group.attrs[key] = np.bytes_(value) if isinstance(value, str) else value
        group.attrs["SCHEMA_VERSION"] = np.bytes_("0.3")
    carta, plain = list(extractor.open_all(target)), list(extractor.open_all(path))
    assert [i.digest for i in carta] == [i.digest for i in plain]
    assert len(carta) == 6


def test_without_the_libraries_one_line_tells_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "casacore.tables", None)
    monkeypatch.setitem(sys.modules, "h5py", None)
    casa = tmp_path / "a.image"
    casa.mkdir()
    (casa / "table.info").write_text("Type = Image\n")
    with pytest.raises(ImageError, match=r"python-casacore: pip install 'trapdb\[casa\]'"):
        extractor.open(casa)
    hdf5 = tmp_path / "a.h5"
    hdf5.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    with pytest.raises(ImageError, match=r"h5py: pip install 'trapdb\[hdf5\]'"):
        extractor.open(hdf5)


def test_what_is_no_image_is_told(tmp_path, casacore):
    with pytest.raises(ImageError, match="a directory, but not a CASA image"):
        extractor.open(tmp_path)
    h5py = pytest.importorskip("h5py", reason="h5py is not installed")
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["data"] = [1, 2]
    with pytest.raises(ImageError, match="an HDF5 file, but not an image"):
        extractor.open(path)
    broken = tmp_path / "a.image"
    broken.mkdir()
    (broken / "table.info").write_text("Type = Image\n")
    (broken / "table.dat").write_bytes(b"nothing of the kind")
    with pytest.raises(ImageError, match="not a readable CASA image") as caught:
        extractor.open(broken)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("size", [512, 2048, 32768])
def test_an_hdf5_image_may_stand_behind_a_user_block(to_hdf5, tmp_path, size):
    h5py = pytest.importorskip("h5py", reason="h5py is not installed")
    plain = to_hdf5(one_plane(tmp_path), {})
    behind = tmp_path / "behind.h5"
    with h5py.File(plain) as old, h5py.File(behind, "w", userblock_size=size) as new:
        for name in old:
            old.copy(name, new)
        for name, value in old.attrs.items():
            new.attrs[name] = value
    assert extractor.open(behind).digest == extractor.open(plain).digest
