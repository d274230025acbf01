"""``trapdb label``."""

from datetime import datetime
from typing import Any

import click

from trapdb.cli.options import FINITE, TIME, database_option, dataset_option, listing_option
from trapdb.cli.which import find_source, source_options

LISTED = [
    "dataset",
    "source_id",
    "name",
    "user_name",
    "rating",
    "object_class",
    "tags",
    "note",
    "epoch",
]
LISTED += ["labelled_at", "separation_arcsec", "ambiguous"]
HISTORY = [
    "label_id",
    "given_dataset",
    "given_name",
    "user_name",
    "labelled_at",
    "rating",
    "object_class",
]
HISTORY += ["tags", "note", "epoch", "withdrawn", "superseded_by", "ra", "dec"]
CLASSES = ["object_class", "description", "added_by", "added_at"]
SAID = {"rating": "rating", "class_name": "class", "tags": "tags", "note": "note", "epoch": "epoch"}

epoch_option = click.option(
    "--epoch",
    type=TIME,
    metavar="TIME",
    help="Time of the image, if one measurement is meant rather than the source as a whole.",
)


@click.group()
def label() -> None:
    """Say what sources are: real or artefact, of which class.

    Labels belong to a place on the sky: they outlive rewinds, replays and data sets, and find
    the source that is there. In SQL they are trap.label and trap.label_history; definitions of
    transients may ask for label_rating and label_class.
    """


@label.command(context_settings={"show_default": True})
@source_options
@click.option("--rating", type=click.Choice(["real", "artefact", "unsure"]), help="What it is.")
@click.option("--class", "class_name", metavar="CLASS", help="One of `trapdb label classes`.")
@click.option("--tag", "tags", multiple=True, metavar="WORD", help="May be given several times.")
@click.option("--note", help="What else there is to say.")
@epoch_option
@dataset_option
@database_option
def add(
    source: str | None,
    ra: float | None,
    dec: float | None,
    radius_arcsec: float,
    rating: str | None,
    class_name: str | None,
    tags: tuple[str, ...],
    note: str | None,
    epoch: datetime | None,
    dataset: str | None,
    database: str | None,
) -> None:
    """Label a source, in the place of what you said of it before.

    SOURCE is a name or a source_id, or give a position. Your earlier label stays in the history;
    those of other users stay as they are.

    \b
    Examples:
      trapdb label add J100012.3+300102 --rating real --class flare_star
      trapdb label add J100012.3+300102 --rating artefact --tag sidelobe --note 'next to 3C 196'
    """
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        source_id = find_source(conn, dataset, source, ra, dec, radius_arcsec)
        call(
            conn,
            "add_label",
            source_id=source_id,
            rating=rating,
            **{"class": class_name},
            tags=list(tags),
            note=note,
            epoch=epoch,
        )
    click.echo(f"labelled source {source_id}; next: trapdb label list {source_id}")


@label.command(context_settings={"show_default": True})
@source_options
@click.option("--note", help="Why.")
@epoch_option
@dataset_option
@database_option
def remove(
    source: str | None,
    ra: float | None,
    dec: float | None,
    radius_arcsec: float,
    note: str | None,
    epoch: datetime | None,
    dataset: str | None,
    database: str | None,
) -> None:
    """Take back what you said of a source; the history keeps it."""
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        source_id = find_source(conn, dataset, source, ra, dec, radius_arcsec)
        call(conn, "withdraw_label", source_id=source_id, note=note, epoch=epoch)
    click.echo(f"took back your label of source {source_id}")


