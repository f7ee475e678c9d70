"""What the page's address carries.

Streamlit's own `bind` writes the label that a select box shows, which may name an upload or free memory. Links need
the value behind the label, and a sentence when they ask for what is not here.

Each `url_…` function is called before its widget: it gives the widget's key the session's value, else the link's,
else the default. `write_to_url` is called after the widget.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from masking.registry.params import Param
from masking.registry.parsing import parse_value, split_entries
from pages.shell import frame
from pages.shell.link_warnings import add_link_warning, quote, show_link_warnings

__all__ = [
    "add_link_warning", "chosen_value", "follow_start", "quote", "remember_choice", "replace_choice", "requested_value",
    "show_link_warnings", "url_choice", "url_choice_or_default", "url_choice_or_start", "url_choices", "url_flag",
    "url_number", "url_parameter", "write_to_url",
]  # fmt: skip

_CHOICE = "choice of "
"""Before a widget's key: the session key of what somebody chose there, apart from the default that it may show."""


def url_choice(
    key: str, options: Sequence[str], default: str, what: str, renamed: Mapping[str, str] | None = None
) -> None:
    """Prepare a select box with this key.

    Args:
        key: of the widget and of the link's parameter.
        options: the values that can be chosen.
        default: one of them.
        what: names the choice in a warning.
        renamed: new names by old ones, which links may still use.
    """
    state = st.session_state
    linked = st.query_params.get(key)
    linked = (renamed or {}).get(linked or "", linked)
    if key not in state and linked is not None:
        if linked in options:
            state[key] = linked
        else:
            _warn_unknown(key, what, linked, default)
    if state.get(key) not in options:
        state[key] = default


def url_choices(
    key: str, options: Sequence[str], default: list[str], what: str, renamed: Mapping[str, str] | None = None
) -> None:
    """Prepare a multiselect as `url_choice` does a select box. An empty parameter means that none is chosen.

    Options may carry parameters, such as `greyout:grey=middle`.
    """
    state, renamed = st.session_state, renamed or {}
    if key not in state and key in st.query_params:
        linked = split_entries(st.query_params[key])
        names = [renamed.get(name, name) for name in linked]
        for old in (name for name in linked if name in renamed):
            _warn_renamed(key, old, renamed[old])
        if unknown := [name for name in names if name not in options]:
            add_link_warning(key, f"The link asks for the {what} {quote(*unknown)}, which this program does not have.")
        if not names or len(unknown) < len(names):
            state[key] = [name for name in names if name in options]
    state.setdefault(key, default)


def url_parameter(key: str, declared: Param, to_widget: Callable[[Any], Any] = lambda value: value) -> None:
    """Prepare the widget of a declared parameter; `to_widget` turns a value into what the widget holds."""
    state = st.session_state
    if key in state:
        return
    state[key] = to_widget(declared.default)
    if (linked := st.query_params.get(key)) is None:
        return
    try:
        value = parse_value(declared, linked)
        declared.check(value)
        state[key] = to_widget(_current_names(key, declared, value))
    except ValueError:
        default = ", ".join(map(str, declared.default)) if declared.many else declared.default
        reason = f"is {quote(linked)}, which is not possible; going on with {default}"
        add_link_warning(key, f"The link's {key} {reason}.")


def _current_names(key: str, declared: Param, value: Any) -> Any:
    """Return a value with today's names; each old one gives a warning. Entries may carry settings, as `name:a=1`."""
    if not declared.many or not declared.renamed:
        return value
    entries = [entry.partition(":") for entry in value]
    for name, _, _ in entries:
        if name in declared.renamed:
            _warn_renamed(key, name, declared.renamed[name])
    current = (declared.renamed.get(name, name) + colon + settings for name, colon, settings in entries)
    return tuple(dict.fromkeys(current))


def url_number(key: str, default: int, low: int, high: int) -> None:
    """Prepare a number input."""
    url_parameter(key, Param(key, default, "", low, high))


