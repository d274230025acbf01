"""``trapdb alert``."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from trapdb.cli.options import (
    COUNT,
    FINITE,
    FiniteRange,
    database_option,
    dataset_option,
    listing_option,
)

LISTED = ["alert_id", "received_at", "stream", "event", "kind", "role", "event_at", "ra", "dec"]
LISTED += ["error_major", "skymap_area_90", "superseded_by", "retracted_by", "ivorn"]
REFUSED = ["alert_id", "received_at", "origin", "content_bytes", "reason"]
SOURCES = ["dataset", "name", "ra", "dec", "separation", "enclosed", "is_new", "n_blind", "delay"]
SOURCES += ["first_seen", "last_seen", "source_id"]
RULES = ["rule", "stream", "error_max", "per_day", "dataset", "owner", "added_at"]
IMAGES = ["dataset", "image_id", "phase", "delay", "taken_at", "freq_eff", "stokes", "rms_min"]
IMAGES += ["covered", "path"]


some_dataset_option = click.option("--dataset", metavar="NAME", help="Of this data set only. [all]")


def window_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where and when about the event of an alert."""
    for option in (
        click.option(
            "--radius",
            type=FINITE,
            metavar="DEG",
            help="Take a circle of this radius about its position, whatever error it tells.",
        ),
        click.option(
            "--after", type=FINITE, metavar="DAYS", help="Until so long after the event. [ever]"
        ),
        click.option(
            "--before", type=FINITE, metavar="DAYS", help="From so long before the event. [ever]"
        ),
    ):
        command = option(command)
    return command


@click.group()
def alert() -> None:
    """Receive alerts of others, and list what the archive has where their events were.

    Alerts are VOEvents and notices of GCN: of gamma-ray bursts, fast radio bursts, gravitational
    waves, neutrinos. They belong to the archive, not to one data set. In SQL they are trap.alert;
    trap.alert_source(...) has the sources, trap.alert_image(...) the images. ALERT is its number,
    its IVORN, or the name of its event, of which the last alert is meant.
    """


@alert.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--topic", metavar="NAME", help="Topic of Kafka that they are of.")
@database_option
def add(files: tuple[Path, ...], topic: str | None, database: str | None) -> int:
    """Store alerts from files, as if they had been received.

    What is no alert is kept as refused, with the reason; one that is there already, by its IVORN,
    is recognised. The exit status is 1 if one was refused.

    \b
    Examples:
      trapdb alert add GRB130514B.xml
      trapdb alert add --topic gcn.notices.chime.frb frb.json
    """
    from trapdb.listening.storing import store
    from trapdb.listening.telling import line
    from trapdb.paths import absolute
    from trapdb.server.access import connect

    refused = False
    with connect("operator", database) as conn:
        for file in files:
            stored = store(conn, file.read_bytes(), absolute(str(file)), topic)
            click.echo(line(stored))
            refused |= stored.notice is None
    return int(refused)


