"""Sums of images and bursts from the command line, with what the database then tells."""

import math

import numpy as np
import pytest
from astropy.io import fits
from matplotlib.figure import Figure
from scipy.stats import chi2

import extractor
from trapdb.plots.canvas import few_decades
from trapdb.simulate import Field, TimeCube, simulate_time_cube

N = 16
PER_IMAGE = "select path, peak from (select path, rms_median as peak from trap.image) as i"


@pytest.fixture(scope="module")
def cube(tmp_path_factory):
    path = tmp_path_factory.mktemp("cube") / "cube.fits"
    made = TimeCube(planes=N, bursts=3, widths=(1, 2, 3, 4), snr=10.0, steady=6)
    return path, simulate_time_cube(path, Field(size=192), made, seed=4)


def test_bursts_and_sums(trapdb, cube, tmp_path):
    """One ingest, for what follows from it."""
    path, truth = cube
    assert trapdb("ingest", path, "--dataset", "night").status == 0
    bursts(trapdb, truth)
    sums(trapdb, tmp_path / "sums")
    summary(trapdb)
    assert trapdb("plot", "timescales", "--dataset", "night", "-o", tmp_path / "t.png").status == 0
    assert (tmp_path / "t.png").stat().st_size > 5000
    curve(trapdb, truth)
    what_is_left_out(trapdb, tmp_path / "other")


def bursts(trapdb, truth):
    answer = trapdb("bursts", "search", "--dataset", "night", "--primary-beam", "2")
    assert answer.status == 0
    assert "noise is expected to make 1" in answer.err
    listed = trapdb("bursts", "list", "--dataset", "night").rows
    assert [float(row["snr"]) for row in listed] == sorted(
        (float(row["snr"]) for row in listed), reverse=True
    )
    for burst in truth:
        near = [
            row
            for row in listed
            if math.hypot(
                (float(row["ra"]) - burst["ra"]) * math.cos(math.radians(burst["dec"])),
                float(row["dec"]) - burst["dec"],
            )
            < 10 / 3600
        ]
        assert len(near) == 1
        assert float(near[0]["snr"]) > 6
        assert 0 < float(near[0]["centre_distance_widths"]) < 0.2
        points = trapdb("lightcurve", near[0]["name"], "--dataset", "night").rows
        assert len(points) == N  # a forced fit in each plane
    for given, why in [
        (("--threshold", "nan"), "nan is no number"),
        (("--threshold", "-1"), "x>=3"),
        (("--threshold", "6", "--expected-false", "2"), "give one of them"),
        (("--widths", N), f"in {N} images"),
    ]:
        refused = trapdb("bursts", "search", "--dataset", "night", *given)
        assert refused.status == 2
        assert why in refused.err.splitlines()[-1]
    again = trapdb("bursts", "search", "--dataset", "night").status
    assert again == 0
    assert len(trapdb("bursts", "list", "--dataset", "night").rows) == len(listed)


def sums(trapdb, folder):
    answer = trapdb("stack", "night", "-o", folder, "--rungs", "3")
    assert answer.status == 0, answer.err
    assert sorted(path.name for path in folder.iterdir()) == ["night_x2", "night_x4", "night_x8"]
    rows = trapdb(
        "query",
        "select t.factor, count(*) as n, min(i.duration) as s, avg(i.rms_median) as rms,"
        " min(i.taken_at) as first from trap.timescale as t inner join trap.image as i"
        " on t.dataset_id = i.dataset_id where t.parent = 'night' group by t.factor order by 1",
    ).rows
    assert [(int(row["factor"]), int(row["n"])) for row in rows] == [
        (1, 16),
        (2, 8),
        (4, 4),
        (8, 2),
    ]
    assert [float(row["s"]) for row in rows] == [8, 16, 32, 64]
    assert len({row["first"] for row in rows}) == 1
    single = float(rows[0]["rms"])
    for row in rows:
        expected = single / math.sqrt(int(row["factor"]))
        assert float(row["rms"]) == pytest.approx(expected, rel=0.05)
    # and the pixels are the mean of those of the images
    (first, *_) = sorted((folder / "night_x4").iterdir())
    (path,) = {
        row["path"].partition("[")[0]
        for row in trapdb("query", PER_IMAGE).rows
        if "[" in row["path"]
    }
    planes = np.stack([extractor.open(path, plane=number).data for number in range(4)])
    assert extractor.open(first).data == pytest.approx(planes.mean(0), rel=0.01, abs=1.5e-4)
    times = {path: path.stat().st_mtime_ns for path in folder.glob("*/*")}
    known = trapdb("stack", "night", "-o", folder, "--rungs", "3")
    assert (known.status, known.out.strip()) == (0, "night: no sum is new")
    assert {path: path.stat().st_mtime_ns for path in folder.glob("*/*")} == times


