"""``trapdb difference``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trapdb.cli.options import FiniteRange, database_option

if TYPE_CHECKING:
    from psycopg import Connection

    from extractor.difference import Reference
    from trapdb.configuration.keys import Configuration

SUFFIX = "_difference"
# What is asked for where something changed and the catalogue of the images has nothing.
MONITORED = "difference_{name}"


@click.command(context_settings={"show_default": True})
@click.argument("dataset")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    metavar="DIR",
    help="Where the differences are written; they have to stay there.",
)
@click.option(
    "--reference",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Subtract this deep image from all; by default each time the mean of the images before.",
)
@click.option(
    "--detection-threshold",
    type=FiniteRange(min=0, min_open=True),
    metavar="SIGMA",
    help="Peak S/N of what is found in the differences; by default that of the data set.",
)
@click.option("--log-json", is_flag=True, help="Show the progress as JSON, one object per line.")
@database_option
def difference(
    dataset: str,
    output: Path,
    reference: Path | None,
    detection_threshold: float | None,
    log_json: bool,
    database: str | None,
) -> int:
    """Subtract a reference from each image, and find what changed, in both signs.

    The reference is the mean of the images before, of the same band and Stokes parameter, weighted
    by their noise; the first image has none. Each image is moved back and scaled by what it is off
    from the catalogue, and both are brought to a common beam; nothing is ever deconvolved. To the
    noise 1 % of the reference's changes within half a beam are added, and 0.5 % of itself.

    Differences are images of a data set of their own, DATASET_difference, with the configuration of
    DATASET: association, light curves, definitions and rewinding are as ever. Where something is
    found and DATASET has no source, a position is monitored there, so that it is measured in the
    images themselves, those from before included. In SQL: trap.difference_source, trap.difference.

    Given again when there are more images, the same command adds what is new. Left out, with the
    reason, are images of another grid, or of a beam that is too different. The exit status is 1 if
    there is one.

    \b
    Examples:
      trapdb difference field -o differences/
      trapdb difference field -o differences/ --detection-threshold 6
      trapdb difference field -o differences/ --reference deep.fits
      trapdb query "select * from trap.difference_source where not dipole"
    """
    from trapdb.cli.ingesting import ingest_files, make_executor
    from trapdb.cli.naming import check_name
    from trapdb.cli.progress import counted, progress, summary_lines
    from trapdb.cli.reading import dataset_names
    from trapdb.configuration.keys import Configuration
    from trapdb.database import routines
    from trapdb.database.connection import call
    from trapdb.differencing.differences import Written, write_differences
    from trapdb.errors import InputError
    from trapdb.ingest.outcome import Fate
    from trapdb.measuring.configured import read_again
    from trapdb.measuring.one_thread import one_thread
    from trapdb.server.access import connect

    name = check_name(dataset + SUFFIX)
    one_thread()
    with connect("operator", database) as conn:
        held = routines.find_dataset(conn, dataset)
        headers = routines.supplied_headers(conn, held.dataset_id)
        call(conn, "require_unpublished", dataset_id=held.dataset_id)  # rather than at the end
        images = call(conn, "image_to_difference", dataset=dataset)
        kept = None
        if detection_threshold is not None and name in dataset_names(conn):
            kept = routines.find_dataset(conn, name).configuration["extraction"]
    given = Configuration.model_validate(held.configuration)
    deep = None if reference is None else _deep(reference, given)
    if len(images) < (1 if deep else 2):
        raise InputError(f"{dataset} has {counted(len(images), 'image')}: nothing to subtract")
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{output}: cannot be made: {error.strerror}") from error
    made: list[Written] = []
    left_out = 0
    with progress(len(images), as_json=log_json) as shown:

        def leave_out(path: str, reason: str) -> None:
            nonlocal left_out
            left_out += 1
            reason = reason.removeprefix(f"{path}: ")
            shown.say(f"left out: {path}: {reason}", "left out", path=path, reason=reason)

        def read(image: Any) -> Any:
            return read_again(image.path, image.digest, headers)

        for image, written in write_differences(images, read, output.resolve(), deep, leave_out):
            if written is not None:
                made.append(written)
            shown.advance(1, f"{image.taken_at:%Y-%m-%d %H:%M:%S}")
    if not made:
        click.echo(f"data set {name}: no image without a difference can have one")
        if kept is not None and kept["detection_threshold"] != detection_threshold:
            click.echo(
                f"data set {name} keeps its extraction.detection_threshold = "
                f"{kept['detection_threshold']:g}; {detection_threshold:g} does not apply: `trapdb "
                f"dataset delete {name}` makes room for differences with another one"
            )
        return int(left_out > 0)
    settings = _for_differences(given, detection_threshold)
    files = [str(one.path) for one in made]
    with progress(None, as_json=log_json) as shown, make_executor(settings) as executor:
        summary, sources = ingest_files(files, [], name, settings, [], database, executor, shown)
    if summary is None:
        return 1
    with connect("operator", database) as conn:
        with conn.transaction():
            for one in made:
                routines.add_difference(conn, name, str(one.path), one)
        asked = _monitor(conn, name, dataset)
    click.echo(next(iter(summary_lines(summary, sources, 0.0))))
    status = _fill(database, dataset, asked)
    fates = summary.fates
    refused = left_out + fates.total() - fates[Fate.TAKEN] - fates[Fate.KNOWN]
    return int(status > 0 or refused > 0)


def _deep(path: Path, given: "Configuration") -> "Reference":
    """Read a deep image, which has to lie where the catalogue does."""
    import extractor
    from extractor.difference import reference_of

    image = extractor.open(path)
    background = extractor.background(image, mesh_px=given.extraction.mesh_px)
    return reference_of(image, background.rms_median)


def _for_differences(given: "Configuration", threshold: float | None) -> "Configuration":
    """Return the configuration of a data set without what a catalogue or headers say of images."""
    # what was supplied for the files is in the differences
    values = given.model_copy(update={"image": given.image.of_written()}).model_dump(mode="json")
    values["reference"]["correct"] = []
    values["quality"]["reference_offset_max_arcsec"] = None
    values["quality"]["reference_flux_ratio"] = None
    if threshold is not None:
        values["extraction"]["detection_threshold"] = threshold
    return type(given).model_validate(values)


def _monitor(conn: "Connection[Any]", name: str, dataset: str) -> list[int]:
    """Ask for what changed to be measured in the images themselves; return the new sources."""
    from trapdb.cli.reading import rows_of
    from trapdb.database import routines
    from trapdb.exchange.positions import Position

    found = routines.find_dataset(conn, name)
    positions = [
        Position(MONITORED.format(name=row.name), row.ra, row.dec)
        for row in rows_of(conn, "difference_source", found.dataset_id)
        if row.parent_source_id is None and not row.dipole
    ]
    changes = routines.set_monitor_positions(conn, dataset, positions)
    return [source_id for source_id, _ in changes]


def _fill(database: str | None, dataset: str, source_ids: list[int]) -> int:
    from trapdb.cli.backfill import fill_in

    return fill_in(database, dataset, source_ids) if source_ids else 0
