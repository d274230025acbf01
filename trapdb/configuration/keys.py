"""The configuration: every key with its unit and default.

Angles are degrees, flux densities Jy and frequencies Hz; a key with another unit carries it in its
name. Unknown keys and impossible values are refused. A data set's configuration is stored with it
as ``Configuration.model_dump(mode="json")``.
"""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, field_validator, model_validator

HeaderValue = str | int | float | bool
Finder = Literal["selavy", "pybdsf", "aegean", "pyse"]
Tense = Literal["real", "injected", "simulated", "test"]
Corner = Annotated[tuple[float, Annotated[float, Field(ge=-90, le=90)]], Strict(False)]
Error = Annotated[float, Field(ge=0)]
RaAndDec = Annotated[tuple[Error, Error], Strict(False)]
Ratio = Annotated[float, Field(gt=0)]
Limits = Annotated[tuple[Ratio, Ratio], Strict(False)]
# Sections that a data set does not keep.
OF_THE_RUN = {"ingest", "stream", "source_list", "difference"}


class Section(BaseModel):
    """A table of the file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True, strict=True)


class Quality(Section):
    """Limits of the image quality control; an image that exceeds one is recorded as rejected."""

    rms_min: float = Field(
        default=0.0, ge=0, description="the rms of the image's central part lies above, Jy/beam"
    )
    rms_max: float = Field(
        default=100.0, gt=0, description="the rms of the image's central part lies below, Jy/beam"
    )
    rms_side: float = Field(
        default=0.25, gt=0, le=1, description="side of the central part, over the image's, 0 to 1"
    )
    rms_clip: float = Field(
        default=4.0,
        ge=1,
        description="pixels of the central part are left out beyond so many standard deviations",
    )
    max_nan_fraction: float = Field(
        default=0.9, ge=0, le=1, description="largest share of blank pixels, 0 to 1"
    )
    oversampled_px: float = Field(
        default=30.0, gt=0, description="largest half of the beam's major axis (FWHM), pixels"
    )
    max_ellipticity: float = Field(
        default=3.0, ge=1, description="largest ratio of the beam's major to its minor axis"
    )
    thermal_min: float = Field(
        default=1.0, ge=0, description="least ratio of the rms to LOFAR's thermal noise, if known"
    )
    thermal_max: float = Field(
        default=80.0, gt=0, description="largest ratio of the rms to LOFAR's thermal noise"
    )
    rms_history: int = Field(
        default=100,
        ge=0,
        description="judge an rms by so many earlier ones of its band, once there are (0: never)",
    )
    rms_history_sigma: float = Field(
        default=3.0,
        gt=0,
        description="how far an rms may be from the earlier ones, in their standard deviations",
    )
    bright_source_separation: float | None = Field(
        default=None,
        ge=0,
        le=180,
        description="least distance from Cas A, Cyg A, Tau A, Her A, Vir A, Sun and Jupiter, deg "
        "(unset: 10 for LOFAR, 0 for others)",
    )

    reference_offset_max_arcsec: float | None = Field(
        default=None,
        gt=0,
        description="largest median offset of the sources from the first of the reference "
        "catalogues, arcsec (unset: any)",
    )
    reference_flux_ratio: Limits | None = Field(
        default=None,
        description="[smallest, largest] median ratio of the flux densities to those of the first "
        "of the reference catalogues (unset: any)",
    )

    @property
    def needs_reference(self) -> bool:
        """Whether images are judged by a reference catalogue."""
        return not (self.reference_offset_max_arcsec is None and self.reference_flux_ratio is None)

    @model_validator(mode="after")
    def _ordered(self) -> "Quality":
        if self.rms_min >= self.rms_max:
            raise ValueError("rms_min must be below rms_max")
        if (
            self.reference_flux_ratio
            and self.reference_flux_ratio[0] >= self.reference_flux_ratio[1]
        ):
            raise ValueError("the first of reference_flux_ratio must be below the second")
        if self.thermal_min >= self.thermal_max:
            raise ValueError("thermal_min must be below thermal_max")
        return self


class Extraction(Section):
    """How sources are found and measured in an image."""

    detection_threshold: float = Field(
        default=8.0,
        gt=0,
        description="an island of pixels needs one above this, in local rms noises",
    )
    analysis_threshold: float = Field(
        default=3.0, gt=0, description="pixels of an island lie above this, in local rms noises"
    )
    mesh_px: int = Field(
        default=64,
        gt=0,
        description="tiles of the background and noise maps, at least eight beams wide, pixels",
    )
    margin_px: int = Field(
        default=5,
        ge=0,
        description="sources closer to the edge are left out, pixels (at most a quarter of a side)",
    )
    radius: float | None = Field(
        default=None,
        gt=0,
        le=90,
        description="use this far from the image's centre, deg (unset: all)",
    )
    radius_px: float | None = Field(
        default=None, gt=0, description="the same in pixels (unset: all)"
    )
    polygon: list[Corner] | None = Field(
        default=None,
        min_length=3,
        description="use a convex polygon of these corners, [[RA, Dec], ...] in deg (unset: all)",
    )
    valid_pixels: bool = Field(
        default=False, description="use the convex outline of the pixels that are not blank"
    )
    force_beam: bool = Field(
        default=False, description="fit every source with the shape of the beam"
    )
    systematic_error_arcsec: RaAndDec | None = Field(
        default=None,
        description="systematic position error added in quadrature, arcsec; one number, or "
        "[in RA, in Dec] (unset: beam/10)",
    )

    @field_validator("systematic_error_arcsec", mode="before")
    @classmethod
    def _in_ra_and_dec(cls, error: object) -> object:
        is_number = isinstance(error, (int, float)) and not isinstance(error, bool)
        return [error, error] if is_number else error

    @property
    def systematic_error(self) -> tuple[float, float] | None:
        """Systematic position error in RA and Dec, deg; none to leave it to the extractor."""
        if self.systematic_error_arcsec is None:
            return None
        in_ra, in_dec = self.systematic_error_arcsec
        return in_ra / 3600, in_dec / 3600

    @model_validator(mode="after")
    def _ordered(self) -> "Extraction":
        if self.analysis_threshold > self.detection_threshold:
            raise ValueError("analysis_threshold must not be above detection_threshold")
        limits = (self.radius, self.radius_px, self.polygon)
        if sum(limit is not None for limit in limits) + self.valid_pixels > 1:
            raise ValueError("give one of radius, radius_px, polygon and valid_pixels")
        return self


class Association(Section):
    """When a measurement belongs to a known source."""

    de_ruiter_limit: float = Field(
        default=5.68, gt=0, description="largest de Ruiter radius, the offset in units of its error"
    )
    beam_limit: float = Field(
        default=3.0, gt=0, description="largest offset, in halves of the beam's major axis (FWHM)"
    )


class NullDetection(Section):
    """Forced fits of known sources that an image does not show."""

    expiry: int = Field(
        default=10,
        ge=0,
        le=2**31 - 1,
        description="stop measuring a source after so many time steps without it",
    )
    # With three earlier points, a source that noise hid can be distinguished from one that was not
    # there, and three images are few enough to be kept in memory.
    backfill: int = Field(
        default=3,
        ge=0,
        le=1000,
        description="measure new sources in so many images before, and in the others of their step",
    )


class Reference(Section):
    """What is known of the sky, with which the sources are matched."""

    catalogues: list[str] = Field(
        default=[],
        description="names of reference catalogues, as `trapdb reference list` has them",
    )
    spectral_index_min: float = Field(
        default=-2.0,
        description="smallest spectral index by which a flux is taken to a catalogue's frequency "
        "where none is known, S ~ nu^index",
    )
    spectral_index_max: float = Field(default=1.0, description="largest one")
    correct: list[Literal["astrometry", "flux"]] = Field(
        default=[],
        description='correct "astrometry", "flux" or both of each image by the first of the '
        "catalogues before it is associated",
    )

    @model_validator(mode="after")
    def _ordered(self) -> "Reference":
        if self.spectral_index_min > self.spectral_index_max:
            raise ValueError("spectral_index_min must not be above spectral_index_max")
        return self


class Polarisation(Section):
    """Leakage of Stokes I into images of Q, U and V."""

    leakage: float = Field(
        default=0.02,
        ge=0,
        le=1,
        description="leakage, 1 sigma, as a share of Stokes I, of images with too few bright "
        "sources to tell it by",
    )
    leakage_degree: int = Field(
        default=2,
        ge=0,
        le=2,
        description="highest degree of the polynomial of the place that is fitted to it; lower "
        "with fewer than ten sources a coefficient",
    )
    leakage_snr_min: float = Field(
        default=20.0, gt=0, description="S/N in Stokes I from which on a source tells it"
    )


class Stamps(Section):
    """Pieces of images around sources, which are kept in the database when the images are not."""

    of: list[str] = Field(
        default=["new"],
        description='of which sources: "new", those that appear where an earlier image covered the '
        "place, and names of definitions, as `trapdb definition list` has them (empty: none)",
    )
    size_beams: float = Field(
        default=10.0, gt=0, le=1000, description="side, in major axes of the beam (FWHM)"
    )
    mb_per_day: float = Field(
        default=20.0,
        gt=0,
        le=1e6,
        description="at the most for a day of observations, UTC, the most significant sources of "
        "each time step first, 1e6 bytes",
    )


class DatasetSection(Section):
    """What a data set is."""

    tense: Tense = Field(
        default="real",
        description="the sky of its images: real; or injected, simulated or test, of which no "
        "event leaves the house",
    )
    derived: bool = Field(
        default=False,
        description="its images were made of those of another data set: its events wake only "
        "responders of watches that name it",
    )


class ImageSection(Section):
    """Metadata that the image files lack."""

    bandwidth_max: float = Field(
        default=0.0,
        ge=0,
        description="bandwidth taken for every image to tell bands, Hz (0: the image's own)",
    )
    header: dict[str, HeaderValue] = Field(
        default_factory=dict,
        description="FITS keywords that supplement or replace the images' own; units as in FITS",
    )
    detect_on: str | None = Field(
        default=None,
        description="where the image is on which sources are found, whose noise is the same all "
        "over: 'old -> new' in the name, a name with {stem}, or a file (unset: the image itself)",
    )
    weight: str | None = Field(
        default=None,
        description="likewise, where the image of weights is, 1 / noise^2 in any unit (unset: "
        "none)",
    )
    primary_beam: str | None = Field(
        default=None,
        description="likewise, where the image of the primary beam is, for which the image was "
        "corrected (unset: none)",
    )

    @property
    def beside(self) -> str | None:
        """Where the file beside an image is, if there is one."""
        return self.detect_on or self.weight or self.primary_beam

    def of_written(self) -> "ImageSection":
        """Return what applies to images that are made of others and hold what was said of them."""
        return ImageSection(bandwidth_max=self.bandwidth_max)

    @property
    def keywords(self) -> dict[str, HeaderValue]:
        """The header values, with where the files beside images are, as keywords name them."""
        beside = {
            "DETECTON": self.detect_on,
            "WEIGHTIM": self.weight,
            "PBEAMIM": self.primary_beam,
        }
        return self.header | {key: rule for key, rule in beside.items() if rule is not None}

    @model_validator(mode="after")
    def _one_beside(self) -> "ImageSection":
        if sum(rule is not None for rule in (self.detect_on, self.weight, self.primary_beam)) > 1:
            raise ValueError(
                "detect_on, weight and primary_beam say the same of an image: give one of them"
            )
        return self

    @field_validator("header", mode="before")
    @classmethod
    def _as_in_fits(cls, header: object) -> object:
        if not isinstance(header, Mapping):
            return header
        values = {k: v.isoformat() if isinstance(v, date) else v for k, v in header.items()}
        for key, value in values.items():
            if not isinstance(value, HeaderValue):
                raise ValueError(f"{key} must be a text, a number or true or false")
            if isinstance(value, float) and not math.isfinite(value):
                raise ValueError(f"{key} must be a finite number, not {value}")
        return values


class Ingest(Section):
    """Settings of an ingest; not kept with the data set, since results do not depend on them."""

    workers: int | None = Field(
        default=None,
        ge=1,
        le=1024,
        description="processes that read and measure images (unset: one for each core)",
    )
    scheduler: str | None = Field(
        default=None,
        description="measure on the workers of this Dask scheduler, as tcp://host:port, instead of "
        "processes of this machine",
    )
    images_in_memory: int | None = Field(
        default=None,
        ge=1,
        description="images that the workers have in memory between them, at the most (unset: two "
        "for each worker, beside those of a time step and those of the back-fill)",
    )
    image_limit_s: float = Field(
        default=600.0,
        gt=0,
        le=1e6,
        description="a worker that reads or measures one image for longer is ended and replaced, "
        "and the file recorded as unreadable, s",
    )
    include: list[str] = Field(
        default=[],
        description="take only files that match one of these patterns (* and ?), by name or path, "
        "whatever their names say; may be repeated",
    )
    exclude: list[str] = Field(
        default=[],
        description="leave out files that match one of these patterns; may be repeated",
    )
    side_by_side: bool = Field(
        default=False,
        description="take several images of one time, band, Stokes parameter, region and duration",
    )
    reconnect_s: float = Field(
        default=300.0,
        ge=0,
        description="for how long to try again when the database went away, s",
    )

    @field_validator("scheduler")
    @classmethod
    def _address(cls, scheduler: str | None) -> str | None:
        if scheduler is not None and not re.fullmatch(r"(tcp|tls)://\S+:\d+", scheduler):
            raise ValueError(f"give it as tcp://host:port or tls://host:port, not {scheduler!r}")
        return scheduler


class SourceList(Section):
    """Source lists that another finder made, instead of images; not kept with the data set."""

    finder: Finder | None = Field(
        default=None, description="who made the source lists that are given instead of images"
    )
    columns: dict[str, str] = Field(
        default_factory=dict,
        description="columns of source lists by trapdb's names, with the unit if they state none",
    )
    rms: float | None = Field(
        default=None,
        gt=0,
        description="noise of an image that is not there, Jy/beam (unset: the list's, at sources)",
    )

    @property
    def is_given(self) -> bool:
        """Whether the paths on the command line are source lists."""
        return self.finder is not None or bool(self.columns)


class Stream(Section):
    """Settings for images that arrive one by one; not kept with the data set."""

    wait_s: float = Field(
        default=10.0,
        ge=0,
        description="how long a time step waits for more images after its first one came, s",
    )
    images_per_step: int | None = Field(
        default=None,
        ge=1,
        description="a time step is complete with so many images of different frequency or Stokes "
        "parameter (unset: as many as the most of the last ten steps had)",
    )
    rest_s: float = Field(
        default=2.0,
        ge=0.01,
        description="--follow: a file is complete that did not change for so long, s",
    )
    ahead_s: float = Field(
        default=86400.0,
        gt=0,
        le=1e11,
        description="an image whose time lies farther ahead of the clock is refused, lest all that "
        "come later are late, s",
    )
    queue_steps: int = Field(
        default=10,
        ge=1,
        description="--listen: at most so many time steps wait to be taken; the oldest is dropped",
    )
    keep_images: int = Field(
        default=100,
        ge=0,
        description="--listen: files of so many images, the last ones taken, stay in the directory",
    )
    image_mb: float = Field(
        default=100.0,
        gt=0,
        le=4096,
        description="--listen: a larger image is refused, with its connection, 1e6 bytes",
    )
    patience_s: float = Field(
        default=60.0,
        gt=0,
        description="--listen: close a connection that brings no whole image for so long, s",
    )
    connections: int = Field(
        default=8, ge=1, description="--listen: refuse more connections at a time than this"
    )


class Difference(Section):
    """Differences at the end of an ingest, or beside one that goes on; not kept."""

    output: str | None = Field(
        default=None,
        description="subtract a reference from each image, as `trapdb difference` does, and write "
        "the differences into this folder (unset: none)",
    )
    deep_image: str | None = Field(
        default=None,
        description="a deep image to subtract (unset: each time the mean of the images before)",
    )
    threshold: float | None = Field(
        default=None,
        gt=0,
        description="peak S/N of what is found in the differences (unset: as in the images)",
    )


class Configuration(Section):
    """All settings that decide how images become a catalogue."""

    quality: Quality = Quality()
    extraction: Extraction = Extraction()
    association: Association = Association()
    null_detection: NullDetection = NullDetection()
    reference: Reference = Reference()
    polarisation: Polarisation = Polarisation()
    stamps: Stamps = Stamps()
    dataset: DatasetSection = DatasetSection()
    image: ImageSection = ImageSection()
    ingest: Ingest = Ingest()
    stream: Stream = Stream()
    source_list: SourceList = SourceList()
    difference: Difference = Difference()

    @model_validator(mode="after")
    def _has_reference(self) -> "Configuration":
        needed = self.quality.needs_reference or self.reference.correct
        if needed and not self.reference.catalogues:
            raise ValueError(
                "quality.reference_offset_max_arcsec, quality.reference_flux_ratio and "
                "reference.correct need a catalogue: name it in reference.catalogues"
            )
        return self

    def flat(self, given: bool = False) -> dict[str, object]:
        """Return the values by ``section.key``; with `given`, only those that were set."""
        return dict(_flatten(self.model_dump(mode="json", exclude_unset=given)))

    def for_dataset(self, stored: Mapping[str, object]) -> "Configuration":
        """Return the configuration that applies to an existing data set, if this one is requested.

        The header values are not those of the data set, because they belong to the files of a run.
        The settings of the ingest belong to the machine.
        """
        its_own = Configuration.model_validate(stored)
        of_files = ("header", "detect_on", "weight", "primary_beam")
        image = its_own.image.model_copy(
            update={name: getattr(self.image, name) for name in of_files}
        )
        of_the_run = {name: getattr(self, name) for name in OF_THE_RUN}
        return its_own.model_copy(update={"image": image, **of_the_run})

    def overruled_by(self, held: "Configuration") -> dict[str, tuple[object, object]]:
        """Return the values that were set here and do not apply: ``section.key: (asked, held)``."""
        values = held.flat()
        asked = self.flat(given=True)
        return {key: (value, values[key]) for key, value in asked.items() if values[key] != value}


def _flatten(values: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
