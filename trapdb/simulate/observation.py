"""When and at which frequencies a field is observed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from astropy import units as u
from astropy.table import Table

from trapdb.simulate.errors import require, require_positive
from trapdb.simulate.images import Exposure

_BAND_STEP = 0.2  # distance of the bands, in frequencies of the first
_BANDWIDTH = 0.02  # width of a band, in frequencies of the first


@dataclass(frozen=True)
class Observation:
    """The images that are made of a field: one for each band at each moment.

    Attributes
    ----------
    epochs : int, default 10
        Moments in time; each gives one image per band.
    bands : int, default 1
        Frequency bands, 0.2 of the first frequency apart. The beam is the same in all.
    start : datetime, default 2026-01-01
        Start of the first image, with its time zone.
    cadence : float, default 600
        From the start of an image to that of the next, s; each lasts that long.
    frequency : float, default 150e6
        Of the first band, Hz.
    axes : {4, 2}, default 4
        Axes of the images: with or without those of frequency and Stokes parameter.
    stokes : str, default 'I'
        Stokes parameters of which there are images, such as 'IV' or 'IQUV'.
    """

    epochs: int = 10
    bands: int = 1
    start: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    cadence: float = 600.0
    frequency: float = 150e6
    axes: int = 4
    stokes: str = "I"

    def __post_init__(self) -> None:
        """Raise SimulationError if no images can be made so."""
        require(self.epochs >= 1, f"epochs is {self.epochs}: ask for at least 1")
        require(self.bands >= 1, f"bands is {self.bands}: ask for at least 1")
        require_positive(cadence=self.cadence, frequency=self.frequency)
        require(self.axes in (2, 4), f"axes is {self.axes}: give 2 or 4")
        require(
            bool(self.stokes)
            and sorted(set(self.stokes)) == sorted(self.stokes)
            and set(self.stokes) <= set("IQUV"),
            f"stokes is {self.stokes!r}: give some of I, Q, U and V, each once",
        )
        require(
            self.axes == 4 or self.stokes == "I",
            f"stokes is {self.stokes!r}: give 4 axes, of which one tells them apart",
        )
        require(
            self.start.tzinfo is not None,
            f"start {self.start} has no time zone: give one, such as UTC",
        )

    def images(self) -> Table:
        """Return a row for each image: file, epoch, band, stokes, taken_at and frequency."""
        keys = [
            (epoch, band, stokes)
            for epoch in range(self.epochs)
            for band in range(self.bands)
            for stokes in self.stokes
        ]
        epochs, bands, parameters = zip(*keys, strict=True)
        images = Table(
            {
                "file": [
                    f"epoch{epoch:04d}_band{band:02d}{'' if stokes == 'I' else stokes}.fits"
                    for epoch, band, stokes in keys
                ],
                "epoch": np.array(epochs),
                "band": np.array(bands),
                "stokes": np.array(parameters),
            }
        )
        images["taken_at"] = [self._moment(epoch).isoformat() for epoch in images["epoch"]]
        images["frequency"] = self.frequency * (1 + _BAND_STEP * images["band"]) * u.Hz
        return images

    def exposure(self, image: Table.Row) -> Exposure:
        """Return how an image of these was taken."""
        return Exposure(
            self._moment(image["epoch"]),
            self.cadence,
            float(image["frequency"]),
            _BANDWIDTH * self.frequency,
            str(image["stokes"]),
        )

    def _moment(self, epoch: int) -> datetime:
        return self.start.astimezone(UTC) + timedelta(seconds=self.cadence * float(epoch))
