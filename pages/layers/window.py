"""One window of the first convolution over an edge of this page's mask, with its numbers."""

from typing import Any

import streamlit as st

from masking.layer_trace import walk_window
from masking.lessons import load_text
from masking.lessons.window_widget import window_widget
from masking.methods import METHODS
from pages.components.numbers import number
from pages.components.widget import show_widget
from pages.layers.explorer import TracedPicture
from pages.shell.errors import as_sentence
from pages.shell.jobs import Job, run_latest

TITLE = "One window of the first convolution"
SLOT = "window-walk"


def show_window(traced: TracedPicture) -> None:
    """Draw the window's walk in a part of the page that is computed once it is opened."""
    part = st.expander(TITLE, key="window", on_change="rerun")
    if not part.open:
        return
    with part:
        latest = run_latest(SLOT, f"window {traced.key}", TITLE, lambda job: _walk(job, traced), context=traced)
        if latest is None:
            return
        if isinstance(latest.result, str):
            st.info(as_sentence(latest.result), icon=":material/info:")
            return
        shown: TracedPicture = latest.context
        _describe(latest.result, shown.trace.fill)
        widget = window_widget(
            latest.result, shown.trace.fill, shown.classifier, shown.image, shown.mask, load_text("en")
        )
        show_widget(widget, "window-walk-figure")


def _walk(job: Job, traced: TracedPicture) -> dict[str, Any] | str:
    """Return the walk's facts, or why there is none: most often the mask has no edge, which is no failure."""
    job.step(0.0)
    try:
        return walk_window(traced.classifier, traced.image, traced.mask, traced.trace.fill).facts()
    except ValueError as error:
        return str(error)


def _describe(facts: dict[str, Any], fill: str) -> None:
    """Say which window this is, and how typical."""
    off, title = facts["off_by"], METHODS[fill].title.lower()
    windows = facts["windows"]
    st.caption(
        f"Layer {facts['layer']}, channel {facts['channel']}: of its {facts['channels']} channels the one that {title} "
        f"changes most at the edges of this mask. On average over the {windows} windows across an edge, {title} is off "
        f"by {number(off['painted'], '.2f')} and layer masking by {number(off['masked'], '.2f')} (1 = the standard "
        "deviation of this channel over the whole picture). The walk is one that comes close to both averages."
    )
