"""The commands of the Makefile."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_continuous_integration_runs_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().endswith("exec make test </dev/null\n")


def test_the_suite_has_the_last_word() -> None:
    plan = subprocess.run(
        ["make", "--no-print-directory", "--dry-run", "test"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "pytest" in plan.stdout.splitlines()[-1]


def test_packages_that_are_there_are_not_asked_for() -> None:
    script = ROOT / "tools" / "install-system-packages"
    result = subprocess.run([script, sys.executable], capture_output=True, text=True, check=False)
    if result.returncode != 0 or result.stdout:
        pytest.skip("this machine lacks some of the packages")
    assert result.stderr == ""


def test_an_old_python_is_refused_in_one_line(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    script = ROOT / "tools" / "install-system-packages"
    result = subprocess.run([script, old], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "Python 3.11 or newer" in result.stderr
