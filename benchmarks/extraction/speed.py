"""What extraction costs in time and memory on one core, beside SEP and PySE on the same image."""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import report
from benchmarks.extraction import peers
from benchmarks.extraction.skies import SOURCES, THRESHOLD, count, sky

HERE = Path(__file__).parent
OWN = (sys.executable, "-m", "benchmarks.extraction.stopwatch")
PEERS = {"SEP": "peer_sep.py", "PySE": "peer_pyse.py"}
PARTS = ("read", "background", "islands", "fit", "catalogue")
IMPORT = """
import json
from time import perf_counter
start = perf_counter()
import extractor
print(json.dumps({"seconds": perf_counter() - start}))
"""
# Goals: seconds; ratios to the peers in the same run; sizes of the image in memory.
ISLANDS, TOTAL, IMPORTED = 0.15, 0.6, 0.3
OVER_SEP, OVER_PYSE = 3.0, 4.0
MEMORY = 3.0

Seen = dict[str, dict[str, Any]]


def tell(options: argparse.Namespace) -> None:
    """Measure and print."""
    python = peers.environment()
    # the kinds of noise in turn: they cost the same
    noises = [options.noise[index % len(options.noise)] for index in range(len(options.seeds))]
    seen = [
        _measure(seed, noise, options.size, python)
        for seed, noise in zip(options.seeds, noises, strict=True)
    ]
    print(
        f"\n## Speed on {options.size} x {options.size} pixels\n\n"
        f"{count(SOURCES, options.size)} sources above {THRESHOLD:g} rms, one core, warm. Median "
        f"(middle half) of {len(seen)} images, {' and '.join(options.noise)} noise in turn."
    )
    stages = {part: _medians(seen, "own", part) for part in (*PARTS, "total", "first")}
    islands = stages["background"] + stages["islands"]
    report.print_table(
        ["the extractor", "ms", "goal"],
        [
            *(_ms(part, stages[part]) for part in PARTS),
            _ms("from the file to islands", stages["read"] + islands, ISLANDS),
            _ms("from the file to the catalogue", stages["total"], TOTAL),
            _ms("the same for the first time", stages["first"]),
            _ms("import extractor", _medians(seen, "import", "seconds"), IMPORTED),
        ],
    )
    memory = _medians(seen, "memory", "images")
    good = bool(np.median(memory) < MEMORY)
    ratios = [
        ["memory at the peak / the image", report.judged(report.spread(memory), good), MEMORY]
    ]
    told = [
        ["the extractor", report.spread(1e3 * stages["total"], ".0f"), seen[0]["own"]["sources"]]
    ]
    for name, goal, ours, what in (
        ("SEP", OVER_SEP, islands, "background and extraction / pixels to islands"),
        ("PySE", OVER_PYSE, stages["total"], "vectorised, / file to catalogue"),
    ):
        if all(name in one for one in seen):
            theirs = _medians(seen, name, "total")
            ratio = theirs / ours
            good = bool(np.median(ratio) >= goal)
            ratios.append([f"{name}, {what}", report.judged(report.spread(ratio), good), goal])
            told.append([name, report.spread(1e3 * theirs, ".0f"), seen[0][name]["sources"]])
    report.print_table(["ratio", "median (middle half)", "goal"], ratios)
    report.print_table(["", "ms", "sources in the first image"], told)
    if all("PySE" in one for one in seen):
        compiling = _medians(seen, "PySE", "first") - _medians(seen, "PySE", "total")
        print(f"\nPySE imports and compiles in every process for {report.spread(compiling)} s.")


def _measure(seed: int, noise: str, size: int, python: str | None) -> Seen:
    """Time the extractor and its peers on one image."""
    with sky(
        seed=seed, noise=noise, size=size, sources=count(SOURCES, size), minimum_snr=THRESHOLD
    ) as truth:
        path = str(truth.paths[0])
        seen = {
            "own": _run(*OWN, path),
            "memory": _run(*OWN, "--memory", path),
            "import": _run(sys.executable, "-c", IMPORT),
        }
        for name, script in PEERS.items() if python else ():
            try:
                seen[name] = _run(python, str(HERE / script), path)
            except subprocess.CalledProcessError as error:
                print(f"# without {name}, which failed: {peers.reason(error)}", flush=True)
    return seen


def _run(*command: Any) -> dict[str, Any]:
    """Run a program that prints what it measured as JSON in its last line."""
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def _medians(seen: Sequence[Seen], program: str, part: str) -> np.ndarray:
    """Return the median over the repeats of each image."""
    return np.array([np.median(one[program][part]) for one in seen])


def _ms(name: str, seconds: np.ndarray, goal: float = np.inf) -> list[str]:
    """Return times, with the goal if there is one."""
    text = report.judged(report.spread(1e3 * seconds, ".0f"), bool(np.median(seconds) <= goal))
    return [name, text, f"{1e3 * goal:.0f}" if goal < np.inf else ""]
