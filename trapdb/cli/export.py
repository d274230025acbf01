"""``trapdb export``."""

import os
from pathlib import Path

import click

from trapdb.cli.options import database_option, dataset_option, time_limit_option
from trapdb.cli.output import FILE_FORMATS
from trapdb.errors import InputError


@click.command(context_settings={"show_default": True})
@click.argument("what", metavar="VIEW-OR-QUERY")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(FILE_FORMATS), help="Default: by the suffix.")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="File to write; else standard output."
)
@click.option(
    "--since-last", is_flag=True, help="Of a collection: write only what changed since the last."
)
@dataset_option
@time_limit_option
@database_option
@click.pass_context
def export(
    context: click.Context,
    what: str,
    folder: Path | None,
    form: str | None,
    output: Path | None,
    since_last: bool,
    dataset: str | None,
    time_limit: float,
    database: str | None,
) -> None:
    """Write a view or the result of a query to a file.

    A view is given by its name: running_catalogue, lightcurve, variability, image, measurement,
    rejection, new_source and others of schema trap; of a view, the rows of one data set are
    written. Units, meanings and UCDs go into ECSV, VOTable, FITS and Parquet; they are known for
    columns of views. CSV and Parquet are written as the rows come, whatever their number.

    With `hats` for a view, a data set is written as a HATS collection for LSDB and DuckDB: the
    sources with their light curves, in pixels of the sky, in a folder.

    \b
    Examples:
      trapdb export running_catalogue -o sources.fits
      trapdb export lightcurve --dataset field --format ecsv -o curves.ecsv
      trapdb export lightcurve --dataset field --time-limit 0 -o curves.parquet
      trapdb export "select ra, dec from trap.running_catalogue where n_blind > 9" -o seen.vot
      trapdb export hats collection/ --dataset field --since-last
    """
    if what == "hats":
        _export_collection(context, folder, since_last, dataset, database)
        return
    if folder or since_last:
        raise InputError("DIR and --since-last are for collections: trapdb export hats DIR")
    from trapdb.cli.output import as_table, destination, write_listing, write_table
    from trapdb.cli.reading import describe, resolve_dataset, run, view
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    form = form or _format_of(output)
    is_view = what.isidentifier()
    if dataset and not is_view:
        raise InputError("--dataset chooses the rows of a view; a query has to do that itself")
    with connect("reader" if is_view else "query", database) as conn:
        statement: object = os.fsencode(what)
        if is_view:
            name = resolve_dataset(conn, dataset)
            (row,) = call(conn, "dataset_id_of", dataset=name)
            statement = view(what, row.dataset_id_of)
        if form == "parquet":
            from trapdb.cli.mining import export_parquet

            export_parquet(conn, statement, time_limit, output)  # type: ignore[arg-type]
            return
        with run(conn, statement, time_limit) as result:  # type: ignore[arg-type]
            if form == "csv":
                with destination(output) as stream:
                    write_listing([one.name for one in result.columns], result.rows, form, stream)
                return
            rows = list(result.rows)
            table = as_table(describe(conn, result), rows)
    write_table(table, form, output)


def _export_collection(
    context: click.Context,
    folder: Path | None,
    since_last: bool,
    dataset: str | None,
    database: str | None,
) -> None:
    from trapdb.cli.mining import export_collection
    from trapdb.cli.reading import resolve_dataset
    from trapdb.server.access import connect

    if folder is None:
        raise InputError("name a folder for the collection: trapdb export hats DIR")
    for name in ("form", "output", "time_limit"):
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise InputError("--format, --output and --time-limit do not apply to a collection")
    with connect("reader", database) as conn:
        export_collection(conn, resolve_dataset(conn, dataset), folder, since_last)


def _format_of(output: Path | None) -> str:
    if output is None:
        return "csv"
    suffix = output.suffix.lower().lstrip(".")
    form = {"vot": "votable", "xml": "votable", "fit": "fits"}.get(suffix, suffix)
    if form not in FILE_FORMATS:
        raise InputError(f"{output}: name the format, --format {'|'.join(FILE_FORMATS)}")
    return form
