"""Responders and tasks: how fast two workers drain packages, and what is left after kills.

Each event wakes a responder whose package writes a file, so that all is there that a package costs:
the call in its cell, the package, its task, and what came of it, with commits that are durable.
With --done so many packages are in the table before, done.

With --kills each package calls a webhook, and workers, their connections, the server and the
receiver are killed at random moments. The receiver keeps what it is sent before it answers, and
knows messages by their numbers. Then nothing may be lost, each message has come, always the same,
and the database's word is that of the receiver.
"""

import hashlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.scratch import administrator, scratch_server
from trapdb.server import private_server

LEASE_S = 5  # so that what was killed is done soon
PATIENCE_S = 1800.0
EVENTS = """
    insert into trap_data.event (
        kind, tense, announced, watch_id, watch_name, definition_name, conditions, responders,
        priority, dataset_id, dataset_name, source_id, source_name, ra, dec, band_id, stokes,
        taken_at, discovered_at, known_image_id, figures, versions
    )
    select
        'initial', 'real', true, 1, 'w', 'd', '[]', array[%s], 0, 1, 'survey', 1, 'J', 123, 10, 1,
        'I', now(), now(), 1, '{}', '{}'
    from generate_series(1, %s::integer)
    returning event_id
"""
CALLS = """
    select trap.add_job(
        'response', jsonb_build_object('event_id', e.id, 'responder', %s::text), e.id::text,
        p_attempts_max => 5
    )
    from unnest(%s::bigint[]) as e (id)
"""
DONE = """
    with p as (
        insert into trap_data.package (
            event_id, responder, number, title, event_kind, tense, state, opened_at, ended_at
        )
        select -n, 'file', 0, 't', 'initial', 'real', 'done', now() - interval '2 days', now()
        from generate_series(1, %s::integer) as n
        returning package_id
    )
    insert into trap_data.job (
        queue, payload, state, attempts, attempts_max, started_at, ended_at, package_id, task
    )
    select 'task', '{"kind": "file"}', 'done', 1, 20, now(), now(), package_id, 0 from p
"""


OPEN = """
    select exists (
        select from trap_data.job where state in ('held', 'blocked', 'waiting', 'running')
    ) as open
"""
BACKENDS = """
    select pg_terminate_backend(pid)
    from pg_stat_activity
    where datname = 'trapdb' and usename in ('trapdb_ingest', 'trapdb_query')
    order by random()
    limit 1
"""
FOUND = """
    select
        p.event_id, p.state, j.job_id::text, j.attempts, j.result,
        jsonb_array_length(j.log) as said
    from trap_data.package as p
    inner join trap_data.job as j using (package_id)
    where p.event_id > 0
"""
SECONDS = """
    select extract(epoch from max(ended_at) - min(created_at))::float8
    from trap_data.package
    where event_id > 0
"""


def main() -> None:
    if sys.argv[1:2] == ["receive"]:
        _receive(int(sys.argv[2]), Path(sys.argv[3]))
    command = report.parser(__doc__.splitlines()[0], "response_queue.png")
    command.add_argument("--packages", type=int, default=2000)
    command.add_argument("--workers", type=int, default=2)
    command.add_argument("--done", type=int, default=0, help="packages that are done before")
    command.add_argument("--kills", type=int, default=0, help="at random")
    options = command.parse_args()
    kind = "webhook" if options.kills else "file"
    with scratch_server() as here:
        look = administrator(here)
        report.print_settings(look, options)
        look.execute(DONE, [options.done])
        look.execute(
            "insert into trap_data.responder (responder, per_day) values (%s, null)"
            " on conflict (responder) do update set per_day = null",
            [kind],
        )
        look.execute("vacuum analyze trap_data.job, trap_data.package")
        ids = [row.event_id for row in look.execute(EVENTS, [kind, options.packages]).fetchall()]
        look.execute(CALLS, [kind, ids])
        look.close()  # the server may be killed
        scene = Scene(here, options.workers)
        try:
            scene.drain(options.kills)
        finally:
            scene.end()
        _account(here, ids, scene)


