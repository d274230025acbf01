"""Whoever measures an image, and however often: every column is the same to the last bit."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from tests.same_bits.twelve_images import make

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Condition:
    """Under what a process measures: the threads of its libraries, its heap, its options."""

    threads: str = "1"
    heap: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()


# as a worker of this machine has it, and as the nannies of Dask set it
PLAIN = {}
TRIMMED = {"MALLOC_TRIM_THRESHOLD_": "65536"}
# arrays of all sizes lie where there was room; what is freed is overwritten
IN_HEAP = {"MALLOC_MMAP_THRESHOLD_": "1073741824", "MALLOC_PERTURB_": "85"}
MAPPED = {"MALLOC_MMAP_THRESHOLD_": "4096", "MALLOC_PERTURB_": "170"}
HEAPS = (PLAIN, TRIMMED, IN_HEAP, MAPPED)

FEW = [
    Condition(threads="4", heap=IN_HEAP, options=("--thread", "--seed", "1")),
    Condition(heap=TRIMMED, options=("--travel", "--seed", "2")),
]
MANY = [
    Condition(threads, HEAPS[seed % len(HEAPS)], (*where, *way, "--seed", str(seed)))
    for seed, (threads, where, way) in enumerate(
        (threads, where, way)
        for threads in ("1", "2", "4")
        for where in ((), ("--thread",))
        for way in ((), ("--travel",), (), ("--travel",))
    )
]


@pytest.fixture(scope="module")
def images(tmp_path_factory) -> list[str]:
    return [str(path) for path in make(tmp_path_factory.mktemp("twelve"))]


def measured(images: list[str], condition: Condition) -> dict[str, dict[str, str]]:
    """Measure the images in a process of its own; return digests by image and column."""
    environment = os.environ | dict.fromkeys(THREADS, condition.threads) | condition.heap
    done = subprocess.run(
        [sys.executable, "-m", "tests.same_bits.digests", *images, *condition.options],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def differences(images: list[str], conditions: list[Condition]) -> list[str]:
    """Return which columns of which images differ from those of a calm process."""
    calm = measured(images, Condition())
    assert len(calm) == 12
    assert all(
        "blind.int_flux" in columns and "forced.int_flux" in columns for columns in calm.values()
    )
    return [
        f"{condition}: {image}: {name}"
        for condition in conditions
        for image, columns in measured(images, condition).items()
        for name in sorted(calm[image].keys() | columns.keys())
        if calm[image].get(name) != columns.get(name)
    ]


@contextmanager
def busy_core() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def test_bits_do_not_depend_on_the_process(images):
    assert differences(images, FEW) == []


@pytest.mark.slow
def test_three_hundred_measurements_beside_a_busy_core(images):
    assert 12 * (1 + len(MANY)) == 300
    with busy_core():
        assert differences(images, MANY) == []
