"""Rating: by one key, for pages of the service alone, kept with its history."""

import getpass
import json

import httpx
import pytest
from playwright.sync_api import expect

from tests.conftest import RATER, WEB
from tests.explorer.watched import Watched, inaccessible
from tests.service import running

ME = getpass.getuser()


@pytest.fixture(scope="module")
def service(cluster, database):
    """A service in which one can rate."""
    rater = cluster.url("explored", RATER)
    url = cluster.url("explored", WEB)
    with running("--writable", "--database", url, TRAPDB_RATER_URL=rater) as service:
        yield service


@pytest.fixture(scope="module")
def writable(service):
    """Its address."""
    return service.address


@pytest.fixture(scope="module")
def headers(service):
    """Return the headers of a request that one of its pages sends."""

    def headers(**changed):
        own = {
            "Origin": service.address, "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/json", "Trapdb-Key": service.key,
        }  # fmt: skip
        return {name: value for name, value in {**own, **changed}.items() if value is not None}

    return headers


@pytest.fixture
def rating(chromium, service, look):
    """A browser that has opened that service at the address that it printed."""
    with Watched(chromium, service.address) as watched:
        watched.page.goto(f"/#key={service.key}")
        expect(watched.page).to_have_url(f"{service.address}/")
        yield watched
    look.execute("truncate trap_data.label")


@pytest.fixture
def rated(rating):
    """A page of that browser."""
    return rating.page


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
    expect(history).to_have_count(4)
    expect(history.first).to_contain_text("taken back")
    assert said(look, sources[0]) == []


def test_keys_are_letters_where_something_is_written(rated, look, sources):
    rated.goto(f"/source/{sources[0]}")
    rated.keyboard.press("m")
    rated.keyboard.type("rauc?")
    assert rated.get_by_label("Note").input_value() == "rauc?"
    rated.keyboard.press("Escape")  # what is left there would be stored
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
        {"Trapdb-Key": None},
        {"Trapdb-Key": "x" * 43},
    ],
)
def test_another_page_or_user_cannot_write(writable, headers, look, sources, changed):
    reply = httpx.post(
        f"{writable}/label/{sources[0]}",
        content=json.dumps({"rating": "real"}),
        headers=headers(**changed),
    )
    assert reply.status_code == 403
    assert said(look, sources[0]) == []


def test_nothing_is_written_by_asking(writable, headers, look, sources):
    reply = httpx.get(f"{writable}/label/{sources[0]}?rating=real", headers=headers())
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
def test_what_makes_no_sense_is_not_written(
    writable, headers, look, sources, given, status, message
):
    reply = httpx.post(
        f"{writable}/label/{sources[0]}", content=json.dumps(given), headers=headers()
    )
    assert reply.status_code == status
    assert message in reply.json()["error"]
    assert said(look, sources[0]) == []


def test_a_service_that_only_reads_takes_no_labels(here, http, headers, sources):
    reply = httpx.post(
        f"{here}/label/{sources[0]}", content='{"rating": "real"}', headers=headers(Origin=here)
    )
    assert reply.status_code == 403
    assert "--writable" in reply.json()["error"]
    page = http.get("/dataset/field/candidates", headers={"Accept": "text/html"}).text
    assert 'id="rating"' not in page


def test_who_does_not_know_the_key_is_told_where_it_is(chromium, service, look, sources):
    """Others of this machine reach the service too."""
    with Watched(chromium, service.address) as watched:
        page = watched.page
        page.goto(f"/source/{sources[0]}")
        expect(page.get_by_text("open the address with a key")).to_be_visible()
        expect(page.locator("#rating")).to_be_hidden()
        page.keyboard.press("r")
        # that of a service that runs no more is forgotten
        page.goto(f"/dataset/field#key={'x' * 43}")
        expect(page.get_by_text("open the address with a key")).to_be_visible()
        page.goto(f"/source/{sources[0]}#key={service.key}")
        expect(page.locator("#who-name")).to_have_text(ME)
        page.keyboard.press("u")
        expect(page.locator("#labels tbody tr")).to_have_count(1)
    assert said(look, sources[0])[0][:2] == (ME, "unsure")
    look.execute("truncate trap_data.label")


