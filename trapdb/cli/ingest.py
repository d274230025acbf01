"""``trapdb ingest``."""

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import click

from trapdb.cli.options import database_option
from trapdb.cli.settings import read_settings, settings_options

if TYPE_CHECKING:
    from trapdb.cli.beside import Differences
    from trapdb.cli.progress import Progress
    from trapdb.configuration.keys import Configuration
    from trapdb.exchange.positions import Position
    from trapdb.measuring.executor import Executor
    from trapdb.stream.inbox import News


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
@click.option(
    "--follow",
    is_flag=True,
    help="Go on with new images as they appear in PATH, which are directories, until Ctrl-C.",
)
@click.option(
    "--listen",
    metavar="HOST:PORT",
    help="Take images that are sent there in AARTFAAC's protocol, until Ctrl-C; PATH is a "
    "directory for their files and nothing else: older ones are removed from it.",
)
@click.option("--log-json", is_flag=True, help="Show the progress as JSON, one object per line.")
@database_option
@settings_options(
    *("extraction", "quality", "association", "null_detection", "ingest", "source_list", "dataset")
)
@click.pass_context
def ingest(
    context: click.Context,
    paths: tuple[str, ...],
    dataset: str | None,
    monitor: Path | None,
    follow: bool,
    listen: str | None,
    log_json: bool,
    database: str | None,
    config: Path | None,
    header: tuple[str, ...],
    **settings: object,
) -> int:
    """Put images into the database, in the order in which they were taken.

    PATH is a directory (searched to the bottom for FITS files), a glob, a file, or the URL of one.
    Images that the data set already has are skipped, so the same command, run again, continues
    where it ended. A data set keeps the configuration with which it began.

    Files that an imager leaves beside an image (psf, residual, noise maps) are recognised by their
    names and passed over. Several images of one time, band, Stokes parameter, region and duration
    are refused, unless --include, --exclude or --side-by-side says which are meant.

    With --finder, PATHs are files with source lists that this finder made, with or without their
    images beside them.

    An image that cannot be read, or fails a quality check, is recorded with the reasons and does
    not stop the run. The exit status is then 1. It is 0 if all images are in the data set, 2 after
    an error that one line reports, and 130 after Ctrl-C or SIGTERM, which stop the ingest at the
    end of the current time step.

    \b
    Examples:
      trapdb ingest images/
      trapdb ingest night1/ night2/ --dataset field3 --detection-threshold 10
      trapdb ingest images/ --monitor pulsars.csv
      trapdb ingest 'scan*.fits' --header BMAJ=0.0064 --header BMIN=0.0051
      trapdb ingest --finder selavy lists/*.components.xml
      trapdb ingest --follow images/
      trapdb ingest --listen 127.0.0.1:6000 received/
      trapdb ingest --scheduler tcp://head:8786 /shared/images/
    """
    from extractor.readers.urls import is_url
    from trapdb.cli.beside import Differences
    from trapdb.cli.ingesting import ingest_files, make_executor
    from trapdb.cli.naming import check_name, dataset_name
    from trapdb.cli.progress import progress, summary_facts, summary_lines
    from trapdb.errors import InputError
    from trapdb.ingest.outcome import Fate
    from trapdb.measuring.image_files import find_images
    from trapdb.measuring.products import require_some, select
    from trapdb.monitoring.position_list import read_positions

    start = perf_counter()
    streamed = follow or listen is not None
    if streamed:
        _check_directories(paths, follow, listen)
    files = [] if streamed else find_images(paths)
    given = read_settings(config, header, settings)
    if streamed and given.source_list.is_given:
        raise InputError("source lists are neither followed nor listened for: give their files")
    rule = given.image.beside
    if listen is not None and rule and ("->" in rule or "{stem}" in rule):
        raise InputError(
            "--listen: nothing is beside an image that is sent; one file for all is wanted"
        )
    if given.source_list.is_given and any(Path(path).is_dir() or is_url(path) for path in paths):
        raise InputError("source lists are given by their files, not by directories or URLs")
    passed: list[str] = []
    if not (streamed or given.source_list.is_given):
        files, passed = select(files, given.ingest, given.image.beside)
        require_some(files, passed)
    positions = read_positions(monitor) if monitor else []
    if dataset is None:
        dataset = Path(paths[0]).resolve().name if streamed else dataset_name(paths)
    name = check_name(dataset)
    with (
        progress(None, as_json=log_json) as shown,
        make_executor(given) as executor,
    ):
        shared = name, given, positions, database, executor, shown
        if streamed:
            with Differences(name, given.difference, log_json, database) as differences:
                _ingest_stream(paths, listen, differences, *shared)
            return 0
        summary, sources = ingest_files(files, passed, *shared)
    if summary is None:
        return 1
    seconds = perf_counter() - start
    lines = list(summary_lines(summary, sources, seconds))
    if log_json:
        shown.say(lines[0], "end", **summary_facts(summary, sources, seconds))
    else:
        click.echo("\n".join(lines))
    fates = summary.fates
    lacking = fates[Fate.TAKEN] + fates[Fate.KNOWN] < fates.total()
    return max(int(lacking), _subtract(context, name, given, log_json, database))


