"""The frame around every page: settings, menu, heading, style, way on, footer.

A new file in pages/ appears in the menu by itself.
"""

import atexit
import gc
import sys
from contextlib import nullcontext
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import streamlit as st
from streamlit.components import v2

from pages.shell.citation import citation_html
from pages.shell.purposes import head_html, lesson_html

ROOT = Path(__file__).parents[2]
NAME, START = "Missingness Explorer", "app.py"
VIEW = ("view", "run", "runs")
"""The parameters that say which view of a page is shown; a change of these is a step that Back takes back."""
_history = v2.component("history", js=Path(__file__).with_name("history.js").read_text("utf-8"))


def _find_assets() -> Path:
    """Return the folder that `masking.runtime.assets` names, without importing the library: that takes seconds."""
    spec = find_spec("masking")
    package = Path(str(spec.origin)).parent if spec else ROOT
    inside = package / "_assets"
    return inside if inside.is_dir() else package.parent / "assets"


ASSETS = _find_assets()
"""The folder of the bundled files, for pages that are drawn before the library is imported."""
MANY_MODULES = 50
"""So many new modules are worth a collection; a few that somebody imports late are not."""
_modules_set_aside = 0
_NEXT_PAGE = "next_page"
_CURRENT, _ARRIVED, _VISITS, _BARE = "current_page", "page_arrived", "page_visits", "bare_address"


def pages() -> dict[str, str]:
    """Return menu labels and paths, as Streamlit derives them: without the number, with spaces for underscores."""
    pages = {"Start": START}
    for path in sorted((ROOT / "pages").glob("[0-9]*.py")):
        pages[path.stem.split("_", 1)[1].replace("_", " ")] = f"pages/{path.name}"
    return pages


@cache
def _style() -> str:
    """Return the style sheets of all folders of pages, from what they share to the single pages."""
    pages = Path(__file__).parents[1]
    first = [pages / folder / "style.css" for folder in ("shell", "components")]
    paths = dict.fromkeys([*first, *sorted(pages.glob("*/style.css"))])
    return f"<style>{''.join(path.read_text('utf-8') for path in paths)}</style>"


def set_imports_aside() -> None:
    """Exempt what has been imported from garbage collection, once for each larger import.

    Streamlit collects after every rerun, progress bars rerun twice a second, and a walk through all of torch takes as
    long as that: it slowed every job down several times over.
    """
    global _modules_set_aside  # noqa: PLW0603, a process has one list of modules
    if len(sys.modules) >= _modules_set_aside + MANY_MODULES:
        _modules_set_aside = len(sys.modules)
        gc.collect()
        gc.freeze()
        atexit.register(gc.unfreeze)  # some of these modules count at exit what is left


def begin(title: str) -> None:
    """Open a page: the first call of every page script."""
    if page := st.session_state.pop(_NEXT_PAGE, None):
        st.switch_page(page)
    st.session_state[_ARRIVED] = st.session_state.get(_CURRENT) != title
    st.session_state[_CURRENT] = title
    visits: dict[str, int] = st.session_state.setdefault(_VISITS, {})
    visits[title] = visits.get(title, 0) + arrived()
    if arrived():
        st.session_state[_BARE] = not st.query_params
    set_imports_aside()
    st.set_page_config(
        page_title=f"{title} · {NAME}" if title != NAME else NAME,
        page_icon=str(ASSETS / "icon.png"),
        layout="wide",
        initial_sidebar_state="collapsed",
    )
    st.html(_style())
    with st.container(key="history"):
        _history(key="history-entries", data={"view": VIEW})
    with st.container(horizontal=True, key="menu", vertical_alignment="center", gap="small"):
        st.html(f"<span class='mx-brand'>{NAME}</span>", width="content")
        for label, path in pages().items():
            is_current = label == title or (title, path) == (NAME, START)
            with st.container(key="current-page", width="content") if is_current else nullcontext():
                st.page_link(path, label=label)
    if title in pages():
        st.html(head_html(title, ROOT / pages()[title]))


def arrived() -> bool:
    """Return whether this is the page's first run since the session began or came from another page."""
    return st.session_state[_ARRIVED]


def has_bare_address() -> bool:
    """Return whether the page was opened by its name alone, and not by a link that says what to show."""
    return st.session_state[_BARE]


def is_first_visit() -> bool:
    """Return whether this session has not left this page yet."""
    return st.session_state[_VISITS][st.session_state[_CURRENT]] == 1


def go(page: str) -> NoReturn:
    """Go to another page, from within a fragment too.

    A switch in a fragment's run loses what the widgets outside the fragment hold, such as picture and classifier:
    Streamlit then keeps the values of the fragment's own widgets only. So the whole page runs once more, and leaves as
    it begins.
    """
    st.session_state[_NEXT_PAGE] = page
    st.rerun(scope="app")


def end() -> None:
    """Close a page: what to keep of it, the way to the next page, and the footer."""
    _show_next(st.session_state[_CURRENT])
    st.html(
        "<footer class='mx-footer'><p>Runs on this machine only: pictures, masks and weights never leave it. "
        "Uploads are kept for up to 14 days so that links to them work.</p>"
        f"<details><summary>How to cite</summary>{citation_html()}</details></footer>"
    )


def _show_next(title: str) -> None:
    paths = pages()
    labels = list(paths)
    if title not in labels:  # Start's doors are the way on
        return
    following = labels[(labels.index(title) + 1) % len(labels)]
    with st.container(horizontal=True, key="next-page", vertical_alignment="center", gap="small"):
        if lesson := lesson_html(title):
            st.html(lesson, width="content")
        label = f"Back to {following}" if paths[following] == START else f"Next: {following}"
        st.page_link(paths[following], label=label, icon=":material/arrow_forward:", icon_position="right")
