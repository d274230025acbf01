"""A cube of times, ingested, searched for bursts and added up, as a user does it.

How fast is it, does memory grow with the planes, are the bursts found that there are, and nothing
else? Does the noise of sums follow the square root of time?
"""

import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord

from benchmarks import report
from benchmarks.processes import Measured, measure
from trapdb.simulate import Field, TimeCube, simulate_time_cube

# A burst is found if one of the list is so near, in beams, and overlaps it in time.
NEAR = 1.0


@dataclass
class Result:
    """Of one seed.

    Attributes
    ----------
    ingest, search, ladder : Measured
        How each command went.
    found : ndarray of bool
        Of each burst, whether it was found.
    matched : ndarray
        How significant it came out, with the noise at its place [sigma].
    listed : int
        Rows of the list.
    expected_false : float
    rms : list of (int, float)
        Images in a sum, and noise, Jy/beam.
    """

    ingest: Measured
    search: Measured
    ladder: Measured
    found: np.ndarray
    matched: np.ndarray
    listed: int
    expected_false: float
    rms: list[tuple[int, float]]


def main() -> None:
    command = report.parser("A cube of times: ingest, bursts, sums.", "timescales.png")
    command.add_argument("--planes", type=int, default=3600, help="how many")
    command.add_argument("--size", type=int, default=512, help="pixels along each side")
    command.add_argument("--bursts", type=int, default=100, help="in the cube, 1 to 16 planes each")
    command.add_argument("--snr", type=float, default=7.0, help="of each burst by its planes")
    command.add_argument("--seeds", type=int, default=1, help="how many cubes, one after the other")
    options = command.parse_args()
    report.print_machine(options, "the command line, on a private server")
    results = [_run(seed, options) for seed in range(1, options.seeds + 1)]
    _print(results, options)
    report.save_plot(options.plot, lambda pyplot: _draw(pyplot, results))


def _run(seed: int, options) -> Result:
    home = Path(tempfile.mkdtemp(prefix="trapdb-benchmark-", dir="/tmp"))
    home.chmod(0o755)  # the server's user has to enter it
    environment = {"TRAPDB_HOME": str(home), "TRAPDB_DATABASE_URL": ""}

    def trapdb(*arguments: object) -> Measured:
        words = [sys.executable, "-m", "trapdb", *map(str, arguments)]
        done = measure(words, environment, home, 2.0)
        # 1: of thousands of planes some are so noisy by chance that they are left out
        if done.status > 1:
            raise SystemExit(f"trapdb {arguments[0]} failed: {done.lines[-3:]}")
        return done

    def rows(query: str) -> list[list[str]]:
        return [line.split("\t") for line in trapdb("query", query, "--format", "tsv").lines[1:]]

    try:
        field = Field(size=options.size)
        made = TimeCube(planes=options.planes, bursts=options.bursts, snr=options.snr)
        truth = simulate_time_cube(home / "night.fits", field, made, seed=seed)
        ingest = trapdb("ingest", home / "night.fits", "--dataset", "night")
        search = trapdb("bursts", "search", "--dataset", "night")
        ladder = trapdb("stack", "night", "-o", home / "sums")
        listed = rows(
            "select ra, dec, extract(epoch from begins_at), extract(epoch from ends_at),"
            " expected_false from trap.burst where dataset = 'night'"
        )
        rms = rows(
            "select factor, rms from trap.timescale_summary('night') where images > 1 order by 1"
        )
        return Result(
            ingest,
            search,
            ladder,
            _found(truth, made, field, np.array(listed, float).reshape(-1, 5)),
            np.asarray(truth["matched_snr"]),
            len(listed),
            float(listed[0][4]) if listed else np.nan,
            [(int(factor), float(value)) for factor, value in rms],
        )
    finally:
        measure([sys.executable, "-m", "trapdb", "db", "stop"], environment)
        shutil.rmtree(home)


def _found(truth, cube: TimeCube, field: Field, listed: np.ndarray) -> np.ndarray:
    """Return of each burst whether it is in the list."""
    if not len(listed):
        return np.zeros(len(truth), bool)
    places = SkyCoord(listed[:, 0] * u.deg, listed[:, 1] * u.deg)
    begin = cube.start.timestamp() + np.asarray(truth["first"]) * cube.cadence
    end = begin + np.asarray(truth["width"]) * cube.cadence
    found = np.zeros(len(truth), bool)
    for number, burst in enumerate(SkyCoord(truth["ra"], truth["dec"])):
        near = burst.separation(places).deg < NEAR * field.beam[0]
        found[number] = (near & (listed[:, 2] < end[number]) & (listed[:, 3] > begin[number])).any()
    return found


def _print(results: list[Result], options) -> None:
    report.print_table(
        ["seed", "planes/s", "MB, early", "MB, late", "search s", "MB", "sums s", "MB"],
        [
            [
                seed,
                options.planes / one.ingest.seconds,
                *_early_and_late(one.ingest.memory),
                one.search.seconds,
                one.search.peak,
                one.ladder.seconds,
                one.ladder.peak,
            ]
            for seed, one in enumerate(results, 1)
        ],
    )
    report.print_table(
        [
            "seed",
            "bursts",
            "found",
            f"matched {options.snr:g}",
            "found of these",
            "listed",
            "share true",
            "expected of noise",
        ],
        [
            [
                seed,
                len(one.found),
                float(one.found.mean()),
                int((one.matched >= options.snr).sum()),
                float(one.found[one.matched >= options.snr].mean()),
                one.listed,
                one.found.sum() / max(one.listed, 1),
                one.expected_false,
            ]
            for seed, one in enumerate(results, 1)
        ],
    )
    report.print_table(
        ["images in a sum", "noise mJy/beam", "of a single one over the root"],
        [
            [factor, np.mean(noise) * 1e3, np.mean(np.divide(noise, single)) * factor**0.5]
            for (factor, noise), single in _noise(results)
        ],
    )


def _early_and_late(memory: list[float]) -> tuple[float, float]:
    """Return the medians of the second and of the last fifth of the samples."""
    if len(memory) < 5:
        return np.nan, np.nan
    fifth = len(memory) // 5
    return float(np.median(memory[fifth : 2 * fifth])), float(np.median(memory[-fifth:]))


def _noise(results: list[Result]):
    single = [one.rms[0][1] for one in results]
    for row in range(len(results[0].rms)):
        yield (results[0].rms[row][0], [one.rms[row][1] for one in results]), single


def _draw(pyplot, results: list[Result]) -> None:
    figure, axes = pyplot.subplots(layout="constrained")
    for one in results:
        factor, rms = np.array(one.rms).T
        axes.loglog(factor, rms * 1e3, "o")
        axes.loglog(factor, rms[0] * 1e3 / np.sqrt(factor), color="grey", lw=1)
    axes.set(xlabel="images in a sum", ylabel="noise [mJy/beam]")
    figure.suptitle("The noise of sums, and the square root of time")
    return figure


if __name__ == "__main__":
    main()
