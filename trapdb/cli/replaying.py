"""The replay that ``trapdb reassociate`` and ``trapdb dataset replay`` share."""

from typing import Any

import click

from trapdb.cli.output import write_listing
from trapdb.cli.progress import progress
from trapdb.ingest.rebuild import replay
from trapdb.ingest.run import Run
from trapdb.measuring.here import Here


def replay_into(run: Run, images: list[Any], form: str | None) -> int:
    """Replay images into a run's data set and show the progress; list the fits that lack pixels."""
    unmeasured = []
    with progress(len(images)) as shown:
        for step in replay(run, images, Here()):
            unmeasured += step.unmeasured
            shown.advance(
                step.images,
                f"{step.taken_at:%Y-%m-%d %H:%M:%S}  {step.images} images, "
                f"{step.forced} forced fits, {step.backfilled} back-filled, "
                f"{sum(len(image.missing) for image in step.unmeasured)} not to be had",
            )
    sources = run.count_sources()
    click.echo(
        f"data set {run.summary.dataset}: {len(images)} images associated, {sources} sources",
        err=True,
    )
    if unmeasured:
        rows = [
            (image.path, image.taken_at, ra, dec)
            for image in unmeasured
            for ra, dec in image.missing
        ]
        click.echo(f"{len(rows)} forced fits need pixels that are not there any more:", err=True)
        write_listing(["path", "taken_at", "ra", "dec"], rows, form)
    return int(bool(unmeasured))
