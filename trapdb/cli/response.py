"""``trapdb response``."""

from collections.abc import Sequence
from datetime import time
from pathlib import Path
from typing import Any, Literal

import click

from trapdb.cli.options import COUNT, IDENTIFIER, database_option, dataset_option, listing_option

LISTED = ["response", "state", "event_id", "event_kind", "tense", "responder", "title", "reason"]
LISTED += ["created_at", "ended_at"]
TASKS = ["task", "kind", "state", "after", "attempts", "not_before", "deadline", "ended_at"]
TASKS += ["result", "error"]
RESPONDERS = ["responder", "installed", "held", "reason", "needs_approval", "per_hour", "per_day"]
RESPONDERS += ["quiet_from", "quiet_until", "quiet_zone", "changed_by", "changed_at"]
OBSERVATIONS = ["observation_id", "event_id", "package_id", "observatory", "state", "reason"]
OBSERVATIONS += ["begin_at", "end_at", "reference", "decided_at", "changed_at"]
STATES = ["held", "open", "done", "failed", "cancelled", "refused"]

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="TOML file whose section [response] has the settings of the tasks.",
)
packages_argument = click.argument(
    "responses", nargs=-1, required=True, metavar="PACKAGE...", type=str
)


@click.group()
def response() -> None:
    """Respond to events: call responders, and do the tasks of their packages.

    \b
      trapdb watch-for add ...       which events wake which responders
      trapdb response run            call them, and do their tasks, until it is stopped
      trapdb response list           what became of it
      trapdb response hold           nothing more is begun, until it is released
    """


@response.command()
@config_option
@click.option("--once", is_flag=True, help="Leave when nothing is to be done now.")
@click.option("--log-json", is_flag=True, help="Show what is done as JSON, an object a line.")
@database_option
def run(config: Path | None, once: bool, log_json: bool, database: str | None) -> int:
    """Call responders with events and do the tasks of their packages, until it is stopped.

    Several may run beside each other, on other hosts too: each thing is done by one of them, and
    what one of them leaves undone when it ends, another one does. It does not begin (exit status
    2) where an address, secret or file that its settings name is no use: a line for each.

    \b
    Examples:
      trapdb response run --config response.toml
      trapdb response run --once
    """
    import logging
    from functools import partial

    from trapdb.ingest.interrupts import Interrupts
    from trapdb.ingest.reconnection import LastingConnection
    from trapdb.response.settings import read, troubles
    from trapdb.response.worker import Worker
    from trapdb.server.access import connect

    settings = read(config)
    lines = troubles(settings)
    for line in lines:
        click.echo(f"trapdb: {config}: {line}", err=True)
    if lines:
        return 2
    again = partial(connect, "operator", database)
    with Interrupts() as interrupts:
        lasting = LastingConnection(again(), again, lambda conn, why: None, PATIENCE_S, interrupts)
        logging.getLogger("trapdb.response").setLevel(logging.INFO)
        try:
            Worker(lasting, interrupts, settings, database).run(once=once)
        finally:
            lasting.conn.close()
    return 0


@response.command("try")
@click.argument("responder")
@click.option("--source", metavar="NAME_OR_ID", help="With an event made up of this source.")
@click.option("--event", "event_id", type=IDENTIFIER, metavar="ID", help="With an event that was.")
@dataset_option
@database_option
def try_responder(
    responder: str,
    source: str | None,
    event_id: int | None,
    dataset: str | None,
    database: str | None,
) -> None:
    """Show what a responder would do, as JSON; nothing is stored, and nothing is done.

    RESPONDER is a name, or FILE.py:FUNCTION for one that is being written. What it prints is shown.
    An event that is made up has tense test, and the figures of the source as of today.

    \b
    Examples:
      trapdb response try mail --source J100012.3+300102
      trapdb response try ./mine.py:respond --event 17
    """
    import json

    from trapdb.cli.which import find_source
    from trapdb.errors import InputError
    from trapdb.response import trial
    from trapdb.server.access import connect

    if (source is None) == (event_id is None):
        raise InputError("give a source with --source, or an event with --event")
    with connect("operator", database) as conn:
        if event_id is None:
            event = trial.made_up(conn, find_source(conn, dataset, source))
            source_id: int | None = event.source_id
        else:
            event, source_id = trial.told(conn, event_id)
        found = trial.tried(conn, responder, event, source_id)
    click.echo(json.dumps(found, indent=1, ensure_ascii=False))


