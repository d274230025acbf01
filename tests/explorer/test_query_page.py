"""The page of queries, in a browser and without one."""

import html
import re
import time
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.explorer.sky import HOSTILE
from tests.explorer.watched import Watched, inaccessible
from trapdb.web.explorer.query import for_this_machine
from trapdb.web.settings import Settings
from trapdb.web.tap.examples import EXAMPLES

SOURCES = (
    "SELECT source_id, name, ra, dec, n_blind, first_seen\nFROM trap.running_catalogue\n"
    "WHERE dataset = 'field' ORDER BY ra"
)


def asked(page, query, more=""):
    page.goto(f"/query?query={quote(query)}{more}")
    expect(page.locator("#dictionary details")).not_to_have_count(0)


def rows_of(http, query):
    text = http.get("/query", params={"query": query}).text
    body = re.search(r'<table id="answer">.*?<tbody>(.*?)</tbody>', text, re.S)[1]
    return [
        [html.unescape(re.sub(r"<[^>]*>", "", cell)) for cell in re.findall(r"<td.*?</td>", row)]
        for row in body.split("</tr>")[:-1]
    ]


def test_a_query_is_run_by_the_keyboard_and_stands_in_the_address(page, look):
    page.goto("/query")
    page.get_by_role("textbox", name="What is asked, in ADQL or SQL").fill(SOURCES)
    page.keyboard.press("Control+Enter")
    (count,) = look.execute(
        "select count(*) from trap.running_catalogue where dataset = 'field'"
    ).fetchone()
    expect(page.locator("#answer tbody tr")).to_have_count(count)
    page.goto(page.url)
    expect(page.locator("#answer tbody tr")).to_have_count(count)
    expect(page.locator("#text")).to_have_value(SOURCES)


def test_without_scripts_there_are_the_form_and_the_table(chromium, here):
    with Watched(chromium, here, java_script_enabled=False) as watched:
        watched.page.goto("/query")
        watched.page.locator("#text").fill(SOURCES)
        watched.page.get_by_role("button", name="Run", exact=True).click()
        expect(watched.page.locator("#answer tbody tr")).not_to_have_count(0)
        expect(watched.page.locator("#drawn")).to_be_hidden()


def test_sources_and_images_lead_to_their_pages(page):
    asked(page, "SELECT TOP 1 source_id AS s, image_id FROM trap.lightcurve WHERE dataset='field'")
    links = page.locator("#answer tbody a")
    expect(links).to_have_count(2)
    image = links.nth(1).get_attribute("href")
    links.first.click()
    expect(page.locator("#curve canvas")).to_be_visible()
    page.goto(image)
    expect(page.locator("#pixels canvas")).to_be_visible()


def test_two_columns_are_drawn_and_chosen_in_the_address(page):
    asked(page, SOURCES)
    drawn = page.get_by_role("img", name="ra, deg against first_seen")
    expect(drawn).to_be_visible()
    choices = page.get_by_role("group", name="What is drawn")
    choices.get_by_role("combobox", name="x").select_option("ra")
    choices.get_by_role("combobox", name="y").select_option("n_blind")
    choices.get_by_label("logarithmic").last.check()
    expect(page.get_by_role("img", name="n_blind against ra, deg")).to_be_visible()
    expect(page).to_have_url(re.compile("&x=ra&y=n_blind&y_scale=log$"))
    page.goto(page.url)
    canvas = page.get_by_role("img", name="n_blind against ra, deg")
    expect(choices.get_by_label("logarithmic").last).to_be_checked()
    canvas.focus()
    page.keyboard.press("n")
    expect(page.locator("#plot .tip")).to_contain_text("n_blind")
    page.keyboard.press("Enter")
    expect(page.locator("#answer tr.marked")).to_have_count(1)


def test_a_mistake_is_shown_where_it_is(page):
    asked(page, "SELECT ra,\n  nothing FROM trap.running_catalogue")
    expect(page.get_by_role("alert")).to_contain_text("line 2, column 3")
    expect(page.locator("#mistake mark")).to_have_text("nothing")
    marked = page.evaluate(
        "() => { const t = document.activeElement;"
        " return t.value.slice(t.selectionStart, t.selectionEnd); }"
    )
    assert marked == "nothing"


