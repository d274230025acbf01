"""Regions of requests, the pixels they cover, and pieces of images: without a service."""

import io
import math
import warnings

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from hypothesis import given, settings
from hypothesis import strategies as st

import extractor
from extractor.geometry import sky
from extractor.parts import open_plane
from trapdb.web.cutouts import piece, regions
from trapdb.web.cutouts.covering import covered
from trapdb.web.faults import Busy, Refused

NY, NX = 150, 100
STEP = 0.02


def cards(ra=10.0, dec=40.0, projection="SIN", turn=0.0):
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    return {
        **{"CTYPE1": f"RA---{projection}", "CRVAL1": ra, "CRPIX1": NX / 2, "CDELT1": -STEP},
        **{"CTYPE2": f"DEC--{projection}", "CRVAL2": dec, "CRPIX2": NY / 2, "CDELT2": STEP},
        **{"PC1_1": cos, "PC1_2": -sin, "PC2_1": sin, "PC2_2": cos, "RADESYS": "ICRS"},
        **{"CTYPE3": "FREQ", "CRVAL3": 1.5e8, "CRPIX3": 1.0, "CDELT3": 2e5, "CUNIT3": "Hz"},
        **{"CTYPE4": "STOKES", "CRVAL4": 4.0, "CRPIX4": 1.0, "CDELT4": 1.0},
        **{"BMAJ": 0.06, "BMIN": 0.05, "BPA": 20.0, "BUNIT": "mJy/beam", "TELESCOP": "LOFAR"},
        **{"DATE-OBS": "2024-05-01T12:30:00.123456", "EXPTIME": 601.5},
    }


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """Return a function that writes an image somewhere on the sky."""
    folder = tmp_path_factory.mktemp("pieces")
    data = np.random.default_rng(1).normal(size=(1, 1, NY, NX)).astype("f4")

    def write(**where):
        path = folder / "image.fits"
        fits.writeto(path, data, fits.Header(cards(**where)), overwrite=True)
        return path

    return write


def cut(path, region, room=10**9, go_on=lambda: None):
    file = io.BytesIO()
    with open_plane(path) as plane:
        found = piece.write(piece.Piece(region, "ivo://a/b", "here", room), plane, file, go_on)
    return found, file.getvalue()


def opened(content):
    with fits.open(io.BytesIO(content)) as hdus:
        hdus.verify("exception")
        return hdus[0].header.copy(), hdus[0].data[0, 0].astype("f4")


centres = st.sampled_from([(10.0, 40.0), (0.0, 0.0), (359.99, -30.0), (77.0, 90.0), (200.0, -89.5)])


@st.composite
def areas(draw, ra, dec):
    """A region near a position, as text, and the shape as astropy tells what is in it."""
    middle = SkyCoord(ra, dec, unit="deg").directional_offset_by(
        draw(st.floats(0, 360)) * u.deg, draw(st.floats(0, 2)) * u.deg
    )
    size = draw(st.floats(0, 1.5))
    if draw(st.booleans()):
        return regions.circle(
            f"{float(middle.ra.deg)!r} {float(middle.dec.deg)!r} {size!r}"
        ), "circle"
    angles = sorted(draw(st.lists(st.integers(0, 71), min_size=3, max_size=9, unique=True)))
    reach = [draw(st.floats(0.1, 1)) for _ in angles]
    corners = middle.directional_offset_by(
        np.multiply(5, angles) * u.deg, (size + 0.05) * np.array(reach) * u.deg
    )
    numbers = " ".join(f"{float(one.ra.deg)!r} {float(one.dec.deg)!r}" for one in corners)
    try:
        return regions.polygon(numbers), "polygon"
    except Refused:  # all on a line
        return regions.circle(f"{float(middle.ra.deg)!r} {float(middle.dec.deg)!r} 0"), "circle"


