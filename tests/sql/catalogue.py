"""The conditions of the original's test suite, and what came of the measurements fed."""

import re
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby, islice
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike
from psycopg.types.json import Jsonb

from tests.feeding import ARCSEC, FedImage, Feeder, measurements, nothing_there
from trapdb.conditions import condition
from trapdb.database import routines
from trapdb.database.connection import call

# error radius 10 arcsec and systematic error 20 arcsec, in quadrature
ERR = np.hypot(10, 20) * ARCSEC
HALF_BEAM = 0.029997

# of a watch: what it finds, and all of it
WHAT = dict.fromkeys(["watch_list", "ra", "dec", "radius", "freq_low", "freq_high"])
WHAT |= {"update_factor": None, "update_sigma": None, "update_wait": timedelta(0)}
USUAL = WHAT | {
    "dataset": None,
    "responders": ["tell"],
    "priority": 0,
    "announces_end": True,
    "events_max": 100,
    "retract_wait": timedelta(hours=1),
}


def fit(ra: ArrayLike, dec: ArrayLike, **columns: Any) -> Any:
    """Make measurements with the original's default errors of position."""
    return measurements(ra, dec, **{"ra_err": ERR, "dec_err": ERR} | columns)


def offset(east_arcsec: ArrayLike, north_arcsec: ArrayLike = 0.0, **columns: Any) -> Any:
    """Make measurements at offsets of RA (not of its arc) and Dec from (123, 10), errors 10"."""
    columns = {"ra_err": 10 * ARCSEC, "dec_err": 10 * ARCSEC} | columns
    east, north = np.broadcast_arrays(east_arcsec, north_arcsec)
    return measurements(123 + east * ARCSEC, 10 + north * ARCSEC, **columns)


def image(blind: Any, **facts: Any) -> FedImage:
    """Make an image of the original's test suite."""
    return FedImage(blind, **{"beam_major": 2 * HALF_BEAM} | facts)


@dataclass
class Original(Feeder):
    """A data set with the limits of the original's test suite; nothing is measured by force."""

    de_ruiter_limit: float = 3.717
    beam_limit: float = 1.0

    def see(self, *blinds: Any, **facts: Any) -> list[int]:
        """Store a time step of one image for each list of blind measurements."""
        return [self.step(image(blind, **facts), force=None)[0] for blind in blinds]


def sources(feeder: Feeder) -> list[Any]:
    """Return the running catalogue, in the order of the sources' ids."""
    return feeder.conn.execute(
        "select * from trap.running_catalogue where dataset_id = %s order by source_id",
        [feeder.dataset_id],
    ).fetchall()


def curve(feeder: Feeder, source_id: int) -> list[Any]:
    """Return the light curve of a source."""
    return feeder.conn.execute("select * from trap.lightcurve_of(%s)", [source_id]).fetchall()


def kinds(feeder: Feeder, source_id: int) -> list[str]:
    """Return how each point came to a source, with a * where it is inherited."""
    return [point.association + "*" * point.inherited for point in curve(feeder, source_id)]


def radii(feeder: Feeder, source_id: int) -> list[float | None]:
    """Return the de Ruiter radii of a light curve."""
    return [point.de_ruiter_radius for point in curve(feeder, source_id)]


def variability(feeder: Feeder, source_id: int, freq: float | None = None) -> Any:
    """Return V, eta and the like of a source in its only band, or in that of a frequency [Hz]."""
    rows = feeder.conn.execute(
        "select v.* from trap.variability as v inner join trap.band as b using (band_id)"
        " where v.dataset_id = %s and source_id = %s and (%s::float8 is null or freq_central = %s)",
        [feeder.dataset_id, source_id, freq, freq],
    ).fetchall()
    (row,) = rows
    return row


def history(feeder: Feeder, source_id: int) -> list[Any]:
    """Return n, V and eta of a source after each of its points."""
    return feeder.conn.execute("select * from trap.variability_history(%s)", [source_id]).fetchall()


def aggregates(feeder: Feeder, source_id: int, flux: str = "int") -> Any:
    """Return the original's aggregates: mean, mean square, mean weight, mean w f, mean w f^2."""
    (row,) = feeder.conn.execute(
        "select * from trap_data.source_flux where dataset_id = %s and source_id = %s",
        [feeder.dataset_id, source_id],
    ).fetchall()
    mean, m2, weight, weighted_mean, weighted_m2 = (
        getattr(row, f"{flux}_{name}")
        for name in ("mean", "m2", "weight", "weighted_mean", "weighted_m2")
    )
    return close(
        [
            mean,
            mean**2 + m2 / row.n,
            weight / row.n,
            weighted_mean * weight / row.n,
            (weighted_m2 + weight * weighted_mean**2) / row.n,
        ]
    )


def close(expected: Any, rel: float = 1e-6, abs: float = 1e-12) -> Any:
    """Compare as closely as the reference's printed digits allow."""
    return pytest.approx(expected, rel=rel, abs=abs)


