"""Calling a responder to see what it would do."""

import math
from datetime import UTC, datetime
from typing import Any

import psycopg

from trapdb.errors import InputError
from trapdb.exchange.event import Event
from trapdb.response import work
from trapdb.response.cell import Cell
from trapdb.response.statements import statement

Connection = psycopg.Connection[Any]

SECONDS = 600.0  # somebody is waiting, and can end it


def made_up(conn: Connection, source_id: int) -> Event:
    """Return an event of tense test, of what is known of a source.

    Raises
    ------
    InputError
        There is no such source.
    """
    row = conn.execute(statement("made_up_event"), {"source_id": source_id}).fetchone()
    if row is None:
        raise InputError(f"there is no source {source_id}; `trapdb sources` lists them")
    # 68 per cent of a round Gaussian are within 1.51 sigma
    error = 1.51 * math.sqrt((row.ra_err**2 + row.dec_err**2) / 2) if row.ra_err else math.nan
    return Event(
        event_id=0,
        kind="initial",
        tense="test",
        watch="trial",
        definition="trial",
        conditions=[],
        first_event_id=None,
        previous_event_id=None,
        dataset=row.dataset,
        dataset_id=row.dataset_id,
        source_name=row.name,
        source_id=row.source_id,
        ra=row.ra,
        dec=row.dec,
        position_error_arcsec=error * 3600,
        band_id=row.band_id,
        stokes=row.stokes,
        taken_at=row.last_seen,
        discovered_at=row.first_seen,
        known_image_id=0,
        figures=row.figures,
        versions={},
        created_at=datetime.now(UTC),
    )


def told(conn: Connection, event_id: int) -> tuple[Event, int | None]:
    """Return an event that was, and its source as of today.

    Raises
    ------
    InputError
        There is none of this number.
    """
    found = work.events(conn, [event_id])
    if event_id not in found:
        raise InputError(f"there is no event {event_id}; `trapdb watch-for events` lists them")
    return found[event_id]


def tried(conn: Connection, responder: str, event: Event, source_id: int | None) -> Any:
    """Return the packages that a responder makes, or a note why it is not called.

    Raises
    ------
    InputError
        It raises, or returns what is no package; one line.
    CellFault
        It crashes.
    """
    cell = Cell("trapdb.response.calls:responder", responder, shown=True)
    try:
        _value(responder, cell)
        cell.ask([None], SECONDS)
        wants = _value(responder, cell)
        stamps = work.stamps(conn, source_id) if wants["stamps"] else {}
        columns = work.light_curves(conn, [source_id])[source_id]
        cell.ask([(event, columns, stamps)], SECONDS)
        return _value(responder, cell)
    finally:
        cell.end()


def _value(responder: str, cell: Cell) -> Any:
    answer = None
    while answer is None:
        answer = cell.answer(1.0)
    if "error" in answer:
        raise InputError(f"{responder}: {answer['error']}")
    return answer["value"]
