"""The player: all frames are in the browser, which plays, steps and slides without the server."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components import v2

from pages.shell import links

STEP = "step"
MOST = 20
HERE = Path(__file__)
_player = v2.component(
    "film_player",
    css=HERE.with_suffix(".css").read_text(),
    js=HERE.with_suffix(".js").read_text(),
    isolate_styles=False,
)
_step = v2.component("film_step", js=HERE.with_name("film_step.js").read_text(), isolate_styles=False)


def current_step(first: int, last: int) -> int:
    """Return the step that the page shows: the user's or the link's choice, else `first`."""
    links.url_choice_or_default(STEP, range(MOST + 1), first, "step")
    return min(st.session_state[STEP], last)


def play(key: str, rows: Sequence[dict[str, Any]], last: int, sentences: Sequence[str], step: int) -> None:
    """Draw the leading player with one row of frames per attribution, and a sentence per step above them.

    Its data changes only with the frames, so that the browser need not receive them again. The step of the page goes
    to the browser separately, whenever it changes.
    """

    def remember_step() -> None:
        if (step := st.session_state[key].get("step")) is not None:
            st.session_state[STEP] = int(step)
            links.remember_choice(STEP)

    with st.container(key=f"{key}-step"):
        _step(key=f"{key}-page-step", data={"step": step})
    _draw(key, {"rows": rows, "last": last, "sentences": sentences, "leads": True}, remember_step)


def follow(key: str, rows: Sequence[dict[str, Any]], last: int) -> None:
    """Draw rows of frames that follow the leading player."""
    _draw(key, {"rows": rows, "last": last, "leads": False}, lambda: None)


def _draw(key: str, data: dict[str, Any], on_step: Callable[[], None]) -> None:
    """Draw a player; the digest tells the browser whether to build it anew."""
    digest = hashlib.sha256(json.dumps(data).encode()).hexdigest()[:16]
    _player(key=key, data={**data, "digest": digest}, on_step_change=on_step)
