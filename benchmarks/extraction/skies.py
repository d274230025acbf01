"""Simulated skies, their catalogues, and the two side by side."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from astropy.table import Table
from numpy.typing import NDArray

import extractor
from tests import scoring
from trapdb.simulate import Truth, simulate

Array = NDArray[np.float64]

# A sky is seen this often, each time in noise of its own: enough sources in every bin of a seed.
EPOCHS = 6
# Of sources in a plane of 4096 x 4096 px; in other sizes they are as dense.
SOURCES = 5000
THRESHOLD = 5.0
RMS = 1e-3
PIXEL = 5 / 3600
BEAM = (23 / 3600, 18.5 / 3600, 35.0)
# Least separation of what is no pair, in major axes of the beam; half of it is what a source owns.
SEPARATION = 5.0


def count(sources: float, size: int) -> int:
    """Return the number of sources in an image of `size` that is as dense as one of 4096 px."""
    return round(sources * (size / 4096) ** 2)


@contextmanager
def sky(**settings: Any) -> Iterator[Truth]:
    """Simulate into a folder that is gone afterwards; nothing but what is asked for."""
    nothing = {"sources": 0, "flaring": 0, "one_epoch": 0, "epochs": 1}
    with tempfile.TemporaryDirectory(prefix="trapdb-benchmark-") as folder:
        yield simulate(
            folder,
            **{
                **nothing,
                "rms": RMS,
                "beam": BEAM,
                "pixel": PIXEL,
                "separation": SEPARATION,
                **settings,
            },
        )


def catalogue(path: Path) -> extractor.Measurements:
    """Measure all sources above 5 sigma; those that are not usable do not count."""
    image = extractor.open(path)
    found = extractor.extract(
        image,
        extractor.background(image),
        extractor.footprint(image),
        detection_threshold=THRESHOLD,
    )
    return found.select(found.usable)


@dataclass(frozen=True)
class Sample:
    """Isolated sources and what was measured of them, in all images of a sky.

    Attributes
    ----------
    snr : ndarray
        True peak over rms.
    resolved : ndarray of bool
    found : ndarray of bool
        Whether a row of the catalogue is theirs.
    error, quoted : dict of str to ndarray
        Measured less true value and the error that the catalogue gives, of ra, dec (deg on the
        sky), peak (Jy/beam) and integrated flux (Jy): one element for each source found.
    true : dict of str to ndarray
        Peak and integrated flux of the sources found.
    twice : ndarray of bool
        For each row within a beam of a source that another row is of: whether it is resolved.
    astray : ndarray of bool
        The same for each row farther than a beam from any source, but nearer to one than half of
        the least separation.
    false : int
        Rows that are farther from all sources.
    """

    snr: Array
    resolved: NDArray[np.bool_]
    found: NDArray[np.bool_]
    error: dict[str, Array]
    quoted: dict[str, Array]
    true: dict[str, Array]
    twice: NDArray[np.bool_]
    astray: NDArray[np.bool_]
    false: int

    def pulls(self, name: str) -> Array:
        """Return the errors over the quoted ones of the sources found."""
        return self.error[name] / self.quoted[name]


@cache
def isolated(seed: int, noise: str, size: int) -> Sample:
    """Simulate and measure isolated sources, points and resolved ones, from 4.5 sigma up.

    There are more bright ones than in nature (slope 0.75), so that all bins are filled.
    """
    half = count(SOURCES / 2, size)
    with sky(
        seed=seed,
        noise=noise,
        size=size,
        epochs=EPOCHS,
        sources=half,
        resolved=half,
        minimum_snr=THRESHOLD - 0.5,
        slope=0.75,
    ) as truth:
        seen = [_compare(truth, epoch, path) for epoch, path in enumerate(truth.paths)]
    arrays = ("snr", "resolved", "found", "twice", "astray")
    dicts = ("error", "quoted", "true")
    return Sample(
        **{name: np.concatenate([one[name] for one in seen]) for name in arrays},
        **{
            name: {key: np.concatenate([one[name][key] for one in seen]) for key in seen[0][name]}
            for name in dicts
        },
        false=sum(one["false"] for one in seen),
    )


def _compare(truth: Truth, epoch: int, path: Path) -> dict[str, Any]:
    rows = catalogue(path)
    near = scoring.score(truth, rows.ra, rows.dec, epoch=epoch, radius=BEAM[0])
    resolved = np.asarray(near.expected["kind"]) == "resolved"
    extra = rows.select(np.concatenate([near.doubles, near.false]))
    owner = scoring.nearest(
        extra.ra, extra.dec, near.expected["ra"], near.expected["dec"], SEPARATION / 2 * BEAM[0]
    )
    twice, astray = np.split(owner, [len(near.doubles)])
    sources: Table = near.expected[near.found]
    rows = rows.select(near.rows)
    ra, dec = np.asarray(sources["ra"]), np.asarray(sources["dec"])
    true = {"peak": np.asarray(sources["peak_flux"]), "integrated": np.asarray(sources["flux"])}
    return {
        "snr": np.asarray(near.expected["snr"]),
        "resolved": resolved,
        "found": np.isin(np.arange(len(near.expected)), near.found),
        "error": {
            "ra": (rows.ra - ra) * np.cos(np.deg2rad(dec)),
            "dec": rows.dec - dec,
            "peak": rows.peak_flux - true["peak"],
            "integrated": rows.int_flux - true["integrated"],
        },
        "quoted": {
            "ra": rows.ra_fit_err,
            "dec": rows.dec_fit_err,
            "peak": rows.peak_flux_err,
            "integrated": rows.int_flux_err,
        },
        "true": true,
        "twice": resolved[twice],
        "astray": resolved[astray[astray >= 0]],
        "false": int((astray < 0).sum()),
    }
