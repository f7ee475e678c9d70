"""The figure of answers that fill up, on a bare page: it needs no server."""

import pytest

from masking.lessons import IDEAS, load_text, stored_facts
from masking.runtime.assets import ASSETS

pytestmark = pytest.mark.browser
PAINT = IDEAS["paint"]
SCRIPT = (
    (ASSETS / "widgets" / "answers.js").read_text("utf-8").replace("export default function", "window.draw = function")
)
STYLE = (ASSETS / "widgets" / "answers.css").read_text("utf-8")
BEAT = int(SCRIPT.partition("const BEAT = ")[2].partition(";")[0])
SHOWN = "cells => cells.filter(cell => cell.textContent).length"


def data_for(method):
    (widget,) = PAINT.draw(method, stored_facts(PAINT, method), load_text()).parts
    return {**widget.data, "digest": method, "alt": widget.alt}


@pytest.fixture
def figure(page):
    """Draw the figure for a method on a page for people who ask for less motion, until told otherwise; time stands."""
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.emulate_media(reduced_motion="reduce")
    page.set_content(f"<style>{STYLE}</style><main></main>")
    page.add_script_tag(content=SCRIPT)

    def draw(method):
        page.evaluate("data => window.draw({data, parentElement: document.querySelector('main')})", data_for(method))
        return page.locator(".mx-answers")

    return draw


def shown(figure):
    return figure.locator(".mx-answer-grid span").evaluate_all(SHOWN)


def test_without_motion_all_answers_are_there_at_once(figure):
    answers = figure("greyout")
    assert shown(answers) == 64
    assert answers.locator(".mx-answer-entropy p b").inner_text() == "1.21"
    counts = answers.locator(".mx-answer-legend b").all_inner_texts()
    assert sum(map(int, counts)) == 64
    assert answers.locator("[aria-current=true] th").all_inner_texts() == ["Greyout"]
    assert answers.locator("tbody tr").count() == len(PAINT.control.values)


def test_answers_fill_up_with_their_entropy_until_all_are_asked_for(figure, page):
    answers = figure("greyout")
    button = answers.get_by_role("button")
    assert button.inner_text() == "Fill again"
    button.press("Enter")
    assert shown(answers) == 0
    page.clock.run_for(10 * BEAT)
    assert shown(answers) == 10
    assert answers.locator(".mx-answer-entropy p b").inner_text() == data_for("greyout")["numbers"][9]
    assert button.inner_text() == "Show all"
    button.press("Enter")
    assert shown(answers) == 64
    assert button.inner_text() == "Fill again"
    assert answers.locator(".mx-answer-entropy p b").inner_text() == "1.21"


def test_the_same_answers_are_not_drawn_again_and_others_replace_them(figure, page):
    figure("greyout")
    page.evaluate("document.querySelector('.mx-answers').dataset.mine = 'yes'")
    assert figure("greyout").get_attribute("data-mine") == "yes"
    other = figure("layer_masking")
    assert other.count() == 1
    assert other.get_attribute("data-mine") is None
    assert other.locator(".mx-answer-entropy p b").inner_text() == "0.23"


def test_with_motion_it_begins_empty_and_ends_complete(figure, page):
    page.emulate_media(reduced_motion="no-preference")
    answers = figure("blackout")
    assert shown(answers) == 0
    page.clock.run_for(64 * BEAT)
    assert shown(answers) == 64
    assert answers.get_by_role("button").inner_text() == "Fill again"
