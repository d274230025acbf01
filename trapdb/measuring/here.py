"""Measure images in this process."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from extractor import Measurements
from trapdb.configuration.keys import Configuration
from trapdb.measuring.measurer import Measurer
from trapdb.timing import Timings


@dataclass(frozen=True)
class _Job:
    number: int
    path: str
    configuration: Configuration
    digest: str
    headers: Sequence[Mapping[str, object]]


class Here:
    """Measures in this process, when it is asked to; a `Keeper`."""

    def __init__(self) -> None:
        self._measurer = Measurer()
        self._numbers = itertools.count()

    def recall(
        self,
        path: str,
        digest: str,
        configuration: Configuration,
        headers: Sequence[Mapping[str, object]],
    ) -> _Job:
        """See `Keeper`."""
        return _Job(next(self._numbers), path, configuration, digest, headers)

    def force(self, job: _Job, places: Any) -> tuple[Measurements, Timings]:
        """See `Keeper`."""
        return self._measurer.force(
            job.number, job.path, job.configuration, job.digest, job.headers, places
        )

    def cut(self, job: _Job, ra: Sequence[float], dec: Sequence[float], size: float) -> list[bytes]:
        """See `Keeper`."""
        return self._measurer.cut(job.number, job.path, job.digest, job.headers, ra, dec, size)

    def release(self, job: _Job) -> None:
        """See `Keeper`."""
        self._measurer.release(job.number)
