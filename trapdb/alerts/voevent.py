"""Events as VOEvents.

Source: IVOA Recommendation, VOEvent 2.0 (2011).
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from trapdb.alerts.author import Author
from trapdb.alerts.parameters import is_known, values_of
from trapdb.alerts.xml import etree
from trapdb.exchange.event import Event

NAMESPACE = "http://www.ivoa.net/xml/VOEvent/v2.0"
_SCHEMA = f"{NAMESPACE} http://www.ivoa.net/xml/VOEvent/VOEvent-v2.0.xsd"
_SYSTEM = "UTC-ICRS-TOPO"
CITES_MAX = 200
# Source: XML 1.0, section 2.2.
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_HAPPENED = {
    "initial": "{source} began to fulfil {definition}",
    "update": "{source} fulfils {definition} and has changed",
    "ended": "{source} does not fulfil {definition} any more",
    "retraction": "Withdrawn: that {source} fulfilled {definition}",
}


@dataclass(frozen=True)
class Citation:
    """An alert that another one speaks of: ``followup``, ``supersedes`` or ``retraction``."""

    ivorn: str
    kind: str


def ivorn_of(event: Any, author: Author) -> str:
    """Return the identifier of an event's alert: the same one however often it is asked for.

    Parameters
    ----------
    event : Event or row
        Of which are read the number, the data set, and when it was written: in another database
        the number may be another's.
    author : Author
    """
    written = event.created_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%f")
    return f"{author.ivorn}#{quote(event.dataset, safe='')}/{event.event_id}/{written}"


def voevent(event: Event, author: Author, cites: Sequence[Citation] = ()) -> bytes:
    """Return an event as a VOEvent: of the same arguments, the same bytes.

    Parameters
    ----------
    event : Event
    author : Author
    cites : sequence of Citation
        What it speaks of, in the order in which that was written.

    Returns
    -------
    bytes
        XML that is valid by the schema of VOEvent 2.0. Its role is ``test`` in a rehearsal, and of
        a source that is not real.
    """
    is_test = author.rehearsal or event.tense != "real"
    root = etree.Element(f"{{{NAMESPACE}}}VOEvent", nsmap={"voe": NAMESPACE, "xsi": _XSI})
    root.set("version", "2.0")
    root.set("ivorn", ivorn_of(event, author))
    root.set("role", "test" if is_test else "observation")
    root.set(f"{{{_XSI}}}schemaLocation", _SCHEMA)
    _who(root, event, author)
    _what(root, event, author)
    _where_when(root, event, author)
    _how(root, event)
    _why(root, event)
    if cites:
        cited = etree.SubElement(root, "Citations")
        for one in shortened(cites):
            _add(cited, "EventIVORN", one.ivorn, cite=one.kind)
    _add(root, "Description", summary(event))
    if author.archive:
        _add(root, "Reference", uri=links(event, author)["source"])
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def shortened(cites: Sequence[Citation]) -> Sequence[Citation]:
    """Return the first and the last of very many citations: those between are superseded by these.

    Comet takes no packets of 100,000 bytes or more.
    """
    return cites if len(cites) <= CITES_MAX else [cites[0], *cites[1 - CITES_MAX :]]


def summary(event: Event) -> str:
    """Return what happened, in a sentence."""
    flux = event.figure("last_peak_flux")
    freq = event.figure("freq_eff")
    measured = "" if math.isnan(flux) else f", {flux * 1e3:.3g} mJy/beam"
    measured += "" if math.isnan(freq) else f" at {freq / 1e6:.6g} MHz"
    happened = _HAPPENED[event.kind].format(source=event.source_name, definition=event.definition)
    return f"{happened} ({judgement(event)}) on {_iso(event.taken_at)} UTC{measured}"


def judgement(event: Event) -> str:
    """Return the conditions by which the event was judged, as people write them."""
    return " and ".join("{column} {comparison} {value}".format(**one) for one in event.conditions)


def links(event: Event, author: Author) -> Mapping[str, str]:
    """Return where the archive's service has the source: its page, light curve and stamp."""
    base = author.archive.rstrip("/")
    found = {
        "source": f"{base}/source/{event.source_id}",
        "light_curve": f"{base}/lightcurve?ID={event.source_id}",
    }
    if image := event.figures.get("stamp_image_id"):
        found["stamp"] = f"{base}/stamp?ID={event.source_id}&IMAGE={image}"
    return found


def _who(root: "etree._Element", event: Event, author: Author) -> None:
    who = etree.SubElement(root, "Who")
    _add(who, "AuthorIVORN", author.ivorn)
    _add(who, "Date", _iso(event.created_at))
    about = etree.SubElement(who, "Author")
    _add(about, "title", author.title)
    _add(about, "contactName", author.contact_name)
    _add(about, "contactEmail", author.contact_email)


