"""docs/archive.md, its part on Jupyter, and docs/tutorial.ipynb: what they show runs."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import trapdb.archive
from tests.conftest import READER

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "archive.md").read_text()
PART = re.search(r"^## Jupyter\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)[1]
NOTEBOOK = DOCS / "tutorial.ipynb"


def run(arguments, folder, **environment):
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=folder,
        env=os.environ | {"MPLBACKEND": "agg"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_methods_are_listed():
    listed = set(re.findall(r"^\| `(\w+)\(", PART, re.M))
    there = {name for name in vars(trapdb.archive.Archive) if not name.startswith("_")}
    assert listed == there
    assert all(getattr(trapdb.archive.Archive, name).__doc__ for name in there)


def test_the_examples_run(archive_url, truth, tmp_path):
    examples = re.findall(r"^```python\n(.*?)^```", PART, re.M | re.S)
    check = (
        "assert len(summary) == 1 and len(known) > 5 and len(varying) and len(once) and len(near)"
    )
    out = run(
        ["-c", "\n".join([*examples, check])],
        tmp_path,
        TRAPDB_READER_URL=archive_url,
        TRAPDB_DATABASE_URL=archive_url,
    )
    assert "Jy / beam SIMULATED" in out
    assert "('again', " in out


@pytest.fixture
def commands(tmp_path):
    """A folder with the command trapdb, for PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "trapdb").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m trapdb "$@"\n')
    (folder / "trapdb").chmod(0o755)
    return folder


def test_the_tutorial_runs(db_url, db, cluster, commands, tmp_path):
    out = run(
        [Path(__file__).with_name("notebook.py"), NOTEBOOK],
        tmp_path,
        PATH=f"{commands}{os.pathsep}{os.environ['PATH']}",
        TRAPDB_DATABASE_URL=db_url,
        TRAPDB_READER_URL=cluster.url(db.info.dbname, READER),
    )
    assert "data set field: 10 of 10 images taken" in out
    assert out.count('<img alt="light curve"') == 1
    (lone,) = re.findall(r"<tr><td>(J[\d.+]+)</td><td>--</td>", out)  # without a counterpart
    assert f"'{lone}'" in out  # the transient of a single epoch


def test_the_tutorial_is_kept_without_what_comes_out():
    notebook = json.loads(NOTEBOOK.read_text())
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)
            lines = "".join(cell["source"]).splitlines()
            assert max(map(len, lines)) <= 100


def test_links_of_the_tutorial_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)", NOTEBOOK.read_text()):
        assert (DOCS / target).exists(), target
