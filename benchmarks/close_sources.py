"""Sources in pairs and crowds: whether eta is that of noise, and whose a flare is."""

import argparse
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import report
from benchmarks.known_fields import BRIGHT, ETA_HEADS, Field, eta_row
from tests.scoring import flux_grid

# Above this, in quiescent fluxes, a source is in its flare.
FLARING = 2.0


def sky(options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings of the fields of close sources, all bright enough to be judged."""
    return {
        "size": options.size // 2,
        "sources": 0,
        "one_epoch": 0,
        "flaring": 0,
        "flaring_pairs": options.flaring_pairs,
        "crowds": options.crowds,
        "minimum_snr": BRIGHT,
        "separation": 3.0,
    }


def print_close(fields: list[Field]) -> None:
    """Report the eta of steady members, and to which sources the flux of each flare went."""
    figures = [field.eta() for field in fields]
    kind, _, n, eta_int, eta_peak, apart = (
        np.concatenate([one[i] for one in figures]) for i in range(6)
    )
    rows = []
    for name, chosen in (
        ("in crowds", kind == "crowd"),
        ("in crowds, all five in the catalogue", (kind == "crowd") & apart),
        ("beside one that flares", kind == "flare_neighbour"),
        ("the same, both in the catalogue", (kind == "flare_neighbour") & apart),
    ):
        rows.append(eta_row(name, n, eta_int, eta_peak, chosen))
    report.print_table(["steady sources above 8 (goal 1.00 +- 0.10)", *ETA_HEADS], rows)
    measured, error, true = np.concatenate([_flares(field) for field in fields], axis=1)
    pull = (measured - true) / error
    width = 1.4826 * np.median(abs(pull - np.median(pull)))
    rows = [[len(true), f"{measured.sum() / true.sum():.4f}", np.median(pull), width]]
    heads = ["points of flares in pairs", "flux over the true one", "median pull", "its width"]
    report.print_table(heads, rows)


def _flares(field: Field) -> NDArray[np.float64]:
    """Flux, its error and the true one (Jy) of the points in flares of pairs, shape (3, n)."""
    flux = flux_grid(field.truth, "flux")
    source = dict(zip((row.source_id for row in field.catalogue), field.source, strict=True))
    kinds = field.truth.sources["kind"]
    points = [
        (point.int_flux, point.int_flux_err, flux[point.image_number, source[point.source_id]])
        for point in field.points
        if source[point.source_id] >= 0
        and kinds[source[point.source_id]] == "flaring_pair"
        and flux[point.image_number, source[point.source_id]]
        > FLARING * flux[:, source[point.source_id]].min()
    ]
    return np.array(points).reshape(-1, 3).T
