"""``trapdb sources``."""

import click

from trapdb.cli.options import database_option, dataset_option, listing_option


@click.command()
@dataset_option
@click.option(
    "--cone",
    type=float,
    nargs=3,
    metavar="RA DEC RADIUS",
    help="Only sources within RADIUS of a position, deg; nearest first.",
)
@listing_option
@database_option
def sources(
    dataset: str | None,
    cone: tuple[float, float, float] | None,
    form: str | None,
    database: str | None,
) -> None:
    """List the sources of the running catalogue.

    Positions are weighted means over all detections, with their errors, in deg; n_blind counts
    detections, n_forced the forced fits where a source was expected and not detected.

    \b
    Examples:
      trapdb sources
      trapdb sources --dataset field --cone 150.1 29.9 0.05
      trapdb sources --format csv > sources.csv
    """
    from trapdb.cli.listing import show
    from trapdb.cli.reading import resolve_dataset
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        name = resolve_dataset(conn, dataset)
        if cone is None:
            rows = call(conn, "sources_of", dataset=name)
        else:
            ra, dec, radius = cone
            rows = call(conn, "cone", dataset=name, ra=ra, dec=dec, radius=radius)
    show(rows, COLUMNS + ["separation"] * (cone is not None), form)


COLUMNS = ["source_id", "name", "ra", "dec", "ra_err", "dec_err", "n_blind", "n_forced"]
COLUMNS += ["first_seen", "last_seen", "monitored"]
