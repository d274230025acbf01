"""``trapdb config``."""

from pathlib import Path

import click

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
    from trapdb.config import template

    click.echo(template(), nl=False)


@config.command()
@click.argument("file", type=FILE)
def check(file: Path) -> None:
    """Check a configuration file; say what is wrong, and in which line."""
    from trapdb.config import load

    given = load(file).flat(given=True)
    click.echo(f"{file}: good; sets {', '.join(given) or 'nothing'}")


@config.command()
@click.argument("file", type=FILE, required=False)
def show(file: Path | None) -> None:
    """Print all values that hold with FILE, or by default."""
    from trapdb.config import load
    from trapdb.output import write_listing

    write_listing(["key", "value"], list(load(file).flat().items()))
