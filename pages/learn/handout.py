"""The button that hands out the whole lesson as one file."""

from functools import cache

import streamlit as st

from masking.lessons import Text, load_text
from masking.lessons.handout import make_handout


def show_handout(text: Text) -> None:
    """Draw the button; the file is made when somebody presses it."""
    language = text.language
    st.download_button(
        text("handout.button"), lambda: _handout(language), f"{text('handout.file')}.html", "text/html",
        icon=":material/download:", type="tertiary", on_click="ignore", key="lesson-handout", help=text("handout.help"),
    )  # fmt: skip


@cache
def _handout(language: str) -> str:
    """Return the lesson in a language; it depends on nothing else, so it is made once."""
    return make_handout(load_text(language))
