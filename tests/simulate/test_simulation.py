"""A simulation as a whole: what is in the sky, what is in the folder, what is refused."""

from datetime import datetime

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from scoring import flux_grid

from trapdb.errors import TrapdbError
from trapdb.simulate import read_truth, simulate

SMALL = {"epochs": 3, "size": 256, "sources": 10}


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_arguments_make_the_same_bytes(tmp_path):
    for name in "ab":
        simulate(tmp_path / name, **SMALL, bands=2, variable=2, resolved=2, pairs=2)
    simulate(tmp_path / "c", **SMALL, bands=2, variable=2, resolved=2, pairs=2, seed=2)
    a, b, c = (content(tmp_path / name) for name in "abc")
    assert a == b
    assert a.keys() == c.keys()
    assert all(a[name] != c[name] for name in a)


def test_names_sort_in_time(tmp_path):
    truth = simulate(tmp_path, **SMALL, bands=2)
    assert sorted(tmp_path.glob("*.fits")) == truth.paths
    assert list(truth.images["epoch"]) == [0, 0, 1, 1, 2, 2]
    moments = [datetime.fromisoformat(text) for text in truth.images["taken_at"]]
    assert moments == sorted(moments)
    assert all(moment.utcoffset().total_seconds() == 0 for moment in moments)


def test_the_truth_that_is_read_is_the_truth_that_was_made(tmp_path):
    made = simulate(tmp_path, **SMALL, resolved=1)
    read = read_truth(tmp_path)
    assert read.paths == made.paths
    assert read.images.meta == made.images.meta
    for name in ("images", "sources", "fluxes"):
        ours, theirs = getattr(read, name), getattr(made, name)
        assert ours.colnames == theirs.colnames
        for column in ours.colnames:
            assert ours[column].unit == theirs[column].unit
            np.testing.assert_array_equal(ours[column], theirs[column])


def test_the_default_field_shows_a_flare_and_a_transient(tmp_path):
    truth = simulate(tmp_path)
    kinds, numbers = np.unique(truth.sources["kind"], return_counts=True)
    assert dict(zip(kinds, numbers, strict=True)) == {"steady": 100, "flaring": 1, "one_epoch": 1}
    assert {"flaring-1", "one-epoch-1"} <= set(truth.sources["name"])
    assert len(set(truth.sources["name"])) == len(truth.sources)
    snr = flux_grid(truth, "snr")
    assert snr[:, truth.sources["kind"] != "one_epoch"].min() >= 12


def test_each_kind_behaves_as_it_is_called(tmp_path):
    truth = simulate(
        tmp_path, epochs=8, size=400, sources=9, variable=4, flaring=4, one_epoch=9, resolved=4
    )
    flux, kind = flux_grid(truth), truth.sources["kind"]
    relative = flux / truth.sources["flux"].data
    assert (relative[:, (kind == "steady") | (kind == "resolved")] == 1).all()
    assert (np.ptp(relative[:, kind == "variable"], axis=0) > 0.3).all()
    assert (relative[:, kind == "variable"] > 0.1).all()
    assert (relative[0, kind == "flaring"] == 1).all()
    assert (relative[:, kind == "flaring"].max(axis=0) >= 4).all()
    once = flux[:, kind == "one_epoch"] > 0
    assert (once.sum(axis=0) == 1).all()
    assert once.any(axis=1).all()
    assert (once[4, 0], once[5, 1]) == (True, True)
    shaped = truth.sources["major"] > 0
    assert (shaped == (kind == "resolved")).all()
    assert (np.isnan(truth.sources["pa"]) == ~shaped).all()


def test_fluxes_follow_the_power_law(tmp_path):
    truth = simulate(
        tmp_path, epochs=1, size=1500, sources=1500, minimum_snr=5, maximum_snr=5000, slope=1.5
    )
    snr = flux_grid(truth, "snr")[0, truth.sources["kind"] == "steady"]
    assert snr.min() >= 5
    assert snr.max() <= 5000
    assert (snr > 20).mean() == pytest.approx(4**-1.5, rel=0.2)


