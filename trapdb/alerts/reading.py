"""What alerts of others say, whatever their form."""

import math
from dataclasses import replace

from trapdb.alerts import gcn, packet
from trapdb.alerts.notice import Notice
from trapdb.errors import AlertError

# Names of more bytes are none; PostgreSQL's indexes take no more than twice as much.
LONGEST = 1000
CITATIONS_MAX = 200
CITES = {"followup", "supersedes", "retraction"}
# Parameters by which senders name the event: LIGO, GCN, CHIME.
EVENT_NAMES = ("GraceID", "TrigID", "event_no", "Event_ID", "event_id")
MAP_NAMES = ("skymap_fits", "skymap_fits_basic", "healpix_url")
# Of coordinates: FK5 and ICRS differ by hundredths of an arcsecond.
EQUATORIAL = {"ICRS", "FK5"}


def read_notice(content: bytes, topic: str | None = None) -> Notice:
    """Read an alert: a VOEvent, or a notice of GCN in JSON.

    Parameters
    ----------
    content : bytes
    topic : str or None
        Of Kafka, that it was published in.

    Raises
    ------
    AlertError
        It is none.
    """
    if content.lstrip()[:1] in (b"{", b"["):
        notice = gcn.read_notice(content, topic)
    else:
        notice = of_packet(packet.read_packet(content))
    for name in (notice.ivorn, notice.stream, notice.event or "-"):
        if not _is_name(name):
            raise AlertError(f"it has a name that is none: {name[:80]!r}")
    cited = [(ivorn, cite) for ivorn, cite in notice.citations if cite in CITES and _is_name(ivorn)]
    unread = notice.unread and "".join(one if one.isprintable() else "?" for one in notice.unread)
    return replace(notice, citations=tuple(cited[:CITATIONS_MAX]), unread=unread or None)


def _is_name(name: str) -> bool:
    return 0 < len(name.encode()) <= LONGEST and name.isprintable()


def of_packet(read: packet.Packet) -> Notice:
    """Return what a VOEvent says."""
    frame = [*read.coordinate_system.split("-"), ""][1]
    placed = not math.isnan(read.ra) and (frame in EQUATORIAL or not read.coordinate_system)
    error = read.position_error
    unread = list(read.unread)
    if not placed and not math.isnan(read.ra):
        unread.append(f"the position in {read.coordinate_system[: packet.TOLD_MAX]!r}")
    elif placed and error >= 90:
        unread.append(f"the error of the position, {error:g} deg")
    cited = [(ivorn, "supersedes" if cite == "update" else cite) for ivorn, cite in read.citations]
    kinds = {cite for _, cite in cited}
    return Notice(
        ivorn=read.ivorn,
        stream=read.ivorn.partition("#")[0],
        role=read.role,
        kind=(
            "retraction"
            if read.is_retraction
            else "update"
            if "supersedes" in kinds or read.value_of("AlertType").lower() == "update"
            else "initial"
        ),
        format="voevent",
        event=_first(read, EVENT_NAMES),
        author=read.contact_name or read.title or read.author_ivorn or None,
        sent_at=read.written_at,
        event_at=read.observed_at,
        ra=read.ra if placed else None,
        dec=read.dec if placed else None,
        error_major=error if placed and 0 <= error < 90 else None,
        skymap_url=_first(read, MAP_NAMES),
        unread="; ".join(unread) or None,
        parameters={
            f"{one.group}/{one.name}" if one.group else one.name: f"{one.value} {one.unit}".strip()
            for one in read.params
        },
        citations=tuple(cited),
    )


def _first(read: packet.Packet, names: tuple[str, ...]) -> str | None:
    return next((value for name in names if (value := read.value_of(name).strip())), None)
