"""Cubes of frequency and Stokes parameter: one image for each plane."""

from datetime import UTC, datetime

import numpy as np
import pytest
from astropy.io import fits
from synthetic import header, noise, write

import extractor
from extractor import ImageError

FREQUENCIES = (1.0e9, 1.1e9, 1.2e9)


def axis_cards(number, kind, value, step, unit=""):
    cards = {"CTYPE": kind, "CRVAL": value, "CDELT": step, "CRPIX": 1.0, "CUNIT": unit}
    return {f"{key}{number}": card for key, card in cards.items()}


def cube_header(shape=(32, 32)):
    """Three frequencies, then I and V."""
    cards = header(shape)
    cards.update(axis_cards(3, "FREQ", 1.0e9, 1.0e8, "Hz"))
    cards.update(axis_cards(4, "STOKES", 1.0, 3.0))
    return cards


def cube_data(stokes=2, channels=3, size=32):
    planes = [noise(size, seed) for seed in range(stokes * channels)]
    return np.reshape(planes, (stokes, channels, size, size)).astype(np.float32)


@pytest.fixture
def cube(tmp_path):
    return write(tmp_path / "cube.fits", cube_data(), cube_header())


def test_each_plane_is_an_image(cube):
    data = cube_data()
    images = list(extractor.open_all(cube))
    assert [i.path for i in images] == [f"{cube}[{number}]" for number in range(6)]
    assert [i.freq_eff for i in images] == pytest.approx(FREQUENCIES * 2)
    assert [i.stokes for i in images] == ["I"] * 3 + ["V"] * 3
    assert {i.bandwidth for i in images} == {1e8}
    assert len({i.digest for i in images}) == 6
    for number, image in enumerate(images):
        assert np.array_equal(image.data, data[divmod(number, 3)])
        assert (image.ra, image.dec) == pytest.approx((10, 40))


def test_a_plane_is_named_in_the_path_or_beside_it(cube):
    by_number = extractor.open(cube, plane=4)
    assert by_number.digest == extractor.open(f"{cube}[4]").digest
    assert (by_number.freq_eff, by_number.stokes) == (pytest.approx(1.1e9), "V")
    assert [i.digest for i in extractor.open_all(f"{cube}[4]")] == [by_number.digest]


def test_a_plane_is_the_same_image_alone(cube, tmp_path):
    cards = cube_header()
    cards["CRVAL3"], cards["CRVAL4"] = 1.1e9, 4.0
    alone = write(tmp_path / "alone.fits", cube_data()[1:, 1:2], cards)
    assert extractor.open(alone).digest == extractor.open(cube, plane=4).digest


def test_keys_are_those_of_the_images(cube):
    keys = extractor.read_keys(cube)
    images = extractor.open_all(cube)
    for key, image in zip(keys, images, strict=True):
        assert key == extractor.ImageKey(image.path, image.taken_at, image.freq_eff, image.stokes)
    assert extractor.read_keys(keys[2].path) == [keys[2]]


def test_a_cube_has_to_be_told_which_plane(cube):
    with pytest.raises(ImageError, match=r"holds 6 images.*cube.fits\[0\] to .*cube.fits\[5\]"):
        extractor.open(cube)
    with pytest.raises(ImageError, match="no plane 6; the last one is 5"):
        extractor.open(cube, plane=6)


def test_a_file_may_be_named_like_a_plane(tmp_path):
    path = write(tmp_path / "image.fits[3]")
    assert extractor.open(path).path == str(path)
    (key,) = extractor.read_keys(path)
    assert key.path == str(path)
    assert extractor.open(write(tmp_path / "a.fits"), plane=0).path == str(tmp_path / "a.fits")


def test_planes_along_other_axes_are_refused(tmp_path):
    cards = cube_header()
    cards["CTYPE3"] = "DELAY"
    path = write(tmp_path / "a.fits", cube_data(), cards)
    for read in (extractor.open, extractor.read_keys):
        with pytest.raises(ImageError, match=r"axis 3 \(DELAY\) has 3 planes; split the cube"):
            read(path)