def _what(root: "etree._Element", event: Event, author: Author) -> None:
    what = etree.SubElement(root, "What")
    group = etree.SubElement(what, "Group", name="event")
    for name, fact, ucd, meaning in _facts(event):
        _param(group, name, fact, ucd=ucd, meaning=meaning)
    groups = {"event": group}
    shown = set()
    for parameter, value in values_of(event.figures):
        if parameter.group not in groups:
            groups[parameter.group] = etree.SubElement(what, "Group", name=parameter.group)
        _param(
            groups[parameter.group],
            parameter.name,
            value,
            unit=parameter.unit,
            ucd=parameter.ucd,
            meaning=parameter.meaning,
        )
        shown.add(parameter.figure)
    judged_by = dict.fromkeys(one["column"] for one in event.conditions)
    if others := [n for n in judged_by if n not in shown and is_known(event.figures.get(n))]:
        group = etree.SubElement(what, "Group", name="judged_by")
        for name in others:
            _param(group, name, event.figures[name])
    if author.archive:
        group = etree.SubElement(what, "Group", name="links")
        for name, address in links(event, author).items():
            _param(group, name, address, ucd="meta.ref.url")


def _facts(event: Event) -> Iterator[tuple[str, int | str, str, str]]:
    yield "kind", event.kind, "meta.code", "initial, update, ended or retraction"
    yield "event_id", event.event_id, "meta.id;meta.main", "Number of the event in its archive"
    yield "dataset", event.dataset, "meta.id;meta.dataset", "Data set"
    yield "source", event.source_name, "meta.id;src", "Name of the source"
    yield "source_id", str(event.source_id), "meta.id;src", "Number of the source in its archive"
    yield "watch", event.watch, "meta.id", "What watches for such sources"
    yield "definition", event.definition, "meta.id", "Definition of transients that it fulfils"
    yield "tense", event.tense, "meta.code", "real, injected, simulated or test"
    yield "stokes", event.stokes, "meta.code;phys.polarization.stokes", "Stokes parameter"
    if event.discovered_at is not None:
        yield (
            *("discovered", _iso(event.discovered_at), "time.epoch;stat.min"),
            "When the source was first found, UTC",
        )


def _where_when(root: "etree._Element", event: Event, author: Author) -> None:
    where = etree.SubElement(etree.SubElement(root, "WhereWhen"), "ObsDataLocation")
    etree.SubElement(where, "ObservatoryLocation", id=author.observatory)
    observation = etree.SubElement(where, "ObservationLocation")
    etree.SubElement(observation, "AstroCoordSystem", id=_SYSTEM)
    place = etree.SubElement(observation, "AstroCoords", coord_system_id=_SYSTEM)
    time = etree.SubElement(place, "Time", unit="s")
    _add(etree.SubElement(time, "TimeInstant"), "ISOTime", _iso(event.taken_at))
    position = etree.SubElement(place, "Position2D", unit="deg")
    _add(position, "Name1", "RA")
    _add(position, "Name2", "Dec")
    value = etree.SubElement(position, "Value2")
    _add(value, "C1", _number(event.ra))
    _add(value, "C2", _number(event.dec))
    _add(position, "Error2Radius", _number(event.position_error_arcsec / 3600))


def _how(root: "etree._Element", event: Event) -> None:
    versions = ", ".join(f"{name} {version}" for name, version in sorted(event.versions.items()))
    how = etree.SubElement(root, "How")
    _add(how, "Description", f"Radio images searched by trapdb ({versions})")


def _why(root: "etree._Element", event: Event) -> None:
    why = etree.SubElement(root, "Why")
    _add(why, "Description", f"{event.definition}: {judgement(event)}")
    chance = event.figure("noise_chance")
    if 0 <= chance <= 1:
        noise = etree.SubElement(why, "Inference", probability=_number(chance))
        _add(noise, "Concept", "noise")
        _add(noise, "Description", "Chance that noise alone makes one as bright in the data set")
    if known := event.figures.get("reference_class"):
        counterpart = etree.SubElement(why, "Inference", relation="identified")
        reliability = event.figure("reference_reliability")
        if 0 <= reliability <= 1:
            counterpart.set("probability", _number(reliability))
        _add(counterpart, "Concept", str(known))
    if held := event.figures.get("object_class"):
        by = event.figures.get("classifier", "a classifier")
        classified = etree.SubElement(why, "Inference", relation="associated")
        probability = event.figure("class_probability")
        if 0 <= probability <= 1:
            classified.set("probability", _number(probability))
        _add(classified, "Name", str(held))
        _add(classified, "Description", f"The likeliest class, by {by}")


def _param(
    group: "etree._Element",
    name: str,
    value: float | int | str,
    *,
    unit: str = "",
    ucd: str = "",
    meaning: str = "",
) -> None:
    if isinstance(value, str):
        kind, text = "string", _clean(value)
    elif isinstance(value, float):
        kind, text = "float", _number(value)
    else:
        kind, text = "int", str(int(value))  # truth counts as 1 or 0
    param = etree.SubElement(group, "Param", name=_clean(name), value=text, dataType=kind)
    if unit:
        param.set("unit", unit)
    if ucd:
        param.set("ucd", ucd)
    if meaning:
        _add(param, "Description", meaning)


def _add(parent: "etree._Element", name: str, text: str | None = None, **attributes: str) -> None:
    etree.SubElement(parent, name, **attributes).text = None if text is None else _clean(text)


def _clean(text: str) -> str:
    """Return a text without the characters that XML cannot hold; names are people's."""
    return _NOT_IN_XML.sub("", text)


def _number(value: float) -> str:
    return "NaN" if math.isnan(value) else repr(float(value))


def _iso(time: datetime) -> str:
    """Return a time as VOEvents have it: UTC, and without saying so."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat()
