"""The film player: every step is in the browser, which plays, steps and slides without asking the server."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from pages.ui import links

STEP = "step"
TELLING = -1
"""In place of a step: the one that tells most, until somebody chooses."""
MOST = 20
HERE = Path(__file__)
_player = st.components.v2.component(
    "film_player",
    css=HERE.with_suffix(".css").read_text(),
    js=HERE.with_suffix(".js").read_text(),
    isolate_styles=False,
)


def shown_step(telling: int, last: int) -> int:
    """The step that is shown: the chosen one, the link's, else the telling one."""
    links.number(STEP, TELLING, TELLING, MOST)
    chosen: int = st.session_state[STEP]
    links.keep(STEP, TELLING)
    return min(telling if chosen == TELLING else chosen, last)


def play(key: str, films: Sequence[dict[str, Any]], last: int, told: Sequence[str], step: int) -> None:
    """The player that leads, with what is told at each step above it."""

    def chosen() -> None:
        if (where := st.session_state[key].get("step")) is not None:
            st.session_state[STEP] = int(where)

    _show(key, {"films": films, "last": last, "told": told, "leads": True}, step, chosen)


def follow(key: str, films: Sequence[dict[str, Any]], last: int, step: int) -> None:
    """Films that go along with the player."""
    _show(key, {"films": films, "last": last, "leads": False}, step, lambda: None)


def _show(key: str, data: dict[str, Any], step: int, chosen: Any) -> None:
    """What a player is given changes only with its films: so the browser need not be sent them again."""
    made = hashlib.sha256(json.dumps(data).encode()).hexdigest()[:16]
    held = st.session_state.setdefault("film_began", {})
    if held.get(key, ("", 0))[0] != made:
        held[key] = made, step
    _player(key=key, data={**data, "made": made, "step": held[key][1]}, on_step_change=chosen)
