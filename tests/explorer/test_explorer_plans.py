"""What is read on the way to a page is found by indexes: it costs the same in a large archive."""

import re

import pytest

from trapdb.web.statements import statement

ASKED = {
    "dataset_by_name": {"dataset": "field"},
    "dataset_by_id": {"dataset_id": 1},
    "datasets": {"before": None, "most": 51},
    "footprints": {"dataset_ids": [1, 2], "most": 100},
    "progress": {"dataset_ids": [1, 2]},
    "images": {"dataset_id": 1, "before": None, "after": None, "most": 10},
    "bands": {"dataset_id": 1},
    "publication": {"dataset_id": 1},
    "kept_stamps": {"source_id": 1 << 44},
    "kept_stamp": {"source_id": 1 << 44, "image_id": 1 << 24},
    "runs": {"dataset_id": 1, "most": 20},
    "warnings": {"run_ids": [1 << 24], "most": 50},
    "sparks": {
        "dataset_id": 1, "source_ids": [1 << 44], "band_ids": [1], "stokes": ["I"], "most": 80,
    },
    "source_classes": {"source_id": 1 << 44, "most": 50},
    "held_classes": {"dataset_id": 1, "source_ids": [1 << 44]},
    "verdicts": {"dataset_id": 1, "source_ids": [1 << 44]},
    "refused_files": {"dataset_id": 1, "run_ids": [(1 << 24) + 1], "most": 50},
}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
def test_no_table_is_read_whole(look, name):
    with look.transaction():
        look.execute("set local search_path = trap, public")
        look.execute("set local enable_seqscan = off")
        text = b"explain (costs off) " + statement(f"explorer/{name}")
        plan = "\n".join(line for (line,) in look.execute(text, ASKED[name]))
    assert set(re.findall(r"Seq Scan on (\w+)", plan)) <= {"pgsphere"}, plan


def test_images_are_read_as_far_as_they_are_shown(look):
    (dataset,) = look.execute("select dataset_id from trap.dataset where dataset = 'field'")
    asked = {"dataset_id": dataset.dataset_id, "before": None, "after": None, "most": 4}
    with look.transaction():
        look.execute("set local search_path = trap, public")
        look.execute("set local enable_seqscan = off")
        text = b"explain (analyze, costs off, timing off) " + statement("explorer/images")
        plan = "\n".join(line for (line,) in look.execute(text, asked))
    rows = [int(n) for n in re.findall(r"on image \w* *\(actual rows=(\d+)", plan)]
    assert rows, plan
    assert max(rows) <= 4, plan


def test_of_the_plane_no_more_is_looked_up_than_is_shown(look):
    band = look.execute(
        "select dataset_id, band_id from trap.band where dataset = 'field' limit 1"
    ).fetchone()
    asked = {
        **band._asdict(), "stokes": "I", "peak": False, "eta_low": -6.0, "eta_high": 9.0,
        "v_low": -6.0, "v_high": 3.0, "eta_from": 0.0, "v_from": 0.0, "figure": "snr_max",
        "most": 4,
    }  # fmt: skip
    with look.transaction():
        look.execute("set local search_path = trap, public")
        look.execute("set local enable_seqscan = off")
        text = b"explain (analyze, costs off, timing off) " + statement("explorer/plane_points")
        plan = "\n".join(line for (line,) in look.execute(text, asked))
    loops = [int(n) for n in re.findall(r"on source_\d+ .*loops=(\d+)", plan)]
    assert loops, plan
    assert max(loops) <= 4, plan
    loops = [int(n) for n in re.findall(r"on source_flux_\d+ .*loops=(\d+)", plan)]
    assert max(loops) <= 4, plan
