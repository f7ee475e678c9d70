"""Which layer is on the page: what somebody chose, or, while playing, where the player is.

The browser says when to go on, and only after it has drawn the present layer. So a slow server slows the player down,
and never sends it back.
"""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from streamlit.components import v2

from pages.shell import links

LAYER, PLAY = "layer", "play"
"""Keys of the link."""
BEAT_MILLISECONDS = 1200
_PLAYED, _STEP, _METRONOME = "layer_played", "layer_step", "layer-beat"
"""Session keys: the layer that the player has reached, the number of the step, and the browser's part."""
_metronome = v2.component("layer_beat", js=Path(__file__).with_suffix(".js").read_text(), isolate_styles=False)


def current_layer(order: Sequence[str]) -> str:
    """Return the layer to show. A chosen layer that this network lacks is remembered for one that has it."""
    links.url_choice_or_default(LAYER, order, order[1], "layer")  # by default the layer behind the picture itself
    played = st.session_state.get(_PLAYED, "")
    return played if is_playing() and played in order else st.session_state[LAYER]


def is_playing() -> bool:
    """Return whether the layers go on by themselves."""
    return st.session_state[PLAY]


def step_number() -> int:
    """Return the number of steps so far; choosing a layer by its name is no step."""
    return st.session_state.get(_STEP, 0)


def choose_layer(name: str) -> None:
    """Show a layer and remember it as somebody's choice, which links carry."""
    st.session_state[_PLAYED] = name
    links.replace_choice(LAYER, name)


def step(order: Sequence[str], by: int) -> None:
    """Go on or back by so many layers."""
    position = order.index(current_layer(order)) + by
    choose_layer(order[min(max(position, 0), len(order) - 1)])
    _count_step()


def start_or_stop(order: Sequence[str]) -> None:
    """Begin at the first layer if Play was pressed at the last; after a stop, stay at the layer that was reached."""
    state = st.session_state
    if not is_playing():
        choose_layer(state.get(_PLAYED, state[LAYER]))
        return
    at_the_end = state[LAYER] == order[-1]
    state[_PLAYED] = order[0] if at_the_end else state[LAYER]
    _count_step()


def keep_time(order: Sequence[str]) -> None:
    """Let the browser ask for the next layer after a beat. A request for a layer that has gone since does nothing."""

    def go_on() -> None:
        mark = st.session_state[_METRONOME].get("beat")
        if is_playing() and mark == _mark(order):
            play_on(order)

    with st.container(key="layer-time"):
        _metronome(key=_METRONOME, data={"mark": _mark(order), "beat": BEAT_MILLISECONDS}, on_beat_change=go_on)


def play_on(order: Sequence[str]) -> None:
    """Go to the next layer, which enters the address only once the player stops; stop at the last."""
    state = st.session_state
    position = min(order.index(current_layer(order)) + 1, len(order) - 1)
    state[_PLAYED] = order[position]
    _count_step()
    if position == len(order) - 1:
        state[PLAY] = False
        choose_layer(order[-1])


def _mark(order: Sequence[str]) -> str:
    """Return what tells what is on the page from what was there before."""
    return f"{step_number()} {current_layer(order)}"


def _count_step() -> None:
    st.session_state[_STEP] = step_number() + 1
