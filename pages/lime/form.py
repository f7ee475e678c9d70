"""What is to be asked of LIME: target, samples, seed, how samples are fitted; and Run."""

import streamlit as st
from torch import Tensor

from masking.attribution import LimeSettings
from masking.methods import METHODS, Method
from masking.models.classifier import Classifier
from masking.registry.params import params
from pages.components.forms import widgets
from pages.lime.request import LimeRequest
from pages.lime.segments import PictureSegments
from pages.lime.target import TARGET, pick_target
from pages.lime.text import ENOUGH, few
from pages.pickers.picture import picture_name
from pages.shell import links
from pages.shell.errors import show_errors

SAMPLES, SEED, FIT = "samples", "lime-seed", "lime"
FEWEST, USUAL, MOST = 20, 400, 20_000
LAST_SEED = 2**31 - 1
SIDE_BY_SIDE = 4
FITTED = tuple(one for one in params(LimeSettings) if one.name in {"kernel_width", "alpha"})


def ask(
    classifier: Classifier, image: Tensor, cut: PictureSegments | None, methods: dict[str, Method]
) -> LimeRequest | None:
    """The row above the answers; None, with a sentence, where nothing can be asked."""
    state = st.session_state
    links.url_number(SAMPLES, USUAL, FEWEST, MOST)
    links.url_number(SEED, 0, 0, LAST_SEED)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="lime-row"):
        pick_target(classifier, image)
        st.number_input(
            "Samples", FEWEST, MOST, step=100, key=SAMPLES, persist_state="session", width=140,
            help=f"How many times segments are hidden at random, under each method; {ENOUGH} per segment or more",
        )  # fmt: skip
        st.number_input(
            "Seed", 0, LAST_SEED, key=SEED, persist_state="session", width=110,
            help="Of the samples; all methods meet the same ones",
        )  # fmt: skip
        for key, default in ((TARGET, "predicted"), (SAMPLES, USUAL), (SEED, 0)):
            links.write_to_url(key, default)
        fitted = _fit()
        asked = None
        if cut is not None and methods:
            first = dict(list(methods.items())[:SIDE_BY_SIDE])
            with show_errors():
                settings = LimeSettings(state[SAMPLES], state[SEED], **fitted)
                asked = LimeRequest(classifier, image, cut, first, settings, picture_name())
        _run(asked)
    _say(asked, methods)
    return asked


def _fit() -> dict[str, float]:
    """How samples are fitted: kernel width and ridge penalty. Another fit of the same answers asks nothing anew."""
    with st.popover("Kernel and ridge", icon=":material/tune:", key="lime-fit"):
        found = widgets(FITTED, FIT)
        st.caption("How the weights are fitted to the answers. Nothing is computed again.")
    return found


def _run(asked: LimeRequest | None) -> None:
    """The button: first the methods without any answer, and only then those with a part of it."""
    names = asked.todo if asked is not None else []
    again = asked is not None and names == asked.partial != []
    label, icon = ("Run again from the start", "replay") if again else ("Run", "play_arrow")
    if st.button(label, type="primary", icon=f":material/{icon}:", disabled=not names, key="lime-run") and asked:
        asked.start()


def _say(asked: LimeRequest | None, methods: dict[str, Method]) -> None:
    """What is to be known before Run."""
    if not methods:
        st.info("Choose at least one masking method above.", icon=":material/tune:")
    if len(methods) > SIDE_BY_SIDE:
        left = ", ".join(METHODS[name].title for name in list(methods)[SIDE_BY_SIDE:])
        st.caption(f"{SIDE_BY_SIDE} methods fit side by side; left out: {left}.")
    if asked is None:
        return
    if warning := few(asked.settings.samples, asked.cut.count):
        st.caption(f":material/warning: {warning} {ENOUGH * asked.cut.count} or more would be better.")
    if asked.partial:
        parts = ", ".join(METHODS[name].title for name in asked.partial)
        if asked.todo == asked.partial:
            st.caption(f"Run asks {parts} again; what is shown stays until the new run has more samples.")
        else:
            st.caption(f"Run asks what has no answer yet; {parts} stays as it is.")
