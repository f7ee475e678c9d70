"""Presentation mode as a lecturer uses it: by keyboard alone, and readable from the back row."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.rest import wait_until_it_rests

pytestmark = pytest.mark.browser
WIDTH, HEIGHT, SMALLEST = 1280, 720, 20
STATES = {
    "A scene": "/Compare?image=scene-001&methods=blackout,greyout",
    "The same page, another scene": "/Compare?image=scene-003&methods=blackout,layer_masking",
    "A question": "/Learn?idea=hiding&at=50",
    "The hole tells": "/Shape_leakage?image=scene-001&methods=blackout&holes=exact,box",
    "Many pictures": "/Benchmarks?view=run&run=f7a4a14f",
}
CONTROLS = (
    "[data-testid=stMain] :is(input, select, textarea, canvas, .stButton, .stDownloadButton, .stExpander, .stPopover, "
    ".st-key-menu, .st-key-next-page, .mx-footer, .st-key-editor)"
)
SMALL_TEXT = """
(smallest) => {
  const small = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); ) {
    const parent = node.parentElement, range = document.createRange();
    range.selectNodeContents(node);
    const { width, height } = range.getBoundingClientRect();
    const isSeen = node.textContent.trim() && width > 2 && height > 2
      && parent.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    const size = parseFloat(getComputedStyle(parent).fontSize);
    if (isSeen && size < smallest) small.push(`${size} ${node.textContent.trim().slice(0, 40)}`);
  }
  return small;
}
"""


@pytest.fixture
def lecture(page, address, sets_folder):
    """The first state of a set of several pages, opened by its one link."""
    states = "".join(f'[[state]]\ntitle = "{title}"\nlink = "{link}"\n' for title, link in STATES.items())
    (sets_folder / "lecture.toml").write_text(f'title = "A lecture"\n{states}')
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    page.goto(f"{address}/Learn?present=1&set=lecture")
    see(page, 1)
    return page


def see(page: Page, number: int) -> None:
    """Wait until a state is there, all of it."""
    expect(page.locator("h1")).to_have_text(list(STATES)[number - 1])
    expect(page.locator(".mx-present-place")).to_have_text(f"{number} / {len(STATES)}")
    wait_until_it_rests(page)


def reading(page: Page) -> str:
    return page.locator(".mx-reading").first.inner_text()


def test_pages_are_readable_from_the_back_row_and_show_no_controls(lecture):
    for number, title in enumerate(STATES, 1):
        see(lecture, number)
        assert lecture.evaluate(SMALL_TEXT, SMALLEST) == [], title
        expect(lecture.locator(CONTROLS).filter(visible=True)).to_have_count(0)
        assert lecture.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), title
        expect(lecture.locator("[data-testid=stException], [data-testid=stAlert]")).to_have_count(0)
        lecture.keyboard.press("ArrowRight")


def test_a_state_shows_what_its_link_shows_in_a_new_browser_whatever_was_tried_before(lecture, second_page, address):
    first = reading(lecture)
    lecture.keyboard.press("c")
    box = lecture.get_by_role("button", name="Clear", exact=True)
    box.focus()
    lecture.keyboard.press("Enter")
    expect(lecture.locator(".mx-reading").first).not_to_have_text(first)
    wait_until_it_rests(lecture)
    lecture.get_by_role("button", name="Back to the prepared state").focus()
    lecture.keyboard.press("Enter")
    expect(lecture.locator(".mx-reading").first).to_have_text(first)
    expect(lecture.locator(CONTROLS).filter(visible=True)).to_have_count(0)
    lecture.keyboard.press("PageDown")
    see(lecture, 2)
    second_page.goto(address + STATES["The same page, another scene"])
    expect(second_page.locator(".mx-reading").first).to_have_text(reading(lecture))
    for each in (lecture, second_page):
        expect(each.locator(".mx-card img")).to_have_count(3)
    lecture.go_back()
    see(lecture, 1)
    assert reading(lecture) == first


def test_keys_lead_through_menu_and_states_but_not_while_somebody_types_or_moves_a_slider(lecture):
    keys = lecture.keyboard
    keys.press("m")
    menu = lecture.get_by_role("dialog", name="All states")
    expect(menu.get_by_role("button", name="A scene", exact=True)).to_be_focused()
    keys.press("Escape")
    expect(menu).to_be_hidden()
    keys.press("m")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    keys.press("Enter")
    see(lecture, 3)
    expect(menu).to_be_hidden()
    keys.press("ArrowLeft")
    see(lecture, 2)
    keys.press("c")
    lecture.get_by_role("combobox", name="Picture", exact=True).focus()
    keys.type("cm")
    keys.press("ArrowRight")
    keys.press("Escape")
    expect(menu).to_be_hidden()
    see(lecture, 2)
    lecture.evaluate("document.activeElement.blur()")
    keys.press("Home")
    see(lecture, 1)
    keys.press("PageUp")  # there is nothing before the first
    see(lecture, 1)
    lecture.get_by_role("button", name="Leave the presentation").focus()
    keys.press("Enter")
    expect(lecture.locator(".st-key-menu")).to_be_visible()
    expect(lecture.locator(".mx-present")).to_have_count(0)
    assert "present" not in lecture.url
    assert "image=scene-001" in lecture.url
