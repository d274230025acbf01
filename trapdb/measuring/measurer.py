"""Measure images and keep their pixels, in a process that does nothing else.

Arguments and results are small: paths and positions, tables of measurements. They are sent to a
process of this machine by `trapdb.measuring.worker`, to a cluster by `trapdb.measuring.dask_tasks`.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

import extractor
from extractor import Image, ImageKey, Measurements
from extractor.errors import ExtractorError
from extractor.opening import keys_of
from trapdb.configuration.keys import Configuration
from trapdb.errors import TrapdbError
from trapdb.exchange.found import Found, Noise
from trapdb.measuring import configured, source_list
from trapdb.measuring.configured import Measured
from trapdb.measuring.one_thread import one_thread
from trapdb.timing import Timings

NO_PIXELS = np.empty((0, 0), np.float32)


def answer(work: Callable[..., Any], *arguments: Any) -> Any:
    """Return the result of one of the functions here, or its error in a form that can be sent."""
    try:
        return work(*arguments)
    except ExtractorError as error:
        return ExtractorError(str(error))  # not all of its subclasses can be sent
    except TrapdbError as error:
        return error
    # No error in the pixels of one image may cost the others.
    except Exception as error:
        fault = f"{type(error).__name__}: {error}"
        return ExtractorError(f"a fault of trapdb, please report it: {fault}")


def identify(path: str, configuration: Configuration) -> Image:
    """Read an image and return it without its pixels."""
    if configuration.source_list.is_given:
        return _without_pixels(source_list.identify(path, configuration))
    return _without_pixels(configured.read(path, configuration, Timings()))


def measure(path: str, configuration: Configuration, timings: Timings) -> Measured | Found:
    """Read an image, check it, and if it passes find and measure its sources.

    Returns
    -------
    Measured or Found
        Found for a source list without its image.
    """
    if not configuration.source_list.is_given:
        return _measured(configured.read(path, configuration, timings), configuration, timings)
    if beside := source_list.image_beside(path):
        return source_list.measure_beside(path, beside, configuration, timings)
    return _found_alone(path, configuration, timings)


def measure_again(
    path: str,
    digest: str,
    headers: Sequence[Mapping[str, object]],
    configuration: Configuration,
    timings: Timings,
) -> Measured:
    """Read and measure an image that was measured before, with one of these sets of keywords.

    Raises
    ------
    ImageLost
        The file is gone, or holds another image now.
    """
    with timings.stage("read"):
        image = configured.read_again(path, digest, headers)
    return _measured(image, configuration, timings)


def found_in(measured: Measured | Found, timings: Timings) -> Found:
    """Return the results of a measured image, without pixels, with the `timings` of the work."""
    if isinstance(measured, Found):
        return measured
    image, background = measured.image, measured.background
    noise, searched_area, blanks = None, math.nan, None
    if background is not None:
        one_thread()
        with timings.stage("background"):
            noise = Noise(
                background.noise_grid(),
                background.rms_median,
                background.rms_min,
                background.rms_max,
                background.noise_correlation,
            )
            searched_area = measured.footprint.searched_area(image)
            blanks = extractor.blank_cells(background, measured.footprint)
    return Found(
        _without_pixels(image),
        measured.checks,
        measured.footprint,
        noise,
        searched_area,
        measured.measurements,
        timings,
        measured.unused_rows,
        blanks,
    )


class Measurer:
    """Measures images and keeps them, with their pixels, until they are released.

    An image has a number, which later calls refer to.
    """

    def __init__(self) -> None:
        self._kept: dict[int, Measured] = {}

    def read_keys(
        self, paths: Sequence[str], header: Mapping[str, object]
    ) -> list[list[ImageKey | ExtractorError] | ExtractorError]:
        """Read the keys that order images from the headers of files.

        Of an unreadable file there is an error, and one for planes of a file that have no key.
        """
        read = partial(keys_of, header=header)
        return [answer(read, path) for path in paths]

    def identify(self, path: str, configuration: Configuration) -> Image:
        """Read an image and return it without its pixels."""
        return identify(path, configuration)

    def measure(self, number: int, path: str, configuration: Configuration) -> Found:
        """Read an image, check it, and if it passes find and measure its sources."""
        timings = Timings()
        measured = measure(path, configuration, timings)
        found = found_in(measured, timings)
        if found.is_kept and isinstance(measured, Measured):
            self._kept[number] = measured
        return found

    def force(
        self,
        number: int,
        path: str,
        configuration: Configuration,
        digest: str,
        headers: Sequence[Mapping[str, object]],
        places: Any,
    ) -> tuple[Measurements, Timings]:
        """Measure an image by force; it is read and measured again if it is not kept.

        Raises
        ------
        ImageLost
            The file is gone, or holds another image now.
        """
        timings = Timings()
        measured = self._kept.get(number)
        if measured is None:
            measured = measure_again(path, digest, headers, configuration, timings)
        fits = configured.force(measured, places, configuration, timings)
        self._kept[number] = measured  # not before: after a failed fit nobody releases the image
        return fits, timings

    def cut(
        self,
        number: int,
        path: str,
        digest: str,
        headers: Sequence[Mapping[str, object]],
        ra: Sequence[float],
        dec: Sequence[float],
        size: float,
    ) -> list[bytes]:
        """Cut stamps out of an image; it is read again, and not kept, if it is not kept.

        Raises
        ------
        ImageLost
            The file is gone, or holds another image now.
        """
        measured = self._kept.get(number)
        image = measured.image if measured else configured.read_again(path, digest, headers)
        return extractor.cut_stamps(image, ra, dec, size)

    def release(self, number: int) -> None:
        """Forget the pixels of an image."""
        self._kept.pop(number, None)


def _without_pixels(image: Image) -> Image:
    _ = image.digest  # which needs them
    lacking = dict.fromkeys(("projection", "response", "reference", "added_noise"))
    return replace(image, data=NO_PIXELS, **lacking)  # type: ignore[arg-type]


def _found_alone(path: str, configuration: Configuration, timings: Timings) -> Found:
    """Return the results of a source list without its image."""
    with timings.stage("source list"):
        image, footprint, measurements, rms, rows = source_list.read_alone(path, configuration)
    noise = Noise(source_list.no_grid(footprint), *rms, math.nan)
    return Found(image, [], footprint, noise, math.nan, measurements, timings, rows)


def _measured(image: Image, configuration: Configuration, timings: Timings) -> Measured:
    configured.require_tense(image, configuration)
    checked = configured.check(image, configuration, timings)
    return checked if checked.failures else configured.extract(checked, configuration, timings)
