"""The configuration: where its values come from, and what is refused."""

import tomllib
from dataclasses import fields

import pytest

from extractor import QualityLimits
from trapdb.cli.settings import read_settings
from trapdb.configuration.keys import Configuration, Quality
from trapdb.configuration.toml_file import load, template
from trapdb.errors import ConfigurationError
from trapdb.measuring.configured import IN_DATABASE
from trapdb.web import settings as service

# Each kind of value that there is.
EVERYTHING = """
[quality]
rms_max = 1e-7
bright_source_separation = 0.0
[extraction]
polygon = [[10.0, -5.0], [20.0, -5.0], [15.0, 5.0]]
systematic_error_arcsec = [10.0, 20.0]
force_beam = true
[image.header]
BMAJ = 0.01
NCORE = 24
DATE-OBS = 2024-05-01T12:00:00
TELESCOP = 'L\u00f8far "north" \\\\ '
[ingest]
workers = 3
[source_list]
finder = "selavy"
columns = { ra = "RAJ2000", int_flux = "S_int [mJy]" }
"""


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "survey.toml"
        path.write_text(text, newline="")
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
    names = set(Quality.model_fields) - IN_DATABASE
    assert {field.name for field in fields(QualityLimits)} == names
    assert QualityLimits() == QualityLimits(**Quality().model_dump(exclude=IN_DATABASE))


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
        ("margin_px = 6", "line 1: margin_px: unknown key, it belongs into [extraction]"),
        ("[quality]\n\nmargin_px = 6", "line 3: quality.margin_px: unknown key, it belongs into"),
        ("quality = 5", "line 1: quality: should be a section of keys and values"),
        ("[[quality]]\nrms_max = 5", "line 1: quality: should be a section of keys and values"),
        ("[extraction]\nmargin_px = 1.5", "line 2: extraction.margin_px: should be a valid intege"),
        ("[extraction]\nmargin_px = -99999999999999999999", "line 2: extraction.margin_px: should"),
        ("[extraction]\nmesh_px = 2024-01-01", "line 2: extraction.mesh_px: should be a valid int"),
        ("[extraction]\nforce_beam = 'yes'", "line 2: extraction.force_beam: should be a valid bo"),
        ("[extraction]\nforce_beam = 1", "line 2: extraction.force_beam: should be a valid boolea"),
        ("[extraction]\ndetection_threshold = true", "line 2: extraction.detection_threshold: sho"),
        ("[quality]\nrms_max = 'high'", "line 2: quality.rms_max: should be a valid number"),
        ("[quality]\nrms_max = '8'", "line 2: quality.rms_max: should be a valid number, not '8'"),
        ("[quality]\nrms_max = nan", "line 2: quality.rms_max: should be a finite number"),
        ("[quality]\r\n\r\nrms_max = -1", "line 3: quality.rms_max: should be greater than 0"),
        ("\ufeff[quality]\nrms_max = -1", "line 2: quality.rms_max: should be greater than 0"),
        ("quality.rms_max = -1", "line 1: quality.rms_max: should be greater than 0, not -1"),
        ("['quality']\n'rms_max' = -1", "line 2: quality.rms_max: should be greater than 0"),
        ("\nquality = {rms_min = 0, rms_max = -1}", "line 2: quality.rms_max: should be greater"),
        ("[source_list]\ncolumns = {ra = '''\n[quality]\nrms_max = 1'''}\n[quality]\nrms_max = -1",
         "line 6: quality.rms_max: should be greater"),
        ("[quality]\nrms_min = 3\nrms_max = 2", "line 1: quality: rms_min must be below rms_max"),
        ("[extraction]\nanalysis_threshold = 9", "analysis_threshold must not be above detection"),
        ("[extraction]\nradius = 9\nvalid_pixels = true", "give one of radius, radius_px, polygon"),
        ("[extraction]\npolygon = [[1, 2], [3, 4]]", "extraction.polygon: has too few items"),
        ("[extraction]\npolygon = [\n[1, 2],\n[3, 4],\n[5]]", "line 2: extraction.polygon.2.1: is"),
        ("[extraction]\npolygon = [[1, 2], [3, 95], [5, 6]]", "polygon.1.1: should be less than o"),
        ("[extraction]\npolygon = [[0, 0], [2, 2], [2, 0], [0, 2]]", "line 2: a footprint polygon"),
        ("[extraction]\nsystematic_error_arcsec = [1.0]", "systematic_error_arcsec.1: is missing"),
        ("[image]\nheader = {BMAJ = [1]}", "image.header: BMAJ must be a text, a number"),
        ("[image.header]\nBMIN = 1\nBMAJ = 1\nbmaj = 2", "line 3: header values: BMAJ is given tw"),
        ("[source_list.columns]\nright = 'a'", "line 1: source_list.columns: right is not a colum"),
        ("[source_list]\nfinder = 'sextractor'", "line 2: source_list.finder: should be 'selavy',"),
        ("[quality]\nrms_min = 1\nrms_min = 1\n", "the key is given twice (at line 3"),
        ("[quality]\nrms_min = 1\n[quality]", "the section is given twice (at line 3"),
        ("[quality]\nrms_min =", "not a TOML file: Invalid value (at "),
        ("[quality]\nmode = batch", "not a TOML file: Invalid value (at line 2"),
        ("quality:\n  rms_min: 3", "not a TOML file: Expected '=' after a key"),
        ("[quality", "not a TOML file"),
        ("a = " + 5000 * "[", "not a TOML file: nested too deeply"),
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


