"""The first page as a visitor meets it, in a real Chromium."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.rest import wait_until_it_rests

pytestmark = pytest.mark.browser
LIVE = "Computed on this machine."
IS_LOADED = "image => image.complete && image.naturalWidth > 0"


def test_the_cat_is_there_before_the_library_and_answers_the_slider(page, address):
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(address)
    hero = page.locator(".st-key-hero")
    expect(hero.locator("li")).to_have_count(4)
    expect(page.locator("h1")).to_have_count(1)
    for number in range(4):
        card = hero.locator("li").nth(number)
        page.wait_for_function(IS_LOADED, arg=card.locator("img").element_handle())
        box = card.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 1280
        assert box["y"] + box["height"] <= 720, "the first picture is in sight without scrolling"
    expect(hero.locator(".mx-origin")).to_contain_text(LIVE)
    before = hero.locator("img").nth(3).get_attribute("src")
    slider = page.get_by_role("slider", name="Hidden share")
    slider.focus()
    slider.press("ArrowRight")
    expect(hero.locator(".mx-reading")).to_contain_text("60 % of the photograph is hidden")
    expect(hero.locator(".mx-origin")).to_contain_text(LIVE)
    more = hero.locator("img").nth(3).get_attribute("src")
    assert more != before
    page.get_by_role("button", name="Other patches").locator("visible=true").click()
    expect(hero.locator("img").nth(3)).not_to_have_attribute("src", more)
    expect(page).to_have_url(re.compile("hidden=60.*choice=1|choice=1.*hidden=60"))


def test_the_first_step_leads_to_an_open_upload_after_the_slider_was_moved_too(page, address):
    page.goto(f"{address}/?hidden=80&choice=3")
    page.get_by_role("button", name="Try your own photograph").click()
    page.wait_for_selector("[data-testid=stFileUploader]:visible")
    assert page.url.split("?")[0].endswith("/Compare")
    assert "hidden=" not in page.url


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_door_shows_where_the_keyboard_is_and_stays_readable(page, address, theme):
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address)
    door = page.locator(".st-key-doors a").first
    door.wait_for()
    resting = door.evaluate("link => getComputedStyle(link).backgroundColor")
    page.locator(".st-key-first-step button").focus()
    page.keyboard.press("Tab")
    while not door.evaluate("link => link === document.activeElement"):
        page.keyboard.press("Tab")
    assert door.evaluate("link => getComputedStyle(link, '::after').outlineStyle") == "solid"
    assert door.evaluate("link => getComputedStyle(link).backgroundColor") == resting
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_back_leaves_a_page_at_once_however_much_was_changed_there(page, address):
    page.goto(address)
    door = page.locator(".st-key-doors a").first
    door.wait_for()
    door.click()
    page.wait_for_selector(".mx-canvas")
    for tool in ("Patches", "Numbers"):
        page.get_by_role("radio", name=tool).locator("visible=true").click()
    page.get_by_role("button", name="Hide this rectangle").locator("visible=true").click()
    expect(page).to_have_url(re.compile("/Compare.*mask="))
    wait_until_it_rests(page)
    page.go_back()
    expect(page.locator(".st-key-hero li")).to_have_count(4)
    assert page.url.split("?")[0].rstrip("/") == address
