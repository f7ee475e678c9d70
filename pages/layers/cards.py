"""One layer as cards: its activations under each run on one colour scale, and what it may see."""

import html

import streamlit as st
from torch import Tensor

from masking.layer_trace import FILLED, MASKED, PLAIN, Layer, LayerView, Statistics
from masking.masks.mask import Mask
from masking.masks.shares import share_text
from masking.methods import METHODS
from pages.components.cards import WHOLE, method_heading, plain_heading
from pages.components.heatmap import Scale, heat_tag, keep_tag
from pages.components.numbers import number

MEAN = "mean"
"""Stands for all channels together, in place of one channel's number."""
NOTE = "Hatched: hidden cells. Pale blue: hidden pixels under cells that also look at visible ones."
MEANINGS = {
    "Receptive field": "Size of the region that one cell depends on, in pixels; all: larger than the picture",
    "Stride": "How many pixels lie between neighbouring cells",
    "Visible": "Share of the layer's cells that layer masking can see",
    "Mean": "Mean of the activations at the cells that layer masking can see here",
    "Std": "Standard deviation of these activations",
    "Shift of the mean": "How far the mean lies from the whole picture's, in its standard deviations σ",
    "Ratio of spreads": "Standard deviation / standard deviation for the whole picture",
}
OFF_BY = (
    "Root mean square of the difference to the whole picture's activations, cell by cell, in their standard deviations"
)


def show_layer(
    layer: Layer, view: LayerView, image: Tensor, mask: Mask, fill: str, channel: str, is_detailed: bool = False
) -> None:
    """Draw the three runs side by side, what the layer may see, and the colour scale that they share.

    `is_detailed` adds means, spreads and sizes to the cards.
    """
    scale = Scale.over(view.maps)
    cards = []
    for run, method in ((PLAIN, ""), (FILLED, fill), (MASKED, "layer_masking")):
        title = METHODS[method].title if method else WHOLE
        alt = f"activations of {layer.name}: {title.lower()}"
        picture = heat_tag(view.maps[run], view.keep, scale, alt, outlined=run != MASKED)
        heading = method_heading(method) if method else plain_heading(WHOLE)
        if view.statistics is None:
            cards.append(_card(heading, picture, "Nothing is visible.", {}))
            continue
        statistics = view.statistics[run]
        verdict = "The reference" if run == PLAIN else f"Off by {number(statistics.distance, '.2f')}"
        cards.append(_card(heading, picture, verdict, _numbers(statistics, run == PLAIN) if is_detailed else {}))
    cards.append(_sight_card(layer, view, image, mask, is_detailed))
    st.html(
        "<div class='mx-cards mx-maps' role='list' aria-label='Activations by run'>"
        f"{''.join(cards)}</div>{scale.bar(_scale_title(view, layer, channel), NOTE)}"
    )


def _numbers(statistics: Statistics, is_reference: bool) -> dict[str, str]:
    numbers = {"Mean": number(statistics.mean), "Std": number(statistics.std)}
    if not is_reference:
        numbers |= {
            "Shift of the mean": f"{number(statistics.shift, '+.2f')} σ",
            "Ratio of spreads": f"× {number(statistics.spread, '.2f')}",
        }
    return numbers


def _sight_card(layer: Layer, view: LayerView, image: Tensor, mask: Mask, is_detailed: bool) -> str:
    """Return the card of what the layer may see of the picture."""
    rows, columns = view.size
    share = f"{share_text(view.visible_share)} visible"
    facts = {}
    if is_detailed:
        facts = {
            "Resolution": f"{rows}×{columns}" + (" cells" if view.is_map else ": one cell"),
            "Channels": f"{layer.channels}",
            "Receptive field": _pixels(layer.reach.size, (image.shape[2], image.shape[3])),
        }
        if view.is_map:
            facts["Stride"] = _pixels(layer.reach.stride, (image.shape[2], image.shape[3]))
    alt = f"the picture as {layer.name} can see it: {share_text(view.visible_share)} of its cells are visible"
    return _card(plain_heading("What this layer may see"), keep_tag(image, mask, view.keep, alt), share, facts)


def _card(heading: str, picture: str, verdict: str, facts: dict[str, str]) -> str:
    rows = "".join(
        f"<span title='{html.escape(MEANINGS.get(name, name), quote=True)}'>{name}</span><b>{value}</b>"
        for name, value in facts.items()
    )
    hint = f" title='{html.escape(OFF_BY, quote=True)}'" if verdict.startswith("Off by") else ""
    return (
        f"<div class='mx-card' role='listitem'><div class='mx-head'>{heading}</div>{picture}"
        f"<div class='mx-verdict'{hint}>{verdict}</div><div class='mx-facts'>{rows}</div></div>"
    )


def _pixels(field: tuple[int, int], picture: tuple[int, int]) -> str:
    rows, columns = field
    text = f"{rows} px" if rows == columns else f"{rows}×{columns} px"
    return f"all ({text})" if rows >= picture[0] and columns >= picture[1] else text


def _scale_title(view: LayerView, layer: Layer, channel: str) -> str:
    if view.is_map:
        return f"activation, {f'channel {channel}' if channel != MEAN else f'mean of {layer.channels} channels'}"
    return "activation; every square is one channel" if view.maps.shape[1] > 1 else f"activation, channel {channel}"
