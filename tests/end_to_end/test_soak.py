"""The soak of the benchmarks, for half a minute: that it comes to its end, with nothing lost."""

import subprocess
import sys

import pytest

DATA_SETS = {"calm, received", "calm, followed", "storm, received", "storm, followed"}


@pytest.mark.slow
def test_a_short_soak_loses_nothing(tmp_path):
    files = ["--samples", tmp_path / "soak.tsv", "--plot", tmp_path / "soak.png"]
    command = [sys.executable, "-m", "benchmarks.soak", "--minutes", "0.5", *files]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    tables = done.stdout.partition("| images ")[2].partition("| latency")[0]
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in tables.splitlines()]
    found = {row[0]: row[1:] for row in rows if row and row[0] in DATA_SETS}
    assert set(found) == DATA_SETS
    for given, accepted, *_, missing, surplus, differences in found.values():
        assert int(given) > 0
        assert int(accepted) > 0
        assert (missing, surplus, differences) == ("0", "0", "0")
    assert (tmp_path / "soak.tsv").stat().st_size > 0