def test_what_is_written_is_stored_when_one_goes_on(rated, look, sources):
    open_list(rated)
    rated.keyboard.press("m")
    rated.keyboard.type("a lobe?")
    rated.locator("#candidates tbody tr").last.click()
    expect(rated.get_by_label("Note")).to_have_value("")
    expect(rated.locator("#rating-note")).to_contain_text("stored")
    assert [one[4] for one in said(look, sources[0])] == ["a lobe?"]
    rated.locator("#candidates tbody tr").first.click()
    expect(rated.get_by_label("Note")).to_have_value("a lobe?")
    rated.keyboard.press("m")
    rated.keyboard.type("no")
    rated.keyboard.press("Escape")
    expect(rated.get_by_label("Note")).to_have_value("a lobe?")


def test_what_is_selected_is_stored_as_a_definition_by_its_conditions(rating, rated, look):
    rated.goto("/dataset/field/variability?eta_from=1.5&v_from=0.02")
    form = rated.get_by_role("form", name="Store them as a definition")
    form.get_by_label("Name").fill("lively")
    form.get_by_label("Name").press("Enter")
    expect(form.get_by_role("status")).to_have_text("stored: lively")
    query = "select * from trap.transient_definition where name = 'lively'"
    (row,) = look.execute(query).fetchall()
    assert row.conditions == "monitored = 0 and eta_int >= 1.5 and v_int >= 0.02"
    assert row.owner == RATER
    form.get_by_label("What it is for").fill("<b>for</b> all")
    form.get_by_role("button", name="Store").click()
    expect(form.get_by_role("status")).to_contain_text("there is a definition lively already")
    form.get_by_role("button", name="Replace it").click()
    form.get_by_role("link", name="lively").click()
    expect(rated.get_by_role("heading", level=2).first).to_have_text("lively")
    expect(rated.locator("#note")).not_to_contain_text("Looking")
    (row,) = look.execute(query).fetchall()
    assert row.description == "<b>for</b> all"
    rated.goto("/dataset/field/candidates?where=n+>%3D+2&where=n+<+99", wait_until="networkidle")
    form.get_by_label("Name").fill("lively")
    form.get_by_label("Name").press("Enter")
    form.get_by_role("button", name="Replace it").click()
    expect(form.get_by_role("status")).to_have_text("stored: lively")
    (row,) = look.execute(query).fetchall()
    assert row.conditions == "n >= 2 and n < 99"
    look.execute("select trap.delete_definition('lively')")
    # the browser's own word for a name that is taken
    rating.faults = [one for one in rating.faults if "409" not in one]


@pytest.mark.parametrize(
    ("name", "given", "status", "said"),
    [
        ("Lively", {"conditions": ["n > 1"]}, 400, "cannot be named"),
        ("lively", {"conditions": []}, 400, "a list of 1 to 30"),
        ("lively", {"conditions": ["source_id = 3"]}, 400, "no column"),
        ("lively", {"conditions": ["n > 1 or 1 = 1"]}, 400, "no number"),
        ("lively", {"conditions": ["n > 1"], "description": 3}, 400, "description"),
        ("variable", {"conditions": ["n > 1"]}, 409, "of trapdb"),
        ("variable", {"conditions": ["n > 1"], "replace": True}, 400, "comes with trapdb"),
    ],
)
def test_definitions_that_make_no_sense_are_told(writable, headers, name, given, status, said):
    reply = httpx.post(
        f"{writable}/definition/{name}", content=json.dumps(given), headers=headers()
    )
    assert reply.status_code == status, reply.text
    assert said in reply.json()["error"]
