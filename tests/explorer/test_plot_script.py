"""plot.js, as a page uses it: what is drawn, pointed at, zoomed and selected."""

import pytest

MAKE = """async ({options, size}) => {
    const {plot, ticks, inside} = await import(document.querySelector('script').src.replace('archive', 'plot'));
    const place = document.createElement('div');
    document.querySelector('main').replaceChildren(place);
    [place.style.width, place.style.height] = ['400px', '300px'];
    window.heard = [];
    for (const one of options.series) one.told = (i) => `point ${i}`;
    for (const name of options.hear) options[name] = (...said) => window.heard.push([name, said.at(-1)]);
    window.made = plot(place, options);
    await new Promise((done) => setTimeout(done, 100));
}"""  # noqa: E501


@pytest.fixture
def draw(page):
    """Make a plot of 400 by 300 px; return where its corner is."""
    page.goto("/")

    def draw(hear=(), **options):
        settings = {
            "label": "a plot", "x": {"scale": "linear", "range": [0, 10]},
            "y": {"scale": "linear", "range": [0, 10]}, "hear": list(hear), **options,
        }  # fmt: skip
        page.evaluate(MAKE, {"options": settings, "size": 400})
        box = page.locator(".plot canvas").bounding_box()
        return box["x"], box["y"]

    return draw


def heard(page):
    return page.evaluate("window.heard")


def colours(page, x, y, reach=4):
    """Return the colours that are drawn about a place of the canvas, in px."""
    script = """([x, y, reach]) => {
        const canvas = document.querySelector('.plot canvas');
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', {willReadFrequently: true});
        copy.drawImage(canvas, 0, 0);
        const {data} = copy.getImageData(x - reach, y - reach, 2 * reach, 2 * reach);
        const found = new Set();
        for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 60) found.add([data[i], data[i + 1], data[i + 2]].join());
        return [...found];
    }"""  # noqa: E501
    return set(page.evaluate(script, [x, y, reach]))


BLUE = "0,96,168"
MINUS = "\N{MINUS SIGN}"
START, DAY = 1767225600000, 86400000  # ms
# of the inner part: 58 px on the left, 12 on the right, 10 above, 40 below
CENTRE = (58 + (400 - 70) / 2, 10 + (300 - 50) / 2)


def test_a_point_is_where_it_belongs_and_is_told(page, draw):
    x0, y0 = draw(hear=["chosen"], series=[{"x": [5], "y": [5]}])
    assert BLUE in colours(page, *CENTRE)
    assert BLUE not in colours(page, CENTRE[0] + 40, CENTRE[1])
    page.mouse.move(x0 + CENTRE[0] + 5, y0 + CENTRE[1] + 5)
    assert page.locator(".tip").text_content() == "point 0"
    page.mouse.move(x0 + CENTRE[0] + 50, y0 + CENTRE[1])
    assert page.locator(".tip").text_content() == ""
    page.mouse.click(x0 + CENTRE[0], y0 + CENTRE[1])
    assert heard(page) == [["chosen", 0]]


def test_logarithmic_axes_have_what_they_can_show(page, draw):
    draw(
        x={"scale": "log", "range": [1, 100]}, y={"scale": "log", "range": [0.01, 1]},
        series=[{"x": [10, -1, 0], "y": [0.1, 0.1, 0.1]}],
    )  # fmt: skip
    assert BLUE in colours(page, *CENTRE)


def test_limits_are_arrows_and_errors_are_bars(page, draw):
    draw(series=[{"x": [5], "y": [5], "error": [2]}])
    along, beside = (colours(page, CENTRE[0] + far, CENTRE[1] - 37, 3) for far in (0, 20))
    assert along > beside
    draw(series=[{"x": [5], "y": [5], "limit": [True]}])
    below, above = (colours(page, CENTRE[0], CENTRE[1] + far, 3) for far in (8, -8))
    assert BLUE in below
    assert BLUE not in above


