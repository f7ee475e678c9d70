"""The matrix of Shape leakage: one object hidden by every hole under every method, as small cards."""

import html

import streamlit as st

from masking.leakage import Cutout
from masking.masks.holes import HOLES
from masking.masks.shares import share_text
from masking.methods import METHODS
from pages.components.cards import picture_tag
from pages.components.numbers import percent


def show_cutouts(cutout: Cutout, waiting: bool = False) -> None:
    """Draw one row per method and one column per hole; answers that still name the object are marked."""
    heads = "".join(
        f"<th scope='col' title='{html.escape(HOLES[hole].meaning, quote=True)}'>{HOLES[hole].title}"
        f"<small>{share_text(mask.hidden_share, 0)} hidden</small></th>"
        for hole, mask in cutout.masks.items()
    )
    rows = "".join(
        f"<tr><th scope='row' title='{html.escape(METHODS[method].meaning, quote=True)}'>{METHODS[method].title}</th>"
        + "".join(_card(cutout, method, hole) for hole in cutout.masks)
        + "</tr>"
        for method in cutout.methods
    )
    st.html(
        f"<p class='mx-reading' role='status'>{html.escape(cutout.sentence)}</p>"
        f"<div class='mx-matrix{' mx-waiting' if waiting else ''}' role='region' tabindex='0' "
        f"aria-label='Predictions by method and hole'><table><thead><tr><th></th>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div><p class='mx-legend'>{_legend(cutout)}</p>"
    )


def _card(cutout: Cutout, method: str, hole: str) -> str:
    answer, probability = cutout.answers[method, hole], cutout.probability(method, hole)
    is_given_away = HOLES[hole].covers and cutout.still_named(method, hole)
    is_moved = hole == "transplanted" and answer.category == cutout.donor != cutout.hidden_class
    mark = "mx-given" if is_given_away else "mx-moved" if is_moved else ""
    title, name = METHODS[method].title, html.escape(answer.category)
    alt = f"what the model saw of the hole {HOLES[hole].title} under {title}: it says {answer.category}"
    hint = (
        f"{answer.category} {percent(answer.probability(answer.index))}; {cutout.hidden_class} {percent(probability)}"
    )
    return (
        f"<td><article class='mx-cut {mark}' title='{html.escape(hint, quote=True)}'>"
        f"{picture_tag(cutout.picture(method, hole), alt)}<div class='mx-verdict'>{name}</div>"
        f"<div class='mx-bar mx-original'><i style='width:{probability:.1%}'></i><b>{percent(probability)}</b></div>"
        "</article></td>"
    )


def _legend(cutout: Cutout) -> str:
    """Return what the marks and the bars mean, as HTML."""
    hidden, donor = html.escape(cutout.hidden_class), html.escape(cutout.donor)
    unseen = ", although nothing of it is visible" if cutout.certain else ""
    parts = [f"<i class='mx-given'></i> still says “{hidden}”{unseen}"]
    if "transplanted" in cutout.masks and cutout.donor == cutout.hidden_class:
        parts.append(f"The transplanted outline is that of {hidden} too: choose another.")
    elif "transplanted" in cutout.masks:
        parts.append(f"<i class='mx-moved'></i> took the hole's outline for the object ({donor})")
    parts.append(f"Bars: probability of “{hidden}”; with nothing hidden {percent(cutout.sure)}.")
    return " &nbsp; ".join(parts)
