#!/bin/sh
# Comet 3.1.0, a broker of VOEvents, takes one event twice, and hands it on twice, if a byte of it differs: a blank at the
# end of a line that means nothing in XML, or another order of attributes. It tells events apart by the SHA-1 of their bytes.
#
# One would guess otherwise: by the standard the IVORN is the identity of an event, Comet checks that it is well formed and
# names the databases of what it has seen after it, and says "Previously seen by this broker" when the same bytes come again.
# So who writes an event anew before they send it again, by a library that says when or writes in another order, sends two.
#
# Seen (Python 3.11, Twisted 26.10.0):
#   first:        ack
#   once more:    nak: Event rejected: Previously seen by this broker
#   with a blank: ack
#   2 packets at the subscriber, of 1 IVORN
#
# What depends on it: test_alert_tasks.py keeps that a packet is sent again as it was, to the byte.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check Comet==3.1.0 twisted==26.10.0 lxml==6.1.3

venv/bin/python -W ignore - <<'EOT'
import socket, subprocess, sys, time
from lxml import etree

def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]

def send(line, text):
    line.sendall(len(text).to_bytes(4, "big") + text)

def receive(line):
    length = int.from_bytes(line.recv(4, socket.MSG_WAITALL), "big")
    return line.recv(length, socket.MSG_WAITALL)

def submit(text):
    with socket.create_connection(("127.0.0.1", authors)) as line:
        send(line, text)
        answer = etree.fromstring(receive(line))
    said = answer.findtext("Meta/Result")
    return answer.get("role") + (f": {said}" if said else "")

authors, subscribers = free_port(), free_port()
broker = subprocess.Popen(
    [sys.executable, "-W", "ignore", "-m", "twisted", "comet", "--local-ivo=ivo://org.example/broker",
     "--receive", f"--receive-port={authors}", "--broadcast", f"--broadcast-port={subscribers}",
     "--broadcast-test-interval=0", "--eventdb=seen", "--author-whitelist=127.0.0.1",
     "--subscriber-whitelist=127.0.0.1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    for _ in range(300):
        try:
            subscriber = socket.create_connection(("127.0.0.1", subscribers))
            break
        except ConnectionRefusedError:
            time.sleep(0.1)
    assert b'role="authenticate"' in receive(subscriber)
    event = (b'<voe:VOEvent xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0" version="2.0" role="test"\n'
             b' ivorn="ivo://org.example/stream#1"><Who><Date>2026-03-01T12:00:00</Date></Who></voe:VOEvent>\n')
    answers = [submit(event), submit(event), submit(event.replace(b"\n ivorn", b" \n ivorn"))]
    for which, answer in zip(("first:       ", "once more:   ", "with a blank:"), answers):
        print(which, answer)
    subscriber.settimeout(3)
    packets = []
    try:
        while True:
            packets.append(receive(subscriber))
            send(subscriber, b'<Transport role="ack"/>')
    except TimeoutError:
        pass
    identities = {etree.fromstring(packet).get("ivorn") for packet in packets}
    print(f"{len(packets)} packets at the subscriber, of {len(identities)} IVORN")
    assert [answer.split(":")[0] for answer in answers] == ["ack", "nak", "ack"]
    assert len(packets) == 2 and len(identities) == 1
finally:
    broker.terminate()
    broker.wait()
EOT
