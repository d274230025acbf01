"""Sections of planes: the same bits as in the whole image, and little else is read."""

import gzip
import io

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import header, noise, write
from test_cubes import cube_data, cube_header

import extractor
from extractor import ImageError
from extractor.parts import open_plane
from extractor.readers import urls
from extractor.readers.fits import open_fits
from tests.web import serving

SIZE = 64
spans = (
    st.tuples(st.integers(0, SIZE), st.integers(0, SIZE)).map(sorted).filter(lambda s: s[0] < s[1])
)


def section(path, rows, columns, **options):
    with open_plane(path, **options) as plane:
        return plane.read(slice(*rows), slice(*columns))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """One plane, however it is packed and its axes are ordered, by name."""
    folder = tmp_path_factory.mktemp("sections")
    data = noise(SIZE, 1).astype(np.float32)
    data[5, 7], data[30:33, 40] = np.nan, np.inf
    found = {"plain": write(folder / "plain.fits", data, BUNIT="mJy/beam")}
    zipped = folder / "zipped.fits.gz"
    zipped.write_bytes(gzip.compress(found["plain"].read_bytes()))
    for kind in ("GZIP_2", "RICE_1"):
        tiles = folder / f"{kind}.fits"
        packed = fits.CompImageHDU(
            np.nan_to_num(data, posinf=0), header(), compression_type=kind, tile_shape=(16, 24)
        )
        fits.HDUList([fits.PrimaryHDU(), packed]).writeto(tiles)
        found[kind] = tiles
    counts = np.nan_to_num(1000 * data, posinf=9).astype(np.int16)
    found["integers"] = write(folder / "integers.fits", counts, BSCALE=1e-3, BZERO=5.0, BLANK=9)
    turned = header()
    for key in ("CTYPE", "CRVAL", "CRPIX", "CDELT", "CUNIT"):
        turned[f"{key}1"], turned[f"{key}2"] = turned[f"{key}2"], turned[f"{key}1"]
    found["turned"] = write(folder / "turned.fits", data[:, :50], turned)
    return {**found, "zipped": zipped}


@pytest.mark.parametrize("name", ["plain", "zipped", "GZIP_2", "RICE_1", "integers", "turned"])
@settings(max_examples=12)
@given(rows=spans, columns=spans)
def test_a_section_has_the_bits_of_the_whole(files, name, rows, columns):
    whole = extractor.open(files[name]).data
    expected = whole[slice(*rows), slice(*columns)]
    if not expected.size:
        return
    found = section(files[name], rows, columns)
    assert found.dtype == np.dtype("float32")
    assert found.dtype.isnative
    assert found.tobytes() == expected.tobytes()


def test_a_packed_file_is_unpacked_once_however_many_pieces_are_read(tmp_path):
    path = write(tmp_path / "a.fits", noise(256, 6).astype("f4"))
    packed = gzip.compress(path.read_bytes(), 1)
    taken = []

    class Counting(io.BytesIO):
        def read(self, size=-1):
            found = super().read(size)
            taken.append(len(found))
            return found

    with open_fits("a.fits.gz", lambda: Counting(packed)) as opened:
        for row in range(0, 256, 16):
            opened.read((slice(row, row + 16), slice(10, 20)))
    assert sum(taken) < 3 * len(packed)  # the header is looked at before


def test_each_plane_of_a_cube(tmp_path):
    path = write(tmp_path / "cube.fits", cube_data(), cube_header())
    for image in extractor.open_all(path):
        found = section(image.path, (10, 20), (3, 50))
        assert found.tobytes() == image.data[10:20, 3:50].tobytes()
    with pytest.raises(ImageError, match="name one by its plane"):
        section(path, (0, 1), (0, 1))


def test_beyond_the_horizon_it_is_blank(tmp_path):
    wide = {"CDELT1": -2.2, "CDELT2": 2.2, "CRVAL2": 90.0, "BMAJ": 5.0, "BMIN": 5.0}
    path = write(tmp_path / "sky.fits", noise(SIZE, 3).astype("f4"), **wide)
    whole = extractor.open(path).data
    assert np.isnan(whole[2, 2])
    found = section(path, (0, 40), (1, 30))
    assert found.tobytes() == whole[:40, 1:30].tobytes()


def test_metadata_are_those_of_the_image(files):
    image = extractor.open(files["plain"])
    with open_plane(files["plain"], header={"BMAJ": 0.01}) as plane:
        assert plane.shape == image.data.shape
        assert plane.metadata.taken_at == image.taken_at
        assert plane.metadata.beam.major == 0.01


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    """A server with an image of 16 MB, in plain and packed."""
    folder = tmp_path_factory.mktemp("large")
    data = np.tile(noise(64, 4).astype(np.float32), (32, 32))
    path = write(folder / "large.fits", data)
    (folder / "large.fits.gz").write_bytes(gzip.compress(path.read_bytes(), 1))
    with serving(folder) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setattr(urls, "PAUSES_S", (0.01, 0.01))
        server.data = data
        yield server


def test_of_a_url_little_more_is_fetched_than_the_section(web):
    pytest.importorskip("fsspec")
    web.sent = 0
    found = section(f"{web.url}/ranged/large.fits", (1000, 1040), (700, 760))
    assert found.tobytes() == web.data[1000:1040, 700:760].tobytes()
    rows = 40 * web.data.shape[1] * 4
    assert 0 < web.sent < rows + 6 * urls.PIECE_BYTES
    assert not [path for path in web.requests if path == "/large.fits"]


@pytest.mark.parametrize("name", ["large.fits", "large.fits.gz", "ranged/large.fits.gz"])
def test_what_cannot_be_read_by_ranges_is_fetched(web, name):
    if name.startswith("ranged"):  # it is no FITS at its beginning, and given by ranges alone
        with pytest.raises(ImageError):
            section(f"{web.url}/{name}", (0, 9), (0, 9))
        return
    found = section(f"{web.url}/{name}", (1000, 1040), (700, 760))
    assert found.tobytes() == web.data[1000:1040, 700:760].tobytes()


def test_what_is_wrong_is_told(web, tmp_path):
    for path, told in [
        (f"{web.url}/absent.fits", "absent.fits: HTTP status 404"),
        (f"{web.url}/500/large.fits", "large.fits: HTTP status 500"),
        ("https://user:secret@example.org/a.fits", "password is refused"),
        (tmp_path / "absent.fits", "there is no such file"),
        (tmp_path, "not a CASA image"),
    ]:
        with pytest.raises(ImageError, match=told) as refused:
            section(path, (0, 9), (0, 9))
        assert "\n" not in str(refused.value)


def test_a_file_that_is_cut_short_while_it_is_read(tmp_path):
    path = write(tmp_path / "a.fits", np.tile(noise(64, 5).astype("f4"), (16, 16)))

    def read():
        with open_plane(path) as plane:
            plane.read(slice(0, 10), slice(0, 1024))
            with open(path, "r+b") as stream:
                stream.truncate(100_000)
            plane.read(slice(900, 1000), slice(0, 1024))

    with pytest.raises(ImageError, match="truncated"):
        read()
