"""Help, mistakes and exit status."""

import json
import subprocess
import sys
from datetime import datetime, timedelta
from importlib.metadata import version
from inspect import signature

import click
import pytest

from trapdb.cli import COMMANDS, cli
from trapdb.cli.settings import read_settings, settings_options
from trapdb.simulate import Field, Observation, Polarisation, Population, TimeCube, simulate


def test_the_help_names_every_command(run):
    answer = run("--help")
    assert answer.status == 0
    for name, purpose in COMMANDS.items():
        assert f"  {name} " in answer.out
        assert purpose.split()[0] in answer.out


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_listed_with_the_first_line_of_its_help(name):
    command = cli.get_command(click.Context(cli), name)
    assert command.help.partition("\n")[0] == COMMANDS[name]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(run, name):
    answer = run(name, "--help")
    assert answer.status == 0
    assert answer.out.startswith(f"Usage: trapdb {name} ")


def test_help_imports_nothing_that_is_slow():
    program = (
        "import sys; from trapdb.cli import cli; cli.main(['--help'], standalone_mode=False);"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    modules = set(done.stderr.split())
    assert modules.isdisjoint({"numpy", "astropy", "psycopg", "pydantic", "rich", "scipy"})


def test_the_version_is_told(run):
    assert run("--version").out == f"trapdb {version('trapdb')}\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ingst"], "No such command 'ingst'. Did you mean 'ingest'?"),
        (["ingest"], "Missing argument 'PATH...'"),
        (["ingest", "x.fits", "--detection-threshold", "high"], "'high' is not a valid float"),
        (["ingest", "x.fits", "--nonsense"], "No such option"),
        (["sources", "--format", "xls"], "'xls' is not one of 'table', 'csv', 'tsv', 'json'"),
        (["ingest", "nowhere.fits"], "nowhere.fits: no such file or directory"),
        (["sources", "--database", "postgresql:///?host=/nowhere"], "cannot connect"),
        (
            ["sources", "--database", "mysql://bob:secret@db.example.org/survey"],
            "begins with postgresql://, not mysql://",
        ),
        (
            ["ingest", "x.fits", "--systematic-error-arcsec", "1,2,3"],
            "'1,2,3' is neither a number nor two, such as 1,2",
        ),
    ],
)
def test_a_mistake_is_told_in_one_line(run, arguments, told):
    answer = run(*arguments)
    assert answer.status == 2
    assert answer.out == ""
    assert answer.err.startswith("trapdb: ")
    assert answer.err.count("\n") == 1
    assert told in answer.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--detection-threshold", "high"], "'high' is not a valid float"),
        (["--nonsense"], "No such option"),
        (["--config", "nowhere.toml"], "nowhere.toml: cannot read the configuration: No such file"),
        (["--detection-threshold", "1"], "options: extraction: analysis_threshold must not be"),
        (
            ["--scheduler", "tcp://127.0.0.1:1", "--workers", "2"],
            "options: ingest.workers: does not apply with a scheduler",
        ),
        (["--follow", "--listen", "127.0.0.1:0"], "--follow and --listen: give one of them"),
        (["--database", "postgresql:///?host=/nowhere"], "cannot connect"),
    ],
)
def test_a_mistake_is_told_as_json_where_the_log_is(run, tmp_path, arguments, told):
    image = tmp_path / "a.fits"
    image.write_bytes(b"")
    answer = run("ingest", image, "--log-json", *arguments)
    assert (answer.status, answer.out) == (2, "")
    *before, last = [json.loads(line) for line in answer.err.splitlines()]
    assert {line["event"] for line in before} <= {"refused"}
    assert (last["event"], last["status"]) == ("error", 2)
    assert told in last["message"]
    assert datetime.fromisoformat(last["at"]).utcoffset() == timedelta(0)


def test_a_fault_is_told_as_json_where_the_log_is(run, monkeypatch, tmp_path):
    from trapdb.measuring import image_files

    monkeypatch.setattr(image_files, "find_images", lambda paths: 1 / 0)
    answer = run("ingest", tmp_path, "--log-json")
    assert answer.status == 1
    (line,) = [json.loads(line) for line in answer.err.splitlines()]
    assert line["message"] == "a fault of trapdb: ZeroDivisionError: division by zero"
    assert "find_images" in line["traceback"]


def test_a_fault_of_the_program_is_not_hidden(monkeypatch):
    from trapdb.configuration import toml_file

    monkeypatch.setattr(toml_file, "template", lambda: 1 / 0)
    from trapdb.cli import main

    with pytest.raises(ZeroDivisionError):
        main(["config", "template"])


def test_an_interrupt_has_a_status_of_its_own(run, monkeypatch):
    from trapdb.configuration import toml_file

    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(toml_file, "template", interrupt)
    assert run("config", "template").status == 130


def test_the_defaults_of_a_simulation_are_those_of_the_function():
    held = {"seed": signature(simulate).parameters["seed"].default}
    for group in (Field, Population, Polarisation, Observation, TimeCube):
        held |= {name: value for name, value in vars(group()).items() if name not in held}
    command = cli.get_command(None, "simulate")
    options = {one.name: one.default for one in command.params if one.param_type_name == "option"}
    del options["planes"]  # a cube is made only if they are given
    assert options == {name: held[name] for name in options}


@pytest.mark.parametrize(
    ("given", "kept"), [("1", (1, 1)), ("1,2", (1, 2)), ("[1, 2]", (1, 2)), ("0.5,0", (0.5, 0))]
)
def test_a_position_error_is_one_number_or_two(given, kept):
    @click.command()
    @settings_options("extraction")
    def command(config, header, **settings):
        return read_settings(config, header, settings)

    configuration = command.main(["--systematic-error-arcsec", given], standalone_mode=False)
    assert configuration.extraction.systematic_error_arcsec == kept


def test_no_range_lets_pass_what_is_no_number():
    """NaN is within the bounds of click's own; the database would refuse it by a fault."""

    def kinds(command):
        for one in command.params:
            yield command.name, one.name, type(one.type)
        for below in getattr(command, "commands", {}).values():
            yield from kinds(below)

    found = [kind for name in COMMANDS for kind in kinds(cli.get_command(None, name))]
    assert not [one for one in found if one[-1] is click.FloatRange]


def test_every_option_is_explained():
    for name in COMMANDS:
        command = cli.get_command(None, name)
        commands = [command, *getattr(command, "commands", {}).values()]
        for one in commands:
            assert one.help, one.name
            for option in one.params:
                assert option.param_type_name == "argument" or option.help, (one.name, option.name)


def test_a_cube_of_times_is_simulated(run, tmp_path):
    made = run("simulate", tmp_path / "night.fits", "--planes", 5, "--bursts", 2, "--size", 200)
    assert made.status == 0, made.err
    assert made.out.splitlines()[0] == f"5 planes with 2 bursts in {tmp_path / 'night.fits'}"
    assert (tmp_path / "night.ecsv").exists()
    for arguments, complaint in (
        ((tmp_path / "a.fits", "--planes", 5, "--epochs", 3), "--epochs: not for a cube of times"),
        ((tmp_path / "a.fits", "--bursts", 3), "--bursts is for a cube: give --planes, too"),
        ((tmp_path, "--planes", 3), "is a folder: name the file of the cube"),
        ((tmp_path / "a.fits", "--planes", 0), "planes is 0: ask for at least 1"),
    ):
        refused = run("simulate", *arguments)
        assert refused.status == 2
        assert complaint in refused.err
        assert not (tmp_path / "a.fits").exists()