@settings(max_examples=30, deadline=None)
@given(
    data=st.data(), centre=centres, projection=st.sampled_from(["SIN", "TAN", "ZEA", "CAR"]),
    turn=st.sampled_from([0.0, 33.0, 90.0]),
)  # fmt: skip
def test_a_piece_has_the_pixels_of_the_whole(image, data, centre, projection, turn):
    path = image(ra=centre[0], dec=centre[1], projection=projection, turn=turn)
    region, _ = data.draw(areas(*centre))
    whole = extractor.open(path)
    y, x = np.indices(whole.data.shape)
    depth = region.depth(*sky.to_sky(whole.wcs, x, y))
    found, content = cut(path, region)
    if not found:
        assert not (depth >= 0).any()
        return
    header, pixels = opened(content)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wcs = WCS(header).celestial
    place = SkyCoord(*wcs.wcs_pix2world([[0, 0]], 0)[0], unit="deg")
    column, row = (round(float(one)) for one in whole.wcs.world_to_pixel(place))
    span = np.s_[row : row + pixels.shape[0], column : column + pixels.shape[1]]
    assert span[0].stop <= NY
    kept = np.isfinite(pixels)
    assert pixels[kept].tobytes() == whole.data[span][kept].tobytes()
    # nothing in it is left out, in the piece or beside it, and nothing far from it is taken
    inside = np.zeros(whole.data.shape, bool)
    inside[span] = kept
    assert not (depth[~inside] >= 0).any()
    assert (depth[inside] >= -0.8 * STEP).all()
    # and it is where it was
    y, x = np.indices(pixels.shape)
    here = SkyCoord(*wcs.wcs_pix2world(x.ravel(), y.ravel(), 0), unit="deg")
    there = SkyCoord(*whole.wcs.wcs_pix2world(x.ravel() + column, y.ravel() + row, 0), unit="deg")
    assert here.separation(there).deg.max() < 1e-9


def test_a_piece_is_an_image_like_the_whole(image, tmp_path):
    path = image(turn=12.0)
    whole = extractor.open(path)
    _, content = cut(path, regions.circle("10 40 0.5"))
    (tmp_path / "piece.fits").write_bytes(content)
    found = extractor.open(tmp_path / "piece.fits")
    for name in ("freq_eff", "bandwidth", "stokes", "taken_at", "duration", "telescope", "beam"):
        assert getattr(found, name) == getattr(whole, name), name
    assert np.allclose(found.beam_px, whole.beam_px, rtol=1e-12)


def test_without_a_region_it_is_the_whole_plane(image):
    path = image()
    found, content = cut(path, None)
    assert found
    assert opened(content)[1].tobytes() == extractor.open(path).data.tobytes()


def test_of_the_files_header_nothing_is_passed_on(tmp_path):
    header = fits.Header(cards())
    header["TELESCOP"] = "L" + "O" * 60 + "FAR's"
    header["OBSERVER"] = "somebody"
    header["HISTORY"] = "written to /home/somebody/secret"
    header["LONGNAME"] = "x" * 300  # CONTINUE
    header["HIERARCH some key"] = "/home/somebody"
    path = tmp_path / "a.fits"
    fits.writeto(path, np.ones((1, 1, NY, NX), "f4"), header)
    _, content = cut(path, regions.circle("10 40 0.1"))
    assert b"somebody" not in content
    assert b"CONTINUE" not in content
    assert opened(content)[0]["TELESCOP"].startswith("LOO")


def test_of_tiles_only_those_are_looked_at_that_the_border_crosses():
    """The inside of a large region costs nothing."""
    fine = {"CDELT1": -0.0005, "CDELT2": 0.0005, "CRPIX1": 2000.0, "CRPIX2": 2000.0}
    kept = {key: value for key, value in cards().items() if key != "DATE-OBS"}
    wcs = WCS(fits.Header(kept | fine)).celestial
    asked = []

    class Counting:
        def depth(self, ra, dec):
            asked.append(np.size(ra))
            return regions.circle("10 40 0.9").depth(ra, dec)

    size = (4000, 4000)
    assert covered(wcs, size, Counting(), lambda: None)
    assert sum(asked) < size[0] * size[1] / 10


def test_what_is_too_large_and_what_has_no_room_is_told(image):
    path = image()
    found, content = cut(path, None, room=1000)
    assert isinstance(found, Refused)
    assert not content

    class Full(io.BytesIO):
        def write(self, block):
            raise OSError("no space left on device")

    with open_plane(path) as plane:
        found = piece.write(piece.Piece(None, "a", "b", 10**9), plane, Full(), lambda: None)
    assert isinstance(found, Busy)


def test_the_work_ends_when_it_is_told_to(image):
    class Enough(BaseException):
        pass

    def enough():
        raise Enough

    for region in (None, regions.circle("10 40 0.5")):
        with pytest.raises(Enough):
            cut(image(), region, go_on=enough)


