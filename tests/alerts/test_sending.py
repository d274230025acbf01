"""Packets sent to a broker: Comet, and others that are no brokers."""

import socket
import threading
from contextlib import contextmanager, suppress

import pytest

from tests.alerts.flares import AUTHOR, flare
from tests.broker import HOST, Broker, running_subscriber, unused_port
from trapdb.alerts.voevent import voevent
from trapdb.alerts.vtp.sender import ANSWER_MAX, Refused, send
from trapdb.errors import ServiceError


def test_a_broker_takes_a_packet_once_and_hands_it_on(broker, tmp_path):
    packets = [voevent(flare(), AUTHOR) for _ in range(2)]
    with running_subscriber(tmp_path, broker) as subscriber:
        assert send(packets[0], HOST, broker.receive_port).is_new
        assert not send(packets[0], HOST, broker.receive_port).is_new  # its answer may be lost
        assert send(packets[1], HOST, broker.receive_port).is_new
        assert subscriber.packets(2) == packets


def test_what_a_broker_does_not_take_is_told_with_its_reason(broker):
    packet = voevent(flare(), AUTHOR).replace(b"Citations", b"Whom").replace(b"Who>", b"Whom>")
    with pytest.raises(Refused, match="Whom") as refused:
        send(packet, HOST, broker.receive_port)
    assert str(refused.value).startswith(f"{HOST}:{broker.receive_port}: ")


def test_a_broker_that_is_away_is_told_and_tried_again(tmp_path):
    broker = Broker(tmp_path)
    packet = voevent(flare(), AUTHOR)
    with pytest.raises(ServiceError, match="Connection refused") as away:
        send(packet, HOST, broker.receive_port)
    assert not isinstance(away.value, Refused)
    broker.start()
    try:
        assert send(packet, HOST, broker.receive_port).is_new
    finally:
        broker.stop()


@contextmanager
def peer(behave):
    """Accept one connection at a port, and do something with it."""
    with socket.create_server((HOST, unused_port())) as listener:

        def serve():
            connection, _ = listener.accept()
            with connection:
                behave(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join()


def silent(connection):
    with suppress(OSError):
        while connection.recv(65536):
            pass


def trickling(connection):
    connection.sendall((100).to_bytes(4, "big"))
    with suppress(OSError):
        while True:
            connection.sendall(b" ")
            threading.Event().wait(0.05)


def answering(*parts):
    def behave(connection):
        with suppress(OSError):  # the other side may have left
            connection.recv(65536)
            for part in parts:
                connection.sendall(part)
            connection.shutdown(socket.SHUT_WR)
        silent(connection)

    return behave


def nak(reason):
    text = f'<Transport role="nak"><Meta><Result>{reason}</Result></Meta></Transport>'.encode()
    return len(text).to_bytes(4, "big") + text


BOMB = b'<!DOCTYPE a [<!ENTITY b "bb">]><a role="ack">&b;</a>'


@pytest.mark.parametrize(
    ("behave", "why"),
    [
        (silent, "no answer in 0.5 s"),
        (trickling, "no answer in 0.5 s"),
        (answering(), "connection was closed"),
        (answering(b"\x00\x00\x00\x10<Tran"), "connection was closed"),
        (answering(b"HTTP/1.1 400 Bad Request"), "a message of 1213486160 bytes"),
        (answering((ANSWER_MAX + 1).to_bytes(4, "big"), b" " * (ANSWER_MAX + 1)), "65536 are read"),
        (answering(len(BOMB).to_bytes(4, "big"), BOMB), "document type"),
        (answering(b"\x00\x00\x00\x04nope"), "no XML"),
        (answering(b"\x00\x00\x00\x0c<VOEvent  />"), "no message"),
        (answering(b"\x00\x00\x00\x18<Transport role='boo' />"), "neither ack nor nak"),
    ],
)
def test_a_peer_that_is_no_broker_costs_a_line_and_no_more_than_the_time_allowed(behave, why):
    with peer(behave) as port, pytest.raises(ServiceError, match=why) as failed:
        send(voevent(flare(), AUTHOR), HOST, port, within_s=0.5)
    assert not isinstance(failed.value, Refused)
    assert "\n" not in str(failed.value)


def test_a_reason_of_many_lines_is_told_in_one():
    with peer(answering(nak("one\n\x85two  three"))) as port, pytest.raises(Refused) as refused:
        send(voevent(flare(), AUTHOR), HOST, port)
    assert str(refused.value).endswith("the broker refused it: one two three")
