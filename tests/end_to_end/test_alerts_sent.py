"""From a flare to a subscriber that is not ours, and back when the flare never was."""

import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest

from tests.broker import (
    HOST,
    complaint_of,
    running_broker,
    running_subscriber,
    wait_until,
)
from trapdb import cli
from trapdb.alerts.packet import read_packet
from trapdb.database.connection import open_url
from trapdb.simulate import simulate

SETTINGS = """
[response.voevent]
ivorn = "ivo://org.example/simulated"
title = "A survey"
contact_name = "Jo Example"
contact_email = "jo@example.org"
observatory = "LOFAR"
brokers = ["{broker}"]
"""


def trapdb(*arguments):
    with pytest.raises(SystemExit) as left:
        cli.main([str(argument) for argument in arguments])
    assert not left.value.code


@contextmanager
def worker(config):
    """Run a worker as users do; it has ended when it is left."""
    command = [sys.executable, "-m", "trapdb", "response", "run", "--config", str(config)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield process
    finally:
        process.terminate()
        output, _ = process.communicate()
        print(output)


def test_a_flare_is_told_once_and_withdrawn_when_it_never_was(tmp_path, db_url, monkeypatch):
    truth = simulate(
        tmp_path / "field", epochs=8, size=192, sources=8, flaring=1, one_epoch=0, seed=3
    )
    (flare,) = truth.sources[truth.sources["kind"] == "flaring"]
    monkeypatch.setenv("TRAPDB_DATABASE_URL", db_url)
    trapdb("definition", "add", "flare", "n >= 3", "eta_int_significance >= 5")
    trapdb("watch-for", "add", "flares", "flare", "--respond", "voevent", "--retract-wait", 0)
    config = tmp_path / "response.toml"
    with (
        running_broker(tmp_path / "broker") as broker,
        running_subscriber(tmp_path / "subscriber", broker) as subscriber,
        open_url(db_url) as conn,
    ):
        config.write_text(SETTINGS.format(broker=f"{HOST}:{broker.receive_port}"))
        with worker(config):
            trapdb("ingest", truth.folder, "--dataset", "night")
            (packet,) = subscriber.packets(1)
            told = read_packet(packet)
            assert complaint_of(packet) == ""
            apart = np.hypot(
                (told.ra - flare["ra"]) * np.cos(np.radians(told.dec)), told.dec - flare["dec"]
            )
            assert apart < 3 * told.position_error
            begin = conn.execute("select min(taken_at) from trap.event").fetchone()[0]
            assert told.observed_at == begin

            # nobody is there to be told, for a while
            broker.stop()
            trapdb("dataset", "rewind", "night", "--to", "2026-01-01T00:00:00", "--yes")
            wait_until(lambda: tried(conn, "retraction") == ("waiting", True), None, str)
            trapdb("response", "hold")
            subscribed = broker.log().count("New subscriber")
            broker.start()
            wait_until(lambda: broker.log().count("New subscriber") > subscribed, None, broker.log)
            trapdb("response", "release")
            packets = subscriber.packets(2)
            wait_until(lambda: tried(conn, "retraction") == ("done", True), None, str)
        assert subscriber.packets(2) == packets
    withdrawal = read_packet(packets[1])
    assert complaint_of(packets[1]) == ""
    assert withdrawal.citations == ((told.ivorn, "retraction"),)


def tried(conn, kind):
    """Return the state of the one task for an event of a kind, and whether it was tried."""
    row = conn.execute(
        "select j.state, j.attempts > 0 from trap_data.job as j"
        " join trap_data.package as p using (package_id) where p.event_kind = %s",
        [kind],
    ).fetchone()
    return tuple(row) if row else None