def test_the_dictionary_is_searched_and_a_click_inserts_a_name(page):
    asked(page, "SELECT FROM trap.running_catalogue")
    text = page.locator("#text")
    text.evaluate("t => t.setSelectionRange(7, 7)")
    page.get_by_role("searchbox").fill("running_catalogue right ascension")
    expect(page.locator("#dictionary dt:visible")).not_to_have_count(0)
    page.get_by_role("searchbox").fill("ra_err")
    page.get_by_role("button", name="Insert column ra_err").first.click()
    expect(text).to_have_value("SELECT ra_err FROM trap.running_catalogue")
    page.get_by_role("searchbox").fill("no such words")
    expect(page.locator("#dictionary-note")).to_contain_text("Nothing")


def test_what_is_inserted_can_be_asked_for(http):
    """Names that are words of ADQL are quoted."""
    found = http.get("/data/dictionary").json()
    tables = {one["name"] for one in found["tables"]}
    assert {"trap.running_catalogue", "ivoa.obscore", "tap_schema.tables"} <= tables
    assert all(one["description"] for one in found["columns"] + found["tables"])
    for table in ("trap.image", "tap_schema.columns"):
        names = [one["name"] for one in found["columns"] if one["table_name"] == table]
        query = f"SELECT TOP 1 {', '.join(names)} FROM {table}"
        assert len(rows_of(http, query)) == 1


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_the_examples_are_answered(page, number):
    page.goto("/query")
    page.get_by_role("link", name=EXAMPLES[number][0], exact=True).click()
    expect(page.locator("#answer")).to_be_visible()


def test_values_are_those_of_the_service(http):
    query = "SELECT source_id, ra, dec_err, monitored, first_seen FROM running_catalogue"
    query += " ORDER BY source_id"
    answer = http.get("/tap/sync", params={"LANG": "ADQL", "FORMAT": "tsv", "QUERY": query})
    assert rows_of(http, query) == [line.split("\t") for line in answer.text.splitlines()[1:]]


def test_more_rows_than_are_shown_are_in_the_files(http, look):
    query = "SELECT a.column_name FROM tap_schema.columns AS a, tap_schema.columns AS b"
    text = http.get("/query", params={"query": query}).text
    assert text.count("<tr>") == 1001
    assert "The first 1000 rows" in text
    links = re.findall(r'href="(/tap/sync[^"]*)"', text)
    assert len(links) == 4
    reply = http.get(html.unescape(links[0]) + "&MAXREC=1500")
    assert len(reply.text.splitlines()) == 1501


def test_long_values_are_cut_off(http):
    ((name,), *_) = rows_of(http, f"SELECT dataset FROM trap.dataset WHERE dataset = '{'x' * 300}'")
    assert name == "x" * 200 + "…"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_and_queries_are_text(page, name):
    literal = name.replace("'", "''")
    asked(page, f"SELECT dataset AS \"<b>x</b>\" FROM trap.dataset WHERE dataset = '{literal}'")
    expect(page.locator("#answer thead")).to_contain_text("<b>x</b>")
    expect(page.locator("#answer tbody td")).to_have_count(1)
    assert page.locator("#answer td").text_content() == (
        name if len(name) <= 200 else f"{name[:200]}…"
    )


def test_hostile_mistakes_are_text(http):
    query = 'SELECT "</textarea><script>alert(1)</script>" FROM trap.dataset WHERE \''
    for text in (query, f"{query}'", "\0", "</textarea><img src=x onerror=alert(1)>"):
        reply = http.get("/query", params={"query": text})
        assert 'id="trouble"' in reply.text
        assert "<script>alert" not in reply.text
        assert "<img" not in reply.text


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_query_to_which_another_page_led_waits_for_the_reader(http, site):
    """However long it would take: that page runs nothing here."""
    reply = http.get("/query", params={"query": SOURCES}, headers={"Sec-Fetch-Site": site})
    assert reply.status_code == 200
    assert "Another page led to this query" in reply.text
    assert 'id="answer"' not in reply.text
    assert SOURCES in html.unescape(reply.text)


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM trap.dataset",
        "SELECT * FROM trap_data.source",
        "SELECT * FROM pg_catalog.pg_authid",
        "SELECT pg_sleep(10) FROM trap.dataset",
        "SELECT 1 FROM trap.dataset; SELECT 2 FROM trap.dataset",
        "SELECT 1 / (n_blind - n_blind) FROM trap.running_catalogue",
    ],
)
def test_what_may_not_be_asked_is_refused(http, query):
    reply = http.get("/query", params={"query": query})
    assert 'id="trouble"' in reply.text
    assert 'id="answer"' not in reply.text


