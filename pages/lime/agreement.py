"""Do explanations made under different methods say the same, and do they lie on the object where that is known?"""

import html
from collections.abc import Sequence
from itertools import combinations

import streamlit as st
from torch import Tensor

from masking.attribution import LimeExplanation
from masking.measures import MEASURES
from pages.layers.cards import number

PAIRS = ("rank_correlation", "top_overlap", "sign_agreement")
ON_OBJECT = ("alignment", "object_overlap")
COUNTED = {"top_overlap", "object_overlap"}
"""Measures that want to know how many segments to look at."""
TOP = 5


def show_agreement(found: Sequence[LimeExplanation], on_object: Tensor | None) -> None:
    """One row per pair of methods; below, one per method, where the object (bool (h, w)) is known."""
    top = min(TOP, len(found[0].coefficients))
    pairs: dict[str, list[float]] = {}
    for one, other in combinations(found, 2):
        both = one.coefficients, other.coefficients
        pairs[f"{one.title} and {other.title.lower()}"] = [_value(name, top, *both) for name in PAIRS]
    if pairs:
        st.html(_table("mx-agreement", "", PAIRS, pairs, top))
    else:
        st.caption("Run a second method to see whether it agrees.")
    if on_object is not None:
        given = {one.title: (one.coefficients, one.segments, on_object) for one in found}
        lying = {title: [_value(name, top, *with_object) for name in ON_OBJECT] for title, with_object in given.items()}
        st.html(_table("mx-on-object", "With the object’s exact mask", ON_OBJECT, lying, top))


def _value(name: str, top: int, *given: Tensor) -> float:
    return MEASURES[name].function(*given, **({"k": top} if name in COUNTED else {}))


def _table(kind: str, corner: str, names: Sequence[str], rows: dict[str, list[float]], top: int) -> str:
    """One column per measure, headed by its unit and its better direction."""
    heads = "".join(
        f"<th scope='col' title='{html.escape(MEASURES[name].meaning, quote=True)}'>{MEASURES[name].title}"
        f"<small>{html.escape(MEASURES[name].unit)}{f', k = {top}' if name in COUNTED else ''}; "
        f"{MEASURES[name].better} is better</small></th>"
        for name in names
    )
    body = ""
    for title, values in rows.items():
        cells = "".join(f"<td class='mx-number'><b>{number(value, '.2f')}</b></td>" for value in values)
        body += f"<tr><th scope='row'>{html.escape(title)}</th>{cells}</tr>"
    return (
        f"<div class='mx-matrix' tabindex='0'><table class='mx-table {kind}'>"
        f"<thead><tr><th>{corner}</th>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )
