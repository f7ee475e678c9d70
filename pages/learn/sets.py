"""Teach with this: the sets of prepared states, each with its link, and where sets of one's own go."""

import html
from urllib.parse import urlsplit

import streamlit as st

from masking.lessons import Text
from masking.lessons.idea import Link
from masking.lessons.prepared import VARIABLE, PreparedSet, all_sets, own_folder
from pages.shell import frame
from pages.shell.errors import as_sentence, escape_markdown
from pages.shell.server_paths import without_server_paths

EXAMPLE = """title = "Ten minutes"
description = "Two states, one after the other."

[[state]]
title = "Half of it is hidden"
link = "/Compare?image=chelsea&methods=blackout,layer_masking"
note = "Ask first: what will the network say?"
text = "One picture, two ways of hiding"

[[state]]
title = "The hole tells"
link = "/Shape_leakage"
"""
"""A file for a set, as somebody would write it."""


def show_sets(text: Text) -> None:
    """Draw the fold-out for lecturers."""
    with st.expander(text("present.sets.title"), icon=":material/slideshow:", key="lesson-sets"):
        st.html(f"<p>{html.escape(text('present.sets.lead'))}</p>")
        listing = all_sets(frame.page_addresses(), urlsplit(st.context.url or "").hostname or "")
        for each in listing.sets.values():
            st.html(_set_html(each, text))
        for refusal in listing.refusals:
            st.warning(as_sentence(refusal))
        st.html(f"<h3>{html.escape(text('present.sets.own'))}</h3>")
        st.markdown(escape_markdown(without_server_paths(_own(text))))
        st.caption(text("present.sets.example"))
        st.code(EXAMPLE, language="toml")


def _set_html(each: PreparedSet, text: Text) -> str:
    """Return a set: its name, the link that opens it, and its states with what to say."""
    rows = "".join(
        f"<li><a target='_self' href='{_href(each.link_to(number))}'>"
        f"{html.escape(state.title)}</a> {html.escape(state.note)}</li>"
        for number, state in enumerate(each.states, 1)
    )
    opens = html.escape(text("present.sets.open", title=each.title))
    count = html.escape(text("present.sets.count", total=len(each.states)))
    return (
        f"<section class='mx-set'><h3>{html.escape(each.title)} <small>{count}</small></h3>"
        f"<p>{html.escape(each.description)}</p>"
        f"<a class='mx-open-set' target='_self' href='{_href(each.link)}'>{opens}</a>"
        f"<details><summary>{html.escape(text('present.sets.states'))}</summary><ol>{rows}</ol></details></section>"
    )


def _href(link: Link) -> str:
    """Return a link from this page; Start has no name of its own."""
    return html.escape(f"./{link.address}", quote=True)


def _own(text: Text) -> str:
    try:
        folder = own_folder()
    except ValueError:  # the listing has said so
        folder = None
    if folder is None:
        return text("present.sets.own_missing", variable=VARIABLE)
    return text("present.sets.own_folder", folder=folder)
