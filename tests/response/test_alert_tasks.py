"""Tasks that tell the world: VOEvents to a broker, JSON and VOEvents into a topic of Kafka."""

import json
import re
import socket
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer
from jsonschema import Draft202012Validator
from psycopg.types.json import Jsonb

from tests.alerts.flares import AUTHOR as THEM
from tests.alerts.flares import flare
from tests.alerts.test_sending import answering, nak, peer
from tests.broker import HOST, Broker, complaint_of, running_subscriber
from trapdb.alerts.packet import read_packet
from trapdb.alerts.schema import text_of
from trapdb.alerts.voevent import ivorn_of, voevent
from trapdb.database.connection import open_url
from trapdb.listening.storing import store
from trapdb.response.assignment import TryAgain
from trapdb.response.settings import read
from trapdb.response.tasks.voevent import REST_S, offer

AUTHOR = """
    ivorn = "ivo://org.example/lofar"
    title = "A survey"
    contact_name = "Jo Example"
    contact_email = "jo@example.org"
    observatory = "LOFAR"
    archive = "https://archive.example.org"
"""
FIGURES = {
    "last_peak_flux": 0.0123, "last_peak_flux_err": 0.001, "last_kind": "blind",
    "freq_eff": 144e6, "bandwidth": 48e6, "duration": 8.0,
}  # fmt: skip


def send_to(responding, *brokers, more=""):
    listed = ", ".join(f'"{HOST}:{broker.receive_port}"' for broker in brokers)
    responding.settings(f"[response.voevent]{AUTHOR}brokers = [{listed}]\n{more}")


def test_an_episode_is_told_and_withdrawn(house, responding, broker, tmp_path):
    send_to(responding, broker)
    with running_subscriber(tmp_path / "subscriber", broker) as subscriber:
        first = house.event("voevent", figures=Jsonb(FIGURES))
        episode = {"first_event_id": first, "previous_event_id": first}
        house.event("voevent", kind="update", **episode)
        responding.once()
        house.event("voevent", kind="retraction", reason="the data set was rewound", **episode)
        responding.once()
        packets = subscriber.packets(3)
    assert [complaint_of(one) for one in packets] == ["", "", ""]
    initial, update, retraction = map(read_packet, packets)
    assert initial.value_of("peak_flux", "detection") == "0.0123"
    assert initial.value_of("light_curve", "links").endswith(f"ID={house.source.source_id}")
    assert update.citations == ((initial.ivorn, "supersedes"),)
    assert retraction.citations == (
        (initial.ivorn, "retraction"),
        (update.ivorn, "retraction"),
    )
    assert house.states() == [["done", "done"]] * 3


def test_what_was_withdrawn_or_not_sent_is_not_cited(house, responding, broker):
    send_to(responding, broker)
    first = house.event("voevent")
    again = {"first_event_id": first, "previous_event_id": first}
    lost = house.event("voevent", kind="update", **again)
    responding.once()
    gone = {"first_event_id": first, "previous_event_id": lost}
    lost_again = house.event("voevent", kind="retraction", reason="rewound", **gone)
    ended = house.event("voevent", kind="ended", **again)
    house.event("file", kind="update", **again)
    last = house.event("voevent", kind="update", **again)
    responding.once()

    def number_of(ivorn):
        return int(ivorn.split("/")[-2])

    packets = [read_packet(job.prepared["packet"].encode()) for job in house.jobs() if job.prepared]
    cited = {
        number_of(one.ivorn): [(number_of(ivorn), kind) for ivorn, kind in one.citations]
        for one in packets
    }
    assert cited == {
        first: [],
        lost: [(first, "supersedes")],
        lost_again: [(lost, "retraction")],
        ended: [(first, "followup")],
        last: [(first, "supersedes"), (ended, "supersedes")],
    }


