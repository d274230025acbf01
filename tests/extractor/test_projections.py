"""An image is at the same place of the sky wherever it travels."""

import pickle

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from synthetic import image, noise

from extractor.geometry import sky
from extractor.image.projection import Projection

PIXELS = 100


def numbers(low, high):
    return st.floats(low, high, allow_subnormal=False)


@st.composite
def headers(draw):
    """Draw headers of two axes, with all the digits that a header can have."""
    kind = draw(st.sampled_from(["SIN", "TAN", "NCP", "ZEA", "ARC", "STG", "CAR", "SFL", "GLS"]))
    step = draw(numbers(1e-5, 0.1))
    cards = {"CTYPE1": f"RA---{kind}", "CTYPE2": f"DEC--{kind}"}
    for axis, value in ((1, draw(numbers(0, 360))), (2, draw(numbers(10, 80)))):
        cards[f"CRVAL{axis}"] = value
        cards[f"CRPIX{axis}"] = draw(numbers(-PIXELS, 2 * PIXELS))
    turn = draw(numbers(0, 360))
    way = draw(st.sampled_from(["CDELT", "CROTA", "PC", "CD"]))
    matrix = np.array([[-np.cos(turn), -np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    if way != "CD":
        cards |= {"CDELT1": -step, "CDELT2": step * draw(numbers(0.5, 2))}
    if way == "CROTA":
        cards["CROTA2"] = turn
    elif way in ("PC", "CD"):
        scale = 1 if way == "PC" else step
        cards |= {
            f"{way}{i + 1}_{j + 1}": float(scale * matrix[i, j]) for i in (0, 1) for j in (0, 1)
        }
    if kind == "SIN" and draw(st.booleans()):
        cards |= {"PV2_1": draw(numbers(-0.5, 0.5)), "PV2_2": draw(numbers(-0.5, 0.5))}
    return cards


def places(wcs):
    """Positions of pixels and pixels of positions, as bytes."""
    x = np.linspace(0, PIXELS, 7)
    ra, dec = (axis.ravel() for axis in sky.to_sky(wcs, x, x[:, None]))
    return [np.asarray(values).tobytes() for values in (ra, dec, *sky.to_pixel(wcs, ra, dec))]


@given(headers())
def test_a_projection_that_travelled_is_the_same_to_the_last_bit(cards):
    from astropy.io.fits import Header

    projection = Projection(Header(cards), 1, 2)
    at_home = places(projection.wcs)
    travelled = pickle.loads(pickle.dumps(projection))
    again = pickle.loads(pickle.dumps(travelled))
    assert places(travelled.wcs) == places(again.wcs) == at_home


def test_an_image_that_travelled_has_the_same_pixels_in_the_same_place():
    picture = image(noise(64, 0))
    travelled = pickle.loads(pickle.dumps(picture))
    assert np.array_equal(travelled.data, picture.data)
    assert places(travelled.wcs) == places(picture.wcs)
    assert travelled.beam_px.tobytes() == picture.beam_px.tobytes()
