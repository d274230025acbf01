"""LOFAR sky models: BBS and DP3 (``.skymodel``), and WSClean's lists of components.

The line with the word FORMAT names the columns, in any order, with defaults: ``FORMAT = Name, Type,
Ra, ReferenceFrequency='74e6'`` or, as it was before, ``# (Name, Type, ...) = format``. A line
without Name and Type is a patch, not a source. As DP3 reads angles: between colons are hours,
minutes and seconds, between dots degrees, so that ``48.12.30`` is 48 deg 12 min 30 s; hours may be
negative; ``deg`` or ``rad`` may be behind a number. A number alone is refused: DP3 takes it for
radians, LSMTool for degrees.

With LogarithmicSI true, which is the default, SpectralIndex holds the coefficients of a polynomial
in log10(nu / nu0), the first of which is the spectral index at nu0. With false they are those of a
polynomial in nu / nu0 - 1, which is no power law: the spectral index is unknown.

Sources: the wikis of makesourcedb (LOFAR) and of WSClean, "ComponentList".
"""

import itertools
import math
import re
from collections.abc import Iterator, Sequence

import numpy as np

from trapdb.reference.opened import BLOCK, Block, NotATable, OpenTable
from trapdb.reference.text_table import open_text_file

FORMAT = re.compile(
    r"^\s*#?\s*format\s*=\s*(?P<new>.+)$|^\s*#?\s*\((?P<old>.+)\)\s*=\s*format\s*$", re.I
)
COMMA = re.compile(r",(?![^\[]*\])")
DEFAULT = re.compile(r"\s*(?P<name>[\w:]+)\s*(?:=\s*['\"]?(?P<default>[^'\"]*)['\"]?)?\s*")
UNITS = {
    "Ra": "deg",
    "Dec": "deg",
    "I": "Jy",
    "ReferenceFrequency": "Hz",
    "MajorAxis": "arcsec",
    "MinorAxis": "arcsec",
    "Orientation": "deg",
}
NEEDED = ("Name", "Type", "Ra", "Dec", "I")
ANGLES = {"deg": 1.0, "rad": math.degrees(1)}


def find_format(lines: Sequence[str]) -> str | None:
    """Return the columns that a line says are the format; None if no line does."""
    found = next(filter(None, map(FORMAT.match, lines)), None)
    return (found["new"] or found["old"]) if found else None


def open_sky_model(path: str, columns: str) -> OpenTable:
    """Open a sky model whose FORMAT line is known.

    Raises
    ------
    NotATable
        The format lacks a column that every source has.
    """
    parts = [DEFAULT.fullmatch(part) for part in COMMA.split(columns)]
    if None in parts:
        raise NotATable("its FORMAT line cannot be read")
    names = [part["name"] for part in parts if part]
    defaults = [part["default"] or "" for part in parts if part]
    lacking = [name for name in NEEDED if name not in names]
    if lacking:
        raise NotATable(f"its FORMAT line lacks {', '.join(lacking)}")

    def blocks(wanted: Sequence[str]) -> Iterator[Block]:
        with open_text_file(path) as stream:
            rows = _sources(stream, names, defaults)
            count = 0
            while block := list(itertools.islice(rows, BLOCK)):
                by_name = dict(zip(names, zip(*block, strict=True), strict=True))
                yield {name: _column(name, by_name, count) for name in wanted}
                count += len(block)

    first_index = (
        [] if "SpectralIndex" in names or "SpectralIndex:0" not in names else ["SpectralIndex"]
    )
    return OpenTable([*names, *first_index], blocks, UNITS)


def _sources(
    lines: Iterator[str], names: Sequence[str], defaults: Sequence[str]
) -> Iterator[list[str]]:
    name, kind = names.index("Name"), names.index("Type")
    count = 0
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#") or FORMAT.match(line):
            continue
        values = [value.strip() for value in COMMA.split(line)]
        values += [""] * (len(names) - len(values))
        if not values[name] and not values[kind]:
            continue
        count += 1
        if len(values) > len(names):
            raise NotATable(f"row {count} has {len(values)} values, not {len(names)}")
        yield [value or default for value, default in zip(values, defaults, strict=True)]


def _column(name: str, rows: dict[str, Sequence[str]], before: int) -> np.ndarray:
    if name in ("Ra", "Dec"):
        return np.array(
            [_angle(text, name, number) for number, text in enumerate(rows[name], before + 1)]
        )
    if name == "SpectralIndex":
        texts = rows.get(name) or rows["SpectralIndex:0"]
        logarithmic = rows.get("LogarithmicSI", ("true",) * len(texts))
        return np.array(
            [
                text.strip("[] ").partition(",")[0].strip() if flag.lower() != "false" else ""
                for text, flag in zip(texts, logarithmic, strict=True)
            ],
            np.str_,
        )
    return np.array(rows[name], np.str_)


def _angle(text: str, name: str, row: int) -> float:
    """Read an angle, deg."""
    size = text.lstrip("+-")
    try:
        value = _hours_or_degrees(size, name)
    except ValueError as error:
        raise NotATable(f"row {row}, column {name}: {text!r} is no angle ({error})") from error
    return -value if text.startswith("-") else value


def _hours_or_degrees(text: str, name: str) -> float:
    for suffix, unit in ANGLES.items():
        if text.endswith(suffix):
            return float(text.removesuffix(suffix)) * unit
    if ":" in text and name == "Dec":
        raise ValueError("between colons are hours; degrees are written as 12.34.56.7")
    parts = text.split(":") if ":" in text else text.split(".", 2)
    units = [abs(float(part)) / 60**n for n, part in enumerate(parts)]
    if ":" not in text and len(parts) < 3:
        raise ValueError("write deg or rad behind it: DP3 takes radians for it, LSMTool degrees")
    if len(units) > 3 or any(60 * part > 60 / 60 ** (n - 1) for n, part in enumerate(units) if n):
        raise ValueError("minutes and seconds are below 60")
    return sum(units) * (15 if ":" in text else 1)
