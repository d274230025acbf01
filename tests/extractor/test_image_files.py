import gzip
import math
from datetime import UTC, datetime

import numpy as np
import pytest
from astropy.io import fits
from synthetic import header, noise, write

import extractor
from extractor import ImageError


def test_a_plain_image(tmp_path):
    data = noise(64, 1).astype(np.float32)
    image = extractor.open(write(tmp_path / "a.fits", data, TELESCOP="LOFAR", EXPTIME=60.0))
    assert image.data.dtype == np.dtype("float32")
    assert image.data.dtype.isnative
    assert np.array_equal(image.data, data)
    assert image.taken_at == datetime(2024, 5, 1, 12, 30, 0, 500000, tzinfo=UTC)
    assert (image.freq_eff, image.stokes, image.telescope) == (1.4e9, "I", "LOFAR")
    assert math.isnan(image.bandwidth)
    assert image.duration == 60
    assert (image.ra, image.dec) == pytest.approx((10, 40))
    assert image.pixel_scale == pytest.approx((5 / 3600, 5 / 3600))


def test_the_same_plane_has_the_same_digest_however_it_is_packed(tmp_path):
    data = noise(64, 1).astype(np.float32)
    data[3, 4] = np.nan
    plain = write(tmp_path / "a.fits", data)
    zipped = tmp_path / "b.fits.gz"
    zipped.write_bytes(gzip.compress(plain.read_bytes()))
    tiles = tmp_path / "c.fits"
    packed = fits.CompImageHDU(data, header(), compression_type="GZIP_2", quantize_level=0)
    fits.HDUList([fits.PrimaryHDU(), packed]).writeto(tiles)
    four_axes = write(tmp_path / "d.fits", data[None, None])
    digests = {extractor.open(path).digest for path in (plain, zipped, tiles, four_axes)}
    assert len(digests) == 1
    other_pixels = write(tmp_path / "e.fits", data + 1)
    other_time = write(tmp_path / "f.fits", data, DATE_OBS="2024-05-02")
    digests |= {extractor.open(path).digest for path in (other_pixels, other_time)}
    assert len(digests) == 3


def test_axes_in_any_order(tmp_path):
    data = noise(64, 1).astype(np.float32)[:, :60]
    straight = header(data.shape)
    cards = fits.Header()
    for key in ("BMAJ", "BMIN", "BPA", "DATE-OBS"):
        cards[key] = straight[key]
    order = {1: "FREQ", 2: 2, 3: "STOKES", 4: 1}
    for axis, what in order.items():
        if isinstance(what, int):
            for key in ("CTYPE", "CRVAL", "CRPIX", "CDELT", "CUNIT"):
                cards[f"{key}{axis}"] = straight[f"{key}{what}"]
        else:
            cards[f"CTYPE{axis}"] = what
            cards[f"CRVAL{axis}"] = 1.4 if what == "FREQ" else 1.0
            cards[f"CDELT{axis}"] = 0.01
            cards[f"CRPIX{axis}"] = 1.0
    cards["CUNIT1"] = "GHz"
    shuffled = extractor.open(write(tmp_path / "b.fits", data.T[:, None, :, None], cards))
    assert np.array_equal(shuffled.data, data)
    assert (shuffled.ra, shuffled.dec) == pytest.approx((10, 40))
    assert shuffled.freq_eff == pytest.approx(1.4e9)
    assert shuffled.bandwidth == pytest.approx(1e7)


def test_integers_with_blanks_and_scale(tmp_path):
    values = np.round(noise(64, 1) * 1e6).astype(np.int16)
    values[5, 6] = -32000
    hdu = fits.PrimaryHDU(values, header())
    path = tmp_path / "a.fits"
    hdu.writeto(path)
    # astropy does not write these cards beside raw pixels, so they are put in by hand, in place of
    # the block's padding.
    raw = path.read_bytes()
    end = raw.index(b"END" + b" " * 77)
    texts = (b"BSCALE  = 1E-06", b"BZERO   = 0.0", b"BLANK   = -32000", b"END")
    cards = b"".join(text.ljust(80) for text in texts)
    assert end % 2880 + len(cards) <= 2880
    path.write_bytes(raw[:end] + cards + raw[end + len(cards) :])
    image = extractor.open(path)
    assert np.isnan(image.data[5, 6])
    assert np.count_nonzero(np.isnan(image.data)) == 1
    keep = np.isfinite(image.data)
    assert image.data[keep] == pytest.approx(values[keep] * 1e-6)


def test_infinite_pixels_are_blank(tmp_path):
    data = noise(64, 1).astype(np.float32)
    data[0, 0], data[0, 1] = np.inf, -np.inf
    assert np.isnan(extractor.open(write(tmp_path / "a.fits", data)).data[0, :2]).all()


def test_millijansky_become_jansky(tmp_path):
    data = noise(64, 1).astype(np.float32)
    image = extractor.open(write(tmp_path / "a.fits", data * 1000, BUNIT="mJy/beam"))
    assert image.data == pytest.approx(data, rel=1e-6)


def test_the_key_needs_the_header_only(tmp_path):
    path = write(tmp_path / "a.fits")
    path.write_bytes(path.read_bytes()[:5760])
    (key,) = extractor.read_keys(path)
    assert (key.freq_eff, key.stokes) == (1.4e9, "I")
    assert key.taken_at == datetime(2024, 5, 1, 12, 30, 0, 500000, tzinfo=UTC)
    with pytest.raises(ImageError, match="truncated: "):
        extractor.open(path)


def refusal(path, **options):
    with pytest.raises(ImageError) as caught:
        extractor.open(path, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def test_refused_files(tmp_path):
    assert "no such file" in refusal(tmp_path / "none.fits")
    text = tmp_path / "text.fits"
    text.write_text("hello world\n" * 1000)
    assert "not a FITS file" in refusal(text)
    empty = tmp_path / "empty.fits"
    empty.write_bytes(b"")
    assert "not a FITS file" in refusal(empty)
    table = tmp_path / "table.fits"
    fits.HDUList([fits.PrimaryHDU()]).writeto(table)
    assert "no image" in refusal(table)
    assert "split the cube" in refusal(write(tmp_path / "cube.fits", np.zeros((3, 8, 8), "f4")))


@pytest.mark.parametrize("key", ["NAXIS", "NAXIS1"])
@pytest.mark.parametrize("value", [999999999999, -1, 0])
def test_hostile_sizes_are_refused_at_once(tmp_path, key, value):
    path = write(tmp_path / "a.fits")
    raw = path.read_bytes()
    start = raw.index(f"{key:8}=".encode())
    path.write_bytes(raw[:start] + f"{key:8}= {value:>20}".ljust(80).encode() + raw[start + 80 :])
    refusal(path)
