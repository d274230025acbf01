"""Simulated fields whose truth is known, ingested; and how far eta is from that of noise."""

import tempfile
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from scipy.stats import chi2

from benchmarks import pipeline
from benchmarks.watching import run
from tests.scoring import flux_grid, match
from trapdb.configuration.keys import Configuration
from trapdb.database.connection import call
from trapdb.simulate import Truth, simulate

THRESHOLD = 6.0
# Sources that are brighter than this, in noises, are judged; fainter ones are reported.
BRIGHT = 8.0
# What is asked for: without a definition, as trapdb transients does, and by ready-made ones.
LISTS = ("transients", "single_epoch", "appearing")
# Beyond these chances a steady source's eta counts as tail.
TAILS = (1e-2, 1e-3)
ETA_HEADS = ["number", "mean eta_int", "mean eta_peak"]
ETA_HEADS += [f"{which}: beyond {tail:g}" for which in ("int", "peak") for tail in TAILS]


@dataclass(frozen=True)
class Field:
    """One ingested field: its truth, its catalogue, and which row is which source.

    `source` has the index into the truth of each row of the catalogue, -1 for none; `listed` has
    the sources of each of `LISTS`.
    """

    truth: Truth
    catalogue: list[Any]
    source: NDArray[np.intp]
    listed: dict[str, set[int]]
    figures: list[Any]
    incomplete: list[Any]
    points: list[Any]

    @property
    def kind(self) -> NDArray[np.str_]:
        """What each row of the catalogue is in truth; '' where there is nothing."""
        kinds = np.append(np.asarray(self.truth.sources["kind"], "U16"), "")
        return kinds[self.source]

    @property
    def is_apart(self) -> NDArray[np.bool_]:
        """Of each source in truth: whether all of its pair or crowd are in the catalogue."""
        systems = np.array([name.rstrip("abcde") for name in self.truth.sources["name"]])
        found = np.isin(np.arange(len(systems)), self.source)
        return ~np.isin(systems, systems[~found])

    def eta(self) -> tuple[NDArray[Any], ...]:
        """Kind, mean S/N in truth, n, eta_int, eta_peak and `is_apart` of each row of variability.

        One row a source of the catalogue and band.
        """
        row_of = {row.source_id: i for i, row in enumerate(self.catalogue)}
        rows = np.array([row_of[one.source_id] for one in self.figures])
        mean = np.append(flux_grid(self.truth, "snr").mean(axis=0), np.nan)
        return (
            self.kind[rows],
            mean[self.source[rows]],
            np.array([one.n for one in self.figures]),
            np.array([one.eta_int for one in self.figures]),
            np.array([one.eta_peak for one in self.figures]),
            np.append(self.is_apart, False)[self.source[rows]],
        )


def take(
    conn: psycopg.Connection, look: psycopg.Connection, name: str, sky: dict[str, Any]
) -> Field:
    """Simulate a field, ingest it with back-fill and without expiry, and ask what it became."""
    with tempfile.TemporaryDirectory() as folder:
        truth = simulate(folder, **sky)
        images = len(truth.images)
        settings = Configuration.model_validate(
            {
                "extraction": {"detection_threshold": THRESHOLD},
                "null_detection": {"expiry": 10 * images, "backfill": images},
            }
        )
        for _ in pipeline.ingest(conn, name, settings, truth.paths):
            pass
    catalogue = run(look, "catalogue_of", dataset=name)
    found, rows = match(
        truth.sources["ra"],
        truth.sources["dec"],
        [row.ra for row in catalogue],
        [row.dec for row in catalogue],
        truth.images.meta["beam"][1] / 2,
    )
    source = np.full(len(catalogue), -1)
    source[rows] = found
    listed = {"transients": call(look, "transient", dataset=name)}
    for definition in LISTS[1:]:
        listed[definition] = call(look, "transient_by_definition", name=definition, dataset=name)
    return Field(
        truth,
        catalogue,
        source,
        {asked: {row.source_id for row in rows} for asked, rows in listed.items()},
        run(look, "eta_of", dataset=name),
        run(look, "incomplete_curves", dataset=name),
        run(look, "points_of", dataset=name),
    )


def eta_row(
    name: str,
    n: NDArray[Any],
    eta_int: NDArray[Any],
    eta_peak: NDArray[Any],
    chosen: NDArray[np.bool_],
) -> list[object]:
    """Return the mean eta of some rows, and how many are in its tails, for a table."""
    count = int(chosen.sum())
    row: list[object] = [name, count]
    if not count:
        return row + [""] * (2 + 2 * len(TAILS))
    row += [f"{eta[chosen].mean():.3f}" for eta in (eta_int, eta_peak)]
    for eta in (eta_int, eta_peak):
        chance = chi2.sf(eta[chosen] * (n[chosen] - 1), n[chosen] - 1)
        row += [f"{(chance < tail).sum()} of {tail * count:.1f}" for tail in TAILS]
    return row
