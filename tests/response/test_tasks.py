"""Tasks, done by a worker on real parts: a web server, a mail server, observatories, images."""

import base64
import hashlib
import hmac
import json
import re
import socket
from collections import Counter
from pathlib import Path

from aiosmtpd.controller import Controller

ROOT = Path(__file__).parents[2]


SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef").decode()


def test_a_webhook_is_signed_sent_again_as_it_was_and_follows_nobody(house, responding, site):
    responding.settings(f'[response.webhook]\nurl = "{site.url}/hook"\n')
    responding.environment["TRAPDB_WEBHOOK_SECRET"] = SECRET
    site.answer("POST", "/hook", 503, {"Retry-After": "0"})
    house.event("webhook")
    responding.once()
    (job,) = house.jobs()
    assert (job.state, job.attempts) == ("waiting", 1)
    assert "answers 503" in job.error
    site.answer("POST", "/hook", 200)
    house.rows("update trap_data.job set not_before = now()")
    responding.once()
    assert house.states() == [["done", "done"]]
    (_, _, first, content), (_, _, headers, again) = site.asked
    assert content == again
    assert first["webhook-id"] == headers["webhook-id"] == str(job.job_id)
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + again
    expected = hmac.new(b"0123456789abcdef", signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(expected).decode()}"
    assert json.loads(again)["event"]["source_name"] == house.source.name
    # the secret is nowhere in the database
    assert SECRET not in str(house.jobs())

    site.answer("POST", "/hook", 302, {"Location": "http://elsewhere.example.org/"})
    house.event("webhook")
    responding.once()
    assert "sends elsewhere, where nobody follows" in house.jobs()[-1].error
    assert house.jobs()[-1].state == "failed"


def test_a_webhook_goes_by_tls_or_to_this_machine(house, responding):
    responding.environment["TRAPDB_WEBHOOK_SECRET"] = SECRET
    code = """
        from trapdb.response import Package, Task

        def plain(light_curve, event):
            addresses = ["http://example.org/", "https://me:secret@example.org/", "file:///etc"]
            return Package("t", [Task("webhook", {"url": one}) for one in addresses])
    """
    responding.plugin(code, "plain")
    house.event("plain")
    responding.once()
    assert [job.error for job in house.jobs()] == [
        "http://example.org/: an address begins with https://",
        "a password in an address is kept with the task: leave it out",
        "file:///etc: an address begins with https://",
    ]


