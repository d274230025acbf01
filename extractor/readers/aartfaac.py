"""Images of AARTFAAC, the all-sky monitor of LOFAR.

Their frequency stands in the rest frequency, and the frequency axis cannot be relied on. (Pixels
beyond the horizon are blanked for every telescope.)
"""

from collections.abc import Callable
from typing import Any


def frequency_cards(get: Callable[[str], Any], axis: int) -> dict[str, object]:
    """Return the frequency axis with the rest frequency as its value; empty for others' images."""
    rest = get("RESTFRQ") or get("RESTFREQ")
    if not str(get("TELESCOP") or "").upper().startswith("AARTFAAC") or not rest:
        return {}
    return {f"CRVAL{axis}": rest, f"CRPIX{axis}": 1.0, f"CUNIT{axis}": "Hz"}
