"""A catalogue of a collection: a file a pixel, and what tells of them.

Each file tells of what it was made, so that a later export knows whether it would be the same.

Source: IVOA Note "HATS" 1.0, sections on the directory scheme and the properties.
"""

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from trapdb.columnar.description import file_metadata
from trapdb.hats.cells import Pixel
from trapdb.hats.contents import LIGHT_CURVE, State

_MADE_OF = b"trapdb.made_of"

# What is the same in many points, each value of which is written once.
_REPEATED = [
    f"{LIGHT_CURVE}.{name}.list.element"
    for name in ("image_id", "taken_at", "freq_eff", "band_id", "stokes", "kind", "association")
]


def path_of(pixel: Pixel) -> Path:
    """Return the path of the file of a pixel, in the folder ``dataset`` of its catalogue."""
    folder = pixel.number // 10_000 * 10_000
    return Path(f"Norder={pixel.order}", f"Dir={folder}", f"Npix={pixel.number}.parquet")


def made_of(pixel: Pixel, state: State, schema: pa.Schema) -> str:
    """Return in short what makes the file of a pixel: its sources, as they are, and the columns."""
    digest = hashlib.sha256(schema.serialize())
    for values in (state.source_id, state.mark):
        digest.update(values[pixel.members].tobytes())
    return digest.hexdigest()


def keep(pixel: Pixel, made: str, before: Path | None, now: Path) -> bool:
    """Take the file of a pixel over from the catalogue before, if it is made of the same.

    Parameters
    ----------
    pixel : Pixel
        The pixel.
    made : str
        What its file is to be made of.
    before, now : Path
        Folders of the two catalogues.

    Returns
    -------
    bool
        Whether it was; then it is one file with two names, where the file system allows.
    """
    if before is None:
        return False
    old, new = (folder / "dataset" / path_of(pixel) for folder in (before, now))
    if not old.exists() or (pq.read_metadata(old).metadata or {}).get(_MADE_OF) != made.encode():
        return False
    new.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(old, new)
    except OSError:
        shutil.copyfile(old, new)
    return True


def write(pixel: Pixel, made: str, table: pa.Table, folder: Path) -> None:
    """Write the file of a pixel.

    Parameters
    ----------
    pixel : Pixel
        The pixel.
    made : str
        What it is made of, as `made_of` tells.
    table : pyarrow.Table
        Its sources.
    folder : Path
        Folder of the catalogue.
    """
    path = folder / "dataset" / path_of(pixel)
    path.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(
        path, table.schema, compression="zstd", use_dictionary=_REPEATED
    ) as writer:
        writer.write_table(table, row_group_size=max(1, table.num_rows))
        writer.add_key_value_metadata({_MADE_OF: made})


def finish(
    folder: Path, pixels: Sequence[Pixel], schema: pa.Schema, properties: Mapping[str, object]
) -> None:
    """Write what tells of the files of a catalogue: its properties, pixels and columns.

    Parameters
    ----------
    folder : Path
        Folder of the catalogue.
    pixels : sequence of Pixel
        Those that it has, in the order of the sky.
    schema : pyarrow.Schema
        The columns.
    properties : mapping
        What else is to be told, by the keys of the note.
    """
    data = folder / "dataset"
    data.mkdir(parents=True, exist_ok=True)
    footers = []
    rows = octets = 0
    for pixel in pixels:
        path = path_of(pixel)
        footer = pq.read_metadata(data / path)
        footer.set_file_path(path.as_posix())
        footers.append(footer)
        rows += footer.num_rows
        octets += (data / path).stat().st_size
    whole = schema.with_metadata(file_metadata(schema))
    pq.write_metadata(whole, data / "_common_metadata")
    pq.write_metadata(schema, data / "_metadata", metadata_collector=footers)
    lines = [f"{pixel.order},{pixel.number}\n" for pixel in pixels]
    (folder / "partition_info.csv").write_text("".join(["Norder,Npix\n", *lines]))
    told = {
        **properties,
        "hats_nrows": rows,
        "hats_estsize": octets // 1024,
        "hats_order": max((pixel.order for pixel in pixels), default=0),
        "moc_sky_fraction": sum(1 / (12 << 2 * pixel.order) for pixel in pixels),
        "hats_npix_suffix": ".parquet",
    }
    for name in ("hats.properties", "properties"):
        write_properties(folder / name, told)


def write_properties(path: Path, properties: Mapping[str, object]) -> None:
    """Write a file of properties, as Java has them."""
    path.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))


def read_properties(path: Path) -> dict[str, str]:
    """Read a file of properties that was written by `write_properties`."""
    lines = path.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)
