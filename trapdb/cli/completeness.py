"""``trapdb completeness``."""

import click

from trapdb.cli.options import FiniteRange, database_option, listing_option

COLUMNS = [
    *("quantity", "kind", "low", "high", "injected", "found"),
    *("recall", "recall_low", "recall_high"),
]


@click.command(context_settings={"show_default": True})
@click.argument("dataset")
@click.option(
    "--definition",
    metavar="NAME",
    help="Count what fulfils this definition of transients, instead of all that was found.",
)
@click.option(
    "--snr-min",
    type=FiniteRange(min=0),
    metavar="SIGMA",
    help="Count what was found with this S/N in some image, or more.",
)
@click.option("--kind", metavar="KIND", help="Only injected sources of this kind.")
@listing_option
@database_option
def completeness(
    dataset: str,
    definition: str | None,
    snr_min: float | None,
    kind: str | None,
    form: str | None,
    database: str | None,
) -> None:
    """Tell how much of what was injected was found, by brightness, time and place.

    Found is what has a source within a beam (major axis, FWHM) of its place. There is a row for
    all, for each kind of source, and for bins of brightness (peak_snr, in the image in which it
    stands out most), timescale (s) and centre_distance (deg); recall_low and recall_high are the
    bounds of one sigma, after Wilson.

    \b
    Examples:
      trapdb completeness field-injected
      trapdb completeness field-injected --definition standard
      trapdb completeness field-injected --kind single_burst --snr-min 8 --format json
    """
    from trapdb.cli.output import write_listing
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        rows = call(
            conn,
            "completeness",
            dataset=dataset,
            definition=definition,
            snr_min=snr_min,
            kind=kind,
        )
    write_listing(COLUMNS, map(tuple, rows), form)
