"""From fits in pixels to measurements on the sky."""

import numpy as np
from numpy.typing import NDArray

from extractor.fitting.fits import Fits
from extractor.fitting.measurements import Measurements
from extractor.fitting.pixel_sets import Sampler
from extractor.flags import Flag
from extractor.geometry import sky
from extractor.geometry.ellipses import axes, deconvolve, transformed
from extractor.image.footprint import Footprint
from extractor.image.plane import Beam

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

SYSTEMATIC_SHARE_OF_BEAM = 0.1
# A source that was found is not made out by a fit that leaves its peak less sure than this.
MIN_PEAK_OVER_ERROR = 2.0


def measurements_on_sky(
    sampler: Sampler,
    footprint: Footprint,
    fits: Fits,
    systematic_error: float | tuple[float, float] | None,
    *,
    given_position: bool,
) -> Measurements:
    """Turn fits into measurements.

    Parameters
    ----------
    sampler, footprint
        Of the image.
    fits : Fits
        Flags that follow from position and errors are added to theirs.
    systematic_error : float, pair of float or None
        See `extractor.extract`.
    given_position : bool
        Whether the positions were not fitted and have the systematic error only: unknown where
        that is 0. They then do not decide what is usable.
    """
    image, errors = sampler.background.image, fits.errors
    ra, dec, scale = sky.local_frame(image.wcs, fits.x, fits.y)
    level, rms = sampler.background.at(fits.x, fits.y)
    shape_on_sky = transformed(sampler.frames(fits.x, fits.y).in_pixels(fits.shape), scale)
    major, minor, pa = axes(shape_on_sky)
    beam_on_sky = transformed(image.beam_px_at(fits.x, fits.y), scale)
    deconvolved = deconvolve(shape_on_sky, beam_on_sky)
    ra_err, dec_err = (
        np.full(len(ra), systematic or np.nan) if given_position else np.hypot(error, systematic)
        for error, systematic in zip(
            (errors.ra, errors.dec), systematic_errors(systematic_error, image.beam), strict=True
        )
    )
    positions = {"ra": ra, "dec": dec, "ra_err": ra_err, "dec_err": dec_err}
    fluxes = {
        "peak_flux": fits.peak * rms,
        "peak_flux_err": errors.peak * rms,
        "peak_flux_raw": fits.fitted_peak * rms,
        "int_flux": fits.integrated * rms,
        "int_flux_err": errors.integrated * rms,
    }
    deciding = fluxes if given_position else positions | fluxes
    good_errors = _are_good([deciding[name] for name in deciding if name.endswith("err")])
    usable = good_errors & np.logical_and.reduce([np.isfinite(v) for v in deciding.values()])
    flags = _flags(sampler, footprint, fits, ra, dec)
    flags[~good_errors] |= int(Flag.BAD_ERROR)
    if not given_position:
        # A wing beside blank pixels, say, holds a Gaussian of nearly any height.
        vague = ~(fits.peak > MIN_PEAK_OVER_ERROR * errors.peak)
        usable &= ~vague
        flags[vague] |= int(Flag.FIT_FAILED)
        usable &= (flags & Flag.BLANK) == 0
    return Measurements(
        **positions,
        **fluxes,
        ra_fit_err=errors.ra,
        dec_fit_err=errors.dec,
        snr=fits.peak,
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
        chi2=fits.chi2,
        x=fits.x,
        y=fits.y,
        island=fits.island.astype(np.int64),
        flags=flags,
        usable=usable,
    )


def _are_good(errors: list[Array]) -> Mask:
    """Whether all errors of a source are positive and finite."""
    return np.logical_and.reduce([(error > 0) & (error < np.inf) for error in errors])


def _flags(
    sampler: Sampler, footprint: Footprint, fits: Fits, ra: Array, dec: Array
) -> NDArray[np.int64]:
    """Add the flags that follow from where the fits are."""
    background = sampler.background
    flags = fits.flags.astype(np.int64)
    near_border = footprint.depth(ra, dec) < background.image.beam.major / 2
    beside_blank = sampler.touches_blank(fits.x, fits.y, fits.shape)
    flags[near_border | beside_blank] |= int(Flag.EDGE)
    # Of an island that blank pixels cut and no Gaussian fits, the moments are those of a piece.
    no_fit = (flags & Flag.FIT_FAILED > 0) & (flags & Flag.MOMENTS > 0)
    flags[no_fit & beside_blank] |= int(Flag.BLANK)
    doubtful = ~background.is_known(fits.x, fits.y) | np.isnan(background.noise_correlation)
    flags[doubtful] |= int(Flag.DOUBTFUL_NOISE)
    return flags


def systematic_errors(given: float | tuple[float, float] | None, beam: Beam) -> tuple[float, float]:
    """Return the systematic position errors in right ascension and declination, deg on the sky."""
    if given is None:
        given = SYSTEMATIC_SHARE_OF_BEAM * beam.major
    in_ra, in_dec = np.broadcast_to(given, 2)
    return float(in_ra), float(in_dec)
