"""The pipeline's calls of the database: one function for each entry routine of schema trap.

All but `open_dataset`, `delete_dataset`, publications and the records of a run belong into the
transaction of a time step, in the order of this file.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.types.json import Jsonb

from trapdb.database import ids
from trapdb.database.binary_copy import Column, encode
from trapdb.database.connection import call, copy_rows
from trapdb.exchange.requests import ForcedRequests
from trapdb.paths import absolute

if TYPE_CHECKING:
    from extractor.fitting.measurements import Measurements
    from extractor.image.plane import ImagePlane
    from trapdb.exchange.found import Found
    from trapdb.exchange.positions import Position

Connection = psycopg.Connection[Any]

# columns of the measurement table that the extractor fills, with their types on the wire
MEASURED = {
    **dict.fromkeys(["ra", "dec", "peak_flux", "int_flux"], "float8"),
    **dict.fromkeys(
        ["ra_err", "dec_err", "ra_fit_err", "dec_fit_err", "peak_flux_err", "peak_flux_raw",
         "int_flux_err", "snr", "local_rms", "background", "major", "minor", "pa", "major_err",
         "minor_err", "pa_err", "deconvolved_major",
         "deconvolved_minor", "deconvolved_pa", "deconvolved_major_err", "deconvolved_minor_err",
         "deconvolved_pa_err", "chi2", "x", "y"], "float4"),
    "flags": "int2",
    "usable": "bool",
}  # fmt: skip


@dataclass(frozen=True)
class Dataset:
    """A data set, the configuration that applies to it, and its progress.

    The progress is the time of the last time step and, after `open_dataset`, the digest of the last
    image.
    """

    dataset_id: int
    created: bool
    configuration: dict[str, Any]
    last_taken_at: datetime | None
    last_digest: str | None = None


@dataclass(frozen=True)
class Associated:
    """Counts of an image's association: pairs, new branches of forks, new sources."""

    associated: int
    forked: int
    new_sources: int


def open_dataset(conn: Connection, name: str, configuration: dict[str, Any]) -> Dataset:
    """Create a data set, or find it with the configuration with which it was created."""
    (row,) = call(conn, "open_dataset", name=name, configuration=Jsonb(configuration))
    return Dataset(*row)


def find_dataset(conn: Connection, name: str) -> Dataset:
    """Return a data set and the configuration that applies to it.

    Raises
    ------
    DatabaseError
        There is no data set of this name.
    """
    (row,) = call(conn, "dataset_summary", dataset=name)
    return Dataset(row.dataset_id, False, row.configuration, row.last_taken_at)


def delete_dataset(conn: Connection, name: str) -> None:
    """Delete a data set with everything in it.

    Raises
    ------
    DatabaseError
        There is no data set of this name.
    """
    call(conn, "delete_dataset", name=name)
    call(conn, "drop_empty_partitions")


def publish_dataset(
    conn: Connection,
    name: str,
    version: str,
    *,
    title: str | None,
    creator: str | None,
    licence: str | None,
    doi: str | None,
) -> Any:
    """Publish a data set, so that nothing changes it any more, or change what is said of it.

    Returns
    -------
    named tuple
        ``citable_name``; ``is_new``, whether it was not published before; ``checksum``, and of how
        many ``n_images``, ``n_measurements`` and ``n_points``.

    Raises
    ------
    DatabaseError
        It is published under another version, that name is used up, or the data set is not fit to
        be published.
    """
    (row,) = call(
        conn,
        "publish_dataset",
        dataset=name,
        version=version,
        title=title,
        creator=creator,
        licence=licence,
        doi=doi,
    )
    return row


def withdraw_publication(conn: Connection, name: str) -> str:
    """Take back that a data set is published; return the citable name, which stays used up."""
    (row,) = call(conn, "withdraw_publication", dataset=name)
    citable_name: str = row.withdraw_publication
    return citable_name


