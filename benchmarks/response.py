"""Response: what watches cost a time step.

A field of 10,000 sources is known, with light curves. Images measure all of them, of which three
flare. Ten watches are there: eight with
definitions that come with trapdb, two with definitions of their own and a circle. Timed is, in each
time step, what the watches take, over all else that the database does in the step. Then images with
as many sources are ingested from files: here it is over all of a step else, from file to commit.
"""

import argparse
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
from psycopg.types.json import Jsonb

from benchmarks import report
from benchmarks.fields import BEAM
from benchmarks.fields import field as dense_field
from benchmarks.scratch import administrator, operator, scratch_server
from benchmarks.stages import stages_of
from benchmarks.watched import WatchedFeeder
from benchmarks.watching import run
from tests.feeding import FedImage, nothing_there
from trapdb.conditions import condition
from trapdb.database.connection import call
from trapdb.simulate import simulate

RA, DEC, RADIUS = 123.0, 10.0, 5.0
OWN = {
    "loud": ["monitored = 0", "snr_max >= 20", "max_significance >= 8"],
    "wild": ["n >= 5", "eta_int_significance >= 6", "v_int >= 0.3"],
}
# what comes with trapdb and is not watched: all images are of Stokes I
POLARISED = {"circular", "polarisation_change"}
GOAL = 5.0  # per cent


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
    command.add_argument("--epochs", type=int, default=10, help="images with pixels")
    command.add_argument("--size", type=int, default=4096, help="their pixels along each axis")
    options = command.parse_args()
    with scratch_server() as here:
        look = administrator(here)
        report.print_settings(look, options)
        without, ten = _fed(operator(here), look, options)
        whole = _ingested(operator(here), options)
    print("\nmedian (middle half)")
    report.print_table(
        ["watches", "ms of watches", "ms of all else", "per cent", "goal", "events"],
        [
            _row("none, over the database's part", without),
            _row("ten, over the database's part", ten),
            _row("ten, over all of a step from file to commit", whole),
        ],
    )


def _row(name: str, steps: Steps) -> list[object]:
    shares = steps.shares()
    return [
        name,
        report.spread([1e3 * one for one in steps.watches]),
        report.spread([1e3 * one for one in steps.others]),
        report.judged(report.spread(shares), bool(np.median(shares) <= GOAL)),
        GOAL,
        report.spread([float(n) for n in steps.events]) if steps.events else "",
    ]


def _fed(conn: Any, look: Any, options: argparse.Namespace) -> tuple[Steps, Steps]:
    """Feed time steps of measurements, without watches and with ten."""
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
    return without, ten


def _ingested(conn: Any, options: argparse.Namespace) -> Steps:
    """Ingest images with pixels, which are watched; return the later half of their steps."""
    with tempfile.TemporaryDirectory(prefix="trapdb-images-", dir="/tmp") as folder:
        truth = simulate(
            folder,
            epochs=options.epochs,
            size=options.size,
            sources=options.measurements,
            minimum_snr=20.0,
        )
        stages = stages_of(conn, "ingested", truth.paths)
    watches = np.array(stages.pop("events"))
    # a step waits for its image's extraction, which is counted itself, and forced fits are within
    # the null detection
    parts = [times for stage, times in stages.items() if stage not in ("wait", "forced fits")]
    others = np.sum(parts, axis=0)
    later = slice(options.epochs // 2, None)
    return Steps(list(watches[later] / 1e3), list(others[later] / 1e3))


def _watch(conn: Any) -> None:
    """Add ten watches."""
    for name, conditions in OWN.items():
        parsed = Jsonb([condition(text) for text in conditions])
        call(conn, "store_definition", name=name, description=name, conditions=parsed)
    definitions = conn.execute("select name from trap.transient_definition").fetchall()
    for definition in definitions:
        if definition.name in POLARISED:
            continue
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
