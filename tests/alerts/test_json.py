"""Events as JSON: the schema, its example, and what is made of events."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from tests.alerts.flares import AUTHOR, flare
from trapdb import cli
from trapdb.alerts.radio_transient import radio_transient
from trapdb.alerts.schema import text_of
from trapdb.alerts.voevent import Citation, ivorn_of

SCHEMA = json.loads(text_of("schema"))
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker())


def test_the_schema_is_one_and_its_example_has_all_that_it_knows():
    Draft202012Validator.check_schema(SCHEMA)
    example = json.loads(text_of("example"))
    VALIDATOR.validate(example)
    # "instrument" is said where it is another name than the telescope's
    assert SCHEMA["properties"].keys() - example.keys() == {"instrument"}


@pytest.mark.parametrize(("words", "name"), [([], "schema"), (["--example"], "example")])
def test_the_schema_is_printed(words, name, capsys):
    with pytest.raises(SystemExit):
        cli.main(["alert", "schema", *words])
    assert json.loads(capsys.readouterr().out) == json.loads(text_of(name))


def test_an_event_says_what_was_seen():
    event = flare(
        kind="update",
        figures=flare().figures | {"stamp_image_id": 7, "spectral_index": -0.7},
    )
    said = radio_transient(event, AUTHOR, [Citation("ivo://a.b/c#1", "supersedes")])
    VALIDATOR.validate(said)
    assert said.keys() <= SCHEMA["properties"].keys()
    assert said["id"] == ivorn_of(event, AUTHOR)
    assert (said["flux"], said["frequency"], said["timescale"]) == (0.0131, 144e6, 8.0)
    assert said["spectral_band"] == [120.0, 168.0]
    assert said["previous_limit"] == {"peak_flux": 0.0052, "time": "2026-02-28T12:00:00Z"}
    assert said["stamps"][0]["url"].endswith("/stamp?ID=3000000017&IMAGE=7")
    assert (said["alert_type"], said["kind"]) == ("subsequent", "update")
    assert said == radio_transient(
        replace(event), AUTHOR, [Citation("ivo://a.b/c#1", "supersedes")]
    )


def test_probabilities_of_classes_are_told_by_name():
    believed = {
        "classifier": "mine", "probability_flare_star": 0.85, "probability_sidelobe": 0.15,
        "probability_artefact": 0.15,
    }  # fmt: skip
    said = radio_transient(flare(figures=flare().figures | believed), AUTHOR)
    VALIDATOR.validate(said)
    assert said["classification"] == {"flare_star": 0.85, "sidelobe": 0.15}


@pytest.mark.parametrize(
    ("changes", "rehearsal", "tense"),
    [
        ({}, False, "current"),
        ({}, True, "test"),
        ({"tense": "injected"}, False, "injection"),
        ({"tense": "simulated"}, False, "test"),
        ({"created_at": flare().taken_at + timedelta(days=400)}, False, "archival"),
    ],
)
def test_the_tense_is_that_of_the_source_and_of_the_images(changes, rehearsal, tense):
    said = radio_transient(flare(**changes), AUTHOR.model_copy(update={"rehearsal": rehearsal}))
    assert said["alert_tense"] == tense


def test_a_retraction_has_to_say_what_it_withdraws():
    retraction = flare(kind="retraction", first_event_id=1, previous_event_id=1)
    said = radio_transient(retraction, AUTHOR, [Citation("ivo://a.b/c#1", "retraction")])
    VALIDATOR.validate(said)
    assert not VALIDATOR.is_valid({key: said[key] for key in said if key != "cites"})
    assert not VALIDATOR.is_valid(said | {"cites": []})


ALL = flare().figures | {
    "circular_fraction": 0.6,
    "circular_significance": 8.5,
    "peak_flux_max": 0.0123,
    "reference_absent_factor": 3.1,
    "reference_count": 0,
    "reference_flux_ratio": 2.5,
    "reference_separation_arcsec": 1.1,
    "spectral_index": -0.7,
    "spectral_index_err": 0.1,
    "stamp_image_id": 7,
}
NAMES = st.sets(st.sampled_from(sorted(ALL)))
NUMBERS = {name for name, value in ALL.items() if isinstance(value, float)}


@given(absent=NAMES, unknown=NAMES, error=st.sampled_from([1.8, float("nan")]))
def test_whatever_is_known_it_is_valid(absent, unknown, error):
    figures = {
        name: float("nan") if name in unknown & NUMBERS else value
        for name, value in ALL.items()
        if name not in absent
    }
    said = radio_transient(flare(figures=figures, position_error_arcsec=error), AUTHOR)
    VALIDATOR.validate(json.loads(json.dumps(said, allow_nan=False)))