def fill_in(
    feeder: Feeder,
    source_ids: list[int] | None = None,
    last: int | None = None,
    force: Any = nothing_there,
) -> dict[int, list[int]]:
    """Back-fill sources, all unless they are given, as the command does; return who was measured.

    The answer has the sources by the image in which they were.
    """
    conn, measured = feeder.conn, {}
    if source_ids is None:
        source_ids = routines.backfill_sources(conn, feeder.dataset_id, False)
    for row in routines.backfill_images(conn, feeder.dataset_id, source_ids, last):
        with conn.transaction():
            routines.begin_backfill(conn, feeder.dataset_id)
            requests = routines.backfill_requests(conn, row.image_id, source_ids)
            first_row = routines.next_row(conn, row.image_id)
            routines.copy_forced(conn, row.image_id, first_row, requests, force(row, requests))
            assert routines.add_backfill(conn, row.image_id) == len(requests)
        measured[row.image_id] = requests.source_id.tolist()
    return measured


def replay(feeder: Feeder, steps: int | None = None) -> list[Any]:
    """Replay what was rewound, all or the first time steps, as a replay does that has no pixels.

    Returns
    -------
    list
        The stamps that it would cut.
    """
    conn, cut = feeder.conn, []
    rewound = routines.replayable_images(conn, feeder.dataset_id, "rewound")
    by_time = groupby(rewound, key=lambda origin: origin.taken_at)
    for taken_at, origins in islice([(at, list(group)) for at, group in by_time], steps):
        with conn.transaction():
            routines.begin_time_step(conn, feeder.dataset_id, taken_at)
            copies = []
            for origin in origins:
                copies.append(routines.copy_image(conn, feeder.run_id, origin.image_id))
                routines.associate_image(conn, copies[-1])
            for image_id in copies:
                routines.reuse_forced(conn, image_id)
                routines.add_forced(conn, image_id)
            if feeder.stamps:
                wanted = routines.stamp_requests(conn)
                cut += [one for one in wanted if not one.is_there]
                routines.add_stamps(conn, {one.number: None for one in cut})
            routines.add_events(conn)
            routines.close_time_step(conn)
    return cut


def monitor(
    feeder: Feeder, name: str, ra: float | None = None, dec: float | None = None, **facts: Any
) -> Any:
    """Add or change a monitored position; return its source_id and what became of it."""
    given = dict.fromkeys(
        ["pm_ra_mas_yr", "pm_dec_mas_yr", "epoch", "active_from", "active_until", "ephemeris"]
    )
    given |= {"dataset": feeder.name, "name": name, "ra": ra, "dec": dec} | facts
    (row,) = call(feeder.conn, "set_monitor_position", **given)
    return row


def monitored(feeder: Feeder, name: str) -> Any:
    """Return a monitored position as the view shows it."""
    (row,) = feeder.conn.execute(
        "select * from trap.monitor_position where dataset_id = %s and name = %s",
        [feeder.dataset_id, name],
    ).fetchall()
    return row


def rows_read(conn: Any) -> dict[str, int]:
    """Return how many rows of each partition of the sources were read."""
    conn.execute("select pg_stat_force_next_flush()")
    conn.execute("select pg_stat_clear_snapshot()")
    rows = conn.execute(
        "select relname, seq_tup_read + coalesce(idx_tup_fetch, 0) as n from pg_stat_user_tables"
        " where relname ~ '^source_[0-9]+$'"
    )
    return {row.relname: row.n for row in rows}


def plans_within(conn: Any, call: str, words: str) -> list[str]:
    """Return the plans, with all their columns, of statements within a routine with these words."""
    told: list[str] = []

    def hear(notice: Any) -> None:
        told.append(notice.message_primary)

    conn.add_notice_handler(hear)
    try:
        conn.execute("load 'auto_explain'")
        for setting in ("log_min_duration = 0", "log_nested_statements = on", "log_verbose = on"):
            conn.execute(f"set auto_explain.{setting}")
        conn.execute("set client_min_messages = log")
        conn.execute(call)
    finally:
        conn.remove_notice_handler(hear)
        conn.execute("reset all")
    asked_and_planned = (re.split(r"\n(?=\S.*  \(cost=)", text, maxsplit=1) for text in told)
    return [rest[0] for query, *rest in asked_and_planned if rest and words in query]


def define(conn: Any, name: str, *conditions: str) -> None:
    """Store a definition."""
    parsed = Jsonb([condition(text) for text in conditions])
    call(conn, "store_definition", name=name, description="for a test", conditions=parsed)


def watch(conn: Any, *conditions: str, name: str = "loud", **facts: Any) -> None:
    """Add a watch for what fulfils these conditions."""
    define(conn, name, *conditions)
    call(conn, "add_watch", name=name, definition=name, **(USUAL | facts))
