"""What a kind of light curve is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trapdb.simulate.errors import require

Array = NDArray[np.float64]
Parameters = Mapping[str, float]


@dataclass(frozen=True)
class Images:
    """When, how long and at which frequencies a place is observed.

    Attributes
    ----------
    start : ndarray, shape (n,)
        Start of each image, s since any moment, the same for all that is compared.
    duration : ndarray, shape (n,)
        How long it integrates, s; 0 for an instant.
    frequency : ndarray, shape (n,)
        Hz.
    beam : float
        FWHM of the beam, deg, about.
    """

    start: Array
    duration: Array
    frequency: Array
    beam: float = 1 / 180

    @classmethod
    def of(
        cls, start: ArrayLike, duration: ArrayLike, frequency: ArrayLike, beam: float = 1 / 180
    ) -> "Images":
        """Make it of anything that numpy takes for n numbers, or one for all.

        Raises
        ------
        SimulationError
            A time, duration or frequency that is none.
        """
        given = (np.atleast_1d(np.asarray(one, float)) for one in (start, duration, frequency))
        arrays = np.broadcast_arrays(*given)
        require(bool(np.isfinite(arrays[0]).all()), "a time is not a number: give seconds")
        require(
            bool((np.isfinite(arrays[1]) & (arrays[1] >= 0)).all()),
            "a duration is not 0 or more: give seconds",
        )
        require(
            bool((np.isfinite(arrays[2]) & (arrays[2] > 0)).all()),
            "a frequency is not above 0: give Hz",
        )
        require(0 < beam < np.inf, f"the beam is {beam}: give degrees above 0")
        return cls(arrays[0], arrays[1], arrays[2], beam)

    @property
    def span(self) -> tuple[float, float]:
        """From the start of the first image to the end of the last, s."""
        return float(self.start.min()), float((self.start + self.duration).max())


# Of the times at which it is asked, and frequencies that broadcast with these.
Flux = Callable[[Array, Array, Parameters], Array]


@dataclass(frozen=True)
class Kind:
    """A kind of light curve.

    Attributes
    ----------
    draw : callable
        From a random generator, `Images`, and the range of timescales (s) to the parameters that
        it has of its own, `start` and `timescale` among them.
    flux : callable
        From times (s), frequencies (Hz) and parameters to flux densities, in peak fluxes.
    fluence : callable, optional
        An antiderivative of it over time, s, where there is a closed form: images are then
        integrated exactly, and otherwise by the mean of many moments.
    offset : callable, optional
        From starts of images, moments within them (both s, of shapes that broadcast) and
        parameters to how far east and north of its place it is then, deg.
    is_of_images : bool, default False
        It is something of each image as a whole: `flux` is asked for the starts of images.
    spectral_index : (float, float)
        Mean and standard deviation of what is drawn.
    longest : float
        Timescales are drawn up to this part of the time that is observed, unless others are asked
        for: longer ones would not show what it is.
    """

    draw: Callable[[np.random.Generator, Images, tuple[float, float]], dict[str, float]]
    flux: Flux
    fluence: Flux | None = None
    offset: Callable[[Array, Array, Parameters], tuple[Array, Array]] | None = None
    is_of_images: bool = False
    spectral_index: tuple[float, float] = (-0.7, 0.3)
    longest: float = 0.4


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a number of which the logarithm is evenly distributed."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def draw_start(rng: np.random.Generator, images: Images, timescale: float) -> float:
    """Draw when something of a length (s) begins, such that some image sees a part of it."""
    image = rng.integers(len(images.start))
    return float(images.start[image] + rng.uniform(-0.9 * timescale, 0.9 * images.duration[image]))
