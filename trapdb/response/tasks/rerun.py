"""Task ``rerun``: analyse the images of a source once more.

Without a command, sources are extracted anew around the position, with other thresholds, from the
images of the source or from others. With a command of the user's, such as an imager, what it makes
is ingested into a data set of its own, and compared.
"""

import glob
import math
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from string import Formatter
from typing import Any

import numpy as np
from pydantic import Field

import extractor
from extractor.errors import ExtractorError
from extractor.geometry.sky import separation
from trapdb.configuration.keys import Section
from trapdb.database.connection import call
from trapdb.errors import ConfigurationError, InputError, TrapdbError
from trapdb.response.assignment import Assignment, Context
from trapdb.response.folder import file_in, response_folder
from trapdb.response.images import images_of
from trapdb.response.memory import of_programs
from trapdb.response.statements import statement

# So begin the names of data sets of what commands make.
MADE = "rerun-"
# Of frequencies of one image, which imagers average differently.
SAME_FREQUENCY = 0.01
SHOWN = ("ra", "dec", "peak_flux", "peak_flux_err", "int_flux", "int_flux_err", "snr", "local_rms")


class Settings(Section):
    """Commands that may be run, and where they put what they make."""

    commands: dict[str, list[str]] = Field(
        default={},
        description="By name, a program with its arguments, in which {ra}, {dec}, {event_id}, "
        "{taken_at}, {path} (the image) and {output} (a folder) are filled in.",
    )
    folder: str | None = Field(
        default=None, description="The folder (unset: response/reruns in trapdb's own)."
    )


def perform(assignment: Assignment, context: Context) -> dict[str, Any]:
    """Run it.

    Arguments, all optional: ``detection_threshold`` and ``analysis_threshold``, in rms noises, 5
    and 3 by default; ``radius_arcsec``, 60; ``last``, how many images, 1; ``paths``, other images
    instead; or ``command``, and ``dataset``, into which its images go.
    """
    if "command" in assignment.arguments:
        return _by_command(assignment, context)
    said = assignment.arguments
    det = float(said.get("detection_threshold", 5.0))
    anl = float(said.get("analysis_threshold", min(3.0, det)))
    radius = float(said.get("radius_arcsec", 60.0))
    found = [
        {"path": path, **_extracted(path, header, assignment, det, anl, radius)}
        for path, header in _images(assignment, context)
    ]
    return {"detection_threshold": det, "analysis_threshold": anl, "images": found}


def _images(
    assignment: Assignment, context: Context
) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
    """Yield the paths of images, and the sets of header values with which they may be read."""
    if "paths" in assignment.arguments:
        given = assignment.arguments["paths"]
        given = [given] if isinstance(given, str) else given
        paths = sorted({path for pattern in given for path in glob.glob(str(pattern))})
        if not paths:
            raise InputError(f"{', '.join(map(str, given))}: there are no such images")
        for path in paths:
            yield path, [{}]
        return
    images, headers = images_of(assignment, context, int(assignment.arguments.get("last", 1)))
    for image in images:
        yield image.path, headers or [{}]


def _extracted(
    path: str,
    headers: Sequence[Mapping[str, Any]],
    assignment: Assignment,
    det: float,
    anl: float,
    radius_arcsec: float,
) -> dict[str, Any]:
    trouble = "it cannot be read"
    for header in headers:
        try:
            image = extractor.open(path, header=header or None)
            sources = image.extract(det=det, anl=anl)
        except ExtractorError as error:
            trouble = " ".join(str(error).split())
            continue
        ra, dec = np.asarray(sources.ra), np.asarray(sources.dec)
        apart = separation(ra, dec, assignment.event.ra, assignment.event.dec) * 3600
        near = np.flatnonzero(apart <= radius_arcsec)
        return {
            "taken_at": image.taken_at,
            "freq_eff": image.freq_eff,
            "n_sources": len(ra),
            "near": [
                {
                    "separation_arcsec": float(apart[one]),
                    **{name: float(getattr(sources, name)[one]) for name in SHOWN},
                }
                for one in near[np.argsort(apart[near])]
            ],
        }
    return {"trouble": trouble}


