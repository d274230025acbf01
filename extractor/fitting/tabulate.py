"""From fits in pixels to measurements on the sky."""

import numpy as np
from numpy.typing import NDArray

from extractor.fitting.covariance import Errors
from extractor.fitting.measurements import Measurements
from extractor.fitting.pixel_sets import Sampler
from extractor.flags import Flag
from extractor.geometry import sky
from extractor.geometry.ellipses import axes, deconvolve, transformed
from extractor.image.footprint import Footprint
from extractor.image.plane import Beam

Array = NDArray[np.float64]

SYSTEMATIC_SHARE_OF_BEAM = 0.1
# A source that was found is not made out by a fit that leaves its peak less sure than this.
MIN_PEAK_OVER_ERROR = 2.0


def tabulate(
    sampler: Sampler,
    footprint: Footprint,
    *,
    x: Array,
    y: Array,
    fitted_peak: Array,
    peak: Array,
    integrated: Array,
    shape: Array,
    chi2: Array,
    island: NDArray[np.intp],
    flags: NDArray[np.int64],
    errors: Errors,
    systematic_error: float | tuple[float, float] | None,
    given_position: bool,
) -> Measurements:
    """Turn fits into measurements.

    Parameters
    ----------
    sampler, footprint
        Of the image.
    x, y : ndarray, shape (N,)
        Positions, pixels.
    fitted_peak, peak, integrated : ndarray, shape (N,)
        Peak of the Gaussian, and peak and integrated flux to be quoted: in units of the local
        noise, the last one times the area of the beam.
    shape : ndarray, shape (N, 2, 2)
        Shape matrices in beam coordinates.
    chi2, island, flags
        As in `Measurements`; flags that follow from position and errors are added.
    errors : Errors
    systematic_error : float, pair of float or None
        See `extractor.extract`.
    given_position : bool
        Whether the positions were not fitted and have the systematic error only.
    """
    image = sampler.background.image
    ra, dec, scale = sky.local_frame(image.wcs, x, y)
    level, rms = sampler.background.at(x, y)
    on_sky = transformed(transformed(shape, sampler.to_pixels), scale)
    beam_on_sky = transformed(image.beam_px, scale)
    major, minor, pa = axes(on_sky)
    deconvolved = deconvolve(on_sky, beam_on_sky)
    ra_err, dec_err = (
        np.full(len(x), systematic) if given_position else np.hypot(error, systematic)
        for error, systematic in zip(
            (errors.ra, errors.dec), systematic_errors(systematic_error, image.beam), strict=True
        )
    )
    figures = {
        "ra": ra,
        "dec": dec,
        "ra_err": ra_err,
        "dec_err": dec_err,
        "peak_flux": peak * rms,
        "peak_flux_err": errors.peak * rms,
        "peak_flux_raw": fitted_peak * rms,
        "int_flux": integrated * rms,
        "int_flux_err": errors.integrated * rms,
    }
    good_errors = np.logical_and.reduce(
        [(figures[name] > 0) & (figures[name] < np.inf) for name in figures if name.endswith("err")]
    )
    usable = good_errors & np.logical_and.reduce([np.isfinite(v) for v in figures.values()])
    flags = flags.astype(np.int64)
    if not given_position:
        # A wing beside blank pixels, say, holds a Gaussian of nearly any height.
        vague = ~(peak > MIN_PEAK_OVER_ERROR * errors.peak)
        usable &= ~vague
        flags[vague] |= int(Flag.FIT_FAILED)
    near_border = footprint.depth(ra, dec) < image.beam.major / 2
    flags[near_border | sampler.touches_blank(x, y, shape)] |= int(Flag.EDGE)
    doubtful = ~sampler.background.is_known(x, y) | np.isnan(sampler.background.noise_correlation)
    flags[doubtful] |= int(Flag.DOUBTFUL_NOISE)
    flags[~good_errors] |= int(Flag.BAD_ERROR)
    return Measurements(
        **figures,
        ra_fit_err=errors.ra,
        dec_fit_err=errors.dec,
        snr=peak,
        local_rms=rms,
        background=level,
        major=major,
        minor=minor,
        pa=pa,
        major_err=errors.major,
        minor_err=errors.minor,
        pa_err=errors.pa,
        deconvolved_major=deconvolved[0],
        deconvolved_minor=deconvolved[1],
        deconvolved_pa=deconvolved[2],
        deconvolved_major_err=errors.deconvolved_major,
        deconvolved_minor_err=errors.deconvolved_minor,
        deconvolved_pa_err=errors.deconvolved_pa,
        chi2=chi2,
        x=x,
        y=y,
        island=island.astype(np.int64),
        flags=flags,
        usable=usable,
    )


def systematic_errors(given: float | tuple[float, float] | None, beam: Beam) -> tuple[float, float]:
    """Give the systematic position error in right ascension and in declination, deg on the sky."""
    if given is None:
        given = SYSTEMATIC_SHARE_OF_BEAM * beam.major
    in_ra, in_dec = np.broadcast_to(given, 2)
    return float(in_ra), float(in_dec)
