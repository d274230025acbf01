"""A field on the sky: footprints, sources, monitored positions, transients, what is known there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from trapdb.plots import canvas
from trapdb.plots.canvas import BLUE, GREEN, ORANGE, PURPLE, VERMILLION, flux_unit

if TYPE_CHECKING:
    from astropy.wcs import WCS
    from matplotlib.figure import Figure

    from extractor import Image

MAX_NAMES = 15
# The grey scale of an image goes from and to so many times its noise.
DARKEST, BRIGHTEST = -3.0, 10.0
# Area of the marks of the faintest and the brightest sources of a catalogue, in square points:
# larger than those of the sources found. Between them it grows with the logarithm of the flux, and
# so many factors of ten below the brightest all are as small.
SMALLEST, LARGEST, DECADES = 28.0, 330.0, 3
# A cross of the same area looks larger than a square.
CROSS = 0.5
# Where there are more of them, they shrink to share the same room, but not below the smallest.
ROOM = 300


@dataclass(frozen=True)
class Known:
    """What a reference catalogue has in the field.

    Attributes
    ----------
    name : str
        Of the catalogue, for the legend.
    rows : sequence
        Its sources: rows of ``trap.reference_in_field``, the brightest first.
    absent : collection of int
        The sources that it should have, and has not, by source_id.
    """

    name: str
    rows: Sequence[Any]
    absent: Collection[int]


def draw(
    figure: "Figure",
    regions: Sequence[Any],
    sources: Sequence[Any],
    marked: Collection[int],
    image: "Image | None",
    catalogue: Known | None,
    title: str,
) -> None:
    """Draw a field.

    Parameters
    ----------
    figure
        An empty one.
    regions
        Footprints: rows of ``trap.sky_region``.
    sources
        Rows of ``trap.running_catalogue``.
    marked
        The transients, by source_id, the most significant first.
    image
        Image to draw it on; None for a white background.
    catalogue
        A reference catalogue to draw over it; None for none.
    title
        What the figure is of.
    """
    wcs = image.wcs if image else _chart(regions)
    axis: Any = figure.add_subplot(projection=wcs)
    sky = axis.get_transform("world")
    handles = []
    if image:
        known = np.isfinite(image.data)
        if known.any():
            show_pixels(figure, axis, image.data, _scatter(image.data[known]), "Jy/beam")
        if not known.all():
            handles.append(canvas.show_blanks(axis))
    for number, region in enumerate(regions):
        axis.plot(*outline(region), color=GREEN, linewidth=1.2, transform=sky,
                  label=None if number else "footprint")  # fmt: skip
    # a position that no footprint covers must not shrink everything else
    limits = {"xlim": axis.get_xlim(), "ylim": axis.get_ylim()}
    if image:
        height, width = image.data.shape
        limits = {"xlim": (-0.5, width - 0.5), "ylim": (-0.5, height - 0.5)}
    ring = {"linestyle": "none", "markerfacecolor": "none", "transform": sky}
    background = ORANGE if image else BLUE
    for label, colour, marker, size, chosen in (
        ("sources", background, "o", 4, [s for s in sources if not s.monitored]),
        ("monitored", GREEN, "D", 7, [s for s in sources if s.monitored]),
        ("transients", VERMILLION, "o", 13, [s for s in sources if s.source_id in marked]),
    ):
        if chosen:
            axis.plot([s.ra for s in chosen], [s.dec for s in chosen], marker=marker,
                      markersize=size, color=colour, label=label, **ring)  # fmt: skip
    absent = catalogue.absent if catalogue else ()
    sizes = []
    if catalogue:
        lost = [s for s in sources if s.source_id in absent]
        axis.plot([s.ra for s in lost], [s.dec for s in lost], marker="^", markersize=11,
                  color=VERMILLION, label=f"not in {catalogue.name}", **ring)  # fmt: skip
        sizes = _draw_known(axis, catalogue)
    axis.set(**limits)
    order = {source_id: place for place, source_id in enumerate(marked)}
    named = [s for s in sources if s.source_id in {*marked, *absent} or s.monitored]
    # transients by their significance, and then the others
    named = sorted(named, key=lambda s: order.get(s.source_id, len(order)))[:MAX_NAMES]
    if named:
        # what was found of a catalogue lies at a source
        lonely = [row for row in catalogue.rows if row.source_id is None] if catalogue else []
        points, drawn = (
            wcs.wcs_world2pix([(s.ra, s.dec) for s in some], 0)
            for some in (named, [*sources, *lonely])
        )
        canvas.name_points(axis, points, [s.name for s in named], drawn)
    axis.coords[0].set_axislabel("right ascension")
    axis.coords[1].set_axislabel("declination")
    axis.set_title(title)
    handles += axis.get_legend_handles_labels()[0] + sizes
    figure.legend(handles=handles, loc="outside lower center", ncols=5)


def _draw_known(axis: Any, known: Known) -> list[Any]:
    """Draw the sources of a catalogue, bright ones large; return what tells the sizes."""
    from matplotlib.lines import Line2D

    flux = np.array([row.flux for row in known.rows], float)
    brightest = np.max(flux, where=np.isfinite(flux), initial=0.0)
    largest = max(LARGEST * min(1, ROOM / max(1, len(flux))), 2 * SMALLEST)
    area = _areas(flux, brightest, largest)
    found = np.array([row.source_id is not None for row in known.rows], bool)
    place = np.array([(row.ra, row.dec) for row in known.rows]).reshape(-1, 2)
    look = {"transform": axis.get_transform("world"), "zorder": 3}
    axis.scatter(*place[found].T, area[found], marker="s", facecolor="none", edgecolor=PURPLE,
                 linewidth=0.9, label=f"{known.name}: found", **look)  # fmt: skip
    axis.scatter(*place[~found].T, CROSS * area[~found], marker="x", color=PURPLE, linewidth=1.5,
                 label=f"{known.name}: not found", **look)  # fmt: skip
    if not brightest > 0:
        return []
    steps = 10.0 ** (np.floor(np.log10(brightest)) - np.arange(DECADES))
    factor, unit = flux_unit(steps)
    square: dict[str, Any] = {
        "marker": "s",
        "linestyle": "none",
        "color": PURPLE,
        "markerfacecolor": "none",
    }
    return [
        Line2D([], [], markersize=np.sqrt(size), label=f"{factor * step:g} {unit}", **square)
        for step, size in zip(steps, _areas(steps, brightest, largest), strict=True)
    ]


def _areas(flux: np.ndarray, brightest: float, largest: float) -> np.ndarray:
    """Return the areas of marks for fluxes; of what has none, the smallest."""
    area = np.full(flux.shape, SMALLEST)
    positive = flux > 0  # False for NaN
    decades = np.log10(brightest / flux[positive])
    area[positive] += (largest - SMALLEST) * np.clip(1 - decades / DECADES, 0, None)
    return area


def covers(region: Any, ra: float, dec: float) -> bool:
    """Return whether a footprint covers a position (deg)."""
    from extractor import Footprint

    vertices = None
    if region.vertex_ra is not None:
        vertices = np.column_stack([region.vertex_ra, region.vertex_dec])
    return bool(Footprint(region.ra, region.dec, region.radius, vertices).depth(ra, dec) >= 0)


def outline(region: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the border of a footprint as right ascensions and declinations, closed.

    Parameters
    ----------
    region
        With ra, dec and radius, or with the corners vertex_ra and vertex_dec; deg.
    """
    from extractor.geometry.sky import tangent_vectors, unit_vector

    if region.vertex_ra is None:
        angle = np.linspace(0, 2 * np.pi, 361)[:, None]
        radius = np.radians(region.radius)
        east, north = tangent_vectors(region.ra, region.dec)
        around = np.sin(angle) * east + np.cos(angle) * north
        points = np.cos(radius) * unit_vector(region.ra, region.dec) + np.sin(radius) * around
    else:
        corner = unit_vector(region.vertex_ra, region.vertex_dec)
        share = np.linspace(0, 1, 50, endpoint=False)[:, None]
        following = np.roll(corner, -1, axis=0)
        # points of a chord lie below the great circle between its ends
        sides = [(1 - share) * a + share * b for a, b in zip(corner, following, strict=True)]
        points = np.concatenate([*sides, corner[:1]])
    x, y, z = points.T
    return np.degrees(np.arctan2(y, x)) % 360, np.degrees(np.arctan2(z, np.hypot(x, y)))