def _by_command(assignment: Assignment, context: Context) -> dict[str, Any]:
    event, said = assignment.event, assignment.arguments
    name = str(said["command"])
    if name not in context.settings.commands:
        raise ConfigurationError(f"section [response.rerun] has no command {name!r}")
    dataset = str(said.get("dataset", f"{MADE}{assignment.package_id}-{assignment.number}"))
    if event.dataset == dataset or event.dataset.startswith(MADE):
        raise InputError(f"{event.dataset} is what such a task made: it is not analysed once more")
    with context.connect("reader") as conn:
        there = conn.execute(statement("is_derived"), {"dataset": dataset}).fetchone()
    if there is not None and not there.is_derived:
        raise InputError(
            f"data set {dataset} is not made of others: name one that is, or a new one"
        )
    output = file_in(response_folder(context.settings.folder, "reruns"), dataset)
    output.mkdir(parents=True, exist_ok=True)
    images, _ = images_of(assignment, context, 1)
    filled = {
        "ra": f"{event.ra:.8f}",
        "dec": f"{event.dec:.8f}",
        "event_id": str(event.event_id),
        "taken_at": event.taken_at.isoformat(),
        "path": images[0].path,
        "output": str(output),
    }
    _run([_filled(word, filled) for word in context.settings.commands[name]], name)
    ingest = ["ingest", str(output), "--dataset", dataset, "--tense", event.tense, "--derived"]
    # in the environment, where no list of processes shows a password
    place = {} if context.database is None else {"TRAPDB_DATABASE_URL": context.database}
    _run([sys.executable, "-m", "trapdb", *ingest], "ingest", statuses=(0, 1), more=place)
    return {"dataset": dataset, "command": name, **_compared(assignment, context, dataset)}


def _filled(word: str, values: Mapping[str, str]) -> str:
    try:
        names = {name for _, name, _, _ in Formatter().parse(word) if name is not None}
    except ValueError as error:
        raise ConfigurationError(f"{word!r} in [response.rerun]: {error}") from error
    if not names <= set(values):
        raise ConfigurationError(
            f"{word!r} in [response.rerun]: known are {', '.join(sorted(values))}"
        )
    return word.format_map(values)


def _run(
    words: Sequence[str], name: str, statuses: Sequence[int] = (0,), more: Mapping[str, str] = {}
) -> None:
    """Run a program, without a shell; its last line tells why it failed."""
    try:
        with of_programs():
            process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                env={**os.environ, **more},
            )
    except OSError as error:
        raise ConfigurationError(f"{name}: {words[0]}: {error.strerror}") from error
    with process:
        output, errors = process.communicate()
    if process.returncode not in statuses:
        *_, last = ["", *output.split("\n"), *errors.strip().split("\n")]
        raise TrapdbError(f"{name} ended with status {process.returncode}: {last[-300:]}")


def _compared(assignment: Assignment, context: Context, dataset: str) -> dict[str, Any]:
    """Compare the source as it was with what is there in another data set.

    Flux densities are those of points of the same time, frequency and Stokes parameter, Jy.
    """
    event = assignment.event
    radius = float(assignment.arguments.get("radius_arcsec", 60.0)) / 3600
    before = context.light_curve(assignment.source_id)
    with context.connect("reader") as conn:
        near = call(conn, "cone", dataset=dataset, ra=event.ra, dec=event.dec, radius=radius)
        if not near:
            return {"found": False}
        again = call(conn, "lightcurve_of", source_id=near[0].source_id)
    pairs = [
        (was.int_flux, point.int_flux)
        for point in again
        if point.usable and (was := _same(point, before)) is not None
    ]
    ratios = [now / was for was, now in pairs if was and math.isfinite(now / was)]
    return {
        "found": True,
        "source_id": near[0].source_id,
        "separation_arcsec": near[0].separation * 3600,
        "int_flux": [{"before": was, "again": now} for was, now in pairs],
        "median_ratio": float(np.median(ratios)) if ratios else None,
    }


def _same(point: Any, others: Sequence[Any]) -> Any:
    """Return which of other points is of the same time, Stokes parameter and frequency, if any."""
    return next(
        (
            other
            for other in others
            if other.usable
            and (other.taken_at, other.stokes) == (point.taken_at, point.stokes)
            and math.isclose(other.freq_eff, point.freq_eff, rel_tol=SAME_FREQUENCY)
        ),
        None,
    )
