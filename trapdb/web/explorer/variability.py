"""The eta-V plane of a data set: how densely it is filled, and its points where they are few."""

import math
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from trapdb.web.explorer import kept
from trapdb.web.explorer.reading import columns, dataset_of, rows
from trapdb.web.explorer.replies import in_data, on_page, page
from trapdb.web.faults import Refused
from trapdb.web.requests import Parameters, parameters_of, service_of

# Bounds of the whole plane, in logarithms to base 10, and cells of a twentieth of a decade. What
# lies beyond is of two measurements that agree by chance.
_WHOLE = {"eta": (-6.0, 9.0), "v": (-6.0, 3.0)}
_CELL = 0.05
# columns and rows of cells in a part of it
_CELLS = {"eta": 160, "v": 120}
_POINTS = 3000
_STOKES = ("I", "Q", "U", "V")


@dataclass(frozen=True)
class _Asked:
    """What of the plane a request asks for: the bounds are logarithms to base 10."""

    band_id: int
    stokes: str
    peak: bool
    eta: tuple[float, float]
    v: tuple[float, float]

    def parameters(self) -> dict[str, object]:
        """Return the parameters of the statements."""
        return {
            "band_id": self.band_id,
            "stokes": self.stokes,
            "peak": self.peak,
            "eta_low": self.eta[0],
            "eta_high": self.eta[1],
            "v_low": self.v[0],
            "v_high": self.v[1],
        }


@on_page
async def variability(request: Request) -> Response:
    """Show the page; all that is chosen in it is in its address, for its script."""
    async with service_of(request).reading() as conn:
        dataset = await dataset_of(request, conn)
        bands = await rows(conn, "bands", dataset_id=dataset.dataset_id)
        figures = await rows(conn, "figures")
    return page(request, "variability.html", dataset=dataset, bands=bands, figures=figures)


@in_data
async def plane(request: Request) -> Response:
    """Answer with the density of a part of the plane: its bounds, and the cells that are filled."""
    asked = _asked(await parameters_of(request))
    sizes = {
        name: _CELLS[name]
        if getattr(asked, name) != _WHOLE[name]
        else round((_WHOLE[name][1] - _WHOLE[name][0]) / _CELL)
        for name in ("eta", "v")
    }

    async def found(conn: Any, dataset: Any) -> dict[str, Any]:
        cells = await rows(
            conn,
            "plane",
            dataset_id=dataset.dataset_id,
            columns=sizes["eta"],
            rows=sizes["v"],
            **asked.parameters(),
        )
        return {
            "eta": asked.eta,
            "v": asked.v,
            "columns": sizes["eta"],
            "rows": sizes["v"],
            "cells": columns(cells),
        }

    return await kept.of_dataset(request, "plane", found, asked)


@in_data
async def plane_points(request: Request) -> Response:
    """Answer with the points of a part of the plane, those beyond the thresholds first."""
    given = await parameters_of(request)
    asked = _asked(given)
    eta_from, v_from = (given.number(name) or 0.0 for name in ("ETA_FROM", "V_FROM"))
    figure = given.one("COLOR")
    async with service_of(request).reading() as conn:
        known = {one.column_name for one in await rows(conn, "figures") if not one.is_text}
    if figure is not None and figure not in known - {"monitored"}:
        raise Refused(f"there is no column {figure[:80]!r} to colour by")

    async def found(conn: Any, dataset: Any) -> dict[str, Any]:
        points = await rows(
            conn,
            "plane_points",
            dataset_id=dataset.dataset_id,
            eta_from=eta_from,
            v_from=v_from,
            figure=figure,
            most=_POINTS,
            **asked.parameters(),
        )
        return {"points": columns(points), "cut_off": len(points) == _POINTS}

    return await kept.of_dataset(request, "plane_points", found, asked, eta_from, v_from, figure)


@in_data
async def usual(request: Request) -> Response:
    """Answer with what is usual in each band: means and widths of log10 eta and log10 V."""
    peak = _is_peak(await parameters_of(request))

    async def found(conn: Any, dataset: Any) -> list[Any]:
        return await rows(conn, "usual", dataset_id=dataset.dataset_id, peak=peak)

    return await kept.of_dataset(request, "usual", found, peak)


def _asked(given: Parameters) -> _Asked:
    stokes = given.required("STOKES")
    if stokes not in _STOKES:
        raise Refused(f"stokes={stokes[:40]!r}: expected one of {', '.join(_STOKES)}")
    band_id = given.count("BAND")
    if band_id is None:
        raise Refused("parameter band is missing")
    return _Asked(band_id, stokes, _is_peak(given), _bounds(given, "eta"), _bounds(given, "v"))


def _is_peak(given: Parameters) -> bool:
    flux = given.one("FLUX") or "int"
    if flux not in ("int", "peak"):
        raise Refused(f"flux={flux[:40]!r}: expected int or peak")
    return flux == "peak"


def _bounds(given: Parameters, name: str) -> tuple[float, float]:
    """Return the bounds of the part in eta or V, ``eta=low,high``, as logarithms.

    Raises
    ------
    Refused
        They are no two numbers above 0, in their order.
    """
    value = given.one(name.upper())
    if value is None:
        return _WHOLE[name]
    try:
        low, high = (math.log10(float(part)) for part in value.split(","))
    except (ValueError, OverflowError):
        low = high = math.nan
    if not (-100 < low < high < 100):
        raise Refused(f"{name}={value[:40]!r}: expected two numbers above 0, the lower one first")
    return low, high
