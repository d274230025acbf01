"""The interface through which the ingest and the replay have images measured.

It is implemented for this process (`trapdb.measuring.here`), for worker processes of this machine
(`trapdb.measuring.workers`), and for a cluster (`trapdb.measuring.dask_executor`).
"""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol

from extractor import Image, ImageKey
from extractor.errors import ExtractorError
from trapdb.configuration.keys import Configuration
from trapdb.exchange.found import Found
from trapdb.measuring.keeper import Keeper


class Executor(Keeper, Protocol):
    """Measures images ahead of the requests for their results, in the order of the jobs.

    A context manager, which ends all work at its exit.

    Attributes
    ----------
    images_in_memory : int
        Most images that it has in memory, being measured or kept.
    image_limit_s : float
        A worker that is busy with one image for longer is ended, and the image given up, s.
    warnings : sequence of str
        Warnings about the results.
    """

    images_in_memory: int
    image_limit_s: float
    warnings: Sequence[str]

    def __enter__(self) -> "Executor":
        """Begin."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End."""

    @property
    def count(self) -> int:
        """How many images it measures at the same time."""

    def read_keys(
        self, paths: Sequence[str], header: Mapping[str, object]
    ) -> list[list[ImageKey | ExtractorError] | ExtractorError]:
        """Read the keys that order images from the headers of files.

        Of an unreadable file there is an error, and one for planes of a file that have no key.
        """

    def identify(self, path: str, configuration: Configuration) -> Any:
        """Make a job of an image that is only to be identified; its result is an `Image`."""

    def measure(self, path: str, configuration: Configuration) -> Any:
        """Make a job of an image that is to be measured; its result is `Found`."""

    def result(self, job: Any) -> Image | Found:
        """Wait for the result; raise ExtractorError if the image cannot be read or measured."""
