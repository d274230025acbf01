"""How many peaks noise alone is expected to make in the map of the best runs.

In a plane they are those of a Gaussian field (Adler 1981, The Geometry of Random Fields, theorem
5.3.1), seen on pixels, as `trap.noise_peak_pixels` has it for single images. From plane to plane a
run of k planes shares k - 1 of them with the next one: where a level is so high that a run is above
it by chance, the next one is often, too. By how many that lowers the number of independent ones is
that of scan statistics (Siegmund & Venkatraman 1995, Ann. Stat. 23, 255). And where a run is above
it, a shorter one within is so often that it was counted already.
"""

import math
from collections.abc import Sequence

from scipy.special import ndtr

from trapdb.errors import InputError

LOWEST, HIGHEST = 3.0, 30.0
# The places of a shorter run within a longer one that count as independent, as simulated: with it,
# the number is right to a tenth from 3.5 to 5 sigma.
PLACES = 0.75


def expected_peaks(
    level: float, n_planes: int, widths: Sequence[int], elements: float, pixels: float
) -> float:
    """Return the number of peaks of noise with a pixel above a level.

    Parameters
    ----------
    level : float
        Sigma, at least 3.
    n_planes : int
    widths : sequence of int
        Lengths of the runs, planes.
    elements : float
        The area that is searched in units of the product of the axes (FWHM) of the noise's
        autocorrelation.
    pixels : float
        The same in pixels.
    """
    in_a_plane = _peaks_in_a_plane(level, elements, pixels)
    runs, shorter = 0.0, 0
    for width in sorted(widths):
        own = _independent(level, width) * (1 - _counted(level, width, shorter))
        runs += max(n_planes - width + 1, 0) * own
        shorter = width
    return in_a_plane * runs


def level_of(
    expected: float, n_planes: int, widths: Sequence[int], elements: float, pixels: float
) -> float:
    """Return the level above which so many peaks of noise are expected; see `expected_peaks`.

    Raises
    ------
    InputError
        It is below 3 sigma, or there is none.
    """
    low, high = LOWEST, HIGHEST
    if not (
        expected_peaks(high, n_planes, widths, elements, pixels)
        < expected
        < expected_peaks(low, n_planes, widths, elements, pixels)
    ):
        raise InputError(
            f"{expected:g} peaks of noise are not to be had in {n_planes} planes of "
            f"{elements:.0f} elements of resolution: give a threshold"
        )
    while high - low > 1e-4:
        middle = (low + high) / 2
        if expected_peaks(middle, n_planes, widths, elements, pixels) > expected:
            low = middle
        else:
            high = middle
    return high


def _peaks_in_a_plane(level: float, elements: float, pixels: float) -> float:
    density = 8 * math.log(2) / (2 * math.pi) ** 1.5
    peaks = elements * density * level * math.exp(-(level**2) / 2)
    curvature = 8 * math.log(2) * elements / pixels
    erf = 2 * ndtr(level * math.sqrt(curvature) / 2) - 1
    return float(peaks * 2 * math.pi * (erf / level) ** 2 / curvature)


def _independent(level: float, width: int) -> float:
    """Share of the runs that count as independent: 1 for single planes."""
    if width == 1:
        return 1.0
    x = level * math.sqrt(2 / width)
    phi = math.exp(-(x**2) / 8) / math.sqrt(2 * math.pi)
    nu = (2 / x) * (ndtr(x / 2) - 0.5) / ((x / 2) * ndtr(x / 2) + phi)
    return float(min(level**2 / width * nu, 1.0))


def _counted(level: float, width: int, shorter: int) -> float:
    """Share of the runs above a level that have a shorter one within that is above it, too.

    Above a level u, a normal deviate is u + 1 / u in the mean; one correlated to it by r is r times
    that, with a variance of 1 - r^2.
    """
    if shorter == 0:
        return 0.0
    r = math.sqrt(shorter / width)
    tail = ndtr(-(level - r * (level + 1 / level)) / math.sqrt(1 - r**2))
    return float(min(PLACES * (width - shorter + 1) * tail, 1.0))
