"""Which columns of a catalogue are which of a reference source, and what is known of it as a whole.

A record is a TOML file. Those of known surveys are in ``kinds/``; docs/reference-sky.md has an
example, and says what may be in one.
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from trapdb.errors import ConfigurationError
from trapdb.source_list.columns import FINDERS

KINDS = Path(__file__).with_name("kinds")

# Columns of a reference source that are numbers, with the units in which they are kept.
UNITS = {
    **dict.fromkeys(("ra", "dec", "ra_err", "dec_err"), "deg"),
    **dict.fromkeys(("flux", "flux_err"), "Jy"),
    "frequency": "Hz",
    **dict.fromkeys(("major", "minor", "pa"), "deg"),
    "spectral_index": "",
    **dict.fromkeys(("pm_ra", "pm_dec"), "mas/yr"),
    "parallax": "mas",
    "epoch": "yr",
}
TEXTS = ("designation", "class")
NEEDED = ("ra", "dec")
# What is known of a catalogue as a whole: a quantity in this unit, or two of it.
PROPERTIES = {
    "frequency": "Hz",
    "bandwidth": "Hz",
    "beam": "deg",
    "epochs": "yr",
    "flux_limit": "Jy",
    "completeness": "",
    "systematic_err": "deg",
    "largest_scale": "deg",
}
PAIRS = ("beam", "epochs")
# Where it covers the sky: between declinations, and away from the galactic plane.
ZONE = ("dec", "galactic_latitude")
WORDS = ("title", "origin", "licence", "checked", "finder", "kind")
# A source list's names of what is called otherwise here.
FLUXES = {"flux": "int_flux", "flux_err": "int_flux_err"}


@dataclass(frozen=True)
class Column:
    """Where a column of a reference source comes from.

    Attributes
    ----------
    columns : tuple of str
        Column of the table; several where an angle is in parts: hours or degrees, minutes, seconds,
        with the sign in a column of its own before them if there is one.
    unit : str or None
        Its unit, if the table states none; None: that of `UNITS`.
    factor : float
        What it is multiplied by.
    ra_difference : bool
        An error as a difference of right ascensions, not an angle on the sky.
    unknown : tuple of str
        Values that say that there is none.
    limit : str or None
        Column that says ``<`` or ``>`` where the value is but a limit.
    words : dict of str to str
        Of a class: what its values mean; others stand for none. Without it they are kept as they
        are.
    otherwise : str or None
        Of a class: what a source is of which the table says nothing. Without a column of the table
        it is that of all.
    """

    columns: tuple[str, ...]
    unit: str | None = None
    factor: float = 1.0
    ra_difference: bool = False
    unknown: tuple[str, ...] = ()
    limit: str | None = None
    words: dict[str, str] = field(default_factory=dict)
    otherwise: str | None = None


# What a text's column may be told besides its name; a number's all but the last two.
OF_TEXT = {"designation": ("column", "unknown"), "class": ("column", "unknown", "words")}
OF_NUMBER = ("column", "columns", "unit", "factor", "ra_difference", "unknown", "limit")


@dataclass(frozen=True)
class ColumnMap:
    """A record.

    Attributes
    ----------
    kind : str or None
        Name of the record that comes with trapdb.
    versions : tuple of dict
        Columns of a reference source, by name; several where there are tables of several forms.
    properties : dict
        What is known of the catalogue as a whole.
    places : dict
        Of fixed-width text: the first and the last byte of its columns in a line, from 1.
    strict : bool
        Every column has to be there; of a known survey a table may have but some.
    """

    kind: str | None
    versions: tuple[dict[str, Column], ...]
    properties: dict[str, Any] = field(default_factory=dict)
    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    strict: bool = False

    def columns(self, names: Collection[str]) -> dict[str, Column]:
        """Return the columns of the version that a table with these names is."""
        return min(self.versions, key=lambda version: len(lacking(version, names, self.strict)))

    def described(self, columns: Mapping[str, Column]) -> dict[str, Any]:
        """Return the columns as they are recorded with a catalogue."""
        return {
            name: {
                key: value
                for key, value in asdict(one).items()
                if value not in (None, (), {}, 1.0, False)
            }
            for name, one in columns.items()
        }


def lacking(columns: Mapping[str, Column], names: Collection[str], strict: bool) -> list[str]:
    """Return the columns that a table would need besides those that it has.

    A position and, where there is one at all, a flux are needed in each; of a known survey's other
    columns a table may have but some.
    """
    needed = columns if strict else [n for n in (*NEEDED, "flux") if n in columns]
    return [one for name in needed for one in columns[name].columns if one not in names]


def known_kinds() -> list[str]:
    """Return the names of the records that come with trapdb."""
    return sorted(path.stem for path in KINDS.glob("*.toml"))


def read_column_map(name: str) -> ColumnMap:
    """Read a record that comes with trapdb, or a file of one's own.

    Raises
    ------
    ConfigurationError
        It is neither, cannot be parsed, or says what makes no sense.
    """
    if name.lower() in known_kinds():
        return _known(name.lower())
    path = Path(name)
    if not path.exists():
        raise ConfigurationError(
            f"{name}: neither a known kind of catalogue ({', '.join(known_kinds())}) nor a "
            "file with a column map"
        )
    return _read(path, None)


@cache
def _known(kind: str) -> ColumnMap:
    return _read(KINDS / f"{kind}.toml", kind)


def _read(path: Path, kind: str | None) -> ColumnMap:
    try:
        record = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path}: not a readable column map ({error})") from error
    keys = (*PROPERTIES, *WORDS, "coverage", "class", "columns", "bytes")
    unknown = [key for key in record if key not in keys]
    if unknown:
        raise ConfigurationError(f"{path}: unknown key {unknown[0]}; there are {', '.join(keys)}")
    places = {name: _place(path, name, value) for name, value in record.pop("bytes", {}).items()}
    given = record.pop("columns", {})
    everywhere = _class(path, record.pop("class")) if "class" in record else None
    versions = [
        {name: _column(path, name, value) for name, value in version.items()}
        for version in (given if isinstance(given, list) else [given])
    ]
    base = _known(_of_kind(path, record.pop("kind"))) if "kind" in record else None
    finder = _finders(path, record.pop("finder")) if "finder" in record else ({},)
    versions = [
        {**before, **version}
        for version in versions
        for before in (base.versions if base else finder)
    ]
    if everywhere:
        versions = [
            version | {"class": replace(version.get("class", Column(())), otherwise=everywhere)}
            for version in versions
        ]
    if not all(name in version for version in versions for name in NEEDED):
        raise ConfigurationError(f"{path}: it needs columns ra and dec under [columns]")
    properties = (base.properties if base else {}) | _properties(path, record)
    if kind is not None and "coverage" in properties:  # that of the survey: a table may be a part
        properties["survey_coverage"] = properties.pop("coverage")
    return ColumnMap(
        kind or (base.kind if base else None),
        tuple(versions),
        properties,
        places,
        strict=kind is None and base is None,
    )


def _of_kind(path: Path, kind: str) -> str:
    if kind not in known_kinds():
        raise ConfigurationError(f"{path}: kind {kind} is none of {', '.join(known_kinds())}")
    return kind


def _finders(path: Path, finder: str) -> tuple[dict[str, Column], ...]:
    """Return the columns of a source finder's lists."""
    if finder not in FINDERS:
        raise ConfigurationError(f"{path}: finder {finder} is none of {', '.join(FINDERS)}")
    return tuple(
        {
            name: Column((one.name,), one.unit, one.factor, one.is_ra_difference)
            for name in UNITS
            if (one := version.get(FLUXES.get(name, name)))
        }
        for version in FINDERS[finder]
    )


