"""Cubes of times with bursts: what the truth says is in the file."""

from datetime import timedelta

import numpy as np
import pytest

import extractor
from trapdb.simulate import Field, SimulationError, TimeCube, simulate_time_cube

FIELD = Field(size=128)


def test_bursts_are_where_and_when_the_truth_says(tmp_path):
    cube = TimeCube(planes=12, bursts=3, widths=(1, 4), snr=400.0, steady=2, cadence=4.0)
    truth = simulate_time_cube(tmp_path / "c.fits", FIELD, cube, seed=2)
    images = list(extractor.open_all(tmp_path / "c.fits"))
    assert [image.taken_at - cube.start for image in images] == [
        timedelta(seconds=4 * number) for number in range(12)
    ]
    assert {image.duration for image in images} == {4.0}
    x, y = FIELD.wcs.all_world2pix(truth["ra"], truth["dec"], 0)
    peaks = np.array(
        [
            [
                image.data[round(b) - 1 : round(b) + 2, round(a) - 1 : round(a) + 2].max()
                for image in images
            ]
            for a, b in zip(x, y, strict=True)
        ]
    )
    plane = np.arange(12)
    for burst, seen in zip(truth, peaks, strict=True):
        on = (plane >= burst["first"]) & (plane < burst["first"] + burst["width"])
        assert seen[on] == pytest.approx(burst["peak_flux"], rel=0.1)
        assert (seen[~on] < 6 * FIELD.rms).all()
        assert burst["peak_flux"] * np.sqrt(burst["width"]) == pytest.approx(400 * FIELD.rms)
    assert np.abs(truth["matched_snr"] - 400).max() < 5


def test_the_same_seed_makes_the_same_cube_and_room_is_needed(tmp_path):
    cube = TimeCube(planes=2, bursts=1, widths=(1,), steady=1)
    for name in ("a", "b"):
        simulate_time_cube(tmp_path / f"{name}.fits", FIELD, cube, seed=3)
    assert (tmp_path / "a.fits").read_bytes() == (tmp_path / "b.fits").read_bytes()
    with pytest.raises(SimulationError, match="do not fit"):
        simulate_time_cube(tmp_path / "c.fits", FIELD, TimeCube(planes=16, bursts=500))
    for name in ("bursts", "steady"):
        with pytest.raises(SimulationError, match=f"number of {name} sources is -1: give 0"):
            TimeCube(planes=16, **{name: -1})
    with pytest.raises(SimulationError, match="widths"):
        TimeCube(planes=3)
