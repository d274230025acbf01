"""Simulated fields: images of a sky that is known, and the truth about it.

They are the demonstration, the tutorial and the tests' sky. Needs neither the extractor nor a
database.
"""

from trapdb.simulate.errors import SimulationError
from trapdb.simulate.simulation import simulate
from trapdb.simulate.truth import Truth, read_truth

__all__ = ["SimulationError", "Truth", "read_truth", "simulate"]
