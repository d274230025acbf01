"""docs/python.md: what it says can be called can be called, and it names all of it."""

import os
import re
import subprocess
import sys
from pathlib import Path
from pkgutil import resolve_name

import pytest

import extractor
import trapdb.simulate

PAGE = Path(__file__).parents[2] / "docs/python.md"
TEXT = PAGE.read_text()
NAMED = set(re.findall(r"`([\w.]+)`", TEXT))


@pytest.mark.parametrize("module", [extractor, trapdb.simulate])
def test_the_face_of_a_package_is_named_whole(module):
    assert set(module.__all__) - NAMED <= {"SimulationError"}
    for name in module.__all__:
        assert getattr(module, name).__doc__, name


def test_what_is_named_is_there():
    for name in NAMED:
        if re.match(r"(trapdb|extractor)\.", name):
            resolve_name(name)


CHECKS = """
assert len(sources) == len(sources.to_table()) > 0
assert curve["int_flux"].max() == brightest.flux_max
assert variables[0].name
"""


def test_the_examples_run(trapdb, field, tmp_path):
    assert trapdb("ingest", field.folder, "--dataset", "field").status == 0
    (tmp_path / "field").symlink_to(field.folder)
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "trapdb").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m trapdb "$@"\n')
    (commands / "trapdb").chmod(0o755)
    examples = re.findall(r"^```python\n(.*?)^```", TEXT, re.M | re.S)
    done = subprocess.run(
        [sys.executable, "-c", "".join([*examples, CHECKS])],
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{commands}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "field/none.fits: " in done.stdout
    assert (tmp_path / "curve.png").stat().st_size > 0
