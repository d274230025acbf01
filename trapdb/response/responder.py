"""Responders: plug-ins that are given an event and a light curve, and return work packages."""

import importlib.util
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, TypeVar

from trapdb.errors import InputError
from trapdb.exchange.event import Event
from trapdb.response.light_curve import LightCurve
from trapdb.response.package import Package, Task
from trapdb.response.tasks import KINDS

GROUP = "trapdb.responders"

Respond = Callable[[LightCurve, Event], Any]
Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Needs:
    """What has to be there for a responder to be called; see `needs`."""

    packages: tuple[str, ...] = ()
    points: int = 0
    figures: tuple[str, ...] = ()
    stamps: bool = False
    retractions: bool = False

    def lacking(self, light_curve: LightCurve, event: Event) -> str | None:
        """Return what is not there, in words; None if all is."""
        missing = [name for name in self.packages if not _is_installed(name)]
        if missing:
            return f"{', '.join(missing)} is not installed"
        n_points = int(light_curve["usable"].sum())
        if n_points < self.points:
            return f"the light curve has {n_points} points of the {self.points} that it needs"
        unknown = [name for name in self.figures if event.figures.get(name) is None]
        if unknown:
            return f"{', '.join(unknown)} is not known of the event"
        if self.stamps and not light_curve.stamps:
            return "the source has no stamps"
        return None


def needs(
    *,
    packages: Iterable[str] = (),
    points: int = 0,
    figures: Iterable[str] = (),
    stamps: bool = False,
    retractions: bool = False,
) -> Callable[[Function], Function]:
    """Declare what a responder needs; it is passed over, with a note, where that is absent.

    Parameters
    ----------
    packages : iterable of str
        Python packages that have to be installed.
    points : int
        So many usable points has the light curve, at least.
    figures : iterable of str
        Figures of the event that are known.
    stamps : bool
        The source has stamps, which are given as ``light_curve.stamps``.
    retractions : bool
        It is called for retractions, too. Else those who were told of an event are told by the same
        tasks that it is withdrawn.
    """
    declared = Needs(tuple(packages), points, tuple(figures), stamps, retractions)

    def declare(function: Function) -> Function:
        function.needs = declared  # type: ignore[attr-defined]
        return function

    return declare


def needs_of(respond: Respond) -> Needs:
    """Return what a responder needs; nothing, if it declares nothing."""
    declared = getattr(respond, "needs", Needs())
    if not isinstance(declared, Needs):
        raise InputError("what it needs is not declared by trapdb.response.needs")
    return declared


def find(name: str) -> Respond:
    """Return a responder.

    Parameters
    ----------
    name : str
        Name of an entry point in group ``trapdb.responders``; of a kind of task, for a responder
        that has this task done; or ``FILE.py:FUNCTION``, to try one that is being written.

    Raises
    ------
    InputError
        There is none of this name, or it cannot be loaded.
    """
    path, colon, function = name.rpartition(":")
    if colon:
        return _of_file(Path(path), function)
    for entry in entry_points(group=GROUP, name=name):
        try:
            found = entry.load()
        except ModuleNotFoundError as error:
            raise InputError(f"responder {name} needs {error.name}, not installed") from error
        return _callable(name, found)
    if name in KINDS:
        return _one_task(name)
    raise InputError(
        f"there is no responder {name}: known are {', '.join(known())}; a package has one by an "
        f"entry point in group {GROUP}"
    )


def known() -> list[str]:
    """Return the names of the responders that there are."""
    return sorted({*KINDS, *(entry.name for entry in entry_points(group=GROUP))})


def _one_task(kind: str) -> Respond:
    """Return the responder that has one task done, with the settings of the worker."""

    def respond(light_curve: LightCurve, event: Event) -> Package:
        return Package(f"{kind}: {event.kind} of {event.watch}, {event.source_name}", [Task(kind)])

    return respond


def _of_file(path: Path, function: str) -> Respond:
    if path.suffix == ".py":
        spec = importlib.util.spec_from_file_location(path.stem, path)
        if spec is None or spec.loader is None or not path.is_file():
            raise InputError(f"{path}: there is no such file")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    else:
        module = import_module(str(path))
    return _callable(f"{path}:{function}", getattr(module, function, None))


def _callable(name: str, found: Any) -> Respond:
    if not callable(found):
        raise InputError(f"responder {name} is nothing that can be called")
    return found  # type: ignore[no-any-return]


def _is_installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
