"""Response: what watches cost a time step, and how fast the queue is worked off.

A field of 10,000 sources is known, with light curves. Images measure all of them, of which three
flare. Ten watches are there: eight with the
definitions that come with trapdb, two with definitions of their own and a circle. Timed is, in each
time step, what the watches take, over all else that the database does in the step: with pixels, and
thus with the extraction, their share is smaller.
"""

import argparse
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
from psycopg.types.json import Jsonb

from benchmarks import report
from benchmarks.fields import BEAM
from benchmarks.fields import field as dense_field
from benchmarks.scratch import administrator, operator, scratch_server
from benchmarks.watched import WatchedFeeder
from benchmarks.watching import run
from tests.feeding import FedImage, nothing_there
from trapdb.conditions import condition
from trapdb.database.connection import call

RA, DEC, RADIUS = 123.0, 10.0, 5.0
OWN = {
    "loud": ["monitored = 0", "snr_max >= 20", "max_significance >= 8"],
    "wild": ["n >= 5", "eta_int_significance >= 6", "v_int >= 0.3"],
}


@dataclass
class Steps:
    """Seconds of time steps: of their watches, and of all else."""

    watches: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    events: list[int] = field(default_factory=list)

    def shares(self) -> list[float]:
        """Return what the watches take over all else, per cent."""
        pairs = zip(self.watches, self.others, strict=True)
        return [100 * watches / others for watches, others in pairs]


def main() -> None:
    command = report.parser(__doc__.splitlines()[0], "response.png")
    command.add_argument("--measurements", type=int, default=10_000, help="in an image")
    command.add_argument("--field", type=int, default=10_000, help="known sources in the field")
    command.add_argument("--images", type=int, default=11, help="images that are timed")
    command.add_argument("--warm-up", type=int, default=20, help="images before them")
    options = command.parse_args()
    with scratch_server() as here:
        look = administrator(here)
        report.print_settings(look, options)
        _time_steps(operator(here), look, options)


def _time_steps(conn: Any, look: Any, options: argparse.Namespace) -> None:
    rng = np.random.default_rng(1)
    sources = dense_field(rng, options.field, RA, DEC, RADIUS)
    feeder = WatchedFeeder(conn, "watched")
    feeder.make_known(FedImage(sources.measure(rng), RA, DEC, RADIUS + 0.1, beam_major=BEAM))
    without, ten = Steps(), Steps()
    for number in range(-options.warm_up, 2 * options.images):
        if number == 0:
            run(look, "vacuum")
        if number == options.images:
            _watch(conn)
        some = sources[rng.permutation(len(sources))[: options.measurements]]
        blind = some.measure(rng)
        for flux in (blind.int_flux, blind.peak_flux):
            flux[:3] *= 5
        image = FedImage(blind, RA, DEC, RADIUS + 0.1, beam_major=BEAM)
        cost = feeder.watched_step(image, nothing_there)
        if number >= 0:
            steps = without if number < options.images else ten
            steps.watches.append(cost.seconds("watches"))
            steps.others.append(cost.seconds() - cost.seconds("watches"))
            steps.events.append(sum(one.announced for one in feeder.announced))
    print("\nmedian (middle half)")
    report.print_table(
        ["watches", "ms of watches", "ms of all else", "per cent", "events"],
        [
            [
                name,
                report.spread([1e3 * one for one in each.watches]),
                report.spread([1e3 * one for one in each.others]),
                report.spread(each.shares()),
                report.spread([float(n) for n in each.events]),
            ]
            for name, each in (("none", without), ("ten", ten))
        ],
    )


def _watch(conn: Any) -> None:
    """Add ten watches."""
    for name, conditions in OWN.items():
        parsed = Jsonb([condition(text) for text in conditions])
        call(conn, "store_definition", name=name, description=name, conditions=parsed)
    definitions = conn.execute("select name from trap.transient_definition").fetchall()
    for definition in definitions:
        own = definition.name in OWN
        call(
            conn,
            "add_watch",
            name=definition.name,
            definition=definition.name,
            responders=["file"],
            dataset=None,
            watch_list=None,
            ra=RA if own else None,
            dec=DEC if own else None,
            radius=2.0 if own else None,
            freq_low=None,
            freq_high=None,
            priority=0,
            update_factor=2.0,
            update_sigma=None,
            update_wait=timedelta(0),
            announces_end=True,
            events_max=100,
            retract_wait=timedelta(hours=1),
        )


if __name__ == "__main__":
    main()
