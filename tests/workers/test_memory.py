"""The memory of the latest images measures the image that is meant, and no other."""

from types import SimpleNamespace

import pytest

from tests.workers.measured import CONFIGURATION, alone, assert_forced, some_places
from trapdb.ingest.memory import Memory
from trapdb.measuring.here import Here
from trapdb.simulate import simulate
from trapdb.timing import Timings


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Images as the database names them, all by the same id."""
    folder = tmp_path_factory.mktemp("memory") / "field"
    paths = [str(path) for path in simulate(folder, epochs=2, size=128, sources=5).paths]
    return [
        SimpleNamespace(image_id=1, path=path, digest=alone(path).image.digest) for path in paths
    ]


@pytest.mark.parametrize("kept", [0, 1])
def test_an_id_that_is_used_again_stands_for_the_new_image(images, kept):
    """A time step was rolled back, and its ids went to other images."""
    keeper = Here()
    memory = Memory(1, [{}], CONFIGURATION, Timings(), keeper)
    old, new = images[kept], images[1 - kept]
    memory.keep(1, keeper.recall(old.path, old.digest, CONFIGURATION, [{}]))
    places = some_places(new.path)
    memory.force(1, places)  # so that its pixels are there
    memory.recall(new)
    assert_forced(memory.force(1, places), new.path, places)
