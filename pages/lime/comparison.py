"""Explanations compared: with each other, with fewer samples, with the object, and with the answers."""

import html
from collections.abc import Mapping, Sequence
from itertools import combinations

import streamlit as st
from torch import Tensor

from masking.attribution import CrossEvaluation, LimeExplanation
from masking.measures import MEASURES
from pages.components.numbers import number
from pages.lime.ablation import show_ablation
from pages.lime.request import LimeRequest
from pages.lime.stability import show_stability
from pages.pickers.picture import object_mask_for

PAIRS = ("rank_correlation", "top_overlap", "sign_agreement")
ON_OBJECT = ("alignment", "object_overlap")
WITH_TOP = {"top_overlap", "object_overlap"}
"""Measures that take the number of segments to look at."""
TOP = 5


def show_comparison(
    request: LimeRequest, explanations: Mapping[str, LimeExplanation], key: str
) -> CrossEvaluation | None:
    """Show the agreement between methods and with the object; stability and ablation on demand."""
    st.subheader("Do the methods agree?", anchor=False)
    show_agreement(list(explanations.values()), _object_region(request))
    show_stability(explanations, key)
    return show_ablation(request, explanations, key)


def _object_region(request: LimeRequest) -> Tensor | None:
    """Return the region of the picture's object, bool (h, w); None if it is unknown."""
    cutout = object_mask_for(request.classifier, request.picture)
    return None if cutout is None else ~cutout.keep[0, 0].cpu()


def show_agreement(explanations: Sequence[LimeExplanation], on_object: Tensor | None) -> None:
    """Show one row per pair of methods; below, one row per method if the object (bool (h, w)) is known."""
    top = min(TOP, len(explanations[0].coefficients))
    pairs: dict[str, list[float]] = {}
    for first, second in combinations(explanations, 2):
        weights = first.coefficients, second.coefficients
        title = f"{first.title} and {second.title.lower()}"
        pairs[title] = [_compute_measure(name, top, *weights) for name in PAIRS]
    if pairs:
        st.html(_table("mx-agreement", "", PAIRS, pairs, top))
    else:
        st.caption("Run a second method to see whether it agrees.")
    if on_object is not None:
        rows: dict[str, list[float]] = {}
        for explanation in explanations:
            tensors = explanation.coefficients, explanation.segments, on_object
            rows[explanation.title] = [_compute_measure(name, top, *tensors) for name in ON_OBJECT]
        st.html(_table("mx-on-object", "With the object’s exact mask", ON_OBJECT, rows, top))


def _compute_measure(name: str, top: int, *tensors: Tensor) -> float:
    return MEASURES[name].function(*tensors, **({"k": top} if name in WITH_TOP else {}))


def _table(kind: str, corner: str, names: Sequence[str], rows: dict[str, list[float]], top: int) -> str:
    """Return an HTML table with one column per measure, headed by its unit and its better direction."""
    heads = "".join(
        f"<th scope='col' title='{html.escape(MEASURES[name].meaning, quote=True)}'>{MEASURES[name].title}"
        f"<small>{html.escape(MEASURES[name].unit)}{f', k = {top}' if name in WITH_TOP else ''}; "
        f"{MEASURES[name].better} is better</small></th>"
        for name in names
    )
    first = f"<th>{corner}</th>" if corner else "<td></td>"
    body = ""
    for title, values in rows.items():
        cells = "".join(f"<td class='mx-number'><b>{number(value, '.2f')}</b></td>" for value in values)
        body += f"<tr><th scope='row'>{html.escape(title)}</th>{cells}</tr>"
    return (
        f"<div class='mx-matrix' tabindex='0'><table class='mx-table {kind}'>"
        f"<thead><tr>{first}{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )
