"""``trapdb dataset``."""

import click

from trapdb.cli.options import database_option, listing_option


@click.group()
def dataset() -> None:
    """List, show and delete data sets."""


@dataset.command("list")
@listing_option
@database_option
def list_datasets(form: str | None, database: str | None) -> None:
    """List the data sets."""
    from trapdb.database import connect
    from trapdb.output import write_listing
    from trapdb.reading import run, view

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
    from trapdb.config import Configuration
    from trapdb.database import call, connect
    from trapdb.output import write_listing

    with connect("reader", database) as conn:
        (summary,) = call(conn, "dataset_summary", dataset=name)
    values = summary._asdict()
    configuration = Configuration.model_validate(values.pop("configuration"))
    write_listing(["key", "value"], [*values.items(), *configuration.flat().items()], form)


@dataset.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@database_option
def delete(name: str, yes: bool, database: str | None) -> int:
    """Delete a data set: images, measurements, sources and light curves."""
    from trapdb import api
    from trapdb.database import call, connect

    with connect("admin", database) as conn:
        (summary,) = call(conn, "dataset_summary", dataset=name)
        images = summary.images_accepted + summary.images_rejected
        question = f"Delete data set {name}, {images} images and {summary.sources} sources?"
        if not (yes or click.confirm(question)):
            return 1
        api.delete_dataset(conn, name)
    click.echo(f"deleted {name}")
    return 0
