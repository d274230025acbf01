"""What alerts of others say, in each form that observatories send."""

import base64
import json
import math
from datetime import UTC, datetime

import pytest

from tests.notices import BURST, burst, gcn_notice, gravitational_wave, radio_burst, voevent
from trapdb.alerts.reading import read_notice
from trapdb.errors import AlertError


def test_a_gamma_ray_burst():
    notice = read_notice(burst())
    assert notice.ivorn == "ivo://example.burst/SWIFT#BAT_GRB_Pos_532871-729"
    assert notice.stream == "ivo://example.burst/SWIFT"
    assert (notice.role, notice.kind, notice.event) == ("observation", "initial", "532871")
    assert (notice.event_at, notice.ra, notice.dec) == (BURST, 123.0, 10.0)
    assert (notice.error_major, notice.error_minor) == (0.05, None)
    assert notice.author == "A. Observer"
    assert notice.parameters["Burst_Signif"] == "7.2"


def test_a_fast_radio_burst_has_groups_and_units():
    notice = read_notice(radio_burst())
    assert (notice.stream, notice.event) == ("ivo://example.frb/telescope", "7")
    assert notice.parameters["event parameters/dm"] == "562.7 pc/cm^3"
    update = radio_burst(citations=[("ivo://example.frb/telescope#FRB1/1", "update")])
    assert read_notice(update).citations == (("ivo://example.frb/telescope#FRB1/1", "supersedes"),)
    assert read_notice(update).kind == "update"


def test_a_gravitational_wave_is_retracted_by_a_parameter():
    assert read_notice(gravitational_wave()).ra is None
    first, last = (read_notice(gravitational_wave(kind)) for kind in ("Preliminary", "Retraction"))
    assert (first.event, first.kind, last.kind) == ("S260105a", "initial", "retraction")
    assert first.skymap_url == "https://example.org/S260105a/bayestar.fits"
    assert last.citations == ()


def test_a_position_that_is_not_equatorial_is_left_out():
    assert read_notice(burst(system="UTC-GAL-GEO")).ra is None
    assert read_notice(burst(system="UTC-FK4-GEO")).error_major is None


UNREAD = [
    (burst(), None),
    (burst().replace(b"12:00:00.000000", b"noon"), "the time '2026-01-05Tnoon'"),
    (burst().replace(b"12:00:40", b"25:00:00"), "the date '2026-01-05T25:00:00'"),
    (burst(position=("12h", 10.0)), "the position '12h', '10.0'"),
    (burst(position=("", "")), None),
    (burst(position=None), None),
    (burst(error="wide"), "the error of the position, 'wide'"),
    (burst(error=100.0), "the error of the position, 100 deg"),
    (burst(error=""), None),
    (burst(system="UTC-GAL-GEO"), "the position in 'UTC-GAL-GEO'"),
    (burst(position=(b"1".decode() * 80 + "x", 1)), f"the position '{40 * '1'}', '1'"),
    (gcn_notice(), None),
    (gcn_notice(ra="12h", dec=1.0), "ra '12h'; dec 1.0"),
    (gcn_notice(trigger_time="noon"), "trigger_time 'noon'"),
    (gcn_notice(ra_dec_error=[-1, 2, 0]), "ra_dec_error [-1, 2, 0]"),
    (gcn_notice(ra=None, dec=None), None),
]


@pytest.mark.parametrize(("content", "unread"), UNREAD)
def test_what_of_time_and_place_cannot_be_read_is_told(content, unread):
    assert read_notice(content).unread == unread


def test_so_it_is_of_gravitational_waves():
    assert read_notice(wave(time="noon")).unread == "time 'noon'"
    assert read_notice(wave()).unread is None
    assert read_notice(wave("RETRACTION")).unread is None


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"ra_dec_error": 0.5}, (0.5, None, None)),
        ({"ra_dec_error": [0.5]}, (0.5, None, None)),
        ({"ra_dec_error": [2.0, 1.0, 30.0]}, (2.0, 1.0, 30.0)),
        # CHIME has the axes the other way round
        ({"ra_dec_error": [0.5, 0.6, 0]}, (0.6, 0.5, 90.0)),
        ({"ra_dec_error": [0.5, 0.5, 10.0]}, (0.5, None, None)),
        (
            {"ra_dec_error": None, "position_a_error": 3, "position_b_error": 2},
            (3.0, 2.0, 0.0),
        ),
        ({"ra_dec_error": [-1, 2, 0]}, (None, None, None)),
        ({"ra_dec_error": "wide"}, (None, None, None)),
        ({"ra_dec_error": None}, (None, None, None)),
    ],
)
def test_the_error_of_a_notice_of_gcn_in_each_form(told, expected):
    notice = read_notice(gcn_notice(**told))
    assert (notice.error_major, notice.error_minor, notice.error_pa) == expected
    assert notice.containment == (None if expected[0] is None else 0.9)