def discard_dataset(conn: Connection, run_id: int) -> bool:
    """Delete the data set of a run if it has no image and no other run; return whether it did."""
    (row,) = call(conn, "discard_dataset", run_id=run_id)
    return row.discard_dataset


def start_run(
    conn: Connection,
    dataset_id: int,
    configuration: dict[str, Any],
    version: str,
    host: str,
    username: str,
    command: str,
    software: dict[str, str],
) -> int:
    """Record that a run begins; return its id."""
    (row,) = call(
        conn,
        "start_run",
        dataset_id=dataset_id,
        configuration=Jsonb(configuration),
        version=version,
        host=host,
        username=username,
        command=command,
        software=Jsonb(software),
    )
    return row.start_run


def finish_run(conn: Connection, run_id: int, outcome: str, timings: dict[str, float]) -> None:
    """Record how a run ended, and the seconds spent in each stage."""
    call(conn, "finish_run", run_id=run_id, outcome=outcome, timings=Jsonb(timings))


def log_warning(conn: Connection, run_id: int, message: str) -> None:
    """Record a warning of a run."""
    call(conn, "log_warning", run_id=run_id, message=message)


def log_latency(
    conn: Connection, image_ids: list[int], arrived_at: list[datetime], latency: list[float]
) -> None:
    """Record when images arrived and how long each took, s."""
    call(conn, "log_latency", image_ids=image_ids, arrived_at=arrived_at, latency=latency)


def log_refused_file(conn: Connection, run_id: int, path: str, reason: str, detail: str) -> None:
    """Record a file that could not become an image."""
    call(
        conn,
        "log_refused_file",
        run_id=run_id,
        path=absolute(path),
        reason=reason,
        detail=detail,
    )


def known_images(conn: Connection, dataset_id: int, digests: list[str]) -> dict[str, Any]:
    """Return the images that the data set has, by digest: image_id, status, path, failures."""
    rows = call(conn, "known_image", dataset_id=dataset_id, digests=digests)
    return {row.digest: row for row in rows}


def are_differences(conn: Connection, dataset_id: int) -> bool | None:
    """Return whether the images of Stokes I of a data set are differences; None without any."""
    (row,) = call(conn, "are_differences", dataset_id=dataset_id)
    answer: bool | None = row.are_differences
    return answer


def require_past(
    conn: Connection, run_id: int, command: str, digests: Sequence[str], refused_path: str | None
) -> None:
    """Require that the database holds a run, and what the run last stored or found in it.

    Raises
    ------
    TakenBack
        The database does not hold them.
    """
    call(
        conn,
        "require_past",
        run_id=run_id,
        command=command,
        digests=list(digests),
        refused_path=refused_path and absolute(refused_path),
    )


def lone_bands(conn: Connection, dataset_id: int) -> list[Any]:
    """Return the bands without a width that hold images of one time only.

    Rows have band_id, freq_central (Hz) and taken_at.
    """
    return call(conn, "lone_band", dataset_id=dataset_id)


def side_by_side(conn: Connection) -> list[list[int]]:
    """Return ids of the open step's images of one band, Stokes parameter, region and duration."""
    return [row.image_ids for row in call(conn, "side_by_side")]


def begin_time_step(conn: Connection, dataset_id: int, taken_at: datetime) -> None:
    """Lock the data set and open a time step.

    Raises
    ------
    LateImage
        The time step is not later than the last one.
    """
    call(conn, "begin_time_step", dataset_id=dataset_id, taken_at=taken_at)


