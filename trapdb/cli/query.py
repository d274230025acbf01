"""``trapdb query``."""

import os

import click

from trapdb.cli.options import database_option, listing_option, time_limit_option


@click.command(context_settings={"show_default": True})
@click.argument("sql")
@click.option("--adql", is_flag=True, help="The query is in ADQL, and names views only.")
@listing_option
@time_limit_option
@database_option
def query(sql: str, adql: bool, form: str | None, time_limit: float, database: str | None) -> None:
    """Run an SQL query, as a reader, with a time limit.

    The views and functions are in schema trap; `trapdb db psql -c '\\dv+ trap.*'` lists the views.
    On a server of yours, TRAPDB_READER_URL has to name a login that may only read.

    \b
    Examples:
      trapdb query "select * from trap.running_catalogue limit 5"
      trapdb query "select name, n_blind from trap.running_catalogue" --format csv > names.csv
      trapdb query "select * from trap.cone('field', 150, 30, 0.1)" --format json
      trapdb query --adql "SELECT TOP 5 name, ra, dec FROM running_catalogue"
    """
    from trapdb.cli.adql import to_sql
    from trapdb.cli.output import write_listing
    from trapdb.cli.reading import run
    from trapdb.server.access import connect

    with connect("query", database) as conn:
        statement = to_sql(conn, sql) if adql else os.fsencode(sql)
        with run(conn, statement, time_limit) as result:
            write_listing([column.name for column in result.columns], result.rows, form)
