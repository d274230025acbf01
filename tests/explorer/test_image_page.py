"""The page of an image, its tiles and the stamps of sources."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

import extractor
from extractor.geometry import sky
from tests.explorer.watched import Watched, inaccessible
from trapdb.web.explorer.pictures import grey, png


@pytest.fixture(scope="module")
def taken(look):
    """The last image that was taken, and a source that was found in it."""
    return look.execute(
        "select i.image_id, i.path, i.rms_median, p.source_id, m.x, m.y from trap.image as i"
        " inner join trap.measurement as m on i.image_id = m.image_id and m.kind = 'blind'"
        " inner join trap.curve_point as p on m.measurement_id = p.measurement_id"
        " where i.dataset = 'field' and i.status = 'accepted' and i.stokes = 'I'"
        " order by i.image_id desc, m.snr desc limit 1"
    ).fetchone()


def picture(reply):
    """Return the greys and the transparency of a PNG, its first row at the bottom."""
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "image/png"
    return decoded(reply.content)


def decoded(content):
    read = np.asarray(Image.open(io.BytesIO(content)).convert("LA"))[::-1]
    return read[..., 0].astype(int), read[..., 1]


def test_greys_rise_with_the_flux_and_blanks_are_seen_through():
    pixels = np.array([[-99, -3, 0], [30, 99, np.nan]], np.float32)
    shades = grey(pixels, 1.0, 30)
    assert shades.tolist()[1] == [255, 255, 0]
    low, zero = 1, 1 + 254 * np.arcsinh(3) / (np.arcsinh(3) + np.arcsinh(30))
    assert shades.tolist()[0] == [low, low, round(zero)]
    read, seen = decoded(png(shades))
    assert np.array_equal(read, shades)
    assert np.array_equal(seen == 0, shades == 0)


def test_tiles_are_the_pixels_of_the_image(http, taken):
    image = extractor.open(taken.path)
    whole = np.full((256, 256), np.nan, np.float32)
    ny, nx = image.data.shape
    whole[:ny, :nx] = image.data[:256, :256]
    shades, seen = picture(http.get(f"/data/tile/{taken.image_id}/30/0/0/0"))
    expected = grey(whole, taken.rms_median, 30)
    assert np.array_equal(shades, expected)
    assert np.array_equal(seen > 0, expected > 0)


def test_a_coarse_tile_has_the_means(http, taken):
    image = extractor.open(taken.path)
    ny, nx = (length // 2 * 2 for length in image.data.shape)
    means = image.data[:ny, :nx].reshape(ny // 2, 2, nx // 2, 2).mean((1, 3))
    shades, _ = picture(http.get(f"/data/tile/{taken.image_id}/30/1/0/0"))
    expected = grey(means.astype(np.float32), taken.rms_median, 30).astype(int)
    assert np.abs(shades[: ny // 2, : nx // 2] - expected).max() <= 1


def test_a_stamp_has_its_source_in_the_middle(http, taken):
    image = extractor.open(taken.path)
    shades, _ = picture(http.get(f"/data/stamp/{taken.image_id}/{taken.source_id}/6/300"))
    half = shades.shape[0] // 2
    assert shades.shape == (2 * half + 1, 2 * half + 1)
    row, column = round(taken.y), round(taken.x)
    there = image.data[row - 2 : row + 3, column - 2 : column + 3]
    expected = grey(there, taken.rms_median, 300)
    assert np.array_equal(shades[half - 2 : half + 3, half - 2 : half + 3], expected)


@pytest.mark.parametrize(
    "path",
    [
        "tile/{image}/31/0/0/0",
        "tile/{image}/30/99/0/0",
        # a tile that would be many times as large as the image
        "tile/{image}/30/6/0/0",
        "tile/{image}/30/0/-1/0",
        "tile/1/30/0/0/0",
        "stamp/{image}/1/6/30",
        "stamp/{image}/{source}/999999/30",
        "stamp/..%2f..%2fetc%2fpasswd/{source}/6/30",
        "image/1",
        "beams/{source}?images=x",
    ],
)
def test_what_there_is_not_is_told(http, taken, path):
    reply = http.get(f"/data/{path.format(image=taken.image_id, source=taken.source_id)}")
    assert reply.status_code in (400, 404)
    assert "Traceback" not in reply.text


def test_what_makes_no_sense_is_no_fault_of_the_file(http, taken):
    far = http.get(f"/data/tile/{taken.image_id}/30/6/0/0")
    assert (far.status_code, far.json()) == (404, {"error": "there is no such tile"})


def test_tiles_beyond_the_image_are_blank(http, taken):
    _, seen = picture(http.get(f"/data/tile/{taken.image_id}/30/0/500/500"))
    assert not seen.any()


def opened(page, image_id):
    page.goto(f"/image/{image_id}")
    expect(page.locator("#pixels-note")).to_contain_text("pixels of")


def test_the_image_is_zoomed_and_a_source_leads_to_its_page(page, taken):
    opened(page, taken.image_id)
    canvas = page.locator("#pixels canvas")
    before = canvas.screenshot()
    page.get_by_role("button", name="Zoom in").first.click()
    page.wait_for_timeout(400)
    assert canvas.screenshot() != before
    canvas.focus()
    page.keyboard.press("0")
    rows = page.locator("#sources tbody tr")
    expect(rows).not_to_have_count(0)
    rows.first.get_by_role("link").click()
    expect(page.locator("#curve canvas")).to_be_visible()


def test_checks_noise_and_neighbours_in_time_are_there(page, taken):
    opened(page, taken.image_id)
    expect(page.locator("#noise-note")).to_contain_text("mJy/beam")
    expect(page.get_by_role("row", name="rms", exact=False).first).to_be_visible()
    page.get_by_role("link", name="The image before").click()
    expect(page.get_by_role("link", name="The image after")).to_be_visible()


def test_an_image_whose_file_is_gone_says_so(page, look):
    """Data sets that were fed never had one."""
    image_id, source_id = look.execute(
        "select i.image_id, s.source_id from trap.image as i"
        " inner join trap.running_catalogue as s on i.dataset_id = s.dataset_id"
        " where i.dataset = 'one' limit 1"
    ).fetchone()
    page.goto(f"/image/{image_id}")
    expect(page.locator("#pixels-note")).to_contain_text("the file is gone")
    expect(page.locator("#sources tbody tr")).not_to_have_count(0)
    page.goto(f"/source/{source_id}")
    expect(page.locator("#stamps-note")).to_contain_text("the file is gone")


def test_a_rejected_image_has_its_reasons(page, look):
    (image_id,) = look.execute(
        "select image_id from trap.image where dataset = 'field' and status = 'rejected'"
    ).fetchone()
    page.goto(f"/image/{image_id}")
    expect(page.locator("td.bad")).not_to_have_count(0)
    expect(page.locator("#pixels-note")).to_contain_text("rejected")


def test_stamps_are_shown_and_blink(page, look):
    (source_id,) = look.execute(
        "select source_id from trap.transient_by_definition('single_epoch', 'field')"
    ).fetchone()
    page.goto(f"/source/{source_id}")
    figures = page.locator("#stamps figure")
    expect(figures.filter(has_text="found first")).to_be_visible()
    expect(figures.filter(has_text="before")).to_be_visible()
    expect(page.locator("#stamps-note")).to_be_hidden()
    page.get_by_role("button", name="Blink").click()
    expect(page.locator("#stamps figure:visible")).to_have_count(1)
    page.get_by_role("button", name="Blink").click()
    expect(figures.first).to_be_visible()


@pytest.fixture
def lost(look):
    """An image of the transient whose stamp is kept, its pixels, and its file taken away."""
    row = look.execute(
        "select s.source_id, s.image_id, i.path, i.rms_median, s.ra, s.dec from trap.stamp as s"
        " inner join trap.image as i on s.image_id = i.image_id"
        " where s.dataset = 'field' and s.occasion = 'discovery' limit 1"
    ).fetchone()
    image = extractor.open(row.path)
    path = Path(row.path)
    aside = path.rename(path.with_suffix(".aside"))
    yield row, image
    aside.rename(path)


def test_a_stamp_that_is_kept_is_shown_when_the_file_is_gone(http, lost):
    """In its place and at its scale; around it there is nothing."""
    row, image = lost
    (x,), (y,) = sky.to_pixel(image.wcs, [row.ra], [row.dec])
    shades, seen = picture(http.get(f"/data/stamp/{row.image_id}/{row.source_id}/48/5"))
    half = shades.shape[0] // 2
    assert 0.1 < np.mean(seen > 0) ** 0.5 < 0.3  # of ten beams in 48
    near = 3
    middle = np.s_[half - near : half + near + 1, half - near : half + near + 1]
    column, line = round(float(x)), round(float(y))
    there = image.data[line - near : line + near + 1, column - near : column + near + 1]
    assert np.array_equal(shades[middle], grey(there, row.rms_median, 5))


def test_what_is_kept_is_among_the_stamps_of_a_source(page, lost):
    row, _ = lost
    page.goto(f"/source/{row.source_id}")
    found = page.locator("#stamps figure", has_text="found first")
    expect(found).to_be_visible()
    expect(found.get_by_role("link")).to_have_attribute("href", f"/image/{row.image_id}")
    expect(page.locator("#stamps-note")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_an_image_is_accessible(chromium, here, taken, scheme):
    with Watched(chromium, here, color_scheme=scheme) as watched:
        opened(watched.page, taken.image_id)
        assert inaccessible(watched.page) == []


def test_a_phone_scrolls_no_image_sideways(chromium, here, taken):
    with Watched(chromium, here, viewport={"width": 360, "height": 740}) as watched:
        opened(watched.page, taken.image_id)
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= 360
