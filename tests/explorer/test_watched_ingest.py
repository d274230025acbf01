"""Twenty epochs are looked at while they come in; what came is rated, and taken back and again."""

import os
import shutil
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.conftest import OPERATOR, RATER, WEB
from tests.explorer.watched import Watched
from tests.service import running
from trapdb.simulate import simulate

CANDIDATES = 30
ASKED = "/dataset/watched/candidates?where=n+>%3D+1&sort=-int_flux_mean"


@pytest.fixture
def trapdb(cluster, database):
    """Run a command of an operator."""
    environment = {**os.environ, "TRAPDB_DATABASE_URL": cluster.url("explored", OPERATOR)}

    def trapdb(*command):
        done = subprocess.run(
            [sys.executable, "-m", "trapdb", *command], env=environment, capture_output=True
        )
        assert done.returncode == 0, done.stderr.decode()

    return trapdb


@pytest.fixture
def page(chromium, cluster, database):
    """A page of a service in which one can rate."""
    url, rater = cluster.url("explored", WEB), cluster.url("explored", RATER)
    with (
        running("--writable", "--database", url, TRAPDB_RATER_URL=rater) as service,
        Watched(chromium, service.address) as watched,
    ):
        watched.page.goto(f"/#key={service.key}")
        yield watched.page


def verdicts(look):
    """What is said of the sources that there are, by name."""
    rows = look.execute("""
        select s.name, l.rating, l.object_class
        from trap.running_catalogue as s
        cross join lateral trap.labels_of(s.source_id) as l
        where s.dataset = 'watched'
    """)
    return sorted(tuple(row) for row in rows)


def test_an_ingest_is_watched_and_rated_by_a_key_each(page, look, trapdb, tmp_path):
    truth = simulate(tmp_path / "all", size=256, sources=40, epochs=20, seed=8)
    coming = tmp_path / "coming"
    coming.mkdir()
    shutil.copy(truth.paths[0], coming)
    trapdb("ingest", str(coming), "--dataset", "watched")
    page.goto("/dataset/watched")
    expect(page.locator("#steps")).to_have_text("1")
    page.evaluate("window.same = true")

    for path in truth.paths[1:]:
        shutil.copy(path, coming)
    trapdb("ingest", str(coming), "--dataset", "watched")
    expect(page.locator("#steps")).to_have_text("20")
    names = [row.name for row in look.execute("select name from trap.transient('watched')")]
    assert len(names) >= 2
    rows = page.locator("#transients tbody tr")
    expect(rows).to_have_count(len(names))
    for name in names[:2]:
        expect(rows.filter(has_text=name).first).to_be_visible()
    assert page.evaluate("window.same")

    page.goto(ASKED)
    listed = page.locator("#candidates tbody tr")
    expect(page.locator("#candidates tr[aria-current]")).to_have_count(1)
    wanted = [name.split()[0] for name in listed.locator("th").all_inner_texts()]
    assert len(set(wanted)) == len(wanted) >= CANDIDATES
    page.keyboard.type("r2j" * CANDIDATES)
    expect(listed.nth(CANDIDATES - 1).locator(".said")).to_contain_text("real, ")
    said = verdicts(look)
    assert len(said) == CANDIDATES
    assert len({one[1:] for one in said}) == 1

    middle = look.execute(
        "select taken_at from trap.image where dataset = 'watched' "
        "order by taken_at offset 9 limit 1"
    ).fetchone()
    trapdb("dataset", "rewind", "watched", "--to", middle.taken_at.isoformat(), "--yes")
    trapdb("dataset", "replay", "watched")
    assert [one[1:] for one in verdicts(look)] == [one[1:] for one in said]
    page.goto(ASKED)
    expect(listed.nth(CANDIDATES - 1).locator(".said")).to_contain_text("real, ")
    look.execute("truncate trap_data.label")
    look.execute("select trap.delete_dataset('watched')")
