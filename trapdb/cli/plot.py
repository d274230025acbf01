"""``trapdb plot``."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from trapdb.cli.options import (
    COUNT,
    FINITE,
    FiniteRange,
    database_option,
    dataset_option,
    picture_option,
)
from trapdb.cli.which import find_source, light_curve, source_options
from trapdb.database import ids

# Of a catalogue that has more sources in a field, the brightest are drawn.
MAX_KNOWN = 2000
# Pieces of images are flat squares: no larger than half a circle of the sky.
SIDE = FiniteRange(min=0, min_open=True, max=180 * 3600)

version_option = click.option(
    "--version",
    metavar="V",
    help="Version of the catalogue; may be left out if the data set is matched with only one.",
)
output_option = picture_option("File to write, PNG, PDF or SVG by its suffix; else a window opens.")
flux_option = click.option(
    "--flux",
    type=click.Choice(["int", "peak"]),
    default="int",
    help="Integrated or peak flux density.",
)


@click.group()
def plot() -> None:
    """Draw light curves, the eta-V plane, fields, and sources epoch by epoch.

    Plots need matplotlib: pip install 'trapdb[plot]'.
    """


@plot.command(context_settings={"show_default": True})
@source_options
@flux_option
@output_option
@dataset_option
@database_option
def lightcurve(
    source: str | None,
    ra: float | None,
    dec: float | None,
    radius_arcsec: float,
    flux: str,
    output: Path | None,
    dataset: str | None,
    database: str | None,
) -> None:
    """Draw the light curve of a source, a panel a band.

    Circles are detections, squares forced fits of their own time step, and diamonds back-filled
    points. Grey points are inherited from before a fork. A point below 3 sigma is pale, and an
    upper limit is drawn at 3 sigma.

    \b
    Examples:
      trapdb plot lightcurve J100012.3+300102
      trapdb plot lightcurve --ra 150.0512 --dec 30.0173 --flux peak -o curve.png
    """
    from trapdb.plots.canvas import deliver, new_figure
    from trapdb.plots.lightcurve import draw
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        source_id = find_source(conn, dataset, source, ra, dec, radius_arcsec)
        rows, name = _light_curve(conn, source_id)
    panels = len({(row.band_id, row.stokes) for row in rows})
    figure = new_figure(output, 8, 1.6 + 2.2 * panels)
    draw(figure, rows, flux, name)
    deliver(figure, output)


@plot.command()
@output_option
@dataset_option
@database_option
def timescales(output: Path | None, dataset: str | None, database: str | None) -> None:
    """Draw how deep each timescale of a data set was searched, and how rare transients are.

    Above, the sensitivity against the duration of an image, with the square root of time as a line.
    Below, the number of transients per square degree, at 95 % confidence: triangles are upper
    limits. The numbers are those of trap.timescale_summary; `trapdb stack` makes timescales.

    \b
    Examples:
      trapdb plot timescales --dataset field -o timescales.png
    """
    from trapdb.cli.reading import resolve_dataset
    from trapdb.database.connection import call
    from trapdb.errors import InputError
    from trapdb.plots.canvas import deliver, new_figure
    from trapdb.plots.timescales import draw
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        name = resolve_dataset(conn, dataset)
        rows = call(conn, "timescale_summary", dataset=name)
    known = [row for row in rows if row.duration]
    if not known:
        raise InputError(f"{name}: the durations of its images are not known")
    figure = new_figure(output, 7, 7)
    draw(figure, known, name)
    deliver(figure, output)


@plot.command()
@click.option(
    "--definition", metavar="NAME", help="Count what fulfils this definition of transients."
)
@output_option
@dataset_option
@database_option
def completeness(
    definition: str | None, output: Path | None, dataset: str | None, database: str | None
) -> None:
    """Draw how much of what was injected into a data set was found.

    A panel each by brightness, timescale, distance from the centre and kind, with the numbers of
    trap.completeness and errors of one sigma; `trapdb inject` makes such data sets.

    \b
    Examples:
      trapdb plot completeness --dataset field-injected -o recall.png
      trapdb plot completeness --dataset field-injected --definition appearing
    """
    from trapdb.cli.reading import resolve_dataset
    from trapdb.database.connection import call
    from trapdb.plots.canvas import deliver, new_figure
    from trapdb.plots.completeness import draw
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        name = resolve_dataset(conn, dataset)
        rows = call(conn, "completeness", dataset=name, definition=definition)
    found = f"{name}: {rows[0].found} of {rows[0].injected} found"
    figure = new_figure(output, 8, 7)
    draw(figure, rows, f"{found}, {definition}" if definition else found)
    deliver(figure, output)


@plot.command(context_settings={"show_default": True})
@flux_option
@click.option("--eta-min", type=FINITE, help="Threshold of eta to draw.")
@click.option("--v-min", type=FINITE, help="Threshold of V to draw.")
@click.option(
    "--sigma",
    type=FiniteRange(min=0),
    default=3.0,
    help="Without thresholds: so far above the means of the field's own sources.",
)
@output_option
@dataset_option
@database_option
def variability(
    flux: str,
    eta_min: float | None,
    v_min: float | None,
    sigma: float,
    output: Path | None,
    dataset: str | None,
    database: str | None,
) -> None:
    """Draw how much the sources vary: eta against V.

    Dashed lines are thresholds. By default they come from the field itself: clipped normal
    distributions of the logarithms. Circles mark the sources that `trapdb transients` lists, with
    the names of the most significant ones. Monitored positions are diamonds, and the histograms at
    the sides leave them out.

    \b
    Examples:
      trapdb plot variability
      trapdb plot variability --eta-min 3 --v-min 0.1 -o plane.png
    """
    from trapdb.cli.reading import resolve_dataset, rows_of
    from trapdb.database.connection import call
    from trapdb.errors import InputError
    from trapdb.plots.canvas import deliver, new_figure
    from trapdb.plots.variability import Series, draw
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        name = resolve_dataset(conn, dataset)
        (found,) = call(conn, "dataset_id_of", dataset=name)
        dataset_id = found.dataset_id_of
        bands = {row.band_id: row.freq_central for row in rows_of(conn, "band", dataset_id)}
        everything = rows_of(conn, "variability", dataset_id)
        fitted = {
            (row.band_id, row.stokes): row
            for row in call(conn, "field_variability", dataset_id=dataset_id, peak=flux == "peak")
        }
        transients = call(conn, "transient", dataset=name)
    rows = [
        row
        for row in everything
        if (getattr(row, f"eta_{flux}") or 0) > 0 and (getattr(row, f"v_{flux}") or 0) > 0
    ]
    if not rows:
        raise InputError(f"{name} has no source with two points in one band, so that none varies")
    series = []
    for band_id, stokes in sorted({(row.band_id, row.stokes) for row in rows}):
        usual = fitted.get((band_id, stokes))
        limits = [
            _limit(given, usual, what, sigma) for what, given in (("eta", eta_min), ("v", v_min))
        ]
        chosen = [row for row in rows if (row.band_id, row.stokes) == (band_id, stokes)]
        series.append(Series(bands[band_id], stokes, chosen, *limits))
    marked = {row.source_id: row.name for row in transients}
    figure = new_figure(output, 8, 7)
    draw(figure, series, flux, marked, f"variability in {name}")
    deliver(figure, output)


@plot.command()
@click.option(
    "--image", metavar="FILE", help="Image to draw the field on, read with the headers it gives."
)
@click.option(
    "--reference", metavar="NAME", help="Reference catalogue to draw, matched with the data set."
)
@version_option
@output_option
@dataset_option
@database_option
def field(
    image: str | None,
    reference: str | None,
    version: str | None,
    output: Path | None,
    dataset: str | None,
    database: str | None,
) -> None:
    """Draw a field: footprints, sources, monitored positions, and transients with their names.

    With --reference also what a catalogue has there, in the middle of the time of the images, the
    larger the brighter: squares for what was found, crosses for what was not, and triangles for
    sources that it should have and has not. Of a large catalogue these are the 2000 brightest.

    \b
    Examples:
      trapdb plot field
      trapdb plot field --image epoch0005_band00.fits -o field.png
      trapdb plot field --reference NVSS -o known.png
    """
    import extractor
    from trapdb.cli.reading import resolve_dataset, rows_of
    from trapdb.database.connection import call
    from trapdb.errors import InputError
    from trapdb.plots.canvas import deliver, new_figure
    from trapdb.plots.field import draw
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        name = resolve_dataset(conn, dataset)
        (found,) = call(conn, "dataset_id_of", dataset=name)
        regions = rows_of(conn, "sky_region", found.dataset_id_of)
        sources = call(conn, "sources_of", dataset=name)
        marked = [row.source_id for row in call(conn, "transient", dataset=name)]
        images = rows_of(conn, "image", found.dataset_id_of)
        headers = _headers(conn, found.dataset_id_of)
        known = _known(conn, name, found.dataset_id_of, reference, version) if reference else None
    if not regions:
        raise InputError(f"{name} has no accepted image, and so no field")
    opened = extractor.open(image, header=headers[0]) if image else None
    figure = new_figure(output, 8, 8)
    draw(figure, regions, sources, marked, opened, known, f"{name}: {_coverage(opened, images)}")
    deliver(figure, output)


@plot.command()
@click.argument("name")
@version_option
@output_option
@dataset_option
@database_option
def reference(
    name: str,
    version: str | None,
    output: Path | None,
    dataset: str | None,
    database: str | None,
) -> None:
    """Draw a data set against a reference catalogue with which it is matched.

    Three panels have the nearest counterpart of each source: its offset, its flux density and the
    ratio of the two, at the frequency of the band. Shaded is what spectral indices of the range of
    the data set explain, where the catalogue knows none. Sources that changed by 5 sigma beyond
    that are ringed, with the names of the most significant ones.

    \b
    Examples:
      trapdb plot reference NVSS --dataset field
      trapdb plot reference RACS --version DR1 -o against-racs.png
    """
    from trapdb.cli.progress import counted
    from trapdb.cli.reading import resolve_dataset, rows_of
    from trapdb.database.connection import call
    from trapdb.errors import InputError
    from trapdb.plots.canvas import deliver, new_figure
    from trapdb.plots.reference import draw
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        of = resolve_dataset(conn, dataset)
        (found,) = call(conn, "dataset_id_of", dataset=of)
        catalogue = _matched(conn, of, found.dataset_id_of, name, version)
        near, changes = (
            [
                row
                for row in rows_of(conn, view, found.dataset_id_of)
                if row.catalogue_id == catalogue.catalogue_id
            ]
            for view in ("reference_match", "flux_change")
        )
        names = {row.source_id: row.name for row in call(conn, "sources_of", dataset=of)}
    near = [row for row in near if row.counterpart and row.rank == 1]
    changes = [row for row in changes if row.ratio > 0]
    if not near:
        raise InputError(f"no source of {of} has a counterpart in {name} {catalogue.version}")
    title = f"{of} and {name} version {catalogue.version}: {counted(len(near), 'counterpart')}"
    figure = new_figure(output, 15 if changes else 5.5, 6.3)
    draw(figure, near, changes, names, title)
    deliver(figure, output)


@plot.command()
@output_option
@dataset_option
@database_option
def polarisation(output: Path | None, dataset: str | None, database: str | None) -> None:
    """Draw circular polarisation: the size of Stokes V against Stokes I.

    Each source has a point a band, of the time step in which its V is most significant. The dashed
    line is the usual leakage of the images. Sources that the definition `circular` lists are
    ringed, with the names of the most significant ones.

    \b
    Examples:
      trapdb plot polarisation
      trapdb plot polarisation --dataset field -o circular.png
    """
    from trapdb.cli.reading import resolve_dataset, rows_of
    from trapdb.database.connection import call
    from trapdb.errors import InputError
    from trapdb.plots.canvas import deliver, new_figure
    from trapdb.plots.polarisation import draw
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        name = resolve_dataset(conn, dataset)
        (found,) = call(conn, "dataset_id_of", dataset=name)
        bands = rows_of(conn, "band", found.dataset_id_of)
        steps = rows_of(conn, "polarisation", found.dataset_id_of)
        listed = call(conn, "transient_by_definition", name="circular", dataset=name)
    best: dict[tuple[int, int], Any] = {}
    for row in steps:
        if row.v_flux is None or not (row.i_flux or 0) > 0:
            continue
        key = (row.source_id, row.band_id)
        if key not in best or _evident(row) > _evident(best[key]):
            best[key] = row
    if not best:
        raise InputError(f"{name} has no source with points in Stokes I and V of one time step")
    rows = list(best.values())
    drawn = {row.band_id for row in rows}
    freqs = {row.band_id: row.freq_central for row in bands if row.band_id in drawn}
    figure = new_figure(output, 8, 7)
    draw(figure, rows, freqs, {row.source_id: row.name for row in listed}, f"{name}: V and I")
    deliver(figure, output)


def _evident(row: Any) -> float:
    """How significant Stokes V is: beyond leakage, or where that is not known, at all."""
    known = row.v_significance
    return abs(float(row.v_flux / row.v_err if known is None else known))


@plot.command(context_settings={"show_default": True})
@source_options
@click.option(
    "--size-arcsec",
    type=SIDE,
    help="Side of the pieces; by default 12 beams.",
)
@click.option("--last", type=COUNT, default=36, help="Only so many images, the latest.")
@output_option
@dataset_option
@database_option
def image(
    source: str | None,
    ra: float | None,
    dec: float | None,
    radius_arcsec: float,
    size_arcsec: float | None,
    last: int,
    output: Path | None,
    dataset: str | None,
    database: str | None,
) -> None:
    """Draw a source in each image that covers it, cut out of the image files.

    If a file is gone or has changed, its panel is empty and says so. Relative paths count from the
    current directory.

    \b
    Examples:
      trapdb plot image J100012.3+300102
      trapdb plot image J100012.3+300102 --size-arcsec 600 --last 12 -o pieces.png
    """
    from trapdb.cli.reading import rows_of
    from trapdb.plots.canvas import deliver, new_figure
    from trapdb.plots.cutouts import draw, size_of
    from trapdb.plots.field import covers
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        source_id = find_source(conn, dataset, source, ra, dec, radius_arcsec)
        rows, name = _light_curve(conn, source_id)
        dataset_id = ids.dataset_of_source(source_id)
        (at,) = rows_of(conn, "running_catalogue", dataset_id, source_id)
        regions = {row.sky_region_id: row for row in rows_of(conn, "sky_region", dataset_id)}
        images = rows_of(conn, "image", dataset_id)
        headers = _headers(conn, dataset_id)
        # after a merger an image can have several points; one of them represents it
        points = {row.image_id: row for row in rows}
        covering = [
            image
            for image in sorted(images, key=lambda image: (image.taken_at, image.freq_eff))
            if image.image_id in points
            or (image.status == "accepted" and covers(regions[image.sky_region_id], at.ra, at.dec))
        ][-last:]
        shown = [(image, points.get(image.image_id, at)) for image in covering]
        places = [_place(conn, image, point) for image, point in shown]
    size = (
        12 * max(image.beam_major for image in covering)
        if size_arcsec is None
        else size_arcsec / 3600
    )
    panels = [
        _panel(image, point, place, headers, size)
        for (image, point), place in zip(shown, places, strict=True)
    ]
    figure = new_figure(output, *size_of(len(panels)))
    draw(figure, panels, size, name)
    deliver(figure, output)


@plot.command(context_settings={"show_default": True})
@source_options
@click.option(
    "--size-arcsec",
    type=SIDE,
    help="Side of the pieces; by default 16 beams.",
)
@click.option("--last", type=COUNT, default=6, help="Only so many differences, the latest.")
@output_option
@dataset_option
@database_option
def difference(
    source: str | None,
    ra: float | None,
    dec: float | None,
    radius_arcsec: float,
    size_arcsec: float | None,
    last: int,
    output: Path | None,
    dataset: str | None,
    database: str | None,
) -> None:
    """Draw a source of differences: the image, the reference, and what is left.

    Those are drawn of which the file can be read again.

    \b
    Examples:
      trapdb plot difference J100012.3+300102 --dataset field_difference
      trapdb plot difference J100012.3+300102 --dataset field_difference -o stamps.png
    """
    from trapdb.cli.reading import rows_of
    from trapdb.errors import ImageLost, InputError
    from trapdb.measuring.configured import read_again
    from trapdb.plots.canvas import deliver, new_figure
    from trapdb.plots.cutouts import cut
    from trapdb.plots.differences import Row, draw, size_of
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        source_id = find_source(conn, dataset, source, ra, dec, radius_arcsec)
        points, name = _light_curve(conn, source_id)
        dataset_id = ids.dataset_of_source(source_id)
        (at,) = rows_of(conn, "running_catalogue", dataset_id, source_id)
        images = {row.image_id: row for row in rows_of(conn, "image", dataset_id)}
        headers = _headers(conn, dataset_id)
    shown, size = [], (size_arcsec or 0) / 3600
    for point in sorted(points, key=lambda point: point.taken_at)[-last:]:
        image = images[point.image_id]
        try:
            left = read_again(image.path, image.digest, headers)
        except ImageLost:
            continue
        if left.reference is None:
            raise InputError(f"{image.path}: it is no difference; name the data set that has them")
        size = size or 16 * image.beam_major
        subtracted = cut(replace(left, data=left.reference), at.ra, at.dec, size)
        note = f"S/N {point.snr:.1f}" if point.usable else "fit failed"
        facts = image.taken_at, image.freq_eff, image.stokes, note, image.rms_median
        shown.append(Row(*facts, subtracted, cut(left, at.ra, at.dec, size)))
    if not shown:
        raise InputError(f"{name}: none of the files of its differences can be read again")
    figure = new_figure(output, *size_of(len(shown)))
    draw(figure, shown, size, name)
    deliver(figure, output)


def _light_curve(conn: Any, source_id: int) -> tuple[list[Any], str]:
    """Return the points of a source, and its name."""
    from trapdb.cli.reading import rows_of

    rows = light_curve(conn, source_id)
    (row,) = rows_of(conn, "running_catalogue", ids.dataset_of_source(source_id), source_id)
    return rows, f"{row.name} in {row.dataset}"


def _matched(conn: Any, dataset: str, dataset_id: int, reference: str, version: str | None) -> Any:
    """Return the row of the reference catalogue with which a data set is matched.

    Raises
    ------
    InputError
        With none of this name, or with several.
    """
    from trapdb.cli.reading import rows_of
    from trapdb.errors import InputError

    found = [
        row
        for row in rows_of(conn, "dataset_reference", dataset_id)
        if row.catalogue == reference and version in (None, row.version)
    ]
    if not found:
        called = reference if version is None else f"{reference} version {version}"
        raise InputError(
            f"{dataset} is not matched with a reference catalogue {called}: "
            "`trapdb reference match` does it"
        )
    if len(found) > 1:
        there = ", ".join(sorted(row.version for row in found))
        raise InputError(f"{dataset} is matched with {reference} in versions {there}: say which")
    return found[0]


def _known(conn: Any, dataset: str, dataset_id: int, reference: str, version: str | None) -> Any:
    """Return what a catalogue has in a field."""
    from trapdb.cli.reading import rows_of
    from trapdb.database.connection import call
    from trapdb.plots.field import Known

    catalogue = _matched(conn, dataset, dataset_id, reference, version)
    rows = call(
        conn,
        "reference_in_field",
        dataset=dataset,
        catalogue_id=catalogue.catalogue_id,
        count=MAX_KNOWN,
    )
    absent = {
        row.source_id
        for row in rows_of(conn, "reference_absent", dataset_id)
        if row.catalogue_id == catalogue.catalogue_id
    }
    return Known(reference, rows, absent)


def _coverage(shown: Any, images: list[Any]) -> str:
    """Describe the image that is shown; without one, the times and frequencies of all images."""
    from trapdb.cli.progress import counted
    from trapdb.plots.canvas import frequency

    if shown is not None:
        when = f"{shown.taken_at:%Y-%m-%d %H:%M:%S}"
        of = f"{frequency(shown.freq_eff)}, Stokes {shown.stokes}"
        return f"{Path(shown.path).name}\n{when}, {of}"
    accepted = [image for image in images if image.status == "accepted"]
    if not accepted:  # all are rewound
        return "no image"
    times = sorted(image.taken_at for image in accepted)
    frequencies = sorted(image.freq_eff for image in accepted)
    when = _span([f"{time:%Y-%m-%d %H:%M:%S}" for time in times])
    bands = _span([frequency(hertz) for hertz in frequencies])
    return f"{counted(len(accepted), 'image')}\n{when}, {bands}"


def _span(values: list[str]) -> str:
    return values[0] if values[0] == values[-1] else f"{values[0]} to {values[-1]}"


def _headers(conn: Any, dataset_id: int) -> list[dict[str, Any]]:
    from trapdb.database.connection import call

    return [row.header for row in call(conn, "supplied_header", dataset_id=dataset_id)]


def _limit(given: float | None, usual: Any, figure: str, sigma: float) -> float:
    """Return the threshold of the option, else that of the field's distribution, else NaN."""
    if given is not None:
        return given
    mean = getattr(usual, f"log_{figure}_mean", None)
    scatter = getattr(usual, f"log_{figure}_sigma", None)
    return math.nan if mean is None or scatter is None else 10 ** (mean + sigma * scatter)


def _place(conn: Any, image: Any, point: Any) -> tuple[float, float]:
    """Return right ascension and declination of a point as the file of the image has them, deg."""
    from trapdb.database.connection import call

    (own,) = call(conn, "position_in_image", image_id=image.image_id, ra=point.ra, dec=point.dec)
    return own.ra, own.dec


def _panel(
    image: Any,
    point: Any,
    place: tuple[float, float],
    headers: list[dict[str, Any]],
    size: float,
) -> Any:
    """Cut the surroundings of a point out of a file; without a point, those of the source."""
    from trapdb.errors import ImageLost
    from trapdb.measuring.configured import read_again
    from trapdb.plots.cutouts import Panel, cut

    note = "not measured"
    if hasattr(point, "snr"):
        note = f"S/N {point.snr:.1f}" if point.usable else "fit failed"
    pixels, trouble = None, ""
    try:
        pixels = cut(read_again(image.path, image.digest, headers), *place, size)
    except ImageLost as lost:
        trouble = lost.trouble
    noise = math.nan if image.rms_median is None else image.rms_median
    return Panel(image.taken_at, image.freq_eff, image.stokes, note, noise, pixels, trouble)
