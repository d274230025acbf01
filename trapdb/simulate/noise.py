"""Noise as interferometers have it: correlated over about a beam."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from trapdb.simulate.ellipse import gaussian
from trapdb.simulate.field import Field


def noise_filter(field: Field) -> NDArray[np.float32]:
    """Return the factors that turn the spectrum of white noise into that of the image's noise.

    Parameters
    ----------
    field : Field
        Gives size, beam, rms and the kind of noise.

    Returns
    -------
    ndarray, shape (n, n // 2 + 1)
        Factors for a real FFT of n x n pixels; n exceeds the image by more than the reach of the
        autocorrelation, so that opposite edges of the image are independent.
    """
    width = field.beam_covariance * (1 if field.noise == "psf" else 2)
    reach = int(np.ceil(6 * np.sqrt(width.diagonal().max())))
    n = fft.next_fast_len(field.size + reach, real=True)
    offset = fft.fftfreq(n, 1 / n)
    # Wiener-Khinchin: the power spectrum is the transform of the autocorrelation. Taken on the
    # pixels it gives exactly this autocorrelation there, and with it exactly this variance.
    power = fft.rfft2(gaussian(offset, offset[:, None], width)).real
    return (field.rms * np.sqrt(np.clip(power, 0, None))).astype(np.float32)


def draw_noise(
    rng: np.random.Generator, size: int, factors: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return noise of `size` x `size` pixels, shaped by factors from `noise_filter`, Jy/beam."""
    n = factors.shape[0]
    spectrum = fft.rfft2(rng.standard_normal((n, n), dtype=np.float32))
    return fft.irfft2(spectrum * factors, s=(n, n))[:size, :size]
