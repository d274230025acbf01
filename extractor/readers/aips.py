"""Images of AIPS, as of the VLA: it writes the beam into the history."""

import re
from typing import Any

_NUMBER = r"\s*=\s*([-+.\dEe]+)\s*"
_BEAM = re.compile(f"BMAJ{_NUMBER}BMIN{_NUMBER}BPA{_NUMBER}")


def beam_of_history(header: Any) -> dict[str, object]:
    """Return BMAJ, BMIN and BPA as the last step of the history left them; empty if it does not."""
    stated = _BEAM.findall(" ".join(str(line) for line in header.get("HISTORY", [])))
    return dict(zip(("BMAJ", "BMIN", "BPA"), stated[-1], strict=True)) if stated else {}
