"""What extraction costs in time and memory on one core, beside SEP and PySE on the same image."""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import report
from benchmarks.extraction import peers
from benchmarks.extraction.skies import SOURCES, THRESHOLD, count, sky

HERE = Path(__file__).parent
PARTS = ("read", "background", "islands", "fit", "catalogue")
# Goals: seconds, ratios to the peers in the same run, sizes of the image.
TOTAL, ISLANDS, IMPORT = 0.6, 0.15, 0.3
OVER_SEP, OVER_PYSE = 3.0, 4.0
MEMORY = 3.0


def tell(options: argparse.Namespace) -> None:
    """Measure and print."""
    python = peers.environment()
    seen = []
    for noise in options.noise:
        for seed in options.seeds:
            with sky(
                seed=seed,
                noise=noise,
                size=options.size,
                sources=count(SOURCES, options.size),
                minimum_snr=THRESHOLD,
            ) as truth:
                path = str(truth.paths[0])
                one = {
                    "own": _run(sys.executable, "-m", "benchmarks.extraction.stopwatch", path),
                    "memory": _run(
                        sys.executable, "-m", "benchmarks.extraction.stopwatch", "--memory", path
                    ),
                }
                if python:
                    one["sep"] = _run(python, HERE / "peer_sep.py", path)
                    one["pyse"] = _run(python, HERE / "peer_pyse.py", path)
            one["import"] = {"seconds": _import_seconds()}
            seen.append(one)
    print(
        f"\n## Speed: {options.size} x {options.size}, {count(SOURCES, options.size)} sources above "
        f"{THRESHOLD:g} sigma, one core, warm\n\nMedian (middle half) of {len(seen)} images."
    )
    own = [{part: np.median(one["own"][part]) for part in one["own"]} for one in seen]
    pixels_to_islands = [one["background"] + one["islands"] for one in own]
    islands = [one["read"] + seconds for one, seconds in zip(own, pixels_to_islands, strict=True)]
    total = [one["total"] for one in own]
    rows = [[part, _ms([one[part] for one in own]), ""] for part in PARTS]
    rows += [
        ["from the file to islands", _ms(islands, ISLANDS), f"{1e3 * ISLANDS:.0f}"],
        ["from the file to the catalogue", _ms(total, TOTAL), f"{1e3 * TOTAL:.0f}"],
        ["the same for the first time in a process", _ms([one["first"] for one in own]), ""],
        ["import extractor", _ms([x["import"]["seconds"] for x in seen], IMPORT), f"{1e3 * IMPORT:.0f}"],
    ]  # fmt: skip
    report.print_table(["stage", "ms", "goal"], rows)
    memory = [one["memory"]["images"] for one in seen]
    good = np.median(memory) < MEMORY
    rows = [["peak memory, images", report.judged(report.spread(memory), good), f"{MEMORY:g}"]]
    if python:
        rows += [
            _ratio("SEP / pixels to islands", [_peer(x, "sep") for x in seen], pixels_to_islands, OVER_SEP),
            _ratio("PySE / whole catalogue", [_peer(x, "pyse") for x in seen], total, OVER_PYSE),
        ]  # fmt: skip
    report.print_table(["", "ratio", "goal"], rows)
    if python:
        rows = [
            ["SEP: background and extraction, ms", _ms([_peer(x, "sep") for x in seen])],
            ["PySE, vectorised: file to catalogue, ms", _ms([_peer(x, "pyse") for x in seen])],
            ["PySE: import and compilation in every process, s",
             report.spread([x["pyse"]["first"][0] - _peer(x, "pyse") for x in seen])],
            ["sources: extractor, SEP, PySE",
             ", ".join(str(seen[0][x]["sources"][0]) for x in ("own", "sep", "pyse"))],
        ]  # fmt: skip
        report.print_table(["peers", "median (middle half)"], rows)


def _run(*command: Any) -> dict[str, Any]:
    """Run a program that prints what it measured as JSON in its last line."""
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def _import_seconds() -> float:
    code = (
        "from time import perf_counter as now; start = now(); import extractor;"
        "import json; print(json.dumps({'seconds': [now() - start]}))"
    )
    return min(_run(sys.executable, "-c", code)["seconds"][0] for _ in range(3))


def _peer(one: dict[str, Any], name: str) -> float:
    return float(np.median(one[name]["total"]))


def _ms(seconds: list[float], goal: float = np.inf) -> str:
    text = report.spread([1e3 * value for value in seconds])
    return report.judged(text, bool(np.median(seconds) <= goal))


def _ratio(name: str, theirs: list[float], ours: list[float], goal: float) -> list[str]:
    ratios = list(np.asarray(theirs) / np.asarray(ours))
    return [
        name,
        report.judged(report.spread(ratios), bool(np.median(ratios) >= goal)),
        f"{goal:g}",
    ]