def _subtract(
    context: click.Context,
    name: str,
    given: "Configuration",
    log_json: bool,
    database: str | None,
) -> int:
    """Go on with ``trapdb difference`` if that is asked for; return the exit status."""
    wanted = given.difference
    if wanted.output is None:
        return 0
    group = context.find_root().command
    command = group.get_command(context, "difference")  # type: ignore[attr-defined]
    status: int = context.invoke(
        command,
        dataset=name,
        output=Path(wanted.output),
        reference=None if wanted.deep_image is None else Path(wanted.deep_image),
        detection_threshold=wanted.threshold,
        log_json=log_json,
        database=database,
    )
    return status


def _check_directories(paths: tuple[str, ...], follow: bool, listen: str | None) -> None:
    from extractor.readers.urls import is_url
    from trapdb.errors import InputError

    if follow and listen is not None:
        raise InputError("--follow and --listen: give one of them")
    if any(is_url(path) for path in paths):
        raise InputError("--follow and --listen need directories of this machine, not URLs")
    if follow:
        for path in paths:
            if not Path(path).is_dir():
                raise InputError(f"{path}: --follow needs directories")
    elif len(paths) > 1 or (Path(paths[0]).exists() and not Path(paths[0]).is_dir()):
        raise InputError(f"{' '.join(paths)}: --listen needs one directory, for the images' files")


def _ingest_stream(
    paths: tuple[str, ...],
    listen: str | None,
    differences: "Differences",
    name: str,
    given: "Configuration",
    positions: "list[Position]",
    database: str | None,
    executor: "Executor",
    shown: "Progress",
) -> None:
    """Ingest images as they come, until Ctrl-C."""
    from trapdb.cli.ingesting import begun, summed_up, taken
    from trapdb.cli.progress import refusals
    from trapdb.server.access import connect
    from trapdb.stream.source import following, listening

    with (
        connect("operator", database) as conn,
        # before the data set is made: nothing remains of a mistake
        following(paths, given) if listen is None else listening(listen, paths[0], given) as source,
        begun(conn, name, given, positions, database, executor.warnings, shown) as run,
    ):
        shown.say(source.where, "streaming")

        def tell(news: "News") -> None:
            for line, facts in refusals(news.refused):
                shown.say(line, "refused", **facts)
            for warning in news.warnings:
                run.warn(warning)
            run.record(news.refused)
            run.summary.count(news.refused)

        largest = given.stream.images_per_step or 1
        with summed_up(run, shown):
            for step in taken(run, source.steps(tell), largest, executor, shown):
                source.done(image.path for image in step.images)
                differences.came(len(step.images))
