"""``trapdb lightcurve``."""

from typing import Any

import click

from trapdb.cli.options import database_option, dataset_option, listing_option
from trapdb.errors import InputError

COLUMNS = ["taken_at", "freq_eff", "stokes", "kind", "association", "int_flux", "int_flux_err"]
COLUMNS += ["peak_flux", "peak_flux_err", "snr", "local_rms", "usable", "flags"]
COLUMNS += ["inherited", "backfilled", "ra", "dec", "image_id", "measurement_id"]


@click.command(context_settings={"show_default": True})
@click.argument("source", required=False)
@click.option("--ra", type=float, help="Position instead of a name: right ascension, deg.")
@click.option("--dec", type=float, help="Position instead of a name: declination, deg.")
@click.option("--radius-arcsec", type=float, default=10.0, help="How near the source has to be.")
@dataset_option
@listing_option
@database_option
def lightcurve(
    source: str | None,
    ra: float | None,
    dec: float | None,
    radius_arcsec: float,
    dataset: str | None,
    form: str | None,
    database: str | None,
) -> None:
    """Print the light curve of a source.

    SOURCE is a name or a source_id, as `trapdb sources` and `trapdb transients` list them; or
    give a position, and the source nearest to it is taken. Fluxes are in Jy and Jy/beam. Where a
    source was expected and not detected, its flux was measured all the same, and the kind is
    null_detection.

    \b
    Examples:
      trapdb lightcurve J100012.3+300102
      trapdb lightcurve --ra 150.0512 --dec 30.0173 --format csv > curve.csv
    """
    from trapdb.cli.listing import show
    from trapdb.database import call, connect

    with connect("reader", database) as conn:
        if source is not None and source.isdecimal():
            source_id = int(source)
            if source_id >= 2**63:
                raise InputError(f"there is no source {source}; `trapdb sources` lists them")
        else:
            source_id = _find(conn, source, ra, dec, radius_arcsec / 3600, dataset)
        rows = call(conn, "lightcurve_of", source_id=source_id)
    if not rows:
        raise InputError(f"there is no source {source_id}; `trapdb sources` lists them")
    show(rows, COLUMNS, form)


def _find(
    conn: Any,
    name: str | None,
    ra: float | None,
    dec: float | None,
    radius: float,
    dataset: str | None,
) -> int:
    """Find a source by name or position."""
    from trapdb.database import call
    from trapdb.reading import resolve_dataset

    if (name is None) == (ra is None or dec is None):
        raise InputError("give a source by name or source_id, or a position with --ra and --dec")
    dataset = resolve_dataset(conn, dataset)
    if name is None:
        assert ra is not None
        near = call(conn, "cone", dataset=dataset, ra=ra, dec=dec, radius=radius)
        if not near:
            raise InputError(
                f"{dataset} has no source within {radius * 3600:g} arcsec of {ra} {dec}; "
                "--radius-arcsec looks further"
            )
        return near[0].source_id
    named = call(conn, "source_named", dataset=dataset, name=name)
    if not named:
        raise InputError(f"{dataset} has no source named {name}; `trapdb sources` lists them")
    if len(named) > 1:
        ids = ", ".join(str(row.source_id) for row in named)
        raise InputError(f"{dataset} has several sources named {name}; give a source_id: {ids}")
    return named[0].source_id
