"""From Compare to Layers as a lecturer does it, in a real Chromium."""

import re

import pytest

from tests.browser.dashboard import Dashboard

pytestmark = pytest.mark.browser


def shown_layer(dashboard: Dashboard) -> int:
    label = dashboard.page.locator(".st-key-layer-row label").first.inner_text()
    return int(re.search(r"Layer (\d+) of", label)[1])


def until(dashboard: Dashboard, wanted: int) -> None:
    dashboard.page.locator(".st-key-layer-row label", has_text=f"Layer {wanted} of").first.wait_for()


def play(dashboard: Dashboard) -> None:
    dashboard.page.locator(".st-key-play label").first.click()


def test_draw_on_compare_then_step_and_play_through_the_layers(page, address):
    dashboard = Dashboard(page, address).open()
    dashboard.drag((40, 60), (340, 300))
    hidden = dashboard.hidden
    page.get_by_role("link", name="Layers", exact=True).click()
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
    until(dashboard, 5)
    play(dashboard)
    dashboard.settle()
    stopped = shown_layer(dashboard)
    page.wait_for_timeout(2000)  # the next step would come after 1.2 seconds
    assert shown_layer(dashboard) == stopped

    dashboard.drag((200, 40), (220, 340))  # the mask can be changed here as well
    assert dashboard.hidden > hidden
    assert shown_layer(dashboard) == stopped
    page.get_by_role("link", name="Compare", exact=True).click()
    page.wait_for_selector(".mx-bar")
    dashboard.settle()
    assert dashboard.hidden > hidden
    dashboard.expect_no_error()


def test_a_cold_link_shows_a_layer_and_channel(page, address):
    page.goto(f"{address}/Layers?image=chelsea&layer=stages.1.0.add&channel=7")
    page.wait_for_selector(".js-plotly-plot")
    dashboard = Dashboard(page, address)
    dashboard.settle()
    assert "channel 7" in page.locator(".mx-scale").inner_text()
    assert page.get_by_role("combobox", name="Channel", exact=True).input_value() == "Channel 7"
    dashboard.expect_no_error()
