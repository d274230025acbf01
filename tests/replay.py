"""Feed a recorded run of TraP R6 through the database and compare the final catalogues.

    python -m tests.replay FIXTURE.json [--database URL] [--skip-forked-fluxes]

A fixture holds blind measurements and forced fits, image by image, and the catalogue that the
original made of them. Compared are: which measurement belongs to which source, and as what kind,
exactly; positions to 0.02 of their own uncertainty and de Ruiter radii to 0.001 + 2 % (the original
averages RA and Dec as if flat); n, V, eta and fluxes to 1e-5 relative. Every difference is printed;
the exit status is 1 if there is one.
"""

import argparse
import json
import math
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from tests.feeding import ARCSEC, FedImage, Feeder, measurements
from trapdb.database import routines
from trapdb.database.ids import measurement_id
from trapdb.exchange.requests import ForcedRequests
from trapdb.server.access import connect

# what each type of the original may be here; 2 and 6 are decided by where the last fork stands
KINDS = {3: {"one_to_one", "many_to_one"}, 4: {"new"}, 7: {"null_detection"}}


@dataclass
class Replay:
    """A fixture that has been fed, with the names of its rows."""

    fixture: dict[str, Any]
    feeder: Feeder
    keys: dict[int, str] = field(
        default_factory=dict
    )  # measurement_id -> b<image>.<k>, f<image>.<k>
    image_ids: dict[int, int] = field(default_factory=dict)  # number in the fixture -> image_id
    differences: list[str] = field(default_factory=list)


def feed(conn: psycopg.Connection[Any], fixture: dict[str, Any]) -> Replay:
    """Feed a fixture into a data set of its own."""
    params = fixture["params"]
    feeder = Feeder(
        conn,
        name=f"replay {uuid.uuid4()}",
        de_ruiter_limit=params["deruiter_radius"],
        beam_limit=params["beamwidths_limit"],
        expiry=params["expiration"],
        bandwidth_max=max(image["params"]["freq_bw_max"] for image in fixture["images"]),
    )
    replay = Replay(fixture, feeder)
    numbered = sorted(
        enumerate(fixture["images"]),
        key=lambda item: (item[1]["params"]["taustart_ts"], item[1]["params"]["freq_eff"]),
    )
    for taustart, group in groupby(numbered, key=lambda item: item[1]["params"]["taustart_ts"]):
        _step(replay, datetime.fromisoformat(taustart).replace(tzinfo=UTC), list(group))
    return replay


def _step(replay: Replay, taken_at: datetime, numbered: list[tuple[int, dict[str, Any]]]) -> None:
    images = {_image(number, image): (number, image) for number, image in numbered}
    answered: dict[int, list[int]] = {}  # number -> forced rows in the order of storage

    def force(fed: FedImage, requests: ForcedRequests) -> Any:
        number, image = images[fed]
        rows = _columns(image["forced"])
        found = np.full(len(requests), -1)
        for distance, request, row in _by_distance(requests, rows):
            if distance < fed.beam_major and found[request] < 0 and row not in found:
                found[request] = row
        answered[number] = [int(row) for row in found if row >= 0]
        return _fits(rows, found)

    ids = replay.feeder.step(*images, taken_at=taken_at, force=force)
    for image_id, (number, image) in zip(ids, images.values(), strict=True):
        replay.image_ids[number] = image_id
        for k in range(len(image["blind"])):
            replay.keys[measurement_id(image_id, k)] = f"b{number}.{k}"
        unasked = set(range(len(image["forced"]))) - set(answered.get(number, []))
        replay.differences += [f"f{number}.{k}: nobody asked for this forced fit" for k in unasked]
    forced = replay.feeder.conn.execute(
        "select image_id, measurement_id from trap.measurement"
        " where dataset_id = %s and kind <> 'blind' and image_id >= %s and usable"
        " order by measurement_id",
        [replay.feeder.dataset_id, ids[0]],
    ).fetchall()
    by_image = {image_id: number for number, image_id in replay.image_ids.items()}
    for image_id, rows in groupby(forced, key=lambda row: row.image_id):
        number = by_image[image_id]
        for row, k in zip(rows, answered[number], strict=True):
            replay.keys[row.measurement_id] = f"f{number}.{k}"


def _image(number: int, image: dict[str, Any]) -> FedImage:
    params = image["params"]
    blind = _columns(image["blind"])
    return FedImage(
        _fits(blind, np.arange(len(image["blind"]))),
        ra=params["centre_ra"],
        dec=params["centre_decl"],
        radius=params["xtr_radius"],
        # the original's beam is half a FWHM
        beam_major=2 * params["beam_smaj_pix"] * abs(params["deltax"]),
        freq_eff=params["freq_eff"],
        bandwidth=params["freq_bw"],
        rms_min=params["rms_min"],
        rms_max=params["rms_max"],
        detection_threshold=params["detection_thresh"],
        digest=f"image {number}",
        # no blend of these can be measured anew: what matches stays a point, as in the original
        pixels=False,
    )


