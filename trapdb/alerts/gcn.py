"""Notices of GCN in JSON, and of LIGO, Virgo and KAGRA, which have a form of their own.

Read leniently, as releases of the schema name the same differently. Source: GCN Schema, releases 1
to 6, "core" (https://gcn.nasa.gov/docs/schema); LIGO-Virgo-KAGRA Public Alerts User Guide, "Alert
Contents".
"""

import base64
import binascii
import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

from trapdb.alerts.notice import Notice
from trapdb.errors import AlertError

# A sky map of LIGO, the largest of notices, has some hundred kB.
BYTES_MAX = 16_000_000
# Of its schema, https://gcn.nasa.gov/schema/v4.0.0/gcn/notices/chime/frb.schema.json for instance.
_SCHEMA = re.compile(
    r"https://gcn\.nasa\.gov/schema/(?:[^/]+/)?(gcn/notices/[\w/.-]+)\.schema\.json"
)
# What is no observation, by alert_tense or, in the latest releases, alert_type.
_TESTS = {"test", "injection", "injected", "commanded", "mock"}
_UPDATES = {"update", "subsequent"}
_MAPS = {"healpix_file"}
# What is told of times and of the error of the position.
TIMES = ("trigger_time", "alert_datetime", "datetime_of_notice")
ERRORS = ("ra_dec_error", "position_a_error")
# So much is told of what cannot be read.
TOLD_MAX = 40


def read_notice(content: bytes, topic: str | None = None) -> Notice:
    """Read a notice.

    Parameters
    ----------
    content : bytes
        JSON.
    topic : str or None
        Of Kafka, that it was published in; None: the one of its schema.

    Raises
    ------
    AlertError
        It is no JSON, or too large, or nothing that could be told apart from others.
    """
    told = _object(content)
    stream = topic or _topic(told)
    if _text(told.get("superevent_id")):
        return _of_gravitational_wave(told, stream or "igwn.gwalert", content)
    if stream is None:
        raise AlertError("it is no notice of GCN: it has no $schema of one, and no topic is known")
    event = _text(told.get("id")) or _text(told.get("event_name"))
    ra, dec = _number(told.get("ra")), _number(told.get("dec"))
    if ra is None or dec is None:
        ra = dec = None
    elif not (-360 <= ra <= 360 and -90 <= dec <= 90):
        raise AlertError(f"right ascension {ra:g}, declination {dec:g} deg is no position")
    else:
        ra %= 360
    unread = [
        *(name for name in ("ra", "dec") if told.get(name) is not None and ra is None),
        *(name for name in TIMES if told.get(name) and _time(told[name]) is None),
    ]
    kinds = {_word(told, "alert_tense"), _word(told, "alert_type")}
    error = _error(told) if ra is not None else (None, None, None)
    if ra is not None and error[0] is None:
        unread += [name for name in ERRORS if told.get(name) is not None]
    contained = _number(told.get("containment_probability", 0.9))
    if error[0] is None or contained is None or not 0 < contained <= 1:
        contained = None
    return Notice(
        ivorn=_name(stream, event, content),
        stream=stream,
        role="test" if kinds & _TESTS else "prediction" if "planned" in kinds else "observation",
        kind=(
            "retraction" if "retraction" in kinds else "update" if kinds & _UPDATES else "initial"
        ),
        format="gcn",
        event=event,
        author=_text(told.get("mission")) or _text(told.get("instrument")),
        sent_at=_time(told.get("alert_datetime")) or _time(told.get("datetime_of_notice")),
        event_at=_time(told.get("trigger_time")),
        ra=ra,
        dec=dec,
        error_major=error[0],
        error_minor=error[1],
        error_pa=error[2],
        containment=contained,
        skymap=_map(told.get("healpix_file")),
        skymap_url=_url(told.get("healpix_url")),
        unread=_unread(told, unread),
        parameters={name: value for name, value in told.items() if name not in _MAPS},
        citations=_references(told.get("reference")),
    )


