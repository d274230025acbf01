"""What the documentation names exists, and what exists is documented."""

import re
import tomllib
from importlib import import_module
from pathlib import Path

import click
import pytest

from tools.data_dictionary import dictionary
from trapdb.cli import cli

ROOT = Path(__file__).parents[1]
WAY_OF_AN_IMAGE = ROOT / "extractor/README.md"
PAGES = [
    ROOT / "README.md",
    ROOT / "sql/README.md",
    WAY_OF_AN_IMAGE,
    *sorted((ROOT / "docs").glob("*.md")),
]
DICTIONARY = ROOT / "docs/data-dictionary.md"
FOLDERS = sorted(path.name for path in (ROOT / "sql").glob("[0-9]*"))

# What stands for a command: at the beginning of a line of code, or in backquotes.
COMMAND = re.compile(r"(?:^ {4,}(?:\$ )?(?:\.venv/bin/)?|`)trapdb ((?:[^`\n\"]|\"[^\"]*\")*)", re.M)


def commands():
    for page in PAGES:
        for found in COMMAND.finditer(page.read_text()):
            line = found[1].partition("  #")[0]
            yield pytest.param(line, id=f"{page.relative_to(ROOT)}: trapdb {line[:60]}")

    for unit in sorted((ROOT / "docs/systemd").glob("*.service")):
        for found in re.finditer(r"^Exec\w+=/\S+/trapdb (.*)$", unit.read_text(), re.M):
            yield pytest.param(found[1], id=f"{unit.name}: trapdb {found[1][:60]}")


def resolve(words):
    """The command of these words, and the words that are left."""
    command, words = cli, list(words)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        found = command.get_command(click.Context(command), name)
        assert found, f"trapdb has no command {name}"
        command = found
    return command, words


def options_of(command):
    context = click.Context(command)
    parameters = command.get_params(context)
    names = {name for one in parameters for name in (*one.opts, *one.secondary_opts)}
    return names | {"--help", "--version"}


@pytest.mark.parametrize("line", list(commands()))
def test_a_command_that_is_documented_exists(line):
    words = re.sub(r"\"[^\"]*\"|'[^']*'", "QUOTED", line).split()
    if not words or words[0] == "COMMAND":  # "trapdb COMMAND --help"
        return
    command, rest = resolve(words)
    if command.context_settings.get("ignore_unknown_options"):  # psql's own
        return
    options = {
        word.partition("=")[0].rstrip(",.;:)") for word in rest if re.match(r"--?[a-z]", word)
    }
    assert options <= options_of(command)


def test_every_option_that_is_documented_exists():
    def leaves(command):
        if isinstance(command, click.Group):
            for name in command.list_commands(click.Context(command)):
                yield from leaves(command.get_command(click.Context(command), name))
        else:
            yield command

    known = set().union(*map(options_of, leaves(cli)))
    for page in (ROOT / "README.md", ROOT / "docs/concepts.md"):
        named = set(re.findall(r"`(--[a-z][a-z-]*)", page.read_text()))
        assert named <= known, page.name


def test_links_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def rows_of_pipeline():
    """The cells of the table in sql/README.md, by folder."""
    table = (ROOT / "sql/README.md").read_text()
    rows = re.findall(r"^\| `(\d\d_[a-z_.]+)` \|(.*)\|$", table, re.M)
    return {name: cells.split("|") for name, cells in rows}


def test_every_folder_of_the_pipeline_is_listed():
    assert list(rows_of_pipeline()) == FOLDERS


@pytest.mark.parametrize("folder", [name for name in FOLDERS if not name.endswith(".sql")])
def test_the_pipeline_reads_and_writes_what_its_page_says(folder):
    _, *cells, entry = rows_of_pipeline()[folder]
    for label, cell in zip(("reads", "writes"), cells, strict=True):
        used = set()
        for path in (ROOT / "sql" / folder).glob("*.sql"):
            head = re.match(r"(?:--.*\n)+", path.read_text())[0].replace("\n--   ", " ")
            for line in re.findall(rf"^-- {label}: (.*)$", head, re.M):
                used |= set(re.findall(r"trap_data\.([a-z_]+)", line))
        assert set(re.findall(r"`([a-z_]+)`", cell)) == used, label
    files = {path.stem for path in (ROOT / "sql" / folder).glob("*.sql")}
    assert set(re.findall(r"`([a-z_]+)`", entry)) <= files


def test_the_way_of_an_image_names_the_modules_there_are():
    there = {str(path.relative_to(ROOT / "extractor")) for path in ROOT.glob("extractor/**/*.py")}
    named = set(re.findall(r"`([\w/]+\.py)`", WAY_OF_AN_IMAGE.read_text()))
    empty = {f"{room}/__init__.py" for room in ("fitting", "geometry", "image", "noise", "quality")}
    assert named == there - empty


def test_the_way_of_an_image_names_functions_that_are_in_their_modules():
    stages = re.findall(r"\| `([\w/]+)\.py`: `(\w+)`", WAY_OF_AN_IMAGE.read_text())
    assert len(stages) > 10
    for module, name in stages:
        module = "extractor." + module.removesuffix("/__init__").replace("/", ".")
        assert callable(getattr(import_module(module), name)), f"{module}.{name}"


def test_the_tour_is_the_list_of_floors():
    """What is imported by whom, in words: docs/developing.md, and as a contract: pyproject.toml."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (floors,) = (one for one in contracts["contracts"] if one["name"] == "trapdb has floors")
    rows = re.findall(r"^\| `trapdb/(\w+)/` \|", (ROOT / "docs/developing.md").read_text(), re.M)
    for layer in floors["layers"]:
        packages = {name for name in layer.split(" | ") if (ROOT / "trapdb" / name).is_dir()}
        assert set(rows[: len(packages)]) == packages
        rows = rows[len(packages) :]
    assert rows == []


def test_the_data_dictionary_is_current(db):
    """After a change: python -m tools.data_dictionary > docs/data-dictionary.md."""
    assert dictionary(db).splitlines() == DICTIONARY.read_text().splitlines()


def test_every_view_is_in_the_data_dictionary(db):
    views = db.execute("select table_name from tap_schema.tables").fetchall()
    headings = re.findall(r"^### (\w+\.\w+)$", DICTIONARY.read_text(), re.M)
    assert {name for (name,) in views} <= set(headings)


def test_tests_that_are_named_exist():
    written = "\n".join(path.read_text() for path in sorted((ROOT / "tests").rglob("test_*.py")))
    there = set(re.findall(r"^def (test_\w+)", written, re.M))
    named = {name for page in PAGES for name in re.findall(r"`(test_\w+)`", page.read_text())}
    assert named
    assert named <= there
