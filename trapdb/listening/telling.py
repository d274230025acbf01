"""What became of an alert, in one line."""

from trapdb.listening.storing import Stored
from trapdb.paths import printable


def line(stored: Stored) -> str:
    """Return a line on an alert that was stored, known, or refused."""
    if stored.notice is None:
        known = "" if stored.is_new else ", again"
        return printable(f"alert {stored.alert_id} refused{known}: {stored.trouble}")
    notice = stored.notice
    parts = [f"alert {stored.alert_id}", notice.ivorn]
    if not stored.is_new:
        return printable(f"{' '.join(parts)}: it is there already")
    parts.append(notice.kind if notice.role == "observation" else f"{notice.kind} ({notice.role})")
    if notice.event:
        parts.append(f"of {notice.event}")
    if notice.ra is not None:
        error = f" +- {notice.error_major:.3g}" if notice.error_major is not None else ""
        parts.append(f"at {notice.ra:.5f} {notice.dec:+.5f}{error} deg")
    if notice.event_at is not None:
        parts.append(f"on {notice.event_at:%Y-%m-%d %H:%M:%S}")
    if notice.unread:
        parts.append(f"but it cannot be read: {notice.unread}")
    if stored.trouble:
        parts.append(f"without {stored.trouble}")
    elif notice.skymap is not None:
        parts.append("with a sky map")
    return printable(" ".join(parts))
