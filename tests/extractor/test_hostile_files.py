"""Whatever is in a file, the answer is an image or one line; nothing crashes or hangs."""

import gzip
import json
import os
import warnings

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from synthetic import header, noise, write
from test_cubes import cube_data, cube_header

import extractor
from extractor import ExtractorError

BLOCK = 2880
# Keywords that decide how a file is read, and others that are looked at.
KEYWORDS = [
    *("SIMPLE", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "NAXIS3", "NAXIS4", "BSCALE", "BZERO"),
    *("BLANK", "EXTEND", "GROUPS", "PCOUNT", "GCOUNT", "XTENSION", "ZIMAGE", "WCSAXES", "CTYPE1"),
    *("CTYPE2", "CTYPE3", "CRVAL1", "CRVAL2", "CRVAL3", "CRPIX1", "CRPIX3", "CDELT1", "CDELT2"),
    *("CUNIT1", "PC1_2", "CD1_1", "PV2_1", "PV1_1", "LONPOLE", "RADESYS", "EQUINOX", "BMAJ"),
    *("BMIN", "BPA", "DATE-OBS", "TIMESYS", "MJD-OBS", "RESTFRQ", "BUNIT", "NTERM", "NSPEC"),
    *("TELESCOP", "ANTENNA", "NCORE", "TAU_TIME", "CASAMBM", "HISTORY", "CONTINUE", "A-SIP"),
]
NASTY = [
    *(
        "0",
        "-1",
        "1",
        "2",
        "3",
        "4",
        "9",
        "999",
        "1E400",
        "-1E400",
        "1E-320",
        "NaN",
        "999999999999",
    ),
    *("9223372036854775807", "-9223372036854775808", "1E18", "T", "F", "", "(1.0, 2.0)", "90.0"),
    *(
        "360.0",
        "-91.0",
        "'RA---SIN'",
        "'DEC--SIN'",
        "'RA---TAB'",
        "'RA---ZPN'",
        "'FREQ'",
        "'STOKES'",
    ),
    *("'SPECLNMF'", "'DEC--XYZ'", "'2024-02-30T25:00:00'", "'9999-12-31T23:59:59'", "'0001-01-01'"),
    *("'TAI'", "'UT1'", "'AARTFAAC'", "'LOFAR'", "'LBA_INNER'", "'K'", "'deg'", "'Jy/beam'", "'"),
]


def answer(path):
    """Go all the way with a file; return the line that refuses it, or none."""
    try:
        for image in extractor.open_all(path):
            extractor.check(image, extractor.QualityLimits())
            image.extract()
    except ExtractorError as error:
        line = str(error)
        assert line
        assert "\n" not in line
        return line
    return None


def pack(cards):
    """Header of raw cards, each of them 80 bytes."""
    raw = b"".join(card.encode("latin-1", "replace")[:80].ljust(80) for card in cards)
    return raw + b" " * (-len(raw) % BLOCK)


def raw_cards():
    cards = [str(card) for card in fits.PrimaryHDU(cube_data(1, 2, 16), cube_header()).header.cards]
    return [card for card in cards if not card.startswith("END")]


def change(cards, keyword, value):
    """Put a card in the place of that with the keyword, or at the end."""
    changed = f"{keyword:8}= {value:>20}"
    places = [n for n, card in enumerate(cards) if card.startswith(f"{keyword:8}")]
    return [changed if n in places else card for n, card in enumerate(cards)] + (
        [] if places else [changed]
    )


CARDS = raw_cards()
PIXELS = cube_data(1, 2, 16).astype(">f4").tobytes()
LENGTH = len(pack([*CARDS, "END"])) + len(PIXELS)
PADDING = bytes(-LENGTH % BLOCK)


def read_changed(folder, changes, cut=None, zipped=False):
    cards = CARDS
    for keyword, value in changes:
        cards = change(cards, keyword, value)
    content = (pack([*cards, "END"]) + PIXELS + PADDING)[:cut]
    path = folder / "a.fits"
    path.write_bytes(gzip.compress(content) if zipped else content)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return answer(path)


CHANGES = st.lists(st.tuples(st.sampled_from(KEYWORDS), st.sampled_from(NASTY)), max_size=4)


