"""Time steps of one image, fed part by part, each part watched."""

from dataclasses import dataclass, field
from datetime import timedelta
from time import perf_counter

from benchmarks.watching import Cost, watch
from tests.feeding import FedImage, Feeder, Force
from trapdb.database import routines

PARTS = ["load", "associate", "list null detections", "add null detections"]
PARTS += ["watches", "close", "commit"]


@dataclass
class StepCost:
    """What a time step cost, part by part."""

    parts: dict[str, Cost] = field(default_factory=lambda: {part: Cost() for part in PARTS})
    measurements: int = 0
    forced: int = 0

    def seconds(self, *parts: str) -> float:
        """Return the time of these parts; of all if none is named."""
        return sum(self.parts[part].seconds for part in parts or PARTS)

    @property
    def buffers(self) -> int:
        """Return the buffers of all parts."""
        return sum(cost.buffers for cost in self.parts.values())

    @property
    def rows(self) -> int:
        """Return the rows of all parts."""
        return sum(cost.rows for cost in self.parts.values())

    @property
    def wal(self) -> int:
        """Return the bytes of write-ahead log of all parts."""
        return sum(cost.wal for cost in self.parts.values())

    def milliseconds(self) -> dict[str, float]:
        """Return the time of each routine, and of what is none: the copy and the commit."""
        times: dict[str, float] = {"copy": 1e3 * self.parts["load"].seconds}
        for cost in self.parts.values():
            for routine, spent in cost.routines.items():
                times[routine] = times.get(routine, 0.0) + spent
        return times | {"commit": 1e3 * self.parts["commit"].seconds}


class WatchedFeeder(Feeder):
    """A feeder that tells what its time steps cost."""

    def skip(self) -> None:
        """Leave out a time step."""
        self.next_at += timedelta(days=1)

    def make_known(self, image: FedImage) -> None:
        """Store a time step of one image without forced fits."""
        with self.conn.transaction():
            routines.begin_time_step(self.conn, self.dataset_id, self.next_at)
            image_id = self._register(image, self.next_at)
            routines.load_measurements(self.conn, image_id, image.blind)
            routines.associate_image(self.conn, image_id)
            routines.close_time_step(self.conn)
        self.next_at += timedelta(days=1)

    def watched_step(self, image: FedImage, force: Force | None) -> StepCost:
        """Store one time step of one image.

        Parameters
        ----------
        image : FedImage
            The image.
        force : callable or None
            What forced fits find; None to ask where they are due and leave them.

        Returns
        -------
        StepCost
            The registration of the image is not in it.
        """
        cost = StepCost(measurements=len(image.blind))
        conn, taken_at = self.conn, self.next_at
        with conn.transaction():
            routines.begin_time_step(conn, self.dataset_id, taken_at)
            image_id = self._register(image, taken_at)
            with watch(conn) as cost.parts["load"]:
                routines.load_measurements(conn, image_id, image.blind)
            with watch(conn) as cost.parts["associate"]:
                routines.associate_image(conn, image_id)
            with watch(conn) as cost.parts["list null detections"]:
                requests = routines.forced_requests(conn, image_id)
            cost.forced = len(requests)
            if force is not None and len(requests):
                fits = force(image, requests)
                with watch(conn) as cost.parts["add null detections"]:
                    routines.load_forced(conn, image_id, len(image.blind), requests, fits)
            with watch(conn) as cost.parts["watches"]:
                self.announced = routines.add_events(conn)
            with watch(conn) as cost.parts["close"]:
                routines.close_time_step(conn)
            start = perf_counter()
        cost.parts["commit"].seconds = perf_counter() - start
        self.next_at = taken_at + timedelta(days=1)
        return cost
