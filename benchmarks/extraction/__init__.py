"""The extractor against its goals: speed, true errors, scatter, blends, forced fits."""

import os

# All of it is measured with one thread: libraries look here when they are loaded.
for _library in ("OMP", "OPENBLAS", "MKL", "NUMBA", "NUMEXPR", "BLOSC"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"
