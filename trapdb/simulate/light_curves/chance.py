"""Random numbers that belong to a number: the same whatever else is asked for."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def uniform(seed: float, numbers: ArrayLike) -> NDArray[np.float64]:
    """Return a random number above 0 and below 1 for each whole number.

    By SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195).

    Parameters
    ----------
    seed
        A whole number; another one makes others.
    numbers : array_like of int
    """
    with np.errstate(over="ignore"):
        start = _mixed(np.asarray(int(seed), np.int64).astype(np.uint64) + _GOLDEN)
        drawn = _mixed(start + np.asarray(numbers, np.int64).astype(np.uint64) * _GOLDEN)
    return (np.asarray(drawn >> np.uint64(11), float) + 0.5) / 2.0**53


def normal(seed: float, numbers: ArrayLike) -> NDArray[np.float64]:
    """Return a number of the standard normal distribution for each whole number."""
    return ndtri(uniform(seed, numbers))


def moment(times: ArrayLike) -> NDArray[np.int64]:
    """Return the microsecond of each time (s): a number that images of one time step share."""
    return np.rint(np.asarray(times) * 1e6).astype(np.int64)


def _mixed(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
