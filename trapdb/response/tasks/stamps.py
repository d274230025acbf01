"""Task ``stamps``: pieces of the last images around the source, as FITS files."""

import gzip
from typing import Any

from pydantic import Field

from trapdb.configuration.keys import Configuration, Section
from trapdb.errors import ImageLost
from trapdb.ingest.memory import Memory
from trapdb.measuring.here import Here
from trapdb.response.assignment import Assignment, Context
from trapdb.response.folder import file_in, response_folder
from trapdb.response.images import images_of
from trapdb.timing import Timings
from trapdb.whole_file import whole_file


class Settings(Section):
    """Where stamps go, and how large they are."""

    folder: str | None = Field(
        default=None, description="The folder (unset: response/stamps in trapdb's own)."
    )
    beams: float = Field(default=20.0, gt=1, le=1000, description="Their side, in beams.")


def perform(assignment: Assignment, context: Context) -> dict[str, Any]:
    """Cut them; argument ``last`` is of how many images, 5 by default."""
    event = assignment.event
    images, headers = images_of(assignment, context, int(assignment.arguments.get("last", 5)))
    memory = Memory(0, headers, Configuration(), Timings(), Here())
    folder = response_folder(context.settings.folder, "stamps")
    paths = []
    for image in images:
        memory.recall(image)
        size = context.settings.beams * image.beam_major
        try:
            (piece,) = memory.cut(image.image_id, [event.ra], [event.dec], size)
        except ImageLost as lost:
            context.say(f"no stamp: {lost}")
            continue
        name = (
            f"event-{event.event_id}/{image.taken_at:%Y%m%dT%H%M%S.%f}_"
            f"{image.freq_eff / 1e6:.3f}MHz_{image.stokes}.fits"
        )
        path = file_in(folder, name)
        with whole_file(path) as aside:
            aside.write_bytes(gzip.decompress(piece))
        paths.append(str(path))
    return {"stamps": paths}
