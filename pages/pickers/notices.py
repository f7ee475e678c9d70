"""Notices below the pickers: what could not be had, and what does not fit."""

import streamlit as st

from masking.datasets.fitting import fitting_classifier, misfit, missing_weights
from masking.models.classifier import Classifier
from masking.models.picture_kinds import PictureKind
from masking.models.zoo import FIRST
from pages.pickers.classifier import FAILURE, Failure, choose_classifier
from pages.pickers.picture import DRAWN_INSTEAD, ERROR
from pages.shell.errors import escape_markdown


def show_notices(classifier: Classifier, kind: PictureKind, for_drawn: str = FIRST) -> None:
    """Draw the notices; the arguments are those of `pick_classifier`, and the classifier that was picked."""
    if error := st.session_state.get(ERROR):
        st.error(error, icon=":material/error:")
    _show_failure(st.session_state.get(FAILURE))
    _show_fit(classifier, kind, fitting_classifier(kind, for_drawn))


def _show_failure(failure: Failure | None) -> None:
    """Say why a classifier could not be loaded, across the page, with a button that tries again."""
    if failure is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="classifier-failure"):
        st.error(failure.sentence, icon=":material/error:")
        st.button("Try again", key="loading-again", on_click=choose_classifier, args=[failure.name], width="content")
        st.button(
            "Dismiss", key="loading-dismiss", on_click=st.session_state.pop, args=[FAILURE, None], width="content"
        )


def _show_fit(classifier: Classifier, kind: PictureKind, remedy: str) -> None:
    """Say that the classifier knows no such pictures, with the classifier that does."""
    sentence = misfit(classifier, kind)
    is_photograph = kind is PictureKind.PHOTOGRAPH
    lacks = missing_weights() if (sentence and is_photograph) or st.session_state.get(DRAWN_INSTEAD) else ""
    if not sentence and not lacks:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="misfit"):
        st.markdown(f":material/info: {escape_markdown(f'{sentence} {lacks}'.strip())}")
        if not lacks:
            st.button(f"Use {remedy}", key="use-fitting", on_click=choose_classifier, args=[remedy], width="content")
