"""The pixels on which the fluxes at given positions are fitted."""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from extractor.fitting.beam_frames import product
from extractor.fitting.exponents import Monomials, coefficients_of
from extractor.fitting.measurements import Measurements
from extractor.fitting.pixel_sets import MIN_VALID_SHARE, Sampler, of_each
from extractor.geometry import sky
from extractor.geometry.ellipses import determinant, inverse, lengths, shape_matrix, transformed

Array = NDArray[np.float64]
Index = NDArray[np.intp]

# Beyond this distance, in FWHM of the larger one, sources do not disturb each other: half a FWHM
# of pixels on one side, and 1.6 FWHM to where the other has fallen to a thousandth.
REACH = 2.1
# Positions closer than this, in beams, cannot be told apart.
SAME = 0.5
# Elements of the largest temporary array.
CHUNK = 2_000_000


@dataclass(frozen=True, eq=False)
class Patches:
    """The pixels of each position: arrays of shape (P, n), and of (n,) or (n, 2, 2) for the rest.

    They lie around the pixel `x`, `y` as `dx` and `dy`, shape (P, m), say for each of m patterns,
    of which each position has `pattern`. All else is in beam coordinates of the whole image: `u`
    and `v`, shape (P, c), of the pixels about that one, of which each position has `grid`; `u0` and
    `v0` of the positions, and `u_ref` and `v_ref` of the pixel, about one origin; `beam` is the
    local beam's size in them, 1 where there is but one. `value` is in units of the noise. `own` is
    the position's Gaussian of peak 1 and `noise` the variance of its sum of products with the
    pixels. `enough` tells whether so many pixels are valid that there is something to measure.
    """

    value: Array
    weight: Array
    u: Array
    v: Array
    grid: Index
    u_ref: Array
    v_ref: Array
    x: Index
    y: Index
    dx: Index
    dy: Index
    pattern: Index
    u0: Array
    v0: Array
    inverse: Array
    size: Array
    beam: Array
    own: Array
    noise: Array
    enough: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return the number of positions."""
        return len(self.u0)

    def select(self, rows: NDArray[np.bool_]) -> "Patches":
        """Return some of the positions."""
        if rows.all():
            return self
        several = ("value", "weight", "own")
        different = ("u", "v", "dx", "dy")
        parts = {name: getattr(self, name)[:, rows] for name in several}
        for field in fields(self):
            if field.name not in several + different:
                parts[field.name] = getattr(self, field.name)[rows]
        return replace(self, **parts)

    def gaussian(self, which: Index, at: Index) -> Array:
        """Gaussian of the positions `which` on the pixels of the positions `at`, (P, len)."""
        return self.seen(self.u0[which], self.v0[which], self.inverse[which], at)

    def seen(self, u: Array, v: Array, inverse: Array, at: Index) -> Array:
        """Gaussians of peak 1 at places, with inverse shapes, on the pixels of the positions `at`.

        Shape (P, len).
        """
        places = of_each(self.u, self.grid[at]), of_each(self.v, self.grid[at])
        exponents = _exponents(*places, u - self.u_ref[at], v - self.v_ref[at], inverse)
        return np.exp(exponents) * self.weight.take(at, axis=1)

    def summed(self, quantity: Array, at: Index) -> Array:
        """Add up quantities (P, len) that are on the pixels of the same position, shape (P, n)."""
        return np.stack([np.bincount(at, row, len(self)) for row in quantity])


def _exponents(u: Array, v: Array, u0: Array, v0: Array, inverse: Array) -> Array:
    """Exponents, (P, n), of Gaussians at u0, v0 with inverse shapes on pixels (P, n) or (P, 1)."""
    shared = u.shape[1] == 1
    pixels = Monomials(u[:, 0], v[:, 0]) if shared else Monomials(u, v)
    a, b, c = inverse[:, 0, 0], inverse[:, 0, 1], inverse[:, 1, 1]
    coefficients = coefficients_of(np.stack([np.ones_like(u0), u0, v0, a, b, c], -1))
    return pixels.exponents(coefficients[:, None])[0]


def cut_patches(sampler: Sampler, x: Array, y: Array, shape: Array) -> Patches:
    """Return the pixels around positions in which the Gaussian there exceeds half its peak.

    Parameters
    ----------
    sampler : Sampler
    x, y : ndarray, shape (n,)
        Pixels, inside the image.
    shape : ndarray, shape (n, 2, 2)
        Shape matrices in the beam coordinates there.
    """
    ref_x, ref_y = np.rint(x).astype(np.intp), np.rint(y).astype(np.intp)
    sets = sampler.sets(x[:, None], y[:, None], shape[:, None], ref_x, ref_y)
    u_ref, v_ref = sampler.whole.beam_coordinates(ref_x, ref_y)
    u0, v0 = sampler.whole.beam_coordinates(x, y)
    enough = sets.weight.sum(axis=0) >= MIN_VALID_SHARE * sets.wanted
    centre = ((sets.dx == 0) & (sets.dy == 0)).all(axis=1)
    enough &= sets.weight[centre].all(axis=0)
    enough &= np.isfinite(sets.value.sum(axis=0))
    u, v, grid, beam = sets.x, sets.y, sets.grid, np.ones(len(x))
    to_whole = sampler.frames(ref_x, ref_y).into(sampler.whole)
    if to_whole is not None:
        u, v = (part.T for part in product(to_whole, u.T, v.T))
        shape = transformed(shape, to_whole)
        beam = np.sqrt(np.abs(determinant(to_whole)))
    inner = inverse(shape)
    places = of_each(u, grid), of_each(v, grid)
    own = np.exp(_exponents(*places, u0 - u_ref, v0 - v_ref, inner)) * sets.weight
    return Patches(
        value=sets.value,
        weight=sets.weight,
        u=u,
        v=v,
        grid=grid,
        u_ref=u_ref,
        v_ref=v_ref,
        x=ref_x,
        y=ref_y,
        dx=sets.dx,
        dy=sets.dy,
        pattern=sets.pattern,
        u0=u0,
        v0=v0,
        inverse=inner,
        size=lengths(shape)[0],
        beam=beam,
        own=own,
        noise=sets.variance(sampler.background.correlation, own),
        enough=enough,
    )


def subtract(sampler: Sampler, others: Measurements, patches: Patches) -> None:
    """Subtract the Gaussians of other sources from the pixels, not those at a position itself."""
    from scipy.spatial import cKDTree

    others = others.select(others.usable)
    u, v = sampler.whole.beam_coordinates(others.x, others.y)
    asked = cKDTree(np.column_stack([patches.u0, patches.v0]))
    distance, nearest = asked.query(np.column_stack([u, v]))
    apart = distance >= SAME * patches.beam[nearest]
    others, u, v = others.select(apart), u[apart], v[apart]
    if not len(others):
        return
    scale = sky.jacobian(sampler.background.image.wcs, others.x, others.y)
    on_sky = shape_matrix(others.major, others.minor, others.pa)
    shape = transformed(on_sky, inverse(scale @ sampler.whole.to_pixels))
    shape[~np.isfinite(shape).all(axis=(1, 2))] = np.eye(2)  # of unknown shape, as in a source list
    size = lengths(shape)[0]
    near = asked.query_ball_point(
        np.column_stack([u, v]), REACH * np.maximum(size, patches.size.max())
    )
    count = [len(rows) for rows in near]
    at = np.concatenate([np.asarray(rows, np.intp) for rows in near])
    which = np.repeat(np.arange(len(others)), count)
    peak, inner = others.peak_flux_raw / others.local_rms, inverse(shape)
    step = max(1, CHUNK // len(patches.value))
    for low in range(0, len(at), step):
        rows, source = at[low : low + step], which[low : low + step]
        seen = peak[source] * patches.seen(u[source], v[source], inner[source], rows)
        patches.value[:] -= patches.summed(seen, rows)
