"""``trapdb watch``."""

from datetime import datetime
from os.path import isfile
from typing import Any

import click

from trapdb.cli.options import FINITE, TIME, database_option, dataset_option, listing_option

LISTED = ["watch", "kind", "n_entries", "area", "owner", "stored_at", "origin"]
ENTRIES = ["entry", "ra", "dec", "radius_arcsec", "pm_ra", "pm_dec", "epoch"]
HITS = ["dataset", "watch", "entry", "name", "separation_arcsec", "ra", "dec", "n_blind"]
HITS += ["known_at", "first_seen", "last_seen"]


@click.group()
def watch() -> None:
    """Keep lists of positions and maps of regions, and list the sources in them.

    They belong to the archive, not to one data set. In SQL their hits are trap.watch_hit and
    trap.watch_hits(...).
    """


# a declination may begin with a minus
@watch.command(context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("file", required=False)
@click.option(
    "--radius",
    type=FINITE,
    metavar="ARCSEC",
    help="How near a source has to be where FILE has no radius_arcsec.",
)
@click.option("--cone", nargs=3, metavar="RA DEC RADIUS", help="A map instead: a cone, deg.")
@click.option(
    "--polygon",
    metavar="CORNERS",
    help="A map instead: a polygon, 'RA,DEC RA,DEC RA,DEC ...', deg; sides are great circles.",
)
@click.option(
    "--moc", metavar="MOC", help="A map instead: a MOC, as FITS, JSON or text; or itself."
)
@database_option
def add(
    name: str,
    file: str | None,
    radius: float | None,
    cone: tuple[str, str, str] | None,
    polygon: str | None,
    moc: str | None,
    database: str | None,
) -> None:
    """Store a watch list or map, or replace the one of yours that has this name.

    A list is FILE: VOTable, FITS, ECSV, CSV or other text with names of columns. Columns are name,
    ra, dec and radius_arcsec, and if there is a proper motion pm_ra (cos dec included), pm_dec and
    epoch: mas/yr and Julian years, unless the table states another unit.

    \b
    Examples:
      trapdb watch add pulsars pulsars.csv --radius 5
      trapdb watch add cluster --cone 150.0 -30.5 1.5
      trapdb watch add field --polygon '150,30 152,30 152,32 150,32'
      trapdb watch add plane --moc galactic-plane.fits
      trapdb watch add corner --moc '5/1-3 7 6/40'
    """
    from trapdb.cli.progress import counted
    from trapdb.errors import InputError
    from trapdb.paths import absolute
    from trapdb.server.access import connect
    from trapdb.watching import watch_list, watch_map
    from trapdb.watching.cone import read_cone

    if sum(one is not None for one in (file, cone, polygon, moc)) != 1:
        raise InputError("give one of a file, --cone, --polygon and --moc")
    if radius is not None and file is None:
        raise InputError("--radius is for a file; a map has none, and a cone its own")
    with connect("operator", database) as conn:
        if file is not None:
            held = watch_list.read_watch_list(file, radius)
            watch_list.store_watch_list(conn, name, "list", absolute(file), held)
            told = counted(len(held.names), "position")
        elif cone is not None:
            held = watch_list.cone(name, *read_cone(cone))
            watch_list.store_watch_list(conn, name, "cone", f"--cone {' '.join(cone)}", held)
            told = "a cone"
        elif polygon is not None:
            corners = watch_map.read_corners(polygon)
            watch_map.store_polygon(conn, name, f"--polygon {polygon}", corners)
            told = f"a polygon of {counted(len(corners), 'corner')}"
        else:
            assert moc is not None
            first, last = watch_map.read_cells(moc)
            origin = absolute(moc) if isfile(moc) else f"--moc {moc[:60]}"
            watch_map.store_moc(conn, name, origin, first, last)
            told = f"a moc of {counted(len(first), 'range')} of cells"
    click.echo(f"stored {name}: {told}; next: trapdb watch hits {name}")


@watch.command("list")
@listing_option
@database_option
def list_watch_lists(form: str | None, database: str | None) -> None:
    """List the watch lists and maps."""
    from trapdb.cli.listing import show as write

    write(sorted(_rows("watch_list", database), key=lambda row: row.watch), LISTED, form)


@watch.command()
@click.argument("name")
@listing_option
@database_option
def show(name: str, form: str | None, database: str | None) -> None:
    """Show the positions of a watch list, or what is known of a map."""
    from trapdb.cli.listing import show as write
    from trapdb.cli.output import write_listing

    row = _one(name, database)
    if row.kind == "list":
        entries = [one for one in _rows("watch_entry", database) if one.watch == name]
        write(sorted(entries, key=lambda one: one.number), ENTRIES, form)
    else:
        write_listing(["key", "value"], row._asdict().items(), form)


@watch.command()
@click.argument("name")
@database_option
def remove(name: str, database: str | None) -> None:
    """Remove a watch list or map of yours; sources and monitored positions stay."""
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        call(conn, "remove_watch_list", name=name)
    click.echo(f"removed {name}")


@watch.command()
@click.argument("name")
@click.option("--since", type=TIME, metavar="TIME", help="Sources that became known since then.")
@dataset_option
@listing_option
@database_option
def hits(
    name: str,
    since: datetime | None,
    dataset: str | None,
    form: str | None,
    database: str | None,
) -> None:
    """List the sources at the positions of a watch list, or in a map; by default of all data sets.

    known_at is the time step that founded the source.

    \b
    Examples:
      trapdb watch hits pulsars --dataset field
      trapdb watch hits cluster --since 2026-03-01T12:00:00 --format json
    """
    from trapdb.cli.listing import show as write
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        rows = call(conn, "watch_hits", dataset=dataset, watch=name, since=since)
    write(rows, HITS, form)


@watch.command()
@click.argument("name")
@dataset_option
@database_option
def monitor(name: str, dataset: str | None, database: str | None) -> None:
    """Measure the positions of a watch list in every image of a data set, seen or not.

    Those that are monitored there already, by the same names, are recognised; they keep the times
    from and until which they are measured.
    """
    from trapdb.cli.monitored import monitored, moves
    from trapdb.cli.progress import changes_line
    from trapdb.cli.reading import resolve_dataset
    from trapdb.database import routines
    from trapdb.errors import InputError
    from trapdb.server.access import connect
    from trapdb.watching.watch_list import to_monitor

    if (kind := _one(name, database).kind) != "list":
        raise InputError(f"{name} is a {kind}, and has no positions to monitor")
    entries = [one for one in _rows("watch_entry", database) if one.watch == name]
    with connect("operator", database) as conn:
        held = resolve_dataset(conn, dataset)
        before = monitored(conn, held)
        changes = routines.set_monitor_positions(conn, held, to_monitor(entries, before))
        click.echo(changes_line(changes))
        for line in moves(before, monitored(conn, held)):
            click.echo(line)


def _rows(name: str, database: str | None) -> list[Any]:
    from trapdb.cli.reading import view
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        return conn.execute(view(name)).fetchall()


def _one(name: str, database: str | None) -> Any:
    """Return the row of a watch list."""
    from trapdb.errors import InputError

    for row in _rows("watch_list", database):
        if row.watch == name:
            return row
    raise InputError(f"there is no watch list {name}; `trapdb watch list` lists them")
