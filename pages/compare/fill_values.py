"""The table of what goes into the network at the hidden pixels, method by method."""

import html

import streamlit as st

from masking.inference.comparison import Comparison
from masking.measures.fill_values import FillValues, measure_fill_values
from masking.models.classifier import Classifier
from pages.components.numbers import plus_minus

PIXEL, NORMALISED = "Red, green, blue (0–255)", "After normalisation"


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
            f"<td class='mx-number' data-of='{PIXEL}:'>{pixel}</td>"
            f"<td class='mx-number' data-of='{NORMALISED}:'>{normalised}</td></tr>"
        )
    st.html(
        "<table class='mx-table mx-fills'><thead><tr><th>Method</th><th>What the model is shown at hidden pixels</th>"
        f"<th>{PIXEL}</th><th>{NORMALISED}</th></tr></thead><tbody>{''.join(rows)}</tbody></table>"
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
