"""Images of files of which no data set is made yet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from extractor.errors import ExtractorError
from extractor.geometry import sky
from extractor.parts import open_plane
from trapdb.configuration.keys import Configuration
from trapdb.errors import InputError
from trapdb.ingest.steps import TimeStep
from trapdb.injecting.field import Array, Noise, NoiseMap, Plane
from trapdb.measuring import configured
from trapdb.measuring.configured import Measured
from trapdb.measuring.measurer import NO_PIXELS
from trapdb.timing import Timings

# Sources this bright are kept clear of, sigma.
_SOURCES = 5.0


@dataclass(frozen=True)
class _Sample:
    """What the first image of a region, frequency and Stokes parameter tells of all of them."""

    measured: Measured
    noise: NoiseMap
    sources: cKDTree | None


class FilesField:
    """Images of files; a `Field`.

    The noise of the first image of each footprint, frequency and Stokes parameter stands for that
    of the others.

    Parameters
    ----------
    steps : sequence of TimeStep
        In the order of time.
    configuration : Configuration
        How they are read and measured.
    leave_out : callable
        Takes the path of an image that cannot be read, and the reason.

    Raises
    ------
    InputError
        None can be read.
    """

    def __init__(
        self,
        steps: Sequence[TimeStep],
        configuration: Configuration,
        leave_out: Callable[[str, str], None],
    ) -> None:
        self._configuration = configuration
        self._samples: dict[tuple[int, float, str], _Sample] = {}
        regions: dict[tuple[object, ...], int] = {}
        self.planes: list[Plane] = []
        for step in steps:
            for key in step.images:
                try:
                    plane = self._plane(key, regions)
                except ExtractorError as error:
                    leave_out(key.path, str(error))
                else:
                    self.planes.append(plane)
        if not self.planes:
            raise InputError("none of the images can be read: nothing to inject into")

    def noise(self, plane: Plane) -> Noise:
        """See `Field`."""
        return self._sample(plane).noise

    def covered(self, plane: Plane, ra: Array, dec: Array, distance: float) -> NDArray[np.bool_]:
        """See `Field`."""
        sample = self._sample(plane)
        inside = sample.measured.footprint.depth(ra, dec) >= 0
        inside &= np.isfinite(sample.noise(ra, dec))
        if distance > 0 and sample.sources is not None:
            near, _ = sample.sources.query(sky.unit_vector(ra, dec))
            inside &= near > np.radians(distance)
        return np.asarray(inside)

    def _plane(self, key: Any, regions: dict[tuple[object, ...], int]) -> Plane:
        with open_plane(key.path, header=self._configuration.image.keywords) as opened:
            metadata, shape = opened.metadata, opened.shape
        wcs = metadata.projection.wcs
        ny, nx = shape
        ra, dec = sky.to_sky(wcs, (nx - 1) / 2, (ny - 1) / 2)
        scale = np.abs(wcs.pixel_scale_matrix).max()
        place = (round(float(ra), 6), round(float(dec), 6), shape, round(float(scale), 9))
        return Plane(
            key.path,
            "",
            metadata.taken_at,
            float(np.nan_to_num(metadata.duration)),
            metadata.freq_eff,
            metadata.stokes,
            float(ra),
            float(dec),
            min(float(np.hypot(nx, ny) / 2 * scale), 90.0),
            metadata.beam,
            regions.setdefault(place, len(regions)),
            None,
        )

    def _sample(self, plane: Plane) -> _Sample:
        key = (plane.region, plane.freq_eff, plane.stokes)
        if key not in self._samples:
            timings, configuration = Timings(), self._configuration
            lower = configuration.extraction.model_copy(update={"detection_threshold": _SOURCES})
            image = configured.read(plane.path, configuration, timings)
            measured = configured.extract(
                Measured(image, [], configured.footprint_of(image, configuration)),
                configuration.model_copy(update={"extraction": lower}),
                timings,
            )
            assert measured.background is not None
            assert measured.measurements is not None
            found = measured.measurements
            sources = cKDTree(sky.unit_vector(found.ra, found.dec)) if len(found) else None
            noise = NoiseMap(measured.background.noise_grid(), plane.ra, plane.dec)
            kept = Measured(image, [], measured.footprint)
            self._samples[key] = _Sample(_without_pixels(kept), noise, sources)
        return self._samples[key]


def _without_pixels(measured: Measured) -> Measured:
    image = replace(measured.image, data=NO_PIXELS, response=None, reference=None, added_noise=None)
    return replace(measured, image=image)