def test_a_broker_that_is_away_gets_it_later_once_and_the_others_at_once(
    house, responding, broker, tmp_path
):
    away = Broker(tmp_path / "away")
    send_to(responding, broker, away)
    house.event("voevent")
    responding.once()
    (job,) = house.jobs()
    assert (job.state, job.attempts) == ("waiting", 1)
    assert (
        f"{HOST}:{away.receive_port}: the broker cannot be reached: Connection refused" == job.error
    )
    away.start()
    try:
        with running_subscriber(tmp_path / "subscriber", away) as subscriber:
            house.rows(
                "update trap_data.job set not_before = now() where state = 'waiting' returning 1"
            )
            responding.once()
            assert subscriber.packets(1) == [job.prepared["packet"].encode()]
    finally:
        away.stop()
    (job,) = house.jobs()
    assert job.result["brokers"] == {
        f"{HOST}:{broker.receive_port}": "was there",
        f"{HOST}:{away.receive_port}": "taken",
    }


def test_a_broker_that_says_nothing_is_asked_once_for_many_events():
    """By the process that does all these tasks, one after the other."""
    said = []
    with socket.create_server((HOST, 0)) as silent:
        address = f"{HOST}:{silent.getsockname()[1]}"
        for _ in range(3):
            with pytest.raises(TryAgain) as error:
                offer(b"a packet", [address], within_s=0.3)
            said.append(str(error.value))
            assert error.value.after_s == REST_S
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):  # nobody else came
            silent.accept()
    assert [line.partition(": ")[2] for line in said] == [
        "the broker gave no answer in 0.3 s",
        "the broker gave no answer a moment ago",
        "the broker gave no answer a moment ago",
    ]


def test_a_broker_that_refuses_keeps_no_other_from_having_it_later(house, responding):
    with (
        socket.create_server((HOST, 0)) as away,
        peer(answering(nak("no such author"))) as refusing,
    ):
        ports = (refusing, away.getsockname()[1])
        away.close()
        listed = ", ".join(f'"{HOST}:{port}"' for port in ports)
        responding.settings(f"[response.voevent]{AUTHOR}brokers = [{listed}]")
        house.event("voevent")
        responding.once()
    (job,) = house.jobs()
    assert job.state == "waiting"
    assert "no such author" in job.error
    assert "Connection refused" in job.error


def test_what_is_found_where_an_alert_was_follows_it_up(house, responding, broker):
    theirs = flare()
    with open_url(responding.environment["TRAPDB_DATABASE_URL"]) as conn:
        alert = store(conn, voevent(theirs, THEM), "somewhere")
    send_to(responding, broker)
    house.event("voevent", alert_id=alert.alert_id)
    house.event("voevent", watch_name=f"alert_{alert.alert_id}")  # somebody calls it so
    responding.once()
    packets = [read_packet(job.prepared["packet"].encode()) for job in house.jobs()]
    followup = (ivorn_of(theirs, THEM), "followup")
    assert sorted(packet.citations for packet in packets) == [(), (followup,)]


@pytest.mark.parametrize("kind", ["voevent", "kafka"])
def test_what_is_not_real_is_not_told(kind, house, responding):
    responding.settings("")
    house.event(kind, tense="injected")
    responding.once()
    assert house.states() == [["refused", "refused"]]


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (f"[response.voevent]{AUTHOR}brokers = ['broker']", "response.voevent.brokers"),
        (f"[response.voevent]{AUTHOR}brokers = []", "response.voevent.brokers"),
        ("[response.voevent]\nbrokers = ['a:1']", "response.voevent.ivorn"),
        ("[response]\nlease = 0", "response.lease should be a time above 0, in s"),
        (f"[response.kafka]{AUTHOR}properties = 'x'\ntopic = 'a b'", "response.kafka.topic"),
        ("[respons.mail]", "no section [response]"),
        ("[response.mial]", "response.toml: there is no kind of task 'mial'"),
    ],
)
def test_settings_that_make_no_sense_are_refused_at_the_start(settings, why, responding):
    responding.config.write_text(settings.replace("    ", ""))
    _, lines = responding.run("run", "--once", "--config", str(responding.config), status=2)
    (line,) = lines
    assert why in line


