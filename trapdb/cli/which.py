"""Find the source that a user means: by name, by id or by position."""

from typing import Any

import click

from trapdb.cli.options import FINITE
from trapdb.database import ids
from trapdb.errors import InputError


def source_options(command: Any) -> Any:
    """Add the argument for a source, and the options for a position instead of it, to a command."""
    for decorate in (
        click.option("--radius-arcsec", type=FINITE, default=10.0, help="How near it has to be."),
        click.option("--dec", type=FINITE, help="Position instead of a name: declination, deg."),
        click.option("--ra", type=FINITE, help="Position instead of a name: right ascension, deg."),
        click.argument("source", required=False),
    ):
        command = decorate(command)
    return command


def find_source(
    conn: Any,
    dataset: str | None,
    source: str | None,
    ra: float | None = None,
    dec: float | None = None,
    radius_arcsec: float = 10.0,
) -> int:
    """Return the id of the source that the arguments of `source_options` name.

    Raises
    ------
    InputError
        There is none, or there are several.
    """
    from trapdb.cli.reading import resolve_dataset
    from trapdb.database.connection import call

    if source is not None and source.isdecimal() and ra is None and dec is None:
        if int(source) >= 2**63:
            raise InputError(f"there is no source {source}; `trapdb sources` lists them")
        return int(source)
    if (source is None) == (ra is None or dec is None):
        raise InputError("give a source by name or source_id, or a position with --ra and --dec")
    dataset = resolve_dataset(conn, dataset)
    if source is None:
        radius = radius_arcsec / 3600
        near = call(conn, "cone", dataset=dataset, ra=ra, dec=dec, radius=radius)
        if not near:
            raise InputError(
                f"{dataset} has no source within {radius_arcsec:g} arcsec of {ra} {dec}; "
                "--radius-arcsec looks further"
            )
        return near[0].source_id
    named = call(conn, "source_named", dataset=dataset, name=source)
    if not named:
        raise InputError(f"{dataset} has no source named {source}; `trapdb sources` lists them")
    if len(named) > 1:
        told = ", ".join(
            f"{row.source_id} ({'monitored' if row.monitored else 'blind'}, "
            f"{row.ra:.5f} {row.dec:+.5f})"
            for row in named
        )
        raise InputError(f"{dataset} has several sources named {source}; give a source_id: {told}")
    return named[0].source_id


def linked_source(conn: Any, source_id: int) -> int:
    """Return the source on which a monitored position lies, or the position that lies on a source.

    Raises
    ------
    InputError
        There is none.
    """
    from trapdb.cli.reading import rows_of

    for row in rows_of(conn, "monitor_position", ids.dataset_of_source(source_id)):
        if row.blind_source_id is not None and source_id in (row.source_id, row.blind_source_id):
            return row.blind_source_id if source_id == row.source_id else row.source_id
    raise InputError(
        "it is no monitored position with a source within half a beam, nor such a source; "
        "`trapdb monitor list` tells"
    )


def light_curve(conn: Any, source_id: int) -> list[Any]:
    """Return the points of a source.

    Raises
    ------
    InputError
        There is no such source, or nothing was measured yet.
    """
    from trapdb.cli.reading import rows_of
    from trapdb.database.connection import call

    rows = call(conn, "lightcurve_of", source_id=source_id)
    if not rows:
        known = rows_of(conn, "running_catalogue", ids.dataset_of_source(source_id), source_id)
        raise InputError(
            f"nothing was measured at {known[0].name} yet: ingest more images, or measure those "
            "that are there by `trapdb backfill`"
            if known
            else f"there is no source {source_id}; `trapdb sources` lists them"
        )
    return rows
