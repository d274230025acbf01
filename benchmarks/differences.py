"""Differences: transients on extended emission and in a crowd, and a real image against itself.

`simulated`: fields with an extended source, a crowd and steady points around, of which each image
lies off, has a flux scale and a beam of its own; transients are put on the extended source and into
the crowd for one image each. They go through ingest and `trapdb difference`: how many are found,
in the differences and in the images themselves, what else is found, and are their fluxes true? Of
the images themselves only what is at no steady source counts as found. `speed`: what a difference
costs beside reading and measuring. `real`: a real image as two epochs, the second moved, scaled, of
a wider beam and with noise of its own: is anything found in their difference?
"""

import argparse
import math
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

import extractor
from benchmarks import pipeline, report
from benchmarks.scratch import administrator, operator, scratch_server
from benchmarks.watching import run
from extractor import Beam, Flag
from extractor.difference import (
    Alignment,
    difference,
    reference_of,
    with_image,
    write_difference,
)
from extractor.geometry import sky
from extractor.image.common_beam import convolved
from trapdb import cli
from trapdb.configuration.keys import Configuration
from trapdb.simulate.ellipse import FWHM_PER_SIGMA
from trapdb.simulate.field import Field
from trapdb.simulate.images import Exposure, header, write
from trapdb.simulate.noise import draw_noise, noise_filter
from trapdb.simulate.placing import place
from trapdb.simulate.render import response

SECTIONS = ("simulated", "speed", "real")
REAL = Path(__file__).parents[2] / (
    "shared/data/GRB201006A_final_2min_srcs-t0002-image-pb_cutout.fits"
)
START = datetime(2026, 1, 1, tzinfo=UTC)
Array = NDArray[np.float64]
# Of an image: its place off by a tenth of a beam, its fluxes and its beam's axes by these shares.
JITTER_BEAMS, SCALE, BEAM = 0.1, 0.05, 0.1
# The extended source: its peak in units of the noise, and its width, pixels.
EXTENDED, EXTENDED_PX = 40.0, 180.0
# A crowd: four sources in the area of ten beams.
CROWD_PER_BEAM = 0.4
TRANSIENTS = 20


def main() -> None:
    command = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    command.add_argument("sections", nargs="*", metavar="SECTION", default=SECTIONS)
    command.add_argument("--seeds", type=int, default=3, help="simulated fields")
    command.add_argument("--size", type=int, default=1024, help="their pixels along each axis")
    command.add_argument("--epochs", type=int, default=10, help="their images")
    command.add_argument("--sources", type=int, default=250, help="their steady points")
    command.add_argument("--threshold", type=float, default=5.5, help="of detection")
    command.add_argument("--pairs", type=int, default=20, help="second epochs of a real image")
    options = command.parse_args()
    if "simulated" in options.sections:
        with scratch_server() as here:
            look = administrator(here)
            report.print_settings(look, options)
            simulated(here, look, options)
    if "speed" in options.sections:
        speed(options)
    if "real" in options.sections:
        real(options)


# --- simulated ---------------------------------------------------------------------------------


def simulated(here: Any, look: Any, options: argparse.Namespace) -> None:
    """Find transients in fields that are known."""
    rows: list[list[Any]] = []
    pulls: dict[str, list[float]] = {"transients": [], "places where nothing changed": []}
    for seed in range(1, options.seeds + 1):
        folder = Path(tempfile.mkdtemp(prefix="trapdb-differences-", dir="/tmp"))
        try:
            scene = Scene(folder, seed, options)
            name = f"field{seed}"
            given = {"extraction": {"detection_threshold": options.threshold}}
            with operator(here) as conn:
                configuration = Configuration.model_validate(given)
                for _ in pipeline.ingest(conn, name, configuration, scene.paths, workers=2):
                    pass
            subtract(name, folder / "less", here.url("trapdb_ingest"))
            snr = scene.force(run(look, "differences_of", dataset=name), pulls)
            changed = run(look, "found_in_differences", dataset=f"{name}_difference")
            blind = run(look, "found_in_differences", dataset=name)
            rows.append([seed, *scene.score(changed, blind, snr)])
        finally:
            shutil.rmtree(folder)
    totals = np.array([row[1:] for row in rows]).sum(axis=0)
    rows.append(["all", *totals.tolist()])
    heads = ["seed", "7 sigma or more", "found", "in the image", "false", "echoes", "dipoles"]
    report.print_table(heads, rows)
    _, above, found, alone, false, *_ = rows[-1]
    print(
        f"\nrecall {found / above:.3f}, purity {found / max(found + false, 1):.3f}; "
        f"in the images themselves {alone / above:.3f} are found"
    )
    report.print_table(
        ["pull of forced fits", "n", "mean", "scatter"],
        [[kind, len(of), float(np.mean(of)), float(np.std(of))] for kind, of in pulls.items()],
    )


