"""``trapdb lightcurve``."""

import click

from trapdb.cli.options import database_option, dataset_option, listing_option
from trapdb.cli.which import find_source, light_curve, linked_source, source_options

COLUMNS = ["taken_at", "freq_eff", "stokes", "kind", "association", "inherited", "backfilled"]
COLUMNS += ["int_flux", "int_flux_err", "peak_flux", "peak_flux_err", "snr", "local_rms"]
COLUMNS += ["usable", "flags", "ra", "dec", "image_id", "measurement_id"]


@click.command(context_settings={"show_default": True})
@source_options
@click.option(
    "--linked",
    is_flag=True,
    help="Of the source on which a monitored position lies, or of the position on a source.",
)
@dataset_option
@listing_option
@database_option
def lightcurve(
    source: str | None,
    ra: float | None,
    dec: float | None,
    radius_arcsec: float,
    linked: bool,
    dataset: str | None,
    form: str | None,
    database: str | None,
) -> None:
    """Print the light curve of a source.

    SOURCE is a name or a source_id, as `trapdb sources` and `trapdb transients` list them. Or name
    a position, which selects the nearest source. Fluxes are in Jy and Jy/beam. Points of kind
    null_detection were measured where the source was expected and not detected, points of kind
    monitored at a position of your choice. Back-filled points were measured after their own time
    step, inherited points before a fork.

    \b
    Examples:
      trapdb lightcurve J100012.3+300102
      trapdb lightcurve PSR-J1000 --linked
      trapdb lightcurve --ra 150.0512 --dec 30.0173 --format csv > curve.csv
    """
    from trapdb.cli.listing import show
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        source_id = find_source(conn, dataset, source, ra, dec, radius_arcsec)
        if linked:
            source_id = linked_source(conn, source_id)
        rows = light_curve(conn, source_id)
    show(rows, COLUMNS, form)
