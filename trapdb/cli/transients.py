"""``trapdb transients``."""

from typing import Any

import click

from trapdb.cli.options import FINITE, database_option, dataset_option, listing_option

COLUMNS = ["source_id", "name", "ra", "dec", "reason", "band_id", "stokes", "n", "int_flux_mean"]
COLUMNS += ["v_int", "eta_int", "eta_int_significance", "margin_worst", "first_seen", "last_seen"]
DEFINED = ["source_id", "name", "ra", "dec", "band_id", "stokes", "n", "n_blind", "int_flux_mean"]
DEFINED += ["v_int", "eta_int", "eta_int_significance", "max_significance", "snr_max"]
DEFINED += ["margin_local", "before_significance", "noise_chance", "first_seen", "last_seen"]


@click.command()
@dataset_option
@click.option("--all", "everywhere", is_flag=True, help="In all data sets.")
@click.option(
    "--definition",
    metavar="NAME",
    help="By a definition, ready-made or stored; `trapdb definition list` lists them.",
)
@click.option(
    "--significance-min",
    type=FINITE,
    help="Variable: eta, or the brightest point, lies so many sigma above a steady source. [5]",
)
@click.option("--eta-min", type=FINITE, help="Variable: least eta, the reduced chi squared. [0]")
@click.option("--v-min", type=FINITE, help="Variable: least V, the relative scatter. [0.05]")
@click.option(
    "--margin",
    type=FINITE,
    help="New: so many sigma above what the best earlier image could have missed. [3]",
)
@click.option(
    "--fdr",
    type=FINITE,
    metavar="RATE",
    help="Of what was detected once only, keep the brightest, so many of which noise made: 0 to 1.",
)
@listing_option
@database_option
def transients(
    dataset: str | None,
    everywhere: bool,
    definition: str | None,
    fdr: float | None,
    form: str | None,
    database: str | None,
    **thresholds: float | None,
) -> None:
    """List the transient and variable sources, with the reasons.

    A source is variable if its flux scatters more than its errors allow in some band. It is new if
    an earlier image covered its place and should have shown it. The thresholds are applied now, to
    all that was ever ingested. With a definition there is a row for each band in which it holds.

    \b
    Examples:
      trapdb transients
      trapdb transients --dataset field --significance-min 7 --v-min 0.2
      trapdb transients --definition single_epoch --fdr 0.01
      trapdb lightcurve NAME         to look at one of them
    """
    from trapdb.cli.listing import show
    from trapdb.cli.reading import dataset_names, resolve_dataset
    from trapdb.database.connection import call
    from trapdb.errors import InputError
    from trapdb.server.access import connect

    given = {key: value for key, value in thresholds.items() if value is not None}
    if definition and given:
        option = "--" + next(iter(given)).replace("_", "-")
        raise InputError(f"{option} does not go with --definition, which has its own conditions")
    if everywhere and dataset:
        raise InputError("give --all or --dataset, not both")
    with connect("reader", database) as conn:
        rows: list[Any] = []
        for name in dataset_names(conn) if everywhere else [resolve_dataset(conn, dataset)]:
            if definition:
                found = call(conn, "transient_by_definition", name=definition, dataset=name)
            else:
                found = call(conn, "transient", dataset=name, **given)
            if fdr is not None:
                # a rate that makes no sense is refused here
                kept = {row.source_id for row in call(conn, "false_alarm", dataset=name, fdr=fdr)}
                once = {row.source_id for row in call(conn, "false_alarm", dataset=name)}
                found = [row for row in found if row.source_id not in once - kept]
            rows += found
    columns = DEFINED if definition else COLUMNS
    show(rows, ["dataset", *columns] if everywhere else columns, form)
