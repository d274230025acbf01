"""``trapdb watch-for``."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import click

from trapdb.cli.options import (
    COUNT,
    FREQUENCY,
    FiniteRange,
    database_option,
    dataset_option,
    listing_option,
)

LISTED = ["watch", "definition", "responders", "dataset", "watch_list", "ra", "dec", "radius"]
LISTED += ["freq_low", "freq_high", "priority", "owner", "added_at"]
TOLD = ["kind", "taken_at", "source_name", "ra", "dec", "band_id", "stokes", "peak_flux"]
EVENTS = ["event_id", "kind", "state", "announced", "tense", "watch", "dataset", "source_name"]
EVENTS += ["ra", "dec", "position_error_arcsec", "stokes", "taken_at", "first_event_id", "reason"]


# where it is watched, and what is an update
WHAT = [
    click.option(
        "--in", "watch_list", metavar="LIST", help="In this list or map of `trapdb watch`."
    ),
    click.option("--cone", nargs=3, metavar="RA DEC RADIUS", help="In this circle only, deg."),
    click.option(
        "--band",
        nargs=2,
        type=FREQUENCY,
        metavar="LOW HIGH",
        help="In bands of these frequencies only, with a unit: 120MHz 168MHz.",
    ),
    click.option(
        "--update-factor",
        type=FiniteRange(min=1, min_open=True),
        metavar="X",
        help="Tell when the peak flux density changed by this factor since the last event.",
    ),
    click.option(
        "--update-sigma",
        type=FiniteRange(min=0, min_open=True),
        metavar="X",
        help="Tell when it changed by so many errors of the difference.",
    ),
    click.option(
        "--update-wait",
        type=FiniteRange(min=0, max=1e9),
        default=0.0,
        metavar="SECONDS",
        help="But at least so long after the last event, in the time of observation.",
    ),
]


def _what_options(command: Any) -> Any:
    """Add the options of a watch that decide what it finds."""
    for option in reversed(WHAT):
        command = option(command)
    return command


@click.group("watch-for")
def watch_for() -> None:
    """Watch for transients in each time step, and wake responders.

    A watch is a definition of transients, see `trapdb definition`. In each time step it is
    evaluated for the sources that have a point in it. An event is written, with the step or not at
    all, when a source begins to fulfil it, changed much, or fulfils it no more; and a retraction
    when the cause of an event is gone, after a rewind or a deletion. In SQL they are trap.event.
    """


# a declination may begin with a minus
@watch_for.command(context_settings={"ignore_unknown_options": True, "show_default": True})
@click.argument("name")
@click.argument("definition")
@click.option(
    "--respond",
    "responders",
    multiple=True,
    metavar="RESPONDER",
    help="Responder to wake, of `trapdb response responders`; may be given several times.",
)
@click.option("--dataset", metavar="NAME", help="In this data set only, which may come later.")
@_what_options
@click.option(
    "--priority",
    type=click.IntRange(-2, 2),
    default=0,
    help="Of what responders do; higher comes first.",
)
@click.option("--announce-end", is_flag=True, help="Wake the responders at the end, too.")
@click.option(
    "--at-most",
    type=COUNT,
    default=100,
    metavar="N",
    help="Events of a time step that wake responders; more are stored alone.",
)
@click.option(
    "--retract-wait",
    type=FiniteRange(min=0, max=1e9),
    default=3600.0,
    metavar="SECONDS",
    help="How long an event that is rewound waits for the replay before it is retracted.",
)
@database_option
def add(
    name: str,
    definition: str,
    responders: tuple[str, ...],
    dataset: str | None,
    priority: int,
    announce_end: bool,
    at_most: int,
    retract_wait: float,
    database: str | None,
    **what: Any,
) -> None:
    """Watch for what fulfils a definition.

    In the data sets that are there the watch begins where they are: what fulfils it by now is
    stored, and wakes nobody. Nor do copies of images that another data set has (`trapdb
    reassociate`), unless the watch is for the data set that they come to.

    \b
    Examples:
      trapdb watch-for add flares single_epoch --respond voevent
      trapdb watch-for add cluster variable --in cluster --respond mail --update-factor 2
      trapdb watch-for add low appearing --band 30MHz 80MHz --dataset survey
    """
    from trapdb.cli.reading import say_if_nothing_comes
    from trapdb.cli.responders import say_which_are_absent
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        call(
            conn,
            "add_watch",
            name=name,
            definition=definition,
            responders=list(dict.fromkeys(responders)),
            dataset=dataset,
            priority=priority,
            announces_end=announce_end,
            events_max=at_most,
            retract_wait=timedelta(seconds=retract_wait),
            **_what(**what),
        )
        say_if_nothing_comes(conn, dataset)
    say_which_are_absent(responders)
    click.echo(f"watching for {definition} as {name}; next: trapdb watch-for events {name}")


@watch_for.command("list")
@listing_option
@database_option
def list_watches(form: str | None, database: str | None) -> None:
    """List the watches."""
    from trapdb.cli.listing import show
    from trapdb.cli.reading import view
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        rows = conn.execute(view("watch")).fetchall()
    show(sorted(rows, key=lambda row: row.watch), LISTED, form)


@watch_for.command()
@click.argument("name")
@database_option
def remove(name: str, database: str | None) -> None:
    """Remove a watch of yours.

    Its events stay. They are followed no more: no end, and no retraction, is told of them.
    """
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        call(conn, "remove_watch", name=name)
    click.echo(f"removed {name}")


@watch_for.command()
@click.argument("name", required=False)
@listing_option
@database_option
def events(name: str | None, form: str | None, database: str | None) -> None:
    """List the events, of all watches or of one.

    announced tells whether responders were woken. state is standing; questioned, while an event
    that was rewound waits for the replay; or retracted.

    \b
    Examples:
      trapdb watch-for events
      trapdb watch-for events flares --format json
    """
    from trapdb.cli.listing import show
    from trapdb.cli.reading import view
    from trapdb.errors import InputError
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        rows = conn.execute(view("event")).fetchall()
        watches = {row.watch for row in conn.execute(view("watch"))}
    chosen = [row for row in rows if name is None or row.watch == name]
    if not chosen and name is not None and name not in watches:
        raise InputError(f"there is no watch named {name!r}; `trapdb watch-for list` lists them")
    show(sorted(chosen, key=lambda row: row.event_id), EVENTS, form)


@watch_for.command(context_settings={"ignore_unknown_options": True, "show_default": True})
@click.argument("definition")
@_what_options
@click.option(
    "--steps",
    type=COUNT,
    default=100,
    metavar="N",
    help="Over so many time steps, the last ones.",
)
@dataset_option
@listing_option
@database_option
def test(
    definition: str,
    steps: int,
    dataset: str | None,
    form: str | None,
    database: str | None,
    **what: Any,
) -> None:
    """List what a watch would have told over a data set; nothing is written.

    The data set is taken back step by step, looked at, and left as it was. Meanwhile nothing else
    can be added to it: a step takes about as long as a rewind.

    \b
    Examples:
      trapdb watch-for test single_epoch
      trapdb watch-for test variable --update-factor 2 --dataset survey --steps 500
    """
    from trapdb.cli.listing import show
    from trapdb.cli.reading import resolve_dataset
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        name = resolve_dataset(conn, dataset)
        told = call(
            conn, "try_watch", dataset=name, steps=steps, definition=definition, **_what(**what)
        )
    told.sort(key=lambda row: (row.taken_at, row.source_id, row.band_id, row.stokes))
    show(told, TOLD, form)
    click.echo(_told_a_day(told), err=True)


def _told_a_day(told: Sequence[Any]) -> str:
    """Say how many events there were, and on how many days."""
    kinds = Counter(row.kind for row in told)
    days = Counter(row.taken_at.date() for row in told)
    most = f"; most on one day: {max(days.values())}" if days else ""
    each = ", ".join(f"{kinds[kind]} {kind}" for kind in ("initial", "update", "ended"))
    return f"{each}; on {len(days)} days{most}"


def _what(
    watch_list: str | None,
    cone: tuple[str, str, str] | None,
    band: tuple[float, float] | None,
    update_factor: float | None,
    update_sigma: float | None,
    update_wait: float,
) -> dict[str, Any]:
    """Return the arguments of the routines for the options of `WHAT`."""
    from trapdb.errors import InputError
    from trapdb.watching.cone import read_cone

    ra, dec, radius = read_cone(cone) if cone else (None, None, None)
    low, high = band or (None, None)
    if low is not None and high is not None and low > high:
        raise InputError("--band: the first frequency must not be above the second")
    return {
        "watch_list": watch_list,
        "ra": ra,
        "dec": dec,
        "radius": radius,
        "freq_low": low,
        "freq_high": high,
        "update_factor": update_factor,
        "update_sigma": update_sigma,
        "update_wait": timedelta(seconds=update_wait),
    }
