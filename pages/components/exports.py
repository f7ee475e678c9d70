"""What a page hands out: a link to what it shows, and files."""

from collections.abc import Callable, Sequence

import streamlit as st

from pages.shell import links

Download = tuple[str, Callable[[], bytes | str], str, str]
"""The button's label, what makes the file's content, the file's name and its media type."""
LINK = "Link to this page"


def show_link(restores: str) -> None:
    """Draw a door to the page's link; `restores` names what it brings back, such as "picture and mask"."""
    with st.popover(LINK, icon=":material/link:"):
        st.caption(f"The link restores {restores}.")
        st.code(links.page_address(), language=None, wrap_lines=True)


def show_downloads(downloads: Sequence[Download]) -> None:
    """Draw one button per file; a file is made when somebody asks for it."""
    for label, content, name, mime in downloads:
        st.download_button(
            label, content, name, mime, icon=":material/download:", on_click="ignore",
            key=f"download-{label.replace(' ', '-')}",
        )  # fmt: skip
