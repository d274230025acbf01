"""Time steps: which images belong together, and having them measured ahead of the database."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from extractor import ImageKey
from extractor.errors import ExtractorError
from trapdb.configuration.keys import Configuration
from trapdb.files import is_text
from trapdb.ingest.outcome import Outcome, unreadable
from trapdb.measuring.executor import Executor

STOKES = "IQUV"
NOT_TEXT = ExtractorError("its name is not written in UTF-8: rename it")


@dataclass(frozen=True)
class TimeStep:
    """The images of one moment, by frequency and Stokes parameter.

    ``arrived`` is when each came, by its path, if they came one by one.
    """

    taken_at: datetime
    images: list[ImageKey]
    arrived: Mapping[str, datetime] = field(default_factory=dict)


def place(
    files: Sequence[str], configuration: Configuration, executor: Executor
) -> tuple[list[TimeStep], list[Outcome]]:
    """Order files into time steps by their headers; no database is needed.

    Returns
    -------
    list of TimeStep
        In the order of time.
    list of Outcome
        Files that cannot be placed in time and frequency.
    """
    placed: list[ImageKey] = []
    refused = []
    if configuration.source_list.is_given:
        keys = [_keys_of_list(path, configuration) for path in files]
    else:
        keys = executor.read_keys(files, configuration.image.header)
    for path, of_file in zip(files, keys, strict=True):
        if isinstance(of_file, ExtractorError):
            refused.append(unreadable(path, of_file))
        elif not is_text(path):
            refused.append(unreadable(path, NOT_TEXT))
        else:
            placed += of_file
    by_time = groupby(in_order(placed), key=lambda image: image.taken_at)
    return [TimeStep(taken_at, list(group)) for taken_at, group in by_time], refused


def ahead(
    steps: Iterable[TimeStep | None], submit: Callable[[TimeStep], list[Any]], images: int
) -> Iterator[tuple[TimeStep, list[Any]]]:
    """Submit time steps ahead of the one that is wanted.

    Parameters
    ----------
    steps : iterable of TimeStep or None
        In the order of time; None says that there is no other one yet.
    submit : callable
        Makes the jobs of a time step.
    images : int
        So many images are submitted before the first step is given out, if there are as many.

    Yields
    ------
    TimeStep, list
        A time step with its jobs.
    """
    submitted: deque[tuple[TimeStep, list[Any]]] = deque()
    waiting = 0
    for step in steps:
        if step is not None:
            submitted.append((step, submit(step)))
            waiting += len(step.images)
        while submitted and (step is None or waiting > images):
            waiting -= len(submitted[0][0].images)
            yield submitted.popleft()
            if step is None:
                break  # perhaps there is one by now
    yield from submitted


def _keys_of_list(path: str, configuration: Configuration) -> list[ImageKey] | ExtractorError:
    from trapdb.measuring.source_list.measure import read_keys

    try:
        return read_keys(path, configuration)
    except ExtractorError as error:
        return error


def in_order(images: Iterable[ImageKey]) -> list[ImageKey]:
    """Sort images by time, frequency and Stokes parameter."""
    return sorted(images, key=lambda key: (key.taken_at, key.freq_eff, STOKES.index(key.stokes)))
