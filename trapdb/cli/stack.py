"""``trapdb stack``."""

from collections import defaultdict
from pathlib import Path

import click

from trapdb.cli.options import database_option

MOST_RUNGS = 20


@click.command(context_settings={"show_default": True})
@click.argument("dataset")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    metavar="DIR",
    help="Where the sums are written, in a folder for each data set; they have to stay there.",
)
@click.option(
    "--rungs",
    type=click.IntRange(1, MOST_RUNGS),
    help="How many timescales: sums of 2, 4, 8 ... images. By default, as many as there are images "
    "for.",
)
@click.option("--log-json", is_flag=True, help="Show the progress as JSON, one object per line.")
@database_option
def stack(
    dataset: str, output: Path, rungs: int | None, log_json: bool, database: str | None
) -> int:
    """Add images up in a ladder of 2, 4, 8 ... in a row, and ingest each timescale.

    Images of one band, Stokes parameter and grid are added, weighted by their noise and brought to
    a common beam. Left out, with the reason, are images that lie off, whose flux scale differs from
    that of the others, or whose beam is much larger. Sums of N images make a data set of their own,
    DATASET_xN, with the configuration of DATASET; trap.timescale says what belongs together.

    No more than one sum of each size is in memory. Given again when there are more images, the same
    command adds what is new, and reads no image of which all sums are there. The exit status is 1
    if an image or a sum is not taken.

    \b
    Examples:
      trapdb stack field -o sums/
      trapdb stack field -o sums/ --rungs 3
      trapdb query "select * from trap.timescale_summary('field')"
    """
    from trapdb.cli.ingesting import ingest_files, make_executor
    from trapdb.cli.naming import check_name
    from trapdb.cli.progress import counted, progress, summary_lines
    from trapdb.cli.reading import dataset_names, rows_of
    from trapdb.configuration.keys import Configuration
    from trapdb.database import routines
    from trapdb.database.connection import call
    from trapdb.errors import InputError
    from trapdb.ingest.outcome import Fate
    from trapdb.measuring.configured import read_again
    from trapdb.server.access import connect
    from trapdb.timescales.stack import stack as add_up

    with connect("operator", database) as conn:
        held = routines.find_dataset(conn, dataset)
        headers = routines.supplied_headers(conn, held.dataset_id)
        images = call(conn, "image_to_stack", dataset=dataset, compared=True)
        if len(images) < 2:
            raise InputError(f"{dataset} has {counted(len(images), 'image')}: nothing to add up")
        rungs = rungs or len(images).bit_length() - 1
        others = set(dataset_names(conn))
        known = {}
        for count in (2**rung for rung in range(1, rungs + 1)):
            if (name := f"{dataset}_x{count}") in others:
                dataset_id = routines.find_dataset(conn, name).dataset_id
                rows = rows_of(conn, "image", dataset_id, columns=["path"])
                known[count] = {Path(row.path).name for row in rows}
                if not any(row.factor == count for row in rows_of(conn, "timescale", dataset_id)):
                    routines.set_timescale(conn, name, dataset, count)
    files: dict[int, list[str]] = defaultdict(list)
    left_out = 0

    def folder_of(count: int) -> Path:
        folder = output / f"{dataset}_x{count}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    with progress(len(images), as_json=log_json) as shown:

        def leave_out(path: str, reason: str) -> None:
            nonlocal left_out
            left_out += 1
            reason = reason.removeprefix(f"{path}: ")
            shown.say(f"left out: {path}: {reason}", "left out", path=path, reason=reason)

        def read(image: object) -> object:
            return read_again(image.path, image.digest, headers)  # type: ignore[attr-defined]

        try:
            for image, written in add_up(images, read, folder_of, rungs, leave_out, known):  # type: ignore[arg-type]
                for count, path in written:
                    files[count].append(str(path))
                sums = counted(len(written), "sum")
                shown.advance(1, f"{image.taken_at:%Y-%m-%d %H:%M:%S}  {sums}")
        except OSError as error:
            raise InputError(f"{output}: cannot be written: {error.strerror}") from error
    if not files:
        click.echo(f"{dataset}: no sum is new")
    given = Configuration.model_validate(held.configuration)
    # what was supplied for the files of the single images is in the sums
    given = given.model_copy(update={"image": given.image.of_written()})
    refused = left_out
    for count in sorted(files):
        name = check_name(f"{dataset}_x{count}")
        with progress(None, as_json=log_json) as shown, make_executor(given) as executor:
            summary, sources = ingest_files(
                files[count], [], name, given, [], database, executor, shown
            )
        if summary is None:
            refused += len(files[count])
            continue
        with connect("operator", database) as conn:
            routines.set_timescale(conn, name, dataset, count)
        fates = summary.fates
        refused += fates.total() - fates[Fate.TAKEN] - fates[Fate.KNOWN]
        click.echo(next(iter(summary_lines(summary, sources, 0.0))))
    return int(refused > 0)
