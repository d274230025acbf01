"""``trapdb db dump`` and ``trapdb db restore``: single data sets between databases."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from trapdb.cli.options import database_option


@click.command()
@click.argument("dataset")
@click.option(
    "--output",
    "-o",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder to make, a file a table.",
)
@database_option
def dump(dataset: str, output: Path, database: str | None) -> None:
    """Write a data set into a folder, for another database.

    Measurements, sources and light curves, images (as their paths), bands, sky regions, monitored
    positions, runs and the configuration are in it, all of one moment, also while an ingest is at
    work. Labels, watch lists, definitions and reference catalogues belong to the archive and are
    not; what of the catalogues was matched is.

    \b
    Examples:
      trapdb db dump field3 --output field3.dump
      tar --create --zstd --file field3.tar.zst field3.dump
    """
    from trapdb.server.access import connect
    from trapdb.transfer.dumping import dump as dump_into

    with connect("admin", database) as conn, _telling() as report:
        manifest = dump_into(conn, dataset, output, report)
    size = sum(table.size for table in manifest.tables.values())
    click.echo(f"dumped {dataset}: {size / 1e6:.1f} MB, SHA-256 {manifest.checksum.checksum}")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--as", "name", metavar="NAME", help="Name of the data set here; else its own.")
@click.option("--renumber", is_flag=True, help="Give it a number, and so ids, of its own here.")
@database_option
def restore(folder: Path, name: str | None, renumber: bool, database: str | None) -> None:
    """Make a data set of a folder that `trapdb db dump` wrote.

    It is there whole or not at all, and its checksum is that of the data set that was dumped. Ids
    are kept. They are made of the number of the data set: where that is taken, --renumber gives it
    another one, which changes its ids and nothing else.

    \b
    Examples:
      trapdb db restore field3.dump
      trapdb db restore field3.dump --as copy --renumber
    """
    from trapdb.server.access import connect
    from trapdb.transfer.restoring import restore as restore_from

    with connect("admin", database) as conn, _telling() as report:
        done = restore_from(conn, folder, name, renumber, report)
    for catalogue in done.missing:
        click.echo(
            f"reference catalogue {catalogue} is not here: load it from the same file, and "
            "`trapdb reference match` brings what was matched",
            err=True,
        )
    if done.was_published and not done.published_as:
        click.echo("it was published, and is not here: under this name, or at all", err=True)
    published = f", published as {done.published_as}" if done.published_as else ""
    click.echo(f"restored {done.dataset}, data set {done.dataset_id}{published}")


@contextmanager
def _telling() -> Iterator[Callable[[str, int, bool], None]]:
    """Show which table is at work, out of how many."""
    from trapdb.cli.progress import counted, progress
    from trapdb.transfer.tables import TABLES

    with progress(len(TABLES)) as shown:
        yield lambda table, rows, whole: shown.advance(whole, f"{table}: {counted(rows, 'row')}")
