"""``trapdb monitor``."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from trapdb.cli.options import TIME, database_option, dataset_option, listing_option

# The columns of a position list, so that a listing can be read again as a list.
LISTED = ["name", "ra", "dec", "pm_ra_mas_yr", "pm_dec_mas_yr", "epoch", "active_from"]
LISTED += ["active_until", "moving", "n_points", "blind_name", "separation_arcsec"]

# At most this many positions are named in a line.
NAMED = 10


@click.group()
def monitor() -> None:
    """Choose positions to measure in every image, seen or not.

    Each has a name and a light curve of its own: `trapdb lightcurve NAME`.
    """


# a declination may begin with a minus
@monitor.command(context_settings={"ignore_unknown_options": True})
@click.argument("name", required=False)
@click.argument("ra", required=False)
@click.argument("dec", required=False)
@click.option(
    "--file", type=click.Path(path_type=Path), metavar="FILE", help="A list instead: see above."
)
@click.option("--pm-ra", metavar="MAS/YR", help="Proper motion to the east, cos dec included.")
@click.option("--pm-dec", metavar="MAS/YR", help="Proper motion to the north.")
@click.option("--epoch", metavar="TIME", help="When it is at RA and DEC: a time, or a year.")
@click.option("--from", "active_from", metavar="TIME", help="Measure from then on.")
@click.option("--until", "active_until", metavar="TIME", help="Measure until then.")
@click.option(
    "--ephemeris", metavar="FILE", help="Where it is when: columns taken_at, ra and dec, deg."
)
@click.option("--backfill", is_flag=True, help="Measure the images that are there already, too.")
@dataset_option
@database_option
def add(
    name: str | None,
    ra: str | None,
    dec: str | None,
    file: Path | None,
    pm_ra: str | None,
    pm_dec: str | None,
    epoch: str | None,
    active_from: str | None,
    active_until: str | None,
    ephemeris: str | None,
    backfill: bool,
    dataset: str | None,
    database: str | None,
) -> int:
    """Add a position, or change the one of this name.

    RA and DEC are in degrees, or sexagesimal with RA in hours. Points that were measured before a
    change stay at their old place.

    A file is CSV, TSV, ECSV or JSON with columns name, ra and dec, and optionally pm_ra_mas_yr,
    pm_dec_mas_yr, epoch, active_from, active_until and ephemeris (a file).

    \b
    Examples:
      trapdb monitor add PSR-J1000 150.0512 30.0173
      trapdb monitor add Barnard 17:57:48.5 +04:41:36 --pm-ra -802 --pm-dec 10362 --epoch 2000
      trapdb monitor add Mars --ephemeris mars.csv
      trapdb monitor add --file pulsars.csv --backfill
    """
    from trapdb.cli.backfill import fill_in
    from trapdb.cli.monitored import monitored, moves
    from trapdb.cli.progress import changes_line
    from trapdb.cli.reading import resolve_dataset
    from trapdb.database import routines
    from trapdb.errors import InputError
    from trapdb.monitoring.position_list import make_position, read_positions
    from trapdb.server.access import connect

    given = {
        "name": name,
        "ra": ra,
        "dec": dec,
        "pm_ra_mas_yr": pm_ra,
        "pm_dec_mas_yr": pm_dec,
        "epoch": epoch,
        "active_from": active_from,
        "active_until": active_until,
        "ephemeris": ephemeris,
    }
    texts = {column: text for column, text in given.items() if text is not None}
    if file is None:
        positions = [make_position(texts, "the position given", Path())]
    elif texts:
        raise InputError("give a position, or a list with --file, not both")
    else:
        positions = read_positions(file)
    with connect("operator", database) as conn:
        held = resolve_dataset(conn, dataset)
        before = monitored(conn, held)
        changes = routines.set_monitor_positions(conn, held, positions)
        click.echo(changes_line(changes))
        for line in moves(before, monitored(conn, held)):
            click.echo(line)
    if not backfill:
        return 0
    given_ids = [source_id for source_id, _ in changes]
    status = fill_in(database, held, given_ids)
    if status == 0:  # no image was lost
        with connect("operator", database) as conn:
            rows = monitored(conn, held)
        for line in _uncovered([row for row in rows if row.source_id in given_ids]):
            click.echo(line)
    return status


@monitor.command("list")
@dataset_option
@listing_option
@database_option
def list_positions(dataset: str | None, form: str | None, database: str | None) -> None:
    """List the positions, and the source at each of them.

    blind_name is the nearest source that was detected within half a beam, if there is one.
    """
    from trapdb.cli.listing import show
    from trapdb.cli.monitored import monitored
    from trapdb.cli.reading import resolve_dataset
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        rows = monitored(conn, resolve_dataset(conn, dataset))
    show(sorted(rows, key=lambda row: row.name), LISTED, form)


@monitor.command()
@click.argument("name")
@click.option("--at", type=TIME, metavar="TIME", help="By default the last time step.")
@dataset_option
@database_option
def end(name: str, at: datetime | None, dataset: str | None, database: str | None) -> None:
    """End the monitoring of a position; its points stay."""
    from trapdb.cli.reading import resolve_dataset
    from trapdb.database import routines
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        until = routines.end_monitor_position(conn, resolve_dataset(conn, dataset), name, at)
    click.echo(f"{name} is measured until {until:%Y-%m-%d %H:%M:%S}")


@monitor.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@dataset_option
@database_option
def remove(name: str, yes: bool, dataset: str | None, database: str | None) -> int:
    """Remove a position with all points that were measured at it."""
    from trapdb.cli.monitored import monitored
    from trapdb.cli.progress import counted
    from trapdb.cli.reading import resolve_dataset
    from trapdb.database import routines
    from trapdb.errors import InputError
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        held = resolve_dataset(conn, dataset)
        points = {row.name: row.n_points for row in monitored(conn, held)}
        if name not in points:
            raise InputError(
                f"{held} monitors no position named {name}; `trapdb monitor list` lists them"
            )
        question = f"Remove {name} from data set {held}, with its {counted(points[name], 'point')}?"
        if not (yes or click.confirm(question)):
            return 1
        count = routines.delete_monitor_position(conn, held, name)
    click.echo(f"removed {name} and its {counted(count, 'point')}")
    return 0


def _uncovered(rows: list[Any]) -> Iterator[str]:
    """Yield a line on the positions that no image covers."""
    empty = [row for row in rows if not row.n_points]
    if empty:
        names = ", ".join(row.name for row in empty[:NAMED])
        more = ", ..." if len(empty) > NAMED else ""
        timed = any(row.active_from or row.active_until for row in empty)
        yield f"no image covers {names}{more}{' between the times given' if timed else ''}"
