"""``trapdb bursts``."""

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from trapdb.cli.options import FiniteRange, database_option, dataset_option, listing_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

    from trapdb.timescales.burst_search import Burst

LISTED = ["name", "ra", "dec", "snr", "width", "begins_at", "ends_at", "peak_flux", "peak_snr"]
LISTED += ["reduced_chi2", "compactness", "centre_distance_widths", "deep_snr", "neighbour_flux"]
LISTED += ["neighbour_beams"]


@click.group()
def bursts() -> None:
    """Search short images for bursts, pixel by pixel, and list what was found.

    A burst too faint for one image, or for the catalogue, can stand out in the light curve of its
    pixel. In SQL bursts are trap.burst.
    """


@bursts.command("search", context_settings={"show_default": True})
@dataset_option
@click.option(
    "--expected-false",
    type=FiniteRange(min=0, min_open=True),
    metavar="NUMBER",
    help="Search as deep as noise is expected to make so many bursts in all.  [default: 1]",
)
@click.option(
    "--threshold",
    type=FiniteRange(min=3),
    metavar="SIGMA",
    help="Search down to this, instead.",
)
@click.option(
    "--widths",
    default="1,2,3,4,6,8,12,16",
    metavar="N,N...",
    help="How many images a burst may last; memory holds as many images as the longest.",
)
@click.option("--residual", is_flag=True, help="The images have no steady sources in them.")
@click.option(
    "--primary-beam",
    type=FiniteRange(min=0, min_open=True),
    metavar="DEG",
    help="Width of the primary beam (FWHM), to tell how far out a burst is.",
)
@listing_option
@database_option
def search_images(
    dataset: str | None,
    expected_false: float | None,
    threshold: float | None,
    widths: str,
    residual: bool,
    primary_beam: float | None,
    form: str | None,
    database: str | None,
) -> int:
    """Search all images of a data set for bursts, and measure each in every image.

    From each image the mean of all is taken off, and what is left divided by its noise. Of each
    pixel the most significant run of images is found, by matched filters; peaks above the threshold
    are bursts. Each band, Stokes parameter and grid is searched for itself. How many peaks noise is
    expected to make is told, and stored with each burst.

    A burst becomes a monitored position, measured by force in every image there is and in those to
    come: `trapdb lightcurve NAME`. By what published searches throw out artefacts are columns of
    the list: bright neighbours, the place in the primary beam, the deep image, compactness. Nothing
    is thrown out.

    \b
    Examples:
      trapdb bursts search --dataset field
      trapdb bursts search --dataset field --threshold 6 --widths 1,2,4 --primary-beam 1.1
    """
    from trapdb.cli.backfill import fill_in
    from trapdb.cli.progress import counted, progress
    from trapdb.cli.reading import resolve_dataset
    from trapdb.configuration.keys import Configuration
    from trapdb.database import routines
    from trapdb.database.connection import call
    from trapdb.errors import InputError
    from trapdb.measuring.configured import footprint_of, read_again
    from trapdb.measuring.one_thread import one_thread
    from trapdb.server.access import connect
    from trapdb.timescales.burst_search import search_bursts

    lengths = _widths(widths)
    if threshold is not None and expected_false is not None:
        raise InputError("--threshold and --expected-false say the same: give one of them")
    with connect("operator", database) as conn:
        name = resolve_dataset(conn, dataset)
        held = routines.find_dataset(conn, name)
        headers = routines.supplied_headers(conn, held.dataset_id)
        call(conn, "require_unpublished", dataset_id=held.dataset_id)  # rather than at the end
        images = call(conn, "image_to_stack", dataset=name, compared=False)
    configuration = Configuration.model_validate(held.configuration)
    groups: dict[tuple[int, str], list[Any]] = {}
    for image in images:
        groups.setdefault((image.band_id, image.stokes), []).append(image)
    one_thread()
    source_ids: list[int] = []
    for (_, stokes), group in groups.items():
        with progress(2 * len(group)) as shown:
            found = search_bursts(
                group,
                lambda image: read_again(image.path, image.digest, headers),
                lambda image: footprint_of(image, configuration),
                widths=lengths,
                threshold=threshold,
                expected=1.0 if expected_false is None else expected_false,
                residual=residual,
                mesh_px=configuration.extraction.mesh_px,
                tell=lambda text, shown=shown: shown.advance(1, text),  # type: ignore[misc]
            )
            for path, reason in found.left_out:
                reason = reason.removeprefix(f"{path}: ")
                shown.say(f"left out: {path}: {reason}", "left out", path=path, reason=reason)
        click.echo(
            f"{group[0].freq_eff / 1e6:.6g} MHz, Stokes {stokes}: "
            f"{counted(len(found.bursts), 'burst')} above {found.level:.2f} sigma in "
            f"{counted(len(found.images), 'image')}; noise is expected to make "
            f"{found.expected_false:.2g}",
            err=True,
        )
        facts = {
            "freq_eff": group[0].freq_eff,
            "stokes": stokes,
            "images": len(found.images),
            "threshold": found.level,
            "expected_false": found.expected_false,
            "primary_beam": primary_beam,
        }
        with connect("operator", database) as conn:
            source_ids += _store(conn, name, found.bursts, found.images, facts)
    status = fill_in(database, name, source_ids) if source_ids else 0
    _list(name, form, database)
    return status


