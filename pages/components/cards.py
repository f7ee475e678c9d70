"""Comparison cards: what the model saw, and what it said, side by side on one scale."""

import base64
import html

import streamlit as st
from torch import Tensor

from masking.image import to_png
from masking.inference.predict import Comparison, Prediction
from masking.measures.fill_values import FillValues, measure_fill_values
from masking.methods import METHODS
from masking.models.classifier import Classifier

SHOWN = 5
NOTHING_LEFT = "Nothing is left for the network to see: any picture would get this answer."


def picture_tag(image: Tensor, alt: str) -> str:
    """An image (1, 3, h, w) as an HTML picture, exact to the pixel."""
    data = base64.b64encode(to_png(image)).decode()
    return f"<img alt='{html.escape(alt, quote=True)}' src='data:image/png;base64,{data}'>"


def _bars(prediction: Prediction, original: str) -> str:
    bars = []
    for category, probability in prediction.top(SHOWN):
        mine = " mx-original" if category == original else ""
        name = html.escape(category)
        bars.append(
            f"<div class='mx-bar{mine}' title='{html.escape(category, quote=True)} {probability:.2%}'>"
            f"<i style='width:{probability:.1%}'></i><span>{name}</span><b>{probability:.1%}</b></div>"
        )
    return "".join(bars)


def _card(
    title: str, picture: str, prediction: Prediction, original: str, change: float | None, blind: bool = False
) -> str:
    facts = f"<span>Predictive entropy</span><b>{prediction.entropy:.2f} bits</b>"
    if change is not None:
        points = round(change * 100, 1) + 0.0  # no negative zero
        label = f"Change of {original}"
        facts += (
            f"<span title='{html.escape(label, quote=True)}'>{html.escape(label)}</span><b>{points:+.1f} points</b>"
        )
    warning = f"<p class='mx-blind'>{NOTHING_LEFT}</p>" if blind else ""
    return (
        f"<article class='mx-card'><h4 title='{html.escape(title)}'>{html.escape(title)}</h4>{picture}"
        f"<div class='mx-verdict'>{html.escape(prediction.category)}</div>"
        f"{warning}{_bars(prediction, original)}<div class='mx-facts'>{facts}</div></article>"
    )


def show_cards(comparison: Comparison, waiting: bool = False) -> None:
    """One row of cards: the untouched image, then every method; bars of the original class are coloured."""
    original = comparison.whole.category
    cards = [_card("Untouched", picture_tag(comparison.image, "the untouched image"), comparison.whole, original, None)]
    for name, prediction in comparison.masked.items():
        title = METHODS[name].title
        picture = picture_tag(comparison.picture(name), f"what the model saw under {title}")
        blind = name in comparison.blind
        cards.append(_card(title, picture, prediction, original, comparison.change(name), blind))
    faded = " mx-waiting" if waiting else ""
    st.html(
        f"<p class='mx-reading' role='status'>{html.escape(comparison.sentence)}</p>"
        f"<div class='mx-cards{faded}' role='list' tabindex='0' aria-label='Predictions by masking method'>"
        f"{''.join(cards)}</div>"
    )


def _values(mean: tuple[float, ...], std: tuple[float, ...], form: str) -> str:
    numbers = ", ".join(format(value, form) for value in mean)
    return numbers if max(std) < 1e-4 else f"{numbers} (± {', '.join(format(value, form) for value in std)})"


def _shown(paint: FillValues | None, fills: bool) -> tuple[str, str]:
    if paint is None:
        none = "nothing hidden" if fills else "no value: hidden pixels are never looked at"
        return none, "—"
    red, green, blue = (round(255 * value) for value in paint.pixel)
    swatch = f"<i class='mx-swatch' style='background:rgb({red},{green},{blue})'></i>" if paint.flat else ""
    scaled = tuple(255 * value for value in paint.pixel)
    spread = tuple(255 * value for value in paint.pixel_std) if not paint.flat else (0.0,)
    return swatch + _values(scaled, spread, ".0f"), _values(paint.normalised, paint.normalised_std, "+.2f")


def show_paint(comparison: Comparison, classifier: Classifier) -> None:
    """What each method put at hidden pixels, in words and numbers."""
    rows = []
    for name, seen in comparison.seen.items():
        method = comparison.methods[name]
        paint = measure_fill_values(classifier, seen, comparison.mask) if seen is not None else None
        pixel, normalised = _shown(paint, seen is not None)
        leak = "" if method.hides else " <b>It leaks.</b>"
        rows.append(
            f"<tr><td><b>{html.escape(method.title)}</b></td><td>{html.escape(method.description)}{leak}</td>"
            f"<td class='mx-number'>{pixel}</td><td class='mx-number'>{normalised}</td></tr>"
        )
    st.html(
        "<table class='mx-table'><thead><tr><th>Method</th><th>What the model is shown at hidden pixels</th>"
        "<th>Red, green, blue (0–255)</th><th>After normalisation</th></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table>"
    )
