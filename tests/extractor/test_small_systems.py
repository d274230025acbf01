"""Linear algebra on stacks of small matrices, against numpy's."""

import numpy as np
import pytest

from extractor.fitting import stacks


@pytest.mark.parametrize(("size", "count"), [(3, 5), (6, 100), (12, 40)])
def test_solutions_and_inverses_are_those_of_numpy(size, count):
    rng = np.random.default_rng(size)
    root = rng.standard_normal((count, size, 2 * size))
    matrix, right = root @ root.swapaxes(1, 2), rng.standard_normal((count, size))
    found = stacks.solve(matrix.transpose(1, 2, 0), right.T)
    assert pytest.approx(np.linalg.solve(matrix, right[..., None])[..., 0], rel=1e-8) == found.T
    inverse = stacks.inverses(matrix.transpose(1, 2, 0), 1e-9).transpose(2, 0, 1)
    assert inverse == pytest.approx(np.linalg.inv(matrix), rel=1e-8, abs=1e-10)


def test_a_singular_matrix_has_no_inverse_and_harms_no_other():
    matrix = np.stack([np.eye(3), np.ones((3, 3)), np.diag([2.0, 4.0, 8.0])], axis=-1)
    inverse = stacks.inverses(matrix, 1e-9)
    assert np.isnan(inverse[..., 1]).all()
    assert inverse[..., 2] == pytest.approx(np.diag([0.5, 0.25, 0.125]))
