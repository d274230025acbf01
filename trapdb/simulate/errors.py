"""Errors of a request for a simulation."""

from math import inf

from trapdb.errors import TrapdbError


class SimulationError(TrapdbError):
    """A simulation that cannot be made, or read, as asked."""


def require(condition: bool, complaint: str) -> None:
    """Raise SimulationError with the complaint unless the condition holds."""
    if not condition:
        raise SimulationError(complaint)


def require_positive(**values: float) -> None:
    """Raise SimulationError for the first value that is not a finite number above 0."""
    for name, value in values.items():
        require(0 < value < inf, f"{name} is {value}: give a number above 0")
