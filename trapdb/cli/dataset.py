"""``trapdb dataset``."""

from datetime import datetime
from pathlib import Path

import click

from trapdb.cli.options import TIME, database_option, listing_option


@click.group()
def dataset() -> None:
    """List, show, delete, verify, rewind, replay and publish data sets."""


@dataset.command("list")
@listing_option
@database_option
def list_datasets(form: str | None, database: str | None) -> None:
    """List the data sets."""
    from trapdb.cli.output import write_listing
    from trapdb.cli.reading import run, view
    from trapdb.server.access import connect

    with connect("reader", database) as conn, run(conn, view("dataset")) as result:
        columns = [column.name for column in result.columns if column.name != "configuration"]
        rows = sorted(row[: len(columns)] for row in result.rows)
    write_listing(columns, rows, form)


@dataset.command()
@click.argument("name")
@listing_option
@database_option
def show(name: str, form: str | None, database: str | None) -> None:
    """Show what a data set holds, and its configuration."""
    from trapdb.cli.output import write_listing
    from trapdb.configuration.keys import Configuration
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        (summary,) = call(conn, "dataset_summary", dataset=name)
    values = summary._asdict()
    configuration = Configuration.model_validate(values.pop("configuration"))
    write_listing(["key", "value"], [*values.items(), *configuration.flat().items()], form)


@dataset.command()
@click.argument("name")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="FITS file to write; else text."
)
@database_option
def coverage(name: str, output: Path | None, database: str | None) -> None:
    """Show what of the sky a data set covers, as a multi-order coverage map (MOC).

    It is of the footprints of accepted images, without what is blank in them. Aladin, TOPCAT and
    mocpy read the file, and `trapdb watch add` takes it as a map.
    """
    import numpy as np

    from trapdb.database.connection import call
    from trapdb.reference.moc_forms import as_fits, as_text
    from trapdb.server.access import connect
    from trapdb.whole_file import whole_file

    with connect("reader", database) as conn:
        rows = call(conn, "coverage", dataset=name)
    first, last = np.array(rows, np.int64).reshape(-1, 2).T
    if output is None:
        click.echo(as_text(first, last))
        return
    with whole_file(output) as path:
        path.write_bytes(as_fits(first, last))


@dataset.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@database_option
def delete(name: str, yes: bool, database: str | None) -> int:
    """Delete a data set: images, measurements, sources and light curves."""
    from trapdb.database import routines
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("admin", database) as conn:
        (summary,) = call(conn, "dataset_summary", dataset=name)
        images = summary.images_accepted + summary.images_rejected
        question = f"Delete data set {name}, {images} images and {summary.sources} sources?"
        if not (yes or click.confirm(question)):
            return 1
        routines.delete_dataset(conn, name)
    click.echo(f"deleted {name}")
    return 0


@dataset.command()
@click.argument("name")
@listing_option
@database_option
def verify(name: str, form: str | None, database: str | None) -> int:
    """Recompute the catalogue from the stored measurements and list every difference.

    Of a data set that is published, the checksum is computed again too. The exit status is 1 if
    there is a difference.
    """
    from trapdb.cli.output import write_listing
    from trapdb.database import routines
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        differences = routines.verify_dataset(conn, name)
        (summary,) = call(conn, "dataset_summary", dataset=name)
    if differences:
        write_listing(list(differences[0]._fields), differences, form)
        return 1
    published = f", and all of it with the checksum of {summary.published_as}"
    click.echo(
        f"{name}: the catalogue agrees with its measurements"
        f"{published if summary.published_as else ''}",
        err=True,
    )
    return 0


