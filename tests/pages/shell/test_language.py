"""The language of a page and of the words around it."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from masking.lessons import text
from pages.shell import frame
from pages.shell.language import TRANSLATED, _table, frame_text, languages, page_name
from tests.pages.html import parse

TRANSLATED_PAGE, OTHER_PAGE = "Learn", "Compare"


def empty_page():
    import streamlit as st

    from pages.shell import frame
    from pages.shell.link_warnings import show_link_warnings

    frame.begin(st.session_state["title"])
    show_link_warnings()
    frame.end()


class Session:
    """A session that opens empty pages, and the labels of the links that they draw."""

    def __init__(self, monkeypatch, title, **address):
        self.links = {}
        monkeypatch.setattr(frame.st, "page_link", self._note)
        self.at = AppTest.from_function(empty_page, default_timeout=120)
        for key, value in address.items():
            self.at.query_params[key] = value
        self.open(title)

    def _note(self, path, label, query_params=None, **options):
        self.links[label] = (path, query_params)

    def open(self, title):
        self.links.clear()
        self.at.session_state["title"] = title
        assert not self.at.run().exception
        return self

    @property
    def html(self):
        return parse("".join(part.proto.body for part in self.at.get("html")))

    @property
    def language_in_address(self):
        return dict(self.at.query_params).get("lang")


@pytest.fixture
def open_page(monkeypatch):
    return lambda title, **address: Session(monkeypatch, title, **address)


def test_a_link_asks_for_the_language_of_a_page_that_has_it(open_page):
    session = open_page(TRANSLATED_PAGE, lang="de")
    assert session.html.texts("h1") == ["Lernen"]
    assert frame_text("purpose.Learn", "de") in session.html.texts("p")
    assert frame_text("lesson.Learn", "de") in session.html.texts("p")
    assert "Quellen" in session.html.first("summary").text
    assert "Lernen" in session.links
    assert "Weiter: Compare" in session.links
    assert session.links["English"] == ("pages/7_Learn.py", {"lang": "en"})


def test_a_page_without_a_table_is_english_and_the_session_remembers(open_page):
    session = open_page(OTHER_PAGE, lang="de")
    assert session.html.texts("h1") == ["Compare"]
    assert session.links["Lektion auf Deutsch"] == ("pages/7_Learn.py", {"lang": "de"})
    session.at.query_params.clear()
    session.open(TRANSLATED_PAGE)
    assert session.html.texts("h1") == ["Lernen"]
    assert session.language_in_address in ("de", ["de"])


def test_english_is_the_language_unless_somebody_asks(open_page):
    session = open_page(TRANSLATED_PAGE)
    assert session.html.texts("h1") == ["Learn"]
    assert session.language_in_address is None
    assert session.links["Deutsch"] == ("pages/7_Learn.py", {"lang": "de"})
    assert "English" not in session.links


def test_the_link_to_english_takes_german_back(open_page):
    session = open_page(TRANSLATED_PAGE, lang="de")
    session.at.query_params["lang"] = "en"
    assert session.open(TRANSLATED_PAGE).html.texts("h1") == ["Learn"]


def test_an_unknown_language_is_english_with_a_warning(open_page):
    session = open_page(TRANSLATED_PAGE, lang="xx*")
    assert session.html.texts("h1") == ["Learn"]
    (warning,) = session.at.warning
    assert "xx" in warning.value
    assert "en, de" in warning.value
    assert session.language_in_address is None
    session.at.button[0].click().run()
    assert not session.at.warning


def test_a_page_opened_by_its_name_and_language_is_opened_by_its_name_alone(open_page):
    assert open_page(OTHER_PAGE, lang="de").at.session_state["bare_address"]
    assert not open_page(OTHER_PAGE, lang="de", methods="blur").at.session_state["bare_address"]


def test_the_frame_knows_the_languages_of_the_library():
    assert languages() == text.languages()


def test_every_language_has_all_words_of_the_frame():
    english = _table("en")
    for language in languages():
        table = _table(language)
        assert set(table) == set(english)
        for key, words in table.items():
            assert sorted(re.findall(r"{\w+}", words)) == sorted(re.findall(r"{\w+}", english[key])), key


def test_every_page_has_a_name_and_the_translated_ones_exist():
    for label in frame.pages():
        assert page_name(label, "en") == label
    assert set(TRANSLATED) <= set(frame.pages())
    assert page_name("Own page", "de") == "Own page"
