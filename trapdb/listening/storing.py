"""Storing what comes as an alert: accepted, known already, or refused with the reason."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from trapdb.alerts.notice import Notice
from trapdb.alerts.reading import read_notice
from trapdb.database.connection import call, one_line
from trapdb.database.routines import Connection
from trapdb.errors import AlertError, DatabaseError
from trapdb.reference.opened import NotATable
from trapdb.watching.sky_map import sky_map_of
from trapdb.watching.sky_map_loading import store_sky_map


@dataclass(frozen=True)
class Stored:
    """What became of an alert.

    Attributes
    ----------
    alert_id : int
        Its number in ``trap.alert``.
    is_new : bool
        Whether it came for the first time.
    notice : Notice or None
        What it says; None: it was refused.
    trouble : str
        Why it was refused, or its sky map was; empty if neither.
    """

    alert_id: int
    is_new: bool
    notice: Notice | None
    trouble: str


def store(conn: Connection, content: bytes, origin: str, topic: str | None = None) -> Stored:
    """Store an alert in a transaction of its own, whatever it is: what is none is kept as refused.

    Parameters
    ----------
    conn : psycopg.Connection
        An operator's connection.
    content : bytes
        As it came.
    origin : str
        Whence: broker, topic or file.
    topic : str or None
        Of Kafka.
    """
    try:
        notice = read_notice(content, topic)
    except AlertError as error:
        return refuse(conn, content, origin, str(error))
    try:
        with conn.transaction():
            skymap_id, trouble = _sky_map(conn, notice, origin) if notice.skymap else (None, "")
            (row,) = call(
                conn,
                "store_alert",
                origin=origin,
                content=content,
                digest=hashlib.sha256(content).hexdigest(),
                skymap_id=skymap_id,
                **_columns(notice),
            )
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        return refuse(conn, content, origin, f"it cannot be stored: {one_line(error)}")
    return Stored(row.alert_id, row.is_new, notice, trouble)


def _columns(notice: Notice) -> Mapping[str, Any]:
    told = {
        name: value
        for name, value in vars(notice).items()
        if name not in ("skymap", "citations", "parameters")
    }
    return {
        **told,
        "parameters": Jsonb(dict(notice.parameters)),
        "cited_ivorns": [ivorn for ivorn, _ in notice.citations],
        "cites": [cite for _, cite in notice.citations],
    }


def refuse(conn: Connection, content: bytes, origin: str, reason: str) -> Stored:
    """Keep what is no alert, or how it begins, with the reason."""
    (row,) = call(
        conn,
        "refuse_alert",
        content=content,
        digest=hashlib.sha256(content).hexdigest(),
        origin=origin,
        reason=" ".join(reason.split())[:1000],
    )
    return Stored(row.alert_id, row.is_new, None, reason)


def _sky_map(conn: Connection, notice: Notice, origin: str) -> tuple[int | None, str]:
    """Store the sky map that came with an alert; a bad one costs the map, not the alert."""
    assert notice.skymap is not None
    try:
        held = sky_map_of(notice.skymap)
        digest = hashlib.sha256(notice.skymap).hexdigest()
        with conn.transaction():
            return store_sky_map(conn, notice.ivorn, digest, origin, held).skymap_id, ""
    except (NotATable, DatabaseError) as error:
        return None, f"its sky map: {error}"
