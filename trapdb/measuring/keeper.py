"""The interface through which images are measured again, by whoever holds their pixels."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from extractor.fitting.measurements import Measurements
from trapdb.configuration.keys import Configuration
from trapdb.timing import Timings


class Keeper(Protocol):
    """Measures images by force, and holds the pixels of those that were measured lately.

    A job represents an image; it has the image's `path`, and its `digest` when that is known.
    """

    def recall(
        self,
        path: str,
        digest: str,
        configuration: Configuration,
        headers: Sequence[Mapping[str, object]],
    ) -> Any:
        """Make a job of an image that was measured before, with one of these sets of keywords."""

    def force(self, job: Any, places: Any) -> tuple[Measurements, Timings]:
        """Measure an image by force; raise ImageLost if it has to be read again and cannot be."""

    def cut(self, job: Any, ra: Sequence[float], dec: Sequence[float], size: float) -> list[bytes]:
        """Cut stamps out of an image; raise ImageLost as `force` does."""

    def release(self, job: Any) -> None:
        """Release the pixels of an image; for another forced fit it is read again."""
