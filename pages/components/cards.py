"""Comparison cards: what the model saw, and what it said, side by side on one scale."""

import base64
import html

import streamlit as st
from torch import Tensor

from masking.image import to_png
from masking.inference.comparison import Comparison
from masking.inference.prediction import Prediction
from masking.measures.fill_values import FillValues, measure_fill_values
from masking.methods import METHODS
from masking.models.classifier import Classifier
from masking.results.sentences import NOTHING_LEFT
from pages.components.numbers import number, percent, plus_minus

TOP = 5
"""Classes per card."""
WHOLE = "Whole picture"


def picture_tag(image: Tensor, alt: str) -> str:
    """Return an image (1, 3, h, w) as an HTML picture, exact to the pixel."""
    data = base64.b64encode(to_png(image)).decode()
    return f"<img alt='{html.escape(alt, quote=True)}' src='data:image/png;base64,{data}'>"


def show_cards(comparison: Comparison, waiting: bool = False) -> None:
    """Draw one row of cards: the whole picture, then every method. The bars of the original class are coloured."""
    original = comparison.whole.category
    whole = _facts(comparison.whole)
    cards = [_card(WHOLE, picture_tag(comparison.image, "the whole picture"), comparison.whole, original, whole)]
    for name, prediction in comparison.masked.items():
        title = METHODS[name].title
        picture = picture_tag(comparison.picture(name), f"what the model saw under {title}")
        before, after = (each.probability(comparison.whole.index) for each in (comparison.whole, prediction))
        facts = {f"“{original}”": f"{percent(before)} → {percent(after)}"} | _facts(prediction)
        cards.append(_card(title, picture, prediction, original, facts, blind=name in comparison.blind))
    faded = " mx-waiting" if waiting else ""
    classes = len(comparison.whole.categories)
    st.html(
        f"<p class='mx-reading' role='status'>{html.escape(comparison.sentence)}</p>"
        f"<div class='mx-cards{faded}' role='list' aria-label='Predictions by masking method'>"
        f"{''.join(cards)}</div>"
        "<p class='mx-legend'>Doubt is the predictive entropy: 0 bits = sure, "
        f"{number(comparison.whole.entropy_limit, '.3g')} bits = all {classes:,} classes alike.</p>"
    )


def _facts(prediction: Prediction) -> dict[str, str]:
    return {"Doubt": f"{number(prediction.entropy, '.2f')} of {number(prediction.entropy_limit, '.3g')} bits"}


def _card(
    title: str, picture: str, prediction: Prediction, original: str, facts: dict[str, str], blind: bool = False
) -> str:
    rows = "".join(
        f"<span title='{html.escape(name, quote=True)}'>{html.escape(name)}</span><b>{value}</b>"
        for name, value in facts.items()
    )
    warning = f"<p class='mx-blind'>{NOTHING_LEFT}</p>" if blind else ""
    return (
        f"<article class='mx-card' role='listitem'><h4 title='{html.escape(title)}'>{html.escape(title)}</h4>{picture}"
        f"<div class='mx-verdict'>{html.escape(prediction.category)}</div>"
        f"{warning}{_bars(prediction, original)}<div class='mx-facts'>{rows}</div></article>"
    )


def _bars(prediction: Prediction, original: str) -> str:
    bars = []
    for category, probability in prediction.top(TOP):
        mark = " mx-original" if category == original else ""
        name, share = html.escape(category), percent(probability)
        bars.append(
            f"<div class='mx-bar{mark}' title='{html.escape(category, quote=True)} {percent(probability, 2)}'>"
            f"<i style='width:{probability:.1%}'></i><span>{name}</span><b>{share}</b></div>"
        )
    return f"<div class='mx-bars'>{''.join(bars)}</div>"


def show_fill_values(comparison: Comparison, classifier: Classifier) -> None:
    """Draw a table of what each method puts at hidden pixels, in words and numbers."""
    rows = []
    for name, seen in comparison.seen.items():
        method = comparison.methods[name]
        values = measure_fill_values(classifier, seen, comparison.mask) if seen is not None else None
        pixel, normalised = _fill_cells(values, paints=seen is not None)
        leak = "" if method.hides else " <b>It lets some of the hidden part through.</b>"
        rows.append(
            f"<tr><td><b>{html.escape(method.title)}</b></td><td>{html.escape(method.description)}{leak}</td>"
            f"<td class='mx-number'>{pixel}</td><td class='mx-number'>{normalised}</td></tr>"
        )
    st.html(
        "<div class='mx-matrix' tabindex='0'><table class='mx-table mx-fills'>"
        "<thead><tr><th>Method</th><th>What the model is shown at hidden pixels</th>"
        "<th>Red, green, blue (0–255)</th><th>After normalisation</th></tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _fill_cells(values: FillValues | None, paints: bool) -> tuple[str, str]:
    """Return the pixel values and the normalised values of a method as two table cells."""
    if values is None:
        return "nothing hidden" if paints else "no value", "—"
    red, green, blue = (round(255 * value) for value in values.pixel)
    swatch = f"<i class='mx-swatch' style='background:rgb({red},{green},{blue})'></i>" if values.flat else ""
    scaled = tuple(255 * value for value in values.pixel)
    spread = (0.0,) if values.flat else tuple(255 * value for value in values.pixel_std)
    return swatch + plus_minus(scaled, spread, ".0f"), plus_minus(values.normalised, values.normalised_std, "+.2f")
