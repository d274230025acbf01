"""``trapdb backfill``."""

from typing import Any

import click

from trapdb.cli.options import COUNT, database_option, dataset_option


@click.command()
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="NAME_OR_ID",
    help="Only this source or monitored position; may be repeated.",
)
@click.option(
    "--new", is_flag=True, help="Only sources that appeared where an earlier image covered them."
)
@click.option("--last", type=COUNT, help="Only so many images, the latest.")
@dataset_option
@database_option
def backfill(
    sources: tuple[str, ...],
    new: bool,
    last: int | None,
    dataset: str | None,
    database: str | None,
) -> int:
    """Measure sources in the images from before they were known.

    This concerns every image that covers a source and holds no point of it: images before the
    discovery, images in which the source had expired, and images in which a position was not yet
    monitored. The file of each image is read again. The new points join the light curves, marked
    as back-filled, and count in the variability.

    Each image is a transaction. After an interruption, run the same command again to continue; a
    command that is complete adds nothing when it is run again. The exit status is 1 if the file
    of an image is gone or has changed.

    \b
    Examples:
      trapdb backfill --new
      trapdb backfill --dataset field --source J100012.3+300102 --last 20
    """
    from trapdb.cli.reading import resolve_dataset
    from trapdb.database import routines
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        name = resolve_dataset(conn, dataset)
        dataset_id = routines.find_dataset(conn, name).dataset_id
        source_ids = _source_ids(conn, name, dataset_id, sources, new)
    return fill_in(database, name, source_ids, last)


def fill_in(
    database: str | None, dataset: str, source_ids: list[int], last: int | None = None
) -> int:
    """Measure sources where they lack points and show the progress; return the exit status."""
    from trapdb.cli.progress import counted, losses, progress
    from trapdb.cli.running import run_on
    from trapdb.database import routines
    from trapdb.ingest.backfill import fill
    from trapdb.measuring.here import Here

    points = lost = 0
    with run_on(database, dataset) as run:
        images = run.database.insist(routines.backfill_images, run.dataset_id, source_ids, last)
        with progress(len(images)) as shown:
            for filled in fill(run, source_ids, images, Here()):
                points += filled.points
                lost += bool(filled.trouble)
                for line, facts in losses([filled]):
                    shown.say(line, "refused", **facts)
                shown.advance(
                    1, f"{filled.taken_at:%Y-%m-%d %H:%M:%S}  {counted(filled.points, 'point')}"
                )
    click.echo(
        f"data set {dataset}: {counted(points, 'point')} filled in, in {len(images) - lost} of "
        f"{len(images)} images"
    )
    return int(lost > 0)


def _source_ids(
    conn: Any, dataset: str, dataset_id: int, sources: tuple[str, ...], new: bool
) -> list[int]:
    """Return the ids of the sources that were asked for."""
    from trapdb.cli.which import find_source
    from trapdb.database import routines
    from trapdb.errors import InputError

    eligible = routines.backfill_sources(conn, dataset_id, new)
    if not sources:
        return eligible
    named = {source: find_source(conn, dataset, source) for source in sources}
    for source, source_id in named.items():
        if source_id not in eligible:
            what = "new source" if new else "source"
            raise InputError(f"{dataset} has no {what} {source}; `trapdb sources` lists them")
    return sorted(set(named.values()))
