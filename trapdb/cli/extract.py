"""``trapdb extract``."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trapdb.cli.options import FiniteRange
from trapdb.cli.output import TABLE_FORMATS
from trapdb.cli.settings import read_settings, settings_options
from trapdb.configuration.keys import Configuration

if TYPE_CHECKING:
    from astropy.table import Table

    from trapdb.measuring.configured import Measured

# The columns that most users want come first; all other columns of a measurement follow.
FIRST = ["ra", "dec", "ra_err", "dec_err", "peak_flux", "peak_flux_err", "int_flux", "int_flux_err"]
FIRST += ["snr", "local_rms", "flags"]
SUFFIXES = (".fits.gz", ".fits.fz", ".fits", ".fit", ".fts", ".image", ".h5", ".hdf5")


@dataclass(frozen=True)
class Answer:
    """The result of an image: a table, or the reason why there is none."""

    path: str
    doubts: Sequence[str] = ()
    table: "Table | None" = None
    failure: str = ""


@click.command(context_settings={"show_default": True})
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@click.option(
    "--format",
    "form",
    type=click.Choice(("table", *TABLE_FORMATS, "ds9")),
    default="csv",
    help="Format.",
)
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="File to write; else standard output."
)
@click.option(
    "--maps",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIRECTORY",
    help="Write the maps of noise and residual of each image there: NAME.noise.fits and "
    "NAME.residual.fits.",
)
@click.option(
    "--workers", type=click.IntRange(1, 1024), default=1, help="Processes that share the images."
)
@click.option(
    "--negative",
    is_flag=True,
    help="Find negative sources in Stokes I, too, as in difference images. In Q, U and V they are "
    "found anyway.",
)
@click.option(
    "--fdr-alpha",
    type=FiniteRange(0, 1, min_open=True, max_open=True),
    metavar="SHARE",
    help="Choose the detection threshold of each image so that on average at most this share of "
    "the pixels above it is noise, 0 to 1 (Hopkins et al. 2002). Not for the database: its limits "
    "need a threshold that is known beforehand.",
)
@settings_options("extraction", "quality")
def extract(
    images: tuple[str, ...],
    form: str,
    output: Path | None,
    maps: Path | None,
    workers: int,
    negative: bool,
    fdr_alpha: float | None,
    config: Path | None,
    header: tuple[str, ...],
    **settings: object,
) -> int:
    """Find and measure the sources of images; no database is needed.

    Positions and their errors are in deg (ra_err on the sky, cos dec included), fluxes in Jy and
    Jy/beam. Unknown values are empty. The format `table` leaves out shapes and further columns, and
    `ds9` writes ellipses of the size of the FWHM. With several images the first column names the
    image.

    IMAGE is a FITS file, a CASA image or an HDF5 image of LOFAR or CARTA, a directory of FITS files
    and CASA images, or one plane of a cube, as in 'cube.fits[3]'; without a number, each plane is
    an image.

    An image of bad quality is measured all the same, and a line reports it. An image that cannot be
    measured is reported and left out, and the exit status is 1 (2 if no image could be measured).

    \b
    Examples:
      trapdb extract image.fits
      trapdb extract image.fits --detection-threshold 5 --format votable -o sources.xml
      trapdb extract scan*.fits --workers 4 --format table
      trapdb extract image.fits --format ds9 -o sources.reg --maps maps/
      trapdb extract cube.fits --format fits -o planes.fits
      trapdb extract difference.fits --negative --fdr-alpha 0.01
      trapdb extract old.fits --header BMAJ=0.01 --header BMIN=0.008 --header BPA=35
    """
    from trapdb.measuring.image_files import find_images
    from trapdb.paths import printable

    configuration = read_settings(config, header, settings)
    paths = [plane for path in find_images(images) for plane in _planes(path, configuration)]
    targets = _targets(paths, maps)
    tables, n_failures = [], 0
    measure = partial(_measure, configuration=configuration, fdr_alpha=fdr_alpha, negative=negative)
    with _mapping(workers) as run:
        for answer in run(measure, paths, targets):
            for doubt in answer.doubts:
                doubtful = f"{answer.path}: beyond the limits of good quality: {doubt}"
                click.echo(f"trapdb: {printable(doubtful)}", err=True)
            if answer.table is None:
                n_failures += 1
                click.echo(f"trapdb: {printable(answer.failure)}", err=True)
                continue
            columns = FIRST if form == "table" else sorted(answer.table.colnames, key=_place)
            table = answer.table if form == "ds9" else answer.table[columns]
            if len(paths) > 1:
                table.add_column([printable(answer.path)] * len(table), name="image", index=0)
            tables.append(table)
    if tables:
        _write(tables, form, output)
    return 2 if not tables else int(n_failures > 0)


def _planes(path: str, configuration: Configuration) -> list[str]:
    """Return the planes of a file, or its path if it cannot be read; the extraction reports why."""
    import extractor
    from extractor.errors import ImageError

    try:
        return [key.path for key in extractor.read_keys(path, header=configuration.image.keywords)]
    except ImageError:
        return [path]


def _targets(paths: Sequence[str], maps: Path | None) -> list[Path | None]:
    """Return the path of each image's maps without the suffix; None if no maps are wanted."""
    from extractor.readers.planes import split_plane
    from trapdb.errors import InputError

    if maps is None:
        return [None] * len(paths)
    names: dict[str, str] = {}
    for path in paths:
        file, plane = split_plane(path)
        name = Path(file).name
        suffix = next((s for s in SUFFIXES if name.lower().endswith(s)), "")
        name = name[: len(name) - len(suffix)] + ("" if plane is None else f"-{plane}")
        if name in names:
            raise InputError(
                f"--maps: {names[name]} and {path} would have maps of the same name; give them "
                "directories of their own"
            )
        names[name] = path
    maps.mkdir(parents=True, exist_ok=True)
    return [maps / name for name in names]