def register_image(
    conn: Connection,
    run_id: int,
    found: "Found",
    detection_threshold: float,
    analysis_threshold: float,
) -> int:
    """Record an image with its quality checks and, unless one failed, its noise map.

    Returns
    -------
    int
        The image's id.
    """
    image, footprint, noise, blanks = found.image, found.footprint, found.noise, found.blanks
    vertices = footprint.vertices
    checks = [
        {
            "name": check.name,
            "value": _known(check.value),
            "low": _known(check.low),
            "high": _known(check.high),
            "passed": bool(check.passed),
            "detail": check.detail,
        }
        for check in found.checks
    ]
    (row,) = call(
        conn,
        "register_image",
        run_id=run_id,
        path=absolute(image.path),
        digest=image.digest,
        taken_at=image.taken_at,
        duration=_known(image.duration),
        freq_eff=float(image.freq_eff),
        bandwidth=_known(image.bandwidth),
        stokes=image.stokes,
        telescope=image.telescope or None,
        ra=float(image.ra),
        dec=float(image.dec),
        pixel_scale_x=float(image.pixel_scale[0]),
        pixel_scale_y=float(image.pixel_scale[1]),
        beam_major=_known(image.beam.major),
        beam_minor=_known(image.beam.minor),
        beam_pa=_known(image.beam.pa),
        rms_median=_known(noise.rms_median) if noise else None,
        rms_min=_known(noise.rms_min) if noise else None,
        rms_max=_known(noise.rms_max) if noise else None,
        noise_correlation=_known(noise.correlation) if noise else None,
        searched_area=_known(found.searched_area),
        detection_threshold=float(detection_threshold),
        analysis_threshold=float(analysis_threshold),
        footprint_ra=float(footprint.ra),
        footprint_dec=float(footprint.dec),
        footprint_radius=float(footprint.radius),
        vertex_ra=None if vertices is None else vertices[:, 0].tolist(),
        vertex_dec=None if vertices is None else vertices[:, 1].tolist(),
        checks=Jsonb(checks),
        blank_size=blanks.size if blanks else None,
        blank=_multirange(blanks.blank) if blanks else "{}",
        near_blank=_multirange(blanks.near) if blanks else "{}",
        signed=image.signed,
        response_path=absolute(image.response_path) if image.response_path else None,
        response_digest=image.response_digest or None,
    )
    image_id: int = row.register_image
    if noise:
        grid = noise.grid
        call(
            conn,
            "store_noise_map",
            image_id=image_id,
            l0=float(grid.l0),
            m0=float(grid.m0),
            dl=float(grid.dl),
            dm=float(grid.dm),
            rms=[[_known(rms) for rms in row] for row in grid.rms.tolist()],
        )
    return image_id


def rms_history(conn: Connection, image: "ImagePlane", count: int) -> list[float]:
    """Return the central rms (Jy/beam) of the images before the open time step.

    They are the last `count` images of its band and Stokes parameter, rejected ones included; NaN
    for an image without a noise.
    """
    rows = call(
        conn,
        "rms_history",
        freq_eff=float(image.freq_eff),
        bandwidth=_known(image.bandwidth),
        stokes=image.stokes,
        count=count,
    )
    return [math.nan if row.rms is None else row.rms for row in rows]


def new_image_against_reference(
    conn: Connection, image: "ImagePlane", measurements: "Measurements"
) -> Any:
    """Compare the measurements of an image with the first reference catalogue of its data set.

    Returns
    -------
    named tuple
        ``catalogue``; ``offset_arcsec`` and ``ratio``, NaN if too few sources are listed to tell;
        ``n`` and ``n_flux``, how many are.
    """
    found = measurements.select(measurements.usable)
    (row,) = call(
        conn,
        "new_image_against_reference",
        ra_0=float(image.ra),
        dec_0=float(image.dec),
        beam_major=float(image.beam.major),
        freq_eff=float(image.freq_eff),
        ra=found.ra.tolist(),
        dec=found.dec.tolist(),
        int_flux=found.int_flux.tolist(),
        int_flux_err=found.int_flux_err.tolist(),
    )
    known = {name: getattr(row, name) for name in ("offset_arcsec", "ratio")}
    return row._replace(**{k: math.nan if v is None else v for k, v in known.items()})


def load_measurements(
    conn: Connection, image_id: int, measurements: "Measurements", first_row: int = 0
) -> None:
    """Copy an image's blind measurements into the database; their order determines their ids.

    The first of them is row `first_row` of the image.

    Raises
    ------
    DatabaseError
        A row breaks a check of the table; the message names the row.
    """
    rows = first_row + np.arange(len(measurements))
    _copy(conn, image_id, measurements, rows, "blind", None)


