"""What ends or holds up processes: kills, and readers."""

import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import psycopg

from benchmarks.soak.look import processes_of
from benchmarks.soak.place import Client, Place
from benchmarks.watching import run
from trapdb.database.connection import call
from trapdb.errors import TrapdbError
from trapdb.server import private_server
from trapdb.server.private_server import Server

# How often who is killed, in percent.
VICTIMS = {"worker": 30, "nursery": 20, "backend": 25, "server": 17, "client": 8}
IDLE_S, QUERY_S = 30.0, 10.0


def kill(
    place: Place,
    mortal: Client,
    chance: random.Random,
    pause_s: float,
    struck: Counter[str],
    over: threading.Event,
) -> None:
    """Kill processes of a place at random moments, so far apart on the average, until it is over.

    Of the clients only one dies.
    """
    while not over.wait(chance.expovariate(1 / pause_s)):
        (victim,) = chance.choices(list(VICTIMS), list(VICTIMS.values()))
        how = chance.choice(
            [signal.SIGKILL, signal.SIGQUIT] if victim == "server" else [signal.SIGKILL]
        )
        pids = _pids(place, mortal, victim)
        with suppress(ProcessLookupError):
            if pids:
                os.kill(chance.choice(pids), how)
                struck[f"{victim}, {how.name}"] += 1


def read(
    place: Place, chance: random.Random, pause_s: float, struck: Counter[str], over: threading.Event
) -> None:
    """Hold transactions open, and ask too much, so far apart on the average, until it is over."""
    kinds: dict[str, Callable[[psycopg.Connection], object]] = {
        "reader, idle in transaction": lambda conn: over.wait(IDLE_S),
        "reader, heavy query": lambda conn: run(conn, "too_much"),
    }
    while not over.wait(chance.expovariate(1 / pause_s)):
        kind = chance.choice(list(kinds))
        # the server may be away, or go away
        with suppress(psycopg.Error, TrapdbError), place.connection("trapdb_query") as conn:
            conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            with conn.transaction():
                call(conn, "limit_time", seconds=QUERY_S)
                run(conn, "look_at_catalogue")
                struck[kind] += 1
                kinds[kind](conn)


def _pids(place: Place, mortal: Client, victim: str) -> list[int]:
    if victim == "client":
        return [] if mortal.pid is None else [mortal.pid]
    with suppress(psycopg.Error, TrapdbError):  # the server is away
        if victim == "server":
            first = private_server.status(Server(place.home)).pid
            return [] if first is None else [first]
        if victim == "backend":
            with place.connection() as conn:
                return [row.pid for row in run(conn, "ingesting")]
    return [process.pid for process in processes_of(place) if process.role == victim]
