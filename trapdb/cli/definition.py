"""``trapdb definition``."""

import click

from trapdb.cli.options import database_option, listing_option

_NO_SUCH = "there is no definition {}; `trapdb definition list` lists them"


@click.group()
def definition() -> None:
    """Define transients by conditions, which are stored and evaluated when asked.

    `trapdb transients --definition NAME` evaluates a definition, over all that was ever ingested.
    """


@definition.command()
@click.argument("name")
@click.argument("conditions", nargs=-1, required=True, metavar="CONDITION...")
@click.option("--description", help="What it is for; by default the conditions again.")
@database_option
def add(
    name: str, conditions: tuple[str, ...], description: str | None, database: str | None
) -> None:
    """Store a definition, or replace one of yours.

    All conditions have to hold in the same band. Each is a column, >=, >, <=, < or =, and a number
    or, after =, a word; `trapdb definition columns` lists the columns. Quote each condition,
    because the shell would interpret > and <.

    \b
    Examples:
      trapdb definition add wild 'eta_int >= 3' 'v_int > 0.1'
      trapdb definition add flash 'n_blind = 1' 'margin_local >= 3' --description 'seen once'
    """
    from psycopg.types.json import Jsonb

    from trapdb.cli.reading import view
    from trapdb.conditions import condition
    from trapdb.database.connection import call
    from trapdb.errors import InputError
    from trapdb.server.access import connect

    parsed = [condition(text) for text in conditions]
    said = " and ".join(conditions) if description is None else description
    with connect("operator", database) as conn:
        known = {row.column_name for row in conn.execute(view("definition_column"))}
        for one in parsed:
            if one["column"] not in known:
                raise InputError(
                    f'there is no column "{one["column"]}"; `trapdb definition columns` '
                    "lists those that there are"
                )
        call(conn, "store_definition", name=name, description=said, conditions=Jsonb(parsed))
    click.echo(f"stored {name}; next: trapdb transients --definition {name}")


@definition.command("list")
@listing_option
@database_option
def list_definitions(form: str | None, database: str | None) -> None:
    """List the definitions, those that come with trapdb and those that were stored."""
    from trapdb.cli.listing import show
    from trapdb.cli.reading import view
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        rows = conn.execute(view("transient_definition")).fetchall()
    rows.sort(key=lambda row: (not row.ready_made, row.name))
    show(rows, ["name", "description", "owner", "conditions"], form)


@definition.command("show")
@click.argument("name")
@listing_option
@database_option
def show_definition(name: str, form: str | None, database: str | None) -> None:
    """Show the conditions of a definition, one per row."""
    from trapdb.cli.listing import show
    from trapdb.cli.reading import view
    from trapdb.errors import InputError
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        rows = conn.execute(view("definition_condition")).fetchall()
    chosen = sorted((row for row in rows if row.name == name), key=lambda row: row.number)
    if not chosen:
        raise InputError(_NO_SUCH.format(name))
    show(chosen, ["column_name", "comparison", "value"], form)


@definition.command()
@listing_option
@database_option
def columns(form: str | None, database: str | None) -> None:
    """List the columns that conditions can use, with their units."""
    from trapdb.cli.listing import show
    from trapdb.cli.reading import view
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        rows = conn.execute(view("definition_column")).fetchall()
    show(rows, ["column_name", "unit", "meaning"], form)


@definition.command()
@click.argument("name")
@database_option
def remove(name: str, database: str | None) -> None:
    """Remove a definition of yours."""
    from trapdb.cli.reading import view
    from trapdb.database.connection import call
    from trapdb.errors import InputError
    from trapdb.server.access import connect

    with connect("operator", database) as conn:
        stored = conn.execute(view("transient_definition")).fetchall()
        ready_made = {row.name: row.ready_made for row in stored}
        if name not in ready_made:
            raise InputError(_NO_SUCH.format(name))
        if ready_made[name]:
            raise InputError(f"the definition {name} comes with trapdb and cannot be removed")
        call(conn, "delete_definition", name=name)
    click.echo(f"removed {name}")
