"""Sentences about what a link asked for and this installation cannot give."""

import streamlit as st

from pages.shell.errors import escape_markdown

_WARNINGS = "link_warnings"
LONGEST = 80
"""Characters of a value in a warning; the middle of a longer one is left out."""
MOST = 10
"""Values that a warning names."""


def quote(*values: str) -> str:
    """Return what a link says, for a warning: in quotes, and no Markdown."""
    return escape_markdown(", ".join(map(_short, values[:MOST])) + (", …" if len(values) > MOST else ""))


def _short(value: str) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]}…{text[1 - LONGEST // 2 :]}"


def add_link_warning(key: str, sentence: str) -> None:
    """Remember that the link asked for something that cannot be had."""
    st.session_state.setdefault(_WARNINGS, {})[key] = sentence


def show_link_warnings() -> None:
    """Show what the link asked for in vain, until somebody dismisses it."""
    warnings: dict[str, str] = st.session_state.get(_WARNINGS, {})
    if not warnings:
        return
    left, right = st.columns([6, 1], vertical_alignment="center")
    left.warning(" ".join(warnings.values()), icon=":material/link_off:")
    right.button("Dismiss", on_click=warnings.clear, width="stretch")
