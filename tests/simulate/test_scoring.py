"""The matching that other tests and the benchmarks trust."""

import numpy as np
import pytest
from scoring import expected, match, nearest, score

from trapdb.simulate import simulate


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    return simulate(tmp_path_factory.mktemp("sky"), epochs=4, size=256, sources=10, ra=0.0)


def test_only_sources_that_are_on_are_expected(truth):
    assert "one_epoch" not in expected(truth, epoch=0)["kind"]
    assert "one_epoch" in expected(truth, epoch=2)["kind"]
    assert len(expected(truth)) == 12
    flare = truth.sources["kind"] == "flaring"
    assert (expected(truth)["flux"][flare] > truth.sources["flux"][flare]).all()


def test_matches_are_mutual_and_cross_the_meridian():
    first, second = match([0.0, 0.0], [0.0, 0.0005], [359.9999, 50.0], [0.0, 0.0], 1e-3)
    assert (list(first), list(second)) == ([0], [0])
    assert len(match([], [], [1.0], [1.0], 1.0)[0]) == 0


def test_a_score_tells_found_missed_false_and_double(truth):
    sources = expected(truth, epoch=2)
    ra, dec = np.array(sources["ra"]), np.array(sources["dec"])
    catalogue_ra = np.concatenate([ra[1:], [ra[1], (ra[2] + 180) % 360]])
    catalogue_dec = np.concatenate([dec[1:], [dec[1] + 1e-4, dec[2]]])
    result = score(truth, catalogue_ra, catalogue_dec, epoch=2)
    n = len(ra)
    assert list(result.found) == list(range(1, n))
    assert list(result.rows) == list(range(n - 1))
    assert list(result.missed) == [0]
    assert list(result.doubles) == [n - 1]
    assert list(result.false) == [n]
    assert len(score(truth, catalogue_ra, catalogue_dec, epoch=2, snr=1e6).missed) == 0
    assert len(score(truth, [], [], epoch=2).missed) == n


def test_rows_belong_to_the_nearest_source_within_the_radius():
    ra, dec = [359.999, 0.01, 10.0], [0.0, 0.0, 60.0]
    rows = [0.002, 0.008, 10.003, 10.1], [0.0, 0.0, 60.0, 60.0]
    # a degree of right ascension is half as far at declination 60
    assert nearest(*rows, ra, dec, radius=0.004).tolist() == [0, 1, 2, -1]
    assert nearest([1.0], [1.0], [], [], 1.0).tolist() == [-1]
    assert nearest([], [], [1.0], [1.0], 1.0).tolist() == []
