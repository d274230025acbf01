"""A whole simulation: the sky, its images over time and frequency, the truth tables."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from astropy import units as u
from astropy.table import Table
from numpy.typing import NDArray

from trapdb.simulate.errors import SimulationError, require
from trapdb.simulate.field import Field
from trapdb.simulate.images import header, write
from trapdb.simulate.noise import draw_noise, noise_filter
from trapdb.simulate.observation import Observation
from trapdb.simulate.polarisation import Polarisation
from trapdb.simulate.population import Population, Sky, draw_sky
from trapdb.simulate.render import response
from trapdb.simulate.truth import Truth, read_images

Kind = TypeVar("Kind")

# Streams of random numbers: the noise does not depend on the sky, nor one image on another.
_SKY_STREAM, _NOISE_STREAM, _POLARISATION_STREAM = 0, 1, 2


def simulate(
    out: Path | str,
    *,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
    **settings: Any,
) -> Truth:
    """Simulate images of one field over time, with the truth beside them.

    The defaults make a small field that shows what trapdb is for: among a hundred steady sources
    one flares and one is there in a single epoch. The same arguments make the same bytes.

    Parameters
    ----------
    out : path
        Folder for the images and the truth tables; made if it does not exist. A former
        simulation in it is replaced; any other content is refused.
    seed : int, default 1
        Another seed makes another sky and other noise. The noise of an image depends on seed,
        epoch, band, Stokes parameter, size, beam, kind and rms alone: without sources it is the
        same.
    progress : callable, optional
        Called with the number of images written and their total after each.
    **settings
        What is observed and how: the attributes of `Field`, `Population`, `Polarisation` and
        `Observation`, by name, such as ``size=256, sources=20, epochs=4``.

    Returns
    -------
    Truth
        The tables, as `read_truth` gives them.

    Raises
    ------
    SimulationError
        If the arguments make no image, the sources do not fit, or the folder is not free.
    TypeError
        There is no setting of such a name.
    """
    out = Path(out)
    require(seed >= 0, f"seed is {seed}: give 0 or more")
    field = _take(Field, settings)
    population = _take(Population, settings)
    polarisation = _take(Polarisation, settings)
    observation = _take(Observation, settings)
    if settings:
        raise TypeError(f"no settings of a simulation: {', '.join(settings)}")
    sky = draw_sky(_stream(seed, _SKY_STREAM), field, population, observation.epochs)
    shares = polarisation.shares(_stream(seed, _POLARISATION_STREAM), sky, field)
    images = observation.images()
    images["rms"] = np.full(len(images), field.rms) * u.Jy / u.beam
    images.meta = {
        "seed": seed,
        "noise": field.noise,
        "beam": list(field.beam),
        "pixel": field.pixel,
    }
    truth = Truth(out, _sources(sky), _fluxes(sky, shares, images), images)
    _make_room(out)
    truth.write()
    _write_images(truth, sky, field, observation, progress)
    return truth


def _take(kind: type[Kind], settings: dict[str, Any]) -> Kind:
    """Make a part of the simulation from its settings, which are removed from `settings`."""
    names = [one.name for one in fields(kind) if one.name in settings]  # type: ignore[arg-type]
    return kind(**{name: settings.pop(name) for name in names})


def _write_images(
    truth: Truth,
    sky: Sky,
    field: Field,
    observation: Observation,
    progress: Callable[[int, int], None] | None,
) -> None:
    shape = response(sky.x, sky.y, sky.covariance, field.size)
    factors = noise_filter(field)
    peaks = np.asarray(truth.fluxes["peak_flux"]).reshape(len(truth.images), len(sky))
    for number, (image, path) in enumerate(zip(truth.images, truth.paths, strict=True)):
        key = [truth.images.meta["seed"], _NOISE_STREAM, int(image["epoch"]), int(image["band"])]
        if image["stokes"] != "I":
            key.append("IQUV".index(image["stokes"]))
        pixels = draw_noise(_stream(*key), field.size, factors)
        pixels += (shape @ peaks[number]).reshape(field.size, field.size)
        write(path, pixels, header(field, observation.exposure(image), observation.axes))
        if progress:
            progress(number + 1, len(truth.images))


def _stream(*key: int) -> np.random.Generator:
    return np.random.default_rng(key)


def _sources(sky: Sky) -> Table:
    """Return the truth about the sources."""
    return Table(
        {
            "id": np.arange(len(sky)),
            "name": sky.name,
            "kind": sky.kind,
            "ra": sky.ra * u.deg,
            "dec": sky.dec * u.deg,
            "x": sky.x * u.pix,
            "y": sky.y * u.pix,
            "flux": sky.peak_flux / sky.peak_per_flux * u.Jy,
            "peak_flux": sky.peak_flux * u.Jy / u.beam,
            "spectral_index": sky.spectral_index,
            "major": sky.major * u.deg,
            "minor": sky.minor * u.deg,
            "pa": sky.pa * u.deg,
        }
    )


def _fluxes(sky: Sky, shares: Mapping[str, NDArray[np.float64]], images: Table) -> Table:
    """Return the truth about each source in each image."""
    ratio = images["frequency"] / images["frequency"][0]
    peak = np.stack(
        [
            sky.peak_fluxes(int(e), float(r)) * shares[str(s)]
            for e, r, s in zip(images["epoch"], ratio, images["stokes"], strict=True)
        ]
    )
    return Table(
        {
            "id": np.tile(np.arange(len(sky)), len(images)),
            "epoch": np.repeat(images["epoch"], len(sky)),
            "band": np.repeat(images["band"], len(sky)),
            "stokes": np.repeat(images["stokes"], len(sky)),
            "flux": (peak / sky.peak_per_flux).ravel() * u.Jy,
            "peak_flux": peak.ravel() * u.Jy / u.beam,
            "snr": (peak / images["rms"].data[:, None]).ravel(),
        }
    )


def _make_room(out: Path) -> None:
    """Make the folder, or clear it of a former simulation, so that no image of that one stays."""
    require(out.is_dir() or not out.exists(), f"{out} is not a folder: name one to make or to fill")
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        former = read_images(out)
        if former is None:
            raise SimulationError(
                f"{out} holds something else than a simulation: name a new or an empty folder"
            )
        for file in former["file"]:
            (out / Path(file).name).unlink(missing_ok=True)