def show_pixels(figure: "Figure", axis: Any, pixels: Any, noise: float, unit: str) -> None:
    """Draw pixels in Jy/beam in grey, bright ones dark, with a scale at the side."""
    factor, prefix = flux_unit(BRIGHTEST * noise)
    drawn = axis.imshow(
        factor * pixels,
        origin="lower",
        cmap="Greys",
        interpolation="nearest",
        vmin=factor * DARKEST * noise,
        vmax=factor * BRIGHTEST * noise,
    )
    figure.colorbar(drawn, ax=axis, label=unit.replace("Jy", prefix), shrink=0.8)


def _scatter(pixels: np.ndarray) -> float:
    """Return a rough noise: the scatter of the middle of the distribution, at least tiny."""
    low, high = np.percentile(pixels, (16, 84))
    return max(float(high - low) / 2, 1e-12)


def _chart(regions: Sequence[Any]) -> "WCS":
    """Make an equal-area chart about the footprints; it can hold the whole sky."""
    from astropy.wcs import WCS

    from extractor.geometry.sky import unit_vector

    x, y, z = unit_vector([r.ra for r in regions], [r.dec for r in regions]).sum(axis=0)
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---ZEA", "DEC--ZEA"]
    wcs.wcs.crval = [np.degrees(np.arctan2(y, x)) % 360, np.degrees(np.arctan2(z, np.hypot(x, y)))]
    wcs.wcs.cdelt = [-1 / 60, 1 / 60]
    return wcs
