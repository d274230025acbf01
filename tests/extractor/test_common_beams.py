"""Images brought to a common beam."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic import SCALE_DEG, add_sources, beam_px, image, noise

from extractor import Beam
from extractor.geometry.ellipses import shape_matrix
from extractor.image.common_beam import common_beam, convolved

beams = st.builds(
    lambda minor, ratio, pa: Beam(minor * ratio, minor, pa),
    st.floats(1, 5), st.floats(1, 3), st.floats(0, 180),
)  # fmt: skip


@given(st.lists(beams, min_size=1, max_size=6))
def test_a_common_beam_holds_all(found):
    common = common_beam(found)
    wide = shape_matrix(common.major, common.minor, common.pa)
    for beam in found:
        left = wide - shape_matrix(beam.major, beam.minor, beam.pa)
        assert np.linalg.eigvalsh(left).min() > -2e-3 * beam.major**2
    if len(found) == 1:
        assert common == found[0]


def test_a_point_keeps_its_peak_and_takes_the_beam():
    size, wide = 101, (7.0, 6.0, 10.0)
    point = image(add_sources(np.zeros((size, size)), [50.3], [49.6], [2.0]))
    beam = Beam(wide[0] * SCALE_DEG, wide[1] * SCALE_DEG, wide[2])
    expected = add_sources(np.zeros((size, size)), [50.3], [49.6], [2.0], beam_px(wide)[None])
    assert convolved(point, beam) == pytest.approx(expected, abs=0.01)


def test_blank_pixels_stay_and_nothing_is_deconvolved():
    data = noise(64, 1)
    data[20:24, 30:35] = np.nan
    one = image(data)
    same = Beam(one.beam.major, one.beam.minor, one.beam.pa)
    assert convolved(one, same) is one.data
    with pytest.raises(ValueError, match="not within the common one"):
        convolved(one, Beam(one.beam.major, one.beam.minor * 0.8, one.beam.pa))
    wide = convolved(one, Beam(one.beam.major * 1.2, one.beam.major * 1.2, 0.0))
    blank = np.isnan(wide)
    assert blank[20:24, 30:35].all()
    assert not blank[:15].any()
    assert not blank[0, 0]
