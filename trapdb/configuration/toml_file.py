"""The configuration as a TOML file: read it, report mistakes with their lines, and write it."""

import difflib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ValidationError

from trapdb.configuration.keys import Configuration, Section
from trapdb.errors import ConfigurationError

# Examples in the template for keys that are tables.
EXAMPLES = {
    "header": '{ BMAJ = 0.01, DATE-OBS = "2024-05-01T12:00:00" }',
    "columns": '{ ra = "RAJ2000", int_flux = "S_int [mJy]" }',
}
# Plain words for the messages of the parser and the validator.
PARSER_WORDS = {
    r"Cannot overwrite a value": "the key is given twice",
    r"Cannot declare \(.*\) twice": "the section is given twice",
}
VALIDATOR_WORDS = {
    "model_type": "should be a section of keys and values",
    "dict_type": "should be a table of keys and values",
    "missing": "is missing",
    "too_short": "has too few items",
}

Key = Sequence[str | int]


def load(
    path: Path | None = None, overrides: Mapping[str, Mapping[str, object]] | None = None
) -> Configuration:
    """Read a configuration file and apply the options of the command line to it.

    Parameters
    ----------
    path
        TOML file; None for the defaults.
    overrides
        Values by section and key, stronger than the file. Tables (``image.header``) are merged.

    Raises
    ------
    ConfigurationError
        The file cannot be read or parsed, or a key is unknown or its value impossible. The message
        is one line with the place of each mistake.
    """
    text = text_of(path) if path else ""
    values = parse(path, text)
    try:
        configuration = Configuration.model_validate(_merge(values, overrides or {}))
        problems = list(_impossible(configuration))
    except ValidationError as error:
        details = error.errors(include_url=False)
        problems = [(detail["loc"], _problem(detail)) for detail in details]
    if problems:
        raise ConfigurationError(_told(path, text, problems))
    return configuration


def template() -> str:
    """Return a file with every key, its default, its unit and its meaning."""
    lines = ["# trapdb configuration. Every key may be left out; the defaults are shown.", ""]
    for name, section in _sections():
        lines += [f"[{name}]", f"# {section.__doc__}"]
        for key, field in section.model_fields.items():
            if key in EXAMPLES:
                lines += [f"# [{name}.{key}]: {field.description}, for instance"]
                lines += [f"# {key} = {EXAMPLES[key]}"]
            else:
                lines += [f"# {field.description}", _assignment(key, field.default)]
        lines.append("")
    return "\n".join(lines)


def write(configuration: Configuration, notes: Mapping[str, str] | None = None) -> str:
    """Return a file with all values of a configuration, and notes by ``section.key``."""
    lines = []
    for name, values in configuration.model_dump(mode="json").items():
        lines.append(f"[{name}]")
        for key, value in values.items():
            note = (notes or {}).get(f"{name}.{key}")
            lines.append(_assignment(key, value) + (f"  # {note}" if note else ""))
        lines.append("")
    return "\n".join(lines)


def _sections() -> Iterator[tuple[str, type[Section]]]:
    for name, field in Configuration.model_fields.items():
        section = field.annotation
        assert isinstance(section, type)
        assert issubclass(section, Section)
        yield name, section


def _assignment(key: str, value: object) -> str:
    return f"# {key} =" if value is None else f"{key} = {_toml(value)}"


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        items = ", ".join(f"{json.dumps(key)} = {_toml(item)}" for key, item in value.items())
        return f"{{ {items} }}" if items else "{}"
    return json.dumps(value, ensure_ascii=False)