def test_points_in_steps_by_the_keyboard(page, draw):
    draw(hear=["chosen"], series=[{"x": [8, 2, None, 5], "y": [5, 5, 5, 5]}])
    page.locator(".plot canvas").focus()
    told = []
    for _ in range(3):
        page.keyboard.press("n")
        told.append(page.locator(".tip").text_content())
    assert told == ["point 1", "point 3", "point 0"]
    page.keyboard.press("p")
    page.keyboard.press("Enter")
    assert heard(page) == [["chosen", 3]]


def test_zoom_by_keys_wheel_and_buttons_and_back(page, draw):
    x0, y0 = draw(hear=["viewed"], series=[{"x": [5], "y": [5]}])
    page.mouse.move(x0 + CENTRE[0], y0 + CENTRE[1])
    page.mouse.wheel(0, -300)  # the page's, as long as nobody works with the plot
    assert heard(page) == []
    page.locator(".plot canvas").focus()
    page.mouse.wheel(0, -300)
    page.wait_for_function("window.heard.length")
    view = heard(page)[-1][1]
    assert 0 < view["x"][0] < 5 < view["x"][1] < 10
    page.keyboard.press("0")
    assert heard(page)[-1][1] is None
    page.get_by_role("button", name="Zoom in").click()
    assert heard(page)[-1][1]["y"] == pytest.approx([1.5, 8.5])
    page.get_by_role("button", name="Show all").click()
    assert heard(page)[-1][1] is None
    page.mouse.move(x0 + 200, y0 + 100)
    page.mouse.down()
    page.mouse.move(x0 + 233, y0 + 100, steps=3)
    page.mouse.up()
    assert heard(page)[-1][1]["x"] == pytest.approx([-1, 9], abs=0.02)


def drag(page, corners):
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=4)
    page.mouse.up()


def test_a_rectangle_and_a_lasso_select(page, draw):
    x0, y0 = draw(hear=["selected"], series=[{"x": [5], "y": [5]}])
    page.get_by_role("button", name="Select by a rectangle").click()
    west, east, north, south = x0 + 58 + 33, x0 + 58 + 330 - 33, y0 + 10 + 25, y0 + 10 + 250 - 25
    drag(page, [(west, north), (east, south)])
    ((_, selected),) = heard(page)
    assert selected["x"] == pytest.approx([1, 9], abs=0.05)
    assert selected["y"] == pytest.approx([1, 9], abs=0.05)
    page.get_by_role("button", name="Select by a lasso").click()
    drag(page, [(west, north), (east, north), (east, south), (west, north)])
    lasso = heard(page)[-1][1]["lasso"]
    assert min(x for x, _ in lasso) == pytest.approx(1, abs=0.05)
    page.keyboard.press("Escape")
    assert heard(page)[-1][1] is None


def test_a_density_lies_below(page, draw):
    density = {"x": [0, 10], "y": [0, 10], "columns": 2, "rows": 2, "counts": [0, 0, 0, 1000]}
    draw(density=density, series=[])
    assert len(colours(page, CENTRE[0] + 80, CENTRE[1] - 60)) == 1
    assert "11,83,148" in colours(page, CENTRE[0] + 80, CENTRE[1] - 60)
    assert "11,83,148" not in colours(page, CENTRE[0] - 80, CENTRE[1] - 60)


@pytest.mark.parametrize(
    ("scale", "low", "high", "texts"),
    [
        ("linear", 0, 1, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        ("linear", -3.9e-3, 3.9e-3, [f"{MINUS}0.002", "0.000", "0.002"]),
        ("log", -2, 2, ["0.01", "0.1", "1", "10", "100"]),
        ("log", 0, 0.6, ["1.0", "1.5", "2.0", "2.5", "3.0", "3.5"]),
        ("time", START, START + DAY / 24, [f"00:{m}0" for m in range(6)] + ["01:00"]),
        ("time", START, START + 10 * DAY, [f"{d} Jan" for d in range(1, 12, 2)]),
    ],
)  # fmt: skip
def test_axes_have_round_marks(page, scale, low, high, texts):
    page.goto("/")
    script = """async (given) => {
        const {ticks} = await import(document.querySelector('script').src.replace('archive', 'plot'));
        return ticks(...given).map((tick) => tick[1]);
    }"""  # noqa: E501
    assert page.evaluate(script, [scale, low, high, 7]) == texts
