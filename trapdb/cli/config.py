"""``trapdb config``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from trapdb.cli.options import database_option
from trapdb.database import ids

if TYPE_CHECKING:
    from psycopg import Connection

FILE = click.Path(path_type=Path)


@click.group()
def config() -> None:
    """Show, check and make configuration files."""


@config.command()
def template() -> None:
    """Print a configuration with every key, its default, unit and meaning.

    \b
    Example:
      trapdb config template > survey.toml
    """
    from trapdb.configuration.toml_file import template

    click.echo(template(), nl=False)


@config.command()
@click.argument("file", type=FILE)
def check(file: Path) -> None:
    """Check a configuration file; report each mistake with its line."""
    from trapdb.configuration.toml_file import load

    given = load(file).flat(given=True)
    click.echo(f"{file}: good; sets {', '.join(given) or 'nothing'}")


@config.command()
@click.argument("file", type=FILE, required=False)
@click.option("--dataset", metavar="NAME", help="What holds for this data set, which has its own.")
@click.option("--run", type=int, metavar="ID", help="What held for this run (trap.pipeline_run).")
@database_option
def show(file: Path | None, dataset: str | None, run: int | None, database: str | None) -> None:
    """Print all values that apply with FILE, or by default, as a file for --config.

    A data set keeps the configuration with which it began. With --dataset, a note behind a value
    shows what FILE sets instead and the data set does not use.

    \b
    Examples:
      trapdb config show survey.toml
      trapdb config show --dataset field3 > field3.toml
      trapdb config show survey.toml --dataset field3
    """
    from trapdb.configuration.keys import Configuration
    from trapdb.configuration.toml_file import load, write
    from trapdb.errors import InputError

    if run is not None and (file or dataset):
        raise InputError("--run shows what held for a run: give neither FILE nor --dataset")
    held = given = load(file)
    if dataset is not None or run is not None:
        from trapdb.database import routines
        from trapdb.server.access import connect

        with connect("reader", database) as conn:
            if run is not None:
                held = given = Configuration.model_validate(_of_run(conn, run))
            else:
                held = given.for_dataset(routines.find_dataset(conn, str(dataset)).configuration)
    notes = {
        key: f"not {asked}, as in {file}" for key, (asked, _) in given.overruled_by(held).items()
    }
    click.echo(write(held, notes), nl=False)


def _of_run(conn: "Connection[Any]", run_id: int) -> dict[str, Any]:
    from trapdb.cli.reading import rows_of
    from trapdb.errors import InputError

    for row in rows_of(conn, "pipeline_run", ids.dataset_of(run_id)):
        if row.run_id == run_id:
            return row.configuration
    raise InputError(f"there is no run {run_id}: trap.pipeline_run has them all")
