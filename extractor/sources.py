"""Find and measure the sources of an image."""

import math

import numpy as np
from numpy.typing import NDArray

from extractor import gaussian
from extractor.background import Background
from extractor.bias import of_integrated_flux
from extractor.blends import measure, uncertainties
from extractor.covariance import errors
from extractor.errors import ExtractorError
from extractor.footprint import Footprint
from extractor.geometry import area_ratio
from extractor.image import Image
from extractor.islands import find_islands
from extractor.measurements import Measurements
from extractor.pixels import Sampler
from extractor.tabulate import tabulate

Array = NDArray[np.float64]

# A bias that is larger, in units of the error, is not small enough for its formula.
MAX_BIAS = 0.5


def extract(
    image: Image,
    background: Background,
    footprint: Footprint,
    *,
    detection_threshold: float = 8.0,
    analysis_threshold: float = 3.0,
    systematic_error: float | None = None,
    force_beam: bool = False,
) -> Measurements:
    """Find and measure the sources of an image.

    Parameters
    ----------
    image : Image
    background : Background
    footprint : Footprint
        Only sources whose position is inside are returned.
    detection_threshold, analysis_threshold : float
        In units of the local noise: an island is the connected pixels above the second, if one of
        them is above the first.
    systematic_error : float, optional
        Position error on either axis to add in quadrature, degrees; default: a tenth of the beam's
        major axis.
    force_beam : bool
        Fit all sources with the shape of the beam.

    Returns
    -------
    Measurements
        Ordered by island, then by position (y, x).

    Raises
    ------
    ExtractorError
        Impossible thresholds.
    ImageError
        The image's beam is not a valid one.
    """
    if not 0 < analysis_threshold <= detection_threshold < math.inf:
        raise ExtractorError(
            f"detection threshold {detection_threshold} and analysis threshold "
            f"{analysis_threshold}: the first must not be lower than the second, both positive"
        )
    sampler = Sampler(background)
    islands = find_islands(background, detection_threshold, analysis_threshold)
    found = measure(sampler, islands, detection_threshold, analysis_threshold, not force_beam)
    island, flags, chi2 = (
        np.concatenate([np.repeat(getattr(b, name), b.components.shape[1]) for b in found])
        for name in ("island", "flags", "chi2")
    )
    x, y = np.concatenate([np.reshape(b.positions(sampler), (2, -1)) for b in found], axis=1)
    components = np.concatenate([b.components.reshape(-1, 6) for b in found])
    covariance, bias = (
        np.concatenate([part.reshape(-1, *part.shape[2:]) for part in parts])
        for parts in zip(*(uncertainties(sampler, b, not force_beam) for b in found), strict=True)
    )
    order = np.lexsort((x, y, island))
    island, flags, chi2, x, y = (column[order] for column in (island, flags, chi2, x, y))
    components, covariance, bias = components[order], covariance[order], bias[order]
    shape = gaussian.shapes(components)
    error = errors(covariance, components, sampler.transform(x, y))
    peak = components[:, 0]
    integrated = peak * area_ratio(shape, np.eye(2))
    table = tabulate(
        sampler,
        footprint,
        x=x,
        y=y,
        fitted_peak=peak,
        peak=peak - _known(bias[:, 0], error.peak),
        integrated=integrated
        - _known(of_integrated_flux(components, covariance, bias), error.integrated),
        shape=shape,
        chi2=chi2,
        island=island,
        flags=flags,
        errors=error,
        systematic_error=systematic_error,
        given_position=False,
    )
    return table.select(footprint.depth(table.ra, table.dec) >= 0)


def _known(bias: Array, error: Array) -> Array:
    """Take a bias for zero where an expansion to second order cannot tell it."""
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(bias) < MAX_BIAS * error, bias, 0.0)
