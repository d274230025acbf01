"""A whole simulation: the sky, its images over time and frequency, the truth tables."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from astropy import units as u
from astropy.table import Table

from trapdb.simulate.errors import SimulationError, require, require_positive
from trapdb.simulate.field import Field
from trapdb.simulate.images import Exposure, header, write
from trapdb.simulate.noise import NOISE_KINDS, NoiseKind, draw_noise, noise_filter
from trapdb.simulate.population import Population, Sky, draw_sky
from trapdb.simulate.render import response
from trapdb.simulate.truth import Truth, read_images

_BAND_STEP = 0.2  # distance of the bands, in frequencies of the first
_BANDWIDTH = 0.02  # width of a band, in frequencies of the first

# Streams of random numbers: the noise does not depend on the sky, nor one image on another.
_SKY_STREAM, _NOISE_STREAM = 0, 1


def simulate(
    out: Path | str,
    *,
    epochs: int = 10,
    size: int = 512,
    sources: int = 100,
    variable: int = 0,
    flaring: int = 1,
    one_epoch: int = 1,
    resolved: int = 0,
    pairs: int = 0,
    bands: int = 1,
    seed: int = 1,
    noise: NoiseKind = "psf",
    rms: float = 1e-3,
    ra: float = 150.0,
    dec: float = 30.0,
    pixel: float = 5 / 3600,
    beam: tuple[float, float, float] = (23 / 3600, 18.5 / 3600, 35.0),
    minimum_snr: float = 12.0,
    maximum_snr: float = 1000.0,
    slope: float = 1.5,
    separation: float = 5.0,
    pair_separation: tuple[float, float] = (1.0, 1.5),
    pair_flux_ratio: tuple[float, float] = (1.0, 3.0),
    start: datetime = datetime(2026, 1, 1, tzinfo=UTC),
    cadence: float = 600.0,
    frequency: float = 150e6,
    axes: int = 4,
    progress: Callable[[int, int], None] | None = None,
) -> Truth:
    """Simulate images of one field over time, with the truth beside them.

    The defaults make a small field that shows what trapdb is for: among a hundred steady sources
    one flares and one is there in a single epoch. The same arguments make the same bytes.

    Parameters
    ----------
    out : path
        Folder for the images and the truth tables; made if it does not exist. A former
        simulation in it is replaced; any other content is refused.
    epochs : int, default 10
        Moments in time; each gives one image per band.
    size : int, default 512
        Pixels along each axis.
    sources : int, default 100
        Steady point sources; the others come on top.
    variable : int, default 0
        Sources whose flux is a sine of 0.3 to 0.8 of its mean, of a period from 3 epochs up.
    flaring : int, default 1
        Steady sources that jump to 4 to 11 times their flux and decay within 1 to 3 epochs.
        The flare begins in the second epoch at the earliest.
    one_epoch : int, default 1
        Sources that are there in one epoch only: the first of them in the middle one, the next
        in those that follow, and round again.
    resolved : int, default 0
        Steady elliptical Gaussians of 0.5 to 2 beams, before the beam.
    pairs : int, default 0
        Pairs of steady points.
    bands : int, default 1
        Frequency bands, 0.2 of the first frequency apart. The beam is the same in all.
    seed : int, default 1
        Another seed makes another sky and other noise. The noise of an image depends on seed,
        epoch, band, size, beam, kind and rms alone: without sources it is the same.
    noise : {'psf', 'convolved'}, default 'psf'
        Autocorrelation of the noise: the beam, or that of white noise smoothed with the beam.
    rms : float, default 1e-3
        Noise of each image, Jy/beam.
    ra, dec : float, default 150, 30
        Centre of the field, deg.
    pixel : float, default 5 / 3600
        Size of a pixel, deg.
    beam : tuple of float, default (23 / 3600, 18.5 / 3600, 35)
        Major and minor FWHM and position angle, deg.
    minimum_snr, maximum_snr : float, default 12, 1000
        Range of the peak fluxes in the first band over the rms.
    slope : float, default 1.5
        The number of sources above S goes as ``S**-slope``. In a pair it holds for the fainter.
    separation : float, default 5
        Least separation of two sources that are no pair, major axes of the beam.
    pair_separation : tuple of float, default (1, 1.5)
        Range of separations in a pair, FWHM of the beam along the line between the two.
    pair_flux_ratio : tuple of float, default (1, 3)
        Range of flux ratios in a pair, the brighter over the fainter.
    start : datetime, default 2026-01-01
        Start of the first image, with its time zone.
    cadence : float, default 600
        From the start of an image to that of the next, s; each lasts that long.
    frequency : float, default 150e6
        Of the first band, Hz.
    axes : {4, 2}, default 4
        Axes of the images: with or without those of frequency and Stokes parameter.
    progress : callable, optional
        Called with the number of images written and their total after each.

    Returns
    -------
    Truth
        The tables, as `read_truth` gives them.

    Raises
    ------
    SimulationError
        If the arguments make no image, the sources do not fit, or the folder is not free.
    """
    out = Path(out)
    counts = {
        "steady": sources,
        "variable": variable,
        "flaring": flaring,
        "one_epoch": one_epoch,
        "resolved": resolved,
        "pair": pairs,
    }
    require(epochs >= 1, f"epochs is {epochs}: ask for at least 1")
    require(bands >= 1, f"bands is {bands}: ask for at least 1")
    require(seed >= 0, f"seed is {seed}: give 0 or more")
    require(noise in NOISE_KINDS, f"noise is {noise!r}: give {' or '.join(NOISE_KINDS)}")
    require_positive(cadence=cadence, frequency=frequency)
    require(axes in (2, 4), f"axes is {axes}: give 2 or 4")
    require(start.tzinfo is not None, f"start {start} has no time zone: give one, such as UTC")

    field = Field(size=size, pixel=pixel, ra=ra, dec=dec, beam=beam, rms=rms)
    population = Population(
        counts=counts,
        snr=(minimum_snr, maximum_snr),
        slope=slope,
        separation=separation,
        pair_separation=pair_separation,
        pair_flux_ratio=pair_flux_ratio,
    )
    sky = draw_sky(_stream(seed, _SKY_STREAM), field, population, epochs)
    images = Table(
        {
            "file": [f"epoch{e:04d}_band{b:02d}.fits" for e in range(epochs) for b in range(bands)],
            "epoch": np.repeat(np.arange(epochs), bands),
            "band": np.tile(np.arange(bands), epochs),
        },
        meta={"seed": seed, "noise": noise, "beam": list(beam), "pixel": pixel},
    )
    moments = [
        start.astimezone(UTC) + timedelta(seconds=cadence * float(epoch))
        for epoch in images["epoch"]
    ]
    images["taken_at"] = [moment.isoformat() for moment in moments]
    images["frequency"] = frequency * (1 + _BAND_STEP * images["band"]) * u.Hz
    images["rms"] = np.full(len(images), rms) * u.Jy / u.beam
    truth = Truth(out, _sources(sky), _fluxes(sky, images), images)

    _make_room(out)
    truth.write()
    shape = response(sky.x, sky.y, sky.covariance, size)
    factors = noise_filter(field, noise)
    peaks = np.asarray(truth.fluxes["peak_flux"]).reshape(len(images), len(sky))
    for number, (row, path) in enumerate(zip(images, truth.paths, strict=True)):
        rng = _stream(seed, _NOISE_STREAM, int(row["epoch"]), int(row["band"]))
        pixels = draw_noise(rng, size, factors)
        pixels += (shape @ peaks[number]).reshape(size, size)
        exposure = Exposure(
            moments[number], cadence, float(row["frequency"]), _BANDWIDTH * frequency
        )
        write(path, pixels, header(field, exposure, axes))
        if progress:
            progress(number + 1, len(images))
    return truth


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


def _fluxes(sky: Sky, images: Table) -> Table:
    """Return the truth about each source in each image."""
    ratio = images["frequency"] / images["frequency"][0]
    peak = np.stack(
        [sky.peak_fluxes(int(e), float(r)) for e, r in zip(images["epoch"], ratio, strict=True)]
    )
    return Table(
        {
            "id": np.tile(np.arange(len(sky)), len(images)),
            "epoch": np.repeat(images["epoch"], len(sky)),
            "band": np.repeat(images["band"], len(sky)),
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
