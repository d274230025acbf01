"""Workers that are killed, and their connections, at random moments: nothing is lost."""

import random
import time
from collections import defaultdict

EVENTS, KILLS, PATIENCE_S = 200, 8, 240
BACKENDS = """
    select pg_terminate_backend(pid)
    from pg_stat_activity
    where datname = current_database() and usename = 'test_operator'
    order by random()
    limit 1
"""


def test_nothing_is_lost_and_each_is_delivered_once(house, responding, site):
    chance = random.Random(15)
    responding.settings(f'[response]\nlease = 2\n[response.webhook]\nurl = "{site.url}/hook"\n')
    responding.environment["TRAPDB_WEBHOOK_SECRET"] = "a secret"
    responding.run("limit", "webhook", "--per-day", "none")
    events = [house.event("webhook") for _ in range(EVENTS)]

    def start():
        return responding.start("run", "--config", str(responding.config))

    workers = [start(), start()]
    try:
        until = time.monotonic() + PATIENCE_S
        kills = 0
        while house.value(
            "select exists (select from trap_data.job where state in"
            " ('held', 'blocked', 'waiting', 'running'))"
        ):
            assert time.monotonic() < until, house.rows(
                "select queue, state, error, count(*) from trap_data.job group by 1, 2, 3"
            )
            time.sleep(0.02)
            # so many packages are delivered before the next one
            if kills < KILLS and len(site.asked) > kills * EVENTS // KILLS // 2:
                kills += 1
                if kills % 2:
                    number = chance.randrange(len(workers))
                    workers[number].kill()
                    workers[number].wait()
                    workers[number] = start()
                else:
                    house.rows(BACKENDS)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    assert kills == KILLS
    assert {job.state for job in house.jobs("response")} == {"done"}
    assert sorted(package.event_id for package in house.packages()) == events
    assert {package.state for package in house.packages()} == {"done"}
    # the receiver knows them by their numbers, and what comes twice is the same
    received = defaultdict(set)
    for _, _, headers, content in site.asked:
        received[headers["webhook-id"]].add(content)
    assert set(received) == {str(job.job_id) for job in house.jobs()}
    assert {len(contents) for contents in received.values()} == {1}
    # state and log agree
    for job in house.jobs():
        assert (job.result["status"], job.error) == (200, None)
        assert len(job.log) < job.attempts
