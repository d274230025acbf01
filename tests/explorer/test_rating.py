"""Rating: by one key, for pages of the service alone, kept with its history."""

import getpass
import json
import subprocess

import httpx
import pytest
from playwright.sync_api import expect

from tests.conftest import RATER, WEB
from tests.explorer.conftest import PROGRAM, serving
from tests.explorer.watched import Watched, inaccessible

ME = getpass.getuser()


@pytest.fixture(scope="module")
def writable(cluster, database):
    """The address of a service in which one can rate."""
    url = cluster.url("explored", WEB)
    rater = cluster.url("explored", RATER)
    with serving(url, "--writable", TRAPDB_RATER_URL=rater) as address:
        yield address


@pytest.fixture
def rated(chromium, writable, look):
    """A page of that service."""
    with Watched(chromium, writable) as watched:
        yield watched.page
    look.execute("truncate trap_data.label")


@pytest.fixture
def sources(look):
    """The sources that stand out, in the order of the list."""
    return list(
        dict.fromkeys(
            row.source_id
            for row in look.execute(
                "select source_id from trap.variability where dataset = 'field' and not monitored "
                "and max_significance >= 5 order by max_significance desc"
            )
        )
    )


def said(look, source_id):
    query = "select user_name, rating, object_class, tags, note from trap.labels_of(%s)"
    return [tuple(row) for row in look.execute(query, [source_id])]


def open_list(page):
    page.goto("/dataset/field/candidates")
    expect(page.locator("#candidates tr[aria-current]")).to_have_count(1)


def test_rating_and_class_take_one_key_each(rated, look, sources):
    open_list(rated)
    rated.keyboard.press("r")
    row = rated.locator("#candidates tbody tr")
    expect(row.first.locator(".said")).to_have_text("real")
    rated.keyboard.press("1")
    expect(row.first.locator(".said")).to_contain_text("real, ")
    (label,) = said(look, sources[0])
    assert label[:2] == (ME, "real")
    assert label[2]
    first = rated.locator("[aria-current] th").text_content()
    while rated.locator("[aria-current] th").text_content() == first:
        rated.keyboard.press("j")
    rated.keyboard.press("a")
    expect(rated.locator("[aria-current] .said")).to_have_text("artefact")
    assert [one[1] for one in said(look, sources[1])] == ["artefact"]


def test_what_was_asked_for_before_does_not_hide_what_is_said_now(rated, look, sources):
    """Light curves and labels come after the list, and may come after a rating."""
    late = []
    asked = ("**/data/candidate-details/**", "**/data/labels/**")
    for path in asked:
        rated.route(path, lambda route: late.append((route, route.fetch())))
    open_list(rated)
    row = rated.locator("#candidates tbody tr").first
    while len(late) < len(asked):
        rated.wait_for_timeout(20)
    rated.keyboard.press("r")
    expect(row.locator(".said")).to_have_text("real")
    for route, answer in late:
        route.fulfill(response=answer)
    canvas = row.locator("canvas")
    expect(canvas).not_to_have_js_property("width", 300)  # the light curve is drawn
    expect(row.locator(".said")).to_have_text("real")
    expect(rated.get_by_role("button", name="real")).to_have_attribute("aria-pressed", "true")


def test_keys_may_follow_each_other_at_once_also_beyond_the_page(rated, look, sources):
    rated.goto(f"/source/{sources[0]}")
    rated.keyboard.type("u1r")
    rated.goto("about:blank")
    for _ in range(200):
        found = [one[1:3] for one in said(look, sources[0])]
        if found and found[0][0] == "real":
            break
        rated.wait_for_timeout(50)
    assert found[0][0] == "real"
    assert found[0][1]