@label.command("list")
@click.argument("source", required=False)
@click.option("--history", is_flag=True, help="All that was ever said, of all data sets.")
@dataset_option
@listing_option
@database_option
def list_labels(
    source: str | None, history: bool, dataset: str | None, form: str | None, database: str | None
) -> None:
    """List the labels of a data set, or of one source of it.

    They are joined to the sources of today by position: separation_arcsec tells how far a source
    lies from where it was when it was labelled, and ambiguous that it may be of another one. A
    label without a source has none within the limits at present. With --history they are listed as
    they were given.
    """
    from trapdb.cli.listing import show
    from trapdb.cli.reading import resolve_dataset, rows_of, view
    from trapdb.database.connection import call
    from trapdb.errors import InputError
    from trapdb.server.access import connect

    if history and (source is not None or dataset is not None):
        raise InputError("--history lists what was said in all data sets; leave out the others")
    with connect("reader", database) as conn:
        if history:
            rows = conn.execute(view("label_history")).fetchall()
        elif source is not None:
            rows = call(conn, "labels_of", source_id=find_source(conn, dataset, source))
        else:
            (found,) = call(conn, "dataset_id_of", dataset=resolve_dataset(conn, dataset))
            rows = rows_of(conn, "label", found.dataset_id_of)
    show(sorted(rows, key=lambda row: row.label_id), HISTORY if history else LISTED, form)


@label.command()
@listing_option
@database_option
def classes(form: str | None, database: str | None) -> None:
    """List the classes that labels may have."""
    from trapdb.cli.listing import show
    from trapdb.cli.reading import view
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        rows = conn.execute(view("label_class")).fetchall()
    show(sorted(rows, key=lambda row: row.object_class), CLASSES, form)


@label.command("add-class")
@click.argument("name")
@click.argument("description")
@database_option
def add_class(name: str, description: str, database: str | None) -> None:
    """Add a class that labels may have, as an administrator."""
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("admin", database) as conn:
        call(conn, "add_label_class", **{"class": name}, description=description)
    click.echo(f"labels may have the class {name}")


@label.command("import")
@click.argument("file")
@click.option(
    "--radius-arcsec", type=FINITE, default=10.0, show_default=True, help="For positions."
)
@dataset_option
@database_option
def import_labels(
    file: str, radius_arcsec: float, dataset: str | None, database: str | None
) -> None:
    """Label the sources of a table: all of them, or none if something in it is wrong.

    FILE is VOTable, FITS, ECSV, CSV or other text with names of columns: source_id, name, or ra
    and dec; and rating, class, tags (between commas), note, epoch. A position is of the nearest
    source within the radius; where there is none, the row is passed over, and told.
    """
    from trapdb.cli.progress import counted
    from trapdb.cli.reading import resolve_dataset
    from trapdb.labelling.label_table import read_labels
    from trapdb.server.access import connect

    rows = read_labels(file)
    alone: list[int] = []
    with connect("operator", database) as conn:
        held = resolve_dataset(conn, dataset)
        with conn.transaction():
            for row in rows:
                if not _store(conn, held, file, row, radius_arcsec):
                    alone.append(row.row)
    click.echo(f"stored {counted(len(rows) - len(alone), 'label')} in {held}")
    if alone:
        shown = ", ".join(map(str, alone[:10])) + (", ..." if len(alone) > 10 else "")
        click.echo(
            f"no source within {radius_arcsec:g} arcsec of {counted(len(alone), 'position')}: "
            f"row {shown}",
            err=True,
        )


def _store(conn: Any, dataset: str, file: str, row: Any, radius_arcsec: float) -> bool:
    """Store a label of a table, unless its position has no source; return whether it had one."""
    from trapdb.database.connection import call
    from trapdb.errors import DatabaseError, InputError

    try:
        if row.source is None:
            radius = radius_arcsec / 3600
            near = call(conn, "cone", dataset=dataset, ra=row.ra, dec=row.dec, radius=radius)
            if not near:
                return False
            source_id = near[0].source_id
        else:
            source_id = find_source(conn, dataset, row.source)
        said = {name: getattr(row, key) for key, name in SAID.items()}
        call(conn, "add_label", source_id=source_id, **said)
    except (InputError, DatabaseError) as error:
        raise type(error)(f"{file}: row {row.row}: {error}") from error
    return True