def test_sources_keep_their_distance_but_for_pairs(tmp_path):
    truth = simulate(
        tmp_path, epochs=1, size=500, sources=40, pairs=10, pair_flux_ratio=(2, 4), separation=6
    )
    beam, pixel = truth.images.meta["beam"], truth.images.meta["pixel"]
    place = np.stack([truth.sources["x"], truth.sources["y"]], axis=1)
    assert place.min() >= 10 + 3 * beam[0] / pixel
    assert place.max() <= 499 - 10 - 3 * beam[0] / pixel
    rows = {str(row["name"]): row for row in truth.sources}
    for number in range(1, 11):
        a, b = rows[f"pair-{number}a"], rows[f"pair-{number}b"]
        assert 2 <= b["flux"] / a["flux"] <= 4
        distance = np.hypot(a["x"] - b["x"], a["y"] - b["y"]) * pixel
        assert beam[1] <= distance <= 1.5 * beam[0]
    close = pdist(place) * pixel < 6 * beam[0]
    assert close.sum() == 10


def test_crowds_are_five_in_ten_beam_areas(tmp_path):
    truth = simulate(tmp_path, epochs=1, size=400, sources=0, flaring=0, one_epoch=0, crowds=6)
    beam, pixel = truth.images.meta["beam"], truth.images.meta["pixel"]
    assert len(truth.sources) == 30
    place = np.stack([truth.sources["x"], truth.sources["y"]], axis=1) * pixel
    for number in range(1, 7):
        members = [f"crowd-{number}{letter}" for letter in "abcde"]
        distances = pdist(place[np.isin(truth.sources["name"], members)])
        assert distances.min() >= beam[1]
        assert distances.max() <= 2 * np.sqrt(10 / (4 * np.log(2))) * beam[0]


def test_of_a_flaring_pair_one_flares(tmp_path):
    truth = simulate(
        tmp_path, epochs=6, size=300, sources=0, flaring=0, one_epoch=0, flaring_pairs=3
    )
    rows = {str(row["name"]): row for row in truth.sources}
    flux = dict(zip(rows, flux_grid(truth, "flux").T, strict=True))
    for number in range(1, 4):
        faint, bright = (f"flaring-pair-{number}{letter}" for letter in "ab")
        assert rows[bright]["kind"] == "flare_neighbour"
        assert np.ptp(flux[bright]) == 0
        assert flux[faint].max() >= 4 * flux[faint][0]


def test_a_former_simulation_is_replaced(tmp_path):
    simulate(tmp_path, epochs=3, size=64, sources=0, flaring=0, one_epoch=0)
    simulate(tmp_path, epochs=1, size=64, sources=0, flaring=0, one_epoch=0)
    assert len(list(tmp_path.glob("*.fits"))) == 1


def test_other_files_are_left_alone(tmp_path):
    (tmp_path / "precious.fits").write_text("mine")
    with pytest.raises(TrapdbError, match="name a new or an empty folder"):
        simulate(tmp_path, **SMALL)
    with pytest.raises(TrapdbError, match="not a folder"):
        simulate(tmp_path / "precious.fits", **SMALL)
    assert list(tmp_path.iterdir()) == [tmp_path / "precious.fits"]


def test_a_folder_without_a_simulation_has_no_truth(tmp_path):
    with pytest.raises(TrapdbError, match=r"truth_images\.ecsv is missing"):
        read_truth(tmp_path)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"epochs": 0}, "epochs is 0"),
        ({"bands": 0}, "bands is 0"),
        ({"size": 0}, "size is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"sources": -1}, "steady sources is -1"),
        ({"sources": 5000}, "cannot place 5002 sources"),
        ({"size": 20}, "cannot place 12 sources"),
        ({"noise": "white"}, "psf or convolved"),
        ({"rms": 0.0}, "rms is 0.0"),
        ({"rms": float("nan")}, "rms is nan"),
        ({"ra": 360.0}, "ra is 360"),
        ({"dec": 91.0}, "dec is 91"),
        ({"beam": (1e-3, 1e-3, 0.0)}, "at least 2 pixels"),
        ({"beam": (1e-2, 2e-2, 0.0)}, "the beam is"),
        ({"pixel": 1.0, "beam": (3.0, 3.0, 0.0)}, "exceed the sky"),
        ({"minimum_snr": 20, "maximum_snr": 10}, "snr is 20 to 10"),
        ({"axes": 3}, "axes is 3"),
        ({"start": datetime(2026, 1, 1)}, "no time zone"),
    ],
)
def test_what_cannot_be_made_is_refused_in_one_line(tmp_path, options, complaint):
    with pytest.raises(TrapdbError, match=complaint) as error:
        simulate(tmp_path / "out", **{**SMALL, **options})
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()


def test_progress_is_told(tmp_path):
    told = []
    simulate(tmp_path, **SMALL, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]
