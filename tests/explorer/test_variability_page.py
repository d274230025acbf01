"""The eta-V plane of a data set, in a browser and without one."""

import math
import re

import pytest
from playwright.sync_api import expect

from tests.explorer.watched import Watched, inaccessible

SETTLED = "#plane-note:has-text('source')"


@pytest.fixture(scope="module")
def band(look):
    """The band in which the flare is, and its sources with two points or more in Stokes I."""
    return look.execute("""
        select
            v.band_id, v.dataset_id, count(*) as n, max(v.eta_int) as eta_max,
            min(v.eta_int) as eta_min
        from trap.variability as v
        where v.dataset = 'field' and v.stokes = 'I' and v.n > 1 and v.eta_int > 0 and v.v_int > 0
            and not v.monitored
        group by v.band_id, v.dataset_id order by eta_max desc limit 1
    """).fetchone()


@pytest.fixture(scope="module")
def flare(look, band):
    return look.execute(
        """
        select v.source_id, s.name, v.eta_int, v.v_int
        from trap.variability as v
        inner join trap.running_catalogue as s using (dataset_id, source_id)
        where v.dataset_id = %s and v.band_id = %s and v.stokes = 'I' and v.v_int > 0
        order by v.eta_int desc limit 1
        """,
        [band.dataset_id, band.band_id],
    ).fetchone()


def drawn(page, band, more=""):
    page.goto(f"/dataset/field/variability?band={band.band_id}{more}")
    page.wait_for_selector(SETTLED)
    expect(page.locator("#chosen-note")).not_to_have_text("")


def test_all_sources_are_in_the_plane_once(http, look, band):
    reply = http.get(f"/data/plane/field?band={band.band_id}&stokes=I").json()
    cells = reply["cells"]
    assert sum(cells["n"]) == band.n
    low, high = reply["eta"]
    width = (high - low) / reply["columns"]
    assert low + min(cells["i"]) * width <= math.log10(band.eta_min) + 1e-9
    assert low + (max(cells["i"]) + 1) * width > math.log10(band.eta_max)
    points = http.get(f"/data/plane-points/field?band={band.band_id}&stokes=I").json()
    assert len(points["points"]["eta"]) == band.n
    assert points["cut_off"] is False


def test_a_part_has_its_own_sources_alone(http, look, band):
    part = f"band={band.band_id}&stokes=I&eta=2,1e8&v=0.05,10"
    query = """
        select source_id from trap.variability
        where dataset_id = %s and band_id = %s and stokes = 'I' and n > 1 and not monitored
            and eta_int >= 2 and v_int >= 0.05 and v_int < 10
        order by eta_int desc
    """
    found = [row.source_id for row in look.execute(query, [band.dataset_id, band.band_id])]
    assert found
    points = http.get(f"/data/plane-points/field?{part}").json()["points"]
    assert points["source_id"] == found
    assert sum(http.get(f"/data/plane/field?{part}").json()["cells"]["n"]) == len(found)


def test_every_column_of_conditions_colours(http, look, band, flare):
    columns = look.execute("select column_name from trap.definition_column where not is_text")
    for (name,) in columns:
        reply = http.get(
            f"/data/plane-points/field?band={band.band_id}&stokes=I&color={name}&eta=1e-3,1e9"
        )
        if name == "monitored":
            assert "no column" in reply.json()["error"]
            continue
        assert reply.status_code == 200, (name, reply.text)
    of = http.get(f"/data/plane-points/field?band={band.band_id}&stokes=I&color=v_int").json()
    assert of["points"]["figure"] == of["points"]["v"]
    sigma = http.get(
        f"/data/plane-points/field?band={band.band_id}&stokes=I&color=other_band_significance"
    ).json()["points"]
    other = look.execute(
        "select max(eta_int_significance) from trap.variability where dataset_id = %s "
        "and source_id = %s and (band_id, stokes) <> (%s, 'I')",
        [band.dataset_id, flare.source_id, band.band_id],
    ).fetchone()[0]
    assert sigma["figure"][sigma["source_id"].index(flare.source_id)] == pytest.approx(other)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("stokes=I", "band"),
        ("band=1", "STOKES is missing"),
        ("band=x&stokes=I", "expected"),
        ("band=1&stokes=Z", "expected one of I, Q, U, V"),
        ("band=1&stokes=I&flux=mean", "expected int or peak"),
        ("band=1&stokes=I&eta=2,1", "the lower one first"),
        ("band=1&stokes=I&eta=0,1", "above 0"),
        ("band=1&stokes=I&v=nan,1", "above 0"),
        ("band=1&stokes=I&v=1", "two numbers"),
    ],
)
def test_what_makes_no_sense_is_told(http, asked, said):
    reply = http.get(f"/data/plane/field?{asked}")
    assert reply.status_code == 400
    assert said in reply.json()["error"]


