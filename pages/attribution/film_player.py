"""The player: all frames are in the browser, which plays, steps and slides without the server."""

import hashlib
import json
from collections.abc import Sequence
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


def play(key: str, rows: Sequence[dict[str, Any]], last: int, sentences: Sequence[str], start: int) -> None:
    """Draw the leading player with one row of frames per attribution, and a sentence per step above them.

    It begins with the step `start`. From then on `follow_the_player` carries the steps to and fro, so that the frames
    need not be sent again.
    """
    _draw(key, {"rows": rows, "last": last, "sentences": sentences, "leads": True}, start)


def follow(key: str, rows: Sequence[dict[str, Any]], last: int) -> None:
    """Draw rows of frames that follow the leading player."""
    _draw(key, {"rows": rows, "last": last, "leads": False}, 0)


def follow_the_player(key: str, step: int) -> None:
    """Tell the browser the step of the page, and take the step that somebody chooses in the player."""

    def remember_step() -> None:
        if (step := st.session_state[key].get("step")) is not None:
            st.session_state[STEP] = int(step)
            links.remember_choice(STEP)

    with st.container(key=f"{key}-place"):
        _step(key=key, data={"step": step}, on_step_change=remember_step)


def _draw(key: str, data: dict[str, Any], start: int) -> None:
    """Draw a player; the digest tells the browser whether to build it anew."""
    digest = hashlib.sha256(json.dumps(data).encode()).hexdigest()[:16]
    _player(key=key, data={**data, "digest": digest, "start": start})
