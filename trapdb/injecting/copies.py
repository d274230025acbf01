"""Time steps of copies of images, which are written when they are wanted and removed when done."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from extractor import Image, ImageKey
from extractor.errors import ExtractorError
from trapdb.errors import ImageLost, InputError
from trapdb.ingest.steps import TimeStep
from trapdb.injecting.field import Field, Plane
from trapdb.injecting.pixels import with_sources, write_copy
from trapdb.injecting.truth import Fluxes, Source


class Copies:
    """Copies of the images of a field, with sources in them.

    Parameters
    ----------
    field : Field
    sources : sequence of Source
    read : callable
        From one of its planes to the image, with pixels.
    folder : Path
        Where the copies are written.
    kept : int or None
        How many time steps that are done keep their files; None: all.
    leave_out : callable
        Takes the path of an image that is left out, and the reason.
    """

    def __init__(
        self,
        field: Field,
        sources: Sequence[Source],
        read: Callable[[Plane], Image],
        folder: Path,
        kept: int | None,
        leave_out: Callable[[str, str], None],
    ) -> None:
        self._planes = list(enumerate(field.planes))
        self._sources = sources
        self._fluxes = Fluxes(sources, field.planes)
        self._read = read
        self._folder = folder
        self._kept = kept
        self._leave_out = leave_out
        self._done: deque[list[Path]] = deque()

    def steps(self) -> Iterator[TimeStep]:
        """Yield the time steps, each when its copies are written.

        Raises
        ------
        InputError
            A file cannot be written.
        """
        for taken_at, group in groupby(self._planes, key=lambda one: one[1].taken_at):
            images = [key for number, plane in group if (key := self._copy(number, plane))]
            if images:
                yield TimeStep(taken_at, images)

    def done(self, step: TimeStep) -> None:
        """Remove the files of time steps that nobody needs any more, now that one more is done."""
        if self._kept is None:
            return
        self._done.append([Path(key.path) for key in step.images])
        while len(self._done) > self._kept:
            for path in self._done.popleft():
                path.unlink(missing_ok=True)

    def _copy(self, number: int, plane: Plane) -> ImageKey | None:
        try:
            image = self._read(plane)
            start = float(self._fluxes.times.start[number])
            fluxes = self._fluxes.in_plane(number)
            path = write_copy(
                image, with_sources(image, self._sources, fluxes, start), self._folder
            )
        except (ExtractorError, ImageLost) as error:
            self._leave_out(plane.path, str(error).removeprefix(f"{plane.path}: "))
            return None
        except OSError as error:
            raise InputError(f"{self._folder}: cannot be written: {error.strerror}") from error
        return ImageKey(str(path), plane.taken_at, plane.freq_eff, plane.stokes)
