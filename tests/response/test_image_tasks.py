"""Tasks that go back to the images: a monitored position, stamps, another analysis."""

import json
import subprocess
import sys

import numpy as np
import psycopg
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from psycopg.rows import namedtuple_row

import extractor
from tests.conftest import OPERATOR
from trapdb.simulate import simulate

# What an imager does: from a data set to an image of a time, brighter here by a factor.
IMAGER = """
import sys
from astropy.io import fits

path, output, ra, dec = sys.argv[1:]
with fits.open(path) as hdus:
    hdus[0].data *= 2
    hdus.writeto(f"{output}/again.fits", overwrite=True)
print(ra, dec)
"""


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    """Three epochs of a small field."""
    folder = tmp_path_factory.mktemp("images") / "field"
    return simulate(folder, epochs=3, size=192, sources=5, flaring=0, one_epoch=0)


@pytest.fixture(scope="module")
def star(cluster, house_name, field):
    """The brightest source of the field, which an operator has ingested."""
    url = cluster.url(house_name, OPERATOR)
    words = ["ingest", str(field.folder), "--dataset", "field", "--database", url]
    subprocess.run([sys.executable, "-m", "trapdb", *words], check=True, capture_output=True)
    with psycopg.connect(url, autocommit=True, row_factory=namedtuple_row) as conn:
        return conn.execute(
            "select s.* from trap.running_catalogue as s join trap.variability as v"
            " using (source_id) where s.dataset = 'field' order by v.snr_max desc limit 1"
        ).fetchone()


@pytest.fixture
def done(house, responding, star):
    """Have tasks done about the source, as one package; return what came of them."""

    def did(*tasks, **event):
        code = """
            from trapdb.response import Package, Task

            def asks(light_curve, event):
                return Package("t", [Task(kind, arguments) for kind, arguments in TASKS])
        """
        responding.plugin(code.replace("TASKS", repr(tasks)), "asks")
        house.event(
            "asks", **{
                "dataset_id": star.dataset_id, "dataset_name": star.dataset, "ra": star.ra,
                "source_id": star.source_id, "source_name": star.name, "dec": star.dec,
                "taken_at": star.last_seen, **event,
            },
        )  # fmt: skip
        responding.once()
        return house.rows("select * from trap_data.job where task is not null order by task")

    return did


def test_a_position_is_monitored_and_filled_in(house, star, done):
    jobs = done(("monitor", {"last": 2}), ("monitor", {"name": "event-1"}), tense="test")
    assert [job.error for job in jobs] == [None, None]
    said = [[job.result[name] for name in ("position", "images", "points")] for job in jobs]
    assert said == [["added", 2, 2], ["unchanged", 1, 1]]
    query = "select * from trap.lightcurve_of(%s)"
    points = house.rows(query, jobs[0].result["source_id"])
    assert [point.backfilled for point in points] == [True] * 3
    for point, found in zip(points, house.rows(query, star.source_id), strict=True):
        assert abs(point.peak_flux - found.peak_flux) < 3 * point.peak_flux_err
    runs = house.rows(
        "select command, outcome from trap.pipeline_run"
        " where starts_with(command, 'response') order by run_id"
    )
    assert [(run.command, run.outcome) for run in runs] == [
        ("response: package 1, task 0", "completed"),
        ("response: package 1, task 1", "completed"),
    ]


def test_images_are_cut_and_analysed_again(field, star, done):
    thresholds = {"detection_threshold": 5, "analysis_threshold": 3}
    pattern = str(field.folder / "*.fits")
    stamps, again, bright, nowhere = done(
        ("stamps", {"last": 2}),
        ("rerun", thresholds),
        ("rerun", {"detection_threshold": 1e5, "paths": pattern}),
        ("rerun", {"paths": "/nowhere/*.fits"}),
    )
    paths = stamps.result["stamps"]
    for path, image in zip(paths, field.paths[:0:-1], strict=True):
        with fits.open(path) as hdus, fits.open(image) as whole:
            sky = WCS(whole[0].header).celestial
            x, y = np.round(sky.world_to_pixel_values(star.ra, star.dec)).astype(int)
            half = hdus[0].data.shape[0] // 2
            middle = hdus[0].data[half - 3 : half + 4, half - 3 : half + 4]
            expected = whole[0].data.squeeze()[y - 3 : y + 4, x - 3 : x + 4]
            assert np.array_equal(middle, expected)

    (found,) = again.result["images"]
    assert found["path"] == str(field.paths[-1])
    measured = extractor.open(found["path"]).extract(det=5, anl=3)
    nearest = np.argmin(np.hypot(measured.ra - star.ra, measured.dec - star.dec))
    assert found["n_sources"] == len(measured.ra)
    assert found["near"][0]["int_flux"] == measured.int_flux[nearest]
    assert [image["near"] for image in bright.result["images"]] == [[]] * 3
    assert nowhere.error == "/nowhere/*.fits: there are no such images"


def test_what_a_command_makes_is_ingested_and_compared(house, responding, done):
    imager = responding.folder / "imager.py"
    imager.write_text(IMAGER)
    program = [sys.executable, str(imager), "{path}", "{output}", "{ra}", "{dec}"]
    commands = {"image": program, "fails": ["false"], "nowhere": ["/nowhere/imager"]}
    lines = [f"{name} = {json.dumps(words)}" for name, words in commands.items()]
    responding.config.write_text("\n".join(["[response.rerun.commands]", *lines]))
    house.rows(
        "select trap.open_dataset('mine', configuration) from trap.dataset where dataset = 'field'"
    )
    made, itself, other, outside, *failed = done(
        ("rerun", {"command": "image", "dataset": "again"}),
        ("rerun", {"command": "image", "dataset": "field"}),
        ("rerun", {"command": "image", "dataset": "mine"}),
        ("rerun", {"command": "image", "dataset": "../outside"}),
        ("rerun", {"command": "fails"}),
        ("rerun", {"command": "nowhere"}),
        ("rerun", {"command": "unknown"}),
        tense="injected",
    )
    assert made.error is None
    assert made.result["median_ratio"] == pytest.approx(2, rel=1e-6)
    assert len(made.result["int_flux"]) == 1
    tense = house.value("select tense from trap_data.dataset where name = 'again'")
    assert tense == "injected"
    # what it makes does not wake it again
    assert itself.error.startswith("field is what such a task made")
    assert "no name of a file" in outside.error
    configuration = house.value("select configuration from trap.dataset where dataset = 'again'")
    assert configuration["dataset"]["derived"]
    assert other.error.startswith("data set mine is not made of others")
    assert [job.error for job in failed] == [
        "fails ended with status 1:",
        "nowhere: /nowhere/imager: No such file or directory",
        "section [response.rerun] has no command 'unknown'",
    ]


def test_a_source_that_is_gone_has_no_images(done):
    (job,) = done(("stamps", {}), source_id=2**40)
    assert job.error.endswith(" has no images any more")
