"""An event to work packages to tasks that are done, by a worker as users run it."""

import json

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


def test_what_is_done_is_told_to_programs(house, responding):
    event_id = house.event("file", "nobody")
    _, log = responding.run("run", "--once", "--log-json")
    told = [json.loads(line) for line in log]
    assert {(line["event"], line["responder"], line["event_id"]) for line in told} == {
        ("responded", "file", event_id),
        ("done", "file", event_id),
        ("failed", "nobody", event_id),
    }
    assert all("at" in line and line["message"] for line in told)
