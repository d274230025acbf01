"""How late AARTFAAC's images are in the database, sent over the network at a steady rate.

An imager sends them as it would at night, a thousand or more; what counts is that the last ones
are in as soon as the first ones, and that nothing grows meanwhile.
"""

import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
from astropy.io import fits

from benchmarks import report
from benchmarks.headers import set_time
from benchmarks.ingest import START
from benchmarks.processes import Measured, measure
from tests.stream.sender import message
from trapdb.simulate import simulate

GOAL_RATE = 2.0  # images a second
SAMPLE_S = 2.0
DISTINCT = 20
SETTINGS = "[stream]\nimages_per_step = 1\n"


def main() -> None:
    command = report.parser("AARTFAAC's images as they come, with one worker.", "streaming.png")
    command.add_argument("--images", type=int, default=2000, help="how many")
    command.add_argument("--rate", type=float, default=4.0, help="so many a second")
    command.add_argument("--size", type=int, default=1024, help="pixels along an axis")
    command.add_argument("--sources", type=int, default=100, help="in each image")
    options = command.parse_args()
    # In the background of a shell it is ignored, and the ingest would be heir to that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    report.print_machine(options, "the command line, on a private server of its own")
    with tempfile.TemporaryDirectory(prefix="trapdb-images-", dir="/tmp") as place:
        truth = simulate(
            Path(place) / "images",
            epochs=min(DISTINCT, options.images),
            size=options.size,
            sources=options.sources,
            minimum_snr=20.0,
        )
        done, sent_s = _listen(Path(place), truth.paths, options.images, options.rate)
    events = [json.loads(line) for line in done.lines if line.startswith("{")]
    latency = np.concatenate([step["latency"] for step in events if step["event"] == "step"])
    _print(options, done, sent_s, latency)
    report.save_plot(options.plot, lambda pyplot: _draw(pyplot, latency, done))


def _listen(place: Path, paths: list[Path], images: int, rate: float) -> tuple[Measured, float]:
    """Run an ingest that listens, send to it, and end it; tell how long the sending took."""
    home = Path(tempfile.mkdtemp(prefix="trapdb-benchmark-", dir="/tmp"))
    home.chmod(0o755)  # the server's user has to enter it
    environment = {"TRAPDB_HOME": str(home), "TRAPDB_DATABASE_URL": ""}
    (place / "settings.toml").write_text(SETTINGS)
    trapdb = [sys.executable, "-m", "trapdb"]
    over, sent_s = 0, [np.nan]

    def imager(port: int) -> None:
        sent_s[0] = _send_steadily(("127.0.0.1", port), paths, images, rate)

    def answer(line: str, process: subprocess.Popen) -> None:
        nonlocal over
        told = json.loads(line) if line.startswith("{") else {}
        if told.get("event") == "streaming":
            port = int(told["message"].partition(", ")[0].rpartition(":")[2])
            threading.Thread(target=imager, args=[port], daemon=True).start()
        over += told.get("event") == "step" or told.get("fate") == "dropped"
        if over == images:
            over = 0
            process.send_signal(signal.SIGINT)

    try:
        done = measure(
            [
                *(*trapdb, "ingest", "--listen", "127.0.0.1:0", str(place / "received")),
                *("--workers", "1", "--log-json", "--config", str(place / "settings.toml")),
            ],
            environment,
            home,
            SAMPLE_S,
            answer,
        )
    finally:
        measure([*trapdb, "db", "stop"], environment)
        shutil.rmtree(home)
    if done.status != 130:
        raise SystemExit("\n".join(done.lines[-5:]))
    return done, sent_s[0]


def _send_steadily(address: tuple[str, int], paths: list[Path], images: int, rate: float) -> float:
    """Send so many images a second over one connection; return the seconds that it took."""
    with (
        tempfile.NamedTemporaryFile(suffix=".fits") as copy,
        socket.create_connection(address) as connection,
    ):
        start = time.monotonic()
        for number in range(images):
            shutil.copyfile(paths[number % len(paths)], copy.name)
            taken_at = START + timedelta(seconds=number)
            with fits.open(copy.name, mode="update", memmap=True) as hdus:
                set_time(hdus[0].header, taken_at)
            time.sleep(max(0.0, start + number / rate - time.monotonic()))
            connection.sendall(message(copy.name))
        return time.monotonic() - start


def _print(options: object, done: Measured, sent_s: float, latency: np.ndarray) -> None:
    group = max(min(20, len(latency) // 3), 1)
    early = np.median(latency[group // 2 : group // 2 + group])
    late = np.median(latency[-group:])
    quarter = max(len(done.memory) // 4, 1)
    memory = [np.median(done.memory[quarter : 2 * quarter]), np.median(done.memory[-quarter:])]
    rate = options.images / sent_s
    lost = options.images - len(latency)
    report.print_table(
        [f"{options.images} images of {options.size}x{options.size}", "found", "goal"],
        [
            ["images a second", report.judged(f"{rate:.3g}", rate >= GOAL_RATE), GOAL_RATE],
            ["dropped, or late", report.judged(str(lost), not lost), 0],
            ["latency, s", report.spread(latency), ""],
            ["latency, s, of 99 %, of all", f"{np.percentile(latency, 99):.3g}, "
             f"{latency.max():.3g}", ""],
            [f"latency, s, around image {group}", f"{early:.3g}", ""],
            [f"the last {group}, over it", report.judged(f"{late / early:.2f}",
             late <= 1.1 * early), 1.1],
            ["MB, all processes, at the most", done.peak, ""],
            ["MB, the last quarter over the second", report.judged(
             f"{memory[1] / memory[0]:.2f}", memory[1] <= 1.05 * memory[0]), 1.05],
        ],
    )  # fmt: skip


def _draw(pyplot: object, latency: np.ndarray, done: Measured) -> object:
    figure, (above, below) = pyplot.subplots(2, 1, figsize=(8, 6))
    above.plot(np.arange(1, len(latency) + 1), latency, ".", markersize=2)
    above.set(xlabel="image", ylabel="latency, s", ylim=(0, None))
    below.plot(SAMPLE_S * np.arange(1, len(done.memory) + 1), done.memory)
    below.set(xlabel="s", ylabel="MB, all processes", ylim=(0, None))
    figure.tight_layout()
    return figure


if __name__ == "__main__":
    main()