def summary(trapdb):
    for name in ("night", "night_x4"):
        rows = trapdb("query", f"select * from trap.timescale_summary('{name}')").rows
        assert [row["dataset"] for row in rows] == ["night", "night_x2", "night_x4", "night_x8"]
    for row in rows:
        area, n = float(row["area"]), int(row["images"])
        assert float(row["area_searched"]) == pytest.approx((n - 1) * area)
        transients = int(row["transients"])
        upper = chi2.ppf(0.95, 2 * (transients + 1)) / 2 / (area * (n - 1))
        assert float(row["rate_upper"]) == pytest.approx(upper, rel=1e-6)
        lower = chi2.ppf(0.05, 2 * transients) / 2 / (area * (n - 1)) if transients else 0
        assert float(row["rate_lower"]) == pytest.approx(lower, rel=1e-6)
        assert float(row["sensitivity"]) == pytest.approx(8 * float(row["rms"]), rel=0.01)


def curve(trapdb, truth):
    """The steady sources are at every timescale."""
    (row,) = trapdb(
        "query",
        "select s.ra, s.dec from trap.running_catalogue as s where s.dataset = 'night_x8'"
        " and not s.monitored order by s.n_blind desc, s.source_id limit 1",
    ).rows
    points = trapdb(
        "query",
        "select factor, count(*) as n, min(duration) as s, avg(peak_flux) as flux from"
        f" trap.timescale_lightcurve('night', {row['ra']}, {row['dec']}) group by 1 order by 1",
    ).rows
    assert [(int(p["factor"]), int(p["n"])) for p in points] == [(1, 16), (2, 8), (4, 4), (8, 2)]
    fluxes = [float(point["flux"]) for point in points]
    assert fluxes == pytest.approx([fluxes[-1]] * 4, rel=0.1)


def what_is_left_out(trapdb, folder):
    """Images of another grid, and such that are gone, cost themselves."""
    folder.mkdir()
    made = TimeCube(planes=1, bursts=0, widths=(1,), steady=3)
    simulate_time_cube(folder / "one.fits", Field(size=160), made, seed=1)
    with fits.open(folder / "one.fits") as hdus:
        cards, data = hdus[0].header, np.array(hdus[0].data[0])
    for number in range(5):
        cards["DATE-OBS"] = f"2026-01-01T00:00:{8 * number:02d}"
        fits.writeto(folder / f"{number}.fits", data[:-4] if number == 2 else data, cards)
    (folder / "one.fits").unlink()
    assert trapdb("ingest", folder).status == 0
    (folder / "3.fits").unlink()
    answer = trapdb("stack", "other", "-o", folder.parent / "more")
    assert answer.status == 1
    assert f"left out: {folder}/2.fits: its pixels are not those of {folder}/0.fits" in answer.err
    assert f"left out: {folder}/3.fits: " in answer.err
    assert "data set other_x2: 1 of 1 images taken" in answer.out
    assert answer.err.count(f"{folder}/3.fits") == 1
    assert trapdb("stack", "nothing", "-o", folder).err.startswith("trapdb: there is no data set")


def test_an_axis_of_less_than_a_decade_has_round_numbers():
    figure = Figure()
    axis = figure.add_subplot(1, 1, 1, xscale="log", yscale="log")
    axis.plot([8, 64], [0.0031, 3.1])
    for one in (axis.xaxis, axis.yaxis):
        few_decades(one)
    figure.canvas.draw()
    labels = [text.get_text() for text in axis.get_xticklabels(which="both") if text.get_text()]
    assert len(labels) >= 3
    assert [float(label) for label in labels if "^" in label] == []  # written out
    assert "10^" in axis.get_yticklabels()[1].get_text().replace("{", "")  # many decades: powers
