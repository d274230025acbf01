"""Stamps that the database keeps: what is shown of an image whose file is gone."""

import gzip
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from anyio import to_thread
from numpy.typing import NDArray

from trapdb.web.explorer.reading import rows
from trapdb.web.service import Service

_MOST = 16_000_000  # bytes of a file, unpacked


@dataclass(frozen=True)
class Kept:
    """A piece of an image.

    Attributes
    ----------
    wcs : astropy.wcs.WCS
        Its coordinates.
    pixels : ndarray of float, shape (ny, nx)
        Jy/beam; NaN where blank.
    """

    wcs: Any
    pixels: NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        ny, nx = self.pixels.shape
        return ny, nx

    def read(self, rows: slice, columns: slice) -> NDArray[np.float32]:
        """Return a section."""
        return self.pixels[rows, columns]


async def kept_stamp(service: Service, source_id: int, image_id: int) -> Kept | None:
    """Return the stamp of a source that is kept of an image; None if there is none."""
    async with service.reading() as conn:
        found = await rows(conn, "kept_stamp", source_id=source_id, image_id=image_id)
    return await to_thread.run_sync(_opened, found[0].fits) if found else None


def _opened(content: bytes) -> Kept | None:
    from astropy.io import fits
    from astropy.wcs import WCS

    with gzip.open(io.BytesIO(content)) as packed:
        unpacked = packed.read(_MOST + 1)
    if len(unpacked) > _MOST:
        return None
    with fits.open(io.BytesIO(unpacked), memmap=False) as file:
        return Kept(WCS(file[0].header, fix=False), file[0].data.astype(np.float32))
