"""Runs that add to a data set without an executor: back-fill and replay."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from trapdb.cli.options import command_line
from trapdb.configuration.keys import Configuration
from trapdb.database import routines
from trapdb.ingest.run import Run
from trapdb.server.access import connect


@contextmanager
def run_on(
    database: str | None, dataset: str, configuration: Configuration | None = None
) -> Iterator[Run]:
    """Begin a run on a data set, by default with its own configuration."""
    with connect("operator", database) as conn:
        if configuration is None:
            held = routines.find_dataset(conn, dataset).configuration
            configuration = Configuration.model_validate(held)
        again = partial(connect, "operator", database)
        with Run(conn, dataset, configuration, command_line(), again) as run:
            yield run