def test_one_plane_of_another_polarisation_refuses_only_itself(tmp_path):
    cards = cube_header()
    cards.update({"CRVAL4": 0.0, "CDELT4": 1.0, "CRPIX4": 1.0})
    path = write(tmp_path / "a.fits", cube_data(), cards)
    with pytest.raises(ImageError, match=r"a.fits\[0\].*Stokes"):
        extractor.open(path, plane=0)
    assert extractor.open(path, plane=3).stokes == "I"


def test_compressed_and_scaled_cubes_give_their_planes(cube, tmp_path):
    plain = extractor.open(cube, plane=4)
    tiles = tmp_path / "tiles.fits"
    packed = fits.CompImageHDU(
        cube_data(), cube_header(), compression_type="GZIP_2", quantize_level=0
    )
    fits.HDUList([fits.PrimaryHDU(), packed]).writeto(tiles)
    assert extractor.open(tiles, plane=4).digest == plain.digest
    scaled = tmp_path / "scaled.fits"
    hdu = fits.PrimaryHDU(cube_data(), cube_header())
    hdu.scale("int16", bscale=1e-6)
    hdu.writeto(scaled)
    assert extractor.open(scaled, plane=4).data == pytest.approx(plain.data, abs=1e-6)


def test_beams_may_differ_from_plane_to_plane(tmp_path):
    cards = cube_header()
    for key in ("BMAJ", "BMIN", "BPA"):
        cards.remove(key)
    cards["CASAMBM"] = True
    rows = [(36.0 + c, 18.0 + s, 10.0, c, s) for s in range(2) for c in range(3)]
    names = ["BMAJ", "BMIN", "BPA", "CHAN", "POL"]
    columns = [
        fits.Column(name=name, format="J" if name in ("CHAN", "POL") else "E", unit=unit, array=a)
        for name, unit, a in zip(
            names, ["arcsec", "arcsec", "deg", None, None], np.transpose(rows), strict=True
        )
    ]
    table = fits.BinTableHDU.from_columns(columns, name="BEAMS")
    path = tmp_path / "a.fits"
    fits.HDUList([fits.PrimaryHDU(cube_data(), cards), table]).writeto(path)
    beam = extractor.open(path, plane=5).beam
    assert (beam.major * 3600, beam.minor * 3600, beam.pa) == pytest.approx((38, 19, 10))


def test_meerkats_wide_band_image_and_its_sub_bands(tmp_path):
    cards = header((32, 32))
    cards.update(axis_cards(3, "SPECLNMF", 1.28e9, 5e7))
    cards.update(axis_cards(4, "STOKES", 1.0, 1.0))
    cards["NTERM"], cards["NSPEC"] = 2, 2
    for number, centre in ((1, 0.9e9), (2, 1.5e9)):
        cards[f"FREQ{number:04}"] = centre
        cards[f"FREL{number:04}"] = centre - 2e8
        cards[f"FREH{number:04}"] = centre + 2e8
    path = write(tmp_path / "a.fits", cube_data(1, 4), cards)
    images = list(extractor.open_all(path))
    assert [i.path for i in images] == [f"{path}[{number}]" for number in (0, 2, 3)]
    assert [i.freq_eff for i in images] == [1.28e9, 0.9e9, 1.5e9]
    assert [i.bandwidth for i in images] == pytest.approx([1e9, 4e8, 4e8])
    with pytest.raises(ImageError, match="plane 1"):
        extractor.open(path, plane=1)


