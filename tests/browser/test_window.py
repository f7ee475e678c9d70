"""The window's figure in a real Chromium: stepped and pointed at, it shows the library's numbers."""

import pytest
from playwright.sync_api import expect

from masking.lessons import IDEAS, load_text, stored_facts
from masking.lessons.window_widget import start_of
from tests.browser.rest import wait_until_it_rests

pytestmark = pytest.mark.browser
TEXT = load_text()


def test_step_and_point_show_the_library_s_numbers(page, address):
    facts = stored_facts(IDEAS["window"], "blackout")
    stops, start = facts["stops"], start_of(facts)
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{address}/Learn?idea=window&at=blackout")
    figure = page.locator(".mx-window")
    figure.wait_for()
    wait_until_it_rests(page)
    panels = figure.locator(".mx-window-panel")

    def check(stop: dict) -> None:
        for number, run in enumerate(("whole", "painted", "masked")):
            answer = stop["answers"][run]
            expected = TEXT("window.words.none") if answer is None else TEXT.number(answer)
            expect(panels.nth(number).locator(".mx-window-sum b")).to_have_text(expected)

    check(stops[start])
    black = panels.nth(1).locator(".mx-window-grid button")
    added = stops[start]["contributions"]["painted"]
    shown = [cell.inner_text() for cell in black.all()]
    assert shown == [TEXT.number(value) for line in added for value in line]

    black.first.hover()
    expect(figure.locator(".mx-window-formula")).to_contain_text(f"= {TEXT.number(added[0][0])}")
    black.first.focus()
    page.keyboard.press("ArrowDown")  # the keyboard goes from cell to cell
    expect(figure.locator(".mx-window-formula")).to_contain_text(f"= {TEXT.number(added[1][0])}")

    step = figure.get_by_role("button", name=TEXT("window.words.step"), exact=True)
    step.click()  # the next place, with its hidden cells left out
    expect(panels.nth(2).locator(".mx-window-sum b")).to_have_text(TEXT("window.words.not_yet"))
    assert panels.nth(2).locator(".mx-window-hidden").count() > 0
    while panels.nth(2).locator(".mx-window-sum b").inner_text() == TEXT("window.words.not_yet"):
        step.click()
    check(stops[start + 1])
    page.keyboard.press("Tab")
    slider = figure.get_by_role("slider")
    slider.focus()
    page.keyboard.press("End")
    check(stops[-1])
    expect(step).to_be_disabled()
    wait_until_it_rests(page)  # facts of this machine have come meanwhile, and the place is still the same
    check(stops[-1])
