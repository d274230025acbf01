"""``trapdb extract``."""

from pathlib import Path

import click

from trapdb.cli.settings import read_settings, settings_options
from trapdb.output import FILE_FORMATS

# What most ask for comes first; all other figures of a measurement follow.
FIRST = ["ra", "dec", "ra_err", "dec_err", "peak_flux", "peak_flux_err", "int_flux", "int_flux_err"]
FIRST += ["snr", "local_rms", "flags"]


@click.command(context_settings={"show_default": True})
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@click.option(
    "--format", "form", type=click.Choice(("table", *FILE_FORMATS)), default="csv", help="Format."
)
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="File to write; else standard output."
)
@settings_options("extraction", "quality")
def extract(
    images: tuple[str, ...],
    form: str,
    output: Path | None,
    config: Path | None,
    header: tuple[str, ...],
    **settings: object,
) -> int:
    """Find and measure the sources of images; no database is needed.

    Positions and their errors are in deg (ra_err on the sky, cos dec included), fluxes in Jy and
    Jy/beam; what is unknown is empty. The table for the eye leaves out shapes and further figures.
    With several images the first column names the image.

    An image of bad quality is measured all the same, and told of. One that cannot be measured is
    told of and left out, and the exit status is 1 (2 if there was no other).

    \b
    Examples:
      trapdb extract image.fits
      trapdb extract image.fits --detection-threshold 5 --format votable -o sources.xml
      trapdb extract scan*.fits --format table
    """
    from astropy.table import vstack

    from extractor.errors import ExtractorError
    from trapdb import pixels
    from trapdb.files import find_images
    from trapdb.output import destination, write_listing, write_table
    from trapdb.timing import Timings

    configuration = read_settings(config, header, settings)
    files = find_images(images)
    tables, failures = [], []
    for path in files:
        try:
            image = pixels.read(path, configuration, Timings())
            checked = pixels.check(image, configuration, Timings())
            measured = pixels.extract(checked, configuration, Timings())
        except ExtractorError as error:
            failures.append(str(error))
            continue
        for doubt in checked.failures:
            click.echo(f"trapdb: {path}: beyond the limits of good quality: {doubt}", err=True)
        assert measured.measurements is not None
        table = measured.measurements.to_table()
        columns = FIRST if form == "table" else sorted(table.colnames, key=_place)
        table = table[columns]
        if len(files) > 1:
            table.add_column([path] * len(table), name="image", index=0)
        tables.append(table)
    for failure in failures:
        click.echo(f"trapdb: {failure}", err=True)
    if tables:
        everything = vstack(tables, metadata_conflicts="silent")
        if form in ("csv", "table"):
            with destination(output) as stream:
                rows = zip(
                    *(everything[name].tolist() for name in everything.colnames), strict=True
                )
                write_listing(everything.colnames, rows, form, stream)
        else:
            write_table(everything, form, output)
    return 2 if not tables else int(bool(failures))


def _place(column: str) -> int:
    """Put a column in its place: the first, then the others in their own order."""
    return FIRST.index(column) if column in FIRST else len(FIRST)
