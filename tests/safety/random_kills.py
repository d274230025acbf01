"""Stories in which somebody is killed at random moments of every command."""

import contextlib
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.safety.contents import Contents, bits_that_differ, contents
from tests.safety.story import Command, story
from tests.safety.trouble import (
    COMPLETE,
    PATIENCE_S,
    Commands,
    Ended,
    backend_of,
    is_step,
    kill_server,
    monitor,
    workers_of,
)

SEED = 20260101
KILLS = 110
TRIES = 60  # for one command

VICTIMS = {
    "client": (signal.SIGKILL, signal.SIGTERM, signal.SIGINT),
    "backend": (signal.SIGKILL,),
    "server": (signal.SIGKILL, signal.SIGQUIT),
}
# A run outlives the death of all but itself, and only an ingest has workers.
VICTIMS_OF_INGEST = VICTIMS | {"worker": (signal.SIGKILL,)}
STATUS = {
    signal.SIGKILL: (-signal.SIGKILL,),
    signal.SIGTERM: (130, -signal.SIGTERM),  # the latter before or after the run
    signal.SIGINT: (130,),
}


@dataclass
class Kill:
    """Who was killed, how, and what the database was doing for the command then.

    `recovery_s` is how long it took until the next time step was in or the command had ended, by
    the same command started again where it had to be.
    """

    victim: str
    how: signal.Signals
    at: str
    moment: float = field(default_factory=time.monotonic)
    recovery_s: float | None = None

    def __str__(self) -> str:
        return f"{self.victim} killed by {self.how.name} at {self.at}"


@dataclass(frozen=True)
class Told:
    """A story: who was killed, how many rows were compared, and what was not as it has to be."""

    name: str
    kills: list[Kill]
    rows: int
    faults: list[str]


class Watched:
    """A command at work, and when each of its time steps was in."""

    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process
        self.steps: list[float] = []
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def wait_for_steps(self, count: int) -> bool:
        """Wait until so many time steps more are in; false if it ends before."""
        with self._changed:
            wanted = len(self.steps) + count
            while len(self.steps) < wanted and self._reader.is_alive():
                self._changed.wait(0.05)
            return len(self.steps) >= wanted

    def end(self) -> Ended:
        """Wait for the command to end."""
        status = self.process.wait(PATIENCE_S)
        self._reader.join()
        with self.process.stdout as out, self.process.stderr:
            return Ended(status, out.read(), self._lines)

    def _read(self) -> None:
        for line in self.process.stderr:
            with self._changed:
                self._lines.append(line.rstrip())
                if is_step(line):
                    self.steps.append(time.monotonic())
                self._changed.notify()


def under_fire(
    trapdb: Commands, field: Path, undisturbed: list[Contents], kills: int, seed: int
) -> Iterator[Told]:
    """Run the story of the field again and again, until a number of commands were killed.

    Parameters
    ----------
    trapdb
        The command line.
    field
        As `tests.safety.story.make_field` makes it.
    undisturbed
        What the data sets have to hold, as `tests.safety.story.tell` gives it.
    kills, seed
        How many, and what chance follows from.
    """
    chance = random.Random(seed)
    struck, number = 0, 0
    while struck < kills:
        told = _tell(trapdb, field, f"story {number}", undisturbed, chance)
        struck += len(told.kills)
        number += 1
        yield told


def _tell(
    trapdb: Commands, field: Path, name: str, undisturbed: list[Contents], chance: random.Random
) -> Told:
    kills: list[Kill] = []
    faults: list[str] = []
    rows = 0
    expected = iter(undisturbed)
    for chapter in story(field, name):
        faults += _finish(trapdb, chapter.command, chance, kills)
        if faults:
            break
        if chapter.dataset:
            # this starts a server that was killed when the command had just ended
            verified = trapdb.run("dataset", "verify", chapter.dataset)
            faults += [verified.out] if verified.status else []
            whole = next(expected)
            rows += sum(map(len, whole.values()))
            with monitor(trapdb.server) as conn:
                found = bits_that_differ(whole, contents(conn, chapter.dataset))
            faults += [f"{chapter.dataset}: {difference}" for difference in found]
    return Told(name, kills, rows, faults)


def _finish(
    trapdb: Commands, command: Command, chance: random.Random, kills: list[Kill]
) -> list[str]:
    """Run a command again and again, killing somebody each time, until it comes to its end."""
    for _ in range(TRIES):
        watched = Watched(trapdb.start(*command))
        struck = _strike(trapdb, command, watched, chance)
        if _is_outlived(command, struck):
            struck += _strike(trapdb, command, watched, chance)
        ended = watched.end()
        moment = time.monotonic()
        is_complete = ended.status in COMPLETE
        if _is_outlived(command, struck):
            kills += struck
            # but for one that has not begun
            allowed = COMPLETE if watched.steps else (*COMPLETE, 2)
        elif struck and not is_complete:
            kills += struck
            last = struck[-1]
            allowed = STATUS[last.how] if last.victim == "client" else (2,)
        else:  # who was struck at last died of old age
            kills += struck[:-1]
            allowed = COMPLETE
        if ended.status not in allowed or len(ended.complaints) != (ended.status in (2, 130)):
            return [f"{command}, {'; '.join(map(str, struck)) or 'undisturbed'}: {ended}"]
        _note_recovery(kills, [*watched.steps, *([moment] if is_complete else [])])
        if is_complete:
            return []
    return [f"{command} does not end"]


def _is_outlived(command: Command, struck: list[Kill]) -> bool:
    """Return whether a command has to go on after a kill."""
    is_run = command[:2] != ["dataset", "rewind"]
    return bool(struck) and is_run and struck[-1].victim != "client"


def _note_recovery(kills: list[Kill], moments: list[float]) -> None:
    """Note how long it took until work went on, which is known of those before."""
    for kill in kills:
        after = [moment for moment in moments if moment > kill.moment]
        if kill.recovery_s is None and after:
            kill.recovery_s = after[0] - kill.moment


def _strike(
    trapdb: Commands, command: Command, watched: Watched, chance: random.Random
) -> list[Kill]:
    """Kill somebody at a random moment of a command; none if it is over before."""
    victims = VICTIMS_OF_INGEST if command[0] == "ingest" else VICTIMS
    victim = chance.choice(list(victims))
    how = chance.choice(victims[victim])
    # on the average each try brings a time step in
    steps = chance.randrange(3)
    delay = chance.uniform(0, 0.15 if steps else 0.5)
    if command[:2] == ["dataset", "rewind"]:
        steps, delay = 0, chance.uniform(0, 0.05)
    process = watched.process
    with contextlib.ExitStack() as stack:
        conn = None
        if not watched.wait_for_steps(steps):
            return []
        while process.poll() is None:
            with contextlib.suppress(psycopg.OperationalError):
                conn = conn or stack.enter_context(monitor(trapdb.server))
                if backend_of(conn):
                    break
            time.sleep(0.005)
        time.sleep(delay)
        workers = workers_of(process) if victim == "worker" else [0]
        try:
            backend = backend_of(conn) if conn and process.poll() is None else None
        except psycopg.OperationalError:  # the server is still ending from the blow before
            return []
        if backend is None or not workers:
            return []
        kill = Kill(victim, how, backend.at)
        with contextlib.suppress(ProcessLookupError):
            if victim == "client":
                process.send_signal(how)
            elif victim == "backend":
                os.kill(backend.pid, how)
            elif victim == "worker":
                os.kill(chance.choice(workers), how)
            else:
                kill_server(trapdb.server, how)
        return [kill]
