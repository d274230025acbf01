"""The parameters of Simple Image Access as a query in ADQL on ivoa.obscore.

Values of one parameter are alternatives, and all parameters have to hold.
Source: IVOA Recommendation, Simple Image Access 2.0, section 2.1.
"""

from collections.abc import Callable, Iterator
from math import isfinite

from trapdb.adql.reading import LONGEST
from trapdb.web.cutouts.regions import Circle, Range, Region, interval, shape
from trapdb.web.faults import Refused
from trapdb.web.literals import number, text
from trapdb.web.requests import Parameters
from trapdb.web.sia.places import meets

# An interval that a column's value has to be in.
_NUMBERS = {
    "FOV": "s_fov",
    "SPATRES": "s_resolution",
    "SPECRP": "em_res_power",
    "EXPTIME": "t_exptime",
    "TIMERES": "t_resolution",
}
# A text that a column has to have.
_TEXTS = {
    "ID": "obs_publisher_did",
    "COLLECTION": "obs_collection",
    "FACILITY": "facility_name",
    "INSTRUMENT": "instrument_name",
    "DPTYPE": "dataproduct_type",
    "TARGET": "target_name",
    "FORMAT": "access_format",
}
_STOKES = ("I", "Q", "U", "V")
# Each value is a condition, and some are long ones.
MOST_VALUES = 200
_LARGEST = 90.0  # deg


def query_of(parameters: Parameters) -> str:
    """Return the query that a request means.

    Raises
    ------
    Refused
        It makes no sense.
    """
    conditions = ["dataproduct_type = 'image'", *_conditions(parameters)]
    return f"SELECT * FROM ivoa.obscore WHERE {' AND '.join(conditions)}"


def _conditions(parameters: Parameters) -> Iterator[str]:
    readers: dict[str, Callable[[str], str]] = {
        "POS": _place,
        "BAND": _band,
        "TIME": _time,
        "POL": _stokes,
        "CALIB": _level,
    }
    readers |= {name: _within(name, column) for name, column in _NUMBERS.items()}
    readers |= {name: _equal(column) for name, column in _TEXTS.items()}
    for name, read in readers.items():
        values = list(dict.fromkeys(parameters.all(name)))
        if len(values) > MOST_VALUES:
            raise Refused(f"there are more than {MOST_VALUES} values of {name}")
        conditions: list[str] = []
        for value in values:
            conditions.append(read(value))
            # before the others are written out, which takes its time
            if sum(map(len, conditions)) > LONGEST:
                raise Refused(f"the values of {name} say too much at once: ask in parts")
        if conditions:
            yield f"({' OR '.join(conditions)})"


def _place(value: str) -> str:
    region = shape(value)
    if isinstance(region, Circle) and region.radius > _LARGEST:
        raise Refused(f"POS={value[:60]!r}: expected a radius of {_LARGEST:g} deg or less")
    return "1 = 1" if _is_the_sky(region) else f"({meets(region)})"


def _is_the_sky(region: Region) -> bool:
    return (
        isinstance(region, Range)
        and region.width >= 360
        and (region.south, region.north) == (-90, 90)
    )


def _interval(value: str, name: str) -> tuple[float, float]:
    """Read an interval, or a number, which is one from itself to itself."""
    return interval(value if len(value.split()) > 1 else f"{value} {value}", name)


def _overlap(value: str, name: str, start: str, end: str) -> str:
    low, high = _interval(value, name)
    limits = [f"{end} >= {number(low)}"] if isfinite(low) else []
    limits += [f"{start} <= {number(high)}"] if isfinite(high) else []
    return f"({' AND '.join(limits)})" if limits else "1 = 1"


def _band(value: str) -> str:
    # a band that reaches down to 0 Hz has no longest wavelength
    return _overlap(value, "BAND", "em_min", "COALESCE(em_max, 1e30)")


def _time(value: str) -> str:
    return _overlap(value, "TIME", "t_min", "COALESCE(t_max, t_min)")


def _within(name: str, column: str) -> Callable[[str], str]:
    return lambda value: _overlap(value, name, column, column)


def _equal(column: str) -> Callable[[str], str]:
    return lambda value: f"{column} = {text(value)}"


def _stokes(value: str) -> str:
    if value.upper() not in _STOKES:
        # a state that there is, and no image of trapdb has
        return "1 = 0"
    return f"pol_states LIKE {text(f'%/{value.upper()}/%')}"


def _level(value: str) -> str:
    if value not in ("0", "1", "2", "3", "4"):
        raise Refused(f"CALIB={value[:40]!r}: it is 0, 1, 2, 3 or 4")
    return f"calib_level = {value}"