@contextmanager
def _mapping(workers: int) -> Iterator:
    """Yield a `map` that keeps the order and may share the work among processes."""
    if workers == 1:
        yield map
        return
    import signal
    from multiprocessing import get_context

    from trapdb.errors import InputError

    # Spawned, because a fork would copy only part of the state of threaded numerical libraries.
    # This process alone handles an interrupt.
    executor = ProcessPoolExecutor(
        workers, get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN)
    )
    try:
        yield executor.map
    except BrokenProcessPool as error:
        raise InputError(
            "a worker died, for lack of memory or of an image that a library cannot stand; with "
            "--workers 1 it shows of which"
        ) from error
    finally:
        executor.shutdown(cancel_futures=True)


def _measure(
    path: str,
    target: Path | None,
    *,
    configuration: Configuration,
    fdr_alpha: float | None,
    negative: bool,
) -> Answer:
    """Measure an image and write its maps."""
    from extractor.errors import ExtractorError
    from trapdb.measuring import configured
    from trapdb.timing import Timings

    try:
        image = configured.read(path, configuration, Timings())
        checked = configured.check(image, configuration, Timings())
        measured = configured.extract(
            checked, configuration, Timings(), fdr_alpha=fdr_alpha, negative=negative
        )
        if target is not None:
            _write_maps(measured, target)
    except ExtractorError as error:
        return Answer(path, failure=str(error))
    assert measured.measurements is not None
    return Answer(path, checked.failures, measured.measurements.to_table())


def _write_maps(measured: "Measured", target: Path) -> None:
    from extractor.maps import noise_map, residual_map, write_map
    from trapdb.whole_file import whole_file

    assert measured.background is not None
    assert measured.measurements is not None
    for kind, values in (
        ("noise", noise_map(measured.background)),
        ("residual", residual_map(measured.background, measured.measurements)),
    ):
        with whole_file(target.with_name(f"{target.name}.{kind}.fits")) as path:
            write_map(path, values, measured.image)


def _write(tables: Sequence["Table"], form: str, output: Path | None) -> None:
    from astropy.table import vstack

    from trapdb.cli.output import destination, write_listing, write_regions, write_table

    everything = vstack(list(tables), metadata_conflicts="silent")
    if form in ("csv", "table"):
        with destination(output) as stream:
            rows = zip(*(everything[name].tolist() for name in everything.colnames), strict=True)
            write_listing(everything.colnames, rows, form, stream)
    elif form == "ds9":
        with destination(output) as stream:
            write_regions(everything, stream)
    else:
        write_table(everything, form, output)


def _place(column: str) -> int:
    """Return the sort key of a column: those of `FIRST` first, the others in their own order."""
    return FIRST.index(column) if column in FIRST else len(FIRST)