@bursts.command("list")
@dataset_option
@listing_option
@database_option
def list_bursts(dataset: str | None, form: str | None, database: str | None) -> None:
    """List the bursts of a data set, the most significant first."""
    from trapdb.cli.reading import resolve_dataset
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        name = resolve_dataset(conn, dataset)
    _list(name, form, database)


def _list(dataset: str, form: str | None, database: str | None) -> None:
    from trapdb.cli.listing import show
    from trapdb.cli.reading import rows_of
    from trapdb.database.connection import call
    from trapdb.server.access import connect

    with connect("reader", database) as conn:
        (found,) = call(conn, "dataset_id_of", dataset=dataset)
        rows = rows_of(conn, "burst", found.dataset_id_of, columns=LISTED)
    show(sorted(rows, key=lambda row: -row.snr), LISTED, form)


def _widths(text: str) -> list[int]:
    from trapdb.errors import InputError

    try:
        widths = [int(word) for word in text.split(",")]
    except ValueError:
        widths = []
    if not widths or min(widths) < 1:
        raise InputError(f"--widths {text}: give whole numbers from 1 on, such as 1,2,4")
    return widths


def _store(
    conn: "Connection[Any]",
    dataset: str,
    bursts: "Sequence[Burst]",
    images: "Sequence[Any]",
    facts: "dict[str, Any]",
) -> list[int]:
    """Monitor the places of bursts and keep what was measured; return their sources."""
    import math

    from trapdb.database import routines
    from trapdb.exchange.positions import Position

    with conn.transaction():
        changes = routines.set_monitor_positions(
            conn,
            dataset,
            [
                Position(f"burst_{burst.ra:.4f}{burst.dec:+.4f}", burst.ra, burst.dec)
                for burst in bursts
            ],
        )
        for (source_id, _), burst in zip(changes, bursts, strict=True):
            values = asdict(burst)
            first, last, peak = (images[values.pop(key)] for key in ("first", "last", "peak"))
            del values["ra"], values["dec"]
            known = {
                key: None if isinstance(value, float) and math.isnan(value) else value
                for key, value in values.items()
            }
            end = last.taken_at + timedelta(seconds=last.duration or 0.0)
            times = {
                "begins_at": first.taken_at.isoformat(),
                "ends_at": end.isoformat(),
                "peak_at": peak.taken_at.isoformat(),
                "width": burst.last - burst.first + 1,
                "beam_major": peak.beam_major,
            }
            routines.add_burst(conn, source_id, facts | known | times)
    return [source_id for source_id, _ in changes]
