"""The configuration: where its values come from, and what is refused."""

import tomllib
from dataclasses import fields

import pytest

from extractor import QualityLimits
from trapdb.cli.settings import read_settings
from trapdb.config import Configuration, Quality, load, template
from trapdb.errors import ConfigurationError
from trapdb.pixels import HISTORY


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "survey.toml"
        path.write_text(text)
        return path

    return write


def test_the_template_is_the_defaults(write):
    assert load(write(template())).model_dump() == Configuration().model_dump()


def test_the_template_explains_every_key():
    values = tomllib.loads(
        template().replace("\n# header =", "\nheader =").replace("# radius =", "radius = 1 #")
    )
    lines = template().splitlines()
    for name, section in Configuration.model_fields.items():
        assert name in values
        for key, field in section.annotation.model_fields.items():
            assert field.description, key
            (number,) = [
                n for n, line in enumerate(lines) if line.removeprefix("# ").startswith(f"{key} =")
            ]
            assert field.description in lines[number - 1]


def test_quality_limits_are_those_of_the_extractor():
    assert {field.name for field in fields(QualityLimits)} == set(Quality.model_fields) - HISTORY
    assert QualityLimits() == QualityLimits(**Quality().model_dump(exclude=HISTORY))


def test_options_are_stronger_than_the_file(write):
    path = write("[extraction]\ndetection_threshold = 6\nanalysis_threshold = 4\n")
    configuration = read_settings(path, (), {"extraction__detection_threshold": 5.0})
    assert configuration.extraction.detection_threshold == 5
    assert configuration.extraction.analysis_threshold == 4
    assert configuration.extraction.margin_px == 5


def test_header_values_of_options_and_file_are_merged(write):
    path = write("[image.header]\nBMAJ = 0.1\nDATE-OBS = 2024-05-01T12:00:00\n")
    configuration = read_settings(path, ("BMAJ=0.2", "TELESCOP=LOFAR", "NCORE=24"), {})
    assert configuration.image.header == {
        "BMAJ": 0.2,
        "DATE-OBS": "2024-05-01T12:00:00",
        "TELESCOP": "LOFAR",
        "NCORE": 24,
    }


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ("BMAJJ=0.1", "BMAJJ is not read; did you mean BMAJ?"),
        ("CRVALL1=0.1", "CRVALL1 is not read; did you mean CRVAL1?"),
        ("OBSERVER=me", "OBSERVER is not read; those that are: .*DATE-OBS.*CTYPEn"),
        ("BMAJ=broad", "BMAJ=broad is not a number"),
        ("BPA=T", "BPA=T is not a number"),
    ],
)
def test_header_values_that_would_change_nothing_are_refused(item, told):
    with pytest.raises(ConfigurationError, match=f"options: header values: {told}"):
        read_settings(None, (item,), {})


def test_a_header_value_is_finite():
    with pytest.raises(
        ConfigurationError, match="header: RESTFRQ must be a finite number, not nan"
    ):
        read_settings(None, ("RESTFRQ=nan",), {})


def test_header_values_of_a_file_are_checked(write):
    with pytest.raises(ConfigurationError, match="BMAX is not read; did you mean BMAJ"):
        load(write("[image.header]\nBMAX = 0.1\n"))


def test_only_what_was_set_counts_as_given(write):
    path = write("[extraction]\ndetection_threshold = 8\n")
    assert load(path).flat(given=True) == {"extraction.detection_threshold": 8.0}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[image]\n\nbandwith_max = 6", "line 3: image.bandwith_max: unknown key, did you mean"),
        ("extracton.margin_px = 6", "line 1: extracton: unknown key, did you mean extraction?"),
        ("[extraction]\nmargin_px = 1.5", "line 2: extraction.margin_px: input should be a valid"),
        ("[quality]\nrms_max = 'high'", "line 2: quality.rms_max: input should be a valid number"),
        ("[quality]\nrms_max = nan", "quality.rms_max: input should be a finite number"),
        ("[quality]\nrms_max = -1", "quality.rms_max: input should be greater than 0, not -1"),
        ("[quality]\nrms_min = 3\nrms_max = 2", "quality: rms_min must be below rms_max"),
        ("[extraction]\nanalysis_threshold = 9", "analysis_threshold must not be above detection"),
        ("[image]\nheader = {BMAJ = [1]}", "image.header: BMAJ must be a text, a number"),
        ("[quality", "not a TOML file"),
    ],
)  # fmt: skip
def test_nonsense_is_refused_with_its_place(write, text, told):
    path = write(text)
    with pytest.raises(ConfigurationError) as refused:
        load(path)
    message = str(refused.value)
    assert message.startswith(f"{path}: ")
    assert told in message
    assert "\n" not in message


def test_all_mistakes_are_told_at_once(write):
    with pytest.raises(ConfigurationError, match=r"nonsense.*; .*margin_px"):
        load(write("[extraction]\nmargin_px = -1\n[quality]\nnonsense = 1"))


def test_a_header_option_has_to_be_key_and_value():
    with pytest.raises(ConfigurationError, match="--header BMAJ: give KEY=VALUE"):
        read_settings(None, ("BMAJ",), {})


def test_a_file_is_checked_from_the_command_line(run, write):
    answer = run("config", "check", write("[extraction]\nmargin_px = 4\n"))
    assert (answer.status, answer.err) == (0, "")
    assert "sets extraction.margin_px" in answer.out
    assert run("config", "check", write("[nonsense]")).status == 2
    assert run("config", "check", "nowhere.toml").status == 2


def test_the_values_that_hold_are_shown(run, write):
    shown = {row["key"]: row["value"] for row in run("config", "show").rows}
    assert shown["extraction.detection_threshold"] == "8.0"
    shown = run("config", "show", write("[extraction]\ndetection_threshold = 5\n")).rows
    assert {"key": "extraction.detection_threshold", "value": "5.0"} in shown


def test_the_template_is_printed(run):
    assert run("config", "template").out == template()
