"""Find and measure the sources of an image."""

import math

import numpy as np

from extractor import gaussian
from extractor.background import Background
from extractor.blends import covariances, measure
from extractor.covariance import errors
from extractor.errors import ExtractorError
from extractor.footprint import Footprint
from extractor.image import Image
from extractor.islands import find_islands
from extractor.measurements import Measurements
from extractor.pixels import Sampler
from extractor.tabulate import tabulate


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
    covariance = np.concatenate(
        [covariances(sampler, b, not force_beam).reshape(-1, 6, 6) for b in found]
    )
    order = np.lexsort((x, y, island))
    island, flags, chi2, x, y = (column[order] for column in (island, flags, chi2, x, y))
    components, covariance = components[order], covariance[order]
    shape = gaussian.shapes(components)
    snr = components[:, 0]
    table = tabulate(
        sampler,
        footprint,
        x=x,
        y=y,
        snr=snr,
        shape=shape,
        chi2=chi2,
        island=island,
        flags=flags,
        errors=errors(covariance, components, sampler.transform(x, y)),
        systematic_error=systematic_error,
        given_position=False,
    )
    return table.select(footprint.depth(table.ra, table.dec) >= 0)
