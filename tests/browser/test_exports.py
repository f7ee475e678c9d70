"""One click copies the page's address, and the page shows what was copied."""

import pytest
from playwright.sync_api import expect

from tests.browser.rest import wait_until_it_rests

pytestmark = pytest.mark.browser
REFUSES = "Object.defineProperty(navigator, 'clipboard', {value: undefined}); document.execCommand = () => false;"


def test_the_link_is_copied_at_one_click_and_shown_whole_or_selected_where_the_browser_refuses(page, address):
    page.set_viewport_size({"width": 1024, "height": 576})  # 1280x720 at 125 %
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{address}/Benchmarks")
    button, panel = page.get_by_role("button", name="Copy link"), page.get_by_role("dialog", name="Link to this page")
    wait_until_it_rests(page)
    button.click()
    expect(panel.get_by_role("status")).to_have_text("Copied")
    expect(panel).to_contain_text("The link restores this form.")
    assert page.evaluate("navigator.clipboard.readText()") == page.url == panel.get_by_role("textbox").input_value()
    box = panel.bounding_box()
    assert min(box["x"], box["y"]) >= 0
    assert box["x"] + box["width"] <= 1024
    assert box["y"] + box["height"] <= 576
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(button).to_be_focused()

    page.evaluate(REFUSES)
    page.keyboard.press("Enter")
    expect(panel.get_by_role("status")).to_contain_text("Press Ctrl+C")
    field = panel.get_by_role("textbox")
    assert field.evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)") == page.url
