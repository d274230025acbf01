"""A cube of times with bursts in it, written plane by plane."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from astropy import units as u
from astropy.table import Table
from numpy.typing import NDArray

from trapdb.simulate.errors import require, require_positive
from trapdb.simulate.field import Field
from trapdb.simulate.images import Exposure, header
from trapdb.simulate.noise import draw_noise, noise_filter
from trapdb.simulate.render import response
from trapdb.whole_file import whole_file

BLOCK = 2880
# Bursts and sources stand at least so far from the edge, and from each other, in beams.
EDGE_BEAMS, APART_BEAMS = 4.0, 4.0
ATTEMPTS = 200


@dataclass(frozen=True)
class TimeCube:
    """A field observed in a row of short images.

    Attributes
    ----------
    planes : int, default 100
        Images.
    bursts : int, default 10
        Sources that are there for some of the images, and constant then.
    widths : sequence of int, default 1 to 16
        For how many: drawn from these.
    snr : float, default 7
        Significance of each burst by all of its images together [sigma].
    steady : int, default 10
        Steady point sources, of 5 to 50 sigma in an image.
    start : datetime, default 2026-01-01
        Start of the first image, with its time zone.
    cadence : float, default 8
        From the start of an image to that of the next, s; each lasts that long.
    frequency : float, default 150e6
        Hz.
    """

    planes: int = 100
    bursts: int = 10
    widths: Sequence[int] = tuple(range(1, 17))
    snr: float = 7.0
    steady: int = 10
    start: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    cadence: float = 8.0
    frequency: float = 150e6

    def __post_init__(self) -> None:
        """Raise SimulationError if no cube can be made so."""
        require(self.planes >= 1, f"planes is {self.planes}: ask for at least 1")
        for name in ("bursts", "steady"):
            count = getattr(self, name)
            require(count >= 0, f"the number of {name} sources is {count}: give 0 or more")
        require(
            min(self.widths) >= 1 and max(self.widths) <= self.planes,
            f"widths are {min(self.widths)} to {max(self.widths)}: give 1 to {self.planes}",
        )
        require_positive(cadence=self.cadence, frequency=self.frequency, snr=self.snr)


def simulate_time_cube(path: Path, field: Field, cube: TimeCube, seed: int = 1) -> Table:
    """Write a cube of times with bursts.

    Parameters
    ----------
    path
        The FITS file, with axes of the sky and of time. The truth is written beside it, as a table
        of the same name that ends in ``.ecsv``.
    field
        Size, place, beam and noise.
    cube
        What is in it.
    seed
        Another one makes another sky and noise.

    Returns
    -------
    Table
        The truth about the bursts: ra, dec (deg), first (plane, from 0), width (planes), peak_flux
        (Jy/beam), snr, and matched_snr: as it came out, with the noise that is at its place in
        its planes.

    Raises
    ------
    SimulationError
        There is no room for so many bursts.
    """
    rng = np.random.default_rng(seed)
    x, y = _places(rng, field, cube.bursts + cube.steady)
    widths = rng.choice(np.asarray(cube.widths), cube.bursts)
    first = rng.integers(0, cube.planes - widths + 1)
    peak = cube.snr * field.rms / np.sqrt(widths)
    steady = field.rms * rng.uniform(5, 50, cube.steady)
    shape = response(x, y, np.broadcast_to(field.beam_covariance, (len(x), 2, 2)), field.size)
    factors = noise_filter(field)
    exposure = Exposure(cube.start, cube.cadence, cube.frequency, 0.02 * cube.frequency)
    cards = header(field, exposure, 2)
    cards["CTYPE3"], cards["CUNIT3"], cards["CRPIX3"] = "TIME", "s", 1.0
    cards["CRVAL3"], cards["CDELT3"] = 0.0, cube.cadence
    for key in ("DATE-END", "EXPTIME", "DATE-AVG"):  # which were of one plane
        cards.remove(key, ignore_missing=True)
    rows, columns = (np.rint(axis[: cube.bursts]).astype(int) for axis in (y, x))
    noise = np.zeros(cube.bursts)
    with whole_file(path) as aside, aside.open("wb") as stream:
        stream.write(_header(cards, field.size, cube.planes))
        for plane in range(cube.planes):
            there = (first <= plane) & (plane < first + widths)
            pixels = draw_noise(rng, field.size, factors)
            noise += np.where(there, pixels[rows, columns], 0.0)
            flux = np.concatenate([np.where(there, peak, 0.0), steady])
            pixels += (shape @ flux).reshape(field.size, field.size)
            stream.write(pixels.astype(">f4").tobytes())
        stream.write(b"\0" * (-stream.tell() % BLOCK))
    ra, dec = field.wcs.all_pix2world(x[: cube.bursts], y[: cube.bursts], 0)
    truth = Table(
        {
            "ra": ra * u.deg,
            "dec": dec * u.deg,
            "first": first,
            "width": widths,
            "peak_flux": peak * u.Jy / u.beam,
            "snr": np.full(cube.bursts, cube.snr),
            "matched_snr": cube.snr + noise / (field.rms * np.sqrt(widths)),
        }
    )
    with whole_file(path.with_suffix(".ecsv")) as aside:
        truth.write(aside, format="ascii.ecsv", overwrite=True)
    return truth


def _header(cards: object, size: int, planes: int) -> bytes:
    from astropy.io import fits

    made = fits.Header()
    made["SIMPLE"], made["BITPIX"], made["NAXIS"] = True, -32, 3
    made["NAXIS1"], made["NAXIS2"], made["NAXIS3"] = size, size, planes
    made.update(cards)
    return bytes(made.tostring(), "ascii")


def _places(
    rng: np.random.Generator, field: Field, count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw places away from the edge and from each other, px."""
    beam = field.beam[0] / field.pixel
    edge, apart = EDGE_BEAMS * beam, APART_BEAMS * beam
    require(field.size - 1 > 2 * edge, f"size is {field.size}: too small for {count} places")
    places = np.empty((0, 2))
    for _ in range(count):
        drawn = rng.uniform(edge, field.size - 1 - edge, (ATTEMPTS, 2))
        distance = np.linalg.norm(drawn[:, None] - places, axis=-1)
        free = np.flatnonzero((distance > apart).all(axis=1))
        require(len(free) > 0, f"{count} bursts and sources do not fit: ask for fewer")
        places = np.vstack([places, drawn[free[:1]]])
    return places[:, 0], places[:, 1]