def text_of(path: Path) -> str:
    """Return the text of a file.

    Raises
    ------
    ConfigurationError
        It cannot be read, or is no text; one line.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = f"cannot read the configuration: {error.strerror}"
        raise ConfigurationError(f"{path}: {reason}") from error
    try:
        return content.decode("utf-8-sig")  # some editors put a mark before the text
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{path}: line {line}: it is not written in UTF-8") from error


def parse(path: Path | None, text: str) -> dict[str, object]:
    """Return what a text in TOML says; `path` is where it is from, for the message.

    Raises
    ------
    ConfigurationError
        It is not TOML; one line.
    """
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ConfigurationError(f"{path}: not a TOML file: nested too deeply") from error
    except ValueError as error:
        message = str(error)
        for said, meant in PARSER_WORDS.items():
            message = re.sub(said, meant, message)
        raise ConfigurationError(f"{path}: not a TOML file: {message}") from error


def _merge(base: Mapping[str, object], over: Mapping[str, object]) -> dict[str, object]:
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(value, Mapping) and isinstance(below, Mapping)
        merged[key] = _merge(below, value) if both else value  # type: ignore[arg-type]
    return merged


def _impossible(configuration: Configuration) -> Iterator[tuple[Key, str]]:
    """Yield the values that are well-formed and cannot be used.

    This is not part of the model, because the stored configuration of an old data set has to stay
    readable.
    """
    import numpy as np

    from extractor.errors import ExtractorError
    from extractor.image.footprint import given_polygon
    from extractor.readers.keywords import clean_overrides
    from trapdb.source_list.columns import mapping

    header, lists = configuration.image.header, configuration.source_list
    try:
        clean_overrides(header)
    except ExtractorError as error:
        named = [key for key in header if f" {key.strip().upper()}" in str(error)]
        yield ("image", "header", *named[:1]), str(error)
    try:
        if configuration.extraction.polygon:
            given_polygon(np.asarray(configuration.extraction.polygon, float))
    except ExtractorError as error:
        yield ("extraction", "polygon"), str(error)
    if configuration.ingest.scheduler is not None and configuration.ingest.workers is not None:
        reason = "does not apply with a scheduler, which has its own workers: leave one of them out"
        yield ("ingest", "workers"), f"ingest.workers: {reason}"
    try:
        mapping(lists.finder, lists.columns, ())
    except ConfigurationError as error:
        yield ("source_list", "columns"), str(error)


def _problem(detail: Mapping) -> str:
    """Return the message for one complaint of the validator."""
    location = detail["loc"]
    key = ".".join(map(str, location))
    if detail["type"] == "extra_forbidden":
        return f"{key}: unknown key, {_advice(location)}"
    if detail["type"] in VALIDATOR_WORDS:
        return f"{key}: {VALIDATOR_WORDS[detail['type']]}"
    message = str(detail["msg"]).removeprefix("Input ")
    if message.startswith("Value error, "):
        return f"{key}: {message.removeprefix('Value error, ')}"
    return f"{key}: {message[0].lower()}{message[1:]}, not {detail['input']!r}"


def _advice(location: Key) -> str:
    *section, key = map(str, location)
    homes = [name for name, model in _sections() if key in model.model_fields]
    if homes:
        return f"it belongs into [{homes[0]}]"
    model: type[BaseModel] = dict(_sections())[section[0]] if section else Configuration
    known = list(model.model_fields)
    close = difflib.get_close_matches(key, known, n=1)
    return f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"


def _told(path: Path | None, text: str, problems: Sequence[tuple[Key, str]]) -> str:
    """Return one line with all mistakes and their places: a line of the file, or the options."""
    places: dict[str, list[str]] = {}
    for location, message in problems:
        line = _line_of(location, text)
        where, told = (str(path), f"line {line}: {message}") if line else ("options", message)
        places.setdefault(where, []).append(told)
    return "; ".join(f"{where}: {'; '.join(told)}" for where, told in places.items())


def _line_of(location: Key, text: str) -> int | None:
    """Return the line in which a key begins, or as many of the tables around it as exist.

    The parser reports no lines. So the file is parsed up to each line in turn: a key that is new
    when the text parses began after the last text that parsed.
    """
    lines = text.splitlines(keepends=True)
    begin, found, depth = 1, None, 0
    for number in range(1, len(lines) + 1):
        try:
            values = tomllib.loads("".join(lines[:number]))
        except tomllib.TOMLDecodeError:
            continue  # within a value of several lines
        if (reached := _depth(values, location)) > depth:
            found, depth = begin, reached
        begin = number + 1
    return found


def _depth(values: object, location: Key) -> int:
    """Return how many parts of a location exist in the values."""
    for depth, part in enumerate(location):
        try:
            values = values[part]  # type: ignore[index]
        except (LookupError, TypeError):
            return depth
    return len(location)