def test_a_notice_of_gcn():
    notice = read_notice(gcn_notice(), "gcn.notices.chime.frb")
    assert notice.stream == "gcn.notices.chime.frb"
    assert notice.ivorn.startswith("gcn.notices.chime.frb#427325191/")
    assert (notice.event, notice.event_at, notice.kind) == ("427325191", BURST, "initial")
    assert read_notice(gcn_notice()) == notice  # the topic is that of the schema
    assert read_notice(gcn_notice(snr=5)).ivorn != notice.ivorn
    retraction = read_notice(gcn_notice(alert_type="retraction", ra=None, dec=None))
    assert (retraction.kind, retraction.ra, retraction.error_major) == ("retraction", None, None)
    for told, role in [
        ({"alert_tense": "test"}, "test"),
        ({"alert_tense": "injection"}, "test"),
        ({"alert_type": "injected"}, "test"),
        ({"alert_tense": "planned"}, "prediction"),
        ({"alert_tense": "current"}, "observation"),
    ]:
        assert read_notice(gcn_notice(**told)).role == role
    follows = read_notice(gcn_notice(reference={"gcn.notices.LVK.alert": "S1-2-preliminary"}))
    assert follows.citations == (("gcn.notices.LVK.alert#S1-2-preliminary", "followup"),)


def wave(kind="PRELIMINARY", name="S260105a", **event):
    held = {"time": "2026-01-05T12:00:00.5Z", "far": 1e-9, "skymap": None} | event
    told = {
        "alert_type": kind,
        "time_created": "2026-01-05T12:05:00Z",
        "superevent_id": name,
        "urls": {"gracedb": "https://example.org/"},
        "event": None if kind == "RETRACTION" else held,
        "external_coinc": None,
    }
    return json.dumps(told).encode()


def test_a_gravitational_wave_in_json():
    notice = read_notice(wave(skymap=base64.b64encode(b"a map").decode()), "igwn.gwalert")
    assert (notice.event, notice.kind, notice.role) == ("S260105a", "initial", "observation")
    assert notice.event_at == datetime(2026, 1, 5, 12, 0, 0, 500_000, tzinfo=UTC)
    assert notice.skymap == b"a map"
    assert notice.parameters["far"] == 1e-9
    assert "skymap" not in notice.parameters
    assert read_notice(wave("INITIAL")).kind == "update"
    assert read_notice(wave("RETRACTION")).kind == "retraction"
    assert read_notice(wave(name="MS260105a")).role == "test"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no XML"),
        (b"{}", r"no \$schema"),
        (b"[1]", "expected an object"),
        (b'{"id": "a\\u0000b"}', "characters"),
        (b'{"id": "\\ud800"}', "no JSON"),
        (b'{"a": NaN}', "NaN is no number"),
        (b"[" * 100_000, "no JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "no JSON"),
        (b"{" + b" " * 16_000_000, "bytes"),
        (gcn_notice(ra=400.0), "no position"),
        (gcn_notice(healpix_file="no base64!"), "base64"),
        (gcn_notice(id="one\nline"), "name"),
        (gcn_notice(id="x" * 2000), "name"),
        (gcn_notice(id="\u4e00" * 400), "name"),
        (voevent(role="rumour"), "role"),
        (voevent(position=(123.0, 91.0)), "no position"),
    ],
)
def test_what_is_no_alert_is_told_in_a_line(content, why):
    with pytest.raises(AlertError, match=why):
        read_notice(content)


def test_numbers_that_are_none_are_left_out():
    notice = read_notice(gcn_notice(ra=True, containment_probability=7, trigger_time="soon"))
    assert (notice.ra, notice.containment, notice.event_at) == (None, None, None)
    far = read_notice(gcn_notice(ra_dec_error=10**400, trigger_time="0001-01-01T00:00:00+23:00"))
    assert (far.error_major, far.event_at) == (None, None)
    assert math.isclose(read_notice(gcn_notice(ra=-1)).ra, 359)


def test_what_no_index_takes_is_not_cited():
    cited = {"gcn.one": "GRB 1", "gcn.two": "x" * 2000, **{f"gcn.{n}": "y" for n in range(500)}}
    citations = read_notice(gcn_notice(reference=cited)).citations
    assert len(citations) == 200
    assert citations[:2] == (("gcn.one#GRB 1", "followup"), ("gcn.0#y", "followup"))
