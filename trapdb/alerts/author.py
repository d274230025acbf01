"""Who sends alerts."""

import re

from pydantic import Field, field_validator

from trapdb.configuration.keys import Section

# Source: IVOA Identifiers 2.0, section 2.1: authority and resource key; the fragment is an event's.
_IVORN = re.compile(r"ivo://[A-Za-z0-9][\w.~*'()-]{2,}(/[\w.~*'()-]+)*", re.ASCII)


class Author(Section):
    """Who sends alerts, and from where."""

    ivorn: str = Field(
        description="Identifier of the stream, ivo://AUTHORITY/NAME; that of an alert begins so."
    )
    title: str = Field(description="Name of the project or archive.")
    contact_name: str = Field(description="Whom to ask.")
    contact_email: str = Field(description="Their address.")
    observatory: str = Field(description="Telescope that took the images.")
    archive: str = Field(
        default="", description="Address of the archive's service, for links (empty: none)."
    )
    rehearsal: bool = Field(
        default=False, description="Whether all that is sent says that it is a test."
    )

    @field_validator("ivorn")
    @classmethod
    def _is_identifier(cls, ivorn: str) -> str:
        if not _IVORN.fullmatch(ivorn):
            raise ValueError(f"give an identifier like ivo://org.example/lofar, not {ivorn!r}")
        return ivorn

    @field_validator("title", "contact_name", "contact_email", "observatory")
    @classmethod
    def _is_said(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("every alert has to say it")
        return text

    @field_validator("archive")
    @classmethod
    def _is_address(cls, archive: str) -> str:
        if archive and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", archive):
            raise ValueError(f"give an address like https://archive.example.org, not {archive!r}")
        return archive
