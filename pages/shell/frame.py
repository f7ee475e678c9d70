"""The frame around every page: settings, menu, heading, style, way on, footer.

A new file in pages/ appears in the menu by itself.
"""

import atexit
import gc
import html
import sys
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import NoReturn

import streamlit as st
from streamlit.components import v2

from pages.shell import presentation
from pages.shell.bundled import ASSETS, ROOT
from pages.shell.citation import citation_html
from pages.shell.errors import as_sentence
from pages.shell.glossary import show_glossary
from pages.shell.language import (
    PARAMETER,
    TRANSLATED,
    follow_address,
    frame_text,
    languages,
    page_language,
    page_name,
    write_language_to_url,
)
from pages.shell.purposes import head_html, lesson_html
from pages.shell.session_guard import guard_sessions
from pages.shell.settings import broken_settings, is_public
from pages.shell.visitor import OWNER
from pages.shell.way_back import LESSON, show_way_back

NAME, START = "Missingness Explorer", "app.py"
VIEW = ("view", "run", "runs", presentation.SET, presentation.SLIDE)
"""The parameters that say which view of a page is shown; a change of these is a step that Back takes back."""
SHELL_PARAMETERS = (presentation.PRESENT, presentation.SET, presentation.SLIDE, LESSON)
"""The parameters that say nothing of what a page shows; pages leave them in the address."""
_history = v2.component("history", js=Path(__file__).with_name("history.js").read_text("utf-8"))


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
    """Open a page: the first call of every page script. While the operator's settings are broken, there is no page."""
    guard_sessions()
    if refusal := broken_settings():
        _open_document(title)
        st.error(as_sentence(refusal), icon=":material/error:")
        st.stop()
    if page := st.session_state.pop(_NEXT_PAGE, None):
        st.switch_page(page)
    if presentation.follow_address(title, st.session_state.get(_CURRENT), page_addresses()):
        _open_document(title)
        presentation.show_bar(title, page_addresses(), is_blank=True)
        st.stop()
    st.session_state[_ARRIVED] = st.session_state.get(_CURRENT) != title
    st.session_state[_CURRENT] = title
    visits: dict[str, int] = st.session_state.setdefault(_VISITS, {})
    visits[title] = visits.get(title, 0) + arrived()
    if arrived():
        st.session_state[_BARE] = not own_parameters()
    follow_address()
    language = page_language(title)
    write_language_to_url(title)
    set_imports_aside()
    _open_document(page_name(title, language))
    if presentation.is_presenting():
        presentation.show_bar(title, page_addresses())
        return
    _show_menu(title, language)
    show_way_back(title)
    if title in pages():
        st.html(head_html(title, ROOT / pages()[title], language))


def own_parameters() -> dict[str, str]:
    """Return the parameters of the address that say what the page shows."""
    shell = {PARAMETER, OWNER, *SHELL_PARAMETERS}
    return {key: value for key, value in st.query_params.to_dict().items() if key not in shell}


def page_addresses() -> dict[str, str]:
    """Return the paths of the pages by the names that addresses use; Start's is empty."""
    return {"" if path == START else Path(path).stem.split("_", 1)[1]: path for path in pages().values()}


def _open_document(name: str) -> None:
    """Set up what every page has: settings, styles and the history."""
    st.set_page_config(
        page_title=f"{name} · {NAME}" if name != NAME else NAME,
        page_icon=str(ASSETS / "icon.png"),
        layout="wide",
        initial_sidebar_state="collapsed",
    )
    st.html(_style())
    with st.container(key="history"):
        _history(key="history-entries", data={"view": VIEW})


def _show_menu(title: str, language: str) -> None:
    with st.container(horizontal=True, key="menu", vertical_alignment="center", gap="small"):
        st.html(f"<span class='mx-brand'>{NAME}</span>", width="content")
        for label, path in pages().items():
            is_current = label == title or (title, path) == (NAME, START)
            with st.container(key="current-page", width="content") if is_current else nullcontext():
                st.page_link(path, label=page_name(label, language))


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
    if presentation.is_presenting():
        return
    title = st.session_state[_CURRENT]
    language = page_language(title)
    _show_next(title, language)
    with st.container(key="footer", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            show_glossary(language)
            _show_other_languages(title, language)
        privacy = "privacy_on_a_server" if is_public() else "privacy"
        privacy, cite = (html.escape(frame_text(word, language)) for word in (privacy, "cite"))
        sources = f"<details><summary>{cite}</summary>{citation_html(language)}</details>"
        st.html(f"<footer class='mx-footer'><p>{privacy}</p>{sources}</footer>")


def _show_next(title: str, language: str) -> None:
    """Draw what to keep of a page and the way to the next; the last page leads to the first after Start."""
    labels = [label for label, path in pages().items() if path != START]
    if title not in labels:  # Start's doors are the way on
        return
    following = labels[(labels.index(title) + 1) % len(labels)]
    with st.container(horizontal=True, key="next-page", vertical_alignment="center", gap="small"):
        if lesson := lesson_html(title, language):
            st.html(lesson, width="content")
        label = frame_text("next", language, page=page_name(following, language))
        st.page_link(pages()[following], label=label, icon=":material/arrow_forward:", icon_position="right")


def _show_other_languages(title: str, language: str) -> None:
    """Draw links to a page in its other languages, or to the first page that has them."""
    page = title if title in TRANSLATED else next(filter(pages().__contains__, TRANSLATED), "")
    if not page:
        return
    word = "name" if title in TRANSLATED else "seen_from_elsewhere"
    for other in languages():
        if other != language:
            st.page_link(pages()[page], label=frame_text(word, other), query_params={PARAMETER: other})
