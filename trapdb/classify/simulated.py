"""Light curves of known kinds as a survey would have them: examples for those who have no labels.

A survey finds a source in the first image that shows it, looks back at a few before, and gives up
after some that do not: of a light curve it has no more than that. A detection too far from the
place is not associated, and the point there is one measured by force.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from trapdb.simulate.light_curves import (
    KINDS,
    Images,
    Parameters,
    displacement,
    draw_parameters,
    light_curve,
)

DAY = 86400.0
# Kinds whose class has another name.
CLASS_OF = {"blended": "blend", "bad_scale": "calibration"}
# Peaks are drawn up to so many times the noise.
BRIGHTEST = 150.0
# What surrounds a source, beside its light curve.
SURROUNDINGS = ("de_ruiter_rms", "near_bright_share", "edge_share", "blended_share")
# Kinds that are made by what a flag tells of, by the feature that counts it. Of their sources so
# many have it, and of those of other kinds so few, which lie there by chance.
FLAGGED = {"near_bright_share": "sidelobe", "edge_share": "edge", "blended_share": "blended"}
OFTEN, SELDOM = 0.9, 0.05
# Detections are associated within so many errors, and so many beams.
DE_RUITER, BEAMS = 5.68, 1.5
FWHM_PER_SIGMA = 2.3548
# Light curves have so many images at least; the longest has all that there are.
SHORTEST = 4


@dataclass(frozen=True)
class Survey:
    """How a survey sees: n images of one band, and what it does with them.

    Attributes
    ----------
    images
        When they were taken.
    rms
        Their noise, shape (n,), in any unit.
    threshold
        Of the noise, from which on a source is found in each, shape (n,).
    scatter
        By how much its flux scale scatters, from and to; each light curve draws its own.
    backfill
        Images before the discovery that are looked at.
    expiry
        Images in a row without the source after which it is given up.
    """

    images: Images
    rms: NDArray[np.float64]
    threshold: NDArray[np.float64]
    scatter: tuple[float, float]
    backfill: int = 3
    expiry: int = 10

    def part(self, some: slice | NDArray[np.intp]) -> "Survey":
        """Return some of its images."""
        images = self.images
        few = Images(images.start[some], images.duration[some], images.frequency[some], images.beam)
        return replace(self, images=few, rms=self.rms[some], threshold=self.threshold[some])


@dataclass(frozen=True)
class Curves:
    """The points of light curves, one after the other.

    Attributes
    ----------
    curve
        Which light curve a point is of, shape (p,).
    days, flux, flux_err
        Time (d), flux density and its error, shape (p,).
    detected
        Whether it was found, shape (p,).
    kinds
        Name of the kind of each light curve, shape (m,).
    surroundings
        The features of `SURROUNDINGS` of each, shape (m, 4); NaN where unknown.
    snr
        Largest ratio of flux density to error of each, shape (m,).
    """

    curve: NDArray[np.intp]
    days: NDArray[np.float64]
    flux: NDArray[np.float64]
    flux_err: NDArray[np.float64]
    detected: NDArray[np.bool_]
    kinds: NDArray[np.str_]
    surroundings: NDArray[np.float64]
    snr: NDArray[np.float64]


def simulated(
    survey: Survey,
    each: int,
    rng: np.random.Generator,
    kinds: Sequence[str] = KINDS,
    snr: tuple[float, float] | None = None,
    epochs: tuple[int, int] | None = None,
) -> Curves:
    """Return light curves as a survey has them.

    Parameters
    ----------
    survey
        How it sees.
    each
        Light curves of each kind.
    rng
        Source of the random numbers.
    kinds
        Which kinds.
    snr
        Peak over median noise, drawn evenly in the logarithm; by default from just below what is
        found to `BRIGHTEST`.
    epochs
        Images of a light curve, drawn evenly in the logarithm; by default from `SHORTEST` to all.

    Returns
    -------
    Curves
        All of which the survey found in one image at least.
    """
    n_images = len(survey.rms)
    fewest, most = epochs or (min(SHORTEST, n_images), n_images)
    low, high = snr or (0.8 * float(np.median(survey.threshold)), BRIGHTEST)
    points: list[tuple[NDArray[np.float64], ...]] = []
    names = []
    around = []
    for kind in kinds:
        for _ in range(each):
            while True:
                n = int(np.exp(rng.uniform(np.log(fewest), np.log(most + 1))))
                start = int(rng.integers(n_images - n + 1))
                seen = _seen(survey.part(slice(start, start + n)), kind, rng, low, high)
                if seen is not None:
                    break
            points.append(seen[:4])
            names.append(kind)
            around.append(_surroundings(kind, seen[4], rng))
    sizes = [len(seen[0]) for seen in points]
    days, flux, flux_err, detected = (np.concatenate(part) for part in zip(*points, strict=True))
    return Curves(
        np.repeat(np.arange(len(points)), sizes),
        days,
        flux,
        flux_err,
        detected.astype(bool),
        np.array(names),
        np.array(around),
        np.array([(seen[1] / seen[2]).max() for seen in points]),
    )


def classes_of(kinds: NDArray[np.str_]) -> NDArray[np.str_]:
    """Return the names of the classes of kinds, as labels have them."""
    return np.array([CLASS_OF.get(kind, kind) for kind in kinds.tolist()])


def _seen(
    survey: Survey, kind: str, rng: np.random.Generator, low: float, high: float
) -> tuple[NDArray[np.float64], ...] | None:
    """Return what a survey has of a source, if it has any.

    That is days, fluxes, errors, detections, and the de Ruiter radii of the latter.
    """
    images = survey.images
    peak = float(np.median(survey.rms)) * float(np.exp(rng.uniform(np.log(low), np.log(high))))
    parameters = draw_parameters(kind, rng, images) | {"peak_flux": peak}
    gain = np.exp(rng.uniform(*survey.scatter) * rng.standard_normal(len(survey.rms)))
    flux = gain * light_curve(kind, parameters, images)
    flux = flux + survey.rms * rng.standard_normal(len(survey.rms))
    found = flux > survey.threshold * survey.rms
    radius = _de_ruiter(kind, parameters, images, flux / survey.rms, rng)
    found &= radius < DE_RUITER
    if not found.any():
        return None
    kept = _kept(found, survey.backfill, survey.expiry)
    days = (images.start[kept] - images.start[0]) / DAY
    return days, flux[kept], survey.rms[kept], found[kept].astype(float), radius[found]


def _kept(found: NDArray[np.bool_], backfill: int, expiry: int) -> NDArray[np.intp]:
    """Return the images of which there are points."""
    first = int(found.argmax())
    kept = list(range(max(0, first - backfill), first))
    without = 0
    for number in range(first, len(found)):
        without = 0 if found[number] else without + 1
        if without <= expiry:
            kept.append(number)
    return np.array(kept, dtype=np.intp)


def _de_ruiter(
    kind: str,
    parameters: Parameters,
    images: Images,
    snr: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return how many errors a detection in each image lies from the place, if there is one.

    Infinite beyond `BEAMS`. The error of a position is the beam's sigma over S/N, as that of a
    matched filter in white noise (Condon 1997, PASP 109, 166, equation 21).
    """
    middle = images.start + images.duration / 2
    east, north = displacement(kind, parameters, images.start, middle)
    error = images.beam / FWHM_PER_SIGMA / np.maximum(snr, 1)
    scatter = rng.standard_normal((2, len(snr)))
    radius = np.hypot(east / error + scatter[0], north / error + scatter[1])
    return np.where(np.hypot(east, north) < BEAMS * images.beam, radius, np.inf)


def _surroundings(kind: str, radius: NDArray[np.float64], rng: np.random.Generator) -> list[float]:
    """Return the features of `SURROUNDINGS` of a source."""
    found = [float(np.sqrt(np.mean(radius**2) / 2))]
    for feature in SURROUNDINGS[1:]:
        is_there = rng.random() < (OFTEN if FLAGGED[feature] == kind else SELDOM)
        found.append(float(rng.uniform(0.5, 1)) if is_there else 0.0)
    return found
