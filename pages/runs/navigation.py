"""The views of Benchmarks in the page's address; Back and Forward lead through them."""

from contextlib import suppress

import streamlit as st

from pages.runs.owner import own_address, return_by_address
from pages.runs.store import OUTCOME, RUN, RUNS, VIEW, VIEWS, open_store
from pages.shell import frame, links
from pages.shell.visitor import OWNER

_WRITTEN, _ADDRESSES = "runs_written", "runs_addresses"
"""Session keys: the position that the page last wrote into the address, and each view's last address."""
_OWN = {"new": None, "runs": ("filter", "state", "sort"), "run": (RUN, OUTCOME), "compare": (RUNS, OUTCOME)}
"""The parameters that each view keeps in the address; None: all that no other view keeps."""
_POSITION = (VIEW, RUN, RUNS)
Position = tuple[str, str, str]
"""The values of these parameters."""


def pick_view() -> str:
    """Draw the control of all views and return the current one; an address that only names runs opens their view."""
    state, query = st.session_state, st.query_params
    return_by_address()
    _remember_address()
    _follow_browser()
    for key in (RUN, RUNS):
        if key in query and key not in state:
            state[key] = query[key]
    if VIEW not in state and VIEW not in query:
        state[VIEW] = _linked_position()[0]
    links.url_choice(VIEW, list(VIEWS), "new", "view")
    view = st.segmented_control(
        "View", list(VIEWS), format_func=VIEWS.__getitem__, key=VIEW, required=True, persist_state="session",
        label_visibility="collapsed",
    ) or "new"  # fmt: skip
    if view == "run" and RUN not in state:
        _select_latest()
    _write_address(view)
    return view


def _select_latest() -> None:
    with suppress(ValueError, OSError), open_store() as store:
        for run in store.runs()[:1]:
            st.session_state[RUN] = run.id


def write_to_url(key: str, default: object) -> None:
    """Do the same as `links.write_to_url`, for the parameters that say which runs the page shows."""
    links.write_to_url(key, default)
    _remember_position()


def _linked_position() -> Position:
    """Return the position that the address asks for."""
    query = st.query_params
    view = query.get(VIEW, "run" if RUN in query else "compare" if RUNS in query else "new")
    return view, query.get(RUN, ""), query.get(RUNS, "")


def _session_position() -> Position:
    """Return the position that the session is at."""
    state = st.session_state
    view, names = state.get(VIEW, "new"), state.get(RUNS, "")
    names = names if isinstance(names, str) else ",".join(names)
    return view, state.get(RUN, "") if view == "run" else "", names if view == "compare" else ""


def _follow_browser() -> None:
    """Go to the address's position if the user pressed Back or Forward: the address changed, but no widget did.

    The menu leads here with an empty address, which is no request for a view.
    """
    state = st.session_state
    by_menu = frame.arrived() and not frame.own_parameters()
    if _linked_position() != state.get(_WRITTEN) == _session_position() and not by_menu:
        for key in (VIEW, RUN, RUNS, OUTCOME):
            state.pop(key, None)


def _remember_address() -> None:
    """Keep the address of the view that the page showed, with the parts that it wrote after it was drawn."""
    state = st.session_state
    if state.get(_WRITTEN) == _linked_position():
        state.setdefault(_ADDRESSES, {})[_linked_position()[0]] = st.query_params.to_dict()


def _write_address(view: str) -> None:
    """Write the last address of this view, all parameters at once: each write is one step of Back."""
    state, query = st.session_state, st.query_params.to_dict()
    last = state.get(_ADDRESSES, {}).get(view, {}) if state.get(_WRITTEN, [view])[0] != view else {}
    foreign = {key for other, keys in _OWN.items() if other != view for key in keys or ()}
    own = _OWN[view]
    mine = {key: value for key, value in (last | query).items() if (key not in foreign if own is None else key in own)}
    position = zip(_POSITION, _session_position(), strict=True)
    address = {key: value for key, value in position if value and (key, value) != (VIEW, "new")}
    address |= {key: value for key, value in mine.items() if key not in _POSITION}
    address |= {key: value for key, value in query.items() if key in frame.SHELL_PARAMETERS}
    address = {key: value for key, value in address.items() if key != OWNER} | own_address()
    if address != query:
        st.query_params.from_dict(address)
    _remember_position()


def _remember_position() -> None:
    st.session_state[_WRITTEN] = _linked_position()