def correct_image(conn: Connection, image_id: int) -> str | None:
    """Correct an image by a reference catalogue, as far as its data set asks for that.

    Call it between `load_measurements` or `copy_image`, and `associate_image`.

    Returns
    -------
    str or None
        What was not done of it and why; None if nothing is missing.
    """
    (row,) = call(conn, "correct_image", image_id=image_id)
    missing: str | None = row.correct_image
    return missing


def associate_image(conn: Connection, image_id: int) -> Associated:
    """Associate the blind measurements of an image with the catalogue."""
    (row,) = call(conn, "associate_image", image_id=image_id)
    return Associated(row.associated, row.forked, row.new_sources)


def forced_requests(conn: Connection, image_id: int) -> ForcedRequests:
    """Return where to measure an image by force; call it when all images are associated."""
    return _requests(call(conn, "forced_request", image_id=image_id))


def _requests(rows: list[Any]) -> ForcedRequests:
    shape = ("deconvolved_major", "deconvolved_minor", "deconvolved_pa")
    return ForcedRequests(
        np.array([row.source_id for row in rows], np.int64),
        np.array([row.kind for row in rows], np.str_),
        np.array([-1 if row.blended_row is None else row.blended_row for row in rows], np.int64),
        # None becomes NaN
        *(
            np.array([getattr(row, name) for row in rows], np.float64)
            for name in ("ra", "dec", *shape)
        ),
    )


def load_forced(
    conn: Connection,
    image_id: int,
    first_row: int,
    requests: ForcedRequests,
    measurements: "Measurements",
) -> int:
    """Copy the forced fits of an image into the database and the catalogue; return how many.

    See `copy_forced` and `add_forced`.
    """
    copy_forced(conn, image_id, first_row, requests, measurements)
    return add_forced(conn, image_id)


def copy_forced(
    conn: Connection,
    image_id: int,
    first_row: int,
    requests: ForcedRequests,
    measurements: "Measurements",
) -> None:
    """Copy the forced fits of an image into the database, one for each request.

    Parameters
    ----------
    conn : psycopg.Connection
        Connection, in the transaction of the time step.
    image_id : int
        Image that was measured.
    first_row : int
        Number of rows that the image already has, the blind ones.
    requests : ForcedRequests
        The places that were measured.
    measurements : Measurements
        The fits in the same order. Of places outside the pixels or on blank ones only that fact is
        stored; failed fits are stored without a flux.
    """
    from extractor.flags import Flag

    measurable = (measurements.flags & int(Flag.OUTSIDE | Flag.BLANK)) == 0
    row = first_row + np.arange(len(requests))
    for kind in np.unique(requests.kind[measurable]):
        chosen = measurable & (requests.kind == kind)
        _copy(
            conn,
            image_id,
            measurements.select(chosen),
            row[chosen],
            str(kind),
            requests.source_id[chosen],
        )
    if not measurable.all():
        call(
            conn,
            "add_blank_places",
            image_id=image_id,
            source_ids=requests.source_id[~measurable].tolist(),
            ra=requests.ra[~measurable].tolist(),
            dec=requests.dec[~measurable].tolist(),
        )


def add_forced(conn: Connection, image_id: int) -> int:
    """Add the forced fits that were copied in for an image to the catalogue; return how many."""
    (answer,) = call(conn, "add_forced", image_id=image_id)
    return answer.add_forced


def begin_backfill(conn: Connection, dataset_id: int) -> None:
    """Lock the data set, to measure one of its images afterwards.

    This is outside any time step, in one transaction for each image.
    """
    call(conn, "begin_backfill", dataset_id=dataset_id)


def founded_since(conn: Connection, dataset_id: int, image_id: int) -> list[int]:
    """Return the sources that an image or a later one founded."""
    rows = call(conn, "founded_since", dataset_id=dataset_id, image_id=image_id)
    return [row.founded_since for row in rows]


