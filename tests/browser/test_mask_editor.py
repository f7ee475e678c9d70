"""The canvas of the mask editor with mouse, finger and keys, in a real Chromium."""

import pytest

from tests.browser.dashboard import CANVAS, Dashboard

pytestmark = pytest.mark.browser

PATH = "/Compare?image=coffee&model=silhouettes/resnet&methods=blackout"
AREA = ".mx-canvas-surface"


@pytest.fixture
def dashboard(page, address) -> Dashboard:
    dashboard = Dashboard(page, address).open(PATH)
    dashboard.press("Clear")
    return dashboard


def keys(dashboard: Dashboard, *names: str) -> None:
    for name in names:
        dashboard.page.keyboard.press(name)
    dashboard.settle()


def draw_four_rectangles_at_once(dashboard: Dashboard) -> None:
    """Draw without waiting for the server: every stroke is there, and a step of its own."""
    page = dashboard.page
    dashboard.tool("Rectangle")
    for left in (0, 96, 192, 288):
        page.mouse.move(*dashboard.on_screen((left + 8, 8)))
        page.mouse.down()
        page.mouse.move(*dashboard.on_screen((left + 56, 104)), steps=3)
        page.mouse.up()
    dashboard.settle()
    four = dashboard.hidden
    assert four == pytest.approx(12.5, abs=1.5)
    for rectangles in (3, 2):
        dashboard.press("Undo")
        assert dashboard.hidden == pytest.approx(four * rectangles / 4, abs=0.3)


def test_a_polygon_closes_in_three_ways_and_can_be_cancelled(dashboard):
    page, corners = dashboard.page, ((96, 96), (288, 96), (96, 288))
    half_of_a_quarter = pytest.approx(12.5, abs=1.5)
    dashboard.tool("Polygon")

    dashboard.click_canvas(*corners)
    assert dashboard.hidden == 0
    page.keyboard.press("Enter")
    dashboard.settle()
    assert dashboard.hidden == half_of_a_quarter
    page.keyboard.press("Control+z")
    dashboard.settle()
    assert dashboard.hidden == 0

    dashboard.click_canvas(*corners[:2])
    page.mouse.dblclick(*dashboard.on_screen(corners[2]))
    dashboard.settle()
    assert dashboard.hidden == half_of_a_quarter
    page.keyboard.press("Control+z")
    dashboard.settle()

    dashboard.click_canvas(*corners)
    page.get_by_role("button", name="Close", exact=True).click()
    dashboard.settle()
    assert dashboard.hidden == half_of_a_quarter

    dashboard.press("Clear")
    dashboard.click_canvas(*corners)
    keys(dashboard, "Escape")
    dashboard.click_canvas(corners[0])
    page.get_by_role("button", name="Cancel", exact=True).click()
    dashboard.click_canvas((10, 10), (20, 200))  # another tool takes these up again
    dashboard.tool("Lasso")
    dashboard.settle()
    assert dashboard.hidden == 0
    dashboard.expect_no_error()


def test_keys_draw_what_the_mouse_draws(dashboard):
    page = dashboard.page
    area = page.get_by_role("application")
    dashboard.tool("Rectangle")
    area.focus()
    keys(dashboard, *["ArrowLeft"] * 8, *["ArrowUp"] * 8, "Enter", *["ArrowRight"] * 16, *["ArrowDown"] * 16, "Enter")
    assert dashboard.hidden == pytest.approx(25, abs=0.5)
    assert "from 25 % to 75 % of the width" in page.locator(f"{AREA} img").get_attribute("alt")
    keys(dashboard, "Control+z")
    assert dashboard.hidden == 0
    keys(dashboard, "Control+Shift+z")
    assert dashboard.hidden == pytest.approx(25, abs=0.5)
    dashboard.press("Clear")

    dashboard.tool("Brush")
    area.focus()
    keys(dashboard, "Enter", "ArrowLeft", "ArrowLeft", "Escape")
    assert dashboard.hidden == 0
    keys(dashboard, "Enter", "ArrowLeft", "ArrowLeft", "Enter")
    assert 0 < dashboard.hidden < 5

    dashboard.press("Clear")
    page.get_by_text("Superpixels", exact=True).click()
    dashboard.settle()
    area.focus()
    keys(dashboard, "ArrowLeft", " ")
    assert 0 < dashboard.hidden < 20
    assert area.evaluate("area => area === document.activeElement")  # a stroke leaves the focus where it is
    keys(dashboard, " ")
    assert dashboard.hidden == 0
    dashboard.expect_no_error()


def test_tools_and_picture_have_names_and_nothing_covers_them(dashboard):
    page = dashboard.page
    assert page.get_by_role("application").get_attribute("aria-label") == "Mask of Coffee cup"
    tools = page.get_by_role("radiogroup", name="Tool")
    assert [radio.get_attribute("aria-label") for radio in tools.get_by_role("radio").all()] == [
        "Brush", "Lasso", "Rectangle", "Ellipse", "Polygon",
    ]  # fmt: skip
    assert page.get_by_role("slider", name="Brush width").is_visible()
    assert page.get_by_role("button", name="Undo").locator("visible=true").count() == 1
    for tool in ("Lasso", "Rectangle", "Ellipse", "Polygon", "Brush"):
        dashboard.tool(tool)
        page.mouse.move(*dashboard.on_screen((200, 100)))
        page.mouse.move(*dashboard.on_screen((340, 4)), steps=4)
        for name in ("Show again", "Hide"):
            radio = page.get_by_role("radio", name=name, exact=True)
            box = radio.bounding_box()
            page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            assert radio.is_checked()
    draw_four_rectangles_at_once(dashboard)


def test_a_picture_is_as_wide_as_its_column_and_strokes_land_under_the_finger(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    try:
        page = context.new_page()
        page.goto(address + PATH)
        page.locator(CANVAS).wait_for()
        page.get_by_role("button", name="Clear").locator("visible=true").click()
        page.get_by_text("0.0 % hidden").wait_for()
        box = page.locator(AREA).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert 330 < box["width"] == pytest.approx(box["height"], abs=1)
        page.locator(AREA).scroll_into_view_if_needed()
        box = page.locator(AREA).bounding_box()
        page.touchscreen.tap(box["x"] + 0.98 * box["width"], box["y"] + 0.5 * box["height"])
        page.wait_for_function(f"document.querySelector('{AREA} img').alt.includes('to 100 % of the width')")
    finally:
        context.close()
