"""Images at URLs, from the command line."""

import pytest

from tests.safety.contents import bits_that_differ, contents
from tests.web import serving


@pytest.fixture(scope="module")
def web(field):
    with serving(field.paths[0].parent) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        yield server


def test_an_ingest_from_urls_is_one_from_files(trapdb, db, field, web, tmp_path):
    """But for where the images are."""
    local, remote = ("ingest", "--expiry", "3", "--backfill", "0"), f"{web.url}/*.fits"
    assert trapdb(*local, field.paths[0].parent, "--dataset", "files").status == 0
    told = trapdb(*local, remote, f"{web.url}/none.fits", "--dataset", "urls")
    assert told.status == 1
    assert f"unreadable: {web.url}/none.fits: HTTP status 404 (Not Found)" in told.err
    for name in ("files", "urls"):  # which reads images again
        assert trapdb("backfill", "--dataset", name).status == 0
    here, there = contents(db, "files"), contents(db, "urls")
    folder = f"{field.paths[0].parent}/"
    there = {
        table: sorted(row.replace(f"{web.url}/", folder) for row in rows)
        for table, rows in there.items()
    }
    without = {"pipeline_run": [], "run_log": []}
    assert bits_that_differ(here | without, there | without) == []
    assert here["measurement"]


def test_extract(run, field, web):
    here = run("extract", field.paths[0])
    there = run("extract", f"{web.url}/{field.paths[0].name}")
    assert (there.status, there.out) == (0, here.out)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ingest", "https://me:hush@host/x.fits"], "a URL with a user or password is refused"),
        (["extract", "https://host/x.fits?token=hush"], "its parameter token looks like a secret"),
        (["ingest", "--finder", "aegean", "https://host/x.csv"], "by their files, not by"),
        (["ingest", "--follow", "https://host/x/"], "need directories of this machine, not URLs"),
        (["ingest", "https://127.0.0.1:1/*.fits"], "cannot be listed: no connection"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(run, arguments, told):
    refused = run(*arguments)
    assert refused.status == 2
    assert told in refused.err
    assert refused.err.count("\n") == 1
    assert "hush" not in refused.err
