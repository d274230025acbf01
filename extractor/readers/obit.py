"""MeerKAT and VLA images of Obit's wide-band imager, MFImage.

Their axis SPECLNMF holds the image at the reference frequency, the terms of its spectrum beyond
the first (NTERM in all), which are no images, and then NSPEC images of parts of the band, with
centre FREQnnnn and edges FRELnnnn, FREHnnnn. (Cotton & Condon 2018, Obit Memo 63.)
"""

import math
from collections.abc import Callable
from typing import Any


def spectral_cards(get: Callable[[str], Any], axis: int, plane: int) -> dict[str, object] | None:
    """Return the frequency axis of a plane in usual keywords; None for a plane that is no image."""
    n_terms, n_parts = int(get("NTERM") or 1), int(get("NSPEC") or 0)
    if 0 < plane < n_terms:
        return None
    first, last = (1, n_parts) if plane == 0 else (plane - n_terms + 1,) * 2
    centre = get(f"CRVAL{axis}") if plane == 0 else get(f"FREQ{first:04d}")
    low, high = get(f"FREL{first:04d}"), get(f"FREH{last:04d}")
    return {
        f"CTYPE{axis}": "FREQ",
        f"CRPIX{axis}": 1.0,
        f"CRVAL{axis}": centre,
        f"CDELT{axis}": math.nan if low is None or high is None else float(high) - float(low),
    }
