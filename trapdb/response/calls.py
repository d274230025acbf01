"""What is loaded into cells: a responder, or a kind of task."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import psycopg

from trapdb.response import tasks
from trapdb.response.assignment import Assignment, Context
from trapdb.response.light_curve import LightCurve
from trapdb.response.package import packages_as_json, plain
from trapdb.response.responder import find, needs_of


def responder(name: str) -> Callable[[Any], Any]:
    """Load a responder; it is called with an event, and the columns and stamps of its source."""
    respond = find(name)
    declared = needs_of(respond)

    def call(message: Any) -> Any:
        if message is None:
            return {"stamps": declared.stamps, "retractions": declared.retractions}
        event, columns, stamps = message
        light_curve = LightCurve(columns, stamps)
        lacking = declared.lacking(light_curve, event)
        if lacking:
            return {"note": f"not called: {lacking}"}
        return {"packages": packages_as_json(respond(light_curve, event), _is_long)}

    return call


def _is_long(kind: str) -> bool:
    return tasks.find(kind).is_long


def task(kind: str, settings: Any, database: str | None) -> Callable[[Any], Any]:
    """Load a kind of task; it is called with what is to be done, and an assignment."""
    module = import_module(tasks.find(kind).module)
    settings = tasks.settings_of(kind, settings)

    def connect(role: Any) -> psycopg.Connection[Any]:
        from trapdb.server import access

        return access.connect(role, database)

    def call(message: tuple[str, Assignment] | None) -> Any:
        if message is None:
            return {"prepares": hasattr(module, "prepare")}
        step, assignment = message
        said: list[str] = []
        context = Context(settings, connect, said.append, database)
        came = getattr(module, step)(assignment, context)
        return {"result": plain(came, kind), "said": [str(line) for line in said]}

    return call
