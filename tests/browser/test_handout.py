"""Handouts from the disk, without a server and without a network."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from masking import Mask, compare
from masking.datasets.gallery import open_sample
from masking.lessons import all_ideas, load_text
from masking.lessons.handout import make_handout
from masking.lessons.stored import STORED
from masking.models.packaged_networks import LITE
from masking.models.zoo import load_classifier

pytestmark = pytest.mark.browser
MOST_CHARACTERS = 3_000_000
GROUPS = "main > section[id]"


@pytest.fixture
def opened(browser, tmp_path):
    """Opens a file from the disk; no request may leave it, and nothing may go wrong on the way."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True, reduced_motion="reduce")
    page, wrong = context.new_page(), []
    page.on("request", lambda request: request.url.startswith(("file:", "data:")) or wrong.append(request.url))
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))

    def open_file(content):
        file = tmp_path / "handout.html"
        file.write_text(content, "utf-8")
        page.goto(file.as_uri())
        return page

    yield open_file
    context.close()
    assert wrong == []


def objections(page, within=None):
    """Return what axe-core objects to on a page or within a part of it, one line for each element."""
    violations = Axe().run(page, context=within, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{each['id']}: {node['html'][:160]}" for each in violations for node in each["nodes"]]


def test_the_lesson_opens_from_the_disk_asks_first_and_its_figures_answer(opened):
    content = make_handout(load_text("de"), [idea for idea in all_ideas() if (STORED / f"{idea.name}.json").is_file()])
    assert len(content) < MOST_CHARACTERS
    page = opened(content)
    first = page.locator("#hiding")
    verdict, judged = first.locator(".verdict:visible"), first.locator(".judged:visible")
    for event, shown in (("beforeprint", 1), ("afterprint", 0)):
        page.evaluate(f"dispatchEvent(new Event('{event}'))")
        assert verdict.count() == shown
    first.get_by_label("Es hängt davon ab").check()
    first.get_by_text("Antwort zeigen").click()
    assert verdict.count() == 1
    assert judged.inner_text().startswith("Ihr Tipp war richtig")
    before = verdict.inner_text()
    first.get_by_label("0 %", exact=True).check()
    assert verdict.inner_text() != before
    assert "Gemessen" in judged.inner_text()

    game = page.locator("#silhouettes .widget:visible")
    before = game.inner_text()
    game.get_by_role("button").first.click()
    assert game.inner_text() != before

    for fold in page.locator("main > section:not(#hiding) > details.answer > summary").all():
        fold.click()
    page.wait_for_function("() => ![...document.querySelectorAll('.widget > p.note')].some((p) => p.offsetParent)")
    assert page.locator(".widget:visible > script + div").count() == page.locator(".widget:visible").count() > 0
    assert objections(page, "#silhouettes") == []
    page.emulate_media(color_scheme="dark")
    assert objections(page, "#hiding") == []


def test_pictures_of_a_comparison_turn_and_a_class_is_followed_by_keyboard(opened):
    classifier = load_classifier(LITE, device="cpu")
    mask = Mask.random_patches(classifier.input_size, 0.5)
    comparison = compare(classifier, open_sample("chelsea"), mask, ("blackout", "layer_masking"))
    page = opened(comparison.to_html("Chelsea <the cat>"))
    whole = page.locator(".flip .whole").first
    assert whole.evaluate("each => getComputedStyle(each).opacity") == "0"
    page.get_by_label("Show the whole picture: Blackout").focus()
    page.keyboard.press("Space")
    page.mouse.move(0, 0)
    assert whole.evaluate("each => getComputedStyle(each).opacity") == "1"
    page.get_by_label("none", exact=True).focus()
    page.keyboard.press("ArrowDown")
    assert page.locator("#follow-0").is_checked()
    assert page.locator(".bar.class-0:visible").count() == 1 + len(comparison.masked)
    page.emulate_media(color_scheme="dark")
    assert objections(page) == []