@alert.command()
@click.option(
    "--broker",
    "brokers",
    multiple=True,
    metavar="HOST:PORT",
    help="Broker of VOEvents to subscribe to; may be repeated. [port 8099]",
)
@click.option(
    "--kafka",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="How to reach Kafka: lines name=value; see below.",
)
@click.option(
    "--topic",
    "topics",
    multiple=True,
    metavar="NAME",
    help="Topic of Kafka to subscribe to; may be repeated. One that begins with ^ is a pattern.",
)
@click.option(
    "--identity",
    metavar="IVORN",
    default="ivo://trapdb/listener",
    show_default=True,
    help="What brokers are told who subscribes.",
)
@database_option
def listen(
    brokers: tuple[str, ...],
    kafka: Path | None,
    topics: tuple[str, ...],
    identity: str,
    database: str | None,
) -> None:
    """Receive alerts from brokers and topics, until it is stopped; a line an alert.

    Each is stored first, and then acknowledged: a broker sends nothing twice. The same alert from
    several brokers is stored once. A connection that is lost is made again within seconds; while
    the database is away, what comes waits for it, in files under TRAPDB_HOME, which the next
    listener takes up if this one ends; if it is away at the start, in memory alone. Positions are
    monitored as `trapdb alert rule` says.

    FILE has the properties of a client of Kafka, as librdkafka names them: bootstrap.servers, and
    group.id, under which it is kept how far topics were read. ${NAME} is taken from the
    environment: no password has to be in the file.

    \b
    Examples:
      trapdb alert listen --broker voevent.example.org --broker 127.0.0.1:8099
      trapdb alert listen --kafka gcn.properties --topic igwn.gwalert \\
          --topic '^gcn\\.notices\\..*'
    """
    from functools import partial

    from trapdb.alerts.vtp.receiver import Subscriber, address_of
    from trapdb.errors import InputError
    from trapdb.listening.filling import Filler
    from trapdb.listening.kept import waiting_folder
    from trapdb.listening.loop import Source, listen
    from trapdb.listening.telling import line
    from trapdb.listening.waiting import Waiting
    from trapdb.paths import printable
    from trapdb.server.access import connect, is_away

    if bool(kafka) != bool(topics):
        raise InputError("--kafka and --topic go together: how to reach Kafka, and what to read")
    if not brokers and not kafka:
        raise InputError("give a --broker to subscribe to, or --kafka and a --topic")
    addresses = [address_of(one) for one in brokers]

    def say(text: str) -> None:
        click.echo(printable(f"trapdb: {text}"), err=True)

    again = partial(connect, "operator", database)
    filler = Filler(again, lambda filled: click.echo(str(filled)), say)

    def sources(take: Callable[[Any], None]) -> list[Source]:
        found: list[Source] = [filler]
        found += [Subscriber(host, port, identity, take, say) for host, port in addresses]
        if kafka is not None:
            from trapdb.alerts.kafka import KafkaSubscriber, read_properties

            found.append(KafkaSubscriber(read_properties(kafka), topics, take, say))
        return found

    def stored(one: Any, arrived: Any) -> None:
        click.echo(f"{line(one)} ({arrived.origin})")
        filler.wake()

    waiting = Waiting(say)

    def there(conn: Any) -> None:
        waiting.back(waiting_folder(conn))
        filler.wake()

    listen(again, partial(is_away, database), sources, stored, there, waiting)


@alert.command()
@click.option(
    "--kafka",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    metavar="FILE",
    help="How to reach Kafka, as for `trapdb alert listen`.",
)
@click.option(
    "--topic",
    "topics",
    multiple=True,
    metavar="NAME",
    help="Topic with VOEvents that are submitted; may be repeated.",
)
@click.option(
    "--submit", metavar="HOST:PORT", help="Broker that they are submitted to. [port 8098]"
)
@click.option(
    "--broker",
    "brokers",
    multiple=True,
    metavar="HOST:PORT",
    help="Broker whose VOEvents are published; may be repeated. [port 8099]",
)
@click.option("--publish", metavar="NAME", help="Topic in which they are published.")
@click.option(
    "--identity",
    metavar="IVORN",
    default="ivo://trapdb/bridge",
    show_default=True,
    help="What brokers are told who subscribes.",
)
def bridge(
    kafka: Path,
    topics: tuple[str, ...],
    submit: str | None,
    brokers: tuple[str, ...],
    publish: str | None,
    identity: str,
) -> None:
    """Pass VOEvents on between topics of Kafka and brokers of VOEvents, until it is stopped.

    For those who subscribe to a broker while their alerts come by Kafka, and the other way round.
    Each is passed on once, as it came, and never back, also over restarts: a file under TRAPDB_HOME
    has what was passed on in the last 30 days. No database is needed. Offsets are kept, and
    packets acknowledged, when the other side has them. Notices in JSON are no VOEvents, and stay.

    \b
    Examples:
      trapdb alert bridge --kafka gcn.properties --topic '^gcn\\.classic\\.voevent\\..*' \\
          --submit 127.0.0.1:8098
      trapdb alert bridge --kafka own.properties --broker 127.0.0.1:8099 --publish voevents
    """
    from trapdb.alerts.kafka import KafkaSubscriber, read_properties
    from trapdb.alerts.vtp import receiver, sender
    from trapdb.errors import InputError
    from trapdb.listening.bridge import Bridge
    from trapdb.listening.loop import Source
    from trapdb.listening.passed import passed_between
    from trapdb.paths import printable

    if bool(topics) != bool(submit) or bool(brokers) != bool(publish) or not (topics or brokers):
        raise InputError(
            "give --topic and --submit, or --broker and --publish, or all: whence and where to"
        )
    properties = read_properties(kafka)
    addresses = [receiver.address_of(one) for one in brokers]

    def say(text: str) -> None:
        click.echo(printable(text))

    def sources(take: Callable[[Any], None]) -> list[Source]:
        found: list[Source] = [
            receiver.Subscriber(host, port, identity, take, say) for host, port in addresses
        ]
        if topics:
            found.append(KafkaSubscriber(properties, topics, take, say))
        return found

    to = receiver.address_of(submit, sender.PORT) if submit else None
    with passed_between(to, properties["bootstrap.servers"], publish, say) as passed:
        Bridge(to, properties, publish, passed, say).run(sources)


