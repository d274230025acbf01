"""The ingest that ``trapdb ingest`` and ``trapdb stack`` share: runs, and how they are shown."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from threading import Thread
from time import perf_counter
from typing import TYPE_CHECKING, Any

from trapdb.cli.options import command_line

if TYPE_CHECKING:
    from psycopg import Connection

    from trapdb.cli.progress import Progress
    from trapdb.configuration.keys import Configuration
    from trapdb.exchange.positions import Position
    from trapdb.ingest.outcome import StepReport, Summary
    from trapdb.ingest.run import Run
    from trapdb.ingest.steps import TimeStep
    from trapdb.measuring.executor import Executor


def make_executor(given: "Configuration") -> "Executor":
    """Return the executor that measures the images.

    Its workers start while the database is found, or made: as many as there may be for a single
    file, too, which can be a cube.
    """
    if given.ingest.scheduler is not None:
        from trapdb.measuring.dask_executor import DaskCluster

        executor: Executor = DaskCluster(given.ingest.scheduler)
    else:
        from trapdb.measuring.workers import Workers, count_cores

        executor = Workers(given.ingest.workers or count_cores())
    executor.image_limit_s = given.ingest.image_limit_s
    return executor


def ingest_files(
    files: list[str],
    passed: list[str],
    name: str,
    given: "Configuration",
    positions: "list[Position]",
    database: str | None,
    executor: "Executor",
    shown: "Progress",
) -> "tuple[Summary | None, int]":
    """Ingest files and show the progress; return the summary and the number of sources.

    The files are put in order while the database is found, or made. Without a readable image there
    is no run.
    """
    from trapdb.cli.progress import refusals
    from trapdb.cli.reading import dataset_names
    from trapdb.measuring.products import passed_line
    from trapdb.server.access import connect, is_yet_to_be_made

    prepared: Future[Any] = Future()
    work = prepared, files, given, executor, is_yet_to_be_made(database)
    # It is not waited for if there is no database: the executor ends it.
    Thread(target=_prepare, args=work, daemon=True).start()
    with connect("operator", database) as conn:
        steps, refused, jobs = prepared.result()
        shown.expect(sum(len(step.images) for step in steps))
        warnings = [*executor.warnings, *([passed_line(passed)] if passed else [])]
        for line, facts in refusals(refused):
            shown.say(line, "refused", **facts)
        if not steps and name not in dataset_names(conn):
            for line in (*warnings, f"no image to begin with: data set {name} is not made"):
                shown.say(line)
            return None, 0
        with begun(conn, name, given, positions, database, warnings, shown) as run:
            run.record(refused)
            run.summary.count(refused)
            if steps and (last := steps[-1].taken_at) > datetime.now(UTC):
                run.warn(
                    f"the last image says that it was taken at {last:%Y-%m-%d %H:%M:%S}, which is "
                    "yet to come: whatever comes now will be late after it; check DATE-OBS"
                )
            if run.configuration != given or run.last_taken_at:  # somebody was here before
                for job in jobs.values():
                    executor.release(job)
                jobs = {}
            with summed_up(run, shown):
                for _ in taken(run, steps, _largest(steps), executor, shown, jobs):
                    pass
            return run.summary, run.count_sources()


def _prepare(
    prepared: "Future[Any]",
    files: list[str],
    given: "Configuration",
    executor: "Executor",
    is_first: bool,
) -> None:
    """Put files in order; begin to measure them if nothing else can be known of the data set."""
    from trapdb.ingest.placing import place

    try:
        steps, refused = place(files, given, executor)
        jobs = {}
        if is_first:
            executor.images_in_memory = room = _room(given, _largest(steps), executor)
            images = [image for step in steps for image in step.images][:room]
            jobs = {image.path: executor.measure(image.path, given) for image in images}
        prepared.set_result((steps, refused, jobs))
    except BaseException as error:
        prepared.set_exception(error)


def _largest(steps: "Sequence[TimeStep]") -> int:
    """Return the most images that a time step has."""
    return max((len(step.images) for step in steps), default=0)


def _room(configuration: "Configuration", largest: int, executor: "Executor") -> int:
    """Return how many images may be in memory."""
    needed = largest + configuration.null_detection.backfill
    return configuration.ingest.images_in_memory or needed + 2 * executor.count


@contextmanager
def begun(
    conn: "Connection[Any]",
    name: str,
    given: "Configuration",
    positions: "list[Position]",
    database: str | None,
    warnings: "Sequence[str]",
    shown: "Progress",
) -> "Iterator[Run]":
    """Begin a run and report the values that apply to it; report where it was interrupted."""
    from trapdb.cli.progress import changes_line, stopped_line
    from trapdb.database import routines
    from trapdb.ingest.run import Run
    from trapdb.server.access import connect

    again = partial(connect, "operator", database)
    run = Run(conn, name, given, command_line(), again)
    if positions:
        changes = routines.set_monitor_positions(conn, name, positions)
        shown.say(changes_line(changes), "monitored")
    with run:
        for key, (asked, held) in run.overruled.items():
            kept = "unset" if held is None else held
            run.warn(f"data set {name} keeps its {key} = {kept}; {asked} does not apply")
        for warning in warnings:
            run.warn(warning)
        try:
            yield run
        except KeyboardInterrupt:
            shown.say(stopped_line(run.summary), "stopped")
            raise


@contextmanager
def summed_up(run: "Run", shown: "Progress") -> "Iterator[None]":
    """Warn of unused rows and lone bands, and summarise the run if Ctrl-C ends it."""
    import psycopg

    from trapdb.cli.progress import (
        lone_band_lines,
        lone_stokes_lines,
        summary_facts,
        summary_lines,
        unused_lines,
    )
    from trapdb.errors import TrapdbError

    start = perf_counter()
    try:
        yield
        for line in (
            *unused_lines(run.summary),
            *lone_stokes_lines(run.summary),
            *lone_band_lines(run.lone_bands()),
        ):
            run.warn(line)
    except KeyboardInterrupt:
        with suppress(psycopg.Error, TrapdbError):  # the database may be gone
            for line in unused_lines(run.summary):
                run.warn(line)
            result = run.summary, run.count_sources(), perf_counter() - start
            shown.say("\n".join(summary_lines(*result)), "end", **summary_facts(*result))
        raise


def taken(
    run: "Run",
    steps: "Iterable[TimeStep | None]",
    largest: int,
    executor: "Executor",
    shown: "Progress",
    jobs: "Mapping[str, Any] | None" = None,
) -> "Iterator[StepReport]":
    """Ingest time steps and report each; `largest` is the most images that one of them has.

    ``jobs`` are the first images by their paths, if they are being measured already.
    """
    from trapdb.cli.progress import losses, refusals, step_facts, step_line
    from trapdb.ingest.loop import Ingest

    room = _room(run.configuration, largest, executor)
    if not jobs:
        executor.images_in_memory = room
    for step in Ingest(run, executor, jobs).take(steps, room):
        for line, facts in (*refusals(step.images), *losses(step.filled)):
            shown.say(line, "refused", **facts)
        shown.advance(len(step.images), step_line(step), **step_facts(step))
        yield step
