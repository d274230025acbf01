"""Sources to inject, with their light curves, from a table."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from trapdb.errors import InputError
from trapdb.injecting.field import Plane, Times
from trapdb.injecting.truth import TABLE, Source
from trapdb.monitoring.epochs import read_time
from trapdb.simulate.errors import SimulationError
from trapdb.simulate.light_curves import KINDS, Images, draw_parameters, require_bounds

_MOST_ROWS = 1_000_000
_UNITS = {"ra": "deg", "dec": "deg", "peak_flux": "Jy / beam", "timescale": "s", "start": "s"}
_NEEDED = ("ra", "dec", "peak_flux")


def read_sources(path: Path, planes: Sequence[Plane], seed: int) -> list[Source]:
    """Read sources from a table, CSV or ECSV.

    With a column `time` each row is a point of a light curve: `source`, `ra`, `dec`, `time`,
    `peak_flux`. Without it each row is a source: `kind`, `ra`, `dec`, `peak_flux` and parameters
    of its kind, of which those that are not given are drawn.

    Parameters
    ----------
    path : Path
        Times are UTC as ISO 8601 has it, or s since the first image; fluxes are Jy/beam, or of the
        unit that the table states.
    planes : sequence of Plane
        The images.
    seed : int
        For what is drawn.

    Raises
    ------
    InputError
        It cannot be read, or says something that makes no sense: which row, and what.
    """
    table = _read(path)
    lacking = [name for name in _NEEDED if name not in table.colnames]
    other = "source" if "time" in table.colnames else "kind"
    lacking += [other] if other not in table.colnames else []
    if lacking:
        raise InputError(f"{path}: there is no column {' and no '.join(lacking)}")
    if not 0 < len(table) <= _MOST_ROWS:
        raise InputError(f"{path}: {len(table)} rows; give 1 to {_MOST_ROWS}")
    values = {name: _column(table, name, path) for name in table.colnames}
    _check_places(values, path)
    if any(plane.stokes == "I" for plane in planes):
        _check_fluxes(values["peak_flux"], path)
    if other == "source":
        return _light_curves(values, planes[0].taken_at, path)
    return _kinds(values, planes, seed, path)


def _read(path: Path) -> Any:
    from astropy.table import Table

    form = "ascii.ecsv" if path.suffix.lower() == ".ecsv" else "ascii.csv"
    try:
        return Table.read(path, format=form)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except Exception as error:
        told = " ".join(str(error).split())
        raise InputError(f"{path}: not a table that can be read: {told[:200]}") from error


def _column(table: Any, name: str, path: Path) -> list[Any]:
    """Return a column as plain values, None for what is not given, in trapdb's unit."""
    from astropy import units as u

    column = table[name]
    if name in _UNITS and column.unit is not None:
        try:
            column = column.copy()
            factor = u.Unit(column.unit).to(_UNITS[name])
        except (u.UnitConversionError, ValueError, TypeError) as error:
            told = f"column {name} is in {column.unit}; give {_UNITS[name]}"
            raise InputError(f"{path}: {told}") from error
        return [None if one is None else one * factor for one in column.tolist()]
    return [None if one == "" else one for one in column.tolist()]


def _check_places(values: dict[str, list[Any]], path: Path) -> None:
    for row, (ra, dec, flux) in enumerate(
        zip(values["ra"], values["dec"], values["peak_flux"], strict=True), 1
    ):
        number = all(isinstance(one, int | float) and math.isfinite(one) for one in (ra, dec, flux))
        if not number or not (0 <= ra < 360 and -90 <= dec <= 90):
            raise InputError(
                f"{path}, row {row}: ra {ra}, dec {dec}, peak_flux {flux}: give 0 to below 360 "
                "deg, -90 to 90 deg, and a flux in Jy/beam"
            )


def _check_fluxes(fluxes: Sequence[Any], path: Path) -> None:
    """Refuse what no image of Stokes I can show; in V the sign is that of `circular`."""
    for row, flux in enumerate(fluxes, 1):
        if flux < 0:
            raise InputError(
                f"{path}, row {row}: peak_flux {flux}: in images of Stokes I nothing is negative"
            )


def _seconds(value: Any, first: datetime, path: Path, row: int) -> float:
    """Return s since the first image."""
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        try:
            return (read_time(str(value)) - first) / timedelta(seconds=1)
        except ValueError:
            seconds = math.nan
    if not math.isfinite(seconds):
        raise InputError(
            f"{path}, row {row}: {value!r} is no time: give one like 2026-03-01T12:00:00, or s "
            "since the first image"
        )
    return seconds


def _light_curves(values: dict[str, list[Any]], first: datetime, path: Path) -> list[Source]:
    points: dict[Any, list[tuple[float, float]]] = {}
    places: dict[Any, tuple[float, float]] = {}
    for row, name in enumerate(values["source"], 1):
        ra, dec, flux = (float(values[key][row - 1]) for key in _NEEDED)
        if places.setdefault(name, (ra, dec)) != (ra, dec):
            raise InputError(f"{path}, row {row}: source {name} is at another place than before")
        time = _seconds(values["time"][row - 1], first, path, row)
        if points.get(name) and points[name][-1][0] >= time:
            raise InputError(f"{path}, row {row}: source {name}: its times do not rise")
        points.setdefault(name, []).append((time, flux))
    sources = []
    for number, (name, curve) in enumerate(points.items(), 1):
        times, fluxes = (list(one) for one in zip(*curve, strict=True))
        parameters = {"name": str(name), "times": times, "fluxes": fluxes}
        sources.append(Source(number, TABLE, *places[name], parameters))
    return sources


def _kinds(
    values: dict[str, list[Any]], planes: Sequence[Plane], seed: int, path: Path
) -> list[Source]:
    times = Times.of(planes)
    beam = float(np.median([plane.beam.major for plane in planes]))
    images = Images.of(times.start, times.duration, times.frequency, beam)
    sources = []
    for row, kind in enumerate(values["kind"], 1):
        if kind not in KINDS:
            raise InputError(f"{path}, row {row}: no kind {kind!r}: give {', '.join(KINDS)}")
        rng = np.random.default_rng([seed, row])
        parameters = draw_parameters(kind, rng, images)
        for name, column in values.items():
            value = column[row - 1]
            if value is None or name in ("kind", "ra", "dec"):
                continue
            if name == "start":
                value = _seconds(value, times.first, path, row)
            known = name in parameters or name == "timescale"
            if not known or not isinstance(value, int | float) or not math.isfinite(value):
                if not known and any(name in _parameters(one, images) for one in KINDS):
                    continue  # it is one of another kind
                raise InputError(f"{path}, row {row}: {name} = {value!r} says nothing of {kind}")
            parameters[name] = float(value)
        if not parameters.get("timescale", 1) > 0:
            raise InputError(f"{path}, row {row}: timescale is not above 0 s")
        try:
            require_bounds(kind, parameters)
        except SimulationError as error:
            raise InputError(f"{path}, row {row}: {error}") from error
        place = float(values["ra"][row - 1]), float(values["dec"][row - 1])
        sources.append(Source(row, kind, *place, parameters))
    return sources


def _parameters(kind: str, images: Images) -> set[str]:
    return set(draw_parameters(kind, np.random.default_rng(0), images))
