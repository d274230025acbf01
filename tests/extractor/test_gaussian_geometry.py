import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from extractor.geometry.ellipses import (
    area_ratio,
    axes,
    deconvolve,
    determinant,
    inverse,
    shape_matrix,
    transformed,
)

sizes = st.floats(1e-4, 10)
angles = st.floats(0, 180, exclude_max=True)


def same_angle(one, other, within):
    return abs((one - other + 90) % 180 - 90) < within


@given(sizes, st.floats(0.01, 0.95), angles)
def test_shape_matrix_and_axes_are_inverse(major, ratio, pa):
    got = axes(shape_matrix(major, ratio * major, pa))
    assert got[0] == pytest.approx(major)
    assert got[1] == pytest.approx(ratio * major, rel=1e-6)
    assert same_angle(got[2], pa, 1e-6)
    assert 0 <= got[2] < 180


@given(sizes, sizes, st.floats(0.1, 1), angles, angles)
def test_deconvolution_undoes_convolution(size, beam_size, beam_ratio, pa, beam_pa):
    assume(0.05 < size / beam_size < 20)
    beam = shape_matrix(beam_size, beam_ratio * beam_size, beam_pa)
    source = shape_matrix(size, 0.5 * size, pa)
    major, minor, got_pa = deconvolve(source + beam, beam)
    assert major == pytest.approx(size, rel=1e-5)
    assert minor == pytest.approx(0.5 * size, rel=1e-4)
    assert same_angle(got_pa, pa, 1e-3)


def test_the_beam_itself_is_unresolved():
    beam = shape_matrix(3.0, 2.0, 30.0)
    major, minor, pa = deconvolve(beam, beam)
    assert (major, minor) == (0, 0)
    assert np.isnan(pa)


def test_smaller_than_the_beam_along_one_axis():
    major, minor, pa = deconvolve(shape_matrix(5.0, 1.0, 0.0), shape_matrix(3.0, 2.0, 0.0))
    assert major == pytest.approx(4.0)
    assert minor == 0
    assert pa == pytest.approx(0.0)


def test_area_is_the_product_of_the_axes():
    assert area_ratio(shape_matrix(6, 4, 10), shape_matrix(3, 2, 80)) == pytest.approx(4)


def test_position_angle_runs_from_north_through_east():
    matrix = shape_matrix(2.0, 1.0, 45.0)
    north_east = np.array([1.0, 1.0]) / np.sqrt(2)
    assert north_east @ matrix @ north_east == pytest.approx(4.0)


@given(st.integers(0, 2**32 - 1))
def test_small_matrices_agree_with_numpy(seed):
    rng = np.random.default_rng(seed)
    transform = rng.normal(size=(5, 2, 2))
    assume((np.abs(np.linalg.det(transform)) > 1e-3).all())
    matrix = shape_matrix(rng.uniform(2, 3, 5), rng.uniform(1, 2, 5), rng.uniform(0, 180, 5))
    assert determinant(transform) == pytest.approx(np.linalg.det(transform))
    assert inverse(transform) == pytest.approx(np.linalg.inv(transform))
    moved = transform @ matrix @ transform.swapaxes(-1, -2)
    assert transformed(matrix, transform) == pytest.approx(moved)