@response.command()
@click.option("--event", "event_id", type=IDENTIFIER, metavar="ID", help="Only of this event.")
@click.option("--last", type=COUNT, default=100, help="So many, at most.")
@click.option("--refresh", is_flag=True, help="Ask observatories before what became of them.")
@config_option
@listing_option
@database_option
def observations(
    event_id: int | None,
    last: int,
    refresh: bool,
    config: Path | None,
    form: str | None,
    database: str | None,
) -> int:
    """List whether observatories were asked to observe, and why, or why not.

    With --refresh, those of the settings are asked about the requests that are listed and not over.
    The exit status is 1 if one of them does not tell.

    \b
    Examples:
      trapdb response observations --event 17
      trapdb response observations --refresh --config response.toml
    """
    from trapdb.cli.listing import show as show_rows
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        wanted = {"event_id": event_id, "limit": last}
        rows = call(conn, "observations", **wanted)
        all_told = not refresh or _follow(conn, rows, config, "status")
        if refresh:
            rows = call(conn, "observations", **wanted)
    show_rows(rows, OBSERVATIONS, form)
    return 0 if all_told else 1


@response.command("cancel-observation")
@click.argument(
    "observation_ids", nargs=-1, required=True, type=IDENTIFIER, metavar="OBSERVATION..."
)
@config_option
@database_option
def cancel_observation(
    observation_ids: tuple[int, ...], config: Path | None, database: str | None
) -> int:
    """Take back what observatories were asked for.

    The exit status is 1 if one of them does not take it back.

    \b
    Examples:
      trapdb response observations
      trapdb response cancel-observation 3 --config response.toml
    """
    from trapdb.database.connection import call
    from trapdb.errors import InputError
    from trapdb.response.observing.observatories import OPEN
    from trapdb.server.access import connect

    wanted = sorted(set(observation_ids))
    with connect("operator", database) as conn:
        rows = call(conn, "observations", observation_ids=wanted, limit=len(wanted))
        states = {row.observation_id: row.state for row in rows}
        for one in wanted:
            if states.get(one) not in OPEN:
                told = f"is {states[one]}" if one in states else "is not there"
                raise InputError(
                    f"observation {one} {told}: `trapdb response observations` lists them"
                )
        return 0 if _follow(conn, rows, config, "cancel") else 1


@response.command("list", context_settings={"show_default": True})
@click.option(
    "--state",
    "states",
    type=click.Choice(STATES),
    multiple=True,
    help="Only of this state; may be repeated.  [default: all]",
)
@click.option("--responder", metavar="NAME", help="Only of this one.")
@click.option("--event", "event_id", type=IDENTIFIER, metavar="ID", help="Only of this event.")
@click.option("--last", type=COUNT, default=100, help="So many, at most.")
@listing_option
@database_option
def list_responses(
    states: tuple[str, ...],
    responder: str | None,
    event_id: int | None,
    last: int,
    form: str | None,
    database: str | None,
) -> None:
    """List packages, and the calls of responders of which none came; the last ones first.

    A package has a number, a call is EVENT/RESPONDER; `show`, `retry` and the others take either.
    What failed stays until somebody tries it again.

    \b
    Examples:
      trapdb response list --state failed
      trapdb response list --state held --responder mail
    """
    from trapdb.cli.listing import show as show_rows
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        rows = call(
            conn,
            "responses",
            states=list(states) or None,
            responder=responder,
            event_id=event_id,
            limit=last,
        )
    show_rows(rows, LISTED, form)


@response.command()
@click.argument("package_id", metavar="PACKAGE", type=IDENTIFIER)
@click.option("--log", "logs", is_flag=True, help="What happened to the tasks, line by line.")
@listing_option
@database_option
def show(package_id: int, logs: bool, form: str | None, database: str | None) -> None:
    """Show the tasks of a package, and what came of them."""
    from trapdb.cli.output import write_listing
    from trapdb.database.connection import call
    from trapdb.errors import InputError
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        rows = call(conn, "tasks_of", package_id=package_id)
    if not rows:
        raise InputError(f"there is no package {package_id}; `trapdb response list` lists them")
    if logs:
        lines = [
            (row.task, row.payload["kind"], line["at"], line["worker"], line["said"])
            for row in rows
            for line in row.log
        ]
        write_listing(["task", "kind", "at", "worker", "said"], lines, form)
    else:
        kinds = [{**row._asdict(), "kind": row.payload["kind"]} for row in rows]
        write_listing(TASKS, [[one[name] for name in TASKS] for one in kinds], form)


