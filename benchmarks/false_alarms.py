"""False alarms: the detections that noise makes, against those that the database expects.

First thousands of images as measurements: Gaussian random fields are drawn, and what a detection
is taken from them without any theory, a pixel above the threshold that none of its neighbours
exceeds; its S/N is that of the top of a spline between them. Then tens of images with pixels go
through the whole pipeline. Both with noise that is correlated as the beam, and with white noise
that the beam has smoothed. Counts have the errors of Poisson's distribution.
"""

import argparse
import tempfile
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from benchmarks import pipeline, report
from benchmarks.scratch import administrator, operator, scratch_server
from benchmarks.watching import run
from extractor import Measurements
from tests.feeding import FedImage, Feeder, measurements
from trapdb.configuration.keys import Configuration
from trapdb.database.routines import find_dataset
from trapdb.simulate import simulate

Kind = Literal["psf", "convolved"]
Array = NDArray[np.float64]

PIXEL = 0.01  # deg, as the feeder has it
RA, DEC = 123.0, 0.0
AT_ONCE = 20
# of the autocorrelation, in beams
CORRELATION: dict[Kind, float] = {"psf": 1.0, "convolved": 2**0.5}


def main() -> None:
    command = report.parser(__doc__.splitlines()[0], "false_alarms.png")
    command.add_argument("--fields", type=int, default=1000, help="images without pixels, a kind")
    command.add_argument("--side", type=int, default=256, help="pixels along each axis of these")
    command.add_argument("--beam", type=float, nargs="+", default=[3, 4, 6], help="FWHM, pixels")
    command.add_argument("--images", type=int, default=24, help="images with pixels, a kind")
    command.add_argument("--size", type=int, default=1024, help="pixels along each axis of these")
    command.add_argument("--threshold", type=float, default=4.5, help="of detection")
    options = command.parse_args()
    rows: list[list[Any]] = []
    with scratch_server() as here:
        look = administrator(here)
        report.print_settings(look, options)
        conn = operator(here)
        for kind in CORRELATION:
            for beam in options.beam:
                name = f"{kind}, beam of {beam:g} pixels"
                dataset_id = feed(conn, name, kind, beam, options)
                rows += compare(look, name, dataset_id, options.threshold)
            name = f"{kind}, with pixels"
            rows += compare(look, name, ingest(conn, name, kind, options), options.threshold)
    report.print_table(
        ["noise", "S/N above", "images", "observed", "expected", "ratio", "listed at 5 % false"],
        rows,
    )
    report.save_plot(options.plot, lambda pyplot: _draw(pyplot, rows))


def feed(conn: Any, name: str, kind: Kind, beam: float, options: argparse.Namespace) -> int:
    """Feed images of noise, some a time step; return the data set's id."""
    rng = np.random.default_rng([len(name), round(100 * beam)])
    feeder = Feeder(conn, name)
    for _ in range(options.fields // AT_ONCE):
        images = [
            FedImage(
                detect(field(rng, options.side, beam, kind), options.threshold),
                RA,
                DEC,
                radius=options.side * PIXEL,
                beam_major=beam * PIXEL,
                rms_min=1.0,
                rms_max=1.0,
                detection_threshold=options.threshold,
                noise_correlation=CORRELATION[kind],
                searched_area=(options.side * PIXEL) ** 2,
            )
            for _ in range(AT_ONCE)
        ]
        feeder.step(*images, force=None)
    return feeder.dataset_id


def field(rng: np.random.Generator, side: int, beam: float, kind: Kind) -> Array:
    """Draw noise of variance 1 on a periodic grid, its power spectrum the beam's or its square."""
    frequency = np.fft.fftfreq(side)[:, None] ** 2 + np.fft.rfftfreq(side) ** 2
    power = np.exp(-2 * np.pi**2 * frequency * beam**2 / (8 * np.log(2)))
    amplitude = np.sqrt(power) if kind == "psf" else power
    noise = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((side, side))) * amplitude, (side, side))
    # by the sum of the spectrum, not by this field's own scatter
    double = np.full(amplitude.shape[1], 2.0)
    double[[0, -1]] = 1
    return noise / np.sqrt(np.sum(amplitude**2 * double) / side**2)


def detect(noise: Array, threshold: float) -> Measurements:
    """Measure the local maxima above a threshold."""
    around = np.stack([
        np.roll(noise, (dy, dx), (0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)
    ])  # fmt: skip
    y, x = np.nonzero((noise > threshold) & (noise >= around.max(axis=0)))
    # its top between the pixels, by a spline
    step = np.linspace(-0.7, 0.7, 15)
    down, right = (grid.ravel() for grid in np.meshgrid(step, step))
    places = np.stack([y[:, None] + down, x[:, None] + right])
    snr = map_coordinates(noise, places, order=5, mode="grid-wrap").max(axis=1, initial=-np.inf)
    fed = measurements(
        RA + (x - noise.shape[1] / 2) * PIXEL,
        DEC + (y - noise.shape[0] / 2) * PIXEL,
        ra_err=PIXEL / 2,
        dec_err=PIXEL / 2,
        int_flux=snr,
        int_flux_err=1.0,
    )
    fed.snr[:] = snr
    return fed


def ingest(conn: Any, name: str, kind: Kind, options: argparse.Namespace) -> int:
    """Simulate images of noise and ingest them; return the data set's id."""
    with tempfile.TemporaryDirectory() as folder:
        truth = simulate(
            folder,
            epochs=options.images,
            size=options.size,
            sources=0,
            flaring=0,
            one_epoch=0,
            noise=kind,
        )
        extraction = {"detection_threshold": options.threshold}
        configuration = Configuration.model_validate({"extraction": extraction})
        for _ in pipeline.ingest(conn, name, configuration, truth.paths):
            pass
    return find_dataset(conn, name).dataset_id


def compare(look: Any, name: str, dataset_id: int, threshold: float) -> list[list[Any]]:
    """Compare what was found with what was to be expected, above three levels."""
    rows = []
    # 0: all that was found
    for level in (0.0, threshold + 0.25, threshold + 0.5, threshold + 1):
        (expected,) = run(look, "expected_false", dataset=name, threshold=level)
        (found,) = run(look, "found_false", dataset_id=dataset_id, threshold=level)
        (listed,) = run(look, "false_discoveries", dataset=name, fdr=0.05)
        ratio = found.found / expected.expected
        error = max(found.found, 1) ** 0.5 / expected.expected
        above = level or f"pixel {threshold:g}"
        rows.append(
            [name, above, expected.images, found.found, f"{expected.expected:.1f}",
             f"{ratio:.2f} ± {error:.2f}", listed.listed]
        )  # fmt: skip
    return rows


def _draw(pyplot: Any, rows: list[list[Any]]) -> Any:
    figure, axes = pyplot.subplots(figsize=(6, 5))
    expected, observed = (np.array([float(row[column]) for row in rows]) for column in (4, 3))
    axes.errorbar(expected, observed, np.sqrt(np.maximum(observed, 1)), fmt="o", ms=3)
    axes.loglog([expected.min(), expected.max()], [expected.min(), expected.max()], "k-")
    axes.set_xlabel("expected false detections")
    axes.set_ylabel("observed")
    return figure


if __name__ == "__main__":
    main()
