"""What came from brokers that send nothing twice waits in files until it is stored.

So it outlives whoever listens: what one listener leaves, the next one takes up.
"""

import itertools
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from trapdb.alerts.arrived import Arrived
from trapdb.alerts.packet import read_packet
from trapdb.errors import AlertError

# So many bytes and packets wait, in memory as well; brokers that send more are not read.
BYTES_MAX = 64_000_000
PACKETS_MAX = 10_000
LOOK_S = 0.5
# What a listener that was killed had half written.
LEFTOVER_S = 3600.0


@dataclass
class _Packet:
    """One that waits: in which file, if the disk took it, and whether its broker has an answer."""

    path: Path | None
    arrived: Arrived
    is_answered: bool = False


class Waiting:
    """Packets of brokers that wait to be stored, each in a file that only its owner can read.

    While the database is there, a broker is answered when its packet is stored; while it is away,
    when the packet is in its file. Topics of Kafka keep what they have, and their messages pass.
    Before the database was there for the first time, packets wait in memory: files are of one
    database.

    Parameters
    ----------
    say : callable
        Given a line when the disk takes nothing.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._folder: Path | None = None
        self._say = say
        self._told = False
        self._change = threading.Condition()
        # held while brokers are answered for what is in files, so that answers keep their order
        self._answering = threading.Lock()
        self._packets: dict[int, _Packet] = {}
        self._bytes = 0
        self._is_away = self._is_closed = False
        self._numbers = itertools.count()

    def left(self) -> Iterator[Arrived]:
        """Yield what an earlier listener left, in the order in which it came."""
        for path in sorted(self._files()):
            try:
                told, _, content = path.read_bytes().partition(b"\n")
                held = json.loads(told)
                arrived = Arrived(content, held["origin"], None, lambda *_: None, held["refused"])
            except (OSError, ValueError, KeyError) as error:
                self._say(f"{path}: what waits in it cannot be read: {error}")
                continue
            packet = _Packet(path, arrived, is_answered=True)
            with self._change:
                yield self._enter(packet)

    def taking(self, hand_on: Callable[[Arrived], None]) -> Callable[[Arrived], None]:
        """Return what is to be called with each packet that comes, from the thread of its broker.

        It waits while too much waits already.
        """

        def take(arrived: Arrived) -> None:
            if arrived.topic is not None:
                hand_on(arrived)
                return
            size = len(arrived.content)
            with self._change:
                while self._packets and not self._has_room(size) and not self._is_closed:
                    self._change.wait(LOOK_S)
                if self._is_closed:
                    return
            packet = _Packet(self._written(arrived), arrived)
            with self._answering:
                with self._change:
                    entered = self._enter(packet)
                    kept = self._to_answer() if self._is_away else []
                _answer(kept)
            hand_on(entered)

        return take

    def away(self) -> None:
        """Answer brokers for what is in files: the database is away."""
        with self._answering:
            with self._change:
                self._is_away = True
                kept = self._to_answer()
            _answer(kept)

    def back(self, folder: Path) -> None:
        """Answer brokers for what is stored: the database is there.

        Parameters
        ----------
        folder : Path
            Where files are of alerts for this database.
        """
        with self._change:
            self._folder = folder
            self._is_away = False

    def close(self) -> None:
        """Let nobody wait for room any more; what was not stored stays in its file."""
        with self._change:
            self._is_closed = True
            self._change.notify_all()

    def _to_answer(self) -> list[Arrived]:
        """Return what is in files, and of which the brokers are now to be answered."""
        found = [one for one in self._packets.values() if one.path and not one.is_answered]
        for packet in found:
            packet.is_answered = True
        return [packet.arrived for packet in found]

    def _has_room(self, size: int) -> bool:
        return self._bytes + size <= BYTES_MAX and len(self._packets) < PACKETS_MAX

    def _enter(self, packet: _Packet) -> Arrived:
        number = next(self._numbers)
        size = len(packet.arrived.content)
        self._packets[number] = packet
        self._bytes += size

        def done(ivorn: str, refused: str) -> None:
            if packet.path is not None:
                with suppress(OSError):  # another listener had taken it up, too
                    packet.path.unlink()
            with self._change:
                self._packets.pop(number, None)
                self._bytes -= size
                self._change.notify_all()
                is_answered, packet.is_answered = packet.is_answered, True
            if not is_answered:
                packet.arrived.done(ivorn, refused)

        return replace(packet.arrived, done=done)

    def _files(self) -> list[Path]:
        if self._folder is None:
            return []
        try:
            found = list(self._folder.iterdir())
        except OSError:
            return []
        for path in found:
            with suppress(OSError):
                if path.name.startswith(".") and time.time() - path.stat().st_mtime > LEFTOVER_S:
                    path.unlink()
        return [path for path in found if not path.name.startswith(".")]

    def _written(self, arrived: Arrived) -> Path | None:
        """Write a packet to its file, for good; return None if the disk does not take it."""
        folder = self._folder
        if folder is None:
            return None
        told = json.dumps({"origin": arrived.origin, "refused": arrived.refused})
        name = f"{time.time_ns():020}-{os.getpid()}-{threading.get_native_id()}"
        path, aside = folder / name, folder / f".{name}"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(told.encode() + b"\n" + arrived.content)
                file.flush()
                os.fsync(file.fileno())
            aside.rename(path)
            _keep_names(folder)
        except OSError as error:
            with suppress(OSError):
                aside.unlink()
            if not self._told:
                self._say(
                    f"{folder}: {error.strerror}: what waits for the database is in memory "
                    "alone, and is lost if this ends"
                )
            self._told = True
            return None
        self._told = False
        return path


def _keep_names(folder: Path) -> None:
    """See to it that a new name in a folder outlives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _answer(kept: Iterable[Arrived]) -> None:
    """Tell brokers that their packets are kept; or that they are none."""
    for arrived in kept:
        ivorn, refused = "", arrived.refused
        if not refused:
            try:
                ivorn = read_packet(arrived.content).ivorn
            except AlertError as error:
                refused = str(error)
        arrived.done(ivorn, refused)
