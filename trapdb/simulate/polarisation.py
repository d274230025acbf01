"""How sources are polarised, and how much of Stokes I leaks into the images of Q, U and V."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trapdb.simulate.errors import require
from trapdb.simulate.field import Field
from trapdb.simulate.population import Sky

_CIRCULAR = (0.05, 0.6)  # of I, of either sign
_LINEAR = (0.05, 0.6)  # of I, at any angle


@dataclass(frozen=True)
class Polarisation:
    """Which sources are polarised, and the leakage of the instrument.

    Attributes
    ----------
    polarised : int, default 0
        So many of the steady sources are polarised, the first ones: circularly by 0.05 to 0.6 of
        I, of either sign, and linearly by as much, at any angle. The others are not at all.
    leakage : float, default 0
        Share of Stokes I that images of Q, U and V show beside: about so much, of either sign, and
        another one at each place, as a squint and a squash of the beams make it.
    """

    polarised: int = 0
    leakage: float = 0.0

    def __post_init__(self) -> None:
        """Raise SimulationError if nothing can be polarised so."""
        require(self.polarised >= 0, f"polarised is {self.polarised}: give 0 or more sources")
        require(0 <= self.leakage < 1, f"leakage is {self.leakage}: give 0 to below 1")

    def shares(
        self, rng: np.random.Generator, sky: Sky, field: Field
    ) -> dict[str, NDArray[np.float64]]:
        """Return what images of each Stokes parameter show of each source, over its I.

        Returns
        -------
        dict of str to ndarray, shape (n,)
            By I, Q, U and V.

        Raises
        ------
        SimulationError
            There are fewer steady sources than polarised ones.
        """
        steady = np.flatnonzero(sky.kind == "steady")
        require(
            self.polarised <= steady.size,
            f"polarised is {self.polarised}: there are {steady.size} steady sources",
        )
        chosen = steady[: self.polarised]
        circular = rng.uniform(*_CIRCULAR, self.polarised) * rng.choice([-1, 1], self.polarised)
        linear, angle = rng.uniform(*_LINEAR, self.polarised), rng.uniform(0, np.pi, self.polarised)
        shares = {"I": np.ones(len(sky))}
        parts = {"Q": linear * np.cos(2 * angle), "U": linear * np.sin(2 * angle), "V": circular}
        for number, (stokes, part) in enumerate(parts.items()):
            shares[stokes] = self.leakage * _pattern(sky, field, number)
            shares[stokes][chosen] += part
        return shares


def _pattern(sky: Sky, field: Field, number: int) -> NDArray[np.float64]:
    """Leakage at the sources over the usual one: smooth, but no polynomial."""
    half = field.size / 2
    u, v = np.roll([sky.x / half - 1, sky.y / half - 1], number, axis=0)
    squint = np.tanh(1.5 * (u if number % 2 else -u))
    squash = (u * u - v * v) * np.exp(-(u * u + v * v) / 4)
    return np.asarray(0.3 + 0.8 * squint + 0.8 * squash)
