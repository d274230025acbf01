"""The configuration: one TOML file, every key with its unit and default.

Angles are degrees, flux densities Jy and frequencies Hz; a key with another unit carries it in its
name. Unknown keys and impossible values are refused. What a data set was made with is stored with
it as ``Configuration.model_dump(mode="json")``.
"""

import difflib
import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from trapdb.errors import ConfigurationError

HeaderValue = str | int | float | bool
Finder = Literal["selavy", "pybdsf", "aegean", "pyse"]
# Keys that are tables, in the template.
EXAMPLES = {
    "header": '{ BMAJ = 0.01, DATE-OBS = "2024-05-01T12:00:00" }',
    "columns": '{ ra = "RAJ2000", int_flux = "S_int [mJy]" }',
}


class Section(BaseModel):
    """A table of the file; what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)


class Quality(Section):
    """Limits of the image quality control; an image beyond one of them is recorded as rejected."""

    rms_min: float = Field(
        default=0.0, ge=0, description="the rms of the image's central part lies above, Jy/beam"
    )
    rms_max: float = Field(
        default=100.0, gt=0, description="the rms of the image's central part lies below, Jy/beam"
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

    @model_validator(mode="after")
    def _ordered(self) -> "Quality":
        if self.rms_min >= self.rms_max:
            raise ValueError("rms_min must be below rms_max")
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
    polygon: list[tuple[float, float]] | None = Field(
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
    systematic_error_arcsec: float | None = Field(
        default=None,
        ge=0,
        description="systematic position error added in quadrature, arcsec (unset: beam/10)",
    )

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
    """Where known sources that an image does not show are measured all the same."""

    expiry: int = Field(
        default=10, ge=0, description="stop measuring a source after so many time steps without it"
    )
    # Three earlier points tell a source that noise hid from one that was not there, and three
    # images are few enough to be kept in memory.
    backfill: int = Field(
        default=3,
        ge=0,
        le=1000,
        description="measure new sources in so many images before, and in the others of their step",
    )


class ImageSection(Section):
    """What the image files do not say themselves."""

    bandwidth_max: float = Field(
        default=0.0,
        ge=0,
        description="bandwidth taken for every image to tell bands, Hz (0: the image's own)",
    )
    header: dict[str, HeaderValue] = Field(
        default_factory=dict,
        description="FITS keywords that supplement or replace the images' own; units as in FITS",
    )

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
    """How an ingest works; not kept with the data set, since results do not depend on it."""

    workers: int | None = Field(
        default=None,
        ge=1,
        le=1024,
        description="processes that read and measure images (unset: one for each core)",
    )
    images_in_memory: int | None = Field(
        default=None,
        ge=1,
        description="images that the workers have in memory between them, at the most (unset: two "
        "for each worker, beside those of a time step and those of the back-fill)",
    )
    reconnect_s: float = Field(
        default=300.0,
        ge=0,
        description="for how long to try again when the database went away, s",
    )


class SourceList(Section):
    """What is given are source lists that another finder made; not kept with the data set."""

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
        """Whether the paths that are given are source lists."""
        return self.finder is not None or bool(self.columns)


class Stream(Section):
    """How images are taken that come one by one; not kept with the data set."""

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


class Configuration(Section):
    """All that decides how images become a catalogue."""

    quality: Quality = Quality()
    extraction: Extraction = Extraction()
    association: Association = Association()
    null_detection: NullDetection = NullDetection()
    image: ImageSection = ImageSection()
    ingest: Ingest = Ingest()
    stream: Stream = Stream()
    source_list: SourceList = SourceList()

    def flat(self, given: bool = False) -> dict[str, object]:
        """Return the values by ``section.key``; only those that were set, if asked so."""
        return dict(_flatten(self.model_dump(mode="json", exclude_unset=given)))


def load(
    path: Path | None = None, overrides: Mapping[str, Mapping[str, object]] | None = None
) -> Configuration:
    """Read a configuration file and put options of the command line over it.

    Parameters
    ----------
    path
        TOML file; none for the defaults.
    overrides
        Values by section and key, stronger than the file. Tables (``image.header``) are merged.

    Raises
    ------
    ConfigurationError
        The file cannot be read or parsed, or a key is unknown or its value impossible.
    """
    from extractor.errors import ExtractorError
    from extractor.keywords import clean_overrides

    text = _read(path) if path else ""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: not a TOML file: {error}") from error
    where = path or "options"
    try:
        configuration = Configuration.model_validate(_merge(values, overrides or {}))
        # Not a part of the model: what a data set was once made with has to stay readable.
        clean_overrides(configuration.image.header)
    except ValidationError as error:
        problems = [_problem(detail, text) for detail in error.errors(include_url=False)]
        raise ConfigurationError(f"{where}: {'; '.join(problems)}") from error
    except ExtractorError as error:
        raise ConfigurationError(f"{where}: {error}") from error
    return configuration


def template() -> str:
    """Return a configuration file with every key, its default, its unit and its meaning."""
    lines = ["# trapdb configuration. Every key may be left out; the defaults are shown.", ""]
    for name, section in Configuration.model_fields.items():
        model = section.annotation
        assert isinstance(model, type)
        assert issubclass(model, Section)
        lines += [f"[{name}]", f"# {model.__doc__}"]
        for key, field in model.model_fields.items():
            if key in EXAMPLES:
                lines += [f"# [{name}.{key}]: {field.description}, for instance"]
                lines += [f"# {key} = {EXAMPLES[key]}"]
                continue
            lines.append(f"# {field.description}")
            unset = field.default is None
            lines.append(f"# {key} =" if unset else f"{key} = {json.dumps(field.default)}")
        lines.append("")
    return "\n".join(lines)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file"
        raise ConfigurationError(f"{path}: cannot read the configuration: {reason}") from error


def _merge(base: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(value, Mapping) and isinstance(below, Mapping)
        merged[key] = _merge(below, value) if both else value  # type: ignore[arg-type]
    return merged


def _flatten(values: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _problem(detail: Mapping, text: str) -> str:
    """Put one complaint of the validator into words, with its line in the file."""
    location = [str(part) for part in detail["loc"]]
    key = ".".join(location)
    line = _line_of(location, text)
    place = f"line {line}: {key}" if line else key
    if detail["type"] == "extra_forbidden":
        known = _known_keys(location[:-1])
        close = difflib.get_close_matches(location[-1], known, n=1)
        advice = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
        return f"{place}: unknown key, {advice}"
    message = str(detail["msg"])
    if message.startswith("Value error, "):
        return f"{place}: {message.removeprefix('Value error, ')}"
    return f"{place}: {message[0].lower()}{message[1:]}, not {detail['input']!r}"


def _known_keys(section: list[str]) -> list[str]:
    model: type[BaseModel] = Configuration
    for name in section:
        model = model.model_fields[name].annotation  # type: ignore[assignment]
    return list(model.model_fields)


def _line_of(location: list[str], text: str) -> int | None:
    """Find the line of a key, which tomllib does not tell; none where it is written unusually."""
    section: list[str] = []
    around = None
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[([^\[\]]+)\]", line):
            path = section = header[1].strip().split(".")
        elif key := re.match(r"\s*([\w.-]+)\s*=", line):
            path = section + key[1].split(".")
            if location[: len(path)] == path:
                around = number  # the value is a table that holds the key
        else:
            continue
        if path[: len(location)] == location:
            return number
    return around
