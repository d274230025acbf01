"""Alerts in the forms in which observatories send them, written for the tests."""

import json
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

# of the simulated fields of the tests
BURST = datetime(2026, 1, 5, 12, tzinfo=UTC)


def param(name, value, unit=""):
    with_unit = f" unit={quoteattr(unit)}" if unit else ""
    return f"<Param name={quoteattr(name)} value={quoteattr(str(value))}{with_unit}/>"


def group(name, *params):
    return f"<Group name={quoteattr(name)}>{''.join(params)}</Group>"


def voevent(
    ivorn="ivo://example.burst/SWIFT#BAT_GRB_Pos_532871-729",
    role="observation",
    params=(),
    position=(123.0, 10.0),
    error=0.05,
    time=BURST,
    system="UTC-FK5-GEO",
    citations=(),
) -> bytes:
    """Write a VOEvent as GCN does: without a namespace for what is in it."""
    iso = f"{time:%Y-%m-%dT%H:%M:%S.%f}"
    when = f"<Time unit='s'><TimeInstant><ISOTime>{iso}</ISOTime></TimeInstant></Time>"
    where = ""
    if position is not None:
        where = (
            "<Position2D unit='deg'><Name1>RA</Name1><Name2>Dec</Name2>"
            f"<Value2><C1>{position[0]}</C1><C2>{position[1]}</C2></Value2>"
            f"<Error2Radius>{error}</Error2Radius></Position2D>"
        )
    cited = "".join(
        f"<EventIVORN cite={quoteattr(cite)}>{escape(one)}</EventIVORN>" for one, cite in citations
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        "<voe:VOEvent xmlns:voe='http://www.ivoa.net/xml/VOEvent/v2.0' version='2.0' "
        f"ivorn={quoteattr(ivorn)} role={quoteattr(role)}>"
        "<Who><AuthorIVORN>ivo://example.burst/author</AuthorIVORN><Date>2026-01-05T12:00:40</Date>"
        "<Author><contactName>A. Observer</contactName></Author></Who>"
        f"<What>{''.join(params)}</What>"
        "<WhereWhen><ObsDataLocation><ObservatoryLocation id='GEOLUN'/><ObservationLocation>"
        f"<AstroCoordSystem id={quoteattr(system)}/>"
        f"<AstroCoords coord_system_id={quoteattr(system)}>{when}{where}</AstroCoords>"
        "</ObservationLocation></ObsDataLocation></WhereWhen>"
        + (f"<Citations>{cited}</Citations>" if cited else "")
        + "</voe:VOEvent>\n"
    ).encode()


def burst(number=532871, sequence=729, **changes) -> bytes:
    """Write a gamma-ray burst in the form of Swift's notices."""
    given = {
        "ivorn": f"ivo://example.burst/SWIFT#BAT_GRB_Pos_{number}-{sequence}",
        "params": [param("Packet_Type", 61), param("TrigID", number), param("Burst_Signif", 7.2)],
    }
    return voevent(**given | changes)


def radio_burst(name="FRB260105", **changes) -> bytes:
    """Write a fast radio burst in the form of the FRB standard."""
    given = {
        "ivorn": f"ivo://example.frb/telescope#{name}/61045.5",
        "params": [
            group(
                "observatory parameters",
                param("beam_semi-major_axis", 7.5, "MM"),
                param("centre_frequency", 1400.0, "MHz"),
            ),
            group(
                "event parameters",
                param("event_no", 7),
                param("dm", 562.7, "pc/cm^3"),
                param("snr", 16.0),
            ),
        ],
        "system": "UTC-ICRS-TOPO",
        "error": 0.125,
    }
    return voevent(**given | changes)


def gravitational_wave(kind="Preliminary", number=1, name="S260105a", **changes) -> bytes:
    """Write a notice of gravitational waves: no position, and a retraction without citations."""
    maps = [] if kind == "Retraction" else [
        group("GW_SKYMAP", param("skymap_fits", f"https://example.org/{name}/bayestar.fits"))
    ]  # fmt: skip
    given = {
        "ivorn": f"ivo://example.waves/LVC#{name}-{number}-{kind}",
        "params": [param("GraceID", name), param("AlertType", kind), *maps],
        "position": None,
        "citations": [
            (f"ivo://example.waves/LVC#{name}-1-Preliminary", "supersedes")
        ] if kind not in ("Preliminary", "Retraction") else [],
    }  # fmt: skip
    return voevent(**given | changes)


def gcn_notice(mission="chime/frb", **told) -> bytes:
    """Write a notice of GCN in JSON."""
    schema = f"https://gcn.nasa.gov/schema/v4.0.0/gcn/notices/{mission}.schema.json"
    base = {
        "$schema": schema,
        "alert_type": "initial",
        "trigger_time": BURST.isoformat().replace("+00:00", "Z"),
        "id": "427325191",
        "ra": 123.0,
        "dec": 10.0,
        "ra_dec_error": [0.5, 0.6, 0],
    }
    return json.dumps(
        {key: value for key, value in (base | told).items() if value is not None}
    ).encode()
