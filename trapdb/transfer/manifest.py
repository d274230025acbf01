"""What the folder of a dumped data set says of itself: `manifest.json`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from trapdb.errors import InputError
from trapdb.transfer.folder import read_whole

Format = Literal["trapdb data set 1"]
FORMAT: Format = "trapdb data set 1"
NAME = "manifest.json"

# It has some lines a table; this is far more than the largest.
SIZE_MAX = 1_000_000

Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Table(_Part):
    """The file of a table: its columns with their types, its rows, its bytes and their SHA-256."""

    columns: list[tuple[str, str]]
    rows: Count
    size: Count
    sha256: Digest


class Catalogue(_Part):
    """A reference catalogue that rows refer to by its number; it does not travel itself."""

    catalogue_id: int
    name: str
    version: str
    digest: str | None
    n_sources: int | None


class Checksum(_Part):
    """The checksum of the data set, as it is for a publication, and of how many rows."""

    checksum: Digest
    n_images: Count
    n_measurements: Count
    n_points: Count


class Manifest(_Part):
    """A dumped data set: what it is, what dumped it, and its files."""

    format: Format
    revision: str
    trapdb: str
    dumped_at: datetime
    dataset: Annotated[str, Field(min_length=1)]
    dataset_id: Annotated[int, Field(ge=1, le=524287)]
    checksum: Checksum
    catalogues: list[Catalogue]
    tables: dict[str, Table]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest into its folder."""
    (folder / NAME).write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Read and check the manifest of a folder.

    Raises
    ------
    InputError
        There is none, or it is not one of this format.
    """
    text = read_whole(folder / NAME, SIZE_MAX)
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        (first, *_) = error.errors(include_url=False, include_input=False)
        place = ".".join(map(str, first["loc"])) or "the file"
        raise InputError(
            f"{folder / NAME}: not the manifest of a data set dumped by this trapdb "
            f"({FORMAT}): {place}: {first['msg']}"
        ) from error
