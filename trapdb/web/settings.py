"""The settings of the service: section ``[serve]`` of a TOML file."""

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from trapdb.configuration.toml_file import parse, text_of
from trapdb.errors import ConfigurationError

# Source: IVOA Recommendation IVOA Identifiers 2.0, section 2.3.
_IDENTIFIER = re.compile(
    r"ivo://[A-Za-z0-9][A-Za-z0-9\-_.!~*'()+=]{2,}(/[A-Za-z0-9\-_.!~*'()+=]+)*"
)

Count = Annotated[int, Field(ge=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(_Section):
    """What one client, and all together, may take."""

    rows: Count = Field(default=10_000_000, description="Rows of an answer, at most.")
    default_rows: Count = Field(
        default=1_000_000, description="Rows of an answer where the client does not say how many."
    )
    seconds: Annotated[float, Field(gt=0)] = Field(
        default=60.0, description="Time that a query may take, in s."
    )
    job_seconds: Annotated[float, Field(gt=0)] = Field(
        default=3600.0,
        description="Time that a query may take as a job, or a client for an answer, in s.",
    )
    jobs: Count = Field(
        default=1000, description="Jobs that have not ended, of all services that share them."
    )
    queries: Count = Field(default=8, description="Queries at the same time; more wait.")
    wait: Annotated[float, Field(gt=0)] = Field(
        default=10.0, description="Time that a query waits for its turn before it is refused, in s."
    )
    memory: Count = Field(
        default=32, description="Memory of a query for sorting and joining, in MB."
    )
    request_bytes: Count = Field(
        default=25_000_000,
        description="Size of a request, with the tables that are uploaded, in bytes.",
    )
    requests_bytes: Count = Field(
        default=100_000_000,
        description="Size of all requests together that have not been answered, but for small "
        "ones, in bytes.",
    )
    upload_rows: Count = Field(default=100_000, description="Rows of an uploaded table.")
    upload_columns: Count = Field(default=100, description="Columns of an uploaded table.")
    spool_bytes: Count = Field(
        default=2_000_000_000,
        description="Size of a file that is made before it is sent: FITS, Parquet.",
    )


class Settings(_Section):
    """What the service is, and what it may do."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(default=8080, description="Port; 0: any.")
    base_url: str | None = Field(
        default=None,
        description="Address that users see, with its path, if a proxy stands before the service.",
    )
    title: str = Field(default="trapdb", description="Name of the archive.")
    publisher: str | None = Field(default=None, description="Who runs it.")
    contact: str | None = Field(default=None, description="Mail address for questions.")
    identifier: str | None = Field(
        default=None,
        description="Identifier in the registry of the Virtual Observatory, "
        "`ivo://authority/name`; without one there is no `/registry`.",
    )
    description: str | None = Field(
        default=None, description="What the archive holds, in a paragraph."
    )
    reference_url: str | None = Field(
        default=None, description="Page that tells of it; by default the service's first."
    )
    creators: list[str] = Field(default=[], description="Who made it, as authors are named.")
    subjects: Annotated[list[str], Field(min_length=1)] = Field(
        default=["radio-transient-sources", "time-domain-astronomy"],
        description="What it is about, in terms of the Unified Astronomy Thesaurus.",
    )
    datasets: Annotated[list[str], Field(min_length=1)] | None = Field(
        default=None, description="Data sets that it shows; by default all of the database."
    )
    upload_from_private_addresses: bool = Field(
        default=False,
        description="Whether a table may be fetched from an address within the own network.",
    )
    workers: Count = Field(default=2, description="Jobs that this service works on at once.")
    results: Path | None = Field(
        default=None,
        description="Folder for the results of jobs, which services beside each other share; "
        "by default in the private server's.",
    )
    results_bytes: Count = Field(
        default=10_000_000_000, description="Size of all results together, at most."
    )
    keep_days: Annotated[float, Field(gt=0)] = Field(
        default=7.0, description="Days after which a job and its result are removed."
    )
    limits: Limits = Limits()

    @property
    def queue(self) -> str:
        """The queue of the jobs, which services share that show the same."""
        return f"tap: {', '.join(sorted(set(self.datasets)))}" if self.datasets else "tap"

    @field_validator("identifier")
    @classmethod
    def _is_an_identifier(cls, identifier: str | None) -> str | None:
        if identifier is not None and not _IDENTIFIER.fullmatch(identifier):
            raise ValueError("expected an identifier such as ivo://org.example/trapdb")
        return identifier

    @field_validator("base_url", "reference_url")
    @classmethod
    def _has_a_host(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query:
            raise ValueError("expected an address such as https://archive.example.org/trapdb")
        return url.rstrip("/")


def read(path: Path | None, **options: object) -> Settings:
    """Read section ``[serve]`` of a file.

    Parameters
    ----------
    path : Path or None
        TOML file; None for the defaults.
    **options
        Values that take the place of those of the file, if they are not None.

    Raises
    ------
    ConfigurationError
        The file cannot be read, or a key is unknown or its value impossible; one line.
    """
    values: dict[str, object] = {}
    if path:
        section = parse(path, text_of(path)).get("serve", {})
        if not isinstance(section, dict):
            raise ConfigurationError(f"{path}: serve should be a section, [serve]")
        values = section
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return Settings.model_validate({**values, **given})
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(('serve', *map(str, one['loc'])))}: {_problem(one['type'], one['msg'])}"
            for one in error.errors(include_url=False)
        )
        raise ConfigurationError(f"{path}: {problems}" if path else problems) from error


def _problem(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "there is no such key"
    return message[:1].lower() + message[1:]