@given(ra=st.floats(0, 359), dec=st.floats(-89, 89), seed=st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_depth_in_a_polygon_is_the_distance_of_its_edges(ra, dec, seed):
    """Against points that lie densely on the edges."""
    random = np.random.default_rng(seed)
    middle = SkyCoord(ra, dec, unit="deg")
    angle = np.sort(random.uniform(0, 360, 5))
    corners = middle.directional_offset_by(angle * u.deg, random.uniform(1, 20, 5) * u.deg)
    vector = corners.cartesian.xyz.value.T
    share = np.linspace(0, 1, 2000)[:, None, None]
    edges = (1 - share) * vector + share * np.roll(vector, -1, axis=0)
    edges = SkyCoord(*edges.reshape(-1, 3).T, representation_type="cartesian").spherical
    text = " ".join(
        f"{a!r} {b!r}"
        for a, b in zip(corners.ra.deg.tolist(), corners.dec.deg.tolist(), strict=True)
    )
    place = middle.directional_offset_by(
        random.uniform(0, 360) * u.deg, random.uniform(0, 40) * u.deg
    )
    try:
        region = regions.polygon(text)
    except Refused:
        return
    depth = region.depth(np.array([place.ra.deg]), np.array([place.dec.deg]))[0]
    near = sky.separation(place.ra.deg, place.dec.deg, edges.lon.deg, edges.lat.deg).min()
    assert abs(depth) == pytest.approx(near, abs=0.02)


def test_ranges():
    for text, inside, outside in [
        ("RANGE 9 11 39 41", [(10, 40), (9, 41)], [(12, 40), (10, 38), (190, 40)]),
        ("RANGE 0 360 89 90", [(77, 90), (200, 89.5)], [(0, 88)]),
        ("RANGE -Inf +Inf -2 2", [(0, 0), (180, 2)], [(0, 3)]),
        ("RANGE 350 +Inf -Inf 0", [(355, -90), (359.9, 0)], [(0.5, -1), (349, -1), (355, 1)]),
    ]:
        region = regions.shape(text)
        assert (region.depth(*np.transpose(inside)) >= -1e-12).all(), text
        assert (region.depth(*np.transpose(outside)) < -1e-3).all(), text


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (regions.circle, "1 2"),
        (regions.circle, "1 2 3 4"),
        (regions.circle, "nan 2 3"),
        (regions.circle, "1 2 inf"),
        (regions.circle, "1 2 -1"),
        (regions.circle, "1 2 181"),
        (regions.circle, "1 91 1"),
        (regions.circle, "-1 9 1"),
        (regions.circle, "1_0 9 1"),
        (regions.circle, "\u0661 9 1"),
        (regions.circle, "1e999 9 1"),
        (regions.circle, ""),
        (regions.polygon, "1 2 3 4"),
        (regions.polygon, "1 2 3 4 5"),
        (regions.polygon, "1 2 1 2 1 2"),
        (regions.polygon, "1 0 2 0 3 0"),
        (regions.polygon, "1 0 2 0 2.0000000000001 0 1 0"),
        (regions.polygon, "0 0 120 0 240 0"),
        (regions.polygon, "0 0 180 0 0 90"),
        (regions.polygon, "1 2 " * 300),
        (regions.shape, "CIRCLE"),
        (regions.shape, "BOX 1 2 3 4"),
        (regions.shape, "RANGE 2 1 3 4"),
        (regions.shape, "RANGE nan 1 3 4"),
        (regions.shape, "RANGE 1 2 95 96"),
        (regions.shape, "x" * 10000),
        # read in one go: whoever tried every way to divide the digits would be at it for a day
        (regions.circle, "1" * 1_000_000 + "x 1 1"),
        (regions.shape, "RANGE 1 2 3 1" + "." * 1_000_000),
    ],
)
def test_regions_that_make_no_sense(reader, text):
    with pytest.raises(Refused) as refused:
        reader(text)
    assert len(str(refused.value)) < 200


@given(
    st.text(max_size=60) | st.lists(st.floats(), max_size=9).map(lambda v: " ".join(map(str, v)))
)
def test_whatever_is_asked_for_is_read_or_refused(text):
    for reader in (regions.circle, regions.polygon, regions.shape):
        for said in (text, f"RANGE {text}", f"POLYGON {text}"):
            try:
                region = reader(said)
            except Refused:
                continue
            depth = region.depth(np.array([10.0, np.nan]), np.array([20.0, np.nan]))
            assert np.isfinite(depth[0])
            assert np.isnan(depth[1])
