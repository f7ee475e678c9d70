"""The doors: every page with a picture of it and what one learns there."""

import ast
import base64
import html
from pathlib import Path

import streamlit as st

from pages.landing.exhibit import STORED
from pages.shell import frame

LESSONS = {
    "pages/1_Compare.py": "Which answer is the picture's, and which is the paint's? Draw a hole and see.",
    "pages/2_Layers.py": "Where in the network does the paint do harm? Follow it layer by layer.",
    "pages/3_Shape_leakage.py": "How much does the outline of a hole give away about the hidden object?",
    "pages/4_LIME.py": "Same network, same picture: how the way of hiding changes the explanation.",
    "pages/5_Attribution_masks.py": "Does a mask find the object, or does it write the label?",
    "pages/6_Benchmarks.py": "Does it hold for many pictures? Measure it, with intervals.",
}
"""What one learns on each page; a page that is not named here says it in the first line of its file."""


def show_doors() -> None:
    """Draw a door to every page but this one."""
    with st.container(horizontal=True, key="doors", gap="medium"):
        for label, path in frame.pages().items():
            if path != frame.START:
                _show_door(label, path)


def _show_door(label: str, path: str) -> None:
    picture = STORED / f"{Path(path).stem.split('_', 1)[1]}.webp"
    with st.container(key=f"door-{Path(path).stem}", gap=None):
        if picture.is_file():
            source = f"data:image/webp;base64,{base64.b64encode(picture.read_bytes()).decode()}"
            st.html(f"<img class='mx-thumbnail' alt='The page {html.escape(label)}' src='{source}'>")
        st.page_link(path, label=f"**{label}**")
        st.html(f"<p class='mx-lesson'>{html.escape(LESSONS.get(path) or _first_line(frame.ROOT / path))}</p>")


def _first_line(script: Path) -> str:
    """Return what a page's file says of itself, without the page's name before it."""
    first = (ast.get_docstring(ast.parse(script.read_text("utf-8"))) or "").partition("\n")[0]
    text = first.partition(": ")[2] or first
    return text[:1].upper() + text[1:]
