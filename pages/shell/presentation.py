"""Presentation mode: no controls, large type, and a bar that leads through the prepared states of a set.

`present=1` in the address of any page turns it on; `set` and `slide` say which state of which set is shown. Everything
that a control has changed is forgotten when another state opens: a state shows what its link shows in a new browser.
"""

import html
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import streamlit as st
from streamlit.components import v2
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.shell.digits import number_in

if TYPE_CHECKING:
    from masking.lessons.prepared import PreparedSet, Sets
    from masking.lessons.text import Text

PRESENT, SET, SLIDE, LANGUAGE = "present", "set", "slide", "lang"
KEY = "presentation"
_GO, _OPEN = "present_go", "present_open"
"""Session keys: the number of the state to go to, and the set and number that are open."""
_HERE = Path(__file__)
_bar = v2.component("presentation", js=_HERE.with_suffix(".js").read_text("utf-8"), isolate_styles=False)
Pages = Mapping[str, str]
"""Paths of the pages' scripts by the names that addresses use; Start's is empty."""


def is_presenting() -> bool:
    """Return whether the page is in presentation mode; outside a page it is not."""
    return get_script_run_ctx(suppress_warning=True) is not None and st.query_params.get(PRESENT) == "1"


def follow_address(title: str, current: str | None, pages: Pages) -> bool:
    """Go where the bar or the address leads.

    Args:
        title: of the page that begins.
        current: the title of the page that this session showed last; None in a new session.
        pages: all pages.

    Returns:
        Whether this run is to show the bar only. The browser keeps what widgets hold as long as it shows them, so the
        page has to vanish for a moment before it shows another state of itself.
    """
    state = st.session_state
    if (number := state.pop(_GO, None)) is not None:
        state.pop(_OPEN, None)
        _open(int(number), pages)
    if not is_presenting():
        state.pop(_OPEN, None)
        return False
    if SET in st.query_params and SLIDE not in st.query_params:
        _open(1, pages)
    requested = st.query_params.get(SET, ""), st.query_params.get(SLIDE, "")
    if state.get(_OPEN) == requested:
        return False
    if current is not None:
        state.clear()
    state[_OPEN] = requested
    return current == title


def show_bar(title: str, pages: Pages, *, is_blank: bool = False) -> str:
    """Draw the styles, the bar, and what stands above the page: title and text of the state. Returns the title.

    Args:
        title: of the page, where no set says another.
        pages: all pages.
        is_blank: the bar alone is drawn, and asks for the page once the browser shows nothing else.
    """
    sets, text = _sets(pages), _text(pages)
    shown, number, complaint = _current(sets, text)
    state = shown.states[number - 1] if shown else None
    st.html(f"<style>{_HERE.with_suffix('.css').read_text('utf-8')}</style>")
    with st.container(key="presentation-bar"):
        data = _bar_data(shown, number, text)
        data["blank"] = str(time.monotonic_ns()) if is_blank else ""
        _bar(key=KEY, data=data, on_command_change=_obey)
    if is_blank:
        return title
    heading = state.title if state else title
    st.html(f"<div class='mx-purpose mx-slide'><h1>{html.escape(heading)}</h1></div>")
    if state and state.text:
        st.html(f"<p class='mx-slide-text'>{html.escape(state.text)}</p>")
    if complaint:
        st.warning(complaint, icon=":material/slideshow:")
    return heading


def _open(number: int, pages: Pages) -> None:
    """Switch to a state of the set in the address, if there is one."""
    shown = _sets(pages).sets.get(st.query_params.get(SET, ""))
    if shown is None:
        return
    link = shown.link_to(min(max(number, 1), len(shown.states)))
    st.switch_page(pages[link.page], query_params=dict(link.parameters))


def _obey() -> None:
    """Do what the bar asks for, before the page begins."""
    command = str(st.session_state[KEY].get("command") or "")
    if command == "leave":
        for key in (PRESENT, SET, SLIDE):
            st.query_params.pop(key, None)
    elif (number := number_in(command)) is not None:
        st.session_state[_GO] = number


def _sets(pages: Pages) -> "Sets":
    import masking  # whole and first: two threads that import different parts of it block each other

    del masking
    from masking.lessons.prepared import all_sets

    return all_sets(pages, urlsplit(st.context.url or "").hostname or "")


def _text(pages: Pages) -> "Text":
    """Return the words in the language of the address or of the set."""
    from masking.lessons.text import languages, load_text

    shown = _sets(pages).sets.get(st.query_params.get(SET, ""))
    language = st.query_params.get(LANGUAGE) or (shown.language if shown else "")
    return load_text(language if language in languages() else "en")


def _current(sets: "Sets", text: "Text") -> "tuple[PreparedSet | None, int, str]":
    """Return the set that is shown, the number of its state, and what the address asks for in vain."""
    from masking.registry.showing import show_value
    from pages.shell.errors import escape_markdown

    name, slide = st.query_params.get(SET, ""), st.query_params.get(SLIDE, "1")
    if not name:
        return None, 1, ""
    if (shown := sets.sets.get(name)) is None:
        offered = ", ".join(sets.sets)
        reasons = " ".join(f"{refusal}." for refusal in sets.refusals if refusal.startswith(f"{name}.toml"))
        return (
            None,
            1,
            escape_markdown(text("present.no_set", name=show_value(name), offered=offered) + f" {reasons}".rstrip()),
        )
    if (number := number_in(slide)) is not None and 1 <= number <= len(shown.states):
        return shown, number, ""
    return shown, 1, escape_markdown(text("present.no_slide", number=show_value(slide), total=len(shown.states)))


def _bar_data(shown: "PreparedSet | None", number: int, text: "Text") -> dict[str, Any]:
    """Return what the browser draws the bar from."""
    states = [{"title": state.title, "note": state.note} for state in shown.states] if shown else []
    names = ("next", "back", "menu", "close", "controls", "restore", "leave", "bar", "keys", "place")
    return {
        "set": shown.title if shown else "",
        "states": states,
        "number": number,
        "words": {name: text.entries.get(f"present.{name}") or text(f"present.{name}") for name in names},
    }