def backfill_sources(conn: Connection, dataset_id: int, new: bool) -> list[int]:
    """Return all sources and monitored positions, or only those that are in ``trap.new_source``."""
    rows = call(conn, "backfill_source", dataset_id=dataset_id, new=new)
    return [row.backfill_source for row in rows]


def backfill_images(
    conn: Connection, dataset_id: int, source_ids: list[int], last: int | None = None
) -> list[Any]:
    """Return the images that cover one of these sources and hold no point of it, latest first.

    With `last`, only that many images before the open time step, and those of the step itself.
    Rows have image_id, path, digest, taken_at, freq_eff (Hz) and stokes.
    """
    return call(conn, "backfill_image", dataset_id=dataset_id, source_ids=source_ids, last=last)


def part_blends(conn: Connection, founded: list[int], last: int) -> list[int]:
    """Set aside the earlier points of sources that now turned out to have a neighbour.

    Parameters
    ----------
    conn : psycopg.Connection
        Connection, in the transaction of the time step, when its forced fits are added.
    founded : list of int
        The sources that the step founded.
    last : int
        In how many images before the step; those of the step are always included.

    Returns
    -------
    list of int
        The sources that lack points now.
    """
    rows = call(conn, "part_blends", source_ids=founded, last=last)
    return [row.part_blends for row in rows]


def backfill_requests(conn: Connection, image_id: int, source_ids: list[int]) -> ForcedRequests:
    """Return where to measure an image: at those of the sources that it covers without a point."""
    return _requests(call(conn, "backfill_request", image_id=image_id, source_ids=source_ids))


def add_backfill(conn: Connection, image_id: int) -> int:
    """Add forced fits of a back-fill to the catalogue; return how many."""
    (answer,) = call(conn, "add_backfill", image_id=image_id)
    return answer.add_backfill


def lone_stokes(conn: Connection) -> list[Any]:
    """Return what images of the open time step lack beside them.

    Rows have stokes, the parameter that is lacking, and how many images of stokes lack it.
    """
    return call(conn, "lone_stokes")


def fit_leakage(conn: Connection) -> int:
    """Fit the leakage of the images of Q, U and V of the open time step, when it has its points.

    Returns
    -------
    int
        How many images have an image of Stokes I beside them.
    """
    (row,) = call(conn, "fit_leakage")
    return int(row.fit_leakage)


def request_classification(conn: Connection) -> str | None:
    """Ask for the sources of the open time step to be classified later, when it has its points.

    Returns
    -------
    str or None
        The classifier that is active for the data set.
    """
    (row,) = call(conn, "request_classification")
    return row.request_classification


def stamp_requests(conn: Connection) -> list[Any]:
    """Return the stamps that the open time step is to have, when its back-fill is done.

    Rows have number, image_id, path, digest, ra, dec and size (deg), those of an image together,
    and is_there for those that need not be cut.
    """
    return call(conn, "stamp_request")


def add_stamps(conn: Connection, fits: Mapping[int, bytes | None]) -> None:
    """Keep the stamps of the open time step, as far as its day has room.

    Parameters
    ----------
    conn : psycopg.Connection
        Connection, in the transaction of the time step, after `stamp_requests`.
    fits : mapping of int to bytes or None
        Those that were cut, by number; None for one that could not be.
    """
    numbers, files = list(fits), list(fits.values())
    call(conn, "add_stamps", numbers=numbers, fits=files)


def supplied_headers(conn: Connection, dataset_id: int) -> list[dict[str, Any]]:
    """Return the different sets of header values that runs of a data set supplied."""
    return [row.header for row in call(conn, "supplied_header", dataset_id=dataset_id)]


def add_events(conn: Connection) -> list[Any]:
    """Write what the open time step brings to those who watch, when all its points are added.

    Returns
    -------
    list
        For each watch with events ``watch``, ``announced``, how many woke its responders, and
        ``withheld``, how many more than the watch lets through did not.
    """
    return call(conn, "add_events")


