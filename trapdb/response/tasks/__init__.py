"""What can be done about an event: a module each kind of task.

A module has ``perform(assignment, context)``, which does it and returns what came of it, as JSON
has it. It may have ``prepare(assignment, context)``: what that returns is stored before the task
is performed, and is the same at every attempt (``assignment.prepared``). And it may have a class
``Settings``, for section ``[response.KIND]`` of the worker's configuration file, and a function
``checks(settings)``, which yields what is to be called at the start of a worker that has the
section: a function raises a TrapdbError where something that is named there cannot be used.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from pydantic import ValidationError

from trapdb.errors import ConfigurationError, InputError, TrapdbError

GROUP = "trapdb.tasks"


@dataclass(frozen=True)
class Kind:
    """A kind of task.

    Attributes
    ----------
    module : str
        The module that does it.
    seconds : float
        Time that one attempt may take, s.
    is_long : bool
        Whether it takes so long that others are not to wait for it.
    """

    module: str
    seconds: float = 60.0
    is_long: bool = False


KINDS = {
    "file": Kind("trapdb.response.tasks.file"),
    "kafka": Kind("trapdb.response.tasks.kafka"),
    "voevent": Kind("trapdb.response.tasks.voevent"),
    "webhook": Kind("trapdb.response.tasks.webhook"),
    "mail": Kind("trapdb.response.tasks.mail"),
    "observe": Kind("trapdb.response.tasks.observe", seconds=120.0),
    "monitor": Kind("trapdb.response.tasks.monitor", seconds=6 * 3600.0, is_long=True),
    "stamps": Kind("trapdb.response.tasks.stamps", seconds=3600.0, is_long=True),
    "rerun": Kind("trapdb.response.tasks.rerun", seconds=24 * 3600.0, is_long=True),
}


def find(name: str) -> Kind:
    """Return a kind of task: one of trapdb's, or of an entry point in group ``trapdb.tasks``.

    Of the latter it is not known how long they take, so nobody waits for them.

    Raises
    ------
    InputError
        There is none of this name.
    """
    if name in KINDS:
        return KINDS[name]
    for entry in entry_points(group=GROUP, name=name):
        return Kind(entry.value, seconds=3600.0, is_long=True)
    raise InputError(f"there is no kind of task {name!r}: known are {', '.join(sorted(KINDS))}")


def settings_of(kind: str, given: Mapping[str, Any]) -> Any:
    """Return the settings of a kind of task; None if it has none.

    Raises
    ------
    ConfigurationError
        A key is unknown, or its value impossible; one line.
    """
    model = getattr(import_module(find(kind).module), "Settings", None)
    if model is None:
        if given:
            raise ConfigurationError(f"response.{kind}: this kind of task has no settings")
        return None
    try:
        return model.model_validate(given)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(('response', kind, *map(str, one['loc'])))}: {_problem(one)}"
            for one in error.errors(include_url=False)
        )
        raise ConfigurationError(problems) from error


def troubles(kind: str, given: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each thing that the settings of a kind of task name and that is no use."""
    checks = getattr(import_module(find(kind).module), "checks", None)
    for check in () if checks is None else checks(settings_of(kind, given)):
        try:
            check()
        except TrapdbError as error:
            yield f"response.{kind}: {error}"


def _problem(one: Any) -> str:
    if one["type"] == "extra_forbidden":
        return "there is no such key"
    return str(one["msg"][:1].lower() + one["msg"][1:])
