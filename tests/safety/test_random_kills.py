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
from tests.safety.trouble import COMPLETE, end_of, kill_server, monitor, wait_for_steps, worker_of

SEED = 20260101
KILLS = 55  # that end a command before it is done
TRIES = 60  # for one command

VICTIMS = {
    "client": (signal.SIGKILL, signal.SIGTERM, signal.SIGINT),
    "worker": (signal.SIGKILL,),
    "server": (signal.SIGKILL, signal.SIGQUIT),
}
STATUS = {signal.SIGKILL: -signal.SIGKILL, signal.SIGTERM: -signal.SIGTERM, signal.SIGINT: 130}


def story(field, name):
    yield ingest(field, name)
    yield rewind(name)
    yield ["dataset", "replay", name]
    yield ["reassociate", name, "--as", f"{name} anew"]


def strike(trapdb, command, process, chance):
    """Kill somebody at a random moment of a command; tell whom and at what, if it was not over."""
    victim = chance.choice(list(VICTIMS))
    how = chance.choice(VICTIMS[victim])
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
                if worker_of(conn):
                    break
            time.sleep(0.005)
        time.sleep(delay)
        worker = worker_of(conn) if conn and process.poll() is None else None
        if worker is None:
            return None
        with contextlib.suppress(ProcessLookupError):
            if victim == "client":
                process.send_signal(how)
            elif victim == "worker":
                os.kill(worker.pid, how)
            else:
                kill_server(trapdb.server, how)
        return victim, how, worker.at


def finish_under_fire(trapdb, command, chance, struck):
    """Run a command again and again, killing somebody each time, until it comes to its end."""
    for _ in range(TRIES):
        process = trapdb.start(*command)
        blow = strike(trapdb, command, process, chance)
        ended = end_of(process)
        if blow and ended.status not in COMPLETE:
            victim, how, at = blow
            struck[victim, how.name, at] += 1
            assert ended.status == (STATUS[how] if victim == "client" else 2), (blow, ended)
            assert len(ended.complaints) == (ended.status > 0), (blow, ended)
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
