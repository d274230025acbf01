"""Cubes of times: each plane is an image with a time, a duration and perhaps a beam of its own."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st
from synthetic import header, noise, write
from test_cubes import axis_cards

import extractor
from extractor import ImageError
from extractor.opening import keys_of
from extractor.readers.plane_keys import _in_order

START = datetime(2024, 5, 1, 12, 30, 0, 500_000, tzinfo=UTC)  # of `synthetic.header`
MJD = 60431 + 45000.5 / 86400
N = 4
PLANES = np.array([noise(32, seed) for seed in range(N)], np.float32)


def cards_of(axis=3, kind="TIME", value=0.0, step=10.0, unit="s", **changes):
    cards = header((32, 32))
    cards.update(axis_cards(axis, kind, value, step, unit))
    for key, value in changes.items():
        cards[key.replace("DATE_", "DATE-")] = value
    return cards


@pytest.fixture
def times(tmp_path):
    """Seconds after `START` at which planes begin, and their durations."""

    def read(cards, *tables, data=PLANES, header=None):
        path = tmp_path / "t.fits"
        fits.HDUList([fits.PrimaryHDU(data, cards), *tables]).writeto(path, overwrite=True)
        images = list(extractor.open_all(path, header=header))
        assert [key.taken_at for key in extractor.read_keys(path, header=header)] == [
            image.taken_at for image in images
        ]
        begin = [(image.taken_at - START) / timedelta(seconds=1) for image in images]
        return np.round(begin, 5).tolist(), [image.duration for image in images]

    return read


@pytest.mark.parametrize(
    ("cards", "begin"),
    [
        # seconds from the start of the header, by the start or by the middle of each plane
        ({}, 0),
        ({"value": 5.0}, 0),
        ({"value": 60.0}, 55),
        ({"value": 60.0, "TIMEPIXR": 0.0}, 60),
        ({"value": 1.0, "step": 1 / 6, "unit": "min"}, 55),
        # absolute: what makers of images count from MJD 0
        ({"value": MJD, "step": 10 / 86400, "unit": "d"}, 0),
        ({"value": MJD * 86400, "MJD-OBS": None}, 0),
        ({"value": MJD * 86400 + 5, "DATE-OBS": None}, 0),
        # from a reference that is stated
        ({"MJDREF": MJD, "DATE-OBS": None}, -5),
        ({"MJDREFI": 60431, "MJDREFF": MJD - 60431, "value": 7.0}, 2),
        ({"DATEREF": "2024-05-01T12:30:00.5", "value": 6.0, "DATE-OBS": None}, 1),
        ({"JDREF": MJD + 2400000.5, "value": 5.0, "DATE-OBS": None}, 0),
        ({"MJDREF": MJD - 1, "TIMEOFFS": 86400.0, "value": 5.0, "DATE-OBS": None}, 0),
        # in another scale, of the header or of the axis: TAI is ahead by 37 s, GPS by 18 s
        ({"kind": "TAI", "MJDREF": MJD, "value": 42.0, "DATE-OBS": None}, 0),
        ({"TIMESYS": "TAI", "MJDREF": MJD, "value": 42.0, "DATE-OBS": None}, 0),
        ({"kind": "GPS", "DATEREF": "1980-01-06", "value": 1398601823.5, "DATE-OBS": None}, 0),
    ],
)
def test_planes_along_an_axis_of_times(times, cards, begin):
    made = cards_of(**{key: value for key, value in cards.items() if value is not None})
    for key in [key for key, value in cards.items() if value is None and key in made]:
        del made[key]
    found, durations = times(made)
    assert found == pytest.approx(begin + np.arange(N) * 10.0, abs=1e-4)
    assert durations == pytest.approx([10.0] * N)


def test_what_the_header_says_of_the_whole_observation_is_not_of_a_plane(times):
    cards = cards_of(EXPTIME=4000.0, DATE_END="2024-05-01T13:00:00", DATE_AVG="2024-05-01T12:45:00")
    assert times(cards) == ([0.0, 10.0, 20.0, 30.0], [10.0] * N)
    assert times(cards_of(TIMEDEL=8.0))[1] == [8.0] * N
    assert times(cards, header={"EXPTIME": 9.5})[1] == [9.5] * N
    moved = times(cards, header={"DATE-OBS": "2024-05-01T12:31:00.5"})[0]
    assert moved == [60.0, 70.0, 80.0, 90.0]


def test_times_stokes_and_frequencies_in_any_order(tmp_path):
    cards = cards_of(axis=4)
    cards.update(axis_cards(3, "STOKES", 1.0, 3.0))
    cards.update(axis_cards(5, "FREQ", 1.0e9, 1.0e8, "Hz"))
    data = np.arange(2 * N * 2 * 32 * 32, dtype=np.float32).reshape(2, N, 2, 32, 32)
    path = write(tmp_path / "t.fits", data, cards)
    images = list(extractor.open_all(path))
    assert [image.path for image in images] == [f"{path}[{i}]" for i in range(16)]
    for number, image in enumerate(images):
        channel, time, stokes = number // 8, number // 2 % N, number % 2
        assert image.taken_at == START + timedelta(seconds=10 * time)
        assert (image.freq_eff, image.stokes) == (pytest.approx(1e9 + channel * 1e8), "IV"[stokes])
        assert image.digest == extractor.open(path, plane=number).digest
        np.testing.assert_array_equal(image.data, data[channel, time, stokes])


def test_a_plane_is_the_same_image_as_a_file_of_its_own(tmp_path):
    cube = write(tmp_path / "t.fits", PLANES, cards_of())
    alone = write(tmp_path / "a.fits", PLANES[2], DATE_OBS="2024-05-01T12:30:20.5", EXPTIME=10.0)
    assert extractor.open(alone).digest == extractor.open(cube, plane=2).digest


def table(name="TIMES", units=None, **columns):
    units = units or {}
    return fits.BinTableHDU.from_columns(
        [
            fits.Column(key, "D", array=np.asarray(values, float), unit=units.get(key))
            for key, values in columns.items()
        ],
        name=name,
    )


BEGIN = [0.0, 10.0, 100.0, 112.0]
LASTS = [10.0, 8.0, 12.0, 12.0]


@pytest.mark.parametrize(
    "columns",
    [
        {"START": BEGIN, "DURATION": LASTS},
        {"START": BEGIN, "STOP": np.add(BEGIN, LASTS)},
        {"TIME": BEGIN, "EXPOSURE": LASTS},  # the first is at the start of the header
        {"TIME": np.add(BEGIN, np.array(LASTS) / 2), "EXPOSURE": LASTS},
        {"TIME": MJD * 86400 + np.array(BEGIN), "EXPOSURE": LASTS},
        {"START": MJD + np.array(BEGIN) / 86400, "DURATION": LASTS, "units": {"START": "d"}},
    ],
)
def test_a_table_lists_times_with_gaps(times, columns):
    begin, durations = times(cards_of(), table(**columns))
    assert begin == pytest.approx(BEGIN, abs=1e-4)
    assert durations == pytest.approx(LASTS, abs=1e-4)


def test_a_table_lists_beams(tmp_path):
    major = np.array([20.0, 21.0, 22.0, 23.0])
    beams = {"BMAJ": major / 3600, "BMIN": [5e-3] * N, "BPA": [10.0] * N}
    in_times = table(START=BEGIN, DURATION=LASTS, **beams)
    numbers = {"CHAN": range(N), "POL": [0] * N}  # as those have it who join images to cubes
    for hdu in (in_times, table("BEAMS", **beams, **numbers)):
        path = tmp_path / "t.fits"
        cube = fits.HDUList([fits.PrimaryHDU(PLANES, cards_of()), hdu])
        cube.writeto(path, overwrite=True)
        found = [image.beam.major * 3600 for image in extractor.open_all(path)]
        assert found == pytest.approx(major)


def test_the_column_is_named_whose_unit_is_none(times):
    listed = {"START": BEGIN, "DURATION": LASTS}
    with pytest.raises(ImageError, match="the unit of column START of its table is 'Hz'"):
        times(cards_of(), table(**listed, units={"START": "Hz"}))
    beams = {"BMAJ": [5e-3] * N, "BMIN": [5e-3] * N, "BPA": [10.0] * N}
    with pytest.raises(ImageError, match="the unit of column BMIN of its table is 's'"):
        times(cards_of(), table(**listed, **beams, units={"BMIN": "s"}))


def test_a_tabular_axis(times):
    """Paper III, section 6.1, as wcslib reads it."""
    cards = cards_of(
        kind="TIME-TAB", value=1.0, step=1.0, PS3_0="WCS-TIMES", PS3_1="TIME", PS3_2="INDEX",
        TIMEDEL=8.0, TIMEPIXR=0.0,
    )  # fmt: skip
    coordinates = fits.BinTableHDU.from_columns(
        [
            fits.Column("TIME", "3D", array=[[0.0, 20.0, 120.0]], unit="s", dim="(1,3)"),
            fits.Column("INDEX", "3D", array=[[1.0, 3.0, 4.0]]),
        ],
        name="WCS-TIMES",
    )
    assert times(cards, coordinates) == ([0.0, 10.0, 20.0, 120.0], [8.0] * N)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"step": -10.0}, "go backwards"),
        ({"step": 0.0}, "CDELT3"),
        ({"unit": "Hz"}, r"a unit of the kind of s \(CUNIT3 is 'Hz'\)"),
        ({"unit": "", "TIMEUNIT": "Hz"}, r"a unit of the kind of s \(TIMEUNIT is 'Hz'\)"),
        ({"DATE_OBS": ""}, r"observation time \(DATE-OBS\)"),
        ({"kind": "TIME-TAB"}, "table of axis 3"),
        ({"PC3_2": 0.5}, "no other one is mixed"),
        ({"TIMESYS": "MARS", "MJDREF": MJD}, "time system 'MARS'"),
        ({"MJDREF": 1e9}, "not a modified Julian date"),
        ({"value": 1e300}, "not one of an axis|observation time"),
    ],
)
def test_an_axis_without_times_is_refused(tmp_path, changes, reason):
    path = write(tmp_path / "t.fits", PLANES, cards_of(**changes))
    for read in (extractor.open, extractor.read_keys):
        with pytest.raises(ImageError, match=reason) as error:
            read(f"{path}[1]")
        assert "\n" not in str(error.value)


def lines_of(path):
    return [str(key) for key in keys_of(path) if isinstance(key, ImageError)], [
        key.path for key in keys_of(path) if not isinstance(key, ImageError)
    ]


def test_a_cube_that_breaks_off_has_its_first_planes(tmp_path):
    path = write(tmp_path / "t.fits", PLANES, cards_of())
    whole = path.read_bytes()
    path.write_bytes(whole[: 2880 * 2 + PLANES[0].nbytes * 2 + 100])
    refused, taken = lines_of(path)
    assert refused == [f"{path}: planes 2 to 3: truncated: the file ends before them"]
    assert taken == [f"{path}[0]", f"{path}[1]"]
    np.testing.assert_array_equal(extractor.open(taken[1]).data, PLANES[1])
    with pytest.raises(ImageError, match="truncated"):
        extractor.open(path, plane=3)


def test_planes_whose_times_go_backwards_are_refused_in_one_line(tmp_path):
    path = tmp_path / "t.fits"
    bad = table(START=[0.0, 40.0, 20.0, 30.0], DURATION=[10.0] * N)
    fits.HDUList([fits.PrimaryHDU(PLANES, cards_of()), bad]).writeto(path)
    refused, taken = lines_of(path)
    assert refused == [
        f"{path}: plane 1: their times go backwards, or stand still, from plane to plane"
    ]
    assert taken == [f"{path}[{i}]" for i in (0, 2, 3)]
    lost = table(START=[0.0, np.nan, np.nan, 30.0], DURATION=[10.0] * N)
    fits.HDUList([fits.PrimaryHDU(PLANES, cards_of()), lost]).writeto(path, overwrite=True)
    (refused,), taken = lines_of(path)
    assert refused.startswith(f"{path}: planes 1 to 2: missing metadata: the time of the plane")
    assert taken == [f"{path}[0]", f"{path}[3]"]
    short = table(START=[0.0, 10.0], DURATION=[10.0, 10.0])
    fits.HDUList([fits.PrimaryHDU(PLANES, cards_of()), short]).writeto(path, overwrite=True)
    with pytest.raises(ImageError, match="their table has 2 rows, the axis 4 planes"):
        extractor.read_keys(path)


@given(st.lists(st.integers(0, 20), max_size=12))
def test_as_many_planes_as_possible_are_in_order(times):
    moments = {place: START + timedelta(seconds=time) for place, time in enumerate(times)}
    kept = sorted(_in_order(moments))
    assert all(times[a] < times[b] for a, b in pairwise(kept))
    longest = [1] * len(times)
    for b, time in enumerate(times):
        longest[b] = 1 + max((longest[a] for a in range(b) if times[a] < time), default=0)
    assert len(kept) == max(longest, default=0)