class Kept:
    """What a mail server was sent."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(envelope)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"


def test_mail_tells_people_and_tells_them_what_is_withdrawn(house, responding):
    kept = Kept()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(kept, hostname="127.0.0.1", port=port)
    server.start()
    try:
        responding.settings(f"""
            [response.mail]
            host = "127.0.0.1"
            port = {port}
            sender = "trapdb@example.org"
            to = ["astronomer@example.org", "nobody@example.org"]
        """)
        first = house.event("mail")
        responding.once()
        house.event(
            "mail", "file", kind="retraction", first_event_id=first, previous_event_id=first,
            reason="it was an aeroplane",
        )  # fmt: skip
        responding.once()
    finally:
        server.stop()
    assert house.states() == [["done", "done"], ["done", "done"]]
    told, withdrawn = [envelope.content.decode() for envelope in kept.mails]
    assert kept.mails[0].rcpt_tos == ["astronomer@example.org"]
    assert f"Subject: mail: initial of flares, {house.source.name}" in told
    assert "08h12m00.0s" in told
    for envelope in kept.mails:  # no line ends otherwise
        assert set(re.findall(rb".?\n", envelope.content)) == {b"\r\n"}
    assert "Subject: withdrawn: " in withdrawn
    assert "What was told before is withdrawn." in withdrawn
    assert house.jobs()[0].result["refused"] == ["nobody@example.org"]
    # who had not begun anything has nothing to take back
    (note,) = [job.result for job in house.jobs("response") if job.dedupe_key == "2/file"]
    assert note["note"] == "nothing was begun of what is withdrawn"


def observatories(site, folder):
    # the source is at declination 10: always above 0 for a while, never from the south pole
    return f"""
        [response.observe.observatories.paper]
        longitude = 6.87
        latitude = 52.91
        least_elevation = 10
        settings = {{ folder = "{folder}" }}

        [response.observe.observatories.pole]
        longitude = 0
        latitude = -90
        least_elevation = 0
        settings = {{ folder = "{folder}" }}

        [response.observe.observatories.service]
        longitude = 6.87
        latitude = 52.91
        least_elevation = 10
        driver = "http"
        settings = {{ url = "{site.url}/requests" }}
    """


def test_each_decision_to_observe_is_a_row_with_its_reason(house, responding, site, tmp_path):
    responding.settings(observatories(site, tmp_path / "requests"))
    code = """
        from trapdb.response import Package, Task

        def looks(light_curve, event):
            names = ("paper", "pole", "service")
            return Package("look", [Task("observe", {"observatory": name}) for name in names])
    """
    responding.plugin(code, "looks")
    site.answer("POST", "/requests/check", possible=True, reason="time is left")
    site.answer("POST", "/requests", 201, id=7, state="requested")
    site.answer("DELETE", "/requests/7", state="cancelled")
    first = house.event("looks")
    responding.once()
    rows = {row["observatory"]: row for row in responding.listed("observations")}
    assert rows["pole"]["state"] == "declined"
    assert rows["pole"]["reason"] == "within 24 h it is never above 0 deg for 3600 s"
    assert rows["paper"]["state"] == rows["service"]["state"] == "requested"
    assert rows["service"]["reason"].endswith("deg high; time is left")
    assert rows["service"]["reference"] == "7"
    (request,) = (tmp_path / "requests").glob("*.json")
    assert json.loads(request.read_text())["state"] == "requested"
    keys = {headers.get("idempotency-key") for _, _, headers, _ in site.asked}
    assert len(keys) == 1

    # what became of it, where one tells
    again = ("observations", "--refresh", "--config", str(responding.config))
    request.write_text(request.read_text().replace('"requested"', '"accepted"'))
    site.answer("GET", "/requests/7", 500)
    output, log = responding.run(*again, "--format", "json", status=1)
    states = {row["observatory"]: row["state"] for row in json.loads(output)}
    assert states == {"pole": "declined", "paper": "accepted", "service": "requested"}
    assert any("service: " in line and "answers 500" in line for line in log)

    # a worker that dies after it has asked asks again, which is the same
    house.rows("update trap_data.job set state = 'waiting', ended_at = null where task is not null")

    # what was asked for about what followed is taken back, too
    site.answer("POST", "/requests", 201, id=8, state="requested")
    site.answer("DELETE", "/requests/8", state="cancelled")
    house.event("looks", kind="update", first_event_id=first, previous_event_id=first)
    responding.once()
    (eighth,) = [row for row in responding.listed("observations") if row["reference"] == "8"]
    cancel = ("cancel-observation", str(eighth["observation_id"]), "--config", again[-1])
    assert responding.run(*cancel)[1][-1].endswith(", service: cancelled")
    (line,) = responding.run(*cancel, status=2)[1]
    assert "is cancelled: `trapdb response observations` lists them" in line
    house.event("looks", kind="retraction", first_event_id=first, previous_event_id=first,
                reason="gone")  # fmt: skip
    responding.once()
    states = Counter(
        (row["observatory"], row["state"]) for row in responding.listed("observations")
    )
    ended = {"pole": "declined", "paper": "cancelled", "service": "cancelled"}
    assert states == dict.fromkeys(ended.items(), 2)
    assert json.loads(request.read_text())["state"] == "cancelled"


DIES = """
    import os
    from trapdb.response.observing.by_http import ByHttp

    class Dies(ByHttp):
        def submit(self, request):
            reference = super().submit(request)
            if os.path.exists(os.environ["DIES_WHILE"]):
                os.kill(os.getpid(), 9)
            return reference
