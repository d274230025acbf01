"""Reading the headers of images that came, as far as that orders them."""

from collections.abc import Mapping, Sequence

import extractor
from extractor import ImageKey
from extractor.errors import ExtractorError
from trapdb.ingest.outcome import NOT_TEXT, Outcome, unreadable
from trapdb.paths import is_text


def read_keys(
    paths: Sequence[str], header: Mapping[str, object]
) -> tuple[list[ImageKey], list[Outcome]]:
    """Read what orders images, here: workers have it behind all that was handed to them before."""
    images, refused = [], []
    for path in paths:
        if not is_text(path):
            refused.append(unreadable(path, NOT_TEXT))
            continue
        try:
            images += extractor.read_keys(path, header=header)
        except ExtractorError as error:
            refused.append(unreadable(path, error))
    return images, refused
