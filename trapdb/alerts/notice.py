"""What an alert of others says, whatever its form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Notice:
    """An alert of others, as it is stored: VOEvent or notice of GCN.

    Attributes
    ----------
    ivorn : str
        Its identifier; of a notice without one: topic, event and digest of its bytes.
    stream : str
        Who sends it: the IVORN up to ``#``, or the topic.
    role : str
        ``observation``, ``prediction``, ``utility`` or ``test``.
    kind : str
        ``initial``, ``update`` or ``retraction``.
    format : str
        ``voevent`` or ``gcn``.
    event : str or None
        By which name its sender knows the event, such as a trigger's number.
    author : str or None
        Who made it.
    sent_at, event_at : datetime or None
        When it was made, and when the event was; aware, UTC.
    ra, dec : float or None
        ICRS, deg.
    error_major, error_minor, error_pa : float or None
        Radius of the error circle, or semi-axes and position angle of the error ellipse, deg.
    containment : float or None
        Probability that the event was in that region.
    skymap : bytes or None
        A sky map that came with it, FITS.
    skymap_url : str or None
        Where its sender has one.
    parameters : mapping
        What else it says, by name; JSON.
    unread : str or None
        What it tells and that could not be read, such as its time, in words.
    citations : sequence of (str, str)
        Other alerts it refers to, by their identifiers, and how: ``followup``, ``supersedes`` or
        ``retraction``.
    """

    ivorn: str
    stream: str
    role: str
    kind: str
    format: str
    event: str | None = None
    author: str | None = None
    sent_at: datetime | None = None
    event_at: datetime | None = None
    ra: float | None = None
    dec: float | None = None
    error_major: float | None = None
    error_minor: float | None = None
    error_pa: float | None = None
    containment: float | None = None
    skymap: bytes | None = None
    skymap_url: str | None = None
    unread: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    citations: Sequence[tuple[str, str]] = ()
