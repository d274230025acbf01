"""What tells that a plane is the same in another file."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(eq=False)
class Identity:
    """The digest of a plane, computed when it is first asked for: not everybody needs it.

    Attributes
    ----------
    text : str
        The digest; empty as long as it was not computed.
    words : str
        What of the metadata goes into it.
    pixels : ndarray of float32, optional
        What goes into it, too; kept, unchanged, until then.
    """

    text: str = ""
    words: str = ""
    pixels: NDArray[np.float32] | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of words and pixels, in hexadecimal."""
        if self.pixels is not None:
            digest = hashlib.sha256(self.words.encode())
            digest.update(np.ascontiguousarray(self.pixels, "<f4").data)
            self.text, self.words, self.pixels = digest.hexdigest(), "", None
        return self.text

    def __getstate__(self) -> dict[str, object]:
        """Return the state to be sent to another process: the digest alone."""
        return {"text": self.digest, "words": "", "pixels": None}
