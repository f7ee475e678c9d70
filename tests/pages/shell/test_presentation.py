"""Presentation mode as a page of its own sees it: bar, heading, what is left out, and the states of a set."""

import pytest
from streamlit.testing.v1 import AppTest

from masking.lessons import prepared
from pages.components.charts import PRESENTED_SIZE, set_layout
from pages.shell import frame, presentation
from pages.shell.way_back import way_back
from tests.pages.html import parse

SET = """title = "Mine"
[[state]]
title = "A cat"
link = "/Compare?image=chelsea"
text = "Large words"
[[state]]
title = "A second"
link = "/Compare?image=coffee"
"""


def page_of_the_shell():
    import streamlit as st

    from pages.shell import frame

    frame.begin("Compare")
    st.session_state["left"] = st.session_state.get("left", 0) + 1
    st.html(f"<p class='runs'>{st.session_state['left']} {frame.has_bare_address()} {frame.arrived()}</p>")
    frame.end()


@pytest.fixture
def page(folders, monkeypatch):
    """A page of the shell with own sets; the menu's links, which need the real pages, are noted instead."""
    (folders / "mine.toml").write_text(SET)
    (folders / "broken.toml").write_text("title")
    monkeypatch.setenv(prepared.VARIABLE, str(folders))
    menu = []
    monkeypatch.setattr(frame.st, "page_link", lambda path, label, **options: menu.append(label))
    at = AppTest.from_function(page_of_the_shell, default_timeout=120)
    at.menu = menu
    return at


def show(at, **address):
    at.query_params.clear()
    for key, value in address.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    return parse("".join(part.proto.body for part in at.get("html") if not part.proto.body.startswith("<style")))


def test_the_shell_and_the_library_call_the_parameters_alike():
    assert (presentation.PRESENT, presentation.SET, presentation.SLIDE) == (
        prepared.PRESENT, prepared.SET, prepared.SLIDE,
    )  # fmt: skip
    assert set(frame.SHELL_PARAMETERS) == prepared.OWN_PARAMETERS


def test_a_presented_page_has_the_states_heading_and_words_and_neither_menu_nor_footer(page):
    shown = show(page, image="chelsea", present="1", set="mine", slide="1")
    assert shown.texts("h1") == ["A cat"]
    assert shown.texts("p", "mx-slide-text") == ["Large words"]
    assert not page.menu
    assert not shown.all("footer")
    plain = show(page, image="chelsea")
    assert plain.texts("h1") == ["Compare"]
    assert page.menu
    assert plain.all("footer")


def test_another_state_of_the_same_page_begins_after_a_moment_with_the_bar_alone_and_forgets_everything(page):
    assert "1 False True" in show(page, image="chelsea", present="1", set="mine", slide="1").texts("p", "runs")[0]
    assert "2 False False" in show(page, image="astronaut", present="1", set="mine", slide="1").texts("p", "runs")[0]
    assert not show(page, image="coffee", present="1", set="mine", slide="2").texts("p", "runs")
    assert "1 False True" in show(page, image="coffee", present="1", set="mine", slide="2").texts("p", "runs")[0]


def test_an_address_with_nothing_but_the_presentation_is_bare(page):
    assert "True" in show(page, present="1", set="mine", slide="1").texts("p", "runs")[0].split()


def test_what_the_address_asks_for_in_vain_is_said_and_the_page_goes_on(page):
    shown = show(page, present="1", set="nobody's", slide="1")
    assert shown.texts("p", "runs")
    assert "There are:" in page.warning[0].value
    assert "mine" in page.warning[0].value
    show(page, present="1", set="broken", slide="1")
    show(page, present="1", set="broken", slide="1")
    assert "broken.toml is not valid TOML" in page.warning[0].value
    for slide in ("3", "0", "x", "²", "9" * 5000):
        show(page, present="1", set="mine", slide=slide)
        assert show(page, present="1", set="mine", slide=slide).texts("h1") == ["A cat"]
        assert "which has 2" in page.warning[0].value


def test_names_from_links_are_looked_up_and_never_paths(page, folders):
    (folders / "deep").mkdir()
    (folders / "deep" / "secret.toml").write_text(SET)
    show(page, present="1", set="deep/secret", slide="1")
    assert "'deep/secret', which is not here" in page.warning[0].value


@pytest.mark.parametrize(
    ("lesson", "address"),
    [
        ("idea=hiding&at=50&guesses=hiding%3Acat", "Learn?idea=hiding&at=50&guesses=hiding:cat"),
        ("", "Learn"),
        ("https://example.org/", "Learn"),
        ("//example.org", "Learn"),
        ("idea=//example.org&next=https://example.org", "Learn?idea=%2F%2Fexample.org"),
        ("&".join(f"a{number}=1" for number in range(200)), "Learn"),
        ('idea="><script>', "Learn?idea=%22%3E%3Cscript%3E"),
    ],
)
def test_the_way_back_leads_to_the_lesson_and_nowhere_else(lesson, address):
    assert way_back(lesson) == address


def test_a_page_that_the_lesson_opened_leads_back_but_not_in_a_presentation(page):
    (link,) = show(page, image="chelsea", lesson="idea=hiding&lang=de").all("a", "mx-way-back")
    assert link.attributes["href"] == "Learn?idea=hiding&lang=de"
    assert "Zurück zur Lektion" in link.text
    assert page.query_params["lesson"] == "idea=hiding&lang=de"
    for lesson in ("idea=black", "&".join(f"a{number}=1" for number in range(2000))):
        assert "Back to the lesson" in show(page, lesson=lesson).first("a", "mx-way-back").text
    assert not show(page, image="chelsea", lesson="idea=hiding", present="1").all("a", "mx-way-back")
    assert not show(page, image="chelsea").all("a", "mx-way-back")


def test_charts_have_large_type_in_a_presentation_only(monkeypatch):
    import plotly.graph_objects as go

    from pages.components import charts

    def chart():
        return set_layout(go.Figure(go.Scatter(x=[1], y=[2])), "Title").layout

    plain = chart()
    monkeypatch.setattr(charts, "is_presenting", lambda: True)
    large = chart()
    assert {large.xaxis.tickfont.size, large.yaxis.title.font.size, large.font.size, large.title.font.size} == {
        PRESENTED_SIZE
    }
    assert large.height > plain.height
    assert plain.xaxis.tickfont.size is None
