"""The coverage of a data set, from a service, as programs read it."""

import subprocess
import sys
from shutil import which

import httpx
import numpy as np
import pytest
from astropy.table import Table

from trapdb.reference.moc import read_moc


@pytest.fixture(scope="module")
def http(service_address):
    with httpx.Client(base_url=service_address.removesuffix("/tap"), timeout=300) as client:
        yield client


def test_each_form_says_the_same(http, tmp_path):
    path = tmp_path / "coverage.fits"
    reply = http.get("/moc", params={"DATASET": "field"})
    assert reply.headers["content-type"] == "application/fits"
    path.write_bytes(reply.content)
    expected = read_moc(str(path))
    for form, kind in (("json", "application/json"), ("ascii", "text/plain")):
        reply = http.get("/moc", params={"DATASET": "field", "RESPONSEFORMAT": form})
        assert reply.headers["content-type"].startswith(kind)
        assert np.array_equal(read_moc(reply.text), expected)
    # both data sets are of the same field
    path.write_bytes(http.get("/moc").content)
    assert np.array_equal(read_moc(str(path)), expected)


def test_the_command_writes_the_same(http, archive_url, tmp_path):
    command = [sys.executable, "-m", "trapdb", "dataset", "coverage"]
    path, options = tmp_path / "a.fits", ["--database", archive_url]
    subprocess.run([*command, "field", "-o", path, *options], check=True)
    assert path.read_bytes() == http.get("/moc", params={"DATASET": "field"}).content
    done = subprocess.run([*command, "field", *options], check=True, capture_output=True, text=True)
    assert np.array_equal(read_moc(done.stdout.strip()), read_moc(str(path)))
    done = subprocess.run([*command, "none", *options], capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert 'no data set named "none"' in done.stderr


def test_what_makes_no_sense_is_refused(http):
    for parameters, told in [
        ({"DATASET": "none"}, "no data set named &quot;none&quot;"),
        ({"DATASET": "field", "RESPONSEFORMAT": "png"}, "expected fits, json, ascii"),
        ({"DATASET": ["field", "again"]}, "DATASET is there more than once"),
    ]:
        reply = http.get("/moc", params=parameters)
        assert reply.status_code == 400
        assert told in reply.text.replace('"none"', "&quot;none&quot;")
        assert 'value="ERROR"' in reply.text


def test_stilts_finds_the_sources_in_it(http, database, tmp_path):
    """By the library for MOCs that Aladin has, too."""
    stilts = which("stilts")
    if not stilts:
        pytest.skip("stilts is not installed: on Debian, apt install stilts")
    (tmp_path / "coverage.fits").write_bytes(http.get("/moc", params={"DATASET": "field"}).content)
    sources = database.sources(dataset="field")
    ra, dec = (
        np.append(sources[name].value, [other]) for name, other in (("ra", 10.0), ("dec", -70.0))
    )
    Table({"ra": ra, "dec": dec}).write(tmp_path / "sources.fits")
    add = f"addcol inside 'inMoc(\"{tmp_path}/coverage.fits\", ra, dec)'"
    done = subprocess.run(
        [stilts, "tpipe", f"in={tmp_path}/sources.fits", f"cmd={add}", "ofmt=csv"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    inside = [line.rsplit(",", 1)[1] for line in done.stdout.split()[1:]]
    assert inside == ["true"] * len(sources) + ["false"]
