"""``trapdb serve``."""

from pathlib import Path

import click

from trapdb.cli.options import database_option


@click.command(context_settings={"show_default": True})
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="TOML file whose section [serve] has the settings.",
)
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0: any.  [default: 8080]")
@click.option(
    "--writable",
    is_flag=True,
    help="Let sources be rated: here in your name, elsewhere by who signs in.",
)
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@database_option
def serve(
    config: Path | None,
    host: str | None,
    port: int | None,
    writable: bool,
    no_browser: bool,
    database: str | None,
) -> None:
    """Serve the archive to browsers, TOPCAT, pyvo and Aladin, until it is stopped.

    It listens on this machine only, unless told otherwise, and opens a browser if it is called from
    a terminal. On a server of yours, TRAPDB_SERVICE_URL has to name a login that may only read.

    \b
    Examples:
      trapdb serve
      trapdb serve --writable
      trapdb serve --config serve.toml
    """
    from trapdb.errors import InputError

    try:
        from trapdb.web import running
    except ModuleNotFoundError as error:
        raise InputError(
            f"the service needs {error.name}, which is not installed: pip install 'trapdb[web]'"
        ) from error
    from trapdb.web.settings import read

    running.run(
        read(config, host=host, port=port), database, browser=not no_browser, writable=writable
    )
