"""The glossary in a real Chromium: definitions where terms stand, by pointer and keyboard, and all of them at `?`."""

import pytest
from playwright.sync_api import expect

from masking.lessons.glossary import glossary
from pages.shell.citation import program_bibtex
from tests.browser.rest import wait_until_it_rests

pytestmark = pytest.mark.browser
TERM = glossary()["missingness_bias"]
MARKED = """
() => [...CSS.highlights.get("mx-term")].filter((range) => range.startContainer.isConnected).map((range) => {
  const box = range.getBoundingClientRect();
  return { text: range.toString(), x: box.x + box.width / 2, y: box.y + box.height / 2 };
})
"""
IN_THE_READING = """
() => [...CSS.highlights.get("mx-term")].some((range) =>
  range.startContainer.isConnected && range.startContainer.parentElement.closest(".mx-reading"))
"""
MARKED_IN_VAIN = """
() => [...CSS.highlights.get("mx-term")].filter((range) =>
  range.startContainer.parentElement.closest("a, button, input, code, pre, svg, .mx-footer")).map(String)
"""
READING = ".st-key-hero .mx-reading"


@pytest.fixture
def start(page, address):
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(address)
    page.wait_for_selector(".mx-terms li")
    wait_until_it_rests(page)
    return page


def test_a_term_is_explained_under_the_pointer_and_bibtex_is_copied(start):
    lead = start.locator(".mx-lead").first
    before = lead.inner_html()
    marked = {mark["text"].lower(): mark for mark in start.evaluate(MARKED)}
    tip = start.locator(".mx-tip")
    start.mouse.move(marked["missingness bias"]["x"], marked["missingness bias"]["y"])
    expect(tip).to_be_visible()
    expect(tip).to_contain_text(TERM.definition)
    start.mouse.move(5, 400)
    expect(tip).to_be_hidden()
    assert lead.inner_html() == before
    assert start.evaluate(MARKED_IN_VAIN) == []
    slider = start.get_by_role("slider", name="Hidden share")
    slider.focus()
    slider.press("ArrowRight")  # Streamlit replaces the text that was marked
    expect(start.locator(READING)).to_contain_text("60 %")
    start.wait_for_function(IN_THE_READING)
    expect(start.locator("[data-testid=stException]")).to_have_count(0)
    start.context.grant_permissions(["clipboard-read", "clipboard-write"])
    start.locator(".mx-footer summary").click()
    button = start.locator(".mx-copy").first
    button.click()
    expect(button).to_have_text("Copied")
    assert start.evaluate("() => navigator.clipboard.readText()") == program_bibtex()


def test_the_keyboard_reaches_every_definition(start):
    button = start.get_by_role("button", name=TERM.name)
    start.locator(".mx-terms-all").focus()
    start.keyboard.press("Shift+Tab")
    start.keyboard.press("Tab")
    start.keyboard.press("?")
    dialog = start.locator("dialog.mx-glossary")
    expect(dialog).to_be_visible()
    expect(dialog.locator("dt")).to_have_count(len(glossary()))
    start.keyboard.type("softmax?")  # in a field, ? is a character
    expect(dialog.get_by_role("searchbox")).to_have_value("softmax?")
    start.keyboard.press("Backspace")
    expect(dialog.locator("dt", has_text="Softmax")).to_be_visible()
    expect(dialog.locator("dt", has_text="Bootstrap")).to_be_hidden()
    start.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert start.locator(".mx-terms-all").evaluate("button => button === document.activeElement")
    while not button.evaluate("button => button === document.activeElement"):
        start.keyboard.press("Shift+Tab")
    expect(start.locator(".mx-tip")).to_contain_text(TERM.definition)
    assert button.get_attribute("aria-describedby") == "mx-tip"
    start.keyboard.press("Escape")
    expect(start.locator(".mx-tip")).to_be_hidden()
    start.keyboard.press("Enter")
    expect(dialog.locator(".mx-now")).to_contain_text(TERM.definition)
    start.keyboard.press("Escape")
    start.evaluate("() => document.body.append(Object.assign(document.createElement('input'), { id: 'typed' }))")
    start.locator("#typed").focus()
    start.keyboard.press("?")
    expect(start.locator("#typed")).to_have_value("?")
    expect(dialog).to_be_hidden()
