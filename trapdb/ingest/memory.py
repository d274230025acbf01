"""The latest images, kept for measuring them again."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from extractor import Measurements
from extractor.errors import ExtractorError
from trapdb.configuration.keys import Configuration
from trapdb.errors import ImageLost
from trapdb.exchange.requests import ForcedRequests
from trapdb.measuring.keeper import Keeper
from trapdb.timing import Timings


class Memory:
    """The latest images, by id, with their measurements; other images are read again.

    Parameters
    ----------
    count
        How many images `shrink` leaves.
    headers
        The sets of header values with which images of the data set were read.
    configuration
        How to measure images that are read again.
    timings
        Seconds by stage, added to.
    keeper
        It holds the images.
    """

    def __init__(
        self,
        count: int,
        headers: Sequence[Mapping[str, object]],
        configuration: Configuration,
        timings: Timings,
        keeper: Keeper,
    ) -> None:
        self._count = count
        self._headers = headers
        self._configuration = configuration
        self._timings = timings
        self._keeper = keeper
        self._jobs: dict[int, Any] = {}

    def keep(self, image_id: int, job: Any) -> None:
        """Keep an image that was measured, at least until `shrink`."""
        self._jobs[image_id] = job

    def shrink(self) -> None:
        """Forget all images but the latest ones."""
        for image_id in sorted(self._jobs)[: max(len(self._jobs) - self._count, 0)]:
            self._keeper.release(self._jobs.pop(image_id))

    def recall(self, image: Any) -> None:
        """Register an earlier image, with its image_id, path and digest, to be measured again."""
        job = self._jobs.get(image.image_id)
        # a time step that was rolled back may have had another image by this id
        if job is None or job.digest != image.digest:
            self._jobs[image.image_id] = self._keeper.recall(
                image.path, image.digest, self._configuration, self._headers
            )

    def force(self, image_id: int, requests: ForcedRequests) -> Measurements:
        """Measure an image that is kept, or was recalled, at the requested places.

        Raises
        ------
        ImageLost
            The image has to be read again, and its file is gone or has changed; or it cannot be
            measured, however often it is read.
        """
        job = self._jobs[image_id]
        with _losing(job):
            fits, timings = self._keeper.force(job, requests)
        self._timings.add(timings)
        return fits

    def cut(
        self, image_id: int, ra: Sequence[float], dec: Sequence[float], size: float
    ) -> list[bytes]:
        """Cut stamps out of an image that is kept, or was recalled; see `extractor.cut_stamps`.

        Raises
        ------
        ImageLost
            As of `force`.
        """
        job = self._jobs[image_id]
        with _losing(job):
            return self._keeper.cut(job, ra, dec, size)


@contextmanager
def _losing(job: Any) -> Iterator[None]:
    """Raise ImageLost if something is wrong with an image."""
    try:
        yield
    except ExtractorError as error:
        raise ImageLost(job.path, str(error).removeprefix(f"{job.path}: ")) from error
