"""The command line.

Each command lives in a module of its own, imported when it is used, as logging is, so that
``trapdb --help`` answers at once. Exit status: 0 success, 1 some images were not taken, 2 a mistake
or a state that the user can correct (one line on standard error), 130 interrupted.
"""

import signal
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

COMMANDS = {
    "ingest": "Put images into the database, in the order in which they were taken.",
    "simulate": "Make images of a simulated sky, with the truth beside them.",
    "extract": "Find and measure the sources of images; no database is needed.",
    "transients": "List the transient and variable sources, with the reasons.",
    "candidates": "List candidates with what judges them, those to look at first at the top.",
    "definition": "Define transients by conditions, which are stored and evaluated when asked.",
    "lightcurve": "Print the light curve of a source.",
    "stamps": "List and save stamps: pieces of images around sources, which outlive the images.",
    "plot": "Draw light curves, the eta-V plane, fields, and sources epoch by epoch.",
    "sources": "List the sources of the running catalogue.",
    "monitor": "Choose positions to measure in every image, seen or not.",
    "backfill": "Measure sources in the images from before they were known.",
    "bursts": "Search short images for bursts, pixel by pixel, and list what was found.",
    "stack": "Add images up in a ladder of 2, 4, 8 ... in a row, and ingest each timescale.",
    "difference": "Subtract a reference from each image, and find what changed, in both signs.",
    "inject": "Put sources into copies of images, and ingest these, to see what is found.",
    "completeness": "Tell how much of what was injected was found, by brightness, time and place.",
    "dataset": "List, show, delete, verify, rewind, replay and publish data sets.",
    "reference": "Keep catalogues of the known sky: surveys, sky models, lists of one's own.",
    "watch": "Keep lists of positions and maps of regions, and list the sources in them.",
    "watch-for": "Watch for transients in each time step, and wake responders.",
    "skymap": "Keep sky maps of events, and list the sources and images where one may have been.",
    "alert": "Receive alerts of others, and list what the archive has where their events were.",
    "label": "Say what sources are: real or artefact, of which class.",
    "classify": "Say of which class sources are, with calibrated probabilities.",
    "response": "Respond to events: call responders, and do the tasks of their packages.",
    "reassociate": "Associate the measurements of a data set anew, into another one.",
    "query": "Run an SQL query, as a reader, with a time limit.",
    "export": "Write a view or the result of a query to a file.",
    "serve": "Serve the archive to browsers, TOPCAT, pyvo and Aladin, until it is stopped.",
    "config": "Show, check and make configuration files.",
    "db": "Manage the database: start, stop, upgrade, psql; dump and restore data sets.",
}


class LazyGroup(click.Group):
    """The commands of `COMMANDS`, each imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands, in the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        return getattr(import_module(f"trapdb.cli.{name}"), name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is meant; of a misspelt one, suggest what it may be."""
        if args[0] not in COMMANDS:
            from difflib import get_close_matches

            for near in get_close_matches(args[0], COMMANDS, 1):
                ctx.fail(f"No such command {args[0]!r}. Did you mean {near!r}?")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; on Ctrl-C click itself would print an empty line, also into a log."""
        from trapdb.cli.log import logging_lines

        try:
            with logging_lines(ctx.obj):
                return super().invoke(ctx)
        except KeyboardInterrupt as error:
            if not ctx.obj:
                click.echo(err=True)  # behind the ^C
            raise click.Abort from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="trapdb", message="trapdb %(version)s")
def cli() -> None:
    """Find transient and variable radio sources in streams of images.

    \b
      trapdb ingest images/          images to sources and light curves
      trapdb transients              what varied or came and went
      trapdb lightcurve NAME         one source through time

    Everything is kept in PostgreSQL: in a private server that trapdb starts by itself, or in one
    of yours, named by --database or TRAPDB_DATABASE_URL. `trapdb COMMAND --help` has examples.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit status."""
    # Whatever ends the command, a mistake in the options too, is reported like all its messages.
    as_json = "--log-json" in (sys.argv[1:] if arguments is None else arguments)
    sys.exit(_run(arguments, as_json))


def _run(arguments: Sequence[str] | None, as_json: bool) -> int | None:
    """Run the command line; report an error in one line and return the exit status."""
    try:
        return cli.main(args=arguments, prog_name="trapdb", standalone_mode=False, obj=as_json)
    except click.Abort:
        # another Ctrl-C ends at once, whatever is being taken down
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        _log("interrupted", as_json, event="interrupted")
        return 130
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "trapdb"
        mistake = f"{error.format_message().rstrip('.')} ({command} --help tells more)"
    except click.ClickException as error:
        mistake = error.format_message()
    except Exception as error:
        from trapdb.cli.failure import in_one_line

        message = in_one_line(error)
        if message is None:
            if not as_json:
                raise
            fault = f"a fault of trapdb: {type(error).__name__}: {error}"
            _log(fault, as_json, event="error", status=1, traceback=traceback.format_exc())
            return 1
        mistake = message
    _log(mistake, as_json, event="error", status=2)
    return 2


def _log(message: str, as_json: bool, **facts: object) -> None:
    import logging

    from trapdb.cli.log import logging_lines

    with logging_lines(as_json):
        logging.getLogger(__name__).error(message, extra=facts)