def test_what_stands_out_is_listed_and_leads_to_its_source(page, band, flare):
    drawn(page, band)
    expect(page.get_by_label("η from")).not_to_have_value("")
    expect(page.locator("#chosen tbody tr").first).to_contain_text(flare.name)
    expect(page.locator("#command")).to_contain_text("'eta_int >= ")
    page.get_by_role("link", name=flare.name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(flare.name)


def test_thresholds_are_dragged_and_are_in_the_address(page, band):
    drawn(page, band, "&eta_from=1.5&v_from=0.02")
    many = page.locator("#chosen tbody tr").count()
    before = float(page.get_by_label("η from").input_value())
    canvas = page.locator("#plane canvas")
    box = canvas.bounding_box()
    # the line is where the pointer says so
    for at in range(int(box["x"]) + 60, int(box["x"] + box["width"]) - 70, 2):
        page.mouse.move(at, box["y"] + 80)
        if canvas.evaluate("c => c.style.cursor") == "col-resize":
            break
    page.mouse.down()
    page.mouse.move(at + 80, box["y"] + 80, steps=4)
    page.mouse.up()
    after = float(page.get_by_label("η from").input_value())
    assert after > before
    expect(page).to_have_url(re.compile(re.escape(f"eta_from={after:g}")))
    expect(page.locator("#command")).to_contain_text(f"'eta_int >= {after:g}'")
    assert page.locator("#chosen tbody tr").count() <= many
    address = page.url
    page.goto(address)
    expect(page.get_by_label("η from")).to_have_value(f"{after:g}")


@pytest.mark.parametrize("how", ["rectangle", "lasso"])
def test_a_selection_is_listed_and_in_the_address(page, band, how):
    drawn(page, band)
    page.locator("#plane canvas").hover()
    page.get_by_role("button", name=f"Select by a {how}").click()
    box = page.locator("#plane canvas").bounding_box()
    corners = [(60, 68), (box["width"] - 68, 68), (box["width"] - 68, box["height"] - 42)]
    if how == "lasso":
        corners += [(60, box["height"] - 42), (60, 70)]
    (dx, dy), *others = corners
    page.mouse.move(box["x"] + dx, box["y"] + dy)
    page.mouse.down()
    for dx, dy in others:
        page.mouse.move(box["x"] + dx, box["y"] + dy, steps=5)
    page.mouse.up()
    expect(page.locator("#chosen-note")).to_contain_text(f"in the {how}")
    expect(page.locator("#chosen tbody tr")).to_have_count(band.n)
    expect(page.locator("#conditions")).to_be_visible(visible=how == "rectangle")
    name = "box" if how == "rectangle" else "lasso"
    expect(page).to_have_url(re.compile(f"{name}="))
    page.goto(page.url)
    expect(page.locator("#chosen-note")).to_contain_text(f"in the {how}")
    expect(page.locator("#chosen tbody tr")).to_have_count(band.n)


def test_zoom_is_in_the_address_and_counts_what_it_shows(page, band):
    drawn(page, band)
    page.locator("#plane canvas").focus()
    for _ in range(3):
        page.keyboard.press("+")
    expect(page.locator("#plane-note")).to_contain_text("in this part")
    expect(page).to_have_url(re.compile(r"eta=[^&]+&v="))
    said = page.locator("#plane-note").text_content()
    page.goto(page.url)
    expect(page.locator("#plane-note")).to_have_text(said)
    page.locator("#plane canvas").focus()
    page.keyboard.press("0")
    expect(page.locator("#plane-note")).to_contain_text("with two points or more")


def test_colour_and_flux_are_chosen(page, band):
    drawn(page, band)
    page.get_by_label("Colour").select_option("snr_max")
    expect(page.locator("#scale")).to_contain_text("snr_max:")
    expect(page.locator("#figure")).to_have_text("snr_max")
    page.get_by_label("Flux density").select_option("peak")
    expect(page.locator("#command")).to_contain_text("eta_peak")
    expect(page).to_have_url(re.compile("color=snr_max"))
    expect(page).to_have_url(re.compile("flux=peak"))


@pytest.mark.parametrize("name", ["one", "empty", "forked"])
def test_data_sets_of_little_have_a_plane_too(page, name):
    page.goto(f"/dataset/{name}/variability")
    if name == "empty":
        expect(page.get_by_text("Nothing was taken yet.")).to_be_visible()
    else:
        expect(page.locator("#plane-note")).to_contain_text("source")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_plane_is_accessible(chromium, here, band, scheme):
    with Watched(chromium, here, color_scheme=scheme) as watched:
        drawn(watched.page, band, "&color=snr_max")
        assert inaccessible(watched.page) == []


def test_a_phone_scrolls_no_plane_sideways(chromium, here, band):
    with Watched(chromium, here, viewport={"width": 360, "height": 740}) as watched:
        drawn(watched.page, band)
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= 360
