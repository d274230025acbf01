"""Task ``monitor``: measure the position in every image, and in those that were taken before."""

from functools import partial
from typing import Any

from trapdb.configuration.keys import Configuration
from trapdb.database import routines
from trapdb.errors import InputError
from trapdb.exchange.positions import Position
from trapdb.ingest.backfill import fill
from trapdb.ingest.run import Run
from trapdb.measuring.here import Here
from trapdb.response.assignment import Assignment, Context


def perform(assignment: Assignment, context: Context) -> dict[str, Any]:
    """Add the position, and fill in its light curve.

    Arguments, all optional: ``name``, ``ra`` and ``dec`` [deg] of the position, by default those of
    the event; ``dataset``; ``backfill``, false for later images only; ``last``, for so many of the
    earlier ones.
    """
    event, said = assignment.event, assignment.arguments
    dataset = str(said.get("dataset", event.dataset))
    name = str(said.get("name", f"event-{event.first_event_id or event.event_id}"))
    position = Position(name, float(said.get("ra", event.ra)), float(said.get("dec", event.dec)))
    again = partial(context.connect, "operator")
    with again() as conn:
        held = Configuration.model_validate(routines.find_dataset(conn, dataset).configuration)
        ((source_id, change),) = routines.set_monitor_positions(conn, dataset, [position])
        result: dict[str, Any] = {"dataset": dataset, "source_id": source_id, "position": change}
        if not said.get("backfill", True):
            return result
        command = f"response: package {assignment.package_id}, task {assignment.number}"
        points, lost = 0, []
        with Run(conn, dataset, held, command, again) as run:
            images = run.database.insist(
                routines.backfill_images, run.dataset_id, [source_id], said.get("last")
            )
            for filled in fill(run, [source_id], images, Here()):
                points += filled.points
                if filled.trouble:
                    lost.append(f"{filled.path}: {filled.trouble}")
        for line in lost:
            context.say(line)
        if lost and not points:
            raise InputError(f"no image can be read any more: {lost[0]}")
        return {**result, "images": len(images), "points": points, "lost": len(lost)}
