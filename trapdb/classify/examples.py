"""Examples to train on: sources that people labelled, and light curves that are simulated."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from trapdb.classify.applying import BATCH, as_matrix, telling_rows
from trapdb.classify.simulated import SURROUNDINGS, Curves, Survey, classes_of, simulated
from trapdb.classify.statements import statement
from trapdb.classify.training import Examples
from trapdb.configuration.keys import NullDetection
from trapdb.database.connection import call
from trapdb.database.routines import find_dataset
from trapdb.errors import InputError
from trapdb.simulate.light_curves import Images

Connection = psycopg.Connection[Any]

# Light curves of which features are asked for together.
CURVES = 1000
# Scatter of a flux scale that is taken where a data set does not tell, and how far examples reach
# beyond what it tells.
USUAL_SCATTER, REACH = 0.05, (0.5, 2.0)
# A data set tells it by so many bright sources.
FEWEST_BRIGHT = 10


def feature_names(conn: Connection, *, simulated: bool, injected: bool = False) -> list[str]:
    """Return the features that models take, in order.

    Parameters
    ----------
    conn
        Connection.
    simulated
        Only those that can be simulated.
    injected
        Without those of reference catalogues, in which nothing that was injected is.
    """
    rows = conn.execute(statement("names")).fetchall()
    return [
        row.name
        for row in rows
        if (row.of_curve or not simulated or row.name in SURROUNDINGS)
        and not (injected and row.name.startswith("reference_"))
    ]


def labelled(
    conn: Connection, dataset: str | None, names: list[str], *, injected: bool = False
) -> Examples:
    """Return the sources that have a label with a class, of one data set or of all.

    A label that finds its source in several data sets is one thing, on one side of every split.
    Beside what was injected, of which the truth is known, it is not told by labels again.

    Raises
    ------
    InputError
        There are none.
    """
    rows = conn.execute(
        statement("labelled"), {"dataset": dataset, "of_truth": injected}
    ).fetchall()
    if not rows:
        where = "" if dataset is None else f" of {dataset}"
        raise InputError(
            f"no source{where} has a label with a class: give some (trapdb label add), or train on "
            "simulated light curves (--like DATASET)"
        )
    of = {row.source_id: row for row in rows}
    chosen = []
    for dataset_id in sorted({row.dataset_id for row in rows}):
        sources = [row.source_id for row in rows if row.dataset_id == dataset_id]
        for start in range(0, len(sources), BATCH):
            batch = sources[start : start + BATCH]
            chosen += telling_rows(call(conn, "features_of", source_ids=batch))
    return Examples(
        as_matrix(chosen, names),
        np.array([of[row.source_id].object_class for row in chosen]),
        np.array([of[row.source_id].label_id for row in chosen]),
    )


def injected(conn: Connection, datasets: Sequence[str], names: list[str]) -> Examples:
    """Return the sources that were injected into data sets and found in these.

    What was injected into several is one thing, on one side of every split.

    Raises
    ------
    InputError
        There are none in one of them.
    """
    truth: dict[int, Any] = {}
    chosen = []
    for dataset in dict.fromkeys(datasets):
        call(conn, "dataset_id_of", dataset=dataset)
        rows = conn.execute(statement("injected"), {"dataset": dataset}).fetchall()
        if not rows:
            raise InputError(
                f"nothing that was injected into {dataset} was found: see trapdb inject"
            )
        truth |= {row.source_id: row for row in rows}
        for start in range(0, len(rows), BATCH):
            batch = [row.source_id for row in rows[start : start + BATCH]]
            chosen += telling_rows(call(conn, "features_of", source_ids=batch))
    return Examples(
        as_matrix(chosen, names),
        classes_of(np.array([truth[row.source_id].kind for row in chosen])),
        np.array([truth[row.source_id].truth for row in chosen]),
    )


def survey_like(conn: Connection, dataset: str) -> Survey:
    """Return how a data set sees: its times, its noise, and by how much its flux scale scatters.

    Raises
    ------
    InputError
        It has too few images.
    """
    (found,) = call(conn, "dataset_id_of", dataset=dataset)
    dataset_id = found.dataset_id_of
    rows = conn.execute(statement("images"), {"dataset_id": dataset_id}).fetchall()
    if len(rows) < 3:
        raise InputError(f"{dataset} has {len(rows)} images of Stokes I in a band: 3 are needed")
    scatter = measured_scatter(conn, dataset)
    columns = np.array([row[:5] for row in rows], dtype=float).T
    start, duration, frequency, rms, threshold = columns
    beam = float(np.median([row.beam_major for row in rows]))
    low, high = (reach * (USUAL_SCATTER if scatter is None else scatter) for reach in REACH)
    given = NullDetection.model_validate(
        find_dataset(conn, dataset).configuration.get("null_detection", {})
    )
    images = Images(start, duration, frequency, beam)
    scattering = low, max(high, 0.02)
    return Survey(images, rms, threshold, scattering, given.backfill, given.expiry)


def measured_scatter(conn: Connection, dataset: str) -> float | None:
    """Return by how much the flux scale of a data set scatters; None: too few sources tell.

    It is that of the band in which most sources tell it.
    """
    rows = call(conn, "gain_scatter", dataset=dataset)
    told = max(rows, key=lambda row: row.n_sources, default=None)
    if told is None or told.n_sources < FEWEST_BRIGHT or told.gain_scatter is None:
        return None
    return float(told.gain_scatter)


def like(conn: Connection, survey: Survey, each: int, names: list[str], seed: int) -> Examples:
    """Return simulated light curves as a survey has them, with the features of each."""
    curves = simulated(survey, each, np.random.default_rng(seed))
    features = features_of_curves(conn, curves, names)
    return Examples(features, classes_of(curves.kinds), np.arange(len(curves.kinds)))


def features_of_curves(conn: Connection, curves: Curves, names: list[str]) -> NDArray[np.float64]:
    """Return the features of simulated light curves, by the database, shape (m, f)."""
    of_curve = [name for name in names if name not in SURROUNDINGS]
    found = []
    ends = np.searchsorted(curves.curve, np.arange(0, len(curves.kinds) + CURVES, CURVES))
    for start, end in pairwise(ends):
        part = slice(start, end)
        rows = conn.execute(
            statement("curves"),
            {
                "curve": curves.curve[part].tolist(),
                "days": curves.days[part].tolist(),
                "flux": curves.flux[part].tolist(),
                "flux_err": curves.flux_err[part].tolist(),
                "detected": curves.detected[part].tolist(),
            },
        ).fetchall()
        found.append(as_matrix(rows, of_curve))
    together = dict(zip(of_curve, np.concatenate(found).T, strict=True))
    together |= dict(zip(SURROUNDINGS, curves.surroundings.T, strict=True))
    return np.column_stack([together[name] for name in names])