def close_time_step(conn: Connection) -> None:
    """Close the open time step."""
    call(conn, "close_time_step")


def set_monitor_positions(
    conn: Connection, dataset: str, positions: Sequence["Position"]
) -> list[tuple[int, str]]:
    """Add positions to monitor, or change those of the same names; all of them or none.

    Returns
    -------
    list of (int, str)
        The source of each, and ``added``, ``changed`` or ``unchanged``.

    Raises
    ------
    DatabaseError
        A position, proper motion, ephemeris or time makes no sense.
    """
    changes = []
    with conn.transaction():
        for position in positions:
            values = vars(position).copy()
            ephemeris = values.pop("ephemeris")
            places = [
                {**vars(place), "taken_at": place.taken_at.isoformat()} for place in ephemeris
            ]
            (row,) = call(
                conn,
                "set_monitor_position",
                dataset=dataset,
                **values,
                ephemeris=Jsonb(places) if places else None,
            )
            changes.append((row.source_id, row.change))
    return changes


def set_timescale(conn: Connection, dataset: str, parent: str, factor: int) -> None:
    """Say that the images of a data set are sums of so many images of another one."""
    call(conn, "set_timescale", dataset=dataset, parent=parent, factor=factor)


def add_burst(conn: Connection, source_id: int, burst: Mapping[str, object]) -> None:
    """Keep what a search measured of a burst at a monitored position, by ``trap_data.burst``."""
    call(conn, "add_burst", source_id=source_id, burst=Jsonb(burst))


def add_difference(conn: Connection, dataset: str, path: str, written: Any) -> None:
    """Say of which image a file of a data set is the difference; see `trap.add_difference`."""
    alignment = written.alignment
    call(
        conn,
        "add_difference",
        dataset=dataset,
        path=path,
        parent_image_id=written.parent_image_id,
        references_count=written.references_count,
        offset_east=alignment.east,
        offset_north=alignment.north,
        flux_ratio=alignment.flux_ratio,
    )


def add_injections(
    conn: Connection, dataset: str, injections: Sequence[Mapping[str, object]]
) -> int:
    """Store what is injected into a data set without images; return how many rows are new.

    Raises
    ------
    DatabaseError
        The data set is not an injected one, or has images or other injections.
    """
    (row,) = call(conn, "add_injections", dataset=dataset, injections=Jsonb(list(injections)))
    count: int = row.add_injections
    return count


def copy_injections(conn: Connection, origin: str, dataset: str) -> None:
    """Copy what was injected into a data set to another one with its images."""
    call(conn, "copy_injections", **{"from": origin, "to": dataset})


def set_injected(conn: Connection, image_id: int, digest: str) -> None:
    """Say that a copy of an image is not that image any more: more is measured in it."""
    call(conn, "set_injected", image_id=image_id, digest=digest)


def copy_monitor_positions(conn: Connection, origin: str, dataset: str) -> None:
    """Copy the monitored positions of a data set to another one."""
    call(conn, "copy_monitor_positions", **{"from": origin, "to": dataset})


def end_monitor_position(
    conn: Connection, dataset: str, name: str, at: datetime | None = None
) -> datetime:
    """End the monitoring of a position, by default with the last time step; return when."""
    (row,) = call(conn, "end_monitor_position", dataset=dataset, name=name, at=at)
    return row.end_monitor_position


def delete_monitor_position(conn: Connection, dataset: str, name: str) -> int:
    """Delete a monitored position with its points; return how many there were."""
    (row,) = call(conn, "delete_monitor_position", dataset=dataset, name=name)
    return row.delete_monitor_position


def verify_dataset(conn: Connection, name: str) -> list[Any]:
    """Recompute the catalogue from the stored measurements; return a row for each difference."""
    return call(conn, "verify_dataset", dataset=name)


def rewind_dataset(conn: Connection, name: str, to: datetime) -> Any:
    """Return a data set to its state at a time; return the counts of what was undone."""
    (row,) = call(conn, "rewind_dataset", dataset=name, to=to)
    return row


