"""``trapdb skymap``."""

from datetime import datetime
from typing import Any

import click

from trapdb.cli.options import TIME, database_option, dataset_option, listing_option

LISTED = ["skymap", "event", "event_at", "area_50", "area_90", "distance_mean", "n_cells", "owner"]
LISTED += ["loaded_at"]
HITS = ["dataset", "name", "enclosed", "density", "ra", "dec", "n_blind", "first_seen", "last_seen"]
IMAGES = ["dataset", "image_id", "taken_at", "freq_eff", "stokes", "probability", "path"]


@click.group()
def skymap() -> None:
    """Keep sky maps of events, and list the sources and images where one may have been.

    An event is a gravitational wave or a gamma-ray burst, say. Sky maps belong to the archive, not
    to one data set. In SQL they are trap.skymap and trap.skymap_cell; trap.in_skymap(...) has the
    sources, trap.skymap_image(...) the images.
    """


@skymap.command()
@click.argument("name")
@click.argument("file")
@database_option
def add(name: str, file: str, database: str | None) -> None:
    """Load a sky map: the whole of it, or nothing.

    FILE is FITS, packed by gzip or not: cells of HEALPix of several orders with UNIQ and
    PROBDENSITY, or all cells of one order, NESTED or RING, with PROB. A file that is there already
    is recognised.

    \b
    Examples:
      trapdb skymap add S190814bv bayestar.multiorder.fits
      trapdb skymap add GRB130514B glg_healpix_all_bn130514B.fit
    """
    from trapdb.cli.progress import counted
    from trapdb.server.access import connect
    from trapdb.watching.sky_map_loading import load_sky_map

    with connect("operator", database) as conn:
        loaded = load_sky_map(conn, file, name)
    if not loaded.is_new:
        click.echo(f"nothing to do: {file} is there already, as {loaded.name}")
        return
    row = _one(name, database)
    click.echo(
        f"stored {name}: {counted(row.n_cells, 'cell')}, nine tenths of the probability within "
        f"{row.area_90:.6g} deg^2; next: trapdb skymap hits {name}"
    )


@skymap.command("list")
@listing_option
@database_option
def list_sky_maps(form: str | None, database: str | None) -> None:
    """List the sky maps."""
    from trapdb.cli.listing import show as write

    write(sorted(_rows(database), key=lambda row: row.skymap), LISTED, form)


@skymap.command()
@click.argument("name")
@listing_option
@database_option
def show(name: str, form: str | None, database: str | None) -> None:
    """Show what is known of a sky map."""
    from trapdb.cli.output import write_listing

    write_listing(["key", "value"], _one(name, database)._asdict().items(), form)


@skymap.command()
@click.argument("name")
@database_option
def remove(name: str, database: str | None) -> None:
    """Remove a sky map of yours."""
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        call(conn, "remove_skymap", name=name)
    click.echo(f"removed {name}")


@skymap.command()
@click.argument("name")
@click.option(
    "--probability",
    type=float,
    default=0.9,
    show_default=True,
    help="How much of it the region holds that is searched, the smallest one.",
)
@click.option("--since", type=TIME, metavar="TIME", help="Sources that were first seen since then.")
@dataset_option
@listing_option
@database_option
def hits(
    name: str,
    probability: float,
    since: datetime | None,
    dataset: str | None,
    form: str | None,
    database: str | None,
) -> None:
    """List the sources where the event may have been; by default of all data sets.

    enclosed is the probability of all places that are at least as probable as that of the source,
    and density the probability there, sr^-1. The most probable places come first.

    \b
    Examples:
      trapdb skymap hits S190814bv --since 2019-08-14T21:10:39
      trapdb skymap hits S190814bv --probability 0.5 --dataset field --format json
    """
    from trapdb.cli.listing import show as write
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        rows = call(
            conn, "in_skymap", name=name, probability=probability, dataset=dataset, since=since
        )
    write(rows, HITS, form)


@skymap.command()
@click.argument("name")
@dataset_option
@listing_option
@database_option
def images(name: str, dataset: str | None, form: str | None, database: str | None) -> None:
    """List the images that cover some of the probability, and how much each does.

    By default of all data sets, in the order in which they were taken; only accepted images count.
    """
    from trapdb.cli.listing import show as write
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        rows = call(conn, "skymap_image", name=name, dataset=dataset)
    write(rows, IMAGES, form)


def _rows(database: str | None) -> list[Any]:
    from trapdb.cli.reading import view
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        return conn.execute(view("skymap")).fetchall()


def _one(name: str, database: str | None) -> Any:
    """Return the row of a sky map."""
    from trapdb.errors import InputError

    for row in _rows(database):
        if row.skymap == name:
            return row
    raise InputError(f"there is no sky map {name}; `trapdb skymap list` lists them")