def subtract(name: str, folder: Path, url: str) -> None:
    """Run the command."""
    try:
        cli.main(["difference", name, "-o", str(folder), "--database", url])
    except SystemExit as left:
        if left.code:
            raise


class Scene:
    """A field with transients, and its images."""

    def __init__(self, folder: Path, seed: int, options: argparse.Namespace) -> None:
        rng = np.random.default_rng([seed, 16])
        self.field = field = Field(size=options.size)
        self.beam_px = field.beam[0] / field.pixel
        size, middle = options.size, options.size / 4
        # the extended source is at one place, the crowd at another, and points around
        area = math.pi / (4 * math.log(2)) * field.beam[0] * field.beam[1] / field.pixel**2
        half = size / 8
        crowd = 3 * size / 4 + rng.uniform(
            -half, half, (round(CROWD_PER_BEAM * (2 * half) ** 2 / area), 2)
        )
        around = place(rng, options.sources, size, 20, 3 * self.beam_px)
        self.steady = np.vstack([crowd, around])
        self.flux = field.rms * np.concatenate(
            [rng.uniform(5, 50, len(crowd)), 10 ** rng.uniform(0.7, 2.7, len(around))]
        )
        self.middle = np.array([middle, middle])
        on = np.vstack(
            [
                self.middle + _apart(rng, TRANSIENTS // 2, EXTENDED_PX / 2, 3 * self.beam_px),
                3 * size / 4 + _apart(rng, TRANSIENTS // 2, half - 5, 3 * self.beam_px),
            ]
        )
        self.transients = on
        self.epoch = rng.integers(2, options.epochs, TRANSIENTS)
        sigma = field.rms * np.sqrt(1 + 1 / self.epoch)
        there = self._sky(field)[np.rint(on[:, 1]).astype(int), np.rint(on[:, 0]).astype(int)]
        self.new = rng.uniform(7.5, 15, TRANSIENTS) * np.hypot(1.1 * sigma, 0.02 * there)
        # steady places on the same structure, to be measured by force
        self.quiet = np.vstack([on + 4 * self.beam_px, around[::3]])
        self.quiet = self.quiet[
            np.hypot(*(self.quiet[:, None] - on).transpose(2, 0, 1)).min(axis=1) > 2 * self.beam_px
        ]
        folder = folder / "images"
        folder.mkdir()
        self.paths = [self._observe(folder, epoch, rng) for epoch in range(options.epochs)]

    def _sky(self, field: Field) -> Array:
        """Return what is steady, as a beam sees it, Jy/beam."""
        size = field.size
        covariance = np.broadcast_to(field.beam_covariance, (len(self.steady), 2, 2))
        sky_ = (response(*self.steady.T, covariance, size) @ self.flux).reshape(size, size)
        wide = field.beam_covariance + np.eye(2) * (EXTENDED_PX / FWHM_PER_SIGMA) ** 2
        own = self.field.beam_covariance
        # a larger beam sees more of it
        larger = np.sqrt(np.linalg.det(field.beam_covariance) / np.linalg.det(own))
        peak = np.array([EXTENDED * self.field.rms * larger])
        sky_ += (response(*self.middle[:, None], wide[None], size) @ peak).reshape(size, size)
        return np.asarray(sky_)

    def _observe(self, folder: Path, epoch: int, rng: np.random.Generator) -> Path:
        major, minor, pa = self.field.beam
        wider = rng.uniform(1 - BEAM, 1 + BEAM, 2)
        seen = replace(self.field, beam=(major * wider[0], minor * wider[1], pa))
        off = rng.normal(0, JITTER_BEAMS * self.beam_px, 2)
        size = seen.size
        pixels = self._sky(seen)
        new = np.where(self.epoch == epoch, self.new, 0.0)
        covariance = np.broadcast_to(seen.beam_covariance, (len(new), 2, 2))
        pixels += (response(*self.transients.T, covariance, size) @ new).reshape(size, size)
        moved = _moved(pixels, off)
        noise = draw_noise(rng, size, noise_filter(seen))
        scaled = moved * rng.normal(1, SCALE) + noise
        exposure = Exposure(START + timedelta(hours=epoch), 3600.0, 150e6, 2e6)
        path = folder / f"epoch{epoch:03d}.fits"
        write(path, scaled.astype(np.float32), header(seen, exposure, 4))
        return path

    def force(self, differences: list[Any], pulls: dict[str, list[float]]) -> Array:
        """Measure the differences at known places; return the S/N that each transient has."""
        snr = np.zeros(TRANSIENTS)
        for row in differences:
            epoch = round((row.taken_at - START).total_seconds() / 3600)
            image = extractor.open(row.path)
            background, footprint = extractor.background(image), extractor.footprint(image)
            for kind, at, truth in (
                ("transients", self.transients, np.where(self.epoch == epoch, self.new, 0.0)),
                ("places where nothing changed", self.quiet, np.zeros(len(self.quiet))),
            ):
                is_there = (truth > 0) | (kind != "transients")
                if not is_there.any():
                    continue
                place_ = sky.to_sky(image.wcs, *at[is_there].T)
                fits_ = extractor.force(image, background, footprint, *place_)
                pull = (fits_.peak_flux - truth[is_there]) / fits_.peak_flux_err
                pulls[kind] += pull[np.isfinite(pull)].tolist()
                if kind == "transients":
                    snr[is_there] = truth[is_there] / background.at(*at[is_there].T)[1]
        return snr

    def score(self, changed: list[Any], blind: list[Any], snr: Array) -> list[Any]:
        """Compare what was found with what was put in."""
        candidates = [row for row in changed if not row.dipole]
        near, epochs = self._near(candidates)
        hit = (near < self.beam_px) & (epochs[:, None] == self.epoch)
        hit &= np.array([row.peak_flux > 0 for row in candidates], bool).reshape(-1, 1)
        # what is in the reference is missed in later images
        echo = (near < self.beam_px) & (epochs[:, None] > self.epoch)
        false = ~hit.any(axis=1) & ~echo.any(axis=1)
        above = snr >= 7
        beside, at = self._near(blind)
        x, y = self._pixels(blind)
        steady = np.hypot(x[:, None] - self.steady[:, 0], y[:, None] - self.steady[:, 1]).min(
            axis=1
        )
        alone = (beside < self.beam_px / 2) & (at[:, None] == self.epoch)
        alone &= beside < steady[:, None]
        echoes = int((echo.any(axis=1) & ~hit.any(axis=1)).sum())
        return [
            int(above.sum()), int((hit.any(axis=0) & above).sum()),
            int((alone.any(axis=0) & above).sum()), int(false.sum()), echoes,
            len(changed) - len(candidates),
        ]  # fmt: skip

    def _pixels(self, rows: list[Any]) -> Array:
        places = np.array([(row.ra, row.dec) for row in rows]).reshape(-1, 2)
        return np.array(sky.to_pixel(self.field.wcs, *places.T))

    def _near(self, rows: list[Any]) -> tuple[Array, Array]:
        """Distances from the transients, px, shape (rows, transients), and the epochs of rows."""
        x, y = self._pixels(rows)
        distance = np.hypot(x[:, None] - self.transients[:, 0], y[:, None] - self.transients[:, 1])
        epochs = [round((row.taken_at - START).total_seconds() / 3600) for row in rows]
        return distance, np.array(epochs)


def _apart(rng: np.random.Generator, count: int, half: float, apart: float) -> Array:
    """Draw places about 0 that keep their distance."""
    side = math.ceil(2 * half)
    return place(rng, count, side, 0, apart) - half


def _moved(pixels: Array, off: Array) -> Array:
    """Move pixels, which end in nothing at the edges, by the Fourier transform."""
    from scipy.ndimage import fourier_shift

    moved = np.fft.ifft2(fourier_shift(np.fft.fft2(pixels), off[::-1]))
    return np.asarray(moved.real)


# --- speed -------------------------------------------------------------------------------------


def speed(options: argparse.Namespace) -> None:
    """Take the time that a difference costs, of one core's work."""
    scene = Field(size=options.size)
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "less.fits")
        images = []
        for number, wider in enumerate((1.0, 1.05, 1.1)):
            major, minor, pa = scene.beam
            seen = replace(scene, beam=(major * wider, minor * wider, pa))
            path = Path(folder, f"{number}.fits")
            exposure = Exposure(START + timedelta(hours=number), 3600.0, 150e6, 2e6)
            write(path, draw_noise(rng, scene.size, noise_filter(seen)), header(seen, exposure, 4))
            images.append(extractor.open(path))
        mean = with_image(reference_of(images[0], scene.rms), images[1], scene.rms)
        align = Alignment(1e-4, -1e-4, 1.03)
        left = difference(images[2], mean, align)
        work = {
            "subtract": lambda: difference(images[2], mean, align),
            "write": lambda: write_difference(out, left, {}),
            "add to the mean": lambda: with_image(mean, images[2], scene.rms, align),
            "read": lambda: extractor.open(out),
            "measure": lambda: _measure(left),
        }
        middle = {
            what: float(np.median([_seconds(do) for _ in range(7)])) for what, do in work.items()
        }
    middle["all"] = sum(middle.values())
    report.print_table(["a difference", "s"], [[what, value] for what, value in middle.items()])


def _seconds(do: Callable[[], object]) -> float:
    start = process_time()
    do()
    return process_time() - start


def _measure(image: extractor.Image) -> extractor.Measurements:
    return extractor.extract(image, extractor.background(image), extractor.footprint(image))


# --- real --------------------------------------------------------------------------------------


def real(options: argparse.Namespace) -> None:
    """Subtract a real image from itself as it might be seen again."""
    if not REAL.exists():
        print(f"\n{REAL.name} is not there: no real image")
        return
    first = extractor.open(REAL)
    background = extractor.background(first)
    rms, width = background.rms_median, np.nan_to_num(background.noise_correlation, nan=1.0)
    rng = np.random.default_rng(2)
    mean = reference_of(first, rms)
    wide = Beam(first.beam.major * 1.1, first.beam.minor * 1.1, first.beam.pa)
    ny, nx = first.data.shape
    counts = {"dipoles": 0, "others": 0}
    beam_px = first.beam.minor / min(first.pixel_scale)
    for _ in range(options.pairs):
        off = rng.normal(0, JITTER_BEAMS * beam_px, 2)
        ratio = rng.normal(1, SCALE)
        pixels = convolved(first, wide, (float(off[0]), float(off[1]))) * ratio
        shape = (first.beam.major * 1.1 * width, first.beam.minor * 1.1 * width, first.beam.pa)
        grain = Field(size=max(ny, nx), pixel=min(first.pixel_scale), beam=shape, rms=rms)
        pixels += draw_noise(rng, grain.size, noise_filter(grain))[:ny, :nx]
        second = replace(first, beam=wide, data=pixels.astype(np.float32))
        # as well as a catalogue tells it
        to_sky = sky.jacobian(first.wcs, (nx - 1) / 2, (ny - 1) / 2)
        east, north = to_sky @ (off + rng.normal(0, 0.01 * beam_px, 2))
        align = Alignment(float(east), float(north), ratio * rng.normal(1, 0.01))
        left = difference(second, mean, align)
        found = extractor.extract(
            left, extractor.background(left), extractor.footprint(left), detection_threshold=6.0
        )
        dipoles = int(((found.flags & Flag.DIPOLE) > 0).sum())
        counts["dipoles"] += dipoles
        counts["others"] += len(found) - dipoles
    report.print_table(
        ["a real image", "pairs", "found at 6 sigma", "dipoles"],
        [[REAL.name, options.pairs, counts["others"], counts["dipoles"]]],
    )


if __name__ == "__main__":
    main()
