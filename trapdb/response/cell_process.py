"""The process of a cell (`trapdb.response.cell`): code is loaded, and called with each message."""

import importlib
import json
import os
import select
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic
from typing import Any

from trapdb.errors import TrapdbError
from trapdb.measuring.time_limit import time_limit
from trapdb.response.memory import limit_memory

# The parent ends a process that takes too long. If the parent cannot, an alarm does, after so many
# seconds more.
GRACE_S = 30.0
# Messages that came together are answered so long; meanwhile they may have become of no use.
TOGETHER_S = 0.5
LATER = b'{"later": true}'
# Code that calls that of strangers: trapdb's own, and what imports theirs.
CALLERS = (Path(__file__).parents[1], Path(importlib.__file__).parent)


def main(descriptor: int) -> None:
    """Answer messages until the parent ends.

    The first has what is to be loaded. An answer is an object: ``value``, or ``error`` with a line,
    and ``again`` whether it may help to try again, with ``after_s`` if it is known when; or
    ``later``, for what is left of messages that came together.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=[descriptor], daemon=True).start()
    line = Connection(descriptor)
    try:
        ([(load, arguments, memory)], seconds) = line.recv()
        limit_memory(memory)
        function: Callable[[Any], Any] | None = None

        def loaded(_: Any) -> str:
            nonlocal function
            module, _, name = load.partition(":")
            function = getattr(import_module(module), name)(*arguments)
            return "ready"

        line.send_bytes(_answer(loaded, None, seconds))
        while function is not None:
            messages, seconds = line.recv()
            begun = monotonic()
            for number, message in enumerate(messages):
                if number and monotonic() - begun > TOGETHER_S:
                    line.send_bytes(LATER)
                    break
                line.send_bytes(_answer(function, message, seconds))
    except EOFError:
        _end()  # nobody asks any more


def _end_with_parent(descriptor: int) -> None:
    """End when the parent does, however that was, and whatever is being done."""
    line = select.poll()
    line.register(descriptor, 0)  # nothing but that the other end is closed
    line.poll()
    _end()


def _end() -> None:
    """End this process, and those that it started: another worker may do their work now."""
    os.killpg(os.getpid(), signal.SIGKILL)


def _answer(function: Callable[[Any], Any], message: Any, seconds: float) -> bytes:
    try:
        with time_limit(seconds + GRACE_S):
            return json.dumps({"value": function(message)}, allow_nan=False).encode()
    except BaseException as error:  # whatever a stranger's code raises, also to leave
        return json.dumps(_told(error)).encode()


def _told(error: BaseException) -> dict[str, Any]:
    """Return an error as one line, and whether to try again."""
    import psycopg

    from trapdb.database.connection import one_line

    text = " ".join(str(error).split())[:500]
    again = getattr(error, "after_s", False)  # of TryAgain, where None is some time
    if again is not False:
        return {"error": text, "again": True, "after_s": again}
    if isinstance(error, psycopg.OperationalError):
        return {"error": f"database: {one_line(error)}", "again": True}
    if isinstance(error, OSError):
        said = error.strerror or text
        said = f"{error.filename}: {said}" if error.filename else said
        return {"error": f"{said}{_place(error)}", "again": True}
    if isinstance(error, TrapdbError):
        return {"error": text, "again": False}
    said = f"{type(error).__name__}: {text}".rstrip(": ")
    return {"error": f"{said}{_place(error)}", "again": False}


def _place(error: BaseException) -> str:
    """Return where in the file that was called an error came from, in words; empty: not in one.

    That is the innermost line of the file itself: what it called elsewhere is not its author's.
    """
    calls = [
        call
        for call in traceback.extract_tb(error.__traceback__)
        if not call.filename.startswith("<")
        and not any(Path(call.filename).is_relative_to(folder) for folder in CALLERS)
    ]
    if not calls:
        return ""
    last = [call for call in calls if call.filename == calls[0].filename][-1]
    return f" ({Path(last.filename).name}, line {last.lineno}, in {last.name})"


if __name__ == "__main__":
    main(int(sys.argv[1]))
