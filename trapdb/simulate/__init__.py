"""Simulated fields: images of a sky that is known, and the truth about it.

They are the demonstration, the tutorial and the tests' sky. Needs neither the extractor nor a
database.
"""

from trapdb.simulate.errors import SimulationError
from trapdb.simulate.field import Field
from trapdb.simulate.observation import Observation
from trapdb.simulate.polarisation import Polarisation
from trapdb.simulate.population import Population
from trapdb.simulate.simulation import simulate
from trapdb.simulate.time_cube import TimeCube, simulate_time_cube
from trapdb.simulate.truth import Truth, read_truth

__all__ = [
    "Field",
    "Observation",
    "Polarisation",
    "Population",
    "SimulationError",
    "TimeCube",
    "Truth",
    "read_truth",
    "simulate",
    "simulate_time_cube",
]