@response.command()
@packages_argument
@database_option
def approve(responses: tuple[str, ...], database: str | None) -> None:
    """Let packages be begun that are held, in your name.

    \b
    Examples:
      trapdb response list --state held
      trapdb response approve 17 18
    """
    _change(database, responses, "approve_package", "approved of")


@response.command()
@packages_argument
@click.option("--reason", help="Why.")
@database_option
def cancel(responses: tuple[str, ...], reason: str | None, database: str | None) -> None:
    """Cancel packages: what has not ended of them never will be done."""
    _change(database, responses, "cancel_package", "cancelled", reason=reason)


@response.command()
@click.argument("responses", nargs=-1, metavar="[PACKAGE|EVENT/RESPONDER]...")
@click.option("--failed", is_flag=True, help="All that failed.")
@click.option("--responder", metavar="NAME", help="With --failed: only of this one.")
@database_option
def retry(
    responses: tuple[str, ...], failed: bool, responder: str | None, database: str | None
) -> int:
    """Try again what failed, or was not begun before its deadline.

    What was done of a package stays done. It is tried as often as at first. The exit status is 1
    if one of those that are given cannot be tried again.

    \b
    Examples:
      trapdb response retry 17
      trapdb response retry 5/mail
      trapdb response retry --failed --responder webhook
    """
    from trapdb.database.connection import call
    from trapdb.errors import DatabaseError, InputError
    from trapdb.server.access import connect

    if failed == bool(responses):
        raise InputError("give packages or calls, or --failed for all that failed")
    with connect("operator", database) as conn:
        if failed:
            rows = call(
                conn, "responses", states=["failed", "expired"], responder=responder, limit=100_000
            )
            responses = tuple(row.response for row in rows)
        retried = []
        for one in responses:
            event_id, slash, name = one.partition("/")
            try:
                if slash:
                    call(conn, "retry_response", event_id=_number(event_id), responder=name)
                else:
                    call(conn, "retry_package", package_id=_number(one))
            except DatabaseError as error:
                click.echo(f"{one}: {error}", err=True)
            else:
                retried.append(one)
    click.echo(f"to be tried again: {', '.join(retried) or 'nothing'}")
    return 0 if len(retried) == len(responses) else 1


@response.command()
@click.argument("what", nargs=-1, metavar="[PACKAGE|RESPONDER]...")
@click.option("--reason", help="Why.")
@database_option
def hold(what: tuple[str, ...], reason: str | None, database: str | None) -> None:
    """Begin nothing more: of packages, of responders, or, if none is named, of all.

    Tasks that are worked on go on. Events come as before, and packages wait.

    \b
    Examples:
      trapdb response hold
      trapdb response hold mail --reason 'the mail server is full'
      trapdb response hold 17
    """
    _hold(database, what, True, reason)


@response.command()
@click.argument("what", nargs=-1, metavar="[PACKAGE|RESPONDER]...")
@database_option
def release(what: tuple[str, ...], database: str | None) -> None:
    """Let begin again what is held: packages, responders, or, if none is named, all.

    What is held for a reason of its own stays held: a package that waits for approval, a responder
    that is held while all are.
    """
    _hold(database, what, False, None)


@response.command()
@listing_option
@database_option
def responders(form: str | None, database: str | None) -> None:
    """List the responders that are installed here or known, and what they may; * is all of them."""
    from trapdb.cli.output import write_listing
    from trapdb.database.connection import call
    from trapdb.response.responder import known
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        rows = {row.responder: row._asdict() for row in call(conn, "responders")}
    here = known()
    for name in sorted({*rows, *here}):
        rows[name] = {**dict.fromkeys(RESPONDERS), "responder": name, **rows.get(name, {})}
        rows[name]["installed"] = name in here if name != "*" else None
    write_listing(
        RESPONDERS, [[rows[name][one] for one in RESPONDERS] for name in sorted(rows)], form
    )


