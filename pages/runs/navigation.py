"""Benchmarks: which view the page shows, in the address; Back and Forward lead through the views."""

from contextlib import suppress
from typing import Any

import streamlit as st

from pages.runs.store import OUTCOME, RUN, RUNS, VIEW, VIEWS, open_store
from pages.shell import frame, links

_LEFT, _ADDRESSES = "runs_left", "runs_addresses"
_OWN = {"new": None, "runs": ("filter", "state", "sort"), "run": (RUN, OUTCOME), "compare": (RUNS, OUTCOME)}
"""What each view keeps in the address; None: all but what others keep."""
_PLACE = (VIEW, RUN, RUNS)
Place = tuple[str, str, str]
"""The values of these."""


def pick_view() -> str:
    """The control over all views; the one that the address asks for, be it only by naming runs."""
    state, asked = st.session_state, st.query_params
    _remember()
    _follow()
    for key in (RUN, RUNS):
        if key in asked and key not in state:
            state[key] = asked[key]
    if VIEW not in state and VIEW not in asked:
        state[VIEW] = _asked()[0]
    links.url_choice(VIEW, list(VIEWS), "new", "view")
    view = st.segmented_control(
        "View", list(VIEWS), format_func=VIEWS.get, key=VIEW, required=True, persist_state="session",
        label_visibility="collapsed",
    )  # fmt: skip
    if view == "run" and RUN not in state:
        _take_latest()
    _write(view)
    return view


def _take_latest() -> None:
    with suppress(ValueError, OSError), open_store() as store:
        for run in store.runs()[:1]:
            st.session_state[RUN] = run.id


def write_to_url(key: str, default: object) -> None:
    """As `links.keep`, for what says which runs are shown."""
    links.write_to_url(key, default)
    _note()


def show_link(place: Any, meaning: str) -> None:
    """The address to copy, in a popover over what is drawn; called last, when everything has written its part."""
    place.caption(meaning)
    place.code(links.page_address(), language=None, wrap_lines=True)


def _asked() -> Place:
    """Where the address leads."""
    asked = st.query_params
    view = asked.get(VIEW, "run" if RUN in asked else "compare" if RUNS in asked else "new")
    return view, asked.get(RUN, ""), asked.get(RUNS, "")


def _held() -> Place:
    """Where the session is."""
    state = st.session_state
    view, names = state.get(VIEW, "new"), state.get(RUNS, "")
    names = names if isinstance(names, str) else ",".join(names)
    return view, state.get(RUN, "") if view == "run" else "", names if view == "compare" else ""


def _follow() -> None:
    """Where the address has changed and no widget has, somebody went back or forward: go along.

    The menu leads here with an empty address, which asks for nothing.
    """
    state = st.session_state
    by_menu = frame.arrived() and not st.query_params
    if _asked() != state.get(_LEFT) == _held() and not by_menu:
        for key in (VIEW, RUN, RUNS, OUTCOME):
            state.pop(key, None)


def _remember() -> None:
    """What the view that is shown still wrote into the address after it was drawn."""
    state = st.session_state
    if state.get(_LEFT) == _asked():
        state.setdefault(_ADDRESSES, {})[_asked()[0]] = st.query_params.to_dict()


def _write(view: str) -> None:
    """The address of this view, as it was when last seen, written at one stroke: each write is a step of Back."""
    state, asked = st.session_state, st.query_params.to_dict()
    last = state.get(_ADDRESSES, {}).get(view, {}) if state.get(_LEFT, [view])[0] != view else {}
    foreign = {key for other, keys in _OWN.items() if other != view for key in keys or ()}
    own = _OWN[view]
    mine = {key: value for key, value in (last | asked).items() if (key not in foreign if own is None else key in own)}
    place = {key: value for key, value in zip(_PLACE, _held(), strict=True) if value and (key, value) != (VIEW, "new")}
    address = place | {key: value for key, value in mine.items() if key not in _PLACE}
    if address != asked:
        st.query_params.from_dict(address)
    _note()


def _note() -> None:
    st.session_state[_LEFT] = _asked()
