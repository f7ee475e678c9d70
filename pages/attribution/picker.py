"""The attributions: up to three of those that the classifier allows, with their parameters."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from masking.attribution import ATTRIBUTIONS, Attribution
from masking.models.classifier import Classifier
from masking.registry.params import params
from pages.components.forms import draw_form
from pages.shell import links
from pages.shell.errors import as_sentence

KEY, USUAL, AT_ONCE = "attributions", ["gxsi"], 3
_PICKER = "shown-attributions"
"""The widget holds the attributions that this classifier allows; the choice under `KEY` keeps the others."""


def fold_attributions() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Draw the button that unfolds what is chosen once and for all; return the places for attributions and device."""
    door = st.popover(
        "Attributions", icon=":material/tune:", width="stretch", key="attributions-door",
        help="Attributions with their settings, and the device",
    )  # fmt: skip
    return door.container(), door.container()


def pick_attributions(classifier: Classifier, picker: DeltaGenerator) -> dict[str, Attribution]:
    """Draw the picker in a place of `fold_attributions`; return the chosen attributions by name, with their parameters.

    Attributions that the classifier does not allow are not offered; captions say why.
    """
    reasons = {name: kind().supports(classifier) for name, kind in ATTRIBUTIONS.items()}
    possible = [name for name, reason in reasons.items() if reason is None]
    links.url_choices(KEY, list(ATTRIBUTIONS), USUAL, "attributions", ATTRIBUTIONS.renamed)
    remembered = _limit(st.session_state[KEY], possible)
    links.write_to_url(KEY, USUAL)
    st.session_state[_PICKER] = [name for name in remembered if name in possible][:AT_ONCE]

    def remember() -> None:
        impossible = [name for name in remembered if name not in possible]  # they return with another classifier
        st.session_state[KEY] = [*st.session_state[_PICKER], *impossible]

    names = picker.multiselect(
        f"Attributions (up to {AT_ONCE})", possible, format_func=lambda name: ATTRIBUTIONS[name].title,
        key=_PICKER, on_change=remember, max_selections=AT_ONCE,
        help="  \n".join(f"**{kind.title}**: {kind.meaning} {kind.source}." for kind in ATTRIBUTIONS.values()),
    )  # fmt: skip
    for name in remembered:
        if (reason := reasons[name]) is not None:
            st.caption(as_sentence(reason))
    with picker:
        attributions = _set_parameters(names)
        for name, reason in reasons.items():
            if reason is not None and name not in remembered:
                st.caption(f"Not offered: {ATTRIBUTIONS[name].title}. {as_sentence(reason)}")
    return attributions


def _limit(names: list[str], possible: list[str]) -> list[str]:
    """Return a link's choice without the attributions beyond the limit; add a link warning if there are any."""
    names = list(dict.fromkeys(names))
    if left_out := [name for name in names if name in possible][AT_ONCE:]:
        titles = ", ".join(ATTRIBUTIONS[name].title for name in left_out)
        links.add_link_warning(KEY, f"The link asks for more than {AT_ONCE} attributions; going on without {titles}.")
        names = [name for name in names if name not in left_out]
        st.session_state[KEY] = names
    return names


def _set_parameters(names: list[str]) -> dict[str, Attribution]:
    """Return the attributions with the parameters that their forms hold."""
    attributions: dict[str, Attribution] = {}
    for name in names:
        if params(ATTRIBUTIONS[name]):
            st.markdown(f"**{ATTRIBUTIONS[name].title}**")
        attributions[name] = draw_form(ATTRIBUTIONS[name], name)
    if not any(params(ATTRIBUTIONS[name]) for name in names):
        st.caption("The chosen attributions have no parameters.")
    return attributions
