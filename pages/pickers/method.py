"""The picker of masking methods, with their parameters."""

import streamlit as st

from masking.inference.predict import USUAL_METHODS
from masking.methods import METHODS, Method
from masking.models.classifier import Classifier
from masking.registry.params import params
from pages.components.forms import draw_form
from pages.shell import links
from pages.shell.errors import as_sentence

KEY = "methods"
_PICKER = "shown-methods"
"""The widget holds the methods that this classifier can run; the choice under `KEY` keeps the others for the next."""


def pick_methods(classifier: Classifier) -> dict[str, Method]:
    """Return the chosen masking methods by name, with their parameters.

    Methods that cannot run on the classifier are not offered. The page says why for those that were chosen; the
    settings say it for the others.
    """
    reasons = {name: method().supports(classifier) for name, method in METHODS.items()}
    possible = [name for name, reason in reasons.items() if reason is None]
    links.url_choices(KEY, list(METHODS), list(USUAL_METHODS), "masking methods")
    remembered: list[str] = st.session_state[KEY]
    links.write_to_url(KEY, list(USUAL_METHODS))
    st.session_state[_PICKER] = [name for name in remembered if name in possible]

    def remember() -> None:
        impossible = [name for name in remembered if name not in possible]  # they return with another classifier
        st.session_state[KEY] = [*st.session_state[_PICKER], *impossible]

    picker, button = st.columns([5, 1], vertical_alignment="bottom")
    names = picker.multiselect(
        "Masking methods",
        possible,
        format_func=lambda name: METHODS[name].title,
        key=_PICKER,
        on_change=remember,
        help="Which ways of hiding pixels to compare",
    )
    for name in remembered:
        if (reason := reasons[name]) is not None:
            st.caption(as_sentence(reason))
    with button.popover("Settings", icon=":material/tune:", width="stretch", help="Parameters of the chosen methods"):
        methods = _set_parameters(names)
        for name, reason in reasons.items():
            if reason is not None and name not in remembered:
                st.caption(f"Not offered: {METHODS[name].title}. {as_sentence(reason)}")
    return methods


def _set_parameters(names: list[str]) -> dict[str, Method]:
    """Return the methods with the parameters that their forms hold."""
    methods: dict[str, Method] = {}
    for name in names:
        kind = METHODS[name]
        if params(kind):
            st.markdown(f"**{kind.title}**")
        methods[name] = draw_form(kind, name)
    if not any(params(METHODS[name]) for name in names):
        st.caption("The chosen methods have no parameters.")
    return methods
