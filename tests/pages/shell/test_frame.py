"""The head and the end of every page, and where a reader goes from there."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.shell import frame
from pages.shell.language import frame_text
from pages.shell.purposes import head_html, lesson_html, purpose
from tests.pages.html import parse

LABELS = [label for label, path in frame.pages().items() if path != frame.START]
LONGEST_ON_A_PROJECTOR = 100
"""Characters of heading and purpose that stand in one line at a width of 1024."""


def empty_page():
    import streamlit as st

    from pages.shell import frame

    frame.begin(st.session_state["title"])
    frame.end()


def open_page(title, monkeypatch):
    links = []
    monkeypatch.setattr(frame.st, "page_link", lambda path, label, **options: links.append((label, path)))
    at = AppTest.from_function(empty_page, default_timeout=120)
    at.session_state["title"] = title
    assert not at.run().exception
    return parse("".join(part.proto.body for part in at.get("html"))), links[len(frame.pages()) :]


@pytest.mark.parametrize("label", LABELS)
def test_a_page_says_what_it_is_for_and_leads_to_the_next(label, monkeypatch):
    html_of_page, ways_on = open_page(label, monkeypatch)
    assert html_of_page.texts("h1") == [label]
    purpose_of_page, lesson = (frame_text(f"{part}.{label}", "en") for part in ("purpose", "lesson"))
    assert purpose_of_page in html_of_page.first("div").text
    assert len(label + purpose_of_page) <= LONGEST_ON_A_PROJECTOR
    assert lesson in html_of_page.texts("p")
    following = [*LABELS, LABELS[0]][LABELS.index(label) + 1]  # from the last page to the first after Start
    assert ways_on[0] == (f"Next: {following}", frame.pages()[following])


def test_start_has_a_head_of_its_own_and_doors_instead_of_a_next_page(monkeypatch):
    html_of_page, ways_on = open_page(frame.NAME, monkeypatch)
    assert not html_of_page.texts("h1")
    assert not [label for label, _ in ways_on if label.startswith("Next")]


def test_a_page_that_nobody_described_says_itself_what_it_is_for(tmp_path):
    script = tmp_path / "9_Own.py"
    script.write_text('"""Own: what this page is for.\n\nMore.\n"""\n')
    assert purpose("Own", script) == "What this page is for."
    script.write_text('"""A page without its name."""\n')
    assert parse(head_html("Own", script)).texts("h1") == ["Own"]
    assert purpose("Own", script) == "A page without its name."
    script.write_text("")
    assert not purpose("Own", script)
    assert not lesson_html("Own")