@alert.command("list")
@click.option("--tests", is_flag=True, help="Tests, instead of what is meant.")
@click.option("--refused", is_flag=True, help="What was refused, and why.")
@click.option("--stream", metavar="NAME", help="Of this stream only, whole or its beginning.")
@click.option("--last", type=COUNT, help="Only so many, the latest.")
@listing_option
@database_option
def list_alerts(
    tests: bool,
    refused: bool,
    stream: str | None,
    last: int | None,
    form: str | None,
    database: str | None,
) -> None:
    """List the alerts in the order in which they came; tests are kept apart.

    \b
    Examples:
      trapdb alert list --last 20
      trapdb alert list --stream ivo://nasa.gsfc.gcn/SWIFT --format json
      trapdb alert list --refused
    """
    from trapdb.cli.listing import show as write
    from trapdb.database.connection import call
    from trapdb.errors import InputError
    from trapdb.server.access import connect

    if tests and refused:
        raise InputError("give --tests or --refused, not both: what is refused has no role")
    with connect("reader", database) as conn:
        rows = call(conn, "alerts", tests=tests, refused=refused, stream=stream, last=last)
    write(rows, REFUSED if refused else LISTED, form)


@alert.command()
@click.argument("alert")
@click.option("--content", is_flag=True, help="Its text, as it came.")
@listing_option
@database_option
def show(alert: str, content: bool, form: str | None, database: str | None) -> None:
    """Show what an alert says, and what it refers to."""
    import sys

    from trapdb.cli.output import write_listing
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        row = _named(conn, alert)
        if content:
            ((held,),) = call(conn, "alert_content", alert_id=row.alert_id)
            sys.stdout.buffer.write(held)
            return
    facts = row._asdict()
    parameters, citations = facts.pop("parameters"), facts.pop("citations") or []
    listed = [
        *((key, value) for key, value in facts.items() if value is not None),
        *((one["cite"], one["ivorn"]) for one in citations),
        *parameters.items(),
    ]
    write_listing(["key", "value"], listed, form)


@alert.command()
@click.argument("alert")
@window_options
@click.option("--new", is_flag=True, help="Only those that were first seen in that time.")
@click.option(
    "--definition", metavar="NAME", help="Only transients by this definition, see `definition`."
)
@click.option(
    "--probability",
    type=FiniteRange(0, 1, min_open=True),
    default=0.9,
    show_default=True,
    help="Of a sky map: how much of it the region holds that is searched, the smallest one.",
)
@some_dataset_option
@listing_option
@database_option
def match(
    alert: str,
    before: float | None,
    after: float | None,
    radius: float | None,
    new: bool,
    definition: str | None,
    probability: float,
    dataset: str | None,
    form: str | None,
    database: str | None,
) -> None:
    """List the sources where the event of an alert was; by default of all data sets.

    Those in its error region, within three times their own errors, or in the most probable region
    of its sky map, the nearest or most probable first. delay is from the event to the first time
    that a source was seen, s; separation is from the position, deg. With --before or --after:
    those that were seen in that time about the event.

    \b
    Examples:
      trapdb alert match GRB130514B
      trapdb alert match S190814bv --new --before 0 --after 7
      trapdb alert match 12 --definition appearing --dataset field --format json
    """
    from trapdb.cli.listing import show as write
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        rows = call(
            conn,
            "alert_source",
            alert_id=_named(conn, alert).alert_id,
            dataset=dataset,
            before=_days(before),
            after=_days(after),
            new=new,
            definition=definition,
            probability=probability,
            radius=radius,
        )
    write(rows, SOURCES, form)


