"""Headers of every kind: what is read is right, and what cannot be read is refused."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from astropy.io import fits
from synthetic import header, noise, write

import extractor
from extractor import ImageError

# Of the standard's examples (FITS standard 4.0; papers I to III) and of files that were met.
C = 299792458.0
PLANCK = 6.6260755e-34  # that of 1986, which wcslib has; a millionth more than today's
SIZE = 32


def cards_of(**changes):
    """Return the header of an image of four axes at 1.4 GHz; None takes a keyword away."""
    cards = header((SIZE, SIZE))
    cards.remove("RESTFRQ")
    cards.update({"CTYPE3": "FREQ", "CRVAL3": 1.4e9, "CRPIX3": 1.0, "CDELT3": 1e8, "CUNIT3": "Hz"})
    cards.update({"CTYPE4": "STOKES", "CRVAL4": 1.0, "CRPIX4": 1.0, "CDELT4": 1.0})
    for key, value in changes.items():
        key = key.replace("__", "-")
        if value is None:
            cards.remove(key, ignore_missing=True)
        else:
            cards[key] = (value, "")
    return cards


PLAIN = cards_of()


@pytest.fixture
def opened(tmp_path):
    """Return a function that writes an image, or a cube of n channels, and opens its planes."""

    def open_all(n=1, options=None, **changes):
        data = np.stack([noise(SIZE, seed) for seed in range(n)])[None].astype("f4")
        path = write(tmp_path / "a.fits", data, cards_of(**changes))
        return list(extractor.open_all(path, header=options))

    return open_all


@pytest.fixture
def refused(opened):
    """Return a function that asserts a refusal, in one line with these words."""

    def assert_refused(*words, **changes):
        with pytest.raises(ImageError) as caught:
            opened(**changes)
        assert "\n" not in str(caught.value)
        for word in words:
            assert word in str(caught.value)

    return assert_refused


NO_STEPS = {f"CDELT{axis}": None for axis in range(1, 5)}
SKY_CD = {"CD1_1": -5 / 3600, "CD2_2": 5 / 3600}


@pytest.mark.parametrize(
    "changes",
    [
        {"CDELT3": 1.0, "PC3_3": 1e6},
        {"CDELT3": None, "PC3_3": 1e6},
        {"CDELT3": 1e6, "PC3_1": 0.0, "PC1_3": 0.0, "PC3_4": 0.0},
        {"CDELT3": 0.5, "PC003003": 2e6},
        {"CDELT3": 1.0, "PC03_03": 1e6},
        {**NO_STEPS, **SKY_CD, "CD3_3": 1e6, "CD4_4": 1.0},
        {**NO_STEPS, **SKY_CD, "CD3_3": 1e6, "CD3_4": 0.0, "CD4_4": 1.0},
        {"CDELT1": None, "CDELT2": None, **SKY_CD, "CD1_3": 0.0, "CD3_1": 0.0, "CDELT3": 1e6},
        {"CDELT1": None, "CDELT2": None, **SKY_CD, "CD3_3": 0.0, "CDELT3": 1e6},
        {"CDELT1": None, "CDELT2": None, **SKY_CD, "CDELT3": 1e6},  # of a mixed header
        {"CDELT3": 1e6, "CROTA2": 30.0},
        {"CRVAL3": 1400.0, "CDELT3": 1.0, "CUNIT3": "MHz"},
        {"CRVAL3": 1.4, "CDELT3": 1e-3, "CUNIT3": "GHZ"},
        {"CRVAL3": "1.4D+09", "CDELT3": "1E6", "CRPIX3": "1"},
        {"CRVAL3": 1.401e9, "CRPIX3": 2.0, "CDELT3": 1e6},
        {"CTYPE3": "FREQ-LSR", "CDELT3": 1e6},
        {"CRPIX3": None, "CDELT3": 1e6},
    ],
)
def test_the_step_of_frequency_is_that_of_the_whole_linear_transformation(opened, changes):
    images = opened(4, **changes)
    assert [i.freq_eff for i in images] == pytest.approx([1.4e9, 1.401e9, 1.402e9, 1.403e9], 1e-12)
    assert [i.bandwidth for i in images] == pytest.approx([1e6] * 4)


def test_axes_may_be_exchanged_by_the_matrix(opened):
    exchanged = {"PC3_3": 0.0, "PC3_4": 1.0, "PC4_3": 1.0, "PC4_4": 0.0}
    images = opened(4, **exchanged)
    assert {i.freq_eff for i in images} == {1.4e9}
    assert {i.bandwidth for i in images} == {1e8}
    assert [i.stokes for i in images] == ["I", "Q", "U", "V"]


def test_an_image_may_lie_on_its_side(opened):
    (upright,) = opened()
    (turned,) = opened(CDELT1=None, CDELT2=None, CD1_2=-5 / 3600, CD2_1=5 / 3600)
    x, y = turned.wcs.wcs_world2pix(upright.ra, upright.dec + 60 / 3600, 0)
    assert (float(x), float(y)) == pytest.approx(((SIZE - 1) / 2 + 12, (SIZE - 1) / 2), abs=1e-3)


def test_axes_of_the_sky_that_change_with_frequency_are_refused(refused):
    refused("sky projection", PC1_3=1e-3)
    refused("sky projection", PC3_1=1.0)


def test_a_descending_axis_has_a_positive_bandwidth(opened):
    images = opened(2, CDELT3=-1e8)
    assert [i.freq_eff for i in images] == [1.4e9, 1.3e9]
    assert {i.bandwidth for i in images} == {1e8}


@pytest.mark.parametrize("changes", [{"CDELT3": None}, {"CDELT3": 0.0}])
def test_a_step_that_is_not_stated_is_not_one_hertz(opened, refused, changes):
    (image,) = opened(CRPIX3=0.0, **changes)
    assert image.freq_eff == 1.4e9
    assert math.isnan(image.bandwidth)
    (other,) = opened(BANDWIDT=2e6, **changes)
    assert other.bandwidth == 2e6
    refused("CDELT3", n=2, **changes)


REST, SPEED = 150e6, 1e7


@pytest.mark.parametrize(
    ("kind", "unit", "others", "expected"),
    [
        ("VRAD", "m/s", {}, lambda v: REST * (1 - v / C)),
        ("VRAD", "km/s", {}, lambda v: REST * (1 - v / C)),
        ("VOPT", "m/s", {}, lambda v: REST / (1 + v / C)),
        ("VELO", "m s-1", {}, lambda v: REST * math.sqrt((1 - v / C) / (1 + v / C))),
        ("VELO-LSR", "M/S", {"VELREF": 257}, lambda v: REST * (1 - v / C)),
        ("VELO-LSR", "M/S", {"VELREF": 1}, lambda v: REST / (1 + v / C)),
        ("VELO-LSR", "M/S", {}, lambda v: REST / (1 + v / C)),
        ("VELO-HEL", "KM/S", {"VELREF": 258}, lambda v: REST * (1 - v / C)),
    ],
)
def test_axes_of_velocity_are_converted_by_their_kind(opened, kind, unit, others, expected):
    scale = 1e3 if unit.upper().startswith("K") else 1.0
    step = 1e4
    axis = {"CTYPE3": kind, "CUNIT3": unit, "CRVAL3": SPEED / scale, "CDELT3": step / scale}
    images = opened(2, RESTFRQ=REST, **axis, **others)
    for number, image in enumerate(images):
        v = SPEED + number * step
        assert image.freq_eff == pytest.approx(expected(v), rel=1e-12)
        width = abs(expected(v + step / 2) - expected(v - step / 2))
        assert image.bandwidth == pytest.approx(width, rel=1e-5)


@pytest.mark.parametrize("kind", ["FELO-HEL", "FELO-LSR", "VOPT-F2W"])
def test_felo_is_linear_in_frequency_and_labelled_in_optical_velocity(opened, kind):
    step = 1e5
    axis = {"CTYPE3": kind, "CUNIT3": "m/s", "CRVAL3": SPEED, "CDELT3": step}
    images = opened(3, RESTFRQ=REST, **axis)
    first = REST / (1 + SPEED / C)
    slope = -(first**2) / REST / C * step  # of frequency by velocity at the reference
    expected = [first + number * slope for number in range(3)]
    assert [i.freq_eff for i in images] == pytest.approx(expected, rel=1e-12)
    assert [i.bandwidth for i in images] == pytest.approx([-slope] * 3, rel=1e-6)


@pytest.mark.parametrize(
    ("axis", "frequency"),
    [
        ({"CTYPE3": "WAVE", "CUNIT3": "m", "CRVAL3": 0.21, "CDELT3": 1e-3}, C / 0.21),
        ({"CTYPE3": "WAVE", "CUNIT3": "cm", "CRVAL3": 21.0, "CDELT3": 0.1}, C / 0.21),
        ({"CTYPE3": "ZOPT", "CUNIT3": "", "CRVAL3": 0.5, "CDELT3": 1e-3}, REST / 1.5),
        ({"CTYPE3": "WAVN", "CUNIT3": "m-1", "CRVAL3": 5.0, "CDELT3": 1e-2}, C * 5),
        ({"CTYPE3": "ENER", "CUNIT3": "J", "CRVAL3": 1e-24, "CDELT3": 1e-27}, 1e-24 / PLANCK),
    ],
)
def test_axes_of_wavelength_redshift_wave_number_and_energy(opened, axis, frequency):
    (image,) = opened(RESTFRQ=REST, **axis)
    assert image.freq_eff == pytest.approx(frequency, rel=1e-9)
    step = 1e-3 / 1.5 if axis["CTYPE3"] == "ZOPT" else axis["CDELT3"] / axis["CRVAL3"]
    assert image.bandwidth == pytest.approx(frequency * step, rel=1e-4)


def test_a_spectral_axis_that_cannot_be_converted_is_refused(refused):
    speed = {"CUNIT3": "m/s", "CRVAL3": 1e7, "CDELT3": 1e4}
    refused("VRAD", "rest frequency", CTYPE3="VRAD", **speed)
    refused("VELOCITY", CTYPE3="VELOCITY", RESTFRQ=150e6, **speed)
    refused("a unit of the kind of Hz (CUNIT3 is 'm')", CUNIT3="m")
    refused("CRVAL3='1400 MHz'", CRVAL3="1400 MHz", RESTFRQ=1.4e9)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"CRVAL3": 1400.0, "CUNIT3": None}, "1400 Hz is not that of a radio image; CUNIT3"),
        ({"CRVAL3": 1.4e6, "CUNIT3": None}, "CUNIT3 is missing"),  # in kHz
        ({"CRVAL3": 1400.0}, "1400 Hz"),
        ({"CRVAL3": 1.4e9, "CUNIT3": "GHz"}, "1.4e+18 Hz"),
        ({"CTYPE3": "NONE", "RESTFRQ": 1400.0}, "1400 Hz"),
        ({"CRVAL3": -1.4e9}, "-1.4e+09 Hz"),
    ],
)
def test_a_frequency_that_is_not_of_a_radio_image_is_questioned(refused, changes, told):
    refused(told, **changes)


@pytest.mark.parametrize("value", [0.0, None])
def test_the_rest_frequency_serves_where_an_axis_has_no_value(opened, refused, value):
    (image,) = opened(CRVAL3=value, RESTFRQ=REST)
    assert (image.freq_eff, image.bandwidth) == (REST, 1e8)
    refused("frequency (a FREQ axis, RESTFRQ)", CRVAL3=value)


def test_a_supplied_rest_frequency_converts_velocities_and_overrules_frequencies(opened):
    (image,) = opened(options={"RESTFRQ": "2e9"})
    assert image.freq_eff == 2e9
    speed = {"CTYPE3": "VRAD", "CUNIT3": "m/s", "CRVAL3": C / 10, "CDELT3": 1e4}
    (image,) = opened(options={"RESTFRQ": "1e9"}, **speed)
    assert image.freq_eff == pytest.approx(0.9e9)


@pytest.mark.parametrize(
    "changes",
    [
        {"CRVAL1": "10.0", "CRVAL2": " 40.0 "},
        {"CRPIX1": "16.5", "CRPIX2": "16.5"},
        {"CDELT1": f"{PLAIN['CDELT1']:.17E}".replace("E", "D"), "CDELT2": repr(PLAIN["CDELT2"])},
        {"BMAJ": str(4.6 * 5 / 3600), "BPA": "35"},
    ],
)
def test_text_that_is_a_number_is_that_number(opened, changes):
    (plain,), (texts,) = opened(), opened(**changes)
    assert texts.digest == plain.digest


@pytest.mark.parametrize(
    "key", ["CRVAL1", "CRPIX2", "CDELT1", "BMAJ", "BPA", "LONPOLE", "EXPTIME", "MJD__OBS", "PC1_1"]
)
@pytest.mark.parametrize("value", ["10 deg", True, "1.0.0", "1_50.0", "ten"])
def test_a_value_that_is_no_number_is_refused_by_name(refused, key, value):
    told = f"{value!r}" if isinstance(value, str) else str(value)
    refused(f"{key.replace('__', '-')}={told} is not a number", **{key: value})


@pytest.mark.parametrize(
    "changes",
    [
        {"EPOCH": 1950.0},
        {"EPOCH": 2012.5},
        {"EQUINOX": 2012.5},
        {"EQUINOX": "2012.5"},
        {"EQUINOX": "B1950.0"},
        {"EQUINOX": 0.0},
        {"RADESYS": "FK5", "EQUINOX": 2012.5},
        {"RADESYS": "FK5", "EQUINOX": 1950.0},
        {"RADESYS": "FK4"},
        {"RADESYS": "FK4-NO-E", "EQUINOX": 1950.0},
        {"RADESYS": "GAPPT"},
        {"RADECSYS": "FK4", "RADESYS": None},
        {"CTYPE1": "GLON-SIN", "CTYPE2": "GLAT-SIN"},
        {"CTYPE1": "ELON-SIN", "CTYPE2": "ELAT-SIN"},
    ],
)
def test_coordinates_of_other_frames_and_equinoxes_are_refused(refused, changes):
    refused("J2000" if "CTYPE1" not in changes else "RA and DEC", **{"RADESYS": None} | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"EPOCH": 2000.0},
        {"EQUINOX": 2000, "EPOCH": 2012.5},  # EPOCH is void where EQUINOX is
        {"EQUINOX": "J2000.0"},
        {"RADESYS": "FK5"},
        {"RADESYS": "FK5", "EQUINOX": "2000.0"},
        {"RADESYS": "ICRS", "EQUINOX": 2012.5},  # which has no equinox
    ],
)
def test_coordinates_of_j2000_are_taken_as_they_are(opened, changes):
    (image,) = opened(**{"RADESYS": None} | changes)
    assert (image.ra, image.dec) == pytest.approx((10.0, 40.0))


def test_distortions_are_refused(refused):
    refused("A_ORDER", A_ORDER=2)


@pytest.mark.parametrize("n_axes", [2, 3, 5, 7, 9])
def test_axes_of_length_one_may_be_many(tmp_path, n_axes):
    data = noise(SIZE, 0).astype("f4").reshape((1,) * (n_axes - 2) + (SIZE, SIZE))
    (image,) = extractor.open_all(write(tmp_path / "a.fits", data, cards_of()))
    assert (image.freq_eff, image.stokes) == (1.4e9, "I")
    assert np.array_equal(image.data, data.reshape(SIZE, SIZE))


def test_six_long_axes_are_refused(tmp_path):
    data = np.zeros((2, 2, 2, 2, SIZE, SIZE), "f4")
    with pytest.raises(ImageError, match=r"6 axes, 6 of them longer than 1"):
        extractor.open(write(tmp_path / "a.fits", data, cards_of(CTYPE5="OTHER")))


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("JY/BEAM", 1.0),
        ("Jy/beam", 1.0),
        ("Jy", 1.0),
        (None, 1.0),
        ("beam-1 Jy", 1.0),
        ("beam-1 mJy", 1e-3),
        ("Jy beam^-1", 1.0),
        ("Jy beam**-1", 1.0),
        ("Jy*beam-1", 1.0),
        ("JY BEAM-1", 1.0),
        ("Jy per beam", 1.0),
        ("MJY/BEAM", 1e-3),
        ("mJy/beam", 1e-3),
        ("MJy/beam", 1e6),
        ("UJY/BEAM", 1e-6),
        ("muJy/beam", 1e-6),
        ("MICROJY/BEAM", 1e-6),
        ("milliJy beam-1", 1e-3),
        ("10**-3 Jy/beam", 1e-3),
    ],
)
def test_units_count_by_their_meaning(opened, unit, factor):
    ((plain,), (image,)) = opened(), opened(BUNIT=unit)
    assert image.data == pytest.approx(plain.data * factor, rel=1e-6)


@pytest.mark.parametrize(
    "unit", ["JY/PIXEL", "K", "Jy/sr", "JY/BEAM.KM/S", "beam Jy", "counts", "furlong", "Jy/beam/Hz"]
)
def test_other_units_are_refused_as_they_are_spelt(refused, unit):
    refused("Jy/beam", repr(unit), BUNIT=unit)


SIX = datetime(2015, 4, 24, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    "changes",
    [
        {"DATE__OBS": "2015-04-24T06:00:00"},
        {"DATE__OBS": "2015-04-24", "MJD__OBS": 57136.25},
        {"DATE__OBS": "2015-04-24", "MJD__OBS": "57136.25"},
        {"DATE__OBS": "2015-04-24", "MJD__BEG": 57136.25},
        {"DATE__OBS": "2015-04-24", "DATE__BEG": "2015-04-24T06:00:00"},
        {"DATE__OBS": "2015-04-24", "TIME__OBS": "06:00:00.0"},
        {"DATE__OBS": "2015-04-24T06:00:00", "TIME__OBS": "06:00:00.4"},
        {"DATE__OBS": "2015-04-24", "UTC": 21600.0},
        {"DATE__OBS": "2015-04-24", "UTSTART": "06:00:00"},
        {"DATE__OBS": "2015-04-24", "MJD__OBS": 57136, "TIME__OBS": "06:00:00"},
        {"DATE__OBS": "2015-04-24", "MJD__AVG": 57136.25 + 30 / 86400, "EXPTIME": 60.0},
        {"DATE__OBS": None, "DATE__AVG": "2015-04-24T06:00:30", "EXPTIME": 60.0},
        {"DATE__OBS": None, "MJD__BEG": 57136.25},
        {"DATE__OBS": None, "MJD__OBS": 57136.25},
        {"DATE__OBS": "", "MJD__OBS": 57136.25},
        {"DATE__OBS": "2015-04-24T06:00:00", "MJD__OBS": 57136.25 + 4.3 / 86400},
        {"DATE__OBS": "2015-04-24T06:00:35", "MJD__OBS": 57136.25 + 35 / 86400, "TIMESYS": "TAI"},
    ],
)
def test_the_start_by_all_that_the_header_says(opened, changes):
    (image,) = opened(**changes)
    assert abs((image.taken_at - SIX).total_seconds()) < 1e-3


def test_a_bare_date_alone_is_its_midnight(opened):
    (image,) = opened(DATE__OBS="2015-04-24")
    assert image.taken_at == datetime(2015, 4, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "first", "second"),
    [
        ({"DATE__OBS": "2015-04-24T01:00:00", "MJD__OBS": 57136.25}, "01:00:00", "57136.25"),
        ({"DATE__OBS": "2015-04-24T00:00:00", "TIME__OBS": "06:00:00"}, "T00:00:00", "06:00:00"),
        ({"DATE__OBS": "2015-04-24", "MJD__OBS": 57137.25}, "2015-04-24", "57137.25"),
        (
            {"DATE__OBS": "2015-04-24", "TIME__OBS": "06:00:00", "MJD__OBS": 57136.5},
            "06:00:00",
            "57136.5",
        ),
        (
            {"DATE__OBS": "2015-04-24T06:00:00", "DATE__BEG": "2015-04-24T06:00:10"},
            "06:00:00",
            "06:00:10",
        ),
        ({"DATE__OBS": None, "MJD__OBS": 57136.25, "MJD__BEG": 57136.26}, "57136.25", "57136.26"),
    ],
)
def test_times_that_contradict_each_other_are_refused_with_both(
    opened, refused, changes, first, second
):
    refused("contradict", first, second, **changes)
    (image,) = opened(options={"DATE-OBS": "2015-04-24T06:00:00"}, **changes | {"TIME__OBS": None})
    assert image.taken_at == SIX


@pytest.mark.parametrize(
    ("date", "told"),
    [
        ("1026-11-28T00:00:00", "before there were radio telescopes"),
        ("1858-11-17T00:00:00", "before there were radio telescopes"),
        ("2999-01-01T00:00:00", "in the future"),
    ],
)
def test_times_of_which_there_are_no_images_are_refused(refused, date, told):
    refused(date, told, DATE__OBS=date)


@pytest.mark.parametrize("ahead", [timedelta(hours=-12), timedelta(0), timedelta(hours=12)])
def test_images_of_today_are_taken_though_clocks_differ(opened, ahead):
    time = (datetime.now(UTC) + ahead).replace(microsecond=0)
    (image,) = opened(DATE__OBS=f"{time:%Y-%m-%dT%H:%M:%S}")
    assert image.taken_at == time


def test_images_of_the_day_after_tomorrow_are_refused(refused):
    refused("in the future", DATE__OBS=f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%dT%H:%M:%S}")


def test_julian_dates_that_are_not_modified_are_refused(refused):
    refused("MJD-OBS=2457136.75", "future", DATE__OBS=None, MJD__OBS=2457136.75)


@pytest.mark.parametrize(
    "changes",
    [
        {"DATE__OBS": "2016-12-31T23:59:60.5"},
        {"DATE__OBS": "2016-12-31T23:59:60.5Z"},
        {"DATE__OBS": "2017-01-01T00:00:36.5", "TIMESYS": "TAI"},
    ],
)
def test_a_leap_second_is_counted_as_the_next_one(opened, changes):
    (image,) = opened(**changes)
    assert image.taken_at == datetime(2017, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize("date", ["2015-12-31T23:59:60", "2016-12-31T12:00:60"])
def test_where_there_was_no_leap_second_there_is_none(refused, date):
    refused("DATE-OBS", date, DATE__OBS=date)


def test_an_end_before_the_start_is_no_duration(opened):
    (image,) = opened(DATE__END="2020-01-01T00:00:00")
    assert math.isnan(image.duration)
    (image,) = opened(EXPTIME=1e300)
    assert math.isnan(image.duration)
    (image,) = opened(DATE__END="2020-01-01T00:00:00", EXPTIME=12.0)
    assert image.duration == 12.0


def test_what_a_cube_lacks_is_told_before_which_plane(tmp_path):
    path = write(tmp_path / "a.fits", np.zeros((1, 4, SIZE, SIZE), "f4"), cards_of(DATE__OBS=None))
    with pytest.raises(ImageError, match=r"a.fits: missing metadata: .*DATE-OBS"):
        extractor.open(path)


def test_a_major_axis_below_the_minor_one_is_told_as_that(opened):
    (image,) = opened(BMAJ=0.005, BMIN=0.01)
    with pytest.raises(ImageError, match="BMAJ, below the minor one, BMIN"):
        image.extract()


def beams_table(**others):
    rows = [(36.0 + channel, 18.0, 10.0, channel, 0) for channel in range(2)]
    units = {"BMAJ": "arcsec", "BMIN": "ARCSEC", "BPA": "degrees", "CHAN": None, "POL": None}
    columns = [
        fits.Column(name=name, format="J" if unit is None else "E", unit=unit, array=array)
        for (name, unit), array in zip(units.items(), np.transpose(rows), strict=True)
    ]
    return fits.BinTableHDU.from_columns(columns, name="BEAMS")


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("between", [True, False])
@pytest.mark.parametrize("own", [True, False])
def test_a_table_of_beams_is_known_by_its_name(tmp_path, announced, between, own):
    cards = cards_of(CASAMBM=announced or None)
    if not own:
        for key in ("BMAJ", "BMIN", "BPA"):
            cards.remove(key)
    other = fits.BinTableHDU.from_columns([fits.Column("A", "E", array=[1.0])], name="OTHER")
    parts = [fits.PrimaryHDU(np.zeros((1, 2, SIZE, SIZE), "f4"), cards), *[other] * between]
    fits.HDUList([*parts, beams_table()]).writeto(tmp_path / "a.fits")
    beams = [image.beam for image in extractor.open_all(tmp_path / "a.fits")]
    assert [beam.major * 3600 for beam in beams] == pytest.approx([36, 37])
    assert [beam.pa for beam in beams] == pytest.approx([10, 10])


@pytest.mark.parametrize(
    "changes",
    [
        {"CTYPE1": "RA---NCP", "CTYPE2": "DEC--NCP"},
        {"CTYPE1": "RA---GLS", "CTYPE2": "DEC--GLS"},
        {"CTYPE1": "RA---SFL", "CTYPE2": "DEC--SFL", "LONPOLE": None, "LATPOLE": None},
        {"CROTA2": 30.0},
        {"PC01_01": 0.6, "PC01_02": -0.8, "PC02_01": 0.8, "PC02_02": 0.6},
        {"CDELT1": 5 / 3600},
        {"CDELT2": 8 / 3600},
        {"CRVAL1": -350.0},
        {"CRVAL1": 370.0},
        {"CRVAL1": 0.0},
    ],
)
def test_positions_of_other_projections_are_those_of_wcslib(opened, changes):
    from warnings import catch_warnings, simplefilter

    from astropy.wcs import WCS

    (image,) = opened(**changes)
    with catch_warnings():
        simplefilter("ignore")
        ra, dec = WCS(cards_of(**changes)).celestial.wcs_pix2world(3.0, 7.0, 0)
    x, y = image.wcs.wcs_world2pix(ra, dec, 0)
    assert (float(x), float(y)) == pytest.approx((3.0, 7.0), abs=1e-6)
