"""The pixels on which the fluxes at given positions are fitted."""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from extractor.fitting import gaussian
from extractor.fitting.beam_frames import product
from extractor.fitting.measurements import Measurements
from extractor.fitting.pixel_sets import MIN_VALID_SHARE, Sampler
from extractor.geometry import sky
from extractor.geometry.ellipses import (
    FOUR_LN2,
    axes,
    determinant,
    inverse,
    shape_matrix,
    transformed,
)

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
    """The pixels of each position: arrays of shape (n, P), and of (n,) or (n, 2, 2) for the rest.

    They lie around the pixel `x`, `y` as `dx` and `dy`, shape (m, P), say for each of m patterns.
    All else is in beam coordinates of the whole image, about one origin: `u` and `v` of the pixels,
    `u0` and `v0` of the positions; `beam` is the local beam's size in them, 1 where there is but
    one. `value` is in units of the noise. `own` is the position's Gaussian of peak 1
    and `noise` the variance of its sum of products with the pixels. `enough` tells whether so many
    pixels are valid that there is something to measure.
    """

    value: Array
    weight: Array
    u: Array
    v: Array
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
        names = {field.name for field in fields(self)} - {"dx", "dy"}
        return replace(self, **{name: getattr(self, name)[rows] for name in names})

    def gaussian(self, which: Index, at: Index) -> Array:
        """Gaussian of the positions `which` on the pixels of the positions `at`, (len, P)."""
        du = self.u[at] - self.u0[which, None]
        dv = self.v[at] - self.v0[which, None]
        return _gaussian(du, dv, self.inverse[which]) * self.weight[at]


def _gaussian(du: Array, dv: Array, inverse: Array) -> Array:
    """Gaussians (n, P) of peak 1 with inverse shape matrices (n, 2, 2)."""
    q = inverse[..., None]
    exponent = q[:, 0, 0] * du**2 + 2 * q[:, 0, 1] * du * dv + q[:, 1, 1] * dv**2
    return np.exp(-FOUR_LN2 * exponent)


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
    enough = np.einsum("np->n", sets.weight) >= MIN_VALID_SHARE * sets.wanted
    enough &= np.isfinite(sampler.data[ref_y, ref_x])
    enough &= np.isfinite(np.einsum("np->n", sets.value))
    (u, v), beam = sets.coordinates(), np.ones(len(x))
    to_whole = sampler.frames(ref_x, ref_y).into(sampler.whole)
    if to_whole is not None:
        (u, v), shape = product(to_whole, u, v), transformed(shape, to_whole)
        beam = np.sqrt(np.abs(determinant(to_whole)))
    u, v = u + u_ref[:, None], v + v_ref[:, None]
    inner = inverse(shape)
    own = _gaussian(u - u0[:, None], v - v0[:, None], inner) * sets.weight
    return Patches(
        value=sets.value,
        weight=sets.weight,
        u=u,
        v=v,
        x=ref_x,
        y=ref_y,
        dx=sets.dx,
        dy=sets.dy,
        pattern=sets.pattern,
        u0=u0,
        v0=v0,
        inverse=inner,
        size=axes(shape)[0],
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
    size = axes(shape)[0]
    near = asked.query_ball_point(
        np.column_stack([u, v]), REACH * np.maximum(size, patches.size.max())
    )
    count = [len(rows) for rows in near]
    at = np.concatenate([np.asarray(rows, np.intp) for rows in near])
    which = np.repeat(np.arange(len(others)), count)
    peak = others.peak_flux_raw / others.local_rms
    components = np.column_stack([peak, u, v, *gaussian.packed(shape)])
    for low in range(0, len(at), CHUNK // patches.u.shape[1]):
        part = slice(low, low + CHUNK // patches.u.shape[1])
        rows = at[part]
        seen = gaussian.model(components[which[part], None], patches.u[rows], patches.v[rows])
        np.subtract.at(patches.value, rows, seen * patches.weight[rows])