class Scene:
    """Workers, and a receiver of what they send."""

    def __init__(self, here: Any, workers: int) -> None:
        self._home = here.home
        self.received = here.home / "received"
        self.received.touch()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        secret = here.home / "secret"
        secret.write_text("a secret of a benchmark")
        secret.chmod(0o600)
        self._config = here.home / "response.toml"
        self._config.write_text(
            f"[response]\nlease = {LEASE_S}\n[response.webhook]\n"
            f'url = "http://127.0.0.1:{self._port}/"\nsecret = {{ file = "{secret}" }}\n'
        )
        self._processes = [self._receiver(), *(self._worker() for _ in range(workers))]
        self.kills: Counter[str] = Counter()

    def drain(self, kills: int) -> None:
        """Let workers drain the queue, and kill so many meanwhile."""
        victims: list[Callable[[], str]] = [
            *[self._kill_worker] * 10, *[self._kill_connection] * 6,
            *[self._kill_receiver] * 3, self._kill_server,
        ]  # fmt: skip
        until = time.monotonic() + PATIENCE_S
        while self._asked(OPEN)[0].open:
            if time.monotonic() > until:
                sys.exit(f"it did not come to an end in {PATIENCE_S:g} s")
            time.sleep(random.uniform(0.1, 1.0) if self.kills.total() < kills else 0.2)
            if self.kills.total() < kills:
                self.kills[random.choice(victims)()] += 1

    def end(self) -> None:
        """End all."""
        for process in self._processes:
            process.kill()
            process.wait()

    def _asked(self, query: str) -> list[Any]:
        with administrator(private_server.ensure_running()) as look:
            return look.execute(query).fetchall()

    def _kill_worker(self) -> str:
        number = random.randrange(1, len(self._processes))
        self._processes[number].kill()
        self._processes[number].wait()
        self._processes[number] = self._worker()
        return "worker"

    def _kill_receiver(self) -> str:
        self._processes[0].kill()
        self._processes[0].wait()
        time.sleep(random.uniform(0.0, 1.0))
        self._processes[0] = self._receiver()
        return "receiver"

    def _kill_connection(self) -> str:
        self._asked(BACKENDS)
        return "connection"

    def _kill_server(self) -> str:
        (process, *_) = (self._home / "pgdata/postmaster.pid").read_text().split()
        os.kill(int(process), signal.SIGKILL)
        return "server"

    def _worker(self) -> subprocess.Popen[bytes]:
        words = ["-m", "trapdb", "response", "run", "--config", str(self._config)]
        return _started(words)

    def _receiver(self) -> subprocess.Popen[bytes]:
        return _started(
            ["-m", "benchmarks.response_queue", "receive", str(self._port), str(self.received)]
        )


def _started(words: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _receive(port: int, kept: Path) -> None:
    """Keep what comes, a line each, before it is answered."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            line = json.dumps([self.headers["webhook-id"], hashlib.sha256(content).hexdigest()])
            with kept.open("a") as file:
                file.write(line + "\n")
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    HTTPServer(("127.0.0.1", port), Handler).serve_forever()


def _account(here: Any, ids: list[int], scene: Scene) -> None:
    """Print how fast it was, and whether anything is lost, or was done twice."""
    with administrator(private_server.ensure_running()) as look:
        found = look.execute(FOUND).fetchall()
        ((seconds,),) = look.execute(SECONDS).fetchall()
    done = sorted(row.event_id for row in found if row.state == "done")
    again = sum(row.attempts > 1 for row in found)
    print(f"{len(ids)} events, {len(done)} packages done, in {seconds:.1f} s")
    print(f"{len(ids) / seconds:.0f} packages a second; {again} tasks begun more than once")
    faults = []
    if done != sorted(ids):
        faults.append("something is lost, or was done twice")
    if scene.kills:
        print("kills:", ", ".join(f"{count} {who}" for who, count in scene.kills.items()))
        messages = [json.loads(line) for line in scene.received.read_text().splitlines()]
        numbers = {number for number, _ in messages}
        print(f"{len(numbers)} messages received, {len(messages) - len(numbers)} of them again")
        if numbers != {row.job_id for row in found}:
            faults.append("the receiver has other messages than the database says")
        if len(numbers) != len({tuple(message) for message in messages}):
            faults.append("what came again was not the same")
        if any(row.result["status"] != 200 or row.said >= row.attempts for row in found):
            faults.append("state and log do not agree")
    else:
        files = len(list((here.home / "response/files").glob("*.json")))
        if files != len(ids):
            faults.append(f"{files} files were written")
    if faults:
        sys.exit("; ".join(faults))


if __name__ == "__main__":
    main()
