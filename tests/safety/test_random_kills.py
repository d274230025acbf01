"""Kills at random moments of whole stories: ingest, rewind, replay, associate anew."""

import contextlib
import os
import random
import signal
import time
from collections import Counter

import psycopg
import pytest

from tests.safety.conftest import ingest, rewind
from tests.safety.contents import contents, differences
from tests.safety.trouble import (
    COMPLETE,
    backend_of,
    end_of,
    kill_server,
    monitor,
    wait_for_steps,
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
# An ingest outlives the death of all but itself.
VICTIMS_OF_INGEST = VICTIMS | {"worker": (signal.SIGKILL,)}
STATUS = {signal.SIGKILL: -signal.SIGKILL, signal.SIGTERM: -signal.SIGTERM, signal.SIGINT: 130}


def story(field, name):
    yield ingest(field, name)
    yield rewind(name)
    yield ["dataset", "replay", name]
    yield ["reassociate", name, "--as", f"{name} anew"]


def strike(trapdb, command, process, chance):
    """Kill somebody at a random moment of a command; tell whom and at what, if it was not over."""
    victims = VICTIMS_OF_INGEST if command[0] == "ingest" else VICTIMS
    victim = chance.choice(list(victims))
    how = chance.choice(victims[victim])
    # on the average each try brings a time step in
    steps = chance.randrange(3)
    delay = chance.uniform(0, 0.15 if steps else 0.5)
    if command[:2] == ["dataset", "rewind"]:
        steps, delay = 0, chance.uniform(0, 0.05)
    with contextlib.ExitStack() as stack:
        conn = None
        if not wait_for_steps(process, steps):
            return None
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
            return None
        if backend is None or not workers:
            return None
        with contextlib.suppress(ProcessLookupError):
            if victim == "client":
                process.send_signal(how)
            elif victim == "backend":
                os.kill(backend.pid, how)
            elif victim == "worker":
                os.kill(chance.choice(workers), how)
            else:
                kill_server(trapdb.server, how)
        return victim, how, backend.at


def finish_under_fire(trapdb, command, chance, struck):
    """Run a command again and again, killing somebody each time, until it comes to its end."""
    for _ in range(TRIES):
        process = trapdb.start(*command)
        blow = strike(trapdb, command, process, chance)
        outlived = command[0] == "ingest" and blow and blow[0] != "client"
        if outlived:
            struck[blow[0], blow[1].name, blow[2]] += 1
            blow = strike(trapdb, command, process, chance)
            outlived = blow and blow[0] != "client"
        ended = end_of(process)
        if blow and (outlived or ended.status not in COMPLETE):
            victim, how, at = blow
            struck[victim, how.name, at] += 1
            expected = COMPLETE if outlived else [STATUS[how] if victim == "client" else 2]
            assert ended.status in expected, (blow, ended)
            assert len(ended.complaints) == (ended.status in (2, 130)), (blow, ended)
        if ended.status in COMPLETE:
            return
        assert blow, ended
    pytest.fail(f"{command} does not end")


@pytest.mark.slow
def test_random_kills(trapdb, field, calm, rebuilt):
    chance = random.Random(SEED)
    struck = Counter()
    stories = 0
    while struck.total() < KILLS:
        name = f"story {stories}"
        for number, command in enumerate(story(field, name)):
            finish_under_fire(trapdb, command, chance, struck)
            expected = {
                0: [(name, calm)],
                2: [(name, rebuilt[0])],
                3: [(f"{name} anew", rebuilt[1])],
            }
            for dataset, whole in expected.get(number, []):
                with monitor(trapdb.server) as conn:
                    found = differences(whole, contents(conn, dataset))
                assert found == [], "\n".join([dataset, *found])
                assert trapdb.run("dataset", "verify", dataset).status == 0
        stories += 1
    print(f"\n{struck.total()} kills in {stories} stories, all ended as if undisturbed:")
    for (victim, how, at), count in sorted(struck.items()):
        print(f"{count:4} {victim} by {how} at: {at}")
