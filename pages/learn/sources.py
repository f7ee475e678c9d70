"""What an idea rests on: its terms with their definitions, and its papers."""

import html

import streamlit as st

from masking.lessons import Idea, Text
from masking.lessons.glossary import glossary
from masking.lessons.references import references


def show_sources(idea: Idea, text: Text) -> None:
    """Draw the terms and the papers of an idea, folded."""
    terms, papers = glossary(text.language), references()
    with st.expander(text("lesson.references")):
        meanings = [
            f"<dt>{html.escape(terms[key].name)}</dt><dd>{html.escape(terms[key].definition)}</dd>"
            for key in idea.terms
        ]
        lines = [_paper(papers[key].text, papers[key].address) for key in idea.references]
        st.html(f"<dl class='mx-terms'>{''.join(meanings)}</dl><ul class='mx-terms'>{''.join(lines)}</ul>")


def _paper(text: str, address: str) -> str:
    words = html.escape(text)
    if not address:
        return f"<li>{words}</li>"
    return f"<li><a href='{html.escape(address, quote=True)}' target='_blank' rel='noopener'>{words}</a></li>"
