"""From Compare to Layers as a lecturer does it, in a real Chromium."""

import re

import pytest

from tests.browser.dashboard import Bench

pytestmark = pytest.mark.browser


def shown_layer(bench: Bench) -> int:
    label = bench.page.locator(".st-key-layer-row label").first.inner_text()
    return int(re.search(r"Layer (\d+) of", label)[1])


def until(bench: Bench, wanted: int) -> None:
    bench.page.locator(".st-key-layer-row label", has_text=f"Layer {wanted} of").first.wait_for()


def play(bench: Bench) -> None:
    bench.page.locator(".st-key-play label").first.click()


def test_draw_on_compare_then_step_and_play_through_the_layers(page, address):
    bench = Bench(page, address).open()
    bench.drag((40, 60), (340, 300))
    hidden = bench.hidden
    page.get_by_role("link", name="Layers", exact=True).click()
    page.wait_for_selector(".js-plotly-plot")
    bench.settle()
    assert bench.hidden == hidden

    until(bench, 2)
    first = bench.pictures
    assert len(first) == 4
    assert len(set(first)) == 4
    bench.press("Next")
    until(bench, 3)
    assert "layer=stem.1" in page.url
    assert all(new != old for new, old in zip(bench.pictures[:3], first[:3], strict=True))
    bench.press("Back")
    until(bench, 2)
    assert bench.pictures == first

    play(bench)
    until(bench, 4)
    until(bench, 5)
    play(bench)
    bench.settle()
    page.wait_for_timeout(2000)  # a step that was under way
    stopped = shown_layer(bench)
    page.wait_for_timeout(3000)
    assert shown_layer(bench) == stopped

    bench.drag((200, 40), (220, 340))  # the mask can be changed here as well
    assert bench.hidden > hidden
    assert shown_layer(bench) == stopped
    page.get_by_role("link", name="Compare", exact=True).click()
    page.wait_for_selector(".mx-bar")
    bench.settle()
    assert bench.hidden > hidden
    bench.expect_no_error()


def test_a_cold_link_shows_a_layer_and_channel(page, address):
    page.goto(f"{address}/Layers?image=chelsea&layer=stages.1.0.add&channel=7")
    page.wait_for_selector(".js-plotly-plot")
    bench = Bench(page, address)
    bench.settle()
    assert "channel 7" in page.locator(".mx-scale").inner_text()
    assert page.get_by_role("combobox", name="Channel", exact=True).input_value() == "Channel 7"
    bench.expect_no_error()