def _column(path: Path, name: str, given: Any) -> Column:
    if name not in UNITS and name not in TEXTS:
        raise ConfigurationError(
            f"{path}: {name} is not a column of a reference source; those are "
            f"{', '.join((*TEXTS, *UNITS))}"
        )
    if isinstance(given, str):
        column, _, unit = given.strip().removesuffix("]").partition(" [")
        return Column((column.strip(),), unit.strip() or None)
    keys = OF_TEXT.get(name, OF_NUMBER)
    if not isinstance(given, dict) or not set(given) <= set(keys):
        raise ConfigurationError(
            f"{path}: column {name}: expected a name, or a table with some of {', '.join(keys)}"
        )
    return Column(
        columns=tuple(map(str, given.get("columns", [given.get("column", name)]))),
        unit=given.get("unit"),
        factor=float(given.get("factor", 1.0)),
        ra_difference=bool(given.get("ra_difference", False)),
        unknown=tuple(map(str, given.get("unknown", ()))),
        limit=given.get("limit"),
        words=_words(path, given["words"]) if "words" in given else {},
    )


def _class(path: Path, given: Any) -> str:
    if not isinstance(given, str) or not given.strip():
        raise ConfigurationError(f"{path}: class: expected a word, not {given!r}")
    return given.strip()


