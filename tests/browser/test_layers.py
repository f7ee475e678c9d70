"""From Compare to Layers as a lecturer does it, in a real Chromium."""

import re

import pytest

from tests.browser.dashboard import Dashboard

pytestmark = pytest.mark.browser


RECORD = """
() => {
  window.mxSeen = [];
  new MutationObserver(() => {
    const shown = Number(document.querySelector(".mx-position")?.innerText.match(/\\d+/)?.[0]);
    if (shown && window.mxSeen.at(-1) !== shown) window.mxSeen.push(shown);
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}
"""
"""Notes every layer that the page shows, in order."""
SLOW = """
(() => {
  const listen = WebSocket.prototype.addEventListener;
  WebSocket.prototype.addEventListener = function (kind, handler, ...options) {
    const later = (event) => setTimeout(() => handler.call(this, event), window.mxDelay || 0);
    return listen.call(this, kind, kind === "message" ? later : handler, ...options);
  };
})()
"""
"""Lets the server's answers arrive `mxDelay` milliseconds late."""
STAR = "image=scene-000&model=silhouettes/resnet"


def shown_layer(dashboard: Dashboard) -> int:
    return int(re.search(r"Layer (\d+) of", dashboard.page.locator(".mx-position").inner_text())[1])


def until(dashboard: Dashboard, wanted: int) -> None:
    dashboard.page.locator(".mx-position", has_text=f"Layer {wanted} of").wait_for()


def play(dashboard: Dashboard) -> None:
    dashboard.page.locator(".st-key-play label").first.click()


def test_draw_on_compare_then_step_and_play_through_the_layers(page, address):
    dashboard = Dashboard(page, address).open(f"/Compare?{STAR}")
    dashboard.drag((40, 60), (340, 300))
    hidden = dashboard.hidden
    page.locator(".st-key-menu").get_by_role("link", name="Layers", exact=True).click()
    page.wait_for_selector(".js-plotly-plot")
    dashboard.settle()
    assert dashboard.hidden == hidden

    until(dashboard, 2)
    first = dashboard.pictures
    assert len(first) == 4
    assert len(set(first)) == 4
    dashboard.press("Next")
    until(dashboard, 3)
    assert "layer=stem.1" in page.url
    assert all(new != old for new, old in zip(dashboard.pictures[:3], first[:3], strict=True))
    dashboard.press("Back")
    until(dashboard, 2)
    assert dashboard.pictures == first

    play(dashboard)
    until(dashboard, 4)
    play(dashboard)
    dashboard.settle()
    stopped = shown_layer(dashboard)
    page.wait_for_timeout(2000)  # the next step would come after 1.2 seconds
    assert shown_layer(dashboard) == stopped

    dashboard.drag((200, 40), (220, 340))  # the mask can be changed here as well
    assert dashboard.hidden > hidden
    assert shown_layer(dashboard) == stopped
    page.locator(".st-key-menu").get_by_role("link", name="Compare", exact=True).click()
    page.wait_for_selector(".mx-bar")
    dashboard.settle()
    assert dashboard.hidden > hidden
    dashboard.expect_no_error()


def test_play_never_goes_back_however_late_the_answers_come(page, address):
    page.add_init_script(SLOW)
    page.goto(f"{address}/Layers?{STAR}")
    page.wait_for_selector(".js-plotly-plot")
    dashboard = Dashboard(page, address)
    dashboard.settle()
    page.evaluate(RECORD)
    page.evaluate("() => { window.mxDelay = 1500; }")
    play(dashboard)
    page.wait_for_function("() => window.mxSeen.at(-1) >= 5")
    seen = page.evaluate("() => window.mxSeen")
    assert seen == list(range(seen[0], seen[-1] + 1))
    page.emulate_media(reduced_motion="reduce")
    page.evaluate("() => { window.mxDelay = 0; }")
    page.wait_for_timeout(2000)
    before = shown_layer(dashboard)
    page.wait_for_timeout(2000)  # a step now takes three seconds
    assert shown_layer(dashboard) <= before + 1


def test_a_cold_link_shows_a_layer_and_channel_at_every_width(page, address):
    page.goto(f"{address}/Layers?image=chelsea&model=silhouettes/resnet&layer=stages.1.0.add&channel=7")
    page.wait_for_selector(".js-plotly-plot")
    dashboard = Dashboard(page, address)
    dashboard.settle()
    assert "channel 7" in page.locator(".mx-scale").inner_text()
    assert page.get_by_role("combobox", name="Channel", exact=True).input_value() == "Channel 7"
    for width, cards_in_a_row in ((1440, 4), (1024, 2), (390, 2)):
        page.set_viewport_size({"width": width, "height": 768})
        page.wait_for_function("width => document.body.clientWidth <= width", arg=width)
        boxes = [card.bounding_box() for card in page.locator(".mx-card").all()]
        assert len({round(box["x"]) for box in boxes}) == cards_in_a_row
        assert all(box["x"] + box["width"] <= width for box in boxes)
        assert page.get_by_role("combobox", name="Layer", exact=True).bounding_box()["width"] > 150
        note = page.locator(".mx-scale small").bounding_box()
        assert note["height"] < 60  # once it was set one word a line
    dashboard.expect_no_error()
