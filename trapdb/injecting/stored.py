"""The images of a data set, as the database has them."""

from collections import OrderedDict
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from extractor import Measurements, NoiseGrid
from extractor.fitting.measurements import COLUMNS
from extractor.image.plane import Beam
from trapdb.database.connection import call
from trapdb.errors import InputError
from trapdb.injecting.field import Array, Noise, NoiseMap, Plane

Connection = psycopg.Connection[Any]

_KEPT = 16  # noise maps
_KINDS = {"island": np.int64, "flags": np.int64, "usable": np.bool_}


class StoredField:
    """The accepted images of a data set; a `Field`.

    Parameters
    ----------
    conn : psycopg.Connection
        Connection of an operator, in autocommit mode.
    dataset : str
        Its name.

    Raises
    ------
    InputError
        It has no images, or such that nothing can be injected into.
    """

    def __init__(self, conn: Connection, dataset: str) -> None:
        self._conn = conn
        self._maps: OrderedDict[int, NoiseMap] = OrderedDict()
        rows = call(conn, "image_to_inject", dataset=dataset)
        if not rows:
            raise InputError(f"{dataset} has no image of which the noise is known")
        if any(row.is_difference for row in rows):
            raise InputError(
                f"the images of {dataset} are differences: inject into the images themselves, and "
                "subtract after that"
            )
        self.planes = [
            Plane(
                row.path,
                row.digest,
                row.taken_at,
                row.duration or 0.0,
                row.freq_eff,
                row.stokes,
                row.ra,
                row.dec,
                row.radius,
                Beam(row.beam_major, row.beam_minor, row.beam_pa),
                row.sky_region_id,
                row,
            )
            for row in rows
        ]

    def noise(self, plane: Plane) -> Noise:
        """See `Field`."""
        image_id = plane.origin.image_id
        if image_id not in self._maps:
            found = call(self._conn, "noise_map", image_id=image_id)
            if found:
                (row,) = found
                grid = NoiseGrid(row.l0, row.m0, row.dl, row.dm, np.array(row.rms, float))
            else:  # of a source list without its image
                grid = _flat(plane)
            self._maps[image_id] = NoiseMap(grid, plane.ra, plane.dec)
            if len(self._maps) > _KEPT:
                self._maps.popitem(last=False)
        return self._maps[image_id]

    def covered(self, plane: Plane, ra: Array, dec: Array, distance: float) -> NDArray[np.bool_]:
        """See `Field`."""
        rows = call(
            self._conn,
            "free_place",
            image_id=plane.origin.image_id,
            ra=ra.tolist(),
            dec=dec.tolist(),
            distance=distance,
        )
        free = np.zeros(len(ra), bool)
        free[[row.number - 1 for row in rows]] = True
        return free & np.isfinite(self.noise(plane)(ra, dec))

    def fits(self, plane: Plane, ra: Array, dec: Array) -> tuple[NDArray[np.intp], Measurements]:
        """Return the forced fits that an image has already, and at which of the places."""
        rows = call(
            self._conn,
            "stored_forced",
            image_id=plane.origin.image_id,
            ra=ra.tolist(),
            dec=dec.tolist(),
        )
        columns: dict[str, Any] = {
            name: np.array([getattr(row, name) for row in rows], _KINDS.get(name, float))
            for name in COLUMNS
        }
        return np.array([row.number - 1 for row in rows], np.intp), Measurements(**columns)


def _flat(plane: Plane) -> NoiseGrid:
    reach = float(np.sin(np.radians(min(plane.radius, 90.0))))
    rms = np.full((2, 2), plane.origin.rms)
    return NoiseGrid(-reach, -reach, 2 * reach, 2 * reach, rms)
