"""The configuration on the command line: a file, and options for its common keys."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import click

from trapdb.configuration.keys import Configuration, Finder, HeaderValue, RaAndDec, Tense
from trapdb.configuration.toml_file import load
from trapdb.errors import ConfigurationError

# option: section and key of the configuration; its type and help come from there
OPTIONS = {
    "--detection-threshold": ("extraction", "detection_threshold"),
    "--analysis-threshold": ("extraction", "analysis_threshold"),
    "--mesh-px": ("extraction", "mesh_px"),
    "--margin-px": ("extraction", "margin_px"),
    "--radius": ("extraction", "radius"),
    "--radius-px": ("extraction", "radius_px"),
    "--valid-pixels": ("extraction", "valid_pixels"),
    "--force-beam": ("extraction", "force_beam"),
    "--systematic-error-arcsec": ("extraction", "systematic_error_arcsec"),
    "--rms-min": ("quality", "rms_min"),
    "--rms-max": ("quality", "rms_max"),
    "--de-ruiter-limit": ("association", "de_ruiter_limit"),
    "--beam-limit": ("association", "beam_limit"),
    "--expiry": ("null_detection", "expiry"),
    "--backfill": ("null_detection", "backfill"),
    "--workers": ("ingest", "workers"),
    "--scheduler": ("ingest", "scheduler"),
    "--include": ("ingest", "include"),
    "--exclude": ("ingest", "exclude"),
    "--side-by-side": ("ingest", "side_by_side"),
    "--images-in-memory": ("ingest", "images_in_memory"),
    "--finder": ("source_list", "finder"),
    "--tense": ("dataset", "tense"),
    "--derived": ("dataset", "derived"),
}


class _OneOrTwo(click.ParamType):
    """A number, or two: ``1``, ``1,2`` or, as in the file, ``[1, 2]``."""

    name = "number"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | list[float]:
        """Read one number or two."""
        text = str(value).strip()
        if text.startswith("[") and text.endswith("]"):
            text = text[1:-1]
        try:
            numbers = [float(number) for number in text.split(",")]
        except ValueError:
            numbers = []
        if len(numbers) not in (1, 2):
            self.fail(f"{value!r} is neither a number nor two, such as 1,2", param, ctx)
        return numbers if len(numbers) == 2 else numbers[0]


def settings_options(*sections: str) -> Any:
    """Add ``--config``, ``--header`` and the options of some sections to a command."""

    def decorate(command: Any) -> Any:
        for option, (section, key) in reversed(OPTIONS.items()):
            if section in sections:
                command = _option(option, section, key)(command)
        command = click.option(
            "--header",
            multiple=True,
            metavar="KEY=VALUE",
            help="FITS keyword that supplements or replaces the images' own; may be repeated.",
        )(command)
        return click.option(
            "--config",
            type=click.Path(path_type=Path),
            metavar="FILE.toml",
            help="Configuration; `trapdb config template` shows all keys. Options override it.",
        )(command)

    return decorate


def read_settings(config: Path | None, header: tuple[str, ...], given: Mapping) -> Configuration:
    """Make the configuration from the file and the options of `settings_options`."""
    overrides: dict[str, dict[str, object]] = {}
    for section, key in OPTIONS.values():
        value = given.get(_parameter(section, key))
        if isinstance(value, tuple):  # of an option that may be repeated
            value = list(value) or None
        if value is not None:
            overrides.setdefault(section, {})[key] = value
    if header:
        overrides["image"] = {"header": dict(_header_value(item) for item in header)}
    return load(config, overrides)


def _option(option: str, section: str, key: str) -> Any:
    field = Configuration.model_fields[section].annotation.model_fields[key]  # type: ignore
    help_text = (
        field.description if field.default is None else f"{field.description} [{field.default}]"
    )
    name = _parameter(section, key)
    if field.annotation is bool:
        return click.option(f"{option}/--no-{option[2:]}", name, default=None, help=help_text)
    if field.annotation == list[str]:
        return click.option(option, name, multiple=True, metavar="PATTERN", help=field.description)
    if field.annotation == Finder | None:
        return click.option(option, name, type=click.Choice(get_args(Finder)), help=help_text)
    if field.annotation == Tense:
        return click.option(option, name, type=click.Choice(get_args(Tense)), help=help_text)
    if field.annotation == RaAndDec | None:
        return click.option(
            option, name, type=_OneOrTwo(), metavar="NUMBER[,NUMBER]", help=help_text
        )
    if field.annotation == str | None:
        return click.option(option, name, metavar="URL", help=help_text)
    kind = int if field.annotation in (int, int | None) else float
    return click.option(option, name, type=kind, help=help_text)


def _parameter(section: str, key: str) -> str:
    return f"{section}__{key}"


def _header_value(item: str) -> tuple[str, HeaderValue]:
    """Read ``KEY=VALUE``: a number if it looks like one, else text."""
    key, equals, text = item.partition("=")
    if not (key.strip() and equals):
        raise ConfigurationError(f"--header {item}: give KEY=VALUE, for instance BMAJ=0.01")
    for kind in (int, float):
        try:
            return key.strip(), kind(text)
        except ValueError:
            continue
    return key.strip(), text
