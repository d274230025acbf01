"""Ranking: are injected transients among the first, before any label and after 20.

A field of steady sources, all of whose fluxes are off by a scatter of gains that is in no error,
is observed in some tens of images. Into it are put transients of five kinds and artefacts of four,
which carry the flags that measurements of such places have. The sources are ranked; the first ten
that have no label are labelled by what they are, and they are ranked again, twice. Recall is the
share of the transients that were detected at all that are within the first hundredth of all
sources.
"""

import argparse
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from benchmarks import report
from benchmarks.fields import BEAM, FLUX_ERROR, POSITION_ERROR
from benchmarks.fields import field as dense_field
from benchmarks.scratch import administrator, operator, scratch_server
from benchmarks.watching import run
from extractor.geometry.sky import unit_vector
from tests.feeding import FedImage, Feeder, measurements
from trapdb.classify.ranking import Ranking, rank
from trapdb.database.connection import call
from trapdb.simulate.light_curves import Images, draw_parameters, light_curve

RA, DEC, RADIUS = 123.0, 10.0, 5.0
TRANSIENTS = ("flare_star", "synchrotron", "single_burst", "step", "long_period")
# of an artefact the flag of most of its measurements
ARTEFACTS = {"sidelobe": 1024, "edge": 1, "blended": 2, "ionospheric": 0}
THRESHOLD = 5.0
GOALS = (0.9, None, 0.95)
Truth = NDArray[np.str_]


def main() -> None:
    command = report.parser(__doc__.splitlines()[0], "ranking.png")
    command.add_argument("--sources", type=int, default=8000, help="steady ones")
    command.add_argument("--images", type=int, default=30)
    command.add_argument("--transients", type=int, default=40, help="injected")
    command.add_argument("--artefacts", type=int, default=40)
    command.add_argument("--gain-scatter", type=float, default=0.05, help="in no error")
    command.add_argument("--seeds", type=int, default=3)
    options = command.parse_args()
    rows: list[list[object]] = []
    with scratch_server() as here:
        look = administrator(here)
        report.print_settings(look, options)
        for seed in range(1, options.seeds + 1):
            rows += _ranked(operator(here), look, options, seed)
    print("\nrecall of the transients detected, within the first hundredth of all sources")
    report.print_table(
        ["seed", "labels", "transients", "sources", "recall", "goal", "artefacts there", "s"], rows
    )


def _ranked(conn: Any, look: Any, options: argparse.Namespace, seed: int) -> list[list[object]]:
    """Feed a data set, rank it, label the first ten, rank it again, twice."""
    rng = np.random.default_rng(seed)
    feeder, tree, truth = _fed(conn, options, rng)
    run(look, "vacuum")
    rows: list[list[object]] = []
    for labels, goal in zip((0, 10, 20), GOALS, strict=True):
        start = perf_counter()
        ranking = rank(conn, feeder.name)
        seconds = perf_counter() - start
        kinds = _kinds(conn, feeder.dataset_id, ranking, tree, truth)
        order = np.argsort(-ranking.score, kind="stable")
        first = order[: len(order) // 100]
        sought = np.isin(kinds, TRANSIENTS)
        recall = sought[first].sum() / sought.sum()
        wrong = int(np.isin(kinds[first], list(ARTEFACTS)).sum())
        shown = f"{recall:.3f}"
        rows.append(
            [
                *(seed, labels, int(sought.sum()), len(order)),
                report.judged(shown, goal is None or bool(recall >= goal)),
                *("" if goal is None else goal, wrong, f"{seconds:.2f}"),
            ]
        )
        for n in [n for n in order if not ranking.is_labelled[n]][:10]:
            rating = "artefact" if kinds[n] in ARTEFACTS or kinds[n] == "steady" else "real"
            call(
                conn,
                "add_label",
                source_id=int(ranking.source_id[n]),
                rating=rating,
                **{"class": None},
                tags=[],
                note=None,
                epoch=None,
            )
    return rows


def _fed(
    conn: Any, options: argparse.Namespace, rng: np.random.Generator
) -> tuple[Feeder, cKDTree, Truth]:
    """Feed the images; return the data set, the places, and what is at each."""
    others = options.transients + options.artefacts
    field = dense_field(rng, options.sources + others, RA, DEC, RADIUS)
    truth = np.full(len(field), "steady", dtype="<U16")
    names = np.resize(TRANSIENTS, options.transients)
    truth[:others] = np.concatenate([names, np.resize(list(ARTEFACTS), options.artefacts)])
    images = Images.of(86400.0 * np.arange(options.images), 300.0, 140e6, BEAM)
    flux = np.repeat(field.flux[:, None], options.images, axis=1)
    for n in range(others):
        peak = FLUX_ERROR * np.exp(rng.uniform(np.log(8), np.log(80)))
        parameters = draw_parameters(str(truth[n]), rng, images) | {"peak_flux": peak}
        flux[n] = light_curve(str(truth[n]), parameters, images)
    flux *= 1 + options.gain_scatter * rng.standard_normal(flux.shape)
    flux += FLUX_ERROR * rng.standard_normal(flux.shape)
    mark = np.array([ARTEFACTS.get(str(kind), 0) for kind in truth])
    tree = cKDTree(unit_vector(field.ra, field.dec))
    feeder = Feeder(conn, f"ranked {rng.integers(2**31)}", backfill=3)
    number: dict[str, int] = {}

    def force(image: FedImage, requests: Any) -> Any:
        _, at = tree.query(unit_vector(requests.ra, requests.dec))
        fits = measurements(
            requests.ra,
            requests.dec,
            int_flux=flux[at, number[image.digest]],
            int_flux_err=FLUX_ERROR,
        )
        fits.flags[:] = mark[at]
        return fits

    for epoch in range(options.images):
        seen = np.flatnonzero(flux[:, epoch] >= THRESHOLD * FLUX_ERROR)
        east, north = POSITION_ERROR * rng.standard_normal((2, seen.size))
        blind = measurements(
            field.ra[seen] + east / np.cos(np.radians(field.dec[seen])),
            field.dec[seen] + north,
            ra_err=POSITION_ERROR,
            dec_err=POSITION_ERROR,
            int_flux=flux[seen, epoch],
            int_flux_err=FLUX_ERROR,
        )
        blind.flags[:] = np.where(rng.random(seen.size) < 0.9, mark[seen], 0)
        image = FedImage(
            blind, RA, DEC, RADIUS + 0.1, beam_major=BEAM, detection_threshold=THRESHOLD
        )
        number[image.digest] = epoch
        feeder.step(image, force=force)
    return feeder, tree, truth


def _kinds(conn: Any, dataset_id: int, ranking: Ranking, tree: cKDTree, truth: Truth) -> Truth:
    """Return what each ranked source is, by its place."""
    places = {
        row.source_id: (row.ra, row.dec)
        for row in conn.execute(
            "select s.source_id, s.ra, s.dec from trap.running_catalogue as s"
            " where s.dataset_id = %s",
            [dataset_id],
        ).fetchall()
    }
    ra, dec = np.array([places[one] for one in ranking.source_id.tolist()]).T
    distance, at = tree.query(unit_vector(ra, dec))
    return np.where(distance < np.radians(2 * BEAM), truth[at], "steady")


if __name__ == "__main__":
    main()
