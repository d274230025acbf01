"""A data set against a reference catalogue: offsets, flux densities, and what changed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from trapdb.plots.canvas import (
    BLACK,
    BLUE,
    GREY,
    MARKERS,
    SERIES,
    VERMILLION,
    flux_unit,
    frequency,
    name_points,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAX_NAMES = 5
# From so many sigma on, beyond what the range of spectral indices explains, a flux has changed.
CHANGED = 5.0
# What makes the median of absolute deviations the standard deviation of a normal distribution.
NORMAL = 1.4826
# The offsets are drawn as far as so many times their scatter, or so many of their errors.
SCATTERS, ERRORS = 5.0, 1.5


def draw(
    figure: "Figure",
    near: Sequence[Any],
    changes: Sequence[Any],
    names: Mapping[int, str],
    title: str,
) -> None:
    """Draw where the counterparts lie, and how bright they are, against what the data set has.

    Parameters
    ----------
    figure
        An empty one.
    near
        The nearest counterpart of each source: rows of ``trap.reference_match``.
    changes
        Rows of ``trap.flux_change`` with flux densities above 0; none where the catalogue has none.
    names
        Of the sources, by source_id.
    title
        What the figure is of.
    """
    count = 3 if changes else 1
    grid = figure.add_gridspec(2, count, height_ratios=(7, 1))
    panels = [figure.add_subplot(grid[0, number]) for number in range(count)]
    _draw_offsets(panels[0], near)
    if changes:
        _draw_fluxes(panels[1], changes)
        _draw_ratios(panels[2], changes, names)
    for number, panel in enumerate(panels):
        below = figure.add_subplot(grid[1, number])
        below.set_axis_off()
        below.legend(*panel.get_legend_handles_labels(), loc="upper center", fontsize="small")
    figure.suptitle(title)


def spread(values: Any) -> tuple[float, float]:
    """Return the median, and the scatter by the median of the absolute deviations from it."""
    middle = float(np.median(values))
    return middle, NORMAL * float(np.median(np.abs(values - middle)))


def _draw_offsets(axis: Any, near: Sequence[Any]) -> None:
    """Draw the offsets with their median and scatter, and the errors that they should have."""
    offset = np.array([(row.east_arcsec, row.north_arcsec) for row in near])
    errors = np.median([(row.ra_err_arcsec, row.dec_err_arcsec) for row in near], axis=0)
    middle, scatter = zip(*map(spread, offset.T), strict=True)
    axis.plot(*offset.T, ".", color=BLUE, alpha=0.5, markeredgewidth=0)
    axis.axhline(0, color=GREY, linewidth=0.8)
    axis.axvline(0, color=GREY, linewidth=0.8)
    # the error of the median of a normal distribution
    err = np.array(scatter) * np.sqrt(np.pi / 2 / len(near))
    told = "median: " + _both(*(f"{m:+.2f}±{e:.2f}″" for m, e in zip(middle, err, strict=True)))
    axis.plot(*middle, "+", color=VERMILLION, markersize=14, markeredgewidth=2, label=told)
    around = np.linspace(0, 2 * np.pi, 181)
    circle = np.column_stack([np.cos(around), np.sin(around)])
    for label, centre, radii, look in (
        ("scatter", middle, scatter, {"color": VERMILLION}),
        ("median error", (0, 0), errors, {"color": BLACK, "linestyle": "--"}),
    ):
        told = f"{label}: " + _both(*(f"{radius:.2f}″" for radius in radii))
        axis.plot(*(centre + circle * radii).T, label=told, **look)
    reach = max(SCATTERS * max(scatter), ERRORS * max(errors))
    outside = int(np.sum(np.any(np.abs(offset) > reach, axis=1)))
    axis.set(
        xlim=(reach, -reach), ylim=(-reach, reach), box_aspect=1,
        xlabel="to the east, catalogue - source [arcsec]",
        ylabel="to the north, catalogue - source [arcsec]",
        title="offsets" + (f", {outside} outside of the frame" if outside else ""),
    )  # fmt: skip


def _both(east: str, north: str) -> str:
    return f"{east} east, {north} north"


def _by_band(changes: Sequence[Any]) -> Iterator[tuple[str, str, str, list[Any]]]:
    """Yield the rows by band, with label, colour and marker."""
    for number, freq in enumerate(sorted({row.freq_central for row in changes})):
        colour, marker = (them[number % len(them)] for them in (SERIES, MARKERS))
        yield frequency(freq), colour, marker, [row for row in changes if row.freq_central == freq]


def _explained(rows: Sequence[Any]) -> tuple[float, float] | None:
    """Return the ratios that spectral indices of the range explain, where none is known."""
    free = [row for row in rows if row.reference_spectral_index is None]
    if not free:
        return None
    return (
        min(row.ratio / row.ratio_max for row in free),
        max(row.ratio / row.ratio_min for row in free),
    )


def _draw_fluxes(axis: Any, changes: Sequence[Any]) -> None:
    """Draw flux densities against those of the catalogue at the frequency of the band."""
    factor, unit = flux_unit([row.int_flux for row in changes])
    both = [value for row in changes for value in (row.int_flux, row.int_flux / row.ratio)]
    ends = factor * np.array([min(both) / 1.5, max(both) * 1.5])
    for label, colour, marker, rows in _by_band(changes):
        flux, err, ratio = _columns(rows, "int_flux", "int_flux_err", "ratio")
        axis.errorbar(
            factor * flux / ratio, factor * flux, factor * err, fmt=marker, color=colour,
            markersize=4, markeredgewidth=0, alpha=0.6, elinewidth=0.8, label=label,
        )  # fmt: skip
        if explained := _explained(rows):
            axis.fill_between(ends, *(bound * ends for bound in explained), color=colour,
                              alpha=0.12, linewidth=0)  # fmt: skip
    axis.plot(ends, ends, color=GREY, linestyle="--", linewidth=1, label="equal")
    _log_axes(axis)
    axis.set(
        xlim=ends, ylim=ends,
        xlabel=f"catalogue, at the frequency of the band [{unit}]",
        ylabel=f"weighted mean of the integrated flux density [{unit}]",
        title="flux densities",
    )  # fmt: skip


def _draw_ratios(axis: Any, changes: Sequence[Any], names: Mapping[int, str]) -> None:
    """Draw the ratios against the flux density, with the names of those that changed most."""
    factor, unit = flux_unit([row.int_flux for row in changes])
    for label, colour, marker, rows in _by_band(changes):
        flux, ratio, err = _columns(rows, "int_flux", "ratio", "ratio_err")
        middle = float(np.median(ratio))
        axis.errorbar(
            factor * flux, ratio, err, fmt=marker, color=colour, markersize=4, markeredgewidth=0,
            alpha=0.6, elinewidth=0.8,
        )  # fmt: skip
        axis.axhline(middle, color=colour, linewidth=1, label=f"{label}: median {middle:.3g}")
        if explained := _explained(rows):
            axis.axhspan(*explained, color=colour, alpha=0.12, linewidth=0,
                         label=f"{label}: explained by spectral indices")  # fmt: skip
    axis.axhline(1, color=GREY, linestyle="--", linewidth=1)
    _log_axes(axis)
    axis.set(
        xlabel=f"weighted mean of the integrated flux density [{unit}]",
        ylabel="ratio to the catalogue", title="ratios",
    )  # fmt: skip
    changed = [row for row in changes if abs(row.significance or 0) >= CHANGED]
    if not changed:
        return
    changed.sort(key=lambda row: -abs(row.significance))
    places = [(factor * row.int_flux, row.ratio) for row in changed]
    axis.plot(*zip(*places, strict=True), "o", markersize=11, markerfacecolor="none",
              markeredgecolor=VERMILLION, linestyle="none",
              label=f"changed by {CHANGED:g} sigma or more")  # fmt: skip
    told = [names[row.source_id] for row in changed[:MAX_NAMES]]
    everything = [(factor * row.int_flux, row.ratio) for row in changes]
    name_points(axis, places[:MAX_NAMES], told, everything)


def _log_axes(panel: Any) -> None:
    """Make both axes logarithmic, with numbers as they are read: 0.2, not 2 times 10 to the -1."""
    from matplotlib.ticker import LogFormatter

    class Plain(LogFormatter):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return f"{x:g}" if super().__call__(x, pos) else ""

    panel.set(xscale="log", yscale="log", box_aspect=1)
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_formatter(Plain())
        axis.set_minor_formatter(Plain(minor_thresholds=(1, 0.4)))


def _columns(rows: Sequence[Any], *columns: str) -> list[np.ndarray]:
    """Return columns as arrays; what is not known is NaN."""
    return [np.array([getattr(row, column) for row in rows], float) for column in columns]
