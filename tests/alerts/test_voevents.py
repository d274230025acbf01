"""Events as VOEvents: valid, the same bytes each time, and read again as what they were."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pydantic import ValidationError

from tests.alerts.flares import AUTHOR, flare
from tests.broker import complaint_of
from trapdb.alerts.author import Author
from trapdb.alerts.packet import read_packet
from trapdb.alerts.parameters import PARAMETERS
from trapdb.alerts.voevent import Citation, ivorn_of, voevent


def test_an_event_is_a_valid_packet_that_says_what_was_seen():
    event = flare()
    text = voevent(event, AUTHOR)
    assert complaint_of(text) == ""
    packet = read_packet(text)
    assert packet.ivorn == ivorn_of(event, AUTHOR)
    assert packet.role == "observation"
    assert (packet.ra, packet.dec) == (event.ra, event.dec)
    assert packet.position_error * 3600 == pytest.approx(event.position_error_arcsec)
    assert packet.observed_at == event.taken_at
    assert packet.written_at == event.created_at
    assert packet.contact_email == AUTHOR.contact_email
    said = {(p.group, p.name): (p.value, p.unit) for p in packet.params}
    assert said["detection", "int_flux"] == ("0.0131", "Jy")
    assert said["detection", "freq_eff"] == ("144000000.0", "Hz")
    assert said["detection", "beam_major"] == ("6.0", "arcsec")
    assert said["previous", "limit_flux"] == ("0.0052", "Jy/beam")
    assert said["judged_by", "margin_worst"] == ("4.5", "")
    assert said["links", "light_curve"][0] == (
        "https://archive.example.org/lofar/lightcurve?ID=3000000017"
    )
    assert {(one.concept, one.probability) for one in packet.inferences} == {
        ("noise", 1.5e-7),
        ("star", 0.93),
    }


def test_an_event_has_one_packet_however_often_it_is_written():
    event = flare()
    assert voevent(event, AUTHOR) == voevent(replace(event), AUTHOR)
    other_database = replace(event, created_at=datetime(2026, 3, 2, tzinfo=UTC))
    assert len({ivorn_of(one, AUTHOR) for one in (event, other_database, flare())}) == 3


@pytest.mark.parametrize(
    ("tense", "rehearsal", "role"),
    [("real", False, "observation"), ("real", True, "test"), ("injected", False, "test")],
)
def test_what_is_not_real_says_so(tense, rehearsal, role):
    text = voevent(flare(tense=tense), AUTHOR.model_copy(update={"rehearsal": rehearsal}))
    assert read_packet(text).role == role


def test_others_are_cited():
    cites = [Citation("ivo://a.b/c#1", "retraction"), Citation("ivo://a.b/c#2", "retraction")]
    text = voevent(flare(kind="retraction"), AUTHOR, cites)
    assert complaint_of(text) == ""
    assert read_packet(text).citations == tuple((one.ivorn, one.kind) for one in cites)
    assert read_packet(text).is_retraction
    assert not read_packet(voevent(flare(), AUTHOR)).is_retraction


def test_an_episode_may_be_long():
    """Comet takes no packets of 100,000 bytes."""
    cites = [Citation(ivorn_of(flare(), AUTHOR), "supersedes") for _ in range(1000)]
    text = voevent(flare(kind="update"), AUTHOR, cites)
    assert len(text) < 50_000
    cited = [ivorn for ivorn, _ in read_packet(text).citations]
    assert (cited[0], cited[-1]) == (cites[0].ivorn, cites[-1].ivorn)


def test_a_classification_is_told_with_who_made_it():
    believed = {
        "object_class": "flare_star", "class_probability": 0.85, "class_novelty": 0.4,
        "probability_flare_star": 0.85, "probability_sidelobe": 0.15, "probability_artefact": 0.15,
        "classifier": "mine", "classifier_digest": "ab" * 32,
    }  # fmt: skip
    text = voevent(flare(figures=flare().figures | believed), AUTHOR)
    assert complaint_of(text) == ""
    packet = etree.fromstring(text)
    group = packet.find(".//Group[@name='classification']")
    told = {param.get("name"): param.get("value") for param in group}
    assert (told["class"], told["probability"], told["classifier"]) == (
        "flare_star",
        "0.85",
        "mine",
    )
    (inference,) = [one for one in packet.iter("Inference") if one.findtext("Name")]
    assert (inference.findtext("Name"), inference.get("probability")) == ("flare_star", "0.85")


TEXTS = st.text(max_size=20)
WORDS = ["last_kind", "limit_taken_at", "reference_class", "label_rating"]
WORDS += ["object_class", "classifier", "classifier_digest"]
NUMBERS = [one.figure for one in PARAMETERS if one.figure not in WORDS]
FIGURES = st.builds(
    lambda words, numbers: words | numbers,
    st.dictionaries(st.sampled_from(WORDS), TEXTS),
    st.dictionaries(
        st.sampled_from([*NUMBERS, "noise_chance", "margin_worst"]),
        st.one_of(st.floats(), st.integers(), st.booleans()),
    ),
)


@given(
    figures=FIGURES,
    dataset=TEXTS,
    source_name=TEXTS,
    definition=TEXTS,
    kind=st.sampled_from(["initial", "update", "ended", "retraction"]),
    error=st.one_of(st.just(float("nan")), st.floats(0, 1e4)),
    cited=st.lists(TEXTS, max_size=3),
)
def test_whatever_is_known_the_packet_is_valid(
    figures, dataset, source_name, definition, kind, error, cited
):
    event = flare(
        figures=figures,
        dataset=dataset,
        source_name=source_name,
        definition=definition,
        kind=kind,
        position_error_arcsec=error,
    )
    text = voevent(event, AUTHOR, [Citation(one, "supersedes") for one in cited])
    assert complaint_of(text) == ""
    assert read_packet(text).ivorn == ivorn_of(event, AUTHOR)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ivorn": "org.example/lofar"},
        {"ivorn": "ivo://org.example/lofar#1"},
        {"ivorn": "ivo://org.example/lofar/"},
        {"contact_email": " "},
        {"observatory": ""},
        {"archive": "javascript:alert(1)"},
    ],
)
def test_an_author_whom_brokers_would_refuse_is_refused(wrong):
    with pytest.raises(ValidationError):
        Author(**AUTHOR.model_dump() | wrong)


def test_units_and_ucds_are_those_of_the_archive(db):
    """A figure that is a column of a view has its unit and UCD: there is one description."""
    rows = db.execute(
        "select view_name, column_name, vo_unit, ucd from trap.column_description"
        " where schema_name = 'trap' and view_name = any(%s)",
        (["variability", "new_source", "spectral_index"],),
    )
    columns = {row[1]: row[2:] for row in rows}
    described = [one for one in PARAMETERS if one.figure in columns]
    assert len(described) > 15
    for one in described:
        assert (one.unit or None, one.ucd) == columns[one.figure], one.name
