"""Light curves, as series in time that can be looked at."""

from base64 import b64encode
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import numpy as np
from astropy.table import QTable
from astropy.time import Time
from astropy.timeseries import TimeSeries
from numpy.typing import NDArray

from trapdb.errors import InputError

# What a picture needs, with units: a series from which some of it was taken out has none.
_DRAWN = {
    **{"freq_eff": "Hz", "int_flux": "Jy", "int_flux_err": "Jy"},
    **{"peak_flux": "Jy/beam", "peak_flux_err": "Jy/beam"},
    **dict.fromkeys(("dataset", "band_id", "stokes", "kind", "inherited", "backfilled", "usable")),
}
# Bands of two data sets are drawn as one if their frequencies differ by less than this share.
_SAME = 0.01
# Of the picture that stands for a light curve in a notebook; inches, and dots an inch.
_WIDTH, _HEIGHT, _DENSITY = 7.0, 2.2, 80


class LightCurve(TimeSeries):
    """A light curve, with columns as in view ``trap.lightcurve``.

    A `~astropy.timeseries.TimeSeries`: ``time`` is the start of the observation of each point, in
    UTC. ``meta["sources"]`` says of which sources it is.
    """

    def plot(self, flux: str = "int", figure: Any = None) -> list[Any]:
        """Draw it, a panel a band, as `trapdb plot lightcurve` does.

        Parameters
        ----------
        flux : {"int", "peak"}
            Integrated or peak flux density.
        figure : matplotlib.figure.Figure, optional
            An empty one to draw on; by default a new one of pyplot.

        Returns
        -------
        list of matplotlib.axes.Axes
            The panels.

        Raises
        ------
        InputError
            matplotlib is not installed, or there is nothing to draw.
        """
        from trapdb.plots.lightcurve import draw

        if flux not in ("int", "peak"):
            raise InputError(f"there is no flux {flux!r} to draw: expected 'int' or 'peak'")
        points = self._points()
        if not points:
            raise InputError("there is no light curve to draw: points or columns are missing")
        if figure is None:
            panels = len({(point.band_id, point.stokes) for point in points})
            figure = _pyplot().figure(figsize=(8, 1.6 + 2.2 * panels), layout="constrained")
        draw(figure, points, flux, self._title())
        return list(figure.axes)

    def _repr_html_(self) -> str:
        """Return a small picture, and the table below it."""
        table = QTable(self)._repr_html_()
        picture = self._picture()
        if picture is None:
            return table
        data = b64encode(picture).decode()
        return f'<img alt="light curve" src="data:image/png;base64,{data}"/>{table}'

    def _picture(self) -> bytes | None:
        """Return it as PNG; None if there is nothing to draw, or no matplotlib."""
        points = self._points()
        try:
            from matplotlib.figure import Figure
        except ImportError:
            return None
        if not points:
            return None
        from trapdb.plots.lightcurve import draw

        panels = len({(point.band_id, point.stokes) for point in points})
        figure = Figure(figsize=(_WIDTH, 1 + _HEIGHT * panels), layout="constrained")
        draw(figure, points, "int", self._title())
        buffer = BytesIO()
        figure.savefig(buffer, format="png", dpi=_DENSITY)
        return buffer.getvalue()

    def _title(self) -> str:
        return "; ".join(
            f"{name} in {dataset}" for dataset, _, name in self.meta.get("sources", [])
        )

    def _points(self) -> list[Any]:
        """Return the points as a picture is drawn of; none if columns are missing."""
        if not ({"time", *_DRAWN} <= set(self.colnames) and isinstance(self.time, Time)):
            return []
        columns = {"taken_at": self.time.utc.datetime}
        for name, unit in _DRAWN.items():
            values = self[name] if unit is None else self[name].to(unit)
            columns[name] = np.asarray(getattr(values, "unmasked", values))  # NaN where masked
        columns["band_id"] = _shared_bands(
            columns["dataset"], columns["band_id"], columns["freq_eff"]
        )
        return [
            SimpleNamespace(**dict(zip(columns, values, strict=True)))
            for values in zip(*columns.values(), strict=True)
        ]


def _shared_bands(
    datasets: NDArray[Any], bands: NDArray[Any], frequencies: NDArray[Any]
) -> NDArray[Any]:
    """Return the bands of points, with one for what is the same band in several data sets.

    Parameters
    ----------
    datasets, bands, frequencies : ndarray, shape (N,)
        Data set, band and frequency (Hz) of each point.
    """
    shared = bands.copy()
    panels: list[tuple[float, set[str], int]] = []  # frequency, data sets, band
    for band in np.unique(bands):
        chosen = bands == band
        frequency, dataset = float(np.mean(frequencies[chosen])), str(datasets[chosen][0])
        near = [
            panel
            for panel in panels
            if dataset not in panel[1] and abs(panel[0] / frequency - 1) < _SAME
        ]
        if near:
            _, there, first = min(near, key=lambda panel: abs(panel[0] - frequency))
            there.add(dataset)
            shared[chosen] = first
        else:
            panels.append((frequency, {dataset}, int(band)))
    return shared


def _pyplot() -> Any:
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise InputError(
            "plots need matplotlib, which is not installed: pip install 'trapdb[plot]'"
        ) from error
    return pyplot