def url_choice_or_default(
    key: str, options: Sequence[Any], default: Any, what: str, renamed: Mapping[str, str] | None = None
) -> None:
    """Prepare a widget whose default depends on other choices: it shows the default until somebody chooses.

    The address holds what was chosen, and nothing else. The widget needs `on_change=links.remember_choice` with its
    key: a default that it shows is no choice yet. Numbers as well as names may be offered. `renamed` has options by
    other names of theirs, which links may use.
    """
    state, choice_key = st.session_state, _CHOICE + key
    if choice_key not in state:
        by_name = {str(option): option for option in options}
        linked = st.query_params.get(key)
        linked = (renamed or {}).get(linked or "", linked)
        if linked is not None and linked not in by_name:
            _warn_unknown(key, what, linked, default)
        state[choice_key] = None if linked is None else by_name.get(linked)
    is_chosen = state[choice_key] in options
    state[key] = state[choice_key] if is_chosen else default
    write_to_url(key, None if is_chosen else default)


def url_choice_or_start(
    key: str, options: Sequence[str], start: str, absent: str, what: str, renamed: Mapping[str, str] | None = None
) -> None:
    """Prepare a select box that shows `start` until somebody chooses; the address says what it shows in either case.

    The widget needs `on_change=links.remember_choice` with its key.

    Args:
        key: of the widget and of the link's parameter.
        options: the values that can be chosen.
        start: one of them. It may depend on the page and on other choices, so a link that asks for just this one makes
            no choice: the widget goes on following them.
        absent: what links mean that have other parameters but not this one. It never changes, so old links keep their
            meaning, and it alone stays out of the address.
        what: names the choice in a warning.
        renamed: options by other names of theirs, which links may use.
    """
    state, choice_key = st.session_state, _CHOICE + key
    if choice_key not in state:
        linked = st.query_params.get(key, None if frame.has_bare_address() else absent)
        linked = (renamed or {}).get(linked or "", linked)
        if linked is not None and linked not in options:
            _warn_unknown(key, what, linked, start)
        state[choice_key] = linked if linked in options and linked != start else None
    state[key] = state[choice_key] if state[choice_key] in options else start
    write_to_url(key, absent)


def follow_start(key: str) -> None:
    """Let such a select box show its start, whatever `absent` says, unless a link or somebody chooses."""
    if key not in st.query_params:
        st.session_state.setdefault(_CHOICE + key, None)


def requested_value(key: str) -> str:
    """Return what such a select box is to show: a choice, or before the first run what the link asks for; else ""."""
    state, choice_key = st.session_state, _CHOICE + key
    return state[choice_key] or "" if choice_key in state else st.query_params.get(key, "")


def remember_choice(key: str) -> None:
    """Note that somebody chose the widget's value."""
    st.session_state[_CHOICE + key] = st.session_state[key]


def chosen_value(key: str) -> Any:
    """Return what somebody chose in a widget of `url_choice_or_default`; None where it shows its default."""
    return st.session_state.get(_CHOICE + key)


def replace_choice(key: str, value: Any) -> None:
    """Replace what somebody chose in such a widget; None: it shows its default again."""
    st.session_state[_CHOICE + key] = value


def url_flag(key: str) -> None:
    """Prepare a toggle, which is off by default."""
    flags = {"True": True, "False": False}
    state, linked = st.session_state, st.query_params.get(key)
    if key not in state and linked is not None and linked not in flags:
        add_link_warning(key, f"The link's {key} is {quote(linked)}; it can be True or False.")
    if key not in state:
        state[key] = flags.get(linked or "", False)


def _warn_renamed(key: str, old: str, new: str) -> None:
    add_link_warning(f"{key} {old}", f"The link asks for {old}, which is called {new} now.")


def _warn_unknown(key: str, what: str, linked: str, default: Any) -> None:
    add_link_warning(key, f"The link asks for the {what} {quote(linked)}, which is not here; going on with {default}.")


def write_to_url(key: str, default: Any) -> None:
    """Write a widget's value into the address; a default stays out of it."""
    value = st.session_state[key]
    text = ",".join(value) if isinstance(value, list) else str(value)
    if value == default:
        if key in st.query_params:
            del st.query_params[key]
    elif st.query_params.get(key) != text:
        st.query_params[key] = text