@pytest.mark.parametrize(
    ("content", "line"),
    [("[quality]\n# Løvborg".encode("latin-1"), 2), ("a = 1".encode("utf-16"), 1)],
)
def test_a_file_in_another_encoding_is_refused_with_the_line(tmp_path, content, line):
    path = tmp_path / "survey.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=f"{path}: line {line}: it is not written in UTF"):
        load(path)


def test_a_directory_is_no_file(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot read the configuration: Is a directory"):
        load(tmp_path)


@pytest.mark.parametrize("text", ["", "# nothing\n", "\ufeff", "\r\n[quality]\r\n"])
def test_a_file_may_set_nothing(write, text):
    assert load(write(text)) == Configuration()


def test_a_mistake_of_an_option_is_not_blamed_on_the_file(write):
    path = write("[extraction]\nmesh_px = -1\n")
    with pytest.raises(ConfigurationError) as refused:
        read_settings(path, (), {"quality__rms_max": -1.0})
    told = str(refused.value)
    assert f"{path}: line 2: extraction.mesh_px: should" in told
    assert "; options: quality.rms_max: should" in told or told.startswith("options: quality")


def test_one_systematic_error_stands_for_both_axes(write):
    one = load(write("[extraction]\nsystematic_error_arcsec = 10\n"))
    two = load(write("[extraction]\nsystematic_error_arcsec = [10.0, 10.0]\n"))
    assert one == two
    assert one.extraction.systematic_error == (10 / 3600, 10 / 3600)
    other = load(write("[extraction]\nsystematic_error_arcsec = [10.0, 20.0]\n"))
    assert other.extraction.systematic_error == (10 / 3600, 20 / 3600)


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


def test_the_values_that_hold_are_shown_as_a_file(run, write, tmp_path):
    shown = run("config", "show").out
    assert load(write(shown)) == Configuration()
    given = load(write(EVERYTHING))
    (tmp_path / "shown.toml").write_text(run("config", "show", write(EVERYTHING)).out)
    assert load(tmp_path / "shown.toml") == given
    assert set(given.flat()) >= set(Configuration().flat(given=True))


def test_the_template_is_printed(run):
    assert run("config", "template").out == template()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, r"^\S*serve.toml: cannot read the configuration: No such file or directory$"),
        (b"[serve]\n# \xe9", r"^\S*serve.toml: line 2: it is not written in UTF-8$"),
        (b"[serve]\nx = " + b"[" * 100_000, r"^\S*serve.toml: not a TOML file: nested too deeply$"),
        (b"serve = 1", r"^\S*serve.toml: serve should be a section, \[serve\]$"),
    ],
)
def test_a_file_of_the_service_that_is_none_is_told_in_a_line(tmp_path, content, told):
    path = tmp_path / "serve.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=told):
        service.read(path)
