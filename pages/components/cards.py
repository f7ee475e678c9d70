"""Comparison cards: what the model saw, and what it said, side by side on one scale."""

import base64
import html

import streamlit as st
from torch import Tensor

from masking.image import to_png
from masking.inference.comparison import Comparison
from masking.inference.prediction import Prediction
from masking.masks.shares import share_text
from masking.models.class_groups import group_members
from masking.models.class_names import short_names
from masking.results.sentences import NOTHING_LEFT, entropy_text
from masking.results.verdict import Kind, Verdict
from pages.components.method_names import method_colour, method_title
from pages.components.numbers import number, percent

TOP = 5
"""Classes per card."""
WHOLE = "Whole picture"
SIGNS = {
    Kind.LEAK: "!", Kind.HARM: "✕", Kind.KEPT: "✓", Kind.GUESS: "✓", Kind.NOTHING: "∅", Kind.SAME: "=", Kind.OTHER: "≠",
}  # fmt: skip
"""The sign before a verdict's word: colour alone would not do."""


def picture_tag(image: Tensor, alt: str) -> str:
    """Return an image (1, 3, h, w) as an HTML picture, exact to the pixel."""
    data = base64.b64encode(to_png(image)).decode()
    return f"<img alt='{html.escape(alt, quote=True)}' src='data:image/png;base64,{data}'>"


def show_cards(comparison: Comparison, waiting: bool = False) -> None:
    """Draw the verdict in words and a card for the whole picture and for each method.

    `waiting` says that newer cards are being computed; these are drawn pale.
    """
    st.html(cards_html(comparison, waiting))


def cards_html(comparison: Comparison, waiting: bool = False) -> str:
    """Return what `show_cards` draws."""
    cards = [_whole_card(comparison), *(_method_card(comparison, name) for name in comparison.masked)]
    faded = " mx-waiting" if waiting else ""
    return (
        f"<p class='mx-reading' role='status'>{html.escape(comparison.sentence)}</p>"
        f"<div class='mx-cards{faded}' role='list' aria-label='Predictions by masking method'>{''.join(cards)}</div>"
        f"<p class='mx-legend'>{_legend(comparison.whole)}</p>"
    )


def verdict_badge(verdict: Verdict) -> str:
    """Return a verdict as one word with a sign and a colour; its sentence is the tooltip."""
    return (
        f"<span class='mx-badge mx-{verdict.kind}' title='{html.escape(verdict.text, quote=True)}'>"
        f"<i aria-hidden='true'>{SIGNS[verdict.kind]}</i>{verdict.word}</span>"
    )


def method_heading(name: str) -> str:
    """Return a method's title as the heading of its card, with the method's colour before it."""
    return plain_heading(method_title(name), f"<i class='mx-swatch' style='background:{method_colour(name)}'></i>")


def plain_heading(title: str, swatch: str = "") -> str:
    """Return a title as the heading of a card, behind a swatch (HTML) if there is one."""
    return f"<h3 title='{html.escape(title, quote=True)}'>{swatch}{html.escape(title)}</h3>"


def _whole_card(comparison: Comparison) -> str:
    whole = comparison.whole
    head = f"{plain_heading(WHOLE)}<span class='mx-badge'>Nothing hidden</span>"
    picture = picture_tag(comparison.image, "The whole picture, as the network sees it.")
    return _card(head, picture, whole, whole, percent(whole.group_probability(whole.index)))


def _method_card(comparison: Comparison, name: str) -> str:
    whole, answer, verdict = comparison.whole, comparison.masked[name], comparison.verdicts[name]
    before, after = (percent(each.group_probability(whole.index)) for each in (whole, answer))
    below = f"<p class='mx-blind'>{NOTHING_LEFT}</p>" if name in comparison.blind else ""
    below += f"<p class='mx-why'>{html.escape(verdict.text)}</p>"
    picture = picture_tag(comparison.picture(name), _alt(comparison, name))
    return _card(method_heading(name) + verdict_badge(verdict), picture, answer, whole, f"{before} → {after}", below)


def _alt(comparison: Comparison, name: str) -> str:
    """Return what a method's picture shows, in words."""
    hidden = share_text(comparison.mask.hidden_share)
    how = "left out, drawn as stripes" if comparison.seen[name] is None else "replaced"
    return f"What the network gets under {method_title(name).lower()}: {hidden} of the picture is {how}."


def _card(head: str, picture: str, answer: Prediction, whole: Prediction, change: str, below: str = "") -> str:
    """Return a card: its head and picture, the class named, bars, numbers, and words below them."""
    facts = {f"“{whole.named.group}”": change, "Doubt": entropy_text(answer.entropy, answer.entropy_limit)}
    rows = "".join(
        f"<span title='{html.escape(name, quote=True)}'>{html.escape(name)}</span><b>{value}</b>"
        for name, value in facts.items()
    )
    name, category = html.escape(answer.named.name), html.escape(answer.category, quote=True)
    return (
        f"<div class='mx-card' role='listitem'><div class='mx-head'>{head}</div>{picture}"
        f"<div class='mx-verdict' title='{category}'>{name}</div>{_bars(answer, whole)}"
        f"<div class='mx-facts'>{rows}</div>{below}</div>"
    )


def _bars(answer: Prediction, whole: Prediction) -> str:
    """Return the most probable classes as bars; those of the whole picture's class and its group are coloured."""
    names = short_names(whole.categories)
    coloured = {names[index] for index in group_members(whole.index, whole.categories)}
    bars = []
    for (category, probability), (name, _) in zip(answer.top(TOP), answer.top(TOP, short=True), strict=True):
        mark = " mx-original" if name in coloured else ""
        bars.append(
            f"<div class='mx-bar{mark}' title='{html.escape(category, quote=True)} {percent(probability, 2)}'>"
            f"<i style='width:{probability:.1%}'></i>"
            f"<span>{html.escape(name)}</span><b>{percent(probability)}</b></div>"
        )
    return f"<div class='mx-bars'>{''.join(bars)}</div>"


def _legend(whole: Prediction) -> str:
    """Return what bars and numbers on the cards mean."""
    members = len(group_members(whole.index, whole.categories))
    group = html.escape(whole.named.group)
    named = f"“{group}” is the sum over its {members} classes. " if members > 1 else ""
    return (
        f"<i class='mx-original'></i>the answer to the whole picture. {named}Doubt is the predictive entropy: 0 bits = "
        f"sure, {number(whole.entropy_limit, '.3g')} bits = all {len(whole.categories):,} classes alike."
    )
