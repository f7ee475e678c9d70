"""One object hidden by every hole under every method, as small tiles; each says in a word what its answer means."""

import html

import streamlit as st

from masking.leakage import Cutout
from masking.masks.holes import HOLES
from masking.masks.shares import share_text
from masking.results.verdict import Kind
from pages.components.cards import method_heading, picture_tag, verdict_badge
from pages.components.method_names import method_title
from pages.components.numbers import percent

MEANINGS = {
    Kind.LEAK: "nothing of the {object} is visible, but it is named",
    Kind.GUESS: "the {object} is hidden, and the answer is a guess",
    Kind.HARM: "some of the {object} is visible, but something else is named",
    Kind.KEPT: "some of the {object} is visible, and it is named",
    Kind.NOTHING: "nothing at all is visible",
    Kind.SAME: "still the answer to the whole picture; whether the {object} is hidden is not known",
    Kind.OTHER: "something else is named; whether the {object} is hidden is not known",
}
"""What the words on the tiles mean; the order is that of the legend."""
TOOK_OUTLINE = "took the hole's outline for the object ({donor})"


def show_cutouts(cutout: Cutout, waiting: bool = False) -> None:
    """Draw the tiles of every method, one per hole. `waiting` says that newer ones are being computed."""
    rows = "".join(_row(cutout, method) for method in cutout.methods)
    faded = " mx-waiting" if waiting else ""
    st.html(f"<div class='mx-tiles{faded}'>{rows}</div><div class='mx-legend'>{_legend(cutout)}</div>")


def show_reading(cutout: Cutout) -> None:
    """Say what revealed the object."""
    st.html(f"<p class='mx-reading' role='status'>{html.escape(cutout.sentence)}</p>")


def _row(cutout: Cutout, method: str) -> str:
    title = html.escape(method_title(method), quote=True)
    tiles = "".join(_tile(cutout, method, hole) for hole in cutout.masks)
    return (
        f"{method_heading(method)}<div class='mx-tile-row' style='--holes:{len(cutout.masks)}' role='list' "
        f"aria-label='{title}: what the network says, by hole'>{tiles}</div>"
    )


def _tile(cutout: Cutout, method: str, hole: str) -> str:
    answer, probability = cutout.answers[method, hole], cutout.object_probability(method, hole)
    hidden, what = share_text(cutout.masks[hole].hidden_share, 0), cutout.object_name
    name = html.escape(answer.named.name)
    category, meaning = (html.escape(text, quote=True) for text in (answer.category, HOLES[hole].meaning))
    alt = f"What the network gets under {method_title(method).lower()} with {hidden} of the picture hidden."
    return (
        f"<div class='mx-tile' role='listitem'><div class='mx-hole' title='{meaning} It hides {hidden}.'>"
        f"{HOLES[hole].title} <small>{hidden}</small></div>{picture_tag(cutout.picture(method, hole), alt)}"
        f"<div class='mx-verdict' title='{category} {percent(answer.probability(answer.index))}'>{name}</div>"
        f"{_badge(cutout, method, hole)}"
        f"<div class='mx-bar mx-original' title='{html.escape(what, quote=True)} {percent(probability)}'>"
        f"<i style='width:{probability:.1%}'></i><b>{percent(probability)}</b></div></div>"
    )


def _badge(cutout: Cutout, method: str, hole: str) -> str:
    if cutout.took_outline(method, hole):
        return _outline_badge(html.escape(TOOK_OUTLINE.format(donor=cutout.donor), quote=True))
    return verdict_badge(cutout.verdict(method, hole))


def _outline_badge(hint: str = "") -> str:
    return f"<span class='mx-badge mx-moved' title='{hint}'><i aria-hidden='true'>≈</i>Took the outline</span>"


def _legend(cutout: Cutout) -> str:
    """Return what the words on the tiles and the bars mean, as HTML."""
    what, donor = html.escape(cutout.object_name), html.escape(cutout.donor)
    taken = {key for key in cutout.answers if cutout.took_outline(*key)}
    verdicts = {cutout.verdict(*key).kind: cutout.verdict(*key) for key in cutout.answers if key not in taken}
    parts = [
        f"{verdict_badge(verdicts[kind])} {meaning.format(object=what)}"
        for kind, meaning in MEANINGS.items()
        if kind in verdicts
    ]
    if taken:
        parts.append(f"{_outline_badge()} {TOOK_OUTLINE.format(donor=donor)}")
    if "transplanted" in cutout.masks and cutout.donor in {cutout.hidden_class, cutout.whole.named.name}:
        parts.append(f"The transplanted outline is that of {donor} too: choose another.")
    bars = f"Bars: probability of “{what}”; for the whole picture {percent(cutout.sure)}."
    return "".join(f"<span>{part}</span>" for part in [*parts, bars])