def test_the_frequency_of_aartfaac_is_the_rest_frequency(tmp_path):
    cards = header()
    cards.update(axis_cards(3, "FREQ", 0.0, 195312.5, "Hz"))
    cards["RESTFRQ"], cards["TELESCOP"] = 57.6e6, "AARTFAAC"
    path = write(tmp_path / "a.fits", noise(64, 0).astype("f4")[None], cards)
    image = extractor.open(path)
    assert (image.freq_eff, image.bandwidth) == (57.6e6, 195312.5)


@pytest.mark.parametrize("scale", [2.0, 1.6])
def test_what_lies_beyond_the_horizon_is_blank(tmp_path, scale):
    """Also if only the corners do."""
    cards = header((64, 64))
    for key in ("CDELT1", "CDELT2"):
        cards[key] = np.sign(cards[key]) * scale
    cards["BMAJ"], cards["BMIN"] = 6.0, 5.0
    data = np.arange(64 * 64, dtype=np.float32).reshape(64, 64)
    image = extractor.open(write(tmp_path / "a.fits", data, cards))
    y, x = np.indices(data.shape) - 31.5
    inside = np.radians(scale * np.hypot(x, y)) <= 1
    assert not inside.all()
    assert np.array_equal(np.isfinite(image.data), inside)


HEADERS = {
    "AIPS": {
        "TELESCOP": "VLA",
        "DATE-OBS": "16/09/93",
        "EPOCH": 2000.0,
        "RESTFRQ": None,
        "BMAJ": None,
        "BMIN": None,
        "BPA": None,
        "HISTORY": "AIPS   CLEAN BMAJ=  6.3889E-03 BMIN=  5.1389E-03 BPA=  35.00",
        **axis_cards(3, "FREQ", 1.4e9, 5e7),
    },
    "ASKAP": {
        "TELESCOP": "ASKAP",
        "BUNIT": "Jy/beam ",
        "DATE-OBS": "2024-05-01T12:30:00.500000",
        "TIMESYS": "UTC",
        "DURATION": 900.0,
        "RESTFRQ": 0.0,
        **axis_cards(3, "STOKES", 1.0, 1.0),
        **axis_cards(4, "FREQ", 1.4e9, 2.88e8, "Hz"),
    },
    "WSClean of LOFAR": {
        "TELESCOP": "LOFAR",
        "BUNIT": "JY/BEAM",
        "EQUINOX": 2000.0,
        "RESTFRQ": None,
        "SPECSYS": "TOPOCENT",
        **axis_cards(3, "FREQ", 1.4e9, 5e7, "Hz"),
        **axis_cards(4, "STOKES", 1.0, 1.0),
    },
    "Westerbork": {"TELESCOP": "WSRT", "DATE-OBS": 2024.33202415},
    "MeerKAT": {
        "TELESCOP": "MeerKAT",
        "DATE-OBS": "2024-05-01",
        "BUNIT": "JY/BEAM",
        "RESTFRQ": None,
        **axis_cards(3, "SPECLNMF", 1.4e9, 5e7),
        "NTERM": 2,
        "NSPEC": 14,
    },
}


@pytest.mark.parametrize("name", HEADERS)
def test_dialects(tmp_path, name):
    cards = header((32, 32))
    for key, value in HEADERS[name].items():
        if value is None:
            cards.remove(key)
        else:
            cards[key] = value
    image = extractor.open(write(tmp_path / "a.fits", noise(32, 0).astype("f4")[None, None], cards))
    assert image.freq_eff == 1.4e9
    assert image.stokes == "I"
    assert image.telescope == cards["TELESCOP"]
    assert image.beam.major == pytest.approx(4.6 * 5 / 3600, rel=1e-4)
    expected = datetime(1993, 9, 16) if name == "AIPS" else datetime(2024, 5, 1, 12, 30, 0, 500000)
    if name == "MeerKAT":
        expected = datetime(2024, 5, 1)
    tolerance = 60 if name == "Westerbork" else 1e-6
    assert abs((image.taken_at - expected.replace(tzinfo=UTC)).total_seconds()) < tolerance
