"""A service that shows some data sets only: the explorer shows these, and no trace of others."""

import psycopg
import pytest
from psycopg.rows import namedtuple_row
from psycopg.types.json import Jsonb

from tests.conftest import RESTRICTED
from trapdb import schema
from trapdb.web.statements import statement

SEVERAL = [{"column": "n", "comparison": ">", "value": 1}]


@pytest.fixture(scope="module")
def restricted(cluster, database):
    """A connection of a login that is shown data set field alone, as the service has it."""
    schema.restrict(database, RESTRICTED, ["field"])
    url = cluster.url("explored", RESTRICTED)
    with psycopg.connect(url, autocommit=True, row_factory=namedtuple_row) as conn:
        conn.execute(statement("search_path"))
        yield conn
    schema.restrict(database, RESTRICTED, [])


@pytest.fixture
def same(look, restricted):
    """Ask as an administrator, with all before him, and as the login; the answers are the same.

    But for columns that the public is not told, which are NULL, and the tense in configurations.
    """

    def same(name, untold=(), **asked):
        look.execute("set search_path = trap, public")
        try:
            whole = look.execute(statement(f"explorer/{name}"), asked).fetchall()
        finally:
            look.execute("reset search_path")
        told = [row._replace(**dict.fromkeys(untold)) for row in whole]
        for row in told:
            if "configuration" in row._fields:
                row.configuration["dataset"].pop("tense")
        assert restricted.execute(statement(f"explorer/{name}"), asked).fetchall() == told
        return whole

    return same


def test_what_the_page_of_a_data_set_asks_for_is_there(same, look):
    (row,) = look.execute("select dataset_id from trap.dataset where dataset = 'field'")
    one = {"dataset_id": row.dataset_id}
    (run,) = same("runs", untold=("host", "username", "command"), **one, most=5)
    for name in ("dataset_by_id", "bands", "content", "publication"):
        same(name, **one)
    assert same("images", **one, before=None, after=None, most=100)
    assert same("footprints", dataset_ids=[row.dataset_id], most=9)
    assert same("bright_sources", **one, most=9)
    assert same("transients", **one, dataset="field", most=9)
    assert same("image_offsets", **one, most=99, sources=9)
    assert same("refused_files", **one, run_ids=[run.run_id], most=9)
    same("warnings", run_ids=[run.run_id], most=9)
    same("candidates_by", dataset="field", definition="variable")
    band = same("bands", **one)[0].band_id
    whole = {"eta_low": -6.0, "eta_high": 9.0, "v_low": -6.0, "v_high": 3.0}
    plane = {**one, **whole, "band_id": band, "stokes": "I", "peak": False}
    assert same("plane", **plane, columns=30, rows=30)
    assert same("plane_points", **plane, eta_from=0.0, v_from=0.0, figure="snr_max", most=9)
    assert same("usual", **one, peak=False)
    assert same("figures")
    assert same("definition", definition="variable")
    asked = {"definition": None, "conditions": Jsonb(SEVERAL), "by": "eta_int", "ascending": False}
    after = dict.fromkeys(("place", "source_id", "band_id", "stokes")) | {"backwards": False}
    found = same("candidates", **one, dataset="field", **asked, **after, most=9)
    ids = {"source_ids": [found[0].source_id]}
    curve = {"band_ids": [found[0].band_id], "stokes": [found[0].stokes]}
    assert same("sparks", **one, **ids, **curve, most=9)
    same("verdicts", **one, **ids)


def test_other_data_sets_are_not_there(restricted):
    def ask(name, **asked):
        return restricted.execute(statement(f"explorer/{name}"), asked).fetchall()

    assert [row.dataset for row in ask("datasets", before=None, most=99)] == ["field"]
    assert ask("dataset_by_name", dataset="one") == []
    others = list(range(2, 9))
    assert ask("progress", dataset_ids=others) == []
    assert ask("footprints", dataset_ids=others, most=9) == []
    for number in others:
        asked = {"dataset_id": number, "before": None, "after": None, "most": 9}
        assert ask("images", **asked) == []
