"""Work packages: what a responder wants done about an event, in steps that depend on each other."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import numpy as np

from trapdb.errors import TrapdbError

# What a responder may make of one event.
MOST_PACKAGES = 10
MOST_TASKS = 20
MOST_BYTES = 200_000  # of a package
LONGEST_TITLE = 200


class Nonsense(TrapdbError):
    """What a responder returned that is no work package."""


@dataclass(frozen=True)
class Task:
    """One thing to be done.

    Attributes
    ----------
    kind : str
        What: ``file``, ``webhook``, ``mail``, ... (docs/response.md).
    arguments : mapping of str to values that JSON has
        How.
    after : sequence of int
        Tasks of the package, by their places from 0, that have to be done before; earlier ones.
    not_before, deadline : datetime, optional
        When it may begin, and when it is too late for that. Without a zone they are UTC.
    priority : int, optional
        From -2 to 2; what is higher comes first. By default the priority of the watch.
    attempts_max : int
        How often it is tried. Pauses double from 5 s to half an hour, so that 20 last six hours.
    """

    kind: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    after: Sequence[int] = ()
    not_before: datetime | None = None
    deadline: datetime | None = None
    priority: int | None = None
    attempts_max: int = 20


@dataclass(frozen=True)
class Package:
    """What is to be done about an event: a line for people, and the tasks."""

    title: str
    tasks: Sequence[Task]


def packages_as_json(returned: Any, is_long: Callable[[str], bool]) -> list[dict[str, Any]]:
    """Return what a responder returned as the database takes it.

    Parameters
    ----------
    returned
        A package, an iterable of them, or None for none.
    is_long
        Whether a kind of task takes long; it refuses kinds that there are not.

    Raises
    ------
    Nonsense
        It is something else, or too much of it; one line.
    """
    if returned is None:
        return []
    if isinstance(returned, Package):
        returned = [returned]
    if not isinstance(returned, Iterable) or isinstance(returned, str | bytes | Mapping):
        raise Nonsense(f"it returned {_short(returned)}, not work packages")
    packages = list(islice(returned, MOST_PACKAGES + 1))
    if len(packages) > MOST_PACKAGES:
        raise Nonsense(f"it returned more than {MOST_PACKAGES} packages for one event")
    return [_package_as_json(package, is_long) for package in packages]


def _package_as_json(package: Any, is_long: Callable[[str], bool]) -> dict[str, Any]:
    if not isinstance(package, Package):
        raise Nonsense(f"it returned {_short(package)}, not a work package")
    title = " ".join(str(package.title).split())
    if not title or len(title) > LONGEST_TITLE:
        raise Nonsense(f"a package needs a title of 1 to {LONGEST_TITLE} characters")
    tasks = package.tasks
    if not isinstance(tasks, Sequence) or not 0 < len(tasks) <= MOST_TASKS:
        raise Nonsense(f"package {title!r}: expected 1 to {MOST_TASKS} tasks")
    made = {
        "title": _text(title),
        "tasks": [
            _task_as_json(number, task, is_long, f"package {title!r}, task {number}")
            for number, task in enumerate(tasks)
        ],
    }
    if len(json.dumps(made)) > MOST_BYTES:
        raise Nonsense(f"package {title!r} has more than {MOST_BYTES} bytes")
    return made


def _task_as_json(
    number: int, task: Any, is_long: Callable[[str], bool], where: str
) -> dict[str, Any]:
    if not isinstance(task, Task):
        raise Nonsense(f"{where}: {_short(task)} is no task")
    if not isinstance(task.kind, str):
        raise Nonsense(f"{where}: {_short(task.kind)} is no kind of task")
    if not isinstance(task.arguments, Mapping):
        raise Nonsense(f"{where}: its arguments are no mapping")
    after = [int(one) if isinstance(one, int | np.integer) else -1 for one in task.after]
    if not all(0 <= one < number for one in after):
        raise Nonsense(f"{where}: it can only come after tasks before it, not after {task.after}")
    if task.priority is not None and task.priority not in range(-2, 3):
        raise Nonsense(f"{where}: a priority is from -2 to 2, not {_short(task.priority)}")
    if not isinstance(task.attempts_max, int) or not 1 <= task.attempts_max <= 1000:
        raise Nonsense(f"{where}: attempts_max is from 1 to 1000, not {_short(task.attempts_max)}")
    return {
        "kind": task.kind,
        "is_long": is_long(task.kind),
        "arguments": plain(task.arguments, where),
        "after": sorted(set(after)),
        "not_before": _time(task.not_before, where),
        "deadline": _time(task.deadline, where),
        "priority": task.priority,
        "attempts_max": task.attempts_max,
    }


def plain(value: Any, where: str) -> Any:
    """Return a value as JSON has it; unknown numbers become null, times ISO 8601 in UTC.

    Raises
    ------
    Nonsense
        JSON has nothing like it.
    """
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, datetime):
        return _time(value, where)
    if isinstance(value, Mapping):
        return {_text(str(key)): plain(one, where) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one, where) for one in value]
    raise Nonsense(f"{where}: {_short(value)} cannot be kept: give numbers, texts, lists or times")


def _time(value: Any, where: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise Nonsense(f"{where}: {_short(value)} is no datetime")
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def _text(value: str) -> str:
    """Return a text without what the database cannot keep."""
    return value.replace("\0", "").encode("utf-8", "replace").decode()


def _short(value: Any) -> str:
    """Return how a value of a stranger looks, in a few words."""
    try:
        shown = " ".join(repr(value).split())
    except Exception:  # whatever it is, it is no package
        shown = "something"
    return f"{type(value).__name__} {shown[:60]}"
