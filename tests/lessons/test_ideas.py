"""What every idea promises, whatever it is about."""

import re
from pathlib import Path

import pytest

from masking.lessons import all_ideas, languages, load_text, stored_facts
from masking.lessons.glossary import glossary
from masking.lessons.parts import Cards, Chart, PictureCard, Widget
from masking.lessons.references import references
from masking.runtime.assets import ASSETS

REPOSITORY = Path(__file__).parents[2]

IDEAS = all_ideas()
WORDS = ("title", "question", "keep", "control", "door")
SCREENS = [(idea, at, "en") for idea in IDEAS for at in idea.control.values]
SCREENS += [(idea, idea.control.start, language) for idea in IDEAS for language in languages()[1:]]
LEFT_OPEN = re.compile(r"[{}]|\bnan\b|\bNone\b|\binf\b")


def screen_name(case):
    return case.name if hasattr(case, "name") else str(case)


def cards_of(parts) -> list[PictureCard]:
    return [card for part in parts if isinstance(part, Cards) for card in part.cards]


def test_the_ideas_are_numbered_in_the_order_of_the_lesson():
    assert [idea.number for idea in IDEAS] == list(range(1, len(IDEAS) + 1))


@pytest.mark.parametrize("idea", IDEAS, ids=screen_name)
def test_every_idea_has_its_words(idea):
    text = load_text()
    keys = [*WORDS, *(f"guesses.{guess}" for guess in idea.guesses)]
    keys += [f"at.{at}" for at in idea.control.values if idea.control.kind == "choice" and len(idea.control.values) > 1]
    assert [key for key in keys if not text.has(f"{idea.name}.{key}")] == []
    assert text(f"{idea.name}.question").endswith("?")
    assert idea.control.start in idea.control.values


@pytest.mark.parametrize(("idea", "at", "language"), SCREENS, ids=screen_name)
def test_every_screen_says_something_true_to_form(idea, at, language):
    text = load_text(language)
    screen = idea.draw(at, stored_facts(idea, at), text)
    assert screen.verdict
    assert not LEFT_OPEN.search(screen.verdict)
    assert screen.parts
    assert not screen.answer or idea.takes(screen.answer)
    if screen.answer:
        assert idea.describe_guess(screen.answer, text)
    for card in cards_of(screen.parts):
        assert not card.png or card.alt, f"the picture {card.title!r} has no words for screen readers"
        assert all(0 <= bar.share <= 1 for bar in card.bars)
    for part in screen.parts:
        if isinstance(part, Chart):
            assert part.alt
            assert all(len(series.x) == len(series.y) for series in part.series)
            assert not part.is_share or all(0 <= value <= 1 for series in part.series for value in series.y)
        if isinstance(part, Widget):
            assert part.alt
            assert (ASSETS / "widgets" / f"{part.name}.js").is_file()


@pytest.mark.parametrize("idea", IDEAS, ids=screen_name)
def test_what_comes_before_the_guess_has_no_answers(idea):
    cards = cards_of(idea.tease(load_text()))
    assert not [card.title for card in cards if card.answer or card.bars or card.word]


@pytest.mark.parametrize("idea", IDEAS, ids=screen_name)
def test_the_link_leads_to_a_page_of_the_dashboard(idea):
    scripts = {path.stem.split("_", 1)[1] for path in (REPOSITORY / "pages").glob("[0-9]*.py")}
    for at in idea.control.values:
        link = idea.link(at)
        assert link.page in scripts
        assert link.address.startswith(link.page)
        assert all(link.parameters.values())


def test_no_link_and_no_slip_can_pose_as_a_guess():
    for idea in IDEAS:
        assert all(idea.takes(guess) for guess in idea.guesses)
        assert not idea.takes("")
        assert not idea.takes("<b>")


@pytest.mark.parametrize("idea", IDEAS, ids=screen_name)
def test_terms_and_papers_of_an_idea_are_in_the_glossary_and_among_the_references(idea):
    assert set(idea.terms) <= set(glossary("en"))
    assert set(idea.references) <= set(references())
    assert idea.terms
    assert idea.references
