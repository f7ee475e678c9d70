"""The frame around every page: settings, menu, style, footer. A new file in pages/ appears in the menu by itself."""

import atexit
import gc
from pathlib import Path
from typing import NoReturn

import streamlit as st

from masking.runtime.assets import ASSETS

ROOT = Path(__file__).parents[2]
NAME = "Missingness Explorer"
STYLE = Path(__file__).with_name("style.css")
_opened: set[str] = set()
_BOUND_FOR = "bound_for"
_SHOWN, _ARRIVED = "page_shown", "page_arrived"


def _pages() -> dict[str, str]:
    """Menu labels and paths, as Streamlit derives them: number dropped, underscores become spaces."""
    found = {"Start": "app.py"}
    for path in sorted((ROOT / "pages").glob("[0-9]*.py")):
        found[path.stem.split("_", 1)[1].replace("_", " ")] = f"pages/{path.name}"
    return found


def _set_imports_aside(title: str) -> None:
    """Spare the garbage collector what a page has imported, once per server.

    Streamlit collects after every rerun, progress bars rerun twice a second, and to go through all of torch takes as
    long as that: it slowed every job down several times over.
    """
    if title not in _opened:
        _opened.add(title)
        gc.collect()
        gc.freeze()
        atexit.register(gc.unfreeze)  # some of these modules count at exit what was not taken down


def begin(title: str) -> None:
    """Open a page; the first call of every page script."""
    if page := st.session_state.pop(_BOUND_FOR, None):
        st.switch_page(page)
    st.session_state[_ARRIVED] = st.session_state.get(_SHOWN) != title
    st.session_state[_SHOWN] = title
    _set_imports_aside(title)
    st.set_page_config(
        page_title=f"{title} · {NAME}" if title != NAME else NAME,
        page_icon=str(ASSETS / "icon.png"),
        layout="wide",
        initial_sidebar_state="collapsed",
    )
    st.html(STYLE)
    with st.container(horizontal=True, key="menu", vertical_alignment="center", gap="medium"):
        st.html(f"<span class='mx-brand'>{NAME}</span>", width="content")
        for label, path in _pages().items():
            st.page_link(path, label=label)


def arrived() -> bool:
    """Whether the page has just been come to, from another one or at the beginning of a session."""
    return st.session_state[_ARRIVED]


def go(page: str) -> NoReturn:
    """Go to another page, from within a fragment too.

    To switch pages in a fragment's run loses what the widgets outside the fragment hold, picture and classifier among
    them: Streamlit keeps only what it takes for no longer shown, which in such a run is the fragment's own. So the
    whole page runs once more, and leaves as it begins.
    """
    st.session_state[_BOUND_FOR] = page
    st.rerun(scope="app")


def end() -> None:
    """Close a page."""
    st.html(
        "<footer class='mx-footer'>Runs on this machine only: pictures, masks and weights never leave it. "
        "Uploads are kept for up to 14 days so that links to them work.</footer>"
    )
