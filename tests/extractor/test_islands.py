import numpy as np
import pytest
from scipy import ndimage
from synthetic import image, noise

import extractor
from extractor.fitting.islands import find_islands


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_islands_are_the_connected_pixels_above_the_threshold(seed):
    data = noise(300, seed).astype(np.float32)
    data[40:60, 100:120] = np.nan
    background = extractor.background(image(data))
    islands = find_islands(background, 2.5, 1.0)
    y, x = np.indices(data.shape)
    level, rms = background.at(x, y)
    value = (data - level) / rms
    label, count = ndimage.label(value > 1.0, np.ones((3, 3)))
    expected = [
        np.flatnonzero(label == number)
        for number in range(1, count + 1)
        if value[label == number].max() > 2.5
    ]
    assert len(islands) == len(expected) > 100
    flat = islands.y * data.shape[1] + islands.x
    got = [np.sort(part) for part in np.split(flat, islands.start[1:-1])]
    for one, other in zip(got, expected, strict=True):
        assert np.array_equal(one, other)


def test_nothing_above_the_threshold():
    background = extractor.background(image(noise(128, 1)))
    assert len(find_islands(background, 50.0, 40.0)) == 0
    assert len(find_islands(background, 50.0, 1.0)) == 0
