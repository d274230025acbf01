"""Time the stages of an extraction, or its memory, in a process of its own; print JSON."""

import json
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any

import extractor
from benchmarks.extraction.skies import THRESHOLD

REPEATS = 7
# What extract consists of; what is in none of them counts as catalogue.
INNER = {"islands": "find_islands", "fit": "fit_islands"}


def times(path: str) -> dict[str, Any]:
    """Return the seconds of each stage in each repeat, of the first call, and the number found."""
    spent: dict[str, float] = defaultdict(float)
    module = import_module("extractor.fitting.sources")
    for stage, name in INNER.items():
        setattr(module, name, _watched(getattr(module, name), stage, spent))
    seen: dict[str, list[float]] = defaultdict(list)
    for _ in range(REPEATS + 1):
        spent.clear()
        start = perf_counter()
        found = _extract(path, spent)
        spent["total"] = perf_counter() - start
        spent["catalogue"] -= spent["islands"] + spent["fit"]
        for stage, seconds in spent.items():
            seen[stage].append(seconds)
    first = seen["total"][0]
    return {
        **{stage: values[1:] for stage, values in seen.items()},
        "first": first,
        "sources": len(found),
    }


def memory(path: str) -> dict[str, float]:
    """Return the growth of the largest resident set, in sizes of the image."""
    from trapdb.simulate import simulate

    with tempfile.TemporaryDirectory() as folder:
        # what is imported on the way is not memory for the image
        _extract(str(simulate(folder, epochs=1, size=256, sources=20).paths[0]), defaultdict(float))
    before = _resident("VmRSS")
    _extract(path, defaultdict(float))
    return {"images": (_resident("VmHWM") - before) / extractor.open(path).data.nbytes}


def _extract(path: str, spent: dict[str, float]) -> extractor.Measurements:
    image = _watched(extractor.open, "read", spent)(path)
    background = _watched(extractor.background, "background", spent)(image)
    return _watched(extractor.extract, "catalogue", spent)(
        image, background, extractor.footprint(image), detection_threshold=THRESHOLD
    )


def _watched(function: Callable[..., Any], stage: str, spent: dict[str, float]) -> Any:
    """Return the function, adding the time that it takes to that of a stage."""

    def call(*arguments: Any, **options: Any) -> Any:
        start = perf_counter()
        result = function(*arguments, **options)
        spent[stage] += perf_counter() - start
        return result

    return call


def _resident(line: str) -> int:
    """Return the bytes in memory now (VmRSS) or at most so far (VmHWM).

    What getrusage gives for the latter begins with what the parent process had.
    """
    (kilobytes,) = re.findall(rf"{line}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return 1024 * int(kilobytes)


if __name__ == "__main__":
    *flags, name = sys.argv[1:]
    print(json.dumps(memory(name) if flags else times(name)))
