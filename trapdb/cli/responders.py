"""What commands say of the names of responders."""

from collections.abc import Iterable

import click


def say_which_are_absent(names: Iterable[str]) -> None:
    """Tell of names that no responder here has: those of another host, or misspelt."""
    from trapdb.response.responder import known

    absent = sorted({*names} - {*known()})
    if absent:
        click.echo(
            f"no responder here: {', '.join(absent)}, of another host or misspelt; "
            "`trapdb response responders` lists those that are",
            err=True,
        )