"""


def asking(house, responding, site, tmp_path):
    """Have an observatory asked by a worker that dies before it is told the answer."""
    text = observatories(site, tmp_path / "requests").replace('driver = "http"', 'driver = "Dies"')
    responding.settings(text)
    responding.plugin(DIES, "Dies", group="trapdb.observatories")
    code = """
        from trapdb.response import Package, Task

        def looks(light_curve, event):
            return Package("look", [Task("observe", {"observatory": "service", "more": {"a": 1}})])
    """
    responding.plugin(code, "looks")
    dying = tmp_path / "dying"
    dying.touch()
    responding.environment["DIES_WHILE"] = str(dying)
    site.answer("POST", "/requests/check", possible=True, reason="time is left")
    site.answer("POST", "/requests", 201, id=7, state="requested")
    event_id = house.event("looks")
    responding.once()
    (row,) = responding.listed("observations")
    assert (row["state"], row["reference"]) == ("asking", None)
    assert house.jobs()[0].state == "waiting"
    dying.unlink()
    return event_id


def requests(site):
    """Return what the observatory was asked: the keys, and the contents."""
    asked = [one for one in site.asked if one[:2] == ("POST", "/requests")]
    return [headers["idempotency-key"] for _, _, headers, _ in asked], [one[3] for one in asked]


def test_a_request_whose_answer_was_lost_is_known_and_sent_again_as_it_was(
    house, responding, site, tmp_path
):
    asking(house, responding, site, tmp_path)
    house.rows("update trap_data.job set not_before = now()")
    responding.once()
    (row,) = responding.listed("observations")
    assert (row["state"], row["reference"]) == ("requested", "7")
    keys, contents = requests(site)
    assert keys == [str(house.jobs()[0].job_id)] * 2
    assert contents[0] == contents[1]
    assert json.loads(contents[0])["more"] == {"a": 1}
    assert house.states() == [["done", "done"]]


def test_a_request_whose_answer_was_lost_is_asked_for_and_taken_back(
    house, responding, site, tmp_path
):
    event_id = asking(house, responding, site, tmp_path)
    site.answer("GET", "/requests/7", state="accepted")
    site.answer("DELETE", "/requests/7", state="cancelled")
    refresh = ("observations", "--refresh", "--config", str(responding.config))
    (row,) = json.loads(responding.run(*refresh, "--format", "json")[0])
    assert (row["state"], row["reference"]) == ("accepted", "7")

    # by a retraction, of another one
    house.rows("update trap_data.job set state = 'aborted', ended_at = now() where task = 0")
    (tmp_path / "dying").touch()
    house.event("looks", kind="update", first_event_id=event_id, previous_event_id=event_id)
    responding.once()
    (tmp_path / "dying").unlink()
    assert [row["state"] for row in responding.listed("observations")] == ["asking", "accepted"]
    house.event("looks", kind="retraction", first_event_id=event_id, previous_event_id=event_id,
                reason="gone")  # fmt: skip
    house.rows("update trap_data.job set state = 'aborted', ended_at = now()"
               " where queue = 'task' and state = 'waiting'")  # fmt: skip
    responding.once()
    assert [row["state"] for row in responding.listed("observations")] == ["cancelled"] * 2
    keys, _ = requests(site)
    assert len(keys) == 4
    assert len(set(keys)) == 2


def test_what_an_observatory_does_not_take_is_a_decision_with_its_reason(
    house, responding, site, tmp_path
):
    asking(house, responding, site, tmp_path)
    site.answer("POST", "/requests", 409, state="no")
    house.rows("update trap_data.job set not_before = now()")
    responding.once()
    (row,) = responding.listed("observations")
    assert (row["state"], row["reference"]) == ("declined", None)
    assert "answers 409" in row["reason"]
    assert house.states() == [["failed", "failed"]]


def test_the_example_of_the_page_does_what_it_says(house, responding):
    page = (ROOT / "docs/response.md").read_text()
    code = page.split("```python\n")[1].split("```")[0]
    assert len([line for line in code.splitlines() if line]) == 9
    file = responding.folder / "mine.py"
    file.write_text(code)
    source = ("--source", house.source.name, "--dataset", "survey")
    output, _ = responding.run("try", f"{file}:respond", *source)
    (package,) = json.loads(output)["packages"]
    assert [task["kind"] for task in package["tasks"]] == ["stamps", "mail", "monitor"]
    assert package["tasks"][1]["arguments"]["subject"].endswith(" flares: 5 Jy")
    assert house.packages() == []


def test_what_is_listed_can_be_approved_shown_cancelled_and_tried_again(house, responding):
    code = """
        from trapdb.response import Package, Task

        def bad(light_curve, event):
            return Package("bad", [Task("file", {"name": "../outside"})])
    """
    responding.plugin(code, "bad")
    responding.run("limit", "bad", "--approval", "--quiet", "01:00-01:01", "--zone", "Asia/Tokyo")
    house.event("bad")
    house.event("nobody")
    responding.once()
    (held,) = responding.listed("list", "--state", "held")
    assert held["reason"] == "waits until somebody approves of it"
    responding.run("approve", held["response"])
    responding.once()
    (shown,) = responding.listed("show", held["response"])
    assert shown["state"] == "failed"
    assert "no name of a file" in shown["error"]
    failed = {row["response"] for row in responding.listed("list", "--state", "failed")}
    assert failed == {held["response"], "2/nobody"}
    responding.run("retry", "--failed")
    assert responding.listed("list", "--state", "failed") == []
    responding.run("cancel", held["response"], "--reason", "no use")
    log = responding.listed("show", held["response"], "--log")
    assert any(line["said"] == "to be tried again" for line in log)
    known = {row["responder"]: row for row in responding.listed("responders")}
    assert known["bad"]["quiet_zone"] == "Asia/Tokyo"
    assert known["bad"]["installed"]
    (line,) = responding.run("cancel", "x", status=2)[1]
    assert "x is no number of a package" in line
