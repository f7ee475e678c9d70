"""Widgets: how samples belong together, and whether LIME stops when it is stable."""

from typing import Any

import streamlit as st

from masking.attribution import LimeSettings
from masking.attribution.lime_designs import SAMPLINGS
from masking.attribution.lime_settings import MOST_CERTAIN
from masking.registry.params import params
from pages.shell import links

SAMPLING, UNTIL_STABLE, STRONGEST, CONFIDENCE = "lime-sampling", "lime-stable", "lime-strongest", "lime-confidence"
USUAL_STRONGEST = 1
"""On photographs, a second rank is seldom certain after a thousand samples; see docs/decisions/lime.md."""
LEVELS = ("80", "90", "95", "99")
"""Confidences that the form offers, in percent."""
_DEFAULTS = {declared.name: declared.default for declared in params(LimeSettings)}
_LEVEL = f"{_DEFAULTS['confidence']:.0%}".removesuffix("%")
TITLES = {"independent": "Independent", "paired": "Paired", "balanced": "Balanced"}


def read_sampling() -> None:
    """Read the values that a link carries."""
    links.url_choice(SAMPLING, list(SAMPLINGS), _DEFAULTS["sampling"], "sampling")
    links.url_flag(UNTIL_STABLE)
    links.url_number(STRONGEST, USUAL_STRONGEST, 1, MOST_CERTAIN)
    links.url_choice(CONFIDENCE, list(LEVELS), _LEVEL, "confidence in percent")


def pick_sampling() -> dict[str, Any]:
    """Draw the widgets; return the settings of `LimeSettings` that they set."""
    sampling = st.selectbox(
        "Sampling", list(SAMPLINGS), format_func=TITLES.__getitem__, key=SAMPLING, persist_state="session",
        help="Paired: each sample comes with its complement. Balanced: pairs come in designs that show every segment "
        "equally often, alone and beside every other. Both need fewer samples than independent ones",
    )  # fmt: skip
    is_on = st.toggle(
        "Run until stable", key=UNTIL_STABLE, persist_state="session",
        help="Stops as soon as sign and rank of the strongest segments are certain. The number of samples above is "
        "then the maximum",
    )  # fmt: skip
    if is_on:
        left, right = st.columns(2)
        left.number_input(
            "Strongest segments", 1, MOST_CERTAIN, key=STRONGEST, persist_state="session",
            help="How many segments must have a certain sign and rank; each more needs many more samples",
        )  # fmt: skip
        right.selectbox(
            "Confidence (%)", list(LEVELS), key=CONFIDENCE, persist_state="session",
            help="How certain all signs and ranks together must be, whenever LIME looks",
        )  # fmt: skip
    links.write_to_url(SAMPLING, _DEFAULTS["sampling"])
    links.write_to_url(UNTIL_STABLE, False)
    links.write_to_url(STRONGEST, USUAL_STRONGEST)
    links.write_to_url(CONFIDENCE, _LEVEL)
    state = st.session_state
    wanted = {"until_stable": state[STRONGEST], "confidence": int(state[CONFIDENCE]) / 100} if is_on else {}
    return {"sampling": sampling, **wanted}
