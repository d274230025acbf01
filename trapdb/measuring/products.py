"""Select the image files that are meant, without the products that imagers and finders leave.

The products of WSClean, CASA, ASKAPsoft, DDFacet, PyBDSF, Aegean (BANE) and PySE are recognised by
their names.
"""

import os
import re
from collections.abc import Sequence
from fnmatch import fnmatch

from extractor.readers.beside import path_beside
from trapdb.configuration.keys import Ingest
from trapdb.errors import InputError
from trapdb.paths import printable

# The last word of a name says what a file is.
_LAST = re.compile(
    "psf|(conv)?model|resid(uals?)?|dirty|rms(d|map)?|noise(map)?|sig|mean(map)?|bkg|weights?|sumwt|"
    "sensitivity|norm|mask|islands|alpha|beta"
)
# ASKAPsoft's names say it in the first word.
_FIRST = re.compile(
    "psf|residual|weights|sensitivity|mask|(noise|mean|snr|threshold|component)map|"
    "componentresidual"
)
# Words that may follow the last one: Stokes parameter, correction, kind of fit, part of an image.
_BEHIND = re.compile("[iquv]|[xyrl]{2}|pb(cor)?|corr|error|gaus|shap(elets)?|subim|tt")
# Primary beams (CASA, WSClean, whose parts have numbers) and higher Taylor terms (CASA, ASKAPsoft).
_BEAM = re.compile(r"\.pb(\.tt0)?$|(^|[^0-9a-z])beam$|-beam-(\d+|[a-z]{1,2})$")
_TAYLOR = re.compile(r"[^0-9a-z](tt[1-9]|taylor[^0-9a-z]+[1-9])(?![0-9a-z])")
_SUFFIX = re.compile(r"\.(fits?|fts|image)(\.gz|\.fz)?(\[\d+\])?$", re.IGNORECASE)
# At most this many products are named in the line.
NAMED = 5


def is_product(path: str) -> bool:
    """Return whether a file's name marks it as a product beside an image, not an image of the sky.

    Examples are ``field-residual.fits``, ``field.psf``, ``noiseMap.field.fits`` and
    ``field.pybdsf.rmsd_I.fits``, also primary beams and the higher Taylor terms of CASA and
    ASKAPsoft. Words within a name do not count.
    """
    name = _SUFFIX.sub("", os.path.basename(path)).lower()
    if _BEAM.search(name) or _TAYLOR.search(name):
        return True
    words = [word for part in re.split(r"[^0-9a-z]+", name) if (word := part.rstrip("0123456789"))]
    is_product = bool(words and _FIRST.fullmatch(words[0]))
    while words and _BEHIND.fullmatch(words[-1]):
        words.pop()
    return is_product or bool(words and _LAST.fullmatch(words[-1]))


def select(
    paths: Sequence[str], settings: Ingest, beside: str | None = None
) -> tuple[list[str], list[str]]:
    """Select the files that are meant.

    Parameters
    ----------
    paths : sequence of str
    settings : Ingest
        Patterns of names, or of whole paths. If there are patterns in ``include``, only files that
        match one of them are selected, products too. Files that match one of ``exclude`` are left
        out.
    beside : str, optional
        Where the file beside an image is that says how its noise goes; those that are such are left
        out, too.

    Returns
    -------
    list of str
        The selected files.
    list of str
        The products that are passed over without a pattern.
    """
    taken: list[str] = []
    passed: list[str] = []
    others = {path_beside(path, beside) for path in paths} if beside else set()
    for path in paths:
        if path in others or _matches(path, settings.exclude):
            continue
        if settings.include:
            taken += [path] * _matches(path, settings.include)
        else:
            (passed if is_product(path) else taken).append(path)
    return taken, passed


def passed_line(passed: Sequence[str]) -> str:
    """Return a line that names the products that are passed over."""
    names = ", ".join(printable(os.path.basename(path)) for path in passed[:NAMED])
    more = f" and {len(passed) - NAMED} more" if len(passed) > NAMED else ""
    return (
        f"passed over, by their names no images of the sky but made beside them: {names}{more} "
        "(--include PATTERN takes what it matches)"
    )


def require_some(taken: Sequence[str], passed: Sequence[str]) -> None:
    """Require that files are left.

    Raises
    ------
    InputError
        No file is left.
    """
    if not taken:
        reason = passed_line(passed) if passed else "no file matches --include, or --exclude all"
        raise InputError(f"no images are left: {reason}")


def _matches(path: str, patterns: Sequence[str]) -> bool:
    return any(
        fnmatch(name, pattern) for name in (path, os.path.basename(path)) for pattern in patterns
    )