@alert.command()
@click.argument("alert")
@window_options
@some_dataset_option
@listing_option
@database_option
def images(
    alert: str,
    before: float | None,
    after: float | None,
    radius: float | None,
    dataset: str | None,
    form: str | None,
    database: str | None,
) -> None:
    """List the images that cover where the event of an alert was, before, during and after it.

    covered is the share of its error region, or of the probability of its sky map; delay is from
    the event to the beginning of an image, s.

    \b
    Examples:
      trapdb alert images GRB130514B --before 30 --after 0
    """
    from trapdb.cli.listing import show as write
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        rows = call(
            conn,
            "alert_image",
            alert_id=_named(conn, alert).alert_id,
            dataset=dataset,
            before=_days(before),
            after=_days(after),
            radius=radius,
        )
    write(rows, IMAGES, form)


@alert.command()
@click.argument("alert")
@dataset_option
@database_option
def monitor(alert: str, dataset: str | None, database: str | None) -> int:
    """Measure the position of an alert in every image of a data set, those before it at once.

    The position is named alert- and the number of the alert: `trapdb lightcurve alert-12` has its
    light curve, and later images add to it. After an interruption, run the same command again. The
    exit status is 1 if the file of an image is gone or has changed.

    \b
    Examples:
      trapdb alert monitor GRB130514B --dataset field
      trapdb lightcurve alert-12 --dataset field
    """
    from functools import partial

    from trapdb.cli.reading import resolve_dataset
    from trapdb.listening.filling import monitor as fill
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        alert_id = _named(conn, alert).alert_id
        held = resolve_dataset(conn, dataset)
    filled = fill(partial(connect, "operator", database), alert_id, held)
    click.echo(str(filled))
    return int(filled.lost > 0)


@alert.command()
@click.argument("alert")
@click.argument("definition")
@click.option(
    "--respond",
    "responders",
    multiple=True,
    metavar="RESPONDER",
    help="Responder to wake; may be repeated.",
)
@click.option(
    "--radius", type=FINITE, metavar="DEG", help="Take a circle of this radius, whatever it tells."
)
@click.option(
    "--probability",
    type=FiniteRange(0, 1, min_open=True),
    default=0.9,
    show_default=True,
    help="Of a sky map: how much of it the region holds that is watched, the smallest one.",
)
@click.option("--dataset", metavar="NAME", help="In this data set only, which may come later.")
@database_option
def watch(
    alert: str,
    definition: str,
    responders: tuple[str, ...],
    radius: float | None,
    probability: float,
    dataset: str | None,
    database: str | None,
) -> None:
    """Watch where the event of an alert was, for transients in the time steps to come.

    The watch is named alert_ and the number; it is one like those of `trapdb watch-for`, which
    lists and removes it. What fulfils the definition by now is stored as events, and wakes nobody.
    A sky map becomes a watch map of the same name.

    \b
    Examples:
      trapdb alert watch GRB130514B appearing --respond mail
      trapdb alert watch S190814bv appearing --probability 0.5 --dataset field
    """
    from trapdb.cli.reading import say_if_nothing_comes
    from trapdb.cli.responders import say_which_are_absent
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        ((name,),) = call(
            conn,
            "watch_alert",
            alert_id=_named(conn, alert).alert_id,
            definition=definition,
            responders=list(dict.fromkeys(responders)),
            dataset=dataset,
            radius=radius,
            probability=probability,
        )
        say_if_nothing_comes(conn, dataset)
    say_which_are_absent(responders)
    click.echo(f"watching as {name}; trapdb watch-for list shows it")


