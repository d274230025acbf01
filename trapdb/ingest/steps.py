"""Time steps: the images of one moment, and their measuring ahead of the database."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from extractor.readers.metadata import ImageKey

STOKES = "IQUV"


@dataclass(frozen=True)
class TimeStep:
    """The images of one moment, by frequency and Stokes parameter.

    ``arrived`` holds the time of each image's arrival, by its path, if images arrive one by one.
    """

    taken_at: datetime
    images: list[ImageKey]
    arrived: Mapping[str, datetime] = field(default_factory=dict)


def in_order(images: Iterable[ImageKey]) -> list[ImageKey]:
    """Sort images by time, frequency and Stokes parameter."""
    return sorted(images, key=lambda key: (key.taken_at, key.freq_eff, STOKES.index(key.stokes)))


def ahead(
    steps: Iterable[TimeStep | None], submit: Callable[[TimeStep], list[Any]], images: int
) -> Iterator[tuple[TimeStep, list[Any]]]:
    """Submit time steps ahead of the one that is wanted.

    Parameters
    ----------
    steps : iterable of TimeStep or None
        In the order of time; None means that there is no other one yet.
    submit : callable
        Makes the jobs of a time step.
    images : int
        How many images are submitted before the first step is yielded, if there are as many.

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
                break  # ask again later
    yield from submitted
