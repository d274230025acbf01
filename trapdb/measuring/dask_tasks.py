"""The tasks of a Dask cluster's workers, which have trapdb and see the files at the same paths.

An error of an image is returned and not raised: Dask would treat it as a fault of the task.
"""

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from typing import Any, TypeVar

import extractor
from extractor import Image, ImageKey, Measurements
from extractor.errors import ExtractorError
from extractor.image.plane import ImagePlane
from extractor.opening import keys_of
from extractor.readers.planes import split_plane
from extractor.readers.urls import is_url
from trapdb.configuration.keys import Configuration
from trapdb.errors import ImageLost, TrapdbError
from trapdb.exchange.found import Found
from trapdb.measuring import configured, measurer
from trapdb.measuring.configured import Measured
from trapdb.measuring.measurer import answer
from trapdb.measuring.software import NUMERICAL, versions
from trapdb.measuring.time_limit import time_limit
from trapdb.timing import Timings

Named = TypeVar("Named", Image, ImagePlane, ImageKey)


@dataclass(frozen=True)
class File:
    """An image file: its path as the user gave it, and the user's working directory."""

    path: str
    folder: str

    @property
    def absolute(self) -> str:
        """The path for a process that runs somewhere else."""
        return self.path if is_url(self.path) else os.path.join(self.folder, self.path)

    def named(self, image: Named) -> Named:
        """Return an image with the path that the user gave."""
        return replace(image, path=self.as_given(image.path))

    def as_given(self, text: str) -> str:
        """Remove the working directory from the paths in a text."""
        return text if self.absolute == self.path else text.replace(f"{self.folder}{os.sep}", "")

    def answer(self, work: Callable[[str], Any]) -> Any:
        """Return the result of the work on the file, or its error with the user's path."""
        made = answer(work, self.absolute)
        if isinstance(made, ImageLost):
            return ImageLost(self.path, made.trouble)
        if not isinstance(made, ExtractorError):
            return made
        if is_url(self.path) or os.path.exists(split_plane(self.absolute)[0]):
            return ExtractorError(self.as_given(str(made)))
        return ExtractorError(
            f"{self.path}: there is no such file for the Dask worker on {socket.gethostname()}: "
            "workers need images on storage that they share, under the same path"
        )


@dataclass(frozen=True)
class Kept:
    """An image with its pixels, which stay on their worker; or the error instead of them."""

    image: Measured | Found | Exception
    timings: Timings

    def __sizeof__(self) -> int:
        """Return its size in bytes, from which Dask knows how full a worker's memory is."""
        return self.image.image.data.nbytes if isinstance(self.image, Measured) else 1


def software() -> dict[str, str]:
    """Return the software versions of a worker."""
    return versions(*NUMERICAL, "trapdb")


def check_version(expected: str) -> None:
    """Refuse to work for another version of trapdb.

    Raises
    ------
    TrapdbError
        This worker has another version.
    """
    here = version("trapdb")
    if here != expected:
        raise TrapdbError(
            f"the Dask worker on {socket.gethostname()} has trapdb {here}, this is {expected}: "
            "install the same"
        )


def within(limit_s: float, task: Callable[..., Any], *arguments: Any) -> Any:
    """Return the result of a task; if it takes longer than the limit, this worker ends."""
    with time_limit(limit_s):
        return task(*arguments)


def read_keys(
    files: Sequence[File], header: Mapping[str, object]
) -> list[list[ImageKey | ExtractorError] | ExtractorError]:
    """Read the keys that order images from the headers of files.

    Of an unreadable file there is an error, and one for planes of a file that have no key.
    """

    def read(file: File, path: str) -> list[ImageKey | ExtractorError]:
        return [
            ExtractorError(file.as_given(str(key)))
            if isinstance(key, ExtractorError)
            else file.named(key)
            for key in keys_of(path, header=header)
        ]

    return [file.answer(partial(read, file)) for file in files]


def identify(file: File, configuration: Configuration) -> Image | Exception:
    """Read an image and return it without its pixels, or the error."""
    return file.answer(lambda path: file.named(measurer.identify(path, configuration)))


def measure(file: File, configuration: Configuration, expected: str) -> Kept:
    """Read and measure an image, and keep it."""
    timings = Timings()

    def work(path: str) -> Measured | Found:
        check_version(expected)
        measured = measurer.measure(path, configuration, timings)
        image: Any = file.named(measured.image)
        return replace(measured, image=image)

    return Kept(file.answer(work), timings)


def find(kept: Kept) -> Found | Exception:
    """Return the results of an image."""
    if isinstance(kept.image, Exception):
        return kept.image
    return answer(measurer.found_in, kept.image, kept.timings)


def measure_again(
    file: File,
    digest: str,
    headers: Sequence[Mapping[str, object]],
    configuration: Configuration,
) -> Kept:
    """Read and measure an image again that was measured before, and keep it."""
    timings = Timings()

    def work(path: str) -> Measured:
        return measurer.measure_again(path, digest, headers, configuration, timings)

    return Kept(file.answer(work), timings)


def force(
    kept: Kept,
    file: File,
    digest: str,
    headers: Sequence[Mapping[str, object]],
    configuration: Configuration,
    places: Any,
) -> tuple[Measurements, Timings] | Exception:
    """Measure an image by force.

    If the worker that kept it died, Dask has read its file again, which may hold another image now.
    """
    timings = Timings()
    measured = kept.image

    def work(path: str) -> tuple[Measurements, Timings]:
        again = measured
        if not isinstance(again, Measured) or again.image.digest != digest:
            again = measurer.measure_again(path, digest, headers, configuration, timings)
        return configured.force(again, places, configuration, timings), timings

    return file.answer(work)


def cut(
    kept: Kept | None,
    file: File,
    digest: str,
    headers: Sequence[Mapping[str, object]],
    ra: Sequence[float],
    dec: Sequence[float],
    size: float,
) -> list[bytes] | Exception:
    """Cut stamps out of an image, which is read again if it is not kept; see `force`."""
    measured = kept.image if kept else None

    def work(path: str) -> list[bytes]:
        if isinstance(measured, Measured) and measured.image.digest == digest:
            image = measured.image
        else:
            image = configured.read_again(path, digest, headers)
        return extractor.cut_stamps(image, ra, dec, size)

    return file.answer(work)
