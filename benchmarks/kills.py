"""Random kills: whether a data set ends as if nothing had happened, and how soon work goes on.

A story is a field of twelve images that is ingested, rewound, replayed and associated anew. While
each command is at work, somebody is killed at a random moment: the command itself, a worker, the
server process that works for it, or the whole server. The same command is started again until it
comes to its end, and what the data set holds is compared with an undisturbed story, every column
of every row. The exit status is 1 if anything differed.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence

from benchmarks import report
from benchmarks.scratch import administrator, scratch_server
from tests.safety.random_kills import KILLS, SEED, Kill, Told, under_fire
from tests.safety.story import load_known, make_field, story, tell
from tests.safety.trouble import Commands


def main() -> None:
    command = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    command.add_argument("--kills", type=int, default=KILLS, help="at least so many")
    command.add_argument("--seed", type=int, default=SEED, help="what chance follows from")
    options = command.parse_args()
    stories: list[Told] = []
    with scratch_server() as here:
        with administrator(here) as conn:
            report.print_settings(conn, options)
        trapdb = Commands(here.home)
        field = here.home / "images" / "field"
        make_field(field)
        load_known(trapdb, field)
        undisturbed = tell(trapdb, story(field, "calm"))
        for told in under_fire(trapdb, field, undisturbed, options.kills, options.seed):
            stories.append(told)
            _show(told)
    sys.exit(_sum_up(stories))


def _show(told: Told) -> None:
    outcome = f"{told.rows} rows equal" if not told.faults else "\n  ".join(["", *told.faults])
    print(f"{told.name}: {len(told.kills)} kills, {outcome}", flush=True)


def _sum_up(stories: Sequence[Told]) -> int:
    """Print who was killed at what, and how long recovery took; return the exit status."""
    kills = [kill for told in stories for kill in told.kills]
    at = Counter((kill.victim, kill.how.name, kill.at) for kill in kills)
    report.print_table(
        ["victim", "signal", "while the database was at", "kills"],
        [[*what, str(count)] for what, count in sorted(at.items())],
    )
    report.print_table(
        ["victim", "kills", "s to recovery, median (middle half)", "longest"],
        [_recovery(victim, kills) for victim in sorted({kill.victim for kill in kills})],
    )
    failed = [told.name for told in stories if told.faults]
    outcome = f"trouble in {', '.join(failed)}" if failed else "all equal"
    rows = sum(told.rows for told in stories)
    print(f"\n{len(kills)} kills in {len(stories)} stories, {rows} rows compared: {outcome}")
    return int(bool(failed))


def _recovery(victim: str, kills: Sequence[Kill]) -> list[str]:
    seconds = [k.recovery_s for k in kills if k.victim == victim and k.recovery_s is not None]
    count = sum(kill.victim == victim for kill in kills)
    if not seconds:
        return [victim, str(count), "", ""]
    return [victim, str(count), report.spread(seconds, ".2f"), f"{max(seconds):.2f}"]


if __name__ == "__main__":
    main()
