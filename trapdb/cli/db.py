"""``trapdb db``: manage the database, on the private server or another one."""

import os
from typing import TYPE_CHECKING

import click

from trapdb.cli.options import database_option
from trapdb.cli.transferring import dump, restore

if TYPE_CHECKING:
    from trapdb import schema


@click.group()
def db() -> None:
    """Manage the database: start, stop, upgrade, psql; dump and restore data sets.

    The private server starts by itself when a command needs it, and runs until it is stopped.
    Its data are under TRAPDB_HOME.
    """


@db.command()
@database_option
def status(database: str | None) -> int:
    """Show the state of the database, and what it lacks.

    The exit status is 2 if trapdb cannot work with the database as it is.
    """
    url = _users_own(database)
    return _status_of_database(url) if url else _status_of_private()


def _users_own(database: str | None) -> str | None:
    """Return the URL of a server that the user runs, or None to use the private one."""
    return database or os.environ.get("TRAPDB_DATABASE_URL")


def _status_of_private() -> int:
    import psycopg

    from trapdb import schema
    from trapdb.server import private_server

    private = private_server.locate()
    found = private_server.status(private)
    click.echo(f"home      {private.home}")
    if not found.running:
        stuck = (
            f"process {found.pid} lives but does not answer: trapdb db stop" if found.pid else ""
        )
        click.echo(f"server    {stuck or 'not running; any command that needs it starts it'}")
        return 2 if stuck else 0
    click.echo(f"server    PostgreSQL {found.version}, process {found.pid}")
    click.echo(f"log       {private.data / 'log'}")
    click.echo(f"url       {private.url()}")
    try:
        with psycopg.connect(private.url()) as conn:
            state = schema.status_of(conn)
    except psycopg.OperationalError:
        click.echo("schema    none yet, not even a database: trapdb db start")
        return 2
    click.echo(f"schema    {state}")
    return 0 if state.state in (schema.State.CURRENT, schema.State.DRIFTED) else 2


def _status_of_database(url: str) -> int:
    from trapdb import schema
    from trapdb.database.connection import open_url
    from trapdb.schema import queries

    with open_url(url) as conn:
        click.echo(f"server    PostgreSQL {conn.info.parameter_status('server_version')}")
        click.echo(f"database  {conn.info.dbname}, as user {conn.info.user}")
        for shown_at, seconds in queries.rows(conn, "standby"):
            last = f"{shown_at:%Y-%m-%d %H:%M:%S%z}, {seconds:.0f} s ago" if shown_at else "unknown"
            click.echo(f"standby   it only reads; the last change that it shows: {last}")
        state = schema.status_of(conn)
        click.echo(f"schema    {state}")
        usable = state.state in (schema.State.CURRENT, schema.State.DRIFTED)
        missing = [] if usable else schema.requirements(conn)
    if missing:
        click.echo("missing   for the upgrade; a superuser has to run in this database:")
    for one in missing:
        click.echo(one)
    if "TRAPDB_READER_URL" not in os.environ:
        click.echo("missing   a login for trapdb query, in TRAPDB_READER_URL; to make one:")
        click.echo("CREATE ROLE name LOGIN PASSWORD 'password' IN ROLE trapdb_reader;")
    return 0 if usable else 2


@db.command()
def start() -> int:
    """Start the private server; create it first if it does not exist."""
    from trapdb.server import private_server

    private_server.ensure_running()
    return _status_of_private()


@db.command()
def stop() -> None:
    """Stop the private server.

    Committed data stay. An ingest that is running ends, and continues when it is started again.
    """
    from trapdb.server import private_server

    click.echo("stopped" if private_server.stop(private_server.locate()) else "was not running")


@db.command()
@database_option
def url(database: str | None) -> None:
    """Print the URL of the database, for psql, psycopg and other clients."""
    from trapdb.server import private_server

    click.echo(_users_own(database) or private_server.ensure_started().url())


@db.command(context_settings={"ignore_unknown_options": True})
@database_option
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(database: str | None, arguments: tuple[str, ...]) -> None:
    """Open psql on the database, as its administrator; ARGUMENTS are passed to psql.

    \b
      trapdb db psql -c "select * from trap.dataset"
    """
    from psycopg.conninfo import make_conninfo

    from trapdb.database.connection import url_parts
    from trapdb.server import installation, private_server

    where = url_parts(_users_own(database) or private_server.ensure_started().url())
    # Everybody on the machine can read a program's arguments, but not its environment.
    password = where.pop("password", None)
    where.pop("sslpassword", None)  # which psql asks for
    environment = os.environ | ({"PGPASSWORD": str(password)} if password else {})
    program = installation.find_psql()
    os.execve(program, [program, make_conninfo("", **where), *arguments], environment)


@db.command()
@database_option
@click.option(
    "--discard-changes",
    is_flag=True,
    help="Discard what was changed by hand in schemas trap, tap_schema and ivoa.",
)
def upgrade(database: str | None, discard_changes: bool) -> None:
    """Bring the schema to this version of trapdb, whole or not at all."""
    from trapdb import schema
    from trapdb.server import private_server

    if own := _users_own(database):
        report = schema.upgrade(own, discard_changes=discard_changes)
    else:
        report = private_server.upgrade(
            private_server.ensure_started(), discard_changes=discard_changes
        )
    click.echo(_what_was_done(report))


@db.command()
@database_option
@click.argument("login")
@click.argument("datasets", nargs=-1)
def restrict(database: str | None, login: str, datasets: tuple[str, ...]) -> None:
    """Show LOGIN these DATASETS and nothing else; without any, nothing any more.

    For a service of data sets that not everybody may see, trapdb serve. The login is one of a
    member of trapdb_restricted; on the private server it is trapdb_web_restricted.

    \b
    Example:
      trapdb db restrict trapdb_web_restricted survey pilot
    """
    from trapdb import schema
    from trapdb.server import private_server

    schema.restrict(_users_own(database) or private_server.ensure_running().url(), login, datasets)
    click.echo(f"{login} is shown {', '.join(datasets) or 'nothing'}")


def _what_was_done(report: "schema.Report") -> str:
    if report.files == 0:
        return "the schema is current; nothing to do"
    return f"the schema was {report.before.state}; now at revision {report.after.revision}"


db.add_command(dump)
db.add_command(restore)
