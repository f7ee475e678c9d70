"""The picker of masking methods, with their parameters."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from masking.inference.predict import USUAL_METHODS
from masking.methods import METHODS, Method
from masking.models.classifier import Classifier
from masking.models.family import Family
from masking.registry.params import params
from pages.components.forms import draw_form
from pages.shell import links
from pages.shell.errors import as_sentence

KEY = "methods"
FAMILIES: dict[Family, str] = {"cnn": "convolutional networks", "vit": "vision transformers"}
_PICKER = "shown-methods"
"""The widget holds the methods that this classifier can run; the choice under `KEY` keeps the others for the next."""


def fold_methods() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Draw the button that unfolds what is chosen once and for all; return the places for methods and device."""
    door = st.popover(
        "Methods", icon=":material/tune:", width="stretch", key="methods-door",
        help="Masking methods with their settings, and the device",
    )  # fmt: skip
    return door.container(), door.container()


def pick_methods(classifier: Classifier, container: DeltaGenerator) -> dict[str, Method]:
    """Draw the picker in a place of `fold_methods`; return the chosen methods by name, with their parameters.

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

    names = container.multiselect(
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
    with container:
        methods = _set_parameters(names)
        for name, reason in reasons.items():
            if reason is not None and name not in remembered:
                _show_not_offered(METHODS[name], classifier, as_sentence(reason))
    return methods


def _show_not_offered(kind: type[Method], classifier: Classifier, reason: str) -> None:
    """Name a method in grey that cannot run on the classifier: for which networks it is, or why not."""
    is_for_others = kind.family is not None and kind.family != classifier.family
    why = f"({FAMILIES[kind.family]} only)" if is_for_others and kind.family else f"is not offered. {reason}"
    st.caption(f"{kind.title} {why}", help=reason if is_for_others else None)


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