def test_what_settings_name_is_looked_at_at_the_start(responding):
    """Each thing that is no use has its line; nothing is begun."""
    folder = responding.folder
    (folder / "open").write_text("whsec_c2VjcmV0")
    (folder / "open").chmod(0o640)
    (folder / "none").write_text("")
    (folder / "none").chmod(0o600)
    responding.settings(
        f"""
        [response.webhook]
        url = "http://hooks.example.org/"
        secret.file = "{folder}/open"
        ca_file = "{folder}/none"

        [response.mail]
        user = "trapdb"
        password.file = "{folder}/away"

        [response.kafka]{AUTHOR}
        properties = "{folder}/kafka"
        topic = "t"

        [response.observe.observatories.one]
        longitude = 0
        latitude = 0
        driver = "http"
        settings = {{ url = "https://o.example.org", token_file = "{folder}/none" }}
        """
    )
    _, lines = responding.run("run", "--once", "--config", str(responding.config), status=2)
    said = [
        "response.webhook: http://hooks.example.org/: an address begins with https://",
        f"response.webhook: {folder}/open: others can read the secret (mode 640): chmod 600",
        f"response.webhook: {folder}/none: no certificates",
        f"response.mail: {folder}/away: the secret cannot be read: No such file",
        f"response.kafka: {folder}/kafka: it cannot be read",
        f"response.observe: observatory one: {folder}/none: there is no secret in it",
    ]
    assert len(lines) == len(said)
    for line, expected in zip(lines, said, strict=True):
        assert line.startswith(f"trapdb: {responding.config}: {expected}")


@pytest.fixture(scope="module")
def kafka():
    """A cluster as long as its producer is there."""
    cluster = Producer({"test.mock.num.brokers": 1, "log_level": 0})
    (server,) = cluster.list_topics(timeout=30).brokers.values()
    yield f"{server.host}:{server.port}"
    cluster.flush()


@pytest.mark.parametrize("form", ["json", "voevent"])
def test_an_event_is_published(form, kafka, house, responding):
    properties = responding.folder / "kafka.properties"
    properties.write_text(f"bootstrap.servers={kafka}\nclient.id=${{TEST_CLIENT}}\n")
    responding.environment["TEST_CLIENT"] = "trapdb-test"
    responding.settings(
        f'[response.kafka]{AUTHOR}properties = "{properties}"\ntopic = "{form}"\nform = "{form}"\n'
    )
    house.event("kafka", figures=Jsonb(FIGURES))
    responding.once()
    (job,) = house.jobs()
    assert job.state == "done", job.error
    consumer = Consumer(
        {"bootstrap.servers": kafka, "group.id": form, "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([form])
    try:
        content = consumer.poll(60).value()
    finally:
        consumer.close()
    assert content == job.prepared["content"].encode()
    if form == "json":
        Draft202012Validator(json.loads(text_of("schema"))).validate(json.loads(content))
        assert json.loads(content)["peak_flux"] == 0.0123
    else:
        assert complaint_of(content) == ""


def test_without_its_settings_a_responder_says_what_it_lacks(house, responding):
    house.event("voevent")
    responding.once()
    (job,) = house.jobs()
    assert job.state == "failed"
    assert "response.voevent.ivorn" in job.error


def test_the_settings_of_the_page_are_read(tmp_path):
    page = (Path(__file__).parents[2] / "docs/alerts.md").read_text()
    blocks = re.findall(r"```toml\n(.*?)```", page, re.S)
    file = tmp_path / "response.toml"
    file.write_text("\n".join(blocks))
    assert {"voevent", "kafka"} <= read(file).tasks.keys()
