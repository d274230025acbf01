"""VOEvents of others, read as they come: strict about what is dangerous, lenient about the rest.

Real ones stray from the schema: attributes are misspelt, namespaces missing, retractions said in a
parameter. What cannot be used is left out; the bytes are kept.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from trapdb.alerts.xml import child, children, name_of, parse, text_of
from trapdb.errors import AlertError

if TYPE_CHECKING:
    from lxml import etree

# So much is told of what cannot be read.
TOLD_MAX = 40
ROLES = {"observation", "prediction", "utility", "test"}
# GPS time had no leap seconds since 1980, when it was 19 s behind TAI.
_GPS_BEHIND_TAI = timedelta(seconds=19)


@dataclass(frozen=True)
class Param:
    """A parameter; `group` is empty for one outside of groups, `unit` if none is given."""

    group: str
    name: str
    value: str
    unit: str
    ucd: str


@dataclass(frozen=True)
class Inference:
    """What the author takes it for: NaN is a probability that is not given."""

    name: str
    concept: str
    probability: float


@dataclass(frozen=True)
class Packet:
    """A VOEvent.

    Attributes
    ----------
    text : bytes
        It, as it came.
    ivorn : str
        Its identifier.
    role : str
        ``observation``, ``prediction``, ``utility`` or ``test``.
    author_ivorn, title, contact_name, contact_email : str
        Who sent it; empty if it does not say.
    written_at : datetime or None
        When it was written, UTC.
    ra, dec, position_error : float
        Place and its error's radius, deg, in the frame of `coordinate_system`; NaN if it has none.
    coordinate_system : str
        As VOEvents name it, ``UTC-ICRS-TOPO`` for instance.
    observed_at : datetime or None
        When it happened, UTC.
    params : tuple of Param
    inferences : tuple of Inference
    citations : tuple of (str, str)
        Identifiers of other packets, each with ``followup``, ``supersedes``, ``retraction``, or
        what else it says.
    references : tuple of str
        Addresses of what else there is, as they are given, whatever they are.
    description : str
    unread : tuple of str
        What of time and place is told and cannot be read, in words.
    """

    text: bytes = field(repr=False)
    ivorn: str
    role: str
    author_ivorn: str
    title: str
    contact_name: str
    contact_email: str
    written_at: datetime | None
    ra: float
    dec: float
    position_error: float
    coordinate_system: str
    observed_at: datetime | None
    params: tuple[Param, ...]
    inferences: tuple[Inference, ...]
    citations: tuple[tuple[str, str], ...]
    references: tuple[str, ...]
    description: str
    unread: tuple[str, ...] = ()

    @property
    def is_retraction(self) -> bool:
        """Whether it withdraws others: by a citation, or by a parameter, as those of LIGO did."""
        return any(kind == "retraction" for _, kind in self.citations) or (
            self.value_of("AlertType").lower() == "retraction"
        )

    def value_of(self, name: str, group: str | None = None) -> str:
        """Return the value of the first parameter of a name, in a group if given; empty if none."""
        for param in self.params:
            if param.name == name and group in (None, param.group):
                return param.value
        return ""


def read_packet(text: bytes) -> Packet:
    """Read a VOEvent.

    Raises
    ------
    AlertError
        It is no XML, or more than is read, no VOEvent, has no identifier or an unknown role, or its
        position is none.
    """
    root = parse(text)
    if name_of(root) != "VOEvent":
        raise AlertError(f"it is no VOEvent: its first element is {name_of(root)[:80]}")
    ivorn = root.get("ivorn", "").strip()
    if not ivorn:
        raise AlertError("it has no ivorn, by which VOEvents are told apart")
    role = root.get("role", "observation").strip()
    if role not in ROLES:
        raise AlertError(f"its role is {role[:80]!r}, which VOEvents do not have")
    who = child(root, "Who")
    place = child(root, "WhereWhen", "ObsDataLocation", "ObservationLocation")
    system = _system(place)
    position = child(place, "AstroCoords", "Position2D")
    ra, dec, error = _position(position)
    written = text_of(who, "Date")
    written_at = _time(written, "UTC")
    observed = text_of(place, "AstroCoords", "Time", "TimeInstant", "ISOTime")
    observed_at = _time(observed, system.split("-")[0])
    return Packet(
        text=text,
        ivorn=ivorn,
        role=role,
        author_ivorn=text_of(who, "AuthorIVORN"),
        title=text_of(who, "Author", "title") or text_of(who, "Author", "shortName"),
        contact_name=text_of(who, "Author", "contactName"),
        contact_email=text_of(who, "Author", "contactEmail"),
        written_at=written_at,
        ra=ra,
        dec=dec,
        position_error=error,
        coordinate_system=system,
        observed_at=observed_at,
        params=tuple(_params(child(root, "What"))),
        inferences=tuple(
            Inference(
                text_of(one, "Name"), text_of(one, "Concept"), _float(one.get("probability", ""))
            )
            for one in children(child(root, "Why"), "Inference")
        ),
        citations=tuple(
            (text_of(one), one.get("cite", "").strip())
            for one in children(child(root, "Citations"), "EventIVORN")
        ),
        references=tuple(
            address
            for one in root.iter()
            if name_of(one) == "Reference" and (address := one.get("uri") or one.get("url"))
        ),
        description=text_of(root, "Description"),
        unread=(
            *([f"the time {observed[:TOLD_MAX]!r}"] if observed and observed_at is None else []),
            *([f"the date {written[:TOLD_MAX]!r}"] if written and written_at is None else []),
            *_unread_of(position, ra, error),
        ),
    )


def _unread_of(position: "etree._Element | None", ra: float, error: float) -> Iterator[str]:
    """Yield what of a position is told and was not read."""
    place = [text_of(position, "Value2", name)[:TOLD_MAX] for name in ("C1", "C2")]
    if math.isnan(ra) and any(place):
        yield f"the position {place[0]!r}, {place[1]!r}"
    radius = text_of(position, "Error2Radius")[:TOLD_MAX]
    if radius and math.isnan(error) and not math.isnan(ra):
        yield f"the error of the position, {radius!r}"


def _params(what: "etree._Element | None") -> Iterator[Param]:
    for param in children(what, "Param"):
        yield _param("", param)
    for group in children(what, "Group"):
        for param in children(group, "Param"):
            yield _param(group.get("name", ""), param)


def _param(group: str, param: "etree._Element") -> Param:
    value = param.get("value")
    return Param(
        group,
        param.get("name", ""),
        text_of(param, "Value") if value is None else value,
        param.get("unit", ""),
        param.get("ucd", ""),
    )


def _system(place: "etree._Element | None") -> str:
    system = child(place, "AstroCoordSystem")
    coords = child(place, "AstroCoords")
    named = "" if system is None else system.get("id", "")
    return named or ("" if coords is None else coords.get("coord_system_id", ""))


def _position(position: "etree._Element | None") -> tuple[float, float, float]:
    """Return right ascension, declination and error radius, deg; NaN for what is not there."""
    ra = _float(text_of(position, "Value2", "C1"))
    dec = _float(text_of(position, "Value2", "C2"))
    error = _float(text_of(position, "Error2Radius"))
    if position is None or math.isnan(ra) or math.isnan(dec):
        return math.nan, math.nan, math.nan
    unit = position.get("unit", "deg").strip().lower()
    if unit.startswith("rad"):
        ra, dec, error = math.degrees(ra), math.degrees(dec), math.degrees(error)
    elif not unit.startswith("deg"):
        raise AlertError(f"its position is in {unit[:80]!r}, not in degrees or radians")
    if not (-360 <= ra <= 360 and -90 <= dec <= 90):
        raise AlertError(f"right ascension {ra:g}, declination {dec:g} deg is no position")
    return ra % 360, dec, error if error >= 0 else math.nan


def _float(text: str) -> float:
    """Return a finite number; NaN if it is none."""
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def _time(text: str, scale: str) -> datetime | None:
    """Return a time as UTC; None if it is not there or cannot be read."""
    try:
        return _as_utc(datetime.fromisoformat(text), scale)
    except (ValueError, OverflowError):  # also in a leap second, or beyond what Python can tell
        return None


def _as_utc(time: datetime, scale: str) -> datetime:
    from astropy.time import Time

    if time.tzinfo is not None:
        return time.astimezone(UTC)
    if scale == "GPS":
        time, scale = time + _GPS_BEHIND_TAI, "TAI"
    if scale in ("TT", "TDB", "TAI"):
        time = Time(time, scale=scale.lower()).utc.to_datetime()
    return time.replace(tzinfo=UTC)