def _columns(rows: list[list[float]]) -> np.ndarray:
    return np.array(rows, float).reshape(-1, 18).T


def _fits(columns: np.ndarray, rows: np.ndarray) -> Any:
    """Make measurements of rows of a fixture; a row of -1 is a fit that was not made."""
    from extractor.flags import Flag

    missing = rows < 0
    take = np.where(missing, 0, rows)
    if not columns.shape[1]:
        take = np.zeros(0, int) if not len(rows) else None
    if take is None:
        fits = measurements(np.zeros(len(rows)), np.zeros(len(rows)), usable=False)
    else:
        ra, dec, _, _, peak, peak_err, flux, flux_err, *_ = columns[:, take]
        # uncertainty_ew and _ns: systematic error and error radius in quadrature
        ra_err = np.hypot(columns[12, take], columns[14, take]) * ARCSEC
        dec_err = np.hypot(columns[13, take], columns[14, take]) * ARCSEC
        fits = measurements(
            ra,
            dec,
            ra_err=ra_err,
            dec_err=dec_err,
            int_flux=flux,
            int_flux_err=flux_err,
            peak_flux=peak,
            peak_flux_err=peak_err,
        )
    fits.flags[missing] = int(Flag.OUTSIDE)
    return fits


def _by_distance(requests: ForcedRequests, rows: np.ndarray) -> Iterator[tuple[float, int, int]]:
    """Return all pairs of request and row, the nearest first: distance in deg."""
    ra, dec = np.radians(rows[0]), np.radians(rows[1])
    request_ra, request_dec = np.radians(requests.ra)[:, None], np.radians(requests.dec)[:, None]
    haversine = (
        np.sin((dec - request_dec) / 2) ** 2
        + np.cos(dec) * np.cos(request_dec) * np.sin((ra - request_ra) / 2) ** 2
    )
    distance = np.degrees(2 * np.arcsin(np.sqrt(haversine)))
    for flat in np.argsort(distance, axis=None, kind="stable"):
        request, row = np.unravel_index(flat, distance.shape)
        yield float(distance[request, row]), int(request), int(row)


def compare(replay: Replay, *, skip_forked_fluxes: bool = False) -> list[str]:
    """Compare the catalogue with the fixture's; return the differences, one line each."""
    ours = {}
    for source in _catalogue(replay):
        ours[frozenset(point["key"] for point in source["points"])] = source
    differences = list(replay.differences)
    for expected in replay.fixture["expected_runningcatalog"]:
        curve = frozenset(point["xtrsrc"] for point in expected["assoc"])
        source = ours.pop(curve, None)
        if source is None:
            differences.append(f"{expected['first']}: no source has its points {sorted(curve)}")
        else:
            differences += [
                f"{expected['first']}: {difference}"
                for difference in _compare_source(replay, expected, source, skip_forked_fluxes)
            ]
    differences += [f"unexpected source with points {sorted(curve)}" for curve in ours]
    return differences


def _catalogue(replay: Replay) -> Iterator[dict[str, Any]]:
    conn, dataset_id = replay.feeder.conn, replay.feeder.dataset_id
    for source in conn.execute(
        "select * from trap.running_catalogue where dataset_id = %s order by source_id",
        [dataset_id],
    ).fetchall():
        points = conn.execute(
            "select c.*, a.known_image_id from trap.lightcurve_of(%s) as c"
            " inner join trap.curve_point as a using (dataset_id, source_id, measurement_id)"
            " order by a.known_image_id, c.kind <> 'blind', c.measurement_id",
            [source.source_id],
        ).fetchall()
        history = {
            row.measurement_id: row
            for row in conn.execute(
                "select * from trap.variability_history(%s)", [source.source_id]
            ).fetchall()
        }
        fluxes = conn.execute(
            "select f.*, b.freq_central from trap_data.source_flux as f"
            " inner join trap.band as b using (band_id)"
            " where f.dataset_id = %s and source_id = %s order by freq_central",
            [dataset_id, source.source_id],
        ).fetchall()
        # a branch has the limits of the source from which its light curve comes
        (founder,) = (point.measurement_id for point in points if point.association == "new")
        limits = conn.execute(
            "select * from trap.new_source where dataset_id = %s and source_id = %s",
            [dataset_id, founder],
        ).fetchall()
        yield {
            "source": source,
            "points": [
                {
                    "key": replay.keys[p.measurement_id],
                    "point": p,
                    "history": history[p.measurement_id],
                }
                for p in points
            ],
            "fluxes": fluxes,
            "limits": limits,
            "margin": replay.fixture["params"]["new_source_sigma_margin"],
        }