def _of_gravitational_wave(told: Mapping[str, Any], stream: str, content: bytes) -> Notice:
    """Read a notice in the form of LIGO, Virgo and KAGRA."""
    name = _text(told["superevent_id"])
    kind = _word(told, "alert_type")
    event = told.get("event")
    of_event: Mapping[str, Any] = event if isinstance(event, dict) else {}
    return Notice(
        ivorn=_name(stream, name, content),
        stream=stream,
        # names of tests and mock events begin with T and M, of others with S
        role="test" if name and name[0] in "TM" else "observation",
        kind=(
            "retraction"
            if kind == "retraction"
            # what comes after the notices that are made without people
            else "update"
            if kind in ("initial", "update")
            else "initial"
        ),
        format="gcn",
        event=name,
        author="LIGO/Virgo/KAGRA",
        sent_at=_time(told.get("time_created")),
        event_at=_time(of_event.get("time")),
        unread=_unread(
            {**told, **of_event},
            [
                name
                for name, of in (("time_created", told), ("time", of_event))
                if of.get(name) and _time(of[name]) is None
            ],
        ),
        skymap=_map(of_event.get("skymap")),
        parameters={
            **{key: told[key] for key in told if key not in ("event", "external_coinc")},
            **{key: of_event[key] for key in of_event if key != "skymap"},
        },
    )


def _unread(told: Mapping[str, Any], names: Sequence[str]) -> str | None:
    """Say what was told under some names and cannot be read."""
    return "; ".join(f"{name} {_short(told[name])}" for name in names) or None


def _short(value: Any) -> str:
    return repr(value)[:TOLD_MAX]


def _object(content: bytes) -> dict[str, Any]:
    if len(content) > BYTES_MAX:
        raise AlertError(f"it has {len(content)} bytes; more than {BYTES_MAX} are not read")
    try:
        told = json.loads(content, parse_constant=_no_number)
        # what neither UTF-8 nor PostgreSQL can hold
        written = json.dumps(told, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise AlertError(f"it is no JSON: {error}") from error
    if not isinstance(told, dict):
        raise AlertError("it is no notice: expected an object of JSON")
    if b"\\u0000" in written:
        raise AlertError("it has characters that are none")
    return told


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _topic(told: Mapping[str, Any]) -> str | None:
    found = _SCHEMA.fullmatch(str(told.get("$schema", "")))
    return found[1].replace("/", ".") if found else None


def _name(stream: str, event: str | None, content: bytes) -> str:
    """Name a notice: it has no identifier of its own, and the same one comes in the same bytes."""
    return f"{stream}#{event or ''}/{hashlib.sha256(content).hexdigest()[:16]}"


def _text(value: Any) -> str | None:
    """Return a text, or the first one of a list."""
    if isinstance(value, list):
        value = next(iter(value), None)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value.strip() or None if isinstance(value, str) else None


def _word(told: Mapping[str, Any], key: str) -> str:
    return (_text(told.get(key)) or "").lower()


def _url(value: Any) -> str | None:
    text = _text(value)
    return text if text and text.startswith("https://") else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _error(told: Mapping[str, Any]) -> tuple[float | None, float | None, float | None]:
    """Return the axes of the error region, the larger one first, and its position angle, deg."""
    given = told.get("ra_dec_error")
    if given is None:
        given = [told.get(f"position_{name}") for name in ("a_error", "b_error", "error_pa")]
    axes = [_number(one) for one in (given if isinstance(given, list) else [given])[:3]]
    major, minor, angle = (*axes, None, None, None)[:3]
    if major is None or not 0 <= major < 90:
        return None, None, None
    if minor is None or minor == major or not 0 <= minor < 90:
        return major, None, None
    angle = (angle or 0.0) % 180
    return (major, minor, angle) if minor < major else (minor, major, (angle + 90) % 180)


def _time(value: Any) -> datetime | None:
    """Return a time, UTC; None if it is not there or cannot be read."""
    text = _text(value)
    try:
        time = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    if time is None:
        return None
    try:
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except OverflowError:
        return None


def _map(value: Any) -> bytes | None:
    if not isinstance(value, str):
        return None
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise AlertError(f"its sky map is not written in base64: {error}") from error


def _references(value: Any) -> tuple[tuple[str, str], ...]:
    """Return the notices that it follows up: events by topic."""
    if not isinstance(value, dict):
        return ()
    pairs = ((topic, _text(event)) for topic, event in value.items())
    return tuple((f"{topic}#{event}", "followup") for topic, event in pairs if event)
