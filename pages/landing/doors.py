"""The doors: every page with a picture of it and what one learns there."""

import base64
import html
from pathlib import Path

import streamlit as st

from pages.landing.exhibit import STORED
from pages.shell import frame
from pages.shell.purposes import purpose


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
        st.html(f"<p class='mx-lesson'>{html.escape(purpose(label, frame.ROOT / path))}</p>")