def fuzz(examples):
    return settings(
        max_examples=examples,
        derandomize=examples < 1000,  # the long ones try others each time
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def test_what_is_fuzzed_is_an_image(tmp_path):
    assert read_changed(tmp_path, []) is None


@fuzz(100)
@given(changes=CHANGES, zipped=st.booleans())
def test_headers(tmp_path, changes, zipped):
    read_changed(tmp_path, changes, zipped=zipped)


@pytest.mark.slow
@fuzz(5000)
@given(changes=CHANGES, zipped=st.booleans())
def test_many_headers(tmp_path, changes, zipped):
    read_changed(tmp_path, changes, zipped=zipped)


@fuzz(50)
@given(cut=st.integers(0, LENGTH - 1), zipped=st.booleans())
def test_files_that_end_early(tmp_path, cut, zipped):
    assert read_changed(tmp_path, [], cut=cut, zipped=zipped)


def test_a_file_that_ends_early_is_called_truncated(tmp_path):
    cut = LENGTH - len(PIXELS) + 100
    told = f"truncated: its header promises {len(PIXELS)} bytes of pixels, 100 are there"
    for zipped in (False, True):
        assert read_changed(tmp_path, [], cut=cut, zipped=zipped) == f"{tmp_path}/a.fits: {told}"
    whole = gzip.compress(pack([*CARDS, "END"]) + PIXELS + PADDING)
    path = tmp_path / "a.fits.gz"
    for length in (20, 400, len(whole) // 2):
        path.write_bytes(whole[:length])
        assert answer(path) == f"{path}: truncated: its gzip stream does not end"
    path.write_bytes(whole[:12] + b"\xff" * 40 + whole[52:])
    assert answer(path).startswith(f"{path}: its gzip stream is damaged (")


@pytest.mark.parametrize("place", range(-8, 0))
@pytest.mark.parametrize("behind", [0, 2**21])
def test_the_sum_at_the_end_of_a_zipped_file_is_compared(tmp_path, place, behind):
    """Its last eight bytes are sum and length, and all before may be readable."""
    path = tmp_path / "a.fits.gz"
    zipped = bytearray(gzip.compress(pack([*CARDS, "END"]) + PIXELS + PADDING + bytes(behind)))
    path.write_bytes(zipped)
    assert answer(path) is None
    zipped[place] ^= 1
    path.write_bytes(zipped)
    assert answer(path).startswith(f"{path}: its gzip stream is damaged (")


def test_a_kind_of_pixels_that_there_is_not(tmp_path):
    assert "(BITPIX is 12, none of 8, " in read_changed(tmp_path, [("BITPIX", "12")])


@pytest.mark.parametrize("text", ["ra,dec,flux\n1,2,3\n", '<?xml version="1.0"?>\n<VOTABLE é>\n'])
def test_a_table_in_the_place_of_an_image(tmp_path, text):
    path = tmp_path / "a.txt"
    path.write_text(text)
    hint = "(a source list? --finder or [source_list.columns])"
    assert answer(path) == f"{path}: not a FITS file {hint}"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + text.encode())
    assert answer(path) == f"{path}: not a FITS file"


def damaged(kind, folder):
    """Write a file of a kind; the bytes of it that are to be damaged."""
    data = noise(32, 0).astype(np.float32)
    path = folder / "a.fits"
    if kind == "tiles":
        packed = fits.CompImageHDU(data, header((32, 32)), quantize_level=0)
        fits.HDUList([fits.PrimaryHDU(), packed]).writeto(path, overwrite=True)
    else:
        write(path, data, header((32, 32)))
    raw = path.read_bytes()
    return gzip.compress(raw, mtime=0) if kind == "gzip" else raw


@pytest.mark.parametrize("kind", ["plain", "gzip", "tiles"])
@pytest.mark.parametrize(
    "rounds", [30, pytest.param(1500, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_damaged_bytes(tmp_path, kind, rounds):
    raw = damaged(kind, tmp_path)
    random = np.random.default_rng(rounds)
    path = tmp_path / "damaged.fits"
    for _ in range(rounds):
        broken = np.frombuffer(raw, np.uint8).copy()
        places = random.integers(0, len(raw), random.integers(1, 8))
        broken[places] = random.integers(0, 256, len(places))
        path.write_bytes(broken.tobytes())
        answer(path)


def test_a_pipe_is_not_waited_for(tmp_path):
    pipe = tmp_path / "pipe.fits"
    os.mkfifo(pipe)
    link = tmp_path / "link.fits"
    link.symlink_to(pipe)
    for path in (pipe, link, "/dev/zero"):
        assert answer(path) == f"{path}: it is no regular file"
    folder = tmp_path / "casa.image"
    folder.mkdir()
    os.mkfifo(folder / "table.info")
    assert "not a CASA image" in answer(folder)


def test_a_header_without_an_end_is_not_read_for_ever(tmp_path):
    cards = [*CARDS[:1], *["COMMENT and so on"] * 10_000]
    path = tmp_path / "a.fits"
    path.write_bytes(pack(cards))
    assert "header does not end" in answer(path)
    # 60 MB of header in 60 kB
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(pack(CARDS[:1]))
        for _ in range(20):
            stream.write(bytes(3 * 2**20).replace(b"\0", b" "))
    assert path.stat().st_size < 2**19
    assert "does not end within" in answer(path)


@pytest.mark.parametrize(
    ("cards", "told"),
    [
        # 4 TB of pixels, and as much before the image
        ([("NAXIS1", "1000000"), ("NAXIS2", "1000000")], "not believable"),
        ([("NAXIS", "1"), ("NAXIS1", "999999999999")], "not believable"),
        # parts of negative length, which lead back to themselves
        ([("NAXIS", "1"), ("NAXIS1", "-5760")], "not believable"),
        ([("NAXIS", "0"), ("PCOUNT", "-9223372036854775808")], "not believable"),
        ([("NAXIS", "1"), ("GCOUNT", "-1")], "not believable"),
        ([("NAXIS", "9")], "axes"),
        ([("NAXIS3", "0")], "no pixels"),
        ([("NAXIS1", "0")], "no pixels"),
    ],
)
def test_impossible_sizes(tmp_path, cards, told):
    for zipped in (False, True):
        assert told in read_changed(tmp_path, cards, zipped=zipped)


def test_a_zipped_image_that_claims_too_much_is_refused_before_it_is_unpacked(tmp_path):
    path = tmp_path / "a.fits"
    cards = [("BITPIX", "8"), ("NAXIS1", "40000"), ("NAXIS2", "40000")]
    changed = CARDS
    for keyword, value in cards:
        changed = change(changed, keyword, value)
    path.write_bytes(gzip.compress(pack([*changed, "END"]) + bytes(2**20)))
    assert "not believable" in answer(path)


@pytest.mark.parametrize("bitpix", [8, 16, 32, 64, -32, -64])
def test_every_kind_of_pixel(tmp_path, bitpix):
    kind = {8: "u1", 16: "i2", 32: "i4", 64: "i8", -32: "f4", -64: "f8"}[bitpix]
    values = np.round(noise(32, 0) * 2e4 + 100)
    path = write(tmp_path / "a.fits", values.astype(kind), header((32, 32)))
    assert np.array_equal(extractor.open(path).data, values.astype(kind).astype("f4"))


@pytest.mark.parametrize("rounds", [20, pytest.param(1000, marks=pytest.mark.slow)])
def test_damaged_hdf5(tmp_path, rounds):
    h5py = pytest.importorskip("h5py", reason="h5py is not installed")
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["map"] = np.zeros((16, 16), "f4")
        # Of fixed length, as casacore writes texts: the HDF5 library itself can follow the damaged
        # heap of those of variable length for ever.
        file.create_group("coordinfo/coords").attrs["telescope"] = np.bytes_("LOFAR")
    raw = path.read_bytes()
    random = np.random.default_rng(rounds)
    for _ in range(rounds):
        broken = np.frombuffer(raw, np.uint8).copy()
        places = random.integers(8, len(raw), 8)
        broken[places] = random.integers(0, 256, 8)
        path.write_bytes(broken.tobytes())
        assert answer(path)


RECORD = {
    "direction0": {
        **{"system": "J2000", "projection": "SIN", "projection_parameters": [0.0, 0.0]},
        **{"crval": [0.1, 0.7], "crpix": [8.0, 8.0], "cdelt": [-2e-5, 2e-5]},
        **{"pc": [[1.0, 0.0], [0.0, 1.0]], "axes": ["Right Ascension", "Declination"]},
        **{"units": ["rad", "rad"], "longpole": 180.0, "latpole": 40.0},
    },
    "pixelmap0": [0, 1],
    "spectral1": {
        "restfreq": 1.4e9,
        "unit": "Hz",
        "wcs": {"crval": 1.4e9, "crpix": 0.0, "cdelt": 1e8, "ctype": "FREQ"},
    },
    "pixelmap1": [2],
    "stokes2": {"stokes": ["I"]},
    "pixelmap2": [3],
    "obsdate": {"refer": "UTC", "m0": {"value": 56000.0, "unit": "d"}},
    "telescope": "LOFAR",
}
BEAM = {
    "restoringbeam": {
        "major": {"value": 20.0, "unit": "arcsec"},
        "minor": {"value": 18.0, "unit": "arcsec"},
        "positionangle": {"value": 10.0, "unit": "deg"},
    }
}


def branches(record, stem=()):
    """All ways into a record."""
    for name, value in record.items():
        yield (*stem, name)
        if isinstance(value, dict):
            yield from branches(value, (*stem, name))


@fuzz(60)
@given(
    damage=st.lists(
        st.tuples(
            st.sampled_from(list(branches(RECORD))),
            st.sampled_from([None, 0.0, -1, "text", [], [1.0], float("nan"), {}, [[1.0]]]),
        ),
        max_size=3,
    )
)
def test_records_of_casacore(tmp_path, damage):
    h5py = pytest.importorskip("h5py", reason="h5py is not installed")
    record = json.loads(json.dumps(RECORD))
    for way, value in damage:
        inner = record
        for name in way[:-1]:
            inner = inner.get(name) if isinstance(inner, dict) else None
        if isinstance(inner, dict):
            if value is None:
                inner.pop(way[-1], None)
            else:
                inner[way[-1]] = value

    def put(group, values):
        for name, value in values.items():
            if isinstance(value, dict):
                put(group.create_group(name), value)
            else:
                group.attrs[name] = value

    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["map"] = np.zeros((1, 1, 16, 16), "f4")
        put(file.create_group("coordinfo"), {"coords": record})
        put(file.create_group("imageinfo"), BEAM)
        put(file.create_group("unitinfo"), {"units": "Jy/beam"})
    line = answer(path)
    assert damage or line is None
