"""An event to work packages to tasks that are done, by a worker as users run it."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from time import sleep

from trapdb.response.cell_process import TOGETHER_S

FILE = """
    from trapdb.response import Package, Task, needs

    def written(light_curve, event):
        return Package("brighter", [Task("file", {"name": f"{event.event_id}.json"})])
"""


def test_an_event_becomes_a_file(house, responding):
    responding.plugin(FILE, "written")
    event_id = house.event("written")
    log = responding.once()
    assert house.states() == [["done", "done"]]
    (row,) = responding.listed("list")
    assert (row["state"], row["responder"], row["title"]) == ("done", "written", "brighter")
    path = responding.folder / "home/response/files" / f"{event_id}.json"
    told = json.loads(path.read_text())
    assert told["event"]["watch"] == "flares"
    assert told["event"]["source_id"] == house.source.source_id
    assert [point["int_flux"] for point in told["light_curve"]] == [1.0, 1.1, 5.0]
    assert [line for line in log if "done" in line], log


def test_what_is_cancelled_meanwhile_is_not_sent(house, responding, operator):
    sent = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            if not sent:
                operator("cancel_package", package_id=2)
                sleep(2 * TOGETHER_S)
            sent.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        secret = responding.folder / "secret"
        secret.write_text("whsec_" + "c2VjcmV0" * 4)
        secret.chmod(0o600)
        responding.settings(f"[response.webhook]\nurl = '{url}'\nsecret.file = '{secret}'\n")
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            house.event("webhook")
            house.event("webhook")
            responding.once()
        finally:
            server.shutdown()
            thread.join()
    assert len(sent) == 1
    assert house.states() == [["cancelled", "aborted"], ["done", "done"]]
