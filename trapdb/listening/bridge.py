"""VOEvents passed on between topics of Kafka and a broker of VOEvents, both ways.

The broker is one that is there already, such as Comet: packets are submitted to it as their author
would, and it serves the subscribers, whatever filters they have. So there is nothing here that
serves anybody, and a packet is settled when the other side says that it has it.
"""

import time
from collections.abc import Callable, Mapping

from trapdb.alerts.arrived import Arrived
from trapdb.alerts.packet import read_packet
from trapdb.alerts.vtp.sender import Refused, send
from trapdb.errors import AlertError, ServiceError
from trapdb.ingest.interrupts import Interrupts
from trapdb.listening.loop import Sources, arriving
from trapdb.listening.passed import Passed

# An identifier may have any length: so much of it is told.
TOLD_MAX = 200
PAUSE_S = 5.0


class Bridge:
    """Passes each VOEvent on once, whichever way it came, and never back to where it came from.

    What has been passed on is known by its IVORN, also over restarts.

    Parameters
    ----------
    broker : tuple of (str, int) or None
        Where packets from Kafka are submitted.
    properties : mapping
        Of the client of Kafka.
    topic : str or None
        Where packets of brokers are published.
    passed : Passed
        What was passed on between these ends before.
    say : callable
        Given a line for each packet, and when something is wrong.
    """

    def __init__(
        self,
        broker: tuple[str, int] | None,
        properties: Mapping[str, str],
        topic: str | None,
        passed: Passed,
        say: Callable[[str], None],
    ) -> None:
        self._broker = broker
        self._properties = {
            name: value for name, value in properties.items() if not _of_consumers(name)
        }
        self._topic = topic
        self._say = say
        self._passed = passed

    def run(self, sources: Sources) -> None:
        """Pass on what comes from sources, until Ctrl-C or SIGTERM."""
        with Interrupts(), arriving(sources) as inbox:
            for arrived in inbox:
                self._settle(arrived)

    def _settle(self, arrived: Arrived) -> None:
        try:
            if arrived.refused:
                raise AlertError(arrived.refused)
            ivorn = read_packet(arrived.content).ivorn
        except AlertError as error:
            self._say(f"{arrived.origin}: not passed on: {error}")
            arrived.done("", str(error))
            return
        if ivorn not in self._passed:
            outcome = self._insist(arrived, ivorn)
            self._passed.add(ivorn)
            self._say(outcome)  # what is told is remembered, whatever comes
        arrived.done(ivorn, "")

    def _insist(self, arrived: Arrived, ivorn: str) -> str:
        """Pass a packet on, however long the other side is away; return what came of it."""
        name, told = ivorn[:TOLD_MAX], False
        while True:
            try:
                where = self._pass_on(arrived, ivorn)
            except ServiceError as error:
                if _is_final(error):
                    return f"{name} is not passed on: {error}"
                if not told:
                    self._say(f"{name} waits: {error}")
                told = True
                time.sleep(PAUSE_S)
            else:
                return f"{name} from {arrived.origin} to {where}"

    def _pass_on(self, arrived: Arrived, ivorn: str) -> str:
        if arrived.topic is None:
            from trapdb.alerts.publishing import publish

            assert self._topic is not None
            publish(self._properties, self._topic, ivorn.partition("#")[0], arrived.content)
            return f"kafka:{self._topic}"
        assert self._broker is not None
        send(arrived.content, *self._broker)
        return "vtp://{}:{}".format(*self._broker)


def _is_final(error: ServiceError) -> bool:
    """Return whether a packet will never be taken."""
    if isinstance(error, Refused):
        return True
    from trapdb.alerts.publishing import NotTaken

    return isinstance(error, NotTaken)


def _of_consumers(name: str) -> bool:
    return name.startswith(("group.", "auto.", "session.", "topic.metadata.", "heartbeat."))
