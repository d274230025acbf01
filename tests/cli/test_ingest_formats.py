"""Cubes and CASA images come into the database like other images."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

ROWS = "select path, freq_eff, stokes, status from trap.image order by freq_eff"


@pytest.fixture
def cube(field, tmp_path):
    """One epoch of the field at two frequencies."""
    path = tmp_path / "cube" / "cube.fits"
    path.parent.mkdir()
    with fits.open(field.paths[0]) as hdus:
        data, cards = np.squeeze(hdus[0].data), hdus[0].header
    cards.update({"CTYPE3": "FREQ", "CRVAL3": 1e8, "CDELT3": 1e7, "CRPIX3": 1.0, "CUNIT3": "Hz"})
    fits.PrimaryHDU(np.stack([data, data / 2]), cards).writeto(path)
    return path


def test_each_plane_of_a_cube_is_an_image_of_one_time_step(trapdb, cube):
    answer = trapdb("ingest", cube.parent)
    assert answer.status == 0
    assert "2 of 2 images taken" in answer.out
    assert [row["path"] for row in trapdb("query", ROWS).rows] == [f"{cube}[0]", f"{cube}[1]"]
    steps = trapdb("query", "select distinct taken_at from trap.image").rows
    assert len(steps) == 1
    assert "nothing to do" in trapdb("ingest", cube.parent).out


def test_the_same_planes_in_casa_are_known(trapdb, cube):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("casacore", reason="python-casacore is not installed")
        from casacore.images import image
    image(str(cube)).saveas(str(cube.with_suffix(".image")))
    assert trapdb("ingest", f"{cube}[1]", "--dataset", "cube").status == 0
    Path(cube).unlink()
    answer = trapdb("ingest", cube.parent)
    assert answer.status == 1  # plane 0 is of a time that has passed
    paths = [row["path"] for row in trapdb("query", ROWS).rows]
    assert paths == [f"{cube}[1]"]
    assert "known" in answer.out + answer.err


def test_each_plane_of_a_cube_of_times_is_a_time_step(trapdb, field, tmp_path):
    with fits.open(field.paths[0]) as hdus:
        data, cards = np.squeeze(hdus[0].data), hdus[0].header
    cards.update({"CTYPE3": "TIME", "CRVAL3": 0.0, "CDELT3": 8.0, "CRPIX3": 1.0, "CUNIT3": "s"})
    planes = np.stack([data, data * np.nan, data * 1.01, data * 1.02, data * 1.03])
    path = tmp_path / "cube" / "cube.fits"
    path.parent.mkdir()
    fits.PrimaryHDU(planes, cards).writeto(path)
    path.write_bytes(path.read_bytes()[: -planes[0].nbytes // 2])
    answer = trapdb("ingest", path.parent)
    assert answer.status == 1
    assert "3 of 5 images taken" in answer.out
    assert answer.err.count("unreadable:") == answer.err.count("rejected:") == 1
    assert f"unreadable: {path}: plane 4: truncated" in answer.err
    assert f"rejected: {path}[1]: " in answer.err
    rows = trapdb(
        "query",
        "select path, duration, status, taken_at - min(taken_at) over () as since"
        " from trap.image order by taken_at",
    ).rows
    assert [row["path"] for row in rows] == [f"{path}[{plane}]" for plane in range(4)]
    assert {float(row["duration"]) for row in rows} == {8.0}
    assert [row["since"] for row in rows] == ["0:00:00", "0:00:08", "0:00:16", "0:00:24"]
    assert [row["status"] for row in rows] == ["accepted", "rejected", "accepted", "accepted"]
    assert "3 in the data set already" in trapdb("ingest", path.parent).out
