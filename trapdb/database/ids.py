"""The composition of ids; sql/05_ids holds the same in SQL."""

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Ids = TypeVar("Ids", int, "NDArray[np.int64]")


def dataset_of(numbered_id: int) -> int:
    """Return the data set of an image or run."""
    return numbered_id >> 24


def dataset_of_source(source_id: int) -> int:
    """Return the data set of a source."""
    return source_id >> 44


def measurement_id(image_id: int, row: Ids) -> Ids:
    """Return the ids of measurements, from their image and their rows in it, from 0."""
    return (image_id << 20) + row
