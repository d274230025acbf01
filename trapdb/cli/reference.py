"""``trapdb reference``."""

from pathlib import Path
from typing import Any

import click

from trapdb.cli.options import FREQUENCY, database_option, listing_option

LISTED = ["catalogue", "version", "kind", "n_sources", "frequency", "epoch_first", "epoch_last"]
LISTED += ["flux_limit", "area", "loaded_at"]

# Rows between two lines of progress in a log.
TOLD = 500_000

version_option = click.option(
    "--version", metavar="V", help="Its version; may be left out if there is only one."
)


@click.group()
def reference() -> None:
    """Keep catalogues of the known sky: surveys, sky models, lists of one's own.

    They belong to the archive, not to one data set. In SQL they are trap.reference_catalogue and
    trap.reference_source; trap.reference_cone(...) searches one around a position.
    """


@reference.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--as", "name", required=True, metavar="NAME", help="Name of the catalogue.")
@click.option(
    "--catalogue",
    "kind",
    metavar="KIND",
    help="Known kind, or a file with a column map; by default the kind that is named as NAME.",
)
@click.option("--version", default="1", metavar="V", show_default=True, help="Its version.")
@click.option(
    "--coverage",
    metavar="WHERE",
    help="Where it covers the sky, see `trapdb reference coverage`; by default as the kind says.",
)
@click.option(
    "--from-dataset",
    "dataset",
    metavar="DATASET",
    help="Make it of the sources of a data set, in the place of a FILE.",
)
@click.option(
    "--band",
    type=FREQUENCY,
    metavar="FREQ",
    help="Which band of the data set, such as '144 MHz'; may be left out if there is only one.",
)
@database_option
def add(
    file: Path | None,
    name: str,
    kind: str | None,
    version: str,
    coverage: str | None,
    dataset: str | None,
    band: float | None,
    database: str | None,
) -> None:
    """Load a catalogue: the whole of it, or nothing.

    FILE is VOTable, FITS, CSV or other text with names of columns, ECSV, Parquet, fixed-width text
    whose column map says the bytes, or a sky model of BBS, DP3 or WSClean. Its content shows which.
    `trapdb reference kinds` lists the kinds that need no column map. A file that is there already
    is recognised.

    In the place of a file, a data set may be copied: of a deep image, say. All sources that were
    found in the band in Stokes I are taken, with their mean positions and flux densities.

    \b
    Examples:
      trapdb reference add nvss.vot --as NVSS
      trapdb reference add racs.fits --as RACS --catalogue racs-low --version DR1
      trapdb reference add tgss.tsv --as TGSS --coverage sources
      trapdb reference add field.skymodel --as calibrators
      trapdb reference add deep.csv --as deep --catalogue deep.toml --coverage deep.moc.fits
      trapdb reference add --from-dataset deep --band '144 MHz' --as "deep image"
    """
    if (file is None) == (dataset is None):
        raise click.UsageError("give a FILE, or --from-dataset DATASET")
    if dataset is not None and (kind or coverage):
        raise click.UsageError("--catalogue and --coverage are for a FILE: a data set says both")
    if dataset is None and band is not None:
        raise click.UsageError("--band is for --from-dataset: a file has its own frequency")
    if dataset is not None:
        loaded = _add_dataset(dataset, band, name, version, database)
    else:
        loaded = _add_file(str(file), name, kind, version, coverage, database)
    called = f"{loaded.name} version {loaded.version}"
    if not loaded.is_new:
        click.echo(f"nothing to do: {file or dataset} is there already, as {called}")
        if coverage:
            click.echo("its coverage is set by `trapdb reference coverage`")
        return
    row = _one(database, loaded.name, loaded.version)
    click.echo(f"{called}: {_contents(row)}")


def _add_file(
    file: str,
    name: str,
    kind: str | None,
    version: str,
    coverage: str | None,
    database: str | None,
) -> Any:
    from trapdb.cli.progress import progress
    from trapdb.reference.loading import column_map_for, load
    from trapdb.server.access import connect

    column_map = column_map_for(file, name, kind)
    with connect("operator", database) as conn, progress(None) as shown:
        rows, told = 0, 0

        def report(count: int) -> None:
            nonlocal rows, told
            rows += count
            if rows - told >= TOLD:
                shown.advance(rows - told, f"{rows} rows", event="rows", rows=rows)
                told = rows

        return load(conn, file, name, version, column_map, report, coverage)


def _add_dataset(
    dataset: str, band: float | None, name: str, version: str, database: str | None
) -> Any:
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        (row,) = call(
            conn,
            "add_reference_dataset",
            dataset=dataset,
            frequency=band,
            name=name,
            version=version,
        )
    return row


def _contents(row: Any) -> str:
    """Say how many sources a catalogue has, and how much of the sky it covers."""
    from trapdb.cli.progress import counted

    sources = counted(row.n_sources, "source")
    if row.area is None:
        return f"{sources}; what it covers is not known (`trapdb reference coverage` sets it)"
    outside = f", {row.n_outside} of them outside of it" if row.n_outside else ""
    return f"{sources} in {row.area:.6g} deg^2{outside}"


