"""Which attributions: up to three of those that the classifier allows, with their parameters."""

import streamlit as st

from masking.attribution import ATTRIBUTIONS, Attribution
from masking.models.classifier import Classifier
from masking.registry.params import params
from pages.components.forms import form
from pages.shell import links
from pages.shell.errors import as_sentence

KEY, USUAL, AT_ONCE = "attributions", ["gxsi"], 3


def pick_attributions(classifier: Classifier) -> dict[str, Attribution]:
    """The attributions to show, with their parameters; impossible ones are not offered."""
    reasons = {name: kind().supports(classifier) for name, kind in ATTRIBUTIONS.items()}
    able = [name for name, reason in reasons.items() if reason is None]
    links.url_choices(KEY, list(ATTRIBUTIONS), USUAL, "attributions")
    wanted = _at_once(st.session_state[KEY], able)
    links.write_to_url(KEY, USUAL)
    st.session_state["shown-attributions"] = [name for name in wanted if name in able][:AT_ONCE]

    def choose() -> None:
        unable = [name for name in wanted if name not in able]  # they come back with another classifier
        st.session_state[KEY] = [*st.session_state["shown-attributions"], *unable]

    picker, button = st.columns([5, 1], vertical_alignment="bottom")
    chosen = picker.multiselect(
        f"Attributions (up to {AT_ONCE})", able, format_func=lambda name: ATTRIBUTIONS[name].title,
        key="shown-attributions", on_change=choose, max_selections=AT_ONCE,
        help="  \n".join(f"**{kind.title}**: {kind.meaning} {kind.source}." for kind in ATTRIBUTIONS.values()),
    )  # fmt: skip
    for reason in reasons.values():
        if reason is not None:
            st.caption(as_sentence(reason))
    with button.popover("Settings", icon=":material/tune:", width="stretch", help="Parameters of the chosen ones"):
        return _tuned(chosen)


def _at_once(names: list[str], able: list[str]) -> list[str]:
    """What a link asks for, without those that are too many; says so."""
    names = list(dict.fromkeys(names))
    if left := [name for name in names if name in able][AT_ONCE:]:
        titles = ", ".join(ATTRIBUTIONS[name].title for name in left)
        links.add_link_warning(KEY, f"The link asks for more than {AT_ONCE} attributions; going on without {titles}.")
        names = [name for name in names if name not in left]
        st.session_state[KEY] = names
    return names


def _tuned(names: list[str]) -> dict[str, Attribution]:
    found: dict[str, Attribution] = {}
    for name in names:
        if params(ATTRIBUTIONS[name]):
            st.markdown(f"**{ATTRIBUTIONS[name].title}**")
        found[name] = form(ATTRIBUTIONS[name], name)
    if not any(params(ATTRIBUTIONS[name]) for name in names):
        st.caption("The chosen attributions have nothing to set.")
    return found
