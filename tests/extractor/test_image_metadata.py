import math
from datetime import UTC, datetime

import pytest
from synthetic import header, write

import extractor
from extractor import Beam, ExtractorError, ImageError


@pytest.fixture
def opened(tmp_path):
    """Return a function that opens an image whose header has some changes."""

    def open_changed(options=None, history=(), **changes):
        cards = header()
        for line in history:
            cards["HISTORY"] = line
        path = write(tmp_path / "a.fits", cards=cards, **changes)
        return extractor.open(path, header=options)

    return open_changed


def test_everything_that_is_missing_is_named_in_one_line(opened):
    with pytest.raises(ImageError) as caught:
        opened(BMAJ=None, BPA=None, RESTFRQ=None, DATE_OBS=None, CRVAL1=None)
    message = str(caught.value)
    assert "\n" not in message
    for word in ("BMAJ", "BPA", "frequency", "DATE-OBS", "CRVAL1"):
        assert word in message
    assert "BMIN" not in message


def test_the_user_can_supply_and_override(opened):
    image = opened(
        {"bmaj": "0.01", "DATE-OBS": "2020-02-02T00:00:00", "RESTFRQ": 2e9},
        BMAJ=None,
        CTYPE3="FREQ",
        CRVAL3=1.5e9,
    )
    assert image.beam.major == 0.01
    assert image.taken_at == datetime(2020, 2, 2, tzinfo=UTC)
    assert image.freq_eff == 2e9


def test_beam_from_history_the_last_one_counts(opened):
    image = opened(
        history=[
            "AIPS   CLEAN BMAJ=  1.0000e-02 BMIN=  1.0000e-02 BPA=   0.00",
            "AIPS   CLEAN BMAJ=  2.2222e-02 BMIN=  1.1111e-02 BPA= -10.00",
        ],
        BMAJ=None,
        BMIN=None,
        BPA=None,
    )
    assert image.beam == Beam(0.022222, 0.011111, 170.0)


def test_a_frequency_axis_beyond_the_pixels_wins_over_the_rest_frequency(opened):
    image = opened(CTYPE3="FREQ", CRVAL3=150.0, CRPIX3=0.0, CDELT3=2.0, CUNIT3="MHz")
    assert image.freq_eff == pytest.approx(152e6)
    assert image.bandwidth == pytest.approx(2e6)


def test_a_velocity_axis_needs_the_rest_frequency(opened):
    image = opened(CTYPE3="VRAD", CRVAL3=2997924.58, CRPIX3=1.0, CDELT3=1.0, CUNIT3="m/s")
    assert image.freq_eff == pytest.approx(1.4e9 * 0.99)


@pytest.mark.parametrize(("code", "letter"), [(1, "I"), (2, "Q"), (3, "U"), (4, "V")])
def test_stokes(opened, code, letter):
    assert opened(CTYPE3="STOKES", CRVAL3=float(code), CRPIX3=1.0, CDELT3=1.0).stokes == letter


def test_other_polarisations_are_refused(opened):
    with pytest.raises(ImageError, match="Stokes"):
        opened(CTYPE3="STOKES", CRVAL3=-1.0, CRPIX3=1.0, CDELT3=1.0)


def test_time_system_and_end(opened):
    image = opened(TIMESYS="TAI", DATE_OBS="2024-05-01T12:00:37", DATE_END="2024-05-01T12:02:37")
    assert image.taken_at == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert image.duration == pytest.approx(120)


def test_unknown_is_nan_and_never_guessed(opened):
    image = opened()
    assert math.isnan(image.bandwidth)
    assert math.isnan(image.duration)


def test_stations_of_lofar(opened):
    stations = {"ANTENNA": "LBA_SPARSE0", "NCORE": 23, "NREMOTE": 8, "NINTL": 0}
    image = opened({"TAU_TIME": 11.0}, TELESCOP="LOFAR", EXPTIME=99.0, **stations)
    assert image.duration == 11
    found = image.stations
    assert (found.antenna_set, found.core, found.remote) == ("LBA_SPARSE_EVEN", 23, 8)
    assert opened(TELESCOP="LOFAR").stations is None
    assert opened(TELESCOP="VLA", **stations).stations is None
    assert opened(TELESCOP="LOFAR", **stations | {"ANTENNA": "LBA_SIDEWAYS"}).stations is None
    assert opened(TELESCOP="LOFAR", **stations | {"NCORE": "many"}).stations is None
    assert opened({"NCORE": 24, "ANTENNA": "hba_dual"}, TELESCOP="LOFAR").stations.core == 24


def test_supplied_values_that_nobody_reads_are_refused(opened):
    with pytest.raises(ExtractorError, match="BMIX is not read; did you mean BMIN") as caught:
        opened({"BMIX": 1.0, "bpa": "steep"})
    assert "BPA=steep is not a number" in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"CTYPE1": "GLON-SIN", "CTYPE2": "GLAT-SIN"}, "RA and DEC"),
        ({"RADESYS": "FK4"}, "J2000"),
        ({"BUNIT": "K"}, "Jy/beam"),
        ({"BTYPE": "Beam"}, r"the sky's brightness \(BTYPE is 'Beam'\)"),
        ({"BTYPE": "SPECTRAL INDEX "}, "BTYPE is"),
        ({"CDELT1": 0.0}, "CDELT1"),
        ({"CDELT1": 1e-20}, "pixel scale"),
        ({"CRPIX1": 1e9}, "not on the sky"),
        ({"TIMESYS": "MARS"}, "MARS"),
    ],
)
def test_what_cannot_be_placed_is_refused(opened, changes, word):
    with pytest.raises(ImageError, match=word):
        opened(**changes)


def test_any_other_kind_is_a_brightness_and_the_user_has_the_last_word(opened):
    for kind in ("Intensity", "Undefined", "", "Surface brightness"):
        assert opened(BTYPE=kind).freq_eff > 0
    assert opened({"BTYPE": "Intensity"}, BTYPE="Beam").freq_eff > 0


def test_rotated_images(tmp_path):
    image = extractor.open(write(tmp_path / "a.fits", cards=header(rotation_deg=30.0)))
    assert image.pixel_scale == pytest.approx((5 / 3600, 5 / 3600))
    straight = extractor.open(write(tmp_path / "b.fits"))
    assert image.beam_px != pytest.approx(straight.beam_px)
