"""Responders and tasks: how fast two workers drain packages, and what is left after kills.

Each event wakes a responder whose package writes a file, so that all is there that a package costs:
the call in its cell, the package, its task, and what came of it, with commits that are durable.
With --done so many packages are in the table before, done. With --kills workers are killed at
random moments, and others start; then nothing may be lost, and each package done once, by the
database's word.
"""

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.scratch import administrator, scratch_server

EVENTS = """
    insert into trap_data.event (
        kind, tense, announced, watch_id, watch_name, definition_name, conditions, responders,
        priority, dataset_id, dataset_name, source_id, source_name, ra, dec, band_id, stokes,
        taken_at, discovered_at, known_image_id, figures, versions
    )
    select
        'initial', 'real', true, 1, 'w', 'd', '[]', '{file}', 0, 1, 'survey', 1, 'J', 123, 10, 1,
        'I', now(), now(), 1, '{}', '{}'
    from generate_series(1, %s::integer)
    returning event_id
"""
CALLS = """
    select trap.add_job(
        'response', jsonb_build_object('event_id', e.id, 'responder', 'file'), e.id || '/file'
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


def main() -> None:
    command = report.parser(__doc__.splitlines()[0], "response_queue.png")
    command.add_argument("--packages", type=int, default=2000)
    command.add_argument("--workers", type=int, default=2)
    command.add_argument("--done", type=int, default=0, help="packages that are done before")
    command.add_argument("--kills", type=int, default=0, help="of workers, at random")
    options = command.parse_args()
    with scratch_server() as here:
        look = administrator(here)
        report.print_settings(look, options)
        look.execute(DONE, [options.done])
        look.execute(
            "insert into trap_data.responder (responder, per_day) values ('file', null)"
            " on conflict (responder) do update set per_day = null"
        )
        look.execute("vacuum analyze trap_data.job, trap_data.package")
        ids = [row.event_id for row in look.execute(EVENTS, [options.packages]).fetchall()]
        look.execute(CALLS, [ids])
        seconds = _drain(look, options)
        _account(look, ids, seconds)


def _worker() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "trapdb", "response", "run"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _drain(look: Any, options: Any) -> float:
    """Let workers drain the queue; return the seconds from the first package done to the last."""
    workers = [_worker() for _ in range(options.workers)]
    kills = options.kills
    try:
        while look.execute(
            "select 1 from trap_data.job where state in ('held', 'blocked', 'waiting', 'running')"
            " limit 1"
        ).fetchall():
            time.sleep(random.uniform(0.2, 2.0) if kills else 0.2)
            if kills:
                number = random.randrange(len(workers))
                workers[number].kill()
                workers[number].wait()
                workers[number] = _worker()
                kills -= 1
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    ((seconds,),) = look.execute(
        "select extract(epoch from max(ended_at) - min(created_at))::float8"
        " from trap_data.package where event_id > 0"
    ).fetchall()
    return float(seconds)


def _account(look: Any, ids: list[int], seconds: float) -> None:
    """Print how fast it was, and whether anything is lost, or was done twice."""
    ((done, again),) = look.execute(
        "select count(*) filter (where p.state = 'done') as done,"
        " count(*) filter (where j.attempts > 1) as again"
        " from trap_data.package as p inner join trap_data.job as j using (package_id)"
        " where p.event_id > 0"
    ).fetchall()
    files = len(list((Path(os.environ["TRAPDB_HOME"]) / "response/files").glob("*.json")))
    print(f"{len(ids)} events, {done} packages done, {files} files, in {seconds:.1f} s")
    print(f"{len(ids) / seconds:.0f} packages a second; {again} tasks begun more than once")
    if not done == files == len(ids):
        sys.exit("something is lost")


if __name__ == "__main__":
    main()
