"""Events such as `trap.event` has them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from trapdb.alerts.author import Author
from trapdb.exchange.event import Event

AUTHOR = Author(
    ivorn="ivo://org.example/lofar",
    title="A survey",
    contact_name="Jo Example",
    contact_email="jo@example.org",
    observatory="LOFAR",
    archive="https://archive.example.org/lofar/",
)
NUMBERS = count(1)


def flare(**changes):
    """Return the event of a source that flared, another one each time."""
    taken_at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    event = Event(
        event_id=next(NUMBERS),
        kind="initial",
        tense="real",
        watch="flares",
        definition="flare",
        conditions=[
            {"column": "eta_int", "comparison": ">=", "value": 5.0},
            {"column": "margin_worst", "comparison": ">", "value": 3.0},
        ],
        first_event_id=None,
        previous_event_id=None,
        dataset="deep field 1",
        dataset_id=3,
        source_name="J1000+3000",
        source_id=3_000_000_017,
        ra=150.0123,
        dec=30.0456,
        position_error_arcsec=1.8,
        band_id=2,
        stokes="I",
        taken_at=taken_at,
        discovered_at=taken_at,
        known_image_id=3_000_000_101,
        figures={
            "last_peak_flux": 0.0123,
            "last_peak_flux_err": 0.0011,
            "last_int_flux": 0.0131,
            "last_int_flux_err": 0.0014,
            "last_snr": 12.1,
            "last_local_rms": 0.00101,
            "last_kind": "blind",
            "last_measurement_id": 3_000_000_555,
            "last_taken_at": "2026-03-01T12:00:00+00:00",
            "freq_eff": 144e6,
            "bandwidth": 48e6,
            "duration": 8.0,
            "beam_major": 6 / 3600,
            "beam_minor": 5 / 3600,
            "beam_pa": 91.5,
            "limit_flux": 0.0052,
            "limit_taken_at": "2026-02-28T12:00:00+00:00",
            "eta_int": 7.25,
            "v_int": 0.4,
            "n": 12,
            "n_blind": 1,
            "margin_worst": 4.5,
            "noise_chance": 1.5e-7,
            "reference_class": "star",
            "reference_reliability": 0.93,
            "is_new": True,
        },
        versions={"trapdb": "0.1.0", "schema": "0013", "definition": "5f2d"},
        created_at=taken_at + timedelta(seconds=14, microseconds=250),
    )
    return replace(event, **changes)