def in_sql(http, query, **headers):
    headers = {"Origin": str(http.base_url).rstrip("/"), **headers}
    return http.post("/query", data={"query": query}, headers=headers)


def test_sql_is_run_and_run_again_by_the_keyboard(page):
    page.goto("/query")
    query = "select * from trap.transient('field')"
    page.locator("#text").fill(query)
    page.get_by_role("button", name="Run as SQL").click()
    expect(page.locator("#answer tbody tr")).not_to_have_count(0)
    expect(page.locator("#plot canvas")).to_be_visible()
    page.locator("#text").fill("select 1 as x,\n  nothing")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("line 2, column 3: column")
    expect(page.locator("#mistake mark")).to_have_text("nothing")


@pytest.mark.parametrize(
    "query",
    [
        "delete from trap.dataset",
        "commit",
        "select 1; select 2",
        "set statement_timeout = 0",
        "copy (select 1) to program 'true'",
        "with gone as (delete from trap_data.label returning 1) select * from gone",
        "select * from trap_data.source",
        "select * from trap.dataset for update",
        "select set_config('transaction_read_only', 'off', false), trap.delete_dataset('field')",
    ],
)
def test_sql_that_does_more_than_read_is_refused(http, query):
    reply = in_sql(http, query)
    assert reply.status_code == 200
    assert 'id="trouble"' in reply.text
    assert 'id="answer"' not in reply.text


def test_sql_leaves_nothing_behind(http, look):
    """No lock, and no setting for who comes next on a connection."""
    for _ in range(10):
        taken = "select pg_advisory_lock(77), set_config('search_path', 'pg_catalog', false)"
        assert 'id="answer"' in in_sql(http, taken).text
    held = "select count(*) from pg_locks where objid = 77"
    # the connection is closed; PostgreSQL lets go of its locks a moment later
    end = time.monotonic() + 10
    while look.execute(held).fetchone() != (0,):
        assert time.monotonic() < end
        time.sleep(0.02)
    assert rows_of(http, "SELECT dataset FROM dataset WHERE dataset = 'field'") == [["field"]]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"X-Forwarded-For": "10.1.2.3"},
        {"Via": "1.1 proxy"},
    ],
)
def test_sql_comes_from_the_page_itself_or_not_at_all(http, headers):
    reply = in_sql(http, "select 1", **headers)
    assert reply.status_code == 403
    assert http.post("/query", data={"query": "select 1"}).status_code == 403


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, True),
        ({"host": "localhost"}, True),
        ({"host": "::1"}, True),
        ({"host": "0.0.0.0"}, False),
        ({"host": "archive.example.org"}, False),
        ({"base_url": "https://archive.example.org"}, False),
        ({"datasets": ["field"]}, False),
    ],
)
def test_sql_is_for_services_of_this_machine_alone(settings, expected):
    assert for_this_machine(Settings(**settings)) is expected


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_queries_is_accessible(chromium, here, scheme):
    with Watched(chromium, here, color_scheme=scheme) as watched:
        asked(watched.page, SOURCES)
        expect(watched.page.locator("#plot canvas")).to_be_visible()
        assert inaccessible(watched.page) == []


def test_a_phone_scrolls_no_query_sideways(chromium, here):
    with Watched(chromium, here, viewport={"width": 360, "height": 740}) as watched:
        asked(watched.page, SOURCES)
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_of_many_columns_fewer_rows_are_shown(http):
    query = f"SELECT {', '.join(['c.*'] * 60)} FROM tap_schema.columns AS c"
    (count,) = rows_of(http, "SELECT COUNT(*) FROM tap_schema.columns")
    reply = http.get("/query", params={"query": query}).text
    columns, shown = (
        reply.count('<th scope="col"'),
        int(re.search(r"The first (\d+) rows", reply)[1]),
    )
    assert shown < int(count[0])
    assert shown == 100_000 // columns
