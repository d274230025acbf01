"""What the two ways of ``trapdb inject`` share: what is injected, and what the data set is."""

from pathlib import Path
from typing import Any

from trapdb.configuration.keys import Configuration
from trapdb.errors import InputError
from trapdb.injecting.drawing import Wanted, draw
from trapdb.injecting.field import Field
from trapdb.injecting.tables import read_sources
from trapdb.injecting.truth import Source, peaks_of, rows_of


def choose(
    field: Field, wanted: Wanted, table: Path | None
) -> tuple[list[Source], list[dict[str, Any]]]:
    """Draw sources or read them; return them, and the rows of truth of those that are covered."""
    if table is None:
        sources, peaks = draw(wanted, field)
        return sources, rows_of(sources, peaks, field.planes)
    sources = read_sources(table, field.planes, wanted.seed)
    peaks = peaks_of(sources, field)
    for at, source in enumerate(sources):
        if not peaks.images[at]:
            raise InputError(
                f"{table}: source {source.number} at {source.ra}, {source.dec} deg is in no image"
            )
        if peaks.snr[at] == 0:
            raise InputError(
                f"{table}: source {source.number} shines in no image: its light curve is 0 at the "
                f"times of all {peaks.images[at]} that cover it"
            )
    return sources, rows_of(sources, peaks, field.planes)


def injected(given: Configuration) -> Configuration:
    """Return the configuration of a data set of copies, which is injected."""
    return given.model_copy(
        update={
            "dataset": given.dataset.model_copy(update={"tense": "injected", "derived": True}),
            # what was supplied for the files, or lay beside them, is in the copies
            "image": given.image.of_written(),
        }
    )
