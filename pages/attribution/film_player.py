"""The film player: every step is in the browser, which plays, steps and slides without asking the server."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from pages.shell import links

STEP = "step"
MOST = 20
HERE = Path(__file__)
_player = st.components.v2.component(
    "film_player",
    css=HERE.with_suffix(".css").read_text(),
    js=HERE.with_suffix(".js").read_text(),
    isolate_styles=False,
)
_asked = st.components.v2.component("film_step", js=HERE.with_name("film_step.js").read_text(), isolate_styles=False)


def shown_step(telling: int, last: int) -> int:
    """The step that is shown: the chosen one, the link's, else the telling one."""
    links.url_choice_or_default(STEP, range(MOST + 1), telling, "step")
    return min(st.session_state[STEP], last)


def play(key: str, films: Sequence[dict[str, Any]], last: int, told: Sequence[str], step: int) -> None:
    """The player that leads, with what is told at each step above it.

    What it is given changes only with its films, so that the browser need not be sent them again; which step the page
    shows is told apart from them, whenever it changes.
    """

    def chosen() -> None:
        if (where := st.session_state[key].get("step")) is not None:
            st.session_state[STEP] = int(where)
            links.remember_choice(STEP)

    with st.container(key=f"{key}-step"):
        _asked(key=f"{key}-asked", data={"step": step})
    _show(key, {"films": films, "last": last, "told": told, "leads": True}, chosen)


def follow(key: str, films: Sequence[dict[str, Any]], last: int) -> None:
    """Films that go along with the player."""
    _show(key, {"films": films, "last": last, "leads": False}, lambda: None)


def _show(key: str, data: dict[str, Any], chosen: Callable[[], None]) -> None:
    """The browser builds a player anew only for other films."""
    made = hashlib.sha256(json.dumps(data).encode()).hexdigest()[:16]
    _player(key=key, data={**data, "made": made}, on_step_change=chosen)
