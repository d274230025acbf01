"""Images that were read before, and whose files are opened again."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from extractor.errors import ExtractorError
from extractor.parts import OpenPlane, open_plane
from extractor.readers.metadata import Metadata
from extractor.readers.planes import split_plane
from extractor.readers.urls import is_url
from trapdb.errors import ImageLost


@contextmanager
def opened_again(
    path: str, headers: Sequence[Mapping[str, object]], is_this: Callable[[Metadata], bool]
) -> Iterator[OpenPlane]:
    """Open an image that was read from this file before, to read parts of it.

    Parameters
    ----------
    path
        The file.
    headers
        Sets of header values; the image was read with one of them.
    is_this
        Whether it is that image, by what it says of itself: its digest would need all pixels.

    Raises
    ------
    ImageLost
        The file is gone, or holds another image. Also while it is read.
    """
    trouble, found = "the file is gone", False
    for header in headers:
        try:
            with open_plane(path, header=header) as plane:
                found = is_this(plane.metadata)
                if found:
                    yield plane
                    return
            trouble = "the file has changed"
        except ExtractorError:
            trouble = trouble_of(path)
            if found:
                break
    raise ImageLost(path, trouble)


def trouble_of(path: str) -> str:
    """Say what is the matter with a file that cannot be opened."""
    there = is_url(path) or os.path.exists(split_plane(path)[0])
    return "the file cannot be read any more" if there else "the file is gone"