@reference.command()
@click.argument("name")
@click.argument("where")
@version_option
@database_option
def coverage(name: str, where: str, version: str | None, database: str | None) -> None:
    """Say where a catalogue covers the sky.

    WHERE is a multi-order coverage map (MOC, cells of HEALPix): a file in FITS, JSON or text, which
    may be packed by gzip, or the text itself; `all` for the whole sky; or `sources`: the cells
    in which it has any, of a size at which they have ten on average. Then a hole, or a border, is
    known to within a cell, and one cell in 20,000 is taken for a hole by chance.

    \b
    Examples:
      trapdb reference coverage LoTSS lotss_dr2_hips_moc.fits
      trapdb reference coverage TGSS sources
      trapdb reference coverage calibrators '3/1-10 4/55'
    """
    from trapdb.database.connection import call
    from trapdb.reference.coverage import read_coverage
    from trapdb.server.access import connect

    known = read_coverage(where)
    with connect("operator", database) as conn:
        call(conn, "set_reference_coverage", name=name, version=version, coverage=known)
    row = _one(database, name, version)
    click.echo(f"{name} version {row.version}: {_contents(row)}")


@reference.command("list")
@listing_option
@database_option
def list_catalogues(form: str | None, database: str | None) -> None:
    """List the catalogues that are loaded."""
    from trapdb.cli.listing import show as write

    rows = sorted(_catalogues(database), key=lambda row: (row.catalogue, row.catalogue_id))
    write(rows, LISTED, form)


@reference.command()
@listing_option
def kinds(form: str | None) -> None:
    """List the kinds of catalogues that need no column map, and what their columns come from."""
    from trapdb.cli.output import write_listing
    from trapdb.reference.column_map import known_kinds, read_column_map

    records = {kind: read_column_map(kind).properties for kind in known_kinds()}
    columns = ["kind", "title", "frequency", "origin", "checked"]
    write_listing(
        columns,
        [[kind, *(known.get(key) for key in columns[1:])] for kind, known in records.items()],
        form,
    )


@reference.command()
@click.argument("name")
@version_option
@listing_option
@database_option
def show(name: str, version: str | None, form: str | None, database: str | None) -> None:
    """Show what is known of a catalogue as a whole, and its column map."""
    from trapdb.cli.output import write_listing

    row = _one(database, name, version)
    write_listing(["key", "value"], row._asdict().items(), form)


@reference.command("match")
@click.argument("name")
@click.option("--dataset", required=True, metavar="NAME", help="Data set whose sources to match.")
@version_option
@database_option
def match_dataset(name: str, dataset: str, version: str | None, database: str | None) -> None:
    """Match the sources of a data set with a catalogue, now and as they come.

    What it finds is in trap.reference_match, trap.reference_absent, trap.flux_change and in
    columns of definitions and candidates. A data set that is to be matched from its beginning names
    its catalogues in the configuration, [reference] catalogues.

    \b
    Examples:
      trapdb reference match NVSS --dataset field
      trapdb transients --definition new_to_reference --dataset field
      trapdb query "select * from trap.flux_change where dataset = 'field'"
    """
    from trapdb.cli.progress import counted
    from trapdb.configuration.keys import Configuration
    from trapdb.database import routines
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("operator", database) as conn, conn.transaction():
        (found,) = call(conn, "reference_catalogue_id_of", name=name, version=version)
        held = routines.find_dataset(conn, dataset).configuration
        settings = Configuration.model_validate(held).reference
        (matched,) = call(
            conn,
            "match_dataset",
            dataset=dataset,
            catalogue_id=found.reference_catalogue_id_of,
            spectral_index_min=settings.spectral_index_min,
            spectral_index_max=settings.spectral_index_max,
        )
    click.echo(
        f"{dataset}: {matched.n_matched} of {counted(matched.n_sources, 'source')} near {name}"
    )


@reference.command()
@click.argument("name")
@version_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@database_option
def remove(name: str, version: str | None, yes: bool, database: str | None) -> int:
    """Remove a catalogue with its sources; loaded again, it is as it was."""
    from trapdb.cli.progress import counted
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    row = _one(database, name, version)
    question = f"Remove {name} version {row.version}, {counted(row.n_sources, 'source')}?"
    if not (yes or click.confirm(question)):
        return 1
    with connect("admin", database) as conn:
        call(conn, "remove_reference_catalogue", name=name, version=row.version)
        call(conn, "drop_empty_partitions")
    click.echo(f"removed {name} version {row.version}")
    return 0


def _catalogues(database: str | None) -> list[Any]:
    from trapdb.cli.reading import view
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        return conn.execute(view("reference_catalogue")).fetchall()


def _one(database: str | None, name: str, version: str | None) -> Any:
    """Return the row of a catalogue."""
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        (found,) = call(conn, "reference_catalogue_id_of", name=name, version=version)
    return next(
        row for row in _catalogues(database) if row.catalogue_id == found.reference_catalogue_id_of
    )