def _compare_source(
    replay: Replay, expected: dict[str, Any], found: dict[str, Any], skip_forked_fluxes: bool
) -> Iterator[str]:
    source = found["source"]
    points = {point["key"]: point for point in found["points"]}
    order = [point["key"] for point in found["points"]]
    forks = [key for key in order if points[key]["point"].association == "fork"]
    last_fork = order.index(forks[-1]) if forks else -1
    fluxes_count = not (skip_forked_fluxes and forks)

    if source.n_blind != expected["datapoints"]:
        yield f"{source.n_blind} blind points, expected {expected['datapoints']}"
    yield from _compare_position(expected, source)

    for want in expected["assoc"]:
        key = want["xtrsrc"]
        point, history = points[key]["point"], points[key]["history"]
        place = order.index(key)
        if want["type"] == 2:
            right = place == last_fork
        elif want["type"] == 6:
            right = place < last_fork
        else:
            right = place > last_fork and point.association in KINDS[want["type"]]
        if not right:
            yield f"{key} is {point.association}, expected type {want['type']}"
        if want["type"] in (2, 3, 6) and point.association in ("fork", "one_to_one", "many_to_one"):
            r = point.de_ruiter_radius
            if not abs(r - want["r"]) <= 0.001 + 0.02 * want["r"]:
                yield f"{key} has r {r}, expected {want['r']}"
        if fluxes_count:
            yield from _compare_numbers(
                key,
                {"n": history.n, "V": history.v_int, "eta": history.eta_int},
                {"n": want["f_datapoints"], "V": want["v_int"], "eta": want["eta_int"]},
            )
    if fluxes_count:
        yield from _compare_fluxes(expected, found)
    yield from _compare_limits(replay, expected, found)


def _compare_position(expected: dict[str, Any], source: Any) -> Iterator[str]:
    east = (source.ra - expected["wm_ra"] + 180) % 360 - 180
    east *= math.cos(math.radians(source.dec))
    north = source.dec - expected["wm_decl"]
    if abs(east) > 0.02 * expected["wm_uncertainty_ew_deg"]:
        yield f"ra {source.ra}, expected {expected['wm_ra']}"
    if abs(north) > 0.02 * expected["wm_uncertainty_ns_deg"]:
        yield f"dec {source.dec}, expected {expected['wm_decl']}"
    yield from _compare_numbers(
        "position error",
        {"ra_err": source.ra_err, "dec_err": source.dec_err},
        {
            "ra_err": expected["wm_uncertainty_ew_deg"],
            "dec_err": expected["wm_uncertainty_ns_deg"],
        },
    )


def _compare_fluxes(expected: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    wanted = sorted(expected["flux"], key=lambda flux: flux["band_freq"])
    if len(wanted) != len(found["fluxes"]):
        yield f"fluxes in {len(found['fluxes'])} bands, expected {len(wanted)}"
        return
    for want, flux in zip(wanted, found["fluxes"], strict=True):
        yield from _compare_numbers(
            f"flux at {want['band_freq']:.0f} Hz",
            {
                "n": flux.n,
                "mean": flux.int_mean,
                "weight": flux.int_weight / flux.n,
                "weighted": flux.int_weighted_mean * flux.int_weight / flux.n,
                "peak": flux.peak_mean,
                "mean square": flux.int_mean**2 + flux.int_m2 / flux.n,
            },
            {
                "n": want["f_datapoints"],
                "mean": want["avg_f_int"],
                "weight": want["avg_f_int_weight"],
                "weighted": want["avg_weighted_f_int"],
                "peak": want["avg_f_peak"],
                "mean square": want["avg_f_int_sq"],
            },
        )


def _compare_limits(
    replay: Replay, expected: dict[str, Any], found: dict[str, Any]
) -> Iterator[str]:
    """Compare the new-source entries, which the original copies to every branch of a fork."""
    images = {image_id: number for number, image_id in replay.image_ids.items()}
    ours = {
        (images[limit.limiting_image_id], int(limit.margin_worst > found["margin"]))
        for limit in found["limits"]
        if limit.margin_best > found["margin"]
    }
    wanted = {(new["limits_image"], new["type"]) for new in expected["newsource"]}
    if ours != wanted:
        yield f"new source (limiting image, type) {ours or 'none'}, expected {wanted or 'none'}"


def _compare_numbers(
    where: str, found: dict[str, float], wanted: dict[str, float]
) -> Iterator[str]:
    for name, value in found.items():
        if not math.isclose(value, wanted[name], rel_tol=1e-5, abs_tol=1e-9):
            yield f"{where} has {name} {value}, expected {wanted[name]}"


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("fixture", type=Path)
    parser.add_argument("--database", help="URL; by default as for trapdb")
    parser.add_argument("--skip-forked-fluxes", action="store_true")
    arguments = parser.parse_args()
    fixture = json.loads(arguments.fixture.read_text())
    with connect("admin", arguments.database) as conn:
        replay = feed(conn, fixture)
        try:
            differences = compare(replay, skip_forked_fluxes=arguments.skip_forked_fluxes)
        finally:
            routines.delete_dataset(conn, replay.feeder.name)
    print("\n".join(differences) or f"{fixture['name']}: no differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
