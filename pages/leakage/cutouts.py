"""The matrix of Shape leakage: one object cut out by every hole under every method, as small cards."""

import html

import streamlit as st

from masking.leakage import Cutout
from masking.masks.holes import HOLES
from masking.methods import METHODS
from pages.components.cards import picture_tag


def _card(shown: Cutout, method: str, hole: str) -> str:
    answer, probability = shown.answers[method, hole], shown.probability(method, hole)
    given = HOLES[hole].covers and shown.still_named(method, hole)
    moved = hole == "transplanted" and answer.category == shown.donor != shown.hidden_class
    mark = "mx-given" if given else "mx-moved" if moved else ""
    title, name = METHODS[method].title, html.escape(answer.category)
    alt = f"what the model saw of the hole {HOLES[hole].title} under {title}: it says {answer.category}"
    hint = f"{answer.category} {float(answer.probabilities.max()):.1%}; {shown.hidden_class} {probability:.1%}"
    return (
        f"<td><article class='mx-cut {mark}' title='{html.escape(hint, quote=True)}'>"
        f"{picture_tag(shown.picture(method, hole), alt)}<div class='mx-verdict'>{name}</div>"
        f"<div class='mx-bar mx-original'><i style='width:{probability:.1%}'></i><b>{probability:.1%}</b></div>"
        "</article></td>"
    )


def show_cutouts(shown: Cutout, waiting: bool = False) -> None:
    """One row per method, one column per hole; what is still named is marked."""
    heads = "".join(
        f"<th scope='col' title='{html.escape(HOLES[hole].meaning, quote=True)}'>{HOLES[hole].title}"
        f"<small>{mask.hidden_share:.0%} hidden</small></th>"
        for hole, mask in shown.masks.items()
    )
    rows = "".join(
        f"<tr><th scope='row' title='{html.escape(METHODS[method].meaning, quote=True)}'>{METHODS[method].title}</th>"
        + "".join(_card(shown, method, hole) for hole in shown.masks)
        + "</tr>"
        for method in shown.methods
    )
    hidden = html.escape(shown.hidden_class)
    named = f"named {hidden}, of which nothing is in sight" if shown.certain else f"still named {hidden}"
    legend = f"<i class='mx-given'></i> {named} &nbsp; "
    if "transplanted" in shown.masks and shown.donor == shown.hidden_class:
        legend += f"The transplanted outline is that of {hidden} too: choose another. &nbsp; "
    elif "transplanted" in shown.masks:
        legend += f"<i class='mx-moved'></i> taken for the transplanted {html.escape(shown.donor)} &nbsp; "
    st.html(
        f"<p class='mx-reading' role='status'>{html.escape(shown.sentence)}</p>"
        f"<div class='mx-matrix{' mx-waiting' if waiting else ''}' role='region' tabindex='0' "
        f"aria-label='Predictions by method and hole'><table><thead><tr><th></th>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
        f"<p class='mx-legend'>{legend}Bars: probability of {hidden}; nothing hidden: {shown.sure:.1%}.</p>"
    )
