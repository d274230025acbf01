"""Feeds measurements into the database as the pipeline does, without pixels."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import numpy as np
import psycopg
from numpy.typing import ArrayLike, NDArray
from psycopg.types.json import Jsonb

from extractor.fitting.measurements import COLUMNS, Measurements
from extractor.noise.background import NoiseGrid
from trapdb.database import routines
from trapdb.database.connection import call
from trapdb.exchange.requests import ForcedRequests

START = datetime(2012, 1, 1, tzinfo=UTC)
ARCSEC = 1 / 3600
_digests = count()


def measurements(
    ra: ArrayLike,
    dec: ArrayLike,
    *,
    ra_err: ArrayLike = 10 * ARCSEC,
    dec_err: ArrayLike = 10 * ARCSEC,
    int_flux: ArrayLike = 0.015,
    int_flux_err: ArrayLike = 5e-4,
    peak_flux: ArrayLike | None = None,
    peak_flux_err: ArrayLike | None = None,
    usable: ArrayLike = True,
) -> Measurements:
    """Make measurements at positions (deg), as they are stored; what is not given is unknown."""
    given: dict[str, ArrayLike] = {
        "ra": np.mod(ra, 360),
        "dec": dec,
        "ra_err": ra_err,
        "dec_err": dec_err,
        "int_flux": int_flux,
        "int_flux_err": int_flux_err,
        "peak_flux": int_flux if peak_flux is None else peak_flux,
        "peak_flux_err": int_flux_err if peak_flux_err is None else peak_flux_err,
        "usable": usable,
        "island": -1,
        "flags": 0,
    }
    shape = np.atleast_1d(np.asarray(ra)).shape
    types = {"island": np.int64, "flags": np.int64, "usable": np.bool_}
    types |= dict.fromkeys(["ra", "dec", "peak_flux", "int_flux"], np.float64)
    return Measurements(
        **{
            name: np.broadcast_to(
                np.asarray(given.get(name, np.nan), types.get(name, np.float32)), shape
            ).astype(types.get(name, np.float64))
            for name in COLUMNS
        }
    )


NOTHING = measurements([], [])


def pack(feeder: "Feeder", sources: int = 7, at_once: bool = True) -> int:
    """Pack points of a data set, in bites of so many sources; return how many there were."""
    points, after = 0, 0
    while after is not None:
        bitten = routines.pack_points(feeder.conn, feeder.dataset_id, after, sources, at_once)
        points, after = points + bitten.points, bitten.last_source_id
    return points


@dataclass(frozen=True, eq=False)
class FedImage:
    """An image as the database sees it: angles in deg, noise in Jy/beam, frequencies in Hz."""

    blind: Measurements = NOTHING
    ra: float = 123.0
    dec: float = 10.0
    radius: float = 10.0
    vertices: Sequence[tuple[float, float]] | None = None
    beam_major: float = 0.06
    freq_eff: float = 140e6
    bandwidth: float | None = 2e6
    stokes: str = "I"
    is_difference: bool = False
    rms_min: float = 1e-4
    rms_max: float = 3e-4
    detection_threshold: float = 6.0
    noise_correlation: float | None = None
    searched_area: float | None = None
    noise: NoiseGrid | None = None
    checks: Sequence[Mapping[str, Any]] = ()
    blank_size: float | None = None
    blank: str = "{}"
    near_blank: str = "{}"
    pixels: bool = True  # a source list has none, and what is in it cannot be measured again
    digest: str = field(default_factory=lambda: f"fed {next(_digests)}")


# image -> what a forced fit finds at these positions (one row each), or None for no fit at all
Force = Callable[[FedImage, ForcedRequests], Measurements]


def nothing_there(image: FedImage, requests: ForcedRequests) -> Measurements:
    """Measure zero flux wherever asked."""
    return measurements(requests.ra, requests.dec, int_flux=0.0, int_flux_err=5e-4)


@dataclass
class Feeder:
    """A data set that is fed time step after time step, a day apart."""

    conn: psycopg.Connection[Any]
    name: str = "fed"
    de_ruiter_limit: float = 5.68
    beam_limit: float = 3.0
    expiry: int = 10
    bandwidth_max: float = 0.0
    backfill: int = 0
    reference: Mapping[str, Any] = field(default_factory=dict)
    stamps: Mapping[str, Any] = field(default_factory=dict)
    tense: str = "real"
    derived: bool = False
    polarisation: Mapping[str, Any] = field(default_factory=dict)
    packed: bool = False  # whether every point is packed after each time step

    def __post_init__(self) -> None:
        configuration = {
            "association": {"de_ruiter_limit": self.de_ruiter_limit, "beam_limit": self.beam_limit},
            "null_detection": {"expiry": self.expiry, "backfill": self.backfill},
            "image": {"bandwidth_max": self.bandwidth_max},
            "reference": dict(self.reference),
            "dataset": {"tense": self.tense, "derived": self.derived},
        }
        if self.stamps:
            configuration["stamps"] = dict(self.stamps)
        if self.polarisation:
            configuration["polarisation"] = dict(self.polarisation)
        self.dataset_id = routines.open_dataset(self.conn, self.name, configuration).dataset_id
        self.run_id = routines.start_run(
            self.conn, self.dataset_id, configuration, "0", "host", "somebody", "fed", {}
        )
        self.next_at = START
        self.requests: list[ForcedRequests] = []
        self.told: list[str | None] = []
        self.images: dict[int, FedImage] = {}
        self.cut: list[Any] = []
        self.announced: list[Any] = []

    def step(
        self,
        *images: FedImage,
        taken_at: datetime | None = None,
        force: Force | None = nothing_there,
    ) -> list[int]:
        """Store one time step; return the image ids. `requests` then holds what was asked for."""
        taken_at = taken_at or self.next_at
        ids = []
        self.told = []
        with self.conn.transaction():
            routines.begin_time_step(self.conn, self.dataset_id, taken_at)
            for image in images:
                ids.append(self._register(image, taken_at))
                if all(check["passed"] for check in image.checks):
                    routines.load_measurements(self.conn, ids[-1], image.blind)
                    self.told.append(routines.correct_image(self.conn, ids[-1]))
                    routines.associate_image(self.conn, ids[-1])
            self.requests = []
            for image_id, image in zip(ids, images, strict=True):
                if not all(check["passed"] for check in image.checks):
                    continue
                requests = routines.forced_requests(self.conn, image_id)
                self.requests.append(requests)
                if force and len(requests):
                    fits = force(image, requests)
                    routines.load_forced(self.conn, image_id, len(image.blind), requests, fits)
            self.images.update(zip(ids, images, strict=True))
            if force and self.backfill:
                self._fill(ids[0], force)
            routines.fit_leakage(self.conn)
            if self.stamps:
                self._keep_stamps()
            routines.request_classification(self.conn)
            self.announced = routines.add_events(self.conn)
            routines.close_time_step(self.conn)
        self.next_at = taken_at + timedelta(days=1)
        if self.packed:
            pack(self)
        return ids

    def _fill(self, first_image_id: int, force: Force) -> None:
        """Measure what the open time step founded in its images and the last ones before."""
        founded = routines.founded_since(self.conn, self.dataset_id, first_image_id)
        founded += routines.part_blends(self.conn, founded, self.backfill)
        for row in routines.backfill_images(self.conn, self.dataset_id, founded, self.backfill):
            requests = routines.backfill_requests(self.conn, row.image_id, founded)
            if len(requests):
                first_row = routines.next_row(self.conn, row.image_id)
                fits = force(self.images[row.image_id], requests)
                routines.copy_forced(self.conn, row.image_id, first_row, requests, fits)
                routines.add_backfill(self.conn, row.image_id)

    def _keep_stamps(self) -> None:
        """Keep stamps of a hundred bytes that name their image; `cut` then holds those cut."""
        wanted = routines.stamp_requests(self.conn)
        self.cut = [one for one in wanted if not one.is_there]
        files: dict[int, bytes | None] = {
            one.number: one.path.encode().ljust(100) for one in self.cut
        }
        routines.add_stamps(self.conn, files)

    def blind(self, ra: ArrayLike, dec: ArrayLike, **columns: Any) -> int:
        """Store a time step of one image with these blind measurements; return its id."""
        return self.step(FedImage(measurements(ra, dec, **columns)))[0]

    def _register(self, image: FedImage, taken_at: datetime) -> int:
        vertices: NDArray[np.float64] | None = (
            None if image.vertices is None else np.array(image.vertices)
        )
        (row,) = call(
            self.conn,
            "register_image",
            run_id=self.run_id,
            path=f"{image.digest}.fits",
            digest=image.digest,
            taken_at=taken_at,
            duration=300.0,
            freq_eff=image.freq_eff,
            bandwidth=image.bandwidth,
            stokes=image.stokes,
            telescope=None,
            ra=image.ra % 360,
            dec=image.dec,
            pixel_scale_x=-0.01 if image.pixels else math.nan,
            pixel_scale_y=0.01 if image.pixels else math.nan,
            beam_major=image.beam_major,
            beam_minor=image.beam_major,
            beam_pa=0.0,
            rms_median=(image.rms_min * image.rms_max) ** 0.5,
            rms_min=image.rms_min,
            rms_max=image.rms_max,
            noise_correlation=image.noise_correlation,
            searched_area=image.searched_area,
            detection_threshold=image.detection_threshold,
            analysis_threshold=3.0,
            footprint_ra=image.ra % 360,
            footprint_dec=image.dec,
            footprint_radius=image.radius,
            vertex_ra=None if vertices is None else vertices[:, 0].tolist(),
            vertex_dec=None if vertices is None else vertices[:, 1].tolist(),
            checks=Jsonb(list(map(dict, image.checks))),
            blank_size=image.blank_size,
            blank=image.blank,
            near_blank=image.near_blank,
            signed=image.is_difference or image.stokes != "I",
        )
        image_id = int(row.register_image)
        if image.noise:
            call(
                self.conn,
                "store_noise_map",
                image_id=image_id,
                l0=image.noise.l0,
                m0=image.noise.m0,
                dl=image.noise.dl,
                dm=image.noise.dm,
                rms=np.where(np.isnan(image.noise.rms), None, image.noise.rms).tolist(),
            )
        return image_id
