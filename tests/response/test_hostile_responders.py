"""Responders that raise, hang, exit, return nonsense or flood: a line, and only its own."""

import pytest

HOSTILE = """
    import os, sys, time
    from trapdb.response import Package, Task, needs

    def raises(light_curve, event):
        raise RuntimeError("no\\nluck" + chr(0))

    def hangs(light_curve, event):
        while True:
            time.sleep(1)

    def exits(light_curve, event):
        os._exit(3)

    def leaves(light_curve, event):
        sys.exit("enough")

    def dies(light_curve, event):
        os.kill(os.getpid(), 9)

    def returns(light_curve, event):
        return 42

    def unknown(light_curve, event):
        return Package("x", [Task("no such thing")])

    def backward(light_curve, event):
        return Package("x", [Task("file", after=[0])])

    def unkeepable(light_curve, event):
        return Package("x", [Task("file", {"name": object()})])

    def floods(light_curve, event):
        while True:
            yield Package("more", [Task("file")])

    def prints(light_curve, event):
        while sys.stdout.write("x" * 1000000) and sys.stderr.write("y" * 1000000):
            pass

    def hoards(light_curve, event):
        return bytearray(100 << 30)

    def good(light_curve, event):
        print("told")
        return [Package("good", [Task("file")])]
"""
# what is said, and whether it may be tried again
SAID = {
    "raises": ("RuntimeError: no luck (plugged_in_0.py, line 6, in raises)", False),
    "exits": ("its process ended with status 3", True),
    "leaves": ("SystemExit: enough (plugged_in_0.py, line 16, in leaves)", False),
    "dies": ("its process was ended by signal 9", True),
    "returns": ("it returned int 42, not work packages", False),
    "unknown": ("there is no kind of task 'no such thing'", False),
    "backward": ("package 'x', task 0: it can only come after tasks before it", False),
    "unkeepable": ("package 'x', task 0: object <object object", False),
    "floods": ("it returned more than 10 packages for one event", False),
    "hoards": ("MemoryError", False),
}
ENDLESS = dict.fromkeys(("hangs", "prints"), ("it took longer than 1 s", True))


def require_told(house, log, said):
    """Each had its line for each attempt, and is tried again where that may help."""
    calls = {job.payload["responder"]: job for job in house.jobs("response") if job.error}
    assert set(calls) == set(said)
    for name, (line, again) in said.items():
        call = calls[name]
        assert call.error.startswith(line), name
        # on a slow machine the time of the next attempt may have come
        assert again or call.attempts == 1, name
        is_over = call.attempts == (call.attempts_max if again else 1)
        assert call.state == ("failed" if is_over else "waiting"), name
        lines = [line for line in log if f"{call.payload['event_id']}: {name}: " in line]
        assert len(lines) == call.attempts, name


def test_each_costs_a_line_and_only_its_own(house, responding):
    responding.plugin(HOSTILE, *SAID, "good")
    events = [house.event(*SAID, "good"), house.event("good")]
    log = responding.once()
    assert house.states() == [["done", "done"], ["done", "done"]]
    assert [package.event_id for package in house.packages()] == events
    require_told(house, log, SAID)


def test_one_that_does_not_come_back_is_ended(house, responding):
    responding.plugin(HOSTILE, *ENDLESS)
    responding.settings("[response]\nseconds = 1\n")
    house.event(*ENDLESS)
    require_told(house, responding.once(), ENDLESS)


def test_of_many_calls_only_those_that_fail_are_tried_again(house, responding):
    code = """
        import os, time
        from trapdb.response import Package, Task

        def moody(light_curve, event):
            if event.event_id % 3 == 0:
                os._exit(3)
            if event.event_id % 3 == 1:
                time.sleep(0.3)
            return Package("good", [Task("file")])
    """
    responding.plugin(code, "moody")
    events = [house.event("moody") for _ in range(9)]
    responding.once()
    assert [package.event_id for package in house.packages()] == [
        event_id for event_id in events if event_id % 3
    ]
    calls = house.jobs("response")
    assert {job.attempts for job in calls if job.state == "done"} == {1}
    assert {job.error for job in calls[2::3]} == {"its process ended with status 3"}


def test_what_cannot_be_loaded_is_told(house, responding):
    responding.plugin("import nothing_of_this_name", "lacks")
    responding.plugin("raise ValueError('half written')", "broken")
    responding.plugin("number = 3", "number")
    house.event("lacks", "broken", "number", "nobody", "file")
    responding.once()
    said = {job.payload["responder"]: job.error for job in house.jobs("response")}
    assert said.pop("nobody").startswith("there is no responder nobody: known are broken, file, ")
    assert said == {
        "lacks": "responder lacks needs nothing_of_this_name, not installed",
        "broken": "ValueError: half written (plugged_in_1.py, line 1, in <module>)",
        "number": "responder number is nothing that can be called",
        "file": None,
    }
    assert house.states() == [["done", "done"]]


def test_what_it_needs_is_looked_at_before(house, responding):
    code = """
        from trapdb.response import Package, Task, needs

        def named(name, **wanted):
            @needs(**wanted)
            def respond(light_curve, event):
                return Package(name, [Task("file", {"name": name})])
            globals()[name] = respond

        named("three", points=3)
        named("four", points=4)
        named("bright", figures=["snr_max"])
        named("polarised", figures=["rotation_measure"])
        named("equipped", packages=["numpy"])
        named("poor", packages=["nothing_of_this_name", "numpy"])
        named("framed", stamps=True)
    """
    names = ("three", "four", "bright", "polarised", "equipped", "poor", "framed")
    responding.plugin(code, *names)
    house.event(*names)
    responding.once()
    assert {package.title for package in house.packages()} == {"three", "bright", "equipped"}
    notes = {job.payload["responder"]: job.result.get("note") for job in house.jobs("response")}
    assert notes == {
        **dict.fromkeys(("three", "bright", "equipped")),
        "four": "not called: the light curve has 3 points of the 4 that it needs",
        "polarised": "not called: rotation_measure is not known of the event",
        "poor": "not called: nothing_of_this_name is not installed",
        "framed": "not called: the source has no stamps",
    }


@pytest.mark.parametrize(("per_day", "states"), [("2", 2), ("none", 5)])
def test_the_budget_holds(house, responding, per_day, states):
    code = """
        from trapdb.response import Package, Task

        def eager(light_curve, event):
            return [Package(str(number), [Task("file")]) for number in range(5)]
    """
    responding.plugin(code, "eager")
    responding.run("limit", "eager", "--per-day", per_day)
    house.event("eager")
    responding.once()
    done = [package for package in house.packages() if package.state == "done"]
    held = [package for package in house.packages() if package.state == "held"]
    assert (len(done), len(held)) == (states, 5 - states)
    assert {package.reason for package in held} <= {
        "beyond the 2 packages that eager may begin a day"
    }
