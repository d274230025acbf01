"""The listener: what comes from all brokers is stored, and then acknowledged, one by one."""

import math
import threading
from collections.abc import Callable, Iterable
from queue import Queue
from typing import Protocol

from trapdb.alerts.arrived import Arrived
from trapdb.database.routines import Connection
from trapdb.ingest.interrupts import Interrupts
from trapdb.ingest.reconnection import LastingConnection
from trapdb.listening.storing import Stored, store

# So many wait while the database is away; brokers that send more are not read.
WAITING_MAX = 500
LEAVING_S = 5.0


class Source(Protocol):
    """Where alerts come from."""

    def run(self) -> None:
        """Hand on what comes, until it is stopped; in a thread of its own."""

    def stop(self) -> None:
        """End that."""


def listen(
    conn: Connection,
    connect: Callable[[], Connection],
    sources: Callable[[Callable[[Arrived], None]], Iterable[Source]],
    stored: Callable[[Stored, Arrived], None],
) -> None:
    """Store what comes from sources, until Ctrl-C or SIGTERM.

    While the database is away, what came waits for it, unacknowledged.

    Parameters
    ----------
    conn : psycopg.Connection
        An operator's connection.
    connect : callable
        Opens another one.
    sources : callable
        Given what is to be called with each alert that came, returns the sources.
    stored : callable
        Called when an alert is stored and acknowledged.
    """
    inbox: Queue[Arrived | BaseException] = Queue(WAITING_MAX)
    running = list(sources(inbox.put))
    with Interrupts() as interrupts:
        database = LastingConnection(conn, connect, lambda *_: None, math.inf, interrupts)
        threads = [
            threading.Thread(target=_run, args=(source, inbox), daemon=True) for source in running
        ]
        try:
            for thread in threads:
                thread.start()
            while True:
                arrived = inbox.get()
                if isinstance(arrived, BaseException):
                    raise arrived
                with interrupts.finishing():
                    one = database.insist(store, arrived.content, arrived.origin, arrived.topic)
                    refused = one.trouble if one.notice is None else ""
                    arrived.done(one.notice.ivorn if one.notice else "", refused)
                    stored(one, arrived)
        finally:
            for source in running:
                source.stop()
            for thread in threads:  # one that leaves a topic's group says so
                thread.join(LEAVING_S)
            if database.conn is not conn:
                database.conn.close()


def _run(source: Source, inbox: "Queue[Arrived | BaseException]") -> None:
    """Run a source; what ends it ends the listener."""
    try:
        source.run()
    except BaseException as error:
        inbox.put(error)
