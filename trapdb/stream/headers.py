"""Reading the headers of images that came, as far as that orders them."""

from collections.abc import Mapping, Sequence

from extractor import ImageKey
from extractor.errors import ExtractorError
from extractor.opening import keys_of
from trapdb.ingest.outcome import NOT_TEXT, Outcome, unreadable
from trapdb.paths import is_text


def read_keys(
    paths: Sequence[str], header: Mapping[str, object]
) -> tuple[list[ImageKey], list[Outcome]]:
    """Read what orders images, here: workers have it behind all that was handed to them before."""
    images: list[ImageKey] = []
    refused: list[Outcome] = []
    for path in paths:
        if not is_text(path):
            refused.append(unreadable(path, NOT_TEXT))
            continue
        try:
            keys = keys_of(path, header=header)
        except ExtractorError as error:
            refused.append(unreadable(path, error))
            continue
        for key in keys:
            if isinstance(key, ExtractorError):
                refused.append(unreadable(path, key))
            else:
                images.append(key)
    return images, refused
