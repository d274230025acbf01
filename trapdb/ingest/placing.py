"""Order files into time steps by their headers."""

from collections.abc import Sequence
from itertools import groupby

from extractor import ImageKey
from extractor.errors import ExtractorError
from trapdb.configuration.keys import Configuration
from trapdb.ingest.outcome import NOT_TEXT, Outcome, unreadable
from trapdb.ingest.steps import TimeStep, in_order
from trapdb.measuring import source_list
from trapdb.measuring.executor import Executor
from trapdb.paths import is_text


def place(
    files: Sequence[str], configuration: Configuration, executor: Executor
) -> tuple[list[TimeStep], list[Outcome]]:
    """Order files into time steps by their headers; no database is needed.

    Returns
    -------
    list of TimeStep
        In the order of time.
    list of Outcome
        Files that cannot be placed in time and frequency, or of which planes cannot.
    """
    placed: list[ImageKey] = []
    refused = []
    if configuration.source_list.is_given:
        keys = [_keys_of_list(path, configuration) for path in files]
    else:
        keys = executor.read_keys(files, configuration.image.keywords)
    for path, of_file in zip(files, keys, strict=True):
        if isinstance(of_file, ExtractorError):
            refused.append(unreadable(path, of_file))
        elif not is_text(path):
            refused.append(unreadable(path, NOT_TEXT))
        else:
            for key in of_file:
                if isinstance(key, ExtractorError):
                    refused.append(unreadable(path, key))
                else:
                    placed.append(key)
    by_time = groupby(in_order(placed), key=lambda image: image.taken_at)
    return [TimeStep(taken_at, list(group)) for taken_at, group in by_time], refused


def _keys_of_list(
    path: str, configuration: Configuration
) -> list[ImageKey | ExtractorError] | ExtractorError:
    try:
        return [*source_list.read_keys(path, configuration)]
    except ExtractorError as error:
        return error
