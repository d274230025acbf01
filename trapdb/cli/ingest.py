"""``trapdb ingest``."""

from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import click

from trapdb.cli.options import command_line, database_option
from trapdb.cli.settings import read_settings, settings_options

if TYPE_CHECKING:
    from trapdb.cli.progress import Progress
    from trapdb.config import Configuration
    from trapdb.monitor import Position
    from trapdb.outcome import Summary
    from trapdb.steps import TimeStep
    from trapdb.workers import Workers


@click.command(context_settings={"show_default": True})
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--dataset",
    metavar="NAME",
    help="Data set to add to; by default named after the first directory.",
)
@click.option(
    "--monitor",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Positions to measure in every image, added or changed by name before the images.",
)
@click.option("--log-json", is_flag=True, help="Tell the progress as JSON, an object a line.")
@database_option
@settings_options("extraction", "quality", "association", "null_detection", "ingest")
def ingest(
    paths: tuple[str, ...],
    dataset: str | None,
    monitor: Path | None,
    log_json: bool,
    database: str | None,
    config: Path | None,
    header: tuple[str, ...],
    **settings: object,
) -> int:
    """Put images into the database, in the order in which they were taken.

    PATH is a directory (searched to the bottom for FITS files), a glob, or a file. Images that the
    data set has already are skipped, so that running the same command again goes on where it
    ended. A data set keeps the configuration with which it began.

    An image that cannot be read, or fails a quality check, is recorded with the reasons and does
    not stop the run. The exit status is then 1; it is 0 if all images are in the data set.

    \b
    Examples:
      trapdb ingest images/
      trapdb ingest night1/ night2/ --dataset field3 --detection-threshold 10
      trapdb ingest images/ --monitor pulsars.csv
      trapdb ingest 'scan*.fits' --header BMAJ=0.0064 --header BMIN=0.0051
    """
    from trapdb.cli.progress import progress, summary_facts, summary_lines
    from trapdb.files import check_name, dataset_name, find_images
    from trapdb.monitor import read_positions
    from trapdb.outcome import Fate
    from trapdb.workers import Workers, count_cores

    start = perf_counter()
    files = find_images(paths)
    given = read_settings(config, header, settings)
    positions = read_positions(monitor) if monitor else []
    name = check_name(dataset_name(paths) if dataset is None else dataset)
    # They start while the database is looked for, which may have to be made first.
    count = min(given.ingest.workers or count_cores(), len(files))
    with Workers(count) as workers, progress(len(files), as_json=log_json) as shown:
        summary, sources = _ingest(files, name, given, positions, database, workers, shown)
    if summary is None:
        return 1
    seconds = perf_counter() - start
    lines = list(summary_lines(summary, sources, seconds))
    if log_json:
        shown.say(lines[0], "end", **summary_facts(summary, sources, seconds))
    else:
        click.echo("\n".join(lines))
    fates = summary.count()
    return int(fates[Fate.TAKEN] + fates[Fate.KNOWN] < len(summary.images))


def _ingest(
    files: list[str],
    name: str,
    given: "Configuration",
    positions: "list[Position]",
    database: str | None,
    workers: "Workers",
    shown: "Progress",
) -> "tuple[Summary | None, int]":
    """Ingest files, telling of it; return what the run brought, and the number of sources then.

    Without an image to begin with there is no run.
    """
    from trapdb import api
    from trapdb.cli.progress import (
        changes_line,
        losses,
        refusals,
        step_facts,
        step_line,
        stopped_line,
    )
    from trapdb.database import connect
    from trapdb.ingest import Ingest
    from trapdb.reading import dataset_names
    from trapdb.run import Run
    from trapdb.steps import place

    with connect("operator", database) as conn:
        steps, refused = place(files, given, workers)
        for line in refusals(refused):
            shown.say(line, "refused")
        if not steps and name not in dataset_names(conn):
            shown.say(f"no image to begin with: data set {name} is not made")
            return None, 0
        again = partial(connect, "operator", database)
        with Run(conn, name, given, command_line(), again, shown.say) as run:
            for key, (asked, held) in run.overruled.items():
                run.warn(f"data set {name} keeps its {key} = {held}; {asked} does not apply")
            if positions:
                changes = api.set_monitor_positions(conn, name, positions)
                shown.say(changes_line(changes), "monitored")
            run.record(refused)
            run.summary.images += refused
            workers.images_in_memory = _room(run.configuration, steps, workers.count)
            ingest = Ingest(run, workers)
            try:
                for step in ingest.take(steps, workers.images_in_memory):
                    for line in (*refusals(step.images), *losses(step.filled)):
                        shown.say(line, "refused")
                    shown.advance(len(step.images), step_line(step), **step_facts(step))
            except KeyboardInterrupt:
                shown.say(stopped_line(run.summary), "stopped")
                raise
        with run.conn:  # another one than at the beginning, if that broke
            return run.summary, run.count_sources()


def _room(configuration: "Configuration", steps: "list[TimeStep]", workers: int) -> int:
    """Give the number of images that may be in memory at once."""
    largest = max((len(step.images) for step in steps), default=0)
    needed = largest + configuration.null_detection.backfill
    return configuration.ingest.images_in_memory or needed + 2 * workers
