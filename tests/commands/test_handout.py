"""`missingness handout`: the files of the library, and one sentence for everything that is wrong."""

import pytest

from masking.lessons import IDEAS, load_text, stored_facts
from masking.lessons.handout import make_handout
from masking.lessons.idea import ScreenControl
from masking.lessons.ideas.hiding import Hiding
from tests.commands.refusals import refused_in_one_line

PATCHES = ("--patches", 0.25, "--patch", 32, "--seed", 3)


class Quick(Hiding):
    """The first idea at two values of its control that share their facts, which are computed in no time."""

    control = ScreenControl(("50", "40"), "50", "slider", "%")

    def computed_for(self, at):
        return "50"

    def compute(self, key, on_step):
        on_step(0.5)
        return stored_facts(self, key)


@pytest.fixture
def quick(monkeypatch):
    """The quick idea in place of the first one."""
    idea = Quick()
    monkeypatch.setitem(IDEAS._entries, IDEAS["hiding"].name, idea)
    return idea


def test_the_lesson_is_written_as_the_library_makes_it(run, files, quick):
    code, out, err = run("handout", "lesson", "--out", "lesson.html", "--lang", "de", "--idea", "hiding")
    assert (code, out, err) == (0, "lesson.html\n", "")
    written = (files / "lesson.html").read_text("utf-8")
    assert written == make_handout(load_text("de"), [quick])
    assert "Antwort zeigen" in written


def test_a_comparison_is_written_as_the_library_makes_it_and_as_the_sheet_of_compare(run, files):
    code, out, err = run("handout", "compare", "picture.png", *PATCHES, "--out", "handout.html")
    assert (code, err) == (0, "")
    sentence, name = out.splitlines()
    assert name == "handout.html"
    written = (files / "handout.html").read_text("utf-8")
    assert sentence in written.replace("&#x27;", "'")
    assert 'class="flip"' in written
    assert run("compare", "picture.png", *PATCHES, "--sheet", "sheet.html")[0] == 0
    assert (files / "sheet.html").read_text("utf-8") == written


@pytest.mark.usefixtures("quick")
def test_live_numbers_are_computed_once_and_named(run, files):
    code, out, err = run("handout", "lesson", "--out", "live.html", "--idea", "hiding", "--live")
    assert (code, out, err) == (0, "live.html\n", "computing hiding: 50\n")
    assert ">Equal</td>" in (files / "live.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("lesson", "--out", "a.html", "--lang", "fr"), "no texts in the language 'fr'; choose from en, de"),
        (("lesson", "--out", "a.html", "--idea", "hidin"), "did you mean hiding?"),
        (("lesson", "--out", "a.txt"), "a.txt ends with none of .html"),
        (("lesson", "--out", "none/a.html"), "there is no folder none"),
        (("compare", "picture.png", "--out", "a.html"), "nothing says what to hide"),
        (("compare", "picture.png", "--patches", 0.5, "--out", "a.png"), "a.png ends with none of .html"),
        (("compare", "none.png", "--patches", 0.5, "--out", "a.html"), "none.png"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence_and_nothing_is_written(run, files, arguments, sentence):
    refused_in_one_line(*run("handout", *arguments), sentence)
    assert not (files / "a.html").exists()