def test_tags_and_a_note_are_written_and_the_history_shows_all(rated, look, sources):
    hostile = "<script>alert('note')</script>"
    rated.goto(f"/source/{sources[0]}")
    rated.keyboard.press("u")
    expect(rated.get_by_role("button", name="unsure")).to_have_attribute("aria-pressed", "true")
    rated.keyboard.press("t")
    rated.keyboard.type("odd, look again")
    rated.get_by_label("Note").fill(hostile)
    rated.keyboard.press("Enter")
    rows = rated.locator("#labels tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(hostile)
    assert said(look, sources[0]) == [(ME, "unsure", None, "look again,odd", hostile)]
    rated.get_by_role("button", name="Take back").click()
    expect(rows).to_have_count(0)
    rated.get_by_text("All that was ever said").click()
    history = rated.locator("#history tbody tr")
    expect(history).to_have_count(3)
    expect(history.first).to_contain_text("taken back")
    assert said(look, sources[0]) == []


def test_keys_are_letters_where_something_is_written(rated, look, sources):
    rated.goto(f"/source/{sources[0]}")
    rated.keyboard.press("m")
    rated.keyboard.type("rauc?")
    assert rated.get_by_label("Note").input_value() == "rauc?"
    assert said(look, sources[0]) == []


def test_what_others_say_stays(rated, look, sources):
    look.execute(
        "select trap.add_label(%s, p_rating => 'artefact', p_user => 'somebody')", [sources[0]]
    )
    rated.goto(f"/source/{sources[0]}")
    expect(rated.get_by_role("button", name="artefact")).to_have_attribute("aria-pressed", "false")
    rated.keyboard.press("r")
    expect(rated.locator("#labels tbody tr")).to_have_count(2)
    assert {one[:2] for one in said(look, sources[0])} == {(ME, "real"), ("somebody", "artefact")}


def test_rating_is_accessible(rated):
    open_list(rated)
    assert inaccessible(rated) == []


def headers(address, **changed):
    own = {"Origin": address, "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
    return {name: value for name, value in {**own, **changed}.items() if value is not None}


@pytest.mark.parametrize(
    "changed",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": None},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
    ],
)
def test_another_page_cannot_write(writable, look, sources, changed):
    reply = httpx.post(
        f"{writable}/label/{sources[0]}",
        content=json.dumps({"rating": "real"}),
        headers=headers(writable, **changed),
    )
    assert reply.status_code == 403
    assert said(look, sources[0]) == []


def test_nothing_is_written_by_asking(writable, look, sources):
    reply = httpx.get(f"{writable}/label/{sources[0]}?rating=real", headers=headers(writable))
    assert reply.status_code == 405


@pytest.mark.parametrize(
    ("given", "status", "message"),
    [
        ({"rating": "superb"}, 400, "is no rating"),
        ({"object_class": "nothing"}, 400, "no class"),
        ({"rating": 3}, 400, "texts"),
        ({"user": "somebody"}, 400, "expected an object"),
        ([], 400, "expected an object"),
        ({"tags": ["a,b"]}, 400, "a tag cannot be"),
        ({"note": "a\0b"}, 400, "code 0"),
        ({"note": "x" * 30_000}, 400, "expected an object"),
    ],
)
def test_what_makes_no_sense_is_not_written(writable, look, sources, given, status, message):
    reply = httpx.post(
        f"{writable}/label/{sources[0]}", content=json.dumps(given), headers=headers(writable)
    )
    assert reply.status_code == status
    assert message in reply.json()["error"]
    assert said(look, sources[0]) == []


def test_a_service_that_only_reads_takes_no_labels(here, http, sources):
    reply = httpx.post(
        f"{here}/label/{sources[0]}", content='{"rating": "real"}', headers=headers(here)
    )
    assert reply.status_code == 403
    assert "--writable" in reply.json()["error"]
    page = http.get("/dataset/field/candidates", headers={"Accept": "text/html"}).text
    assert 'id="rating"' not in page


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ("", ["--host", "0.0.0.0"]),
        ('base_url = "https://archive.example.org"', []),
    ],
)
def test_others_cannot_rate_in_ones_name(cluster, database, tmp_path, settings, options):
    config = tmp_path / "serve.toml"
    config.write_text(f"[serve]\n{settings}\n")
    url = cluster.url("explored", WEB)
    command = ["serve", "--writable", "--config", str(config), "--database", url, *options]
    done = subprocess.run([*PROGRAM, *command], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "in your name" in done.stderr
    assert done.stderr.count("\n") == 1