@dataset.command()
@click.argument("name")
@click.option("--to", required=True, type=TIME, metavar="TIME", help="Time, UTC.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@database_option
def rewind(name: str, to: datetime, yes: bool, database: str | None) -> int:
    """Return a data set to the state that it had at a time.

    Later images are kept with their measurements, so that they can be associated again: ingest the
    late images, then replay. Everything that became known later is undone.

    \b
    Examples:
      trapdb dataset rewind field3 --to 2026-03-01T12:00:00
      trapdb ingest late.fits --dataset field3
      trapdb dataset replay field3
    """
    from trapdb.cli.progress import counted
    from trapdb.database import routines
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        if not (yes or click.confirm(f"Take data set {name} back to {to:%Y-%m-%d %H:%M:%S}?")):
            return 1
        undone = routines.rewind_dataset(conn, name, to)
    click.echo(
        f"{undone.rewound_images} images rewound, {undone.removed_sources} sources removed, "
        f"{undone.restored_sources} restored; next: trapdb dataset replay {name}"
    )
    if undone.removed_points:
        click.echo(
            f"{counted(undone.removed_points, 'back-filled point')} removed; after the replay "
            "`trapdb backfill` brings again what is missing"
        )
    return 0


@dataset.command()
@click.argument("name")
@listing_option
@database_option
def replay(name: str, form: str | None, database: str | None) -> int:
    """Associate rewound images again, from their stored measurements.

    A stored forced fit is used again where one is needed at the same place, to a tenth of a beam.
    Other fits are made if the image's file still exists. If it does not, they are listed and the
    exit status is 1.
    """
    from trapdb.cli.replaying import replay_into
    from trapdb.cli.running import run_on
    from trapdb.database import routines

    with run_on(database, name) as run:
        images = run.database.insist(routines.replayable_images, run.dataset_id, "rewound")
        return replay_into(run, images, form)


@dataset.command()
@click.argument("name")
@database_option
def compact(name: str, database: str | None) -> int:
    """Keep all light curves by source, so that each is read from a few pages.

    An ingest does so by itself for images that lie a while back. This does it at once for all that
    it left, while nobody ingests into the data set also for the last images. It can be interrupted,
    and done again. What queries answer stays the same. The exit status is 1 if it left out sources
    that are damaged.

    \b
    Examples:
      trapdb dataset compact field3
    """
    from trapdb.cli.progress import counted
    from trapdb.database import routines
    from trapdb.ingest.bites import Bites
    from trapdb.server.access import connect

    after: int | None = 0
    with connect("operator", database) as conn:
        bites = Bites(name, routines.find_dataset(conn, name).dataset_id, at_once=True)
        while after is not None:
            after = bites.take(conn, after, 1000)
    click.echo(f"{name}: {counted(bites.points, 'point')} moved")
    return int(bool(bites.left_out))


@dataset.command()
@click.argument("name")
@click.option("--version", required=True, metavar="V", help="Version: letters, digits, . _ -")
@click.option("--title", metavar="TEXT", help="Title.")
@click.option("--creator", metavar="NAMES", help="Who made it, as it is to be cited.")
@click.option("--licence", metavar="TERMS", help="SPDX identifier, such as CC-BY-4.0, or words.")
@click.option("--doi", metavar="DOI", help="Such as 10.5281/zenodo.1234567.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@database_option
def publish(
    name: str,
    version: str,
    title: str | None,
    creator: str | None,
    licence: str | None,
    doi: str | None,
    yes: bool,
    database: str | None,
) -> int:
    """Publish a data set as NAME@V: nothing changes it any more.

    Its catalogue is verified, and a checksum of all images, measurements and light curves is kept,
    which `trapdb dataset verify` computes again. Labels, watch lists and matches with reference
    catalogues are no part of it. In SQL and TAP it is a row of trap.publication.

    Again, with the same version, it changes what is said of it: a DOI that was registered since.

    \b
    Examples:
      trapdb dataset publish field3 --version 1 --licence CC-BY-4.0 --title "Field 3, first year"
      trapdb dataset publish field3 --version 1 --doi 10.5281/zenodo.1234567
    """
    from trapdb.database import routines
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("admin", database) as conn:
        (summary,) = call(conn, "dataset_summary", dataset=name)
        question = f"Publish data set {name} as {name}@{version}, so that nothing changes it?"
        if not (summary.published_as or yes or click.confirm(question)):
            return 1
        done = routines.publish_dataset(
            conn, name, version, title=title, creator=creator, licence=licence, doi=doi
        )
    click.echo(
        f"{'published' if done.is_new else 'is published:'} {done.citable_name}: "
        f"{done.n_images} images, {done.n_measurements} measurements, {done.n_points} points of "
        f"light curves, SHA-256 {done.checksum}"
    )
    return 0


@dataset.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@database_option
def withdraw(name: str, yes: bool, database: str | None) -> int:
    """Take back that a data set is published, to change or to delete it.

    Its citable name stays in trap.publication, as withdrawn, and is never used again.
    """
    from trapdb.database import routines
    from trapdb.server.access import connect

    with connect("admin", database) as conn:
        if not (yes or click.confirm(f"Withdraw data set {name}, so that it may change again?")):
            return 1
        citable_name = routines.withdraw_publication(conn, name)
    click.echo(f"withdrew {citable_name}")
    return 0
