"""Explanations set against one another, against fewer samples, against the object, and against the answer."""

from collections.abc import Mapping

import streamlit as st
from torch import Tensor

from masking.attribution import CrossEvaluation, LimeExplanation
from pages.compare.page import known_object
from pages.lime.ablation import ablated
from pages.lime.agreement import show_agreement
from pages.lime.request import LimeRequest
from pages.lime.stability import show_stability


def compared(asked: LimeRequest, found: Mapping[str, LimeExplanation], about: str) -> CrossEvaluation | None:
    """The agreement of all pairs and with the object; stability and ablation on demand."""
    st.subheader("Do the methods agree?", anchor=False)
    show_agreement(list(found.values()), _object(asked))
    show_stability(found, about)
    return ablated(asked, found, about)


def _object(asked: LimeRequest) -> Tensor | None:
    """Where the picture's object lies, bool (h, w); None where that is not known."""
    cutout = known_object(asked.classifier, asked.picture)
    return None if cutout is None else ~cutout.keep[0, 0].cpu()