def pack_points(
    conn: Connection,
    dataset_id: int,
    after_source_id: int | None,
    sources: int,
    at_once: bool,
    left_out: Sequence[int] = (),
) -> Any:
    """Keep points of light curves by source: a bite, and a transaction if none is open.

    Parameters
    ----------
    conn
        Connection.
    dataset_id
        The data set.
    after_source_id
        Sources with higher ids are taken, in their order; None: from one on that is drawn.
    sources
        How many.
    at_once
        Whether to take all points, also those that do not fill a stretch, and of the last images if
        nobody is changing the data set.
    left_out
        Sources that are not taken.

    Returns
    -------
    named tuple
        ``last_source_id``, None when there was none left, and ``points``, how many were moved.
    """
    (row,) = call(
        conn,
        "pack_points",
        dataset_id=dataset_id,
        after_source_id=after_source_id,
        sources=sources,
        at_once=at_once,
        left_out=list(left_out),
    )
    return row


def next_source(
    conn: Connection, dataset_id: int, after_source_id: int, left_out: Sequence[int]
) -> int | None:
    """Return the source that a bite of one takes, None if there is none; see `pack_points`."""
    (row,) = call(
        conn,
        "next_source",
        dataset_id=dataset_id,
        after_source_id=after_source_id,
        left_out=list(left_out),
    )
    found: int | None = row.next_source
    return found


def replayable_images(conn: Connection, dataset_id: int, status: str) -> list[Any]:
    """Return the ``accepted`` or the ``rewound`` images of a data set in the order of processing.

    Rows have image_id, path, digest, taken_at, freq_eff (Hz), stokes and origin_image_id.
    """
    return call(conn, "replayable_image", dataset_id=dataset_id, status=status)


def copy_image(conn: Connection, run_id: int, origin_image_id: int) -> int:
    """Copy an image with its blind measurements into the open time step; return its new id."""
    (row,) = call(conn, "copy_image", run_id=run_id, origin_image_id=origin_image_id)
    return row.copy_image


def reuse_forced(conn: Connection, image_id: int) -> ForcedRequests:
    """Copy the origin's forced fits that a copied image needs; return the other requests."""
    return _requests(call(conn, "reuse_forced", image_id=image_id))


def next_row(conn: Connection, image_id: int) -> int:
    """Return the number of the first row of an image that is not taken yet."""
    (row,) = call(conn, "next_row", image_id=image_id)
    return row.next_row


def _copy(
    conn: Connection,
    image_id: int,
    measurements: "Measurements",
    row: NDArray[np.int64],
    kind: str,
    forced_for: NDArray[np.int64] | None,
) -> None:
    if not len(measurements):
        return
    keys = {
        "dataset_id": ("int4", np.full(len(row), ids.dataset_of(image_id))),
        "measurement_id": ("int8", ids.measurement_id(image_id, row)),
    }
    columns = [Column(name, wire_type, values) for name, (wire_type, values) in keys.items()]
    columns.append(Column("kind", "text", kind))
    columns.append(
        Column("forced_for", "int8", row, null=True)
        if forced_for is None
        else Column("forced_for", "int8", forced_for)
    )
    columns += [
        Column(name, wire_type, getattr(measurements, name)) for name, wire_type in MEASURED.items()
    ]
    # none, of a forced fit or a list of sources, is -1
    columns.append(Column("island", "int4", measurements.island, null=measurements.island < 0))
    names = [column.name for column in columns]
    copy_rows(conn, "measurement", names, encode(columns, len(row)))


def _known(value: float) -> float | None:
    """Return a number, or None if it is unknown or not finite."""
    return float(value) if math.isfinite(value) else None


def _multirange(ranges: NDArray[np.int64]) -> str:
    """Return ranges, each a first number and the one after the last, as an SQL multirange."""
    return "{" + ",".join(f"[{first},{after})" for first, after in ranges.tolist()) + "}"
