"""The images of a source, to be read again."""

from typing import Any

from trapdb.database import ids, routines
from trapdb.errors import InputError
from trapdb.response.assignment import Assignment, Context
from trapdb.response.statements import statement


def images_of(assignment: Assignment, context: Context, last: int) -> tuple[list[Any], list[Any]]:
    """Return the last images of the source of an event, those of its time step first.

    Returns
    -------
    list of named tuples
        ``image_id``, ``path``, ``digest``, ``taken_at``, ``freq_eff`` [Hz], ``stokes``,
        ``beam_major`` [deg].
    list of mapping
        The sets of header values with which they may have been read.

    Raises
    ------
    InputError
        There are none: the source, or its data set, is not there any more.
    """
    images = []
    if assignment.source_id is not None:
        with context.connect("operator") as conn:
            images = conn.execute(
                statement("images_of_source"),
                {
                    "source_id": assignment.source_id,
                    "until": assignment.event.taken_at,
                    "last": last,
                },
            ).fetchall()
            if images:
                dataset_id = ids.dataset_of_source(assignment.source_id)
                headers = routines.supplied_headers(conn, dataset_id)
    if not images:
        raise InputError(f"{assignment.event.source_name} has no images any more")
    return images, headers
