"""``trapdb transients``."""

import click

from trapdb.cli.options import database_option, dataset_option, listing_option

COLUMNS = ["source_id", "name", "ra", "dec", "reason", "band_id", "stokes", "n", "int_flux_mean"]
COLUMNS += ["v_int", "eta_int", "eta_int_significance", "margin_worst", "first_seen", "last_seen"]


@click.command()
@dataset_option
@click.option(
    "--significance-min",
    type=float,
    help="Variable: eta is at least so many sigma above that of a steady source. [5]",
)
@click.option("--eta-min", type=float, help="Variable: least eta, the reduced chi squared. [0]")
@click.option("--v-min", type=float, help="Variable: least V, the relative scatter. [0.05]")
@click.option(
    "--margin",
    type=float,
    help="New: so many sigma above what the best earlier image could have missed. [3]",
)
@listing_option
@database_option
def transients(
    dataset: str | None, form: str | None, database: str | None, **thresholds: float | None
) -> None:
    """List the transient and variable sources, and why they are.

    A source is variable if its flux scatters more than its errors allow, in some band; new if an
    earlier image covered its place and should have shown it. The thresholds apply now, to all
    that was ever ingested.

    \b
    Examples:
      trapdb transients
      trapdb transients --dataset field --significance-min 7 --v-min 0.2
      trapdb lightcurve NAME         to look at one of them
    """
    from trapdb.cli.listing import show
    from trapdb.database import call, connect
    from trapdb.reading import resolve_dataset

    given = {key: value for key, value in thresholds.items() if value is not None}
    with connect("reader", database) as conn:
        rows = call(conn, "transient", dataset=resolve_dataset(conn, dataset), **given)
    show(rows, COLUMNS, form)
