"""The lesson as one file: complete, well-formed, the same bytes again, and safe against any words."""

import io
import json
import re
from html.parser import HTMLParser

import pytest
from PIL import Image

from masking.lessons import drawing, load_text
from masking.lessons.drawing import draw_part, embed_json, picture_address, widget_script
from masking.lessons.handout import PROGRAM, make_handout
from masking.lessons.handout_idea import IDEA_CHARACTERS, make_section, offered_values
from masking.lessons.idea import Idea, Link, ScreenControl
from masking.lessons.ideas.hiding import Hiding
from masking.lessons.parts import Cards, Chart, Note, PictureCard, RowsTable, Screen, Series, ShareBar, Widget
from masking.lessons.stored import stored_facts
from masking.lessons.text import Text
from masking.results.series_style import Style
from pages.shell.citation import program_bibtex

EVIL = """</script><script>alert("&'")</script><!--"""
VOID = {"meta", "img", "input"}


class Reader(HTMLParser):
    """Notes elements, attributes and texts, and which elements are open."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.open, self.texts = [], [], []
        self.feed(page)
        self.ids = [attributes["id"] for _, attributes in self.elements if "id" in attributes]

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in {"script", "style"}:
            self.texts.append(data)


def png(size=4, colour=(200, 10, 30)):
    written = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(written, "PNG")
    return written.getvalue()


class FirstIdea(Hiding):
    """The first idea at one value of its control, which is drawn in a moment."""

    control = ScreenControl(("50",), "50", "slider", "%")


class Made(Idea):
    """An idea with every kind of part, in the words that it is given."""

    name = "made"
    number = 1
    control = ScreenControl(tuple(map(str, range(0, 100, 10))), "50", "slider", "%")
    guesses = ("yes", "no")

    def __init__(self, words=EVIL):
        self.words = words

    def draw(self, at, facts, text):
        words, share = self.words, facts["share"]
        card = PictureCard(
            words, png(), words, words, (ShareBar(words, share, words),), words, "leak", "#123456", words
        )
        series = [
            Series(words, (0, 1), (share, 1.0), Style("#654321"), (0.0, 0.9), (0.3, 1.0)),
            Series("b", (0,), (0.5,)),
        ]
        lines = Chart("lines", tuple(series), words, words, words, ((0.5, words),), is_share=True)
        bars = Chart("bars", (Series("c", (words, "box"), (-1.25, 2.0)),), words, words, words)
        widget = Widget("fake", {"words": words, "at": at}, words)
        parts = (Cards((card,), words), lines, bars, RowsTable([{words: words}], words), widget, Note(words))
        return Screen(parts, f"{words} {at}", "yes" if int(at) < 60 else "no")

    def link(self, at):
        return Link("Compare", {})


@pytest.fixture
def made(tmp_path, monkeypatch):
    """The idea, its words in a table, and its widget in a folder of its own."""
    (tmp_path / "fake.js").write_text("const a = 1\nexport default function ({ data }) { return a }\n")
    (tmp_path / "fake.css").write_text(".fake { color: red; }")
    monkeypatch.setattr(drawing, "WIDGETS", tmp_path)
    names = ("title", "question", "keep", "control", "guesses.yes", "guesses.no")
    return Made(), Text("en", {f"made.{name}": f"{name} {EVIL}" for name in names})


def facts(idea, at):
    return {"share": int(at) / 100}


def test_a_handout_is_well_formed_and_no_words_break_out_of_their_element(made):
    idea, text = made
    page = make_handout(text, [idea], facts)
    reader = Reader(page)
    assert reader.open == []
    assert len(set(reader.ids)) == len(reader.ids)
    scripts = [attributes.get("type") for tag, attributes in reader.elements if tag == "script"]
    assert set(scripts) == {"module", "application/json"}
    assert scripts.count("module") == 2  # the widget and the handout's own, though five values show the widget
    assert page.count(".fake { color: red; }") == 1
    assert EVIL in "".join(reader.texts)
    for tag, attributes in reader.elements:
        assert attributes.get("src", "data:").startswith("data:")
        assert tag not in {"link", "iframe", "object", "base"}
        assert not [name for name in attributes if name.startswith("on")]


def test_a_handout_asks_before_it_answers(made):
    idea, text = made
    page = make_handout(text, [idea], facts)
    question, guess, fold, verdict, keep = (
        page.index(words)
        for words in (
            "question &lt;",
            'id="made-guess-0"',
            '<details class="answer">',
            'class="verdict"',
            'class="keep"',
        )
    )
    assert question < guess < fold < verdict < keep < page.index("</details></section>")


def test_every_guess_is_judged_for_every_value(made):
    idea, text = made
    section = make_section(idea, text, facts)
    assert list(section.screens) == ["0", "20", "50", "70", "90"]
    judged = re.findall('class="judged guess-(.)">(Your guess was right|You guessed)', section.to_html())
    right = {"Your guess was right": True, "You guessed": False}
    expected = [(str(n), n == (int(at) >= 60)) for at in section.screens for n in (0, 1)]
    assert [(number, right[words]) for number, words in judged] == expected
    for number in range(len(section.screens)):
        assert f"#made:has(#made-at-{number}:checked) .at-{number} {{ display: block; }}" in section.style()


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        (ScreenControl(tuple(map(str, range(0, 100, 10))), "50", "slider"), ["50", "0", "20", "70", "90"]),
        (ScreenControl(("1", "2", "3"), "2", "slider"), ["2", "1", "3"]),
        (ScreenControl(tuple("abcdefgh"), "c"), list("cabdefgh")),
    ],
)
def test_a_slider_offers_its_start_and_a_few_other_values_and_a_choice_all(control, expected):
    assert offered_values(control) == expected


def test_an_idea_keeps_to_its_room(made):
    idea, text = made
    long = type("Long", (Made,), {})("x" * (IDEA_CHARACTERS // 40))
    shown = list(make_section(long, text, facts).screens)
    assert "50" in shown
    assert len(shown) < len(offered_values(idea.control))


def test_a_chart_says_every_number_in_the_language_of_the_handout(made):
    idea, text = made
    lines, bars = idea.draw("50", {"share": 0.125}, text).parts[1:3]
    german = Text("de", text.entries)
    assert "b, 0: 50 %" in draw_part(lines, german)
    assert ", 0: 12,5 % (0 % – 30 %)" in draw_part(lines, german)
    assert "c, box: 2" in draw_part(bars, german)
    assert "−1,25" in draw_part(bars, german)
    assert "−1.25" in draw_part(bars, text)
    assert draw_part(bars, german).count('<rect class="point"') == 2


def test_embedded_data_are_the_same_data_and_cannot_end_their_element():
    data = {"words": EVIL, "number": 0.1, "more": ["ä", None, True]}
    assert json.loads(embed_json(data)) == data
    assert not set("<>&") & set(embed_json(data))


def test_pictures_are_small_and_stay_what_they_are():
    assert picture_address(png()).startswith("data:image/png;base64,")
    noisy = io.BytesIO()
    Image.effect_noise((128, 128), 80).convert("RGB").save(noisy, "PNG")
    address = picture_address(noisy.getvalue())
    assert address.startswith("data:image/webp;base64,")
    assert len(address) < len(noisy.getvalue())


@pytest.mark.parametrize(
    "module", ["import a from 'b';\nexport default function () {}", "export const a = 1;", "let a;"]
)
def test_a_widget_that_a_file_cannot_hold_is_refused(made, tmp_path, module):
    (tmp_path / "other.js").write_text(module)
    with pytest.raises(ValueError, match="the widget other must export one default"):
        widget_script("other")


@pytest.fixture(scope="module")
def first_idea():
    """Handouts of the first idea, by language."""
    return {language: make_handout(load_text(language), [FirstIdea()]) for language in ("en", "de")}


def test_the_same_input_gives_the_same_bytes_without_a_date(first_idea):
    picture_address.cache.clear()
    again = make_handout(load_text("de"), [FirstIdea()])
    assert again == first_idea["de"]
    assert not re.search(r"20\d\d-\d\d-\d\d", again)


def test_the_first_idea_is_told_whole_in_both_languages(first_idea):
    for language, page in first_idea.items():
        text, said = load_text(language), " ".join(Reader(page).texts)
        assert f'<html lang="{language}">' in page
        names = ("title", "question", "keep", "guesses.cat", "guesses.depends", "x_title")
        assert [name for name in names if text(f"hiding.{name}") not in said] == []
        verdict = FirstIdea().draw("50", stored_facts(FirstIdea(), "50"), text).verdict
        assert verdict in said
        for words in (
            "python docs/make_lesson.py facts hiding",
            "@inproceedings{jain2022,",
            text("handout.checks.leak"),
        ):
            assert words in said
    assert "Show the answer" not in first_idea["de"]
    assert "0,1 %" in first_idea["de"]


def test_a_handout_of_live_numbers_says_whether_they_are_those_stored():
    idea, text = FirstIdea(), load_text()
    equal = make_handout(text, [idea], stored_facts, is_live=True)
    assert '<td style="text-align: left">Equal</td>' in equal
    whole = {"probability": 0.5, "index": 1}
    other = make_handout(text, [idea], lambda idea, at: {**stored_facts(idea, at), "whole": whole}, is_live=True)
    assert "Differs: whole" in other


def test_the_program_is_cited_as_in_the_footer():
    fields = dict(re.findall(r"(\w+) = \{(.*)\},", program_bibtex()))
    assert fields == PROGRAM
