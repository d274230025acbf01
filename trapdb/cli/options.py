"""Options that several commands share."""

import math
import re
import shlex
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from trapdb.cli.output import LISTING_FORMATS
from trapdb.monitoring.epochs import read_time
from trapdb.paths import printable

# Passwords in URLs, also those of images, and in libpq's other form: key = 'value' ...
_PASSWORD = re.compile(r"(://[^/@:]*:)[^@]*(?=@)|(password\s*=\s*)(?:'(?:[^'\\]|\\.)*'|[^\s&]*)")


def command_line() -> str:
    """Return the command line for the record, without its passwords."""
    return printable(shlex.join(_PASSWORD.sub(r"\1\2***", argument) for argument in sys.argv))


database_option = click.option(
    "--database",
    metavar="URL",
    help="Database to use, postgresql://...; by default TRAPDB_DATABASE_URL, else trapdb's own.",
)

dataset_option = click.option(
    "--dataset", metavar="NAME", help="Data set; may be left out if there is only one."
)

listing_option = click.option(
    "--format",
    "form",
    type=click.Choice(LISTING_FORMATS),
    help="Default: table on a terminal, tsv into a pipe or file.",
)


def picture_option(text: str, *, needed: bool = True) -> Callable[[Any], Any]:
    """Return the option of a file that a picture is written to.

    What cannot be drawn is refused before anything is asked or computed.

    Parameters
    ----------
    text
        Its help.
    needed
        Whether something is drawn without it, in a window.
    """

    def look_at(ctx: click.Context, option: click.Parameter, output: Path | None) -> Path | None:
        from trapdb.plots.canvas import require_drawable

        if needed or output is not None:
            require_drawable(output)
        return output

    kind = click.Path(path_type=Path)
    return click.option("--output", "-o", type=kind, metavar="FILE", help=text, callback=look_at)


time_limit_option = click.option(
    "--time-limit",
    type=float,
    default=60.0,
    help="Seconds after which a query is given up; 0: none.",
)


class _Time(click.ParamType):
    """A time in UTC, as ISO 8601 has it."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read a time; one without a zone is UTC."""
        try:
            return read_time(str(value))
        except ValueError:
            self.fail(f"{value} is no time; give one like 2026-03-01T12:00:00", param, ctx)


TIME = _Time()


class _Finite(click.ParamType):
    """A finite number; neither NaN nor infinite."""

    name = "float"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read a number."""
        number = click.FLOAT.convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is no number to compare with", param, ctx)
        return number


FINITE = _Finite()


class FiniteRange(click.FloatRange):
    """A finite number within bounds; those of click let NaN pass."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read a number."""
        return super().convert(FINITE.convert(value, param, ctx), param, ctx)


class _Whole(click.IntRange):
    """A whole number from 1 on, of no more bits than what holds it in the database."""

    def __init__(self, bits: int) -> None:
        super().__init__(min=1)
        self.bits = bits

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read a number."""
        number = super().convert(value, param, ctx)
        if number >= 2 ** (self.bits - 1):
            self.fail(f"{value} is larger than any there can be", param, ctx)
        return number


COUNT = _Whole(32)
IDENTIFIER = _Whole(64)


class _Frequency(click.ParamType):
    """A frequency with its unit."""

    name = "frequency"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read a frequency, Hz."""
        from astropy import units as u

        try:
            frequency = float(u.Quantity(value).to_value(u.Hz))
        except (TypeError, ValueError, u.UnitsError):
            frequency = math.nan
        if not 0 < frequency < math.inf:
            self.fail(f"{value} is no frequency; give one like '144 MHz'", param, ctx)
        return frequency


FREQUENCY = _Frequency()
