"""LOFAR's own metadata of images: when they were taken, and with which stations.

In FITS the keywords are those of TraP's injection script: ANTENNA (the antenna set), NCORE, NREMOTE
and NINTL (stations), TAU_TIME (seconds). Here they are made of the tables of CASA images ("CASA
image description for LOFAR", ASTRON 2012, 0.03) and of the attributes of HDF5 images (LOFAR-USG
ICD-004).
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

SECONDS_PER_DAY = 86400.0
_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": SECONDS_PER_DAY}


def table_cards(keywords: Mapping[str, Any], table: Any) -> dict[str, Any]:
    """Return the keywords that the attribute tables of a CASA image stand for.

    Parameters
    ----------
    keywords : Mapping
        Of the image's table.
    table : type
        casacore.tables.table.
    """
    paths = {
        name: str(path).removeprefix("Table: ")
        for name, path in keywords.get("ATTRGROUPS", {}).items()
    }
    cards: dict[str, Any] = {}
    if "LOFAR_OBSERVATION" in paths:
        with table(paths["LOFAR_OBSERVATION"], ack=False, lockoptions="usernoread") as observation:
            columns = observation.colnames()
            if "OBSERVATION_START" in columns:
                start = observation.getcell("OBSERVATION_START", 0)
                scale = _seconds(observation, "OBSERVATION_START") / SECONDS_PER_DAY
                cards |= {"MJD-OBS": float(start) * scale, "TIMESYS": "UTC"}
            if "ANTENNA_SET" in columns:
                cards["ANTENNA"] = str(observation.getcell("ANTENNA_SET", 0))
            if "LOFAR_ANTENNA" in paths and "NVIS_USED" in columns:
                used = np.asarray(observation.getcell("NVIS_USED", 0)).sum(axis=-1) > 0
                with table(paths["LOFAR_ANTENNA"], ack=False, lockoptions="usernoread") as antenna:
                    names = np.asarray(antenna.getcol("NAME"))
                cards |= station_counts(names[used])
    if "LOFAR_ORIGIN" in paths:
        with table(paths["LOFAR_ORIGIN"], ack=False, lockoptions="usernoread") as origin:
            start, end = (origin.getcol(name) * _seconds(origin, name) for name in ("START", "END"))
        cards["TAU_TIME"] = _covered(start, end)
    return cards


def attribute_cards(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keywords that the attributes of an HDF5 image's root stand for."""
    cards = {
        key: str(attributes[name])
        for key, name in (
            ("TELESCOP", "TELESCOPE"),
            ("DATE-OBS", "OBSERVATION_START_UTC"),
            ("DATE-END", "OBSERVATION_END_UTC"),
            ("ANTENNA", "ANTENNA_SET"),
        )
        if attributes.get(name)
    }
    stations = attributes.get("OBSERVATION_STATIONS_LIST")
    return cards if stations is None else cards | station_counts(np.atleast_1d(stations))


def station_counts(names: Iterable[Any]) -> dict[str, int]:
    """Count stations by kind: CS are core, RS remote, all others international ones."""
    kinds = [str(name)[:2] for name in names]
    core, remote = kinds.count("CS"), kinds.count("RS")
    return {"NCORE": core, "NREMOTE": remote, "NINTL": len(kinds) - core - remote}


def _seconds(opened: Any, column: str) -> float:
    """Return the factor from a column's unit to seconds; casacore's own unit of time is those."""
    units = opened.getcolkeywords(column).get("QuantumUnits", ["s"])
    unit = str(units[0])
    if unit not in _SECONDS:
        raise ValueError(f"the unit of its column {column} is {unit!r}, which is none of time")
    return _SECONDS[unit]


def _covered(start: np.ndarray, end: np.ndarray) -> float:
    """Return the time that intervals, which may overlap, cover together."""
    order = np.argsort(start)
    start, end = start[order], np.maximum.accumulate(end[order])
    before = np.concatenate([start[:1], end[:-1]])
    return float(np.maximum(end - np.maximum(start, before), 0).sum())
