"""Within what bounds parameters of light curves mean something, and can be computed with."""

from trapdb.simulate.errors import require
from trapdb.simulate.light_curves.kind import Parameters

_LONG = 1e12  # s, 30,000 years

# Beyond these a curve is no number, is everywhere the same, or takes for ever.
BOUNDS = {
    "frequency": (1.0, 1e15),
    "spectral_index": (-10.0, 10.0),
    "seed": (0.0, 2.0**53),
    "circular": (-1.0, 1.0),
    "start": (-_LONG, _LONG),
    "timescale": (1e-6, _LONG),
    "quiescent": (0.0, 1.0),
    "recurrence": (1e-6, _LONG),
    "electron_index": (1.0, 10.0),
    "lens_strength": (0.0, 1000.0),
    "source_size": (1e-3, 1000.0),
    "modulation": (0.0, 10.0),
    "rotation": (1e-6, _LONG),
    "duty": (1e-4, 1.0),
    "scatter": (0.0, 10.0),
    "active": (0.0, 1.0),
    "depth": (0.0, 1.0),
    "companion": (0.0, 1e6),
    "share": (0.0, 1.0),
    "factor": (1e-6, 1e6),
    "jump": (-180.0, 180.0),
    "rate": (-1e6, 1e6),
    "before": (-1e6, 1e6),
    "after": (-1e6, 1e6),
}


def require_bounds(kind: str, parameters: Parameters) -> None:
    """Refuse parameters with which no light curve can be computed.

    Raises
    ------
    SimulationError
        One lies beyond its bounds, or is no number.
    """
    for name, (low, high) in BOUNDS.items():
        if name == "timescale" and kind == "step":  # it is what is left of the time
            low = 0.0
        if name in ("before", "after") and kind == "step":  # shares of the peak
            low = 0.0
        value = parameters.get(name, low)
        require(low <= value <= high, f"{name} is {value:g}: give {low:g} to {high:g}")
