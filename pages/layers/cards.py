"""One layer as cards: its activations under each run on one colour scale, and what it can see."""

import html
import math

import streamlit as st
from torch import Tensor

from masking.layer_trace import FILLED, MASKED, PLAIN, Layer, LayerView, Statistics
from masking.masks.mask import Mask
from masking.methods import METHODS
from pages.components.heatmap import Scale, heat_tag, keep_tag

MEAN = "mean"
"""In place of a channel: the mean over all."""
NOTE = "Hatched: hidden cells. Pale blue: hidden pixels under cells that see visible ones beside them."
EXPLAINED = {
    "Receptive field": "How far apart the pixels lie that one cell depends on; all: further than the picture reaches",
    "Stride": "How many pixels lie between neighbouring cells",
    "Visible": "Share of the layer's cells that layer masking can see",
    "Mean": "Mean of the activations at the cells that layer masking can see here",
    "Std": "Their standard deviation",
    "Shift of the mean": "(mean − mean of the plain run) / standard deviation of the plain run",
    "Std ratio": "Standard deviation / standard deviation of the plain run",
    "Distance": "Root mean square of the difference to the plain run, cell by cell, in its standard deviations",
}


def number(value: float, form: str = "#.3g") -> str:
    """A number with a true minus sign; a dash where there is none."""
    if math.isnan(value):
        return "–"
    text = format(value, form)
    return (text.lstrip("+-") if not text.strip("+-0.") else text).replace("-", "−")


def _facts(pairs: dict[str, str]) -> str:
    return "".join(
        f"<span title='{html.escape(EXPLAINED.get(name, name), quote=True)}'>{name}</span><b>{value}</b>"
        for name, value in pairs.items()
    )


def _numbers(found: Statistics, plain: bool) -> dict[str, str]:
    numbers = {"Mean": number(found.mean), "Std": number(found.std)}
    if not plain:
        numbers |= {
            "Shift of the mean": f"{number(found.shift, '+.2f')} σ",
            "Std ratio": f"× {number(found.spread, '.2f')}",
            "Distance": f"{number(found.distance, '.2f')} σ",
        }
    return numbers


def _card(title: str, picture: str, facts: str) -> str:
    return (
        f"<article class='mx-card'><h4 title='{html.escape(title)}'>{html.escape(title)}</h4>{picture}"
        f"<div class='mx-facts'>{facts}</div></article>"
    )


def _pixels(field: tuple[int, int], picture: tuple[int, int]) -> str:
    rows, columns = field
    text = f"{rows} px" if rows == columns else f"{rows}×{columns} px"
    return f"all ({text})" if rows >= picture[0] and columns >= picture[1] else text


def _seen(layer: Layer, look: LayerView, image: Tensor, mask: Mask) -> str:
    picture = (image.shape[2], image.shape[3])
    rows, columns = look.size
    facts = {
        "Resolution": f"{rows}×{columns}" + (" cells" if look.is_map else ": one cell"),
        "Visible": f"{look.visible_share:.1%}",
        "Channels": f"{layer.channels}",
        "Receptive field": _pixels(layer.reach.size, picture),
    }
    if look.is_map:
        facts["Stride"] = _pixels(layer.reach.stride, picture)
    alt = f"the picture as {layer.name} can see it: {look.visible_share:.1%} of its cells are visible"
    return _card("Keep mask", keep_tag(image, mask, look.keep, alt), _facts(facts))


def show_layer(layer: Layer, look: LayerView, image: Tensor, mask: Mask, fill: str, channel: str) -> None:
    """The plain, filled and masked run side by side, the layer's mask, and the scale that they share."""
    scale = Scale.over(look.maps)
    cards = []
    for run, title in ((PLAIN, "Plain"), (FILLED, METHODS[fill].title), (MASKED, "Layer masking")):
        alt = f"activations of {layer.name} under the {title.lower()} run"
        picture = heat_tag(look.maps[run], look.keep, scale, alt, outlined=run != MASKED)
        statistics = look.statistics
        facts = _facts(_numbers(statistics[run], run == PLAIN)) if statistics else "<span>Nothing is visible.</span>"
        cards.append(_card(title, picture, facts))
    cards.append(_seen(layer, look, image, mask))
    st.html(
        "<div class='mx-cards' role='list' tabindex='0' aria-label='Activations by run'>"
        f"{''.join(cards)}</div>{scale.bar(_what(look, layer, channel), NOTE)}"
    )


def _what(look: LayerView, layer: Layer, channel: str) -> str:
    if not look.is_map:
        return "activation; every square is one channel" if look.maps.shape[1] > 1 else f"activation, channel {channel}"
    return f"activation, {f'channel {channel}' if channel != MEAN else f'mean of {layer.channels} channels'}"
