"""An event and its light curve, as JSON tells of them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from trapdb.response.assignment import Assignment
from trapdb.response.package import plain

# Columns of trap.lightcurve that are told.
TOLD = [
    *("taken_at", "freq_eff", "stokes", "kind", "usable", "int_flux", "int_flux_err"),
    *("peak_flux", "peak_flux_err", "snr", "local_rms"),
]


def described(assignment: Assignment, points: Sequence[Any]) -> dict[str, Any]:
    """Return what is told of an event: itself, the package, and the light curve.

    Parameters
    ----------
    assignment
        The task for which it is told.
    points
        Rows of ``trap.lightcurve``; in the units of the database, Jy, Jy/beam and Hz.
    """
    return {
        "title": assignment.title,
        "responder": assignment.responder,
        "package_id": assignment.package_id,
        "event": plain(asdict(assignment.event), "event"),
        "light_curve": [
            {name: plain(getattr(point, name), name) for name in TOLD} for point in points
        ],
    }
