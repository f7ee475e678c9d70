"""The way back to the lesson, from a page that the lesson has opened."""

import html
from urllib.parse import parse_qsl, urlencode

import streamlit as st

LESSON = "lesson"
"""The parameter with the lesson's own parameters, which bring a reader back to where they were."""
PAGE = "Learn"
OWN = ("idea", "at", "guesses", "lang")
"""What the lesson's address can hold; anything else in the parameter is dropped, so it leads nowhere else."""


def way_back(lesson: str) -> str:
    """Return the address of the lesson, relative to any page."""
    try:
        pairs = parse_qsl(lesson, max_num_fields=100)
    except ValueError:
        pairs = []
    query = urlencode({key: value for key, value in pairs if key in OWN}, safe=":,")
    return f"{PAGE}?{query}" if query else PAGE


def show_way_back(title: str) -> None:
    """Draw the link, if the lesson has opened this page."""
    lesson = st.query_params.get(LESSON)
    if lesson is None or title == PAGE:
        return
    label = _label(dict(parse_qsl(lesson, max_num_fields=None)).get("lang", "en"))
    address = html.escape(way_back(lesson), quote=True)
    st.html(f"<a class='mx-way-back' target='_self' href='{address}'>← {html.escape(label)}</a>")


def _label(language: str) -> str:
    import masking  # whole and first: two threads that import different parts of it block each other

    del masking
    from masking.lessons.text import languages, load_text

    return load_text(language if language in languages() else "en")("present.lesson")
