"""What comes from all brokers is dealt with one by one, and acknowledged when that is done."""

import math
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from queue import Queue
from typing import Protocol

from trapdb.alerts.arrived import Arrived
from trapdb.database.routines import Connection
from trapdb.ingest.interrupts import Interrupts
from trapdb.ingest.reconnection import LastingConnection, first_connection
from trapdb.listening.storing import Stored, refuse, store
from trapdb.listening.waiting import PACKETS_MAX, Waiting

# So many wait to be dealt with; what sends more is not read.
WAITING_MAX = 500
LEAVING_S = 5.0


class Source(Protocol):
    """Where alerts come from."""

    def run(self) -> None:
        """Hand on what comes, until it is stopped; in a thread of its own."""

    def stop(self) -> None:
        """End that."""


# Given what is to be called with each alert that came, returns the sources.
Sources = Callable[[Callable[[Arrived], None]], Iterable[Source]]


def listen(
    connect: Callable[[], Connection],
    is_away: Callable[[], bool],
    sources: Sources,
    stored: Callable[[Stored, Arrived], None],
    there: Callable[[Connection], None],
    waiting: Waiting,
) -> None:
    """Store what comes from sources, until Ctrl-C or SIGTERM; first what an earlier one left.

    Parameters
    ----------
    connect : callable
        Opens an operator's connection.
    is_away : callable
        Whether it cannot be opened because the database is away, which is waited for.
    sources : callable
        See `Sources`.
    stored : callable
        Called when an alert is stored and acknowledged.
    there : callable
        Called with the connection when the database is there, and there again; it tells `waiting`.
    waiting : Waiting
        Where alerts are while the database is away.
    """

    def again() -> Connection:
        waiting.away()
        return connect()

    with Interrupts() as interrupts, ExitStack() as running:

        def receive() -> Iterator[Arrived]:
            taken = arriving(lambda take: sources(waiting.taking(take)), PACKETS_MAX)
            return running.enter_context(taken)

        try:
            # what is refused is no reason to receive anything; what is away may be for long
            inbox = receive() if is_away() else None
            conn = first_connection(connect, is_away, interrupts)
            database = LastingConnection(
                conn, again, lambda another, _: there(another), math.inf, interrupts
            )
            running.callback(lambda: database.conn.close())
            there(conn)
            for arrived in chain(list(waiting.left()), inbox or receive()):
                with interrupts.finishing():
                    one = database.insist(_stored, arrived)
                    refused = one.trouble if one.notice is None else ""
                    arrived.done(one.notice.ivorn if one.notice else "", refused)
                    stored(one, arrived)
        finally:
            waiting.close()


def _stored(conn: Connection, arrived: Arrived) -> Stored:
    if arrived.refused:
        return refuse(conn, arrived.content, arrived.origin, arrived.refused)
    return store(conn, arrived.content, arrived.origin, arrived.topic)


@contextmanager
def arriving(sources: Sources, waiting_max: int = WAITING_MAX) -> Iterator[Iterator[Arrived]]:
    """Run sources, each in a thread; give what comes, without end.

    What ends a source ends this. So many wait at most.
    """
    inbox: Queue[Arrived | BaseException] = Queue(waiting_max)
    running = list(sources(inbox.put))
    threads = [
        threading.Thread(target=_run, args=(source, inbox), daemon=True) for source in running
    ]
    try:
        for thread in threads:
            thread.start()
        yield _each(inbox)
    finally:
        for source in running:
            source.stop()
        for thread in threads:  # one that leaves a topic's group says so
            thread.join(LEAVING_S)


def _each(inbox: "Queue[Arrived | BaseException]") -> Iterator[Arrived]:
    while True:
        arrived = inbox.get()
        if isinstance(arrived, BaseException):
            raise arrived
        yield arrived


def _run(source: Source, inbox: "Queue[Arrived | BaseException]") -> None:
    try:
        source.run()
    except BaseException as error:
        inbox.put(error)
