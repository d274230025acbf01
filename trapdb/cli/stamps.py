"""``trapdb stamps``."""

import gzip
from operator import attrgetter
from pathlib import Path

import click

from trapdb.cli.options import database_option, dataset_option, listing_option
from trapdb.cli.which import find_source, source_options
from trapdb.database import ids

LISTED = ["dataset", "source_id", "occasion", "image_id", "taken_at", "freq_eff", "stokes"]
LISTED += ["peak_flux", "inherited", "n_bytes"]


@click.group()
def stamps() -> None:
    """List and save stamps: pieces of images around sources, which outlive the images.

    They are of a source's discovery, its brightest point, and the last image before the discovery
    that covers the place. Section [stamps] of the configuration says of which sources. In SQL they
    are trap.stamp.
    """


@stamps.command("list")
@click.argument("source", required=False)
@dataset_option
@listing_option
@database_option
def list_stamps(
    source: str | None, dataset: str | None, form: str | None, database: str | None
) -> None:
    """List the stamps of a data set, or of one source of it."""
    from trapdb.cli.listing import show
    from trapdb.cli.reading import resolve_dataset, rows_of
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        source_id = None if source is None else find_source(conn, dataset, source)
        if source_id is None:
            (found,) = call(conn, "dataset_id_of", dataset=resolve_dataset(conn, dataset))
            dataset_id = found.dataset_id_of
        else:
            dataset_id = ids.dataset_of_source(source_id)
        rows = rows_of(conn, "stamp", dataset_id, source_id, LISTED)
    show(sorted(rows, key=attrgetter("source_id", "taken_at", "occasion")), LISTED, form)


@stamps.command(context_settings={"show_default": True})
@source_options
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    default=".",
    metavar="DIR",
    help="Where to write them; it is made if it is not there.",
)
@dataset_option
@database_option
def save(
    source: str | None,
    ra: float | None,
    dec: float | None,
    radius_arcsec: float,
    output: Path,
    dataset: str | None,
    database: str | None,
) -> None:
    """Save the stamps of a source as FITS files, for DS9 or CARTA.

    SOURCE is a name or a source_id, or give a position. The pixels are those of the images, in
    Jy/beam, and so are the coordinates: a correction by a reference catalogue is not in them.

    \b
    Examples:
      trapdb stamps save J100012.3+300102
      trapdb stamps save --ra 150.0512 --dec 30.0173 -o stamps/
    """
    from trapdb.cli.reading import rows_of
    from trapdb.errors import InputError
    from trapdb.server.access import connect
    from trapdb.whole_file import whole_file

    with connect("reader", database) as conn:
        source_id = find_source(conn, dataset, source, ra, dec, radius_arcsec)
        rows = rows_of(conn, "stamp", ids.dataset_of_source(source_id), source_id)
    if not rows:
        raise InputError(f"source {source_id} has no stamps; `trapdb stamps list` lists those")
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{output}: cannot be made: {error.strerror}") from error
    for row in rows:
        path = output / f"{source_id}_{row.occasion}_{row.taken_at:%Y%m%dT%H%M%S}.fits"
        with whole_file(path) as aside:
            aside.write_bytes(gzip.decompress(row.fits))
        click.echo(path)
