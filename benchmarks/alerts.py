"""Alerts: how long after the commit of a time step is its VOEvent at a subscriber.

Time steps of `--sources` steady sources are fed, each with a new source, by which a watch is woken.
A worker as users start it responds; a Comet broker takes the packets and hands them on. In seconds:

    until the responder was called, which made the package;
    until the task was done: the broker had acknowledged the packet;
    until the packet was at the subscriber.
"""

import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import report
from benchmarks.scratch import administrator, operator, scratch_server
from benchmarks.watching import run
from tests.broker import HOST, Broker, running_broker
from tests.feeding import FedImage, Feeder, measurements, nothing_there
from trapdb.alerts.packet import read_packet
from trapdb.alerts.vtp.message import Message, framed, read_message, receive, written
from trapdb.alerts.xml import BYTES_MAX
from trapdb.errors import AlertError

GOAL_S = 2.0
PATIENCE_S = 60.0
SETTINGS = """
[response.voevent]
ivorn = "ivo://org.example/benchmark"
title = "A survey"
contact_name = "Jo Example"
contact_email = "jo@example.org"
observatory = "LOFAR"
brokers = ["{broker}"]
"""


class Subscriber(threading.Thread):
    """Notes when each packet arrives."""

    def __init__(self, broker: Broker) -> None:
        super().__init__(daemon=True)
        self._line = socket.create_connection((HOST, broker.broadcast_port))
        self.arrived: dict[int, float] = {}
        self.came = threading.Condition()

    def run(self) -> None:
        """Answer what the broker says, until it ends."""
        while True:
            try:
                content = receive(self._line, BYTES_MAX, 3600)
            except OSError:
                return
            now = time.time()
            try:
                message = read_message(content)
            except AlertError:
                packet = read_packet(content)
                answer = Message("ack", packet.ivorn)
                with self.came:
                    self.arrived[int(packet.value_of("event_id"))] = now
                    self.came.notify()
            else:
                answer = Message(message.role, message.origin, "ivo://org.example/benchmark")
            self._line.sendall(framed(written(answer)))


def trapdb(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "trapdb", *arguments], check=True, capture_output=True)


def latencies(options: Any) -> list[Any]:
    """Return for each flare the seconds from the commit to the three moments."""
    sky = np.random.default_rng(1)
    ra, dec = sky.uniform(119, 127, options.sources), sky.uniform(6, 14, options.sources)
    with (
        scratch_server() as here,
        tempfile.TemporaryDirectory(prefix="trapdb-benchmark-") as name,
        running_broker(Path(name) / "broker") as broker,
        operator(here) as conn,
        administrator(here) as looking,
    ):
        report.print_settings(conn, options)
        trapdb("definition", "add", "new", "margin_worst >= 3")
        trapdb("watch-for", "add", "flares", "new", "--respond", "voevent")
        config = Path(name) / "response.toml"
        config.write_text(SETTINGS.format(broker=f"{HOST}:{broker.receive_port}"))
        subscriber = Subscriber(broker)
        subscriber.start()
        worker = subprocess.Popen(
            [sys.executable, "-m", "trapdb", "response", "run", "--config", str(config)],
            stderr=subprocess.DEVNULL,
        )
        try:
            feeder = Feeder(conn, "survey")
            feeder.step(FedImage(measurements(ra, dec)), force=nothing_there)
            committed = []
            for number in range(options.flares + 1):
                new_ra, new_dec = 120 + 0.2 * number, 10.0
                image = FedImage(measurements([*ra, new_ra], [*dec, new_dec]))
                feeder.step(image, force=nothing_there)
                committed.append(time.time())
                with subscriber.came:
                    came = subscriber.came.wait_for(
                        lambda count=number + 1: len(subscriber.arrived) >= count, PATIENCE_S
                    )
                if not came:
                    sys.exit(f"no packet of flare {number} in {PATIENCE_S:g} s")
                time.sleep(random.uniform(0.2, 0.7))  # wherever in its round the worker is
            moments = {row.event_id: row for row in run(looking, "alert_moments")}
        finally:
            worker.terminate()
            worker.wait()
    rows = zip(committed, sorted(subscriber.arrived.items()), strict=True)
    # the first one pays for what is imported
    return [
        (moments[event_id].called - began, moments[event_id].done - began, arrived - began)
        for began, (event_id, arrived) in rows
    ]


def main() -> None:
    parser = report.parser(__doc__.splitlines()[0], "alerts.png")
    parser.add_argument("what", choices=["latency"], help="what is measured")
    parser.add_argument("--flares", type=int, default=20, help="flares, one a time step")
    parser.add_argument("--sources", type=int, default=1000, help="steady sources beside them")
    options = parser.parse_args()
    first, *others = latencies(options)
    heads = ["", "responder called [s]", "broker has it [s]", "at the subscriber [s]"]
    median = statistics.median(row[-1] for row in others)
    report.print_table(
        heads,
        [
            ["first, after the worker began", *(f"{seconds:.2f}" for seconds in first)],
            [
                "median (middle half)",
                *(report.spread(column) for column in zip(*others, strict=True)),
            ],
            ["longest", *(f"{max(column):.2f}" for column in zip(*others, strict=True))],
        ],
    )
    print(f"\nmedian of {len(others)}: {report.judged(f'{median:.2f} s', median < GOAL_S)}")


if __name__ == "__main__":
    main()
