"""What the page's address carries.

Streamlit's own `bind` writes the label that a select box shows, which may name an upload or free memory; links need
the value behind it, and a sentence when they ask for what is not here.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from masking.registry.params import Param
from masking.registry.parsing import parse_value
from pages.shell.errors import escape_markdown

_COMPLAINTS = "link_complaints"
_WISHED = "wished "


def url_choice(
    key: str, options: Sequence[str], default: str, what: str, renamed: Mapping[str, str] | None = None
) -> None:
    """Before a select box with this key: give it its session value, else the link's, else the default.

    `renamed` has new names by old ones, which links may still use.
    """
    state = st.session_state
    asked = st.query_params.get(key)
    asked = (renamed or {}).get(asked or "", asked)
    if key not in state and asked is not None and asked not in options:
        add_link_warning(
            key,
            f"The link asks for the {what} {escape_markdown(repr(asked))}, which is not here; going on with {default}.",
        )
    if key not in state and asked in options:
        state[key] = asked
    if state.get(key) not in options:
        state[key] = default


def url_choices(
    key: str, options: Sequence[str], default: list[str], what: str, renamed: Mapping[str, str] | None = None
) -> None:
    """Do the same before a multiselect. An empty parameter means: none chosen. `renamed` has new names by old ones."""
    state, renamed = st.session_state, renamed or {}
    if key not in state and key in st.query_params:
        linked = [name for name in st.query_params[key].split(",") if name]
        asked = [renamed.get(name, name) for name in linked]
        for old in (name for name in linked if name in renamed):
            add_link_warning(f"{key} {old}", f"The link asks for {old}, which is called {renamed[old]} now.")
        if unknown := [name for name in asked if name not in options]:
            add_link_warning(
                key,
                f"The link asks for the {what} {escape_markdown(', '.join(map(repr, unknown)))}, not to be had here.",
            )
        if not asked or len(unknown) < len(asked):
            state[key] = [name for name in asked if name in options]
    state.setdefault(key, default)


def url_parameter(key: str, declared: Param, held: Callable[[Any], Any] = lambda value: value) -> None:
    """The same before the widget of a declared parameter; `held` is how the widget holds a value."""
    state = st.session_state
    if key in state:
        return
    state[key] = held(declared.default)
    if (asked := st.query_params.get(key)) is None:
        return
    try:
        value = parse_value(declared, asked)
        declared.check(value)
        state[key] = held(value)
    except ValueError:
        instead = ", ".join(map(str, declared.default)) if declared.many else declared.default
        reason = f"is {escape_markdown(repr(asked))}, which is not possible; going on with {instead}"
        add_link_warning(key, f"The link's {key} {reason}.")


def url_number(key: str, default: int, low: int, high: int) -> None:
    """The same before a number input."""
    url_parameter(key, Param(key, default, "", low, high))


def url_choice_or_default(key: str, options: Sequence[Any], default: Any, what: str) -> None:
    """Before a widget whose default depends on other choices: the value is the default until somebody chooses.

    Writes into the address what was chosen, and nothing else. The widget needs `on_change=links.wished` with its key:
    a default that it shows is no choice yet. Numbers as well as names may be offered.
    """
    state, wished_key = st.session_state, _WISHED + key
    if wished_key not in state:
        named = {str(one): one for one in options}
        asked = st.query_params.get(key)
        if asked is not None and asked not in named:
            reason = f"{escape_markdown(repr(asked))}, which is not here; going on with {default}"
            add_link_warning(key, f"The link asks for the {what} {reason}.")
        state[wished_key] = None if asked is None else named.get(asked)
    chosen = state[wished_key] in options
    state[key] = state[wished_key] if chosen else default
    write_to_url(key, None if chosen else default)


def remember_choice(key: str) -> None:
    """Somebody chose the widget's value."""
    st.session_state[_WISHED + key] = st.session_state[key]


def url_flag(key: str) -> None:
    """The same before a toggle, which is off by default."""
    choices = {"True": True, "False": False}
    state, asked = st.session_state, st.query_params.get(key)
    if key not in state and asked is not None and asked not in choices:
        add_link_warning(key, f"The link's {key} is {escape_markdown(repr(asked))}; it can be True or False.")
    if key not in state:
        state[key] = choices.get(asked or "", False)


def write_to_url(key: str, default: Any) -> None:
    """After the widget: write its value into the address; defaults stay out of it."""
    value = st.session_state[key]
    text = ",".join(value) if isinstance(value, list) else str(value)
    if value == default:
        if key in st.query_params:
            del st.query_params[key]
    elif st.query_params.get(key) != text:
        st.query_params[key] = text


def add_link_warning(key: str, sentence: str) -> None:
    """Remember that the link asked for something that is not to be had."""
    st.session_state.setdefault(_COMPLAINTS, {})[key] = sentence


def show_link_warnings() -> None:
    """What the link asked for in vain; shown until dismissed."""
    complaints: dict[str, str] = st.session_state.get(_COMPLAINTS, {})
    if not complaints:
        return
    left, right = st.columns([6, 1], vertical_alignment="center")
    left.warning(" ".join(complaints.values()), icon=":material/link_off:")
    right.button("Dismiss", on_click=complaints.clear, width="stretch")


def page_address() -> str:
    """The page's full address as the browser has it."""
    base = (st.context.url or "").partition("?")[0]
    return f"{base}?{urlencode(st.query_params.to_dict())}"
