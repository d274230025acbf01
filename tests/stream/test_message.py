"""AARTFAAC's protocol: what is sent arrives, and whatever else comes is told in one line."""

import io

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

import extractor
from tests.stream.sender import message, pixels, preamble
from trapdb.simulate import simulate
from trapdb.stream.message import MAX_HEADER, Message, MessageError, read_message, to_hdu

MAX_BYTES = 10**6


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stream") / "field"
    return simulate(folder, epochs=1, size=128, sources=1).paths[0]


@pytest.fixture(scope="module")
def sent(path):
    return message(path)


def receive(stream):
    """Read all images of a stream; give them with what ended it."""
    images = []
    try:
        while (one := read_message(stream.read, MAX_BYTES)) is not None:
            assert len(one.array) <= MAX_BYTES
            images.append(to_hdu(one))
    except MessageError as error:
        return images, str(error)
    return images, None


@pytest.mark.parametrize("order", ["<", ">"])
def test_an_image_arrives_as_it_was_sent(path, order, tmp_path):
    (hdu,), trouble = receive(io.BytesIO(message(path, order)))
    assert trouble is None
    np.testing.assert_array_equal(np.squeeze(hdu.data), np.squeeze(pixels(path)))
    hdu.writeto(tmp_path / "received.fits")
    assert extractor.open(tmp_path / "received.fits").digest == extractor.open(path).digest


def test_images_follow_each_other(sent):
    images, trouble = receive(io.BytesIO(3 * sent))
    assert (len(images), trouble) == (3, None)


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (b"GET / HTTP/1.1\r\n".ljust(600), "not an image of AARTFAAC's protocol"),
        (preamble(2880, 2**32 - 4), "an array of 4294967292 bytes"),
        (preamble(2880, 4097), "an array of 4097 bytes"),
        (preamble(2880, 0), "an array of 0 bytes"),
        (preamble(MAX_HEADER + 1, 4096), "a FITS header of 1048577 bytes"),
        (preamble(0, 4096), "a FITS header of 0 bytes"),
        (preamble(80, 4096), "breaks off"),
        (preamble(80, 4) + b"END".ljust(80) + bytes(4), "FITS header is not readable"),
        (preamble(80, 4) + b"\xff" * 80 + bytes(4), "FITS header is not readable"),
    ],
)
def test_what_is_no_image_is_told_in_a_line(stream, reason):
    images, trouble = receive(io.BytesIO(stream))
    assert not images
    assert reason in trouble
    assert "\n" not in trouble


@pytest.mark.parametrize(
    ("cards", "reason"),
    [
        ({"NAXIS1": 10**9}, "its array has 16384"),
        ({"NAXIS1": -128, "NAXIS2": -128}, "its array has 16384"),
        ({"NAXIS": 999}, "999 axes"),
        ({"NAXIS": 1}, "1 axes"),
        ({"NAXIS1": "many"}, "FITS header is not readable"),
    ],
)
def test_a_header_that_does_not_fit_the_array_is_refused(path, cards, reason):
    with fits.open(path) as hdus:
        header = hdus[0].header.copy()
    for key, value in cards.items():
        header[key] = value
    with pytest.raises(MessageError, match=reason):
        to_hdu(Message(header.tostring().encode(), bytes(4 * 128**2), "<"))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_stream_gives_whole_images_and_one_line(sent, data):
    """Bytes changed, left out or put in, and the end cut off."""
    stream = bytearray(2 * sent)
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(stream) - 1))
        kind = data.draw(st.sampled_from(["change", "leave out", "put in"]))
        if kind == "change":
            stream[at] ^= data.draw(st.integers(1, 255))
        elif kind == "leave out":
            del stream[at : at + data.draw(st.integers(1, 5000))]
        else:
            stream[at:at] = data.draw(st.binary(min_size=1, max_size=20))
        if not stream:
            break
    images, trouble = receive(io.BytesIO(stream[: data.draw(st.integers(0, len(stream)))]))
    assert len(images) <= 2
    for hdu in images:
        assert hdu.data.size == 128**2
    assert trouble is None or "\n" not in trouble


@settings(max_examples=100, deadline=None)
@given(cards=st.binary(max_size=500), n_floats=st.integers(1, 64))
def test_whatever_header_comes_is_understood_or_refused(cards, n_floats):
    try:
        hdu = to_hdu(Message(cards, bytes(4 * n_floats), "<"))
    except MessageError:
        return
    assert hdu.data.size == n_floats
