"""Who sends alerts."""

import re
from dataclasses import dataclass

from trapdb.errors import ConfigurationError

# Source: IVOA Identifiers 2.0, section 2.1: authority and resource key; the fragment is an event's.
_IVORN = re.compile(r"ivo://[A-Za-z0-9][\w.~*'()-]{2,}(/[\w.~*'()-]+)*", re.ASCII)


@dataclass(frozen=True)
class Author:
    """Who sends alerts, and from where.

    Attributes
    ----------
    ivorn : str
        Identifier of the stream, ``ivo://AUTHORITY/NAME``; that of an event is added behind ``#``.
    title : str
        Name of the project or archive.
    contact_name, contact_email : str
        Whom to ask.
    observatory : str
        Telescope that took the images.
    archive : str
        Address of the archive's service, for links; empty if it has none that others reach.
    rehearsal : bool
        Whether all that is sent says that it is a test.

    Raises
    ------
    ConfigurationError
        The identifier is none, or something that every alert has to say is empty.
    """

    ivorn: str
    title: str
    contact_name: str
    contact_email: str
    observatory: str
    archive: str = ""
    rehearsal: bool = False

    def __post_init__(self) -> None:
        """Refuse what brokers would refuse."""
        if not _IVORN.fullmatch(self.ivorn):
            raise ConfigurationError(
                f"{self.ivorn!r} is no identifier of a stream: give one like ivo://org.example/lofar"
            )
        for name in ("title", "contact_name", "contact_email", "observatory"):
            if not getattr(self, name).strip():
                raise ConfigurationError(f"alerts need {name} of their author")
        if self.archive and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", self.archive):
            raise ConfigurationError(f"{self.archive!r} is no address: give https://HOST/...")
