"""docs/archive.md, its parts on HATS, DuckDB and LSDB: what they show runs, and is as in SQL."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import run, trapdb  # noqa: F401  # fixtures
from tests.feeding import FedImage, Feeder, measurements
from trapdb.database.connection import open_url

PAGE = (Path(__file__).parents[2] / "docs/archive.md").read_text()
RA, DEC = 150.0, 30.0


def part(title):
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)[1]


def examples(title):
    return "\n".join(re.findall(r"^```python\n(.*?)^```", part(title), re.M | re.S))


@pytest.fixture
def collection(trapdb, db_url, tmp_path, monkeypatch):  # noqa: F811
    """The collection of the page, made as it says, and the rows of SQL."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    with open_url(db_url) as conn:
        feeder = Feeder(conn, "field")
        ra, dec = RA + rng.uniform(-2, 2, 40), DEC + rng.uniform(-1, 1, 40)
        ra[0], dec[0] = RA, DEC
        for command in re.findall(r"^    \$ trapdb (.*)$", part("HATS"), re.M):
            for _ in range(2):
                flux = rng.uniform(0.01, 0.02, 40)
                feeder.step(FedImage(measurements(ra, dec, int_flux=flux), RA, DEC))
            outcome = trapdb(*command.split())
            assert outcome.status == 0, outcome.err
            assert outcome.out.startswith("40 sources, ")
        return conn.execute(
            "select * from trap.lightcurve order by source_id, measurement_id"
        ).fetchall()


def test_duckdb_asks_the_files_what_sql_asks_the_database(collection):
    pytest.importorskip("duckdb", reason="DuckDB is not installed")
    names = {}
    exec(examples("DuckDB"), names)
    flux = [row.int_flux for row in collection]
    assert [row[-1] for row in names["brightest"]][:1] == [max(flux)]
    assert [row[:2] for row in names["by_kind"]] == [("blind", len(flux))]


@pytest.mark.slow
def test_lsdb_gives_the_light_curves_of_sql_to_the_last_bit(collection):
    pytest.importorskip("lsdb", reason="LSDB is not installed")
    program = f"""
{examples("LSDB")}
import json
assert (spreads["points"] == 4).all() and len(spreads) == 40
curves = catalogue.query("n_blind >= 2").compute().set_index("source_id")["lightcurve"]
print("RESULT", json.dumps([len(near), *[
    [int(source), *map(int, curve["measurement_id"]), *map(float, curve["int_flux"])]
    for source, curve in sorted(curves.items())
]]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    near, *curves = json.loads(done.stdout.partition("RESULT")[2])
    assert near == 1
    found = {source: curve for source, *curve in curves}
    assert len(found) == 40
    for source, curve in found.items():
        points = [row for row in collection if row.source_id == source]
        assert curve == [row.measurement_id for row in points] + [row.int_flux for row in points]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["hats"], "name a folder for the collection"),
        (["hats", "here", "--format", "csv"], "--format, --output and --time-limit do not apply"),
        (["hats", "here", "--time-limit", "5"], "--format, --output and --time-limit do not apply"),
        (["lightcurve", "here"], "DIR and --since-last are for collections"),
        (["lightcurve", "--since-last"], "DIR and --since-last are for collections"),
    ],
)
def test_options_of_the_other_kind_of_export_are_refused(run, arguments, told):  # noqa: F811
    outcome = run("export", *arguments)
    assert outcome.status == 2
    assert told in outcome.err
    assert outcome.err.count("\n") == 1