def _words(path: Path, given: Any) -> dict[str, str]:
    if not isinstance(given, dict) or not given:
        raise ConfigurationError(
            f'{path}: words of class: expected a table, such as {{ VARIABLE = "variable star" }}'
        )
    return {value: _class(path, word) for value, word in given.items()}


def _place(path: Path, name: str, given: Any) -> tuple[int, int]:
    if not (
        isinstance(given, list)
        and len(given) == 2
        and all(isinstance(one, int) for one in given)
        and 1 <= given[0] <= given[1]
    ):
        raise ConfigurationError(
            f"{path}: bytes of {name}: expected the first and the last, from 1"
        )
    return given[0], given[1]


def _properties(path: Path, record: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in record.items():
        if name == "coverage":
            found[name] = _coverage(path, value)
            continue
        if name not in PROPERTIES:
            found[name] = value
            continue
        values = value if isinstance(value, list) else [value]
        numbers = [_quantity(path, name, one) for one in values]
        if name in PAIRS:
            found[name] = (numbers[0], numbers[-1])
        elif len(numbers) == 1:
            found[name] = numbers[0]
        else:
            raise ConfigurationError(f"{path}: {name} is one value, not {len(numbers)}")
    return found


def _coverage(path: Path, given: Any) -> str | dict[str, Any]:
    """Check where a catalogue covers the sky: a zone of it, or what ``--coverage`` takes."""
    if isinstance(given, str):
        return given
    if isinstance(given, dict) and set(given) <= set(ZONE):
        dec, latitude = given.get("dec", [-90, 90]), given.get("galactic_latitude", 0)
        numbers = [*dec, latitude] if isinstance(dec, list) else []
        if (
            len(numbers) == 3
            and all(isinstance(one, int | float) for one in numbers)
            and -90 <= dec[0] < dec[1] <= 90
            and 0 <= latitude < 90
        ):
            return given
    raise ConfigurationError(
        f"{path}: coverage = {given!r}: expected all, sources, a MOC, or a table such as "
        "{ dec = [-90, 30], galactic_latitude = 5 }"
    )


def _quantity(path: Path, name: str, value: Any) -> float:
    """Read a quantity such as ``1.4 GHz``; a number alone is in the unit of `PROPERTIES`."""
    from astropy import units as u

    unit = PROPERTIES[name]
    try:
        return (
            float(value)
            if isinstance(value, int | float)
            else float(u.Quantity(value).to_value(u.Unit(unit)))
        )
    except (TypeError, ValueError, u.UnitsError) as error:
        raise ConfigurationError(
            f"{path}: {name} = {value!r}: expected a number with its unit, such as '1 {unit}'"
        ) from error
