"""``trapdb inject``."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from trapdb.cli.options import FINITE, database_option
from trapdb.cli.settings import read_settings, settings_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from extractor import Image
    from trapdb.cli.progress import Progress
    from trapdb.configuration.keys import Configuration
    from trapdb.injecting.field import Field, Plane
    from trapdb.injecting.truth import Source

# Time steps of which copies are there still, beyond those that a back-fill may ask for.
SPARE_STEPS = 2

# what says how sources are drawn, by the name of the parameter
DRAWING = {"number": "number", "kinds": "kind", "snr": "snr", "timescales": "timescales"}


@click.command(context_settings={"show_default": True})
@click.argument("paths", nargs=-1, required=True, metavar="DATASET|PATH...")
@click.option("--into", required=True, metavar="NAME", help="Data set to make.")
@click.option(
    "--number", type=click.IntRange(1, 100_000), default=100, help="How many sources are drawn."
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="KIND[=SHARE]",
    help="What they are, and how large a share of them; may be repeated. By default all kinds of "
    "sources alike, and no artefacts.",
)
@click.option(
    "--snr",
    type=FINITE,
    nargs=2,
    default=(5.0, 50.0),
    metavar="LOW HIGH",
    help="Range of their S/N in the image in which each stands out most.",
)
@click.option(
    "--timescales",
    type=FINITE,
    nargs=2,
    metavar="LOW HIGH",
    help="Range of their timescales, s; by default from 0.3 images to 0.4 of all the time.",
)
@click.option(
    "--table",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Inject the sources of this table, CSV or ECSV, instead of drawing them.",
)
@click.option(
    "--measurements",
    is_flag=True,
    help="Into the measurements of DATASET, and not into pixels: files are not needed.",
)
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Keep the copies of the images there; by default they are removed as soon as they are "
    "measured.",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), default=1, help="Another one draws others."
)
@click.option("--log-json", is_flag=True, help="Show the progress as JSON, one object per line.")
@database_option
@settings_options()
def inject(
    paths: tuple[str, ...],
    into: str,
    number: int,
    kinds: tuple[str, ...],
    snr: tuple[float, float],
    timescales: tuple[float, float] | None,
    table: Path | None,
    measurements: bool,
    keep: Path | None,
    seed: int,
    log_json: bool,
    database: str | None,
    config: Path | None,
    header: tuple[str, ...],
) -> int:
    """Put sources into copies of images, and ingest these, to see what is found.

    DATASET is a data set of which the images are there still; its configuration is kept. PATH is a
    directory, glob or file, as `trapdb ingest` takes them; ./field is a path where there is a data
    set field, too. Sources with light curves are added to the pixels, as the beam of each image
    shows points, 4 beams from each other and from what is there.

    What is made is a data set that says for ever that it is injected: nothing of it leaves the
    house as an alert or a request for observations. What was injected is in trap.injection, which
    source it became in trap.injected_source, and `trapdb completeness NAME` tells how much was
    found.

    Kinds of sources: steady, flare_star, synchrotron, extreme_scattering, scintillation,
    eclipsing, single_burst, step, rotating, long_period, moving; of artefacts: sidelobe, edge,
    blended, ionospheric, bad_scale.

    The same command again goes on where it ended. The exit status is 1 if an image is not taken.

    \b
    Examples:
      trapdb inject field --into field-injected
      trapdb inject field --into bursts --kind single_burst --timescales 60 3600 --snr 5 20
      trapdb inject field --into mixed --kind flare_star=2 --kind sidelobe --number 300
      trapdb inject field --into many --measurements --number 2000 --seed 7
      trapdb inject images/ --into test --table sources.csv --keep copies/
    """
    from trapdb.cli.naming import check_name
    from trapdb.errors import InputError
    from trapdb.injecting.drawing import Wanted
    from trapdb.simulate.light_curves import CLASSES

    name = check_name(into)
    source_of = click.get_current_context().get_parameter_source
    drawn = [
        f"--{option}"
        for parameter, option in DRAWING.items()
        if source_of(parameter) == ParameterSource.COMMANDLINE
    ]
    if table is not None and drawn:
        raise InputError(f"--table says what is injected: leave out {', '.join(drawn)}")
    wanted = Wanted(
        number, dict(map(_share, kinds)) or dict.fromkeys(CLASSES, 1.0), snr, timescales, seed
    )
    origin = _dataset_of(paths, database)
    if name == origin:
        raise InputError(f"--into {name}: give the injected data set a name of its own")
    if origin is not None and (config or header):
        raise InputError(
            f"data set {origin} has a configuration: --config and --header are for paths"
        )
    if measurements and (origin is None or keep):
        raise InputError(
            "--measurements is for a data set that is there already, and writes no copies"
        )
    if measurements:
        from trapdb.cli.mixing import inject_measurements

        assert origin is not None
        return inject_measurements(origin, name, wanted, table, database, log_json)
    if origin is None:
        return _into_files(paths, name, wanted, table, keep, database, log_json, config, header)
    return _into_images(origin, name, wanted, table, keep, database, log_json)


def _share(given: str) -> tuple[str, float]:
    from trapdb.errors import InputError

    name, equals, share = given.partition("=")
    try:
        return name, float(share) if equals else 1.0
    except ValueError as error:
        raise InputError(f"--kind {given}: give KIND=SHARE, such as step=2") from error


def _dataset_of(paths: tuple[str, ...], database: str | None) -> str | None:
    """Return the data set that is meant; None if it is paths."""
    from trapdb.cli.reading import dataset_names
    from trapdb.errors import InputError
    from trapdb.server.access import connect

    if len(paths) > 1:
        return None
    with connect("operator", database) as conn:
        if paths[0] in dataset_names(conn):
            return paths[0]
    if not Path(paths[0]).exists() and not any(sign in paths[0] for sign in "/*?["):
        raise InputError(f"{paths[0]} is neither a data set nor a path")
    return None


def _into_images(
    origin: str,
    name: str,
    wanted: Any,
    table: Path | None,
    keep: Path | None,
    database: str | None,
    log_json: bool,
) -> int:
    """Inject into copies of the images of a data set."""
    from trapdb.cli.injected import choose, injected
    from trapdb.cli.progress import progress
    from trapdb.configuration.keys import Configuration
    from trapdb.database import routines
    from trapdb.injecting.stored import StoredField
    from trapdb.measuring.configured import read_again
    from trapdb.measuring.one_thread import one_thread
    from trapdb.server.access import connect

    one_thread()
    with connect("operator", database) as conn:
        held = routines.find_dataset(conn, origin)
        headers = routines.supplied_headers(conn, held.dataset_id)
        field = StoredField(conn, origin)
        sources, rows = choose(field, wanted, table)
    given = injected(Configuration.model_validate(held.configuration))

    def read(plane: "Plane") -> "Image":
        return read_again(plane.path, plane.digest, headers)

    with progress(len(field.planes), as_json=log_json) as shown:
        return _ingest(field, sources, rows, read, name, given, keep, database, shown, [])


def _into_files(
    paths: tuple[str, ...],
    name: str,
    wanted: Any,
    table: Path | None,
    keep: Path | None,
    database: str | None,
    log_json: bool,
    config: Path | None,
    header: tuple[str, ...],
) -> int:
    """Inject into copies of images of which there is no data set."""
    from trapdb.cli.ingesting import make_executor
    from trapdb.cli.injected import choose, injected
    from trapdb.cli.progress import progress, refusals
    from trapdb.ingest.placing import place
    from trapdb.injecting.files import FilesField
    from trapdb.measuring import configured
    from trapdb.measuring.image_files import find_images
    from trapdb.measuring.one_thread import one_thread
    from trapdb.measuring.products import require_some, select
    from trapdb.timing import Timings

    one_thread()
    given = read_settings(config, header, {})
    files, passed = select(find_images(paths), given.ingest, given.image.beside)
    require_some(files, passed)
    lost: list[str] = []
    with progress(None, as_json=log_json) as shown:

        def leave_out(path: str, reason: str) -> None:
            lost.append(path)
            shown.say(f"left out: {path}: {reason}", "left out", path=path, reason=reason)

        with make_executor(given) as executor:
            steps, refused = place(files, given, executor)
        for line, facts in refusals(refused):
            shown.say(line, "refused", **facts)
        lost += [one.path for one in refused]
        field = FilesField(steps, given, leave_out)
        shown.expect(len(field.planes))
        sources, rows = choose(field, wanted, table)

        def read(plane: "Plane") -> "Image":
            return configured.read(plane.path, given, Timings())

        settings = injected(given)
        return _ingest(field, sources, rows, read, name, settings, keep, database, shown, lost)


def _ingest(
    field: "Field",
    sources: list["Source"],
    rows: list[dict[str, Any]],
    read: "Callable[[Plane], Image]",
    name: str,
    given: "Configuration",
    keep: Path | None,
    database: str | None,
    shown: "Progress",
    lost: list[str],
) -> int:
    from collections import Counter
    from tempfile import TemporaryDirectory

    from trapdb.cli.ingesting import begun, make_executor, summed_up, taken
    from trapdb.cli.progress import counted, summary_lines
    from trapdb.database import routines
    from trapdb.errors import InputError
    from trapdb.ingest.outcome import Fate
    from trapdb.injecting.copies import Copies
    from trapdb.server.access import connect

    def leave_out(path: str, reason: str) -> None:
        lost.append(path)
        shown.say(f"left out: {path}: {reason}", "left out", path=path, reason=reason)

    if keep is not None:
        try:
            keep.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{keep}: cannot be made: {error.strerror}") from error
    place: AbstractContextManager[Any] = (
        TemporaryDirectory(prefix="trapdb-inject-") if keep is None else nullcontext(keep.resolve())
    )
    kept = None if keep else given.null_detection.backfill + SPARE_STEPS
    largest = max(Counter(plane.taken_at for plane in field.planes).values())
    with (
        place as folder,
        connect("operator", database) as conn,
        make_executor(given) as executor,
        begun(conn, name, given, [], database, executor.warnings, shown) as run,
    ):
        run.database.insist(routines.add_injections, name, rows)
        copies = Copies(field, sources, read, Path(folder), kept, leave_out)
        waiting = []

        def noted() -> Any:
            for step in copies.steps():
                waiting.append(step)
                yield step

        with summed_up(run, shown):
            for _ in taken(run, noted(), largest, executor, shown):
                copies.done(waiting.pop(0))
        summary, found = run.summary, run.count_sources()
    click.echo(next(iter(summary_lines(summary, found, 0.0))))
    click.echo(f"{counted(len(rows), 'source')} injected; next: trapdb completeness {name}")
    fates = summary.fates
    return int(bool(lost) or fates[Fate.TAKEN] + fates[Fate.KNOWN] < fates.total())