@alert.group()
def rule() -> None:
    """Have the positions of alerts monitored as soon as they come.

    The listener does that: a position whose error region is small enough, and that an image of the
    data set covers, is measured in the images that are there, within seconds, and in later ones.
    """


@rule.command("add")
@click.argument("name")
@click.option(
    "--stream", metavar="NAME", default="", help="Of this stream, whole or its beginning. [all]"
)
@click.option(
    "--error-max",
    type=FINITE,
    metavar="DEG",
    default=0.05,
    show_default=True,
    help="Largest radius of an error region whose centre is worth a measurement.",
)
@click.option(
    "--per-day",
    type=click.IntRange(min=1, max=2**31 - 1),
    default=20,
    show_default=True,
    help="How many positions are monitored by it in 24 hours, at most.",
)
@dataset_option
@database_option
def add_rule(
    name: str,
    stream: str,
    error_max: float,
    per_day: int,
    dataset: str | None,
    database: str | None,
) -> None:
    """Add a rule.

    Each position costs a measurement in every image, and anybody may send alerts: of more than
    --per-day in 24 hours the others are stored, and `trapdb alert monitor` measures them.

    \b
    Examples:
      trapdb alert rule add swift --stream ivo://nasa.gsfc.gcn/SWIFT --dataset field
      trapdb alert rule add frbs --stream gcn.notices.chime --error-max 0.5 --dataset field
    """
    from trapdb.cli.reading import resolve_dataset
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        held = resolve_dataset(conn, dataset)
        call(
            conn,
            "add_alert_rule",
            name=name,
            stream=stream,
            dataset=held,
            error_max=error_max,
            per_day=per_day,
        )
    click.echo(
        f"added {name}: positions within {error_max:g} deg are monitored in {held}, "
        f"{per_day} a day at most"
    )


@rule.command("list")
@listing_option
@database_option
def list_rules(form: str | None, database: str | None) -> None:
    """List the rules."""
    from trapdb.cli.listing import show as write
    from trapdb.cli.reading import view
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        rows = conn.execute(view("alert_rule")).fetchall()
    write(sorted(rows, key=lambda row: row.rule), RULES, form)


@rule.command("remove")
@click.argument("name")
@database_option
def remove_rule(name: str, database: str | None) -> None:
    """Remove a rule of yours; positions that are monitored by it stay."""
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        call(conn, "remove_alert_rule", name=name)
    click.echo(f"removed {name}")


@alert.command("map")
@click.argument("alert")
@click.argument("file")
@database_option
def attach_map(alert: str, file: str, database: str | None) -> None:
    """Give an alert the sky map that its sender made, from a file.

    VOEvents name the address of a map, skymap_url; trapdb asks no address that an alert names.

    \b
    Examples:
      trapdb alert show S190814bv
      curl -LO https://gracedb.ligo.org/.../bayestar.multiorder.fits
      trapdb alert map S190814bv bayestar.multiorder.fits
    """
    from trapdb.database.connection import call
    from trapdb.server.access import connect
    from trapdb.watching.sky_map_loading import load_sky_map

    with connect("operator", database) as conn:
        row = _named(conn, alert)
        held = load_sky_map(conn, file, row.ivorn)
        call(conn, "attach_skymap", alert_id=row.alert_id, skymap=held.name)
    click.echo(
        f"alert {row.alert_id} has sky map {held.name}; next: trapdb alert match {row.alert_id}"
    )


def _named(conn: Any, alert: str) -> Any:
    """Return the row of an alert."""
    from trapdb.database.connection import call

    (row,) = call(conn, "alert_named", alert=alert)
    return row


def _days(days: float | None) -> timedelta | None:
    return None if days is None else timedelta(days=days)


@alert.command()
@click.option("--example", is_flag=True, help="An alert that has all of it, instead.")
def schema(example: bool) -> None:
    """Print the JSON Schema of alerts of radio transients, as they are published.

    Names and meanings of its first part are those of the core of GCN's schema; the second part has
    what radio images add. Units are in the descriptions.

    \b
    Examples:
      trapdb alert schema > radio-transient.schema.json
      trapdb alert schema --example
    """
    from trapdb.alerts.schema import text_of

    click.echo(text_of("example" if example else "schema"), nl=False)