@response.command()
@click.argument("responder")
@click.option("--per-hour", metavar="N", help="Packages within an hour; none: any number.")
@click.option("--per-day", metavar="N", help="Packages on a day in UTC; none: any number.")
@click.option("--quiet", metavar="FROM-UNTIL", help="Hours like 22:00-08:00; none: no quiet.")
@click.option("--zone", metavar="ZONE", help="Their time zone, such as Europe/Amsterdam.")
@click.option("--approval/--no-approval", default=None, help="Whether packages wait for a person.")
@database_option
def limit(
    responder: str,
    per_hour: str | None,
    per_day: str | None,
    quiet: str | None,
    zone: str | None,
    approval: bool | None,
    database: str | None,
) -> None:
    """Say what a responder may; what is not named stays as it is.

    Packages beyond those of an hour are begun later, packages beyond those of a day wait until
    somebody approves of them, and in quiet hours all tasks wait. At first a responder may begin
    1000 packages a day. Retractions are not counted.

    \b
    Examples:
      trapdb response limit mail --per-hour 4 --quiet 22:00-08:00 --zone Europe/Amsterdam
      trapdb response limit voevent --per-day 20 --approval
    """
    from trapdb.cli.responders import say_which_are_absent
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        rows = {row.responder: row for row in call(conn, "responders")}
        before = rows.get(responder)
        quiet_from, quiet_until = (
            (before and before.quiet_from, before and before.quiet_until)
            if quiet is None
            else _hours(quiet)
        )
        call(
            conn,
            "limit_responder",
            responder=responder,
            per_hour=(before and before.per_hour) if per_hour is None else _count(per_hour),
            per_day=(before.per_day if before else 1000) if per_day is None else _count(per_day),
            quiet_from=quiet_from,
            quiet_until=quiet_until,
            quiet_zone=zone or (before.quiet_zone if before else "UTC"),
            needs_approval=bool(before and before.needs_approval) if approval is None else approval,
        )
    say_which_are_absent([responder])
    click.echo(f"{responder}: limits stored; next: trapdb response responders")


PATIENCE_S = 86400.0


def _follow(
    conn: Any, decisions: Sequence[Any], config: Path | None, what: Literal["status", "cancel"]
) -> bool:
    """Ask observatories about requests that are not over, a line each; return whether all told."""
    from trapdb.errors import TrapdbError
    from trapdb.response import tasks
    from trapdb.response.observing.observatories import OPEN, follow
    from trapdb.response.settings import read

    known = tasks.settings_of("observe", read(config).tasks.get("observe", {}))
    all_told = True
    for decision in decisions:
        if decision.state not in OPEN:
            continue
        where = f"observation {decision.observation_id}, {decision.observatory}"
        try:
            _, _, asked = known.named(decision.observatory)
            click.echo(f"{where}: {follow(conn, decision, asked, what)}", err=True)
        except TrapdbError as error:
            click.echo(f"{where}: {error}", err=True)
            all_told = False
    return all_told


def _change(
    database: str | None, responses: tuple[str, ...], routine: Any, done: str, **more: Any
) -> None:
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    numbers = [_number(one) for one in responses]
    with connect("operator", database) as conn, conn.transaction():
        for number in sorted(numbers):
            call(conn, routine, package_id=number, **more)
    click.echo(f"{done}: {', '.join(responses)}")


def _hold(database: str | None, what: tuple[str, ...], held: bool, reason: str | None) -> None:
    from trapdb.cli.responders import say_which_are_absent
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        for one in what or ("*",):
            if not one.isdecimal():
                call(conn, "hold_responder", responder=one, held=held, reason=reason)
            elif held:
                call(conn, "hold_package", package_id=_number(one), reason=reason)
            else:
                call(conn, "approve_package", package_id=_number(one))
    say_which_are_absent(one for one in what if not one.isdecimal())
    click.echo(f"{'held' if held else 'released'}: {', '.join(what) or 'all'}")


def _number(text: str) -> int:
    from trapdb.errors import InputError

    if not text.isdecimal() or int(text) >= 2**63:
        raise InputError(f"{text} is no number of a package; `trapdb response list` lists them")
    return int(text)


def _count(text: str) -> int | None:
    from trapdb.errors import InputError

    if text == "none":
        return None
    if not text.isdecimal() or not 0 < int(text) < 2**31:
        raise InputError(f"{text} is no number of packages: give one above 0, or none")
    return int(text)


def _hours(text: str) -> tuple[time | None, time | None]:
    from trapdb.errors import InputError

    if text == "none":
        return None, None
    try:
        begin, end = map(time.fromisoformat, text.split("-"))
    except ValueError:
        raise InputError(f"{text} are no hours: give them like 22:00-08:00, or none") from None
    return begin, end
