"""Figures that the browser draws and answers for: `assets/widgets/NAME.js`, with a style sheet beside it."""

import hashlib
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import streamlit as st
from streamlit.components import v2

from masking.lessons.parts import Widget
from masking.runtime.assets import ASSETS

WIDGETS = ASSETS / "widgets"
OnReport = Callable[[str], None]


def show_widget(widget: Widget, key: str, on_report: OnReport | None = None) -> None:
    """Draw a widget. Its digest tells the browser whether to build it anew.

    Args:
        widget: what it shows, as data.
        key: tells it from others on the page.
        on_report: takes what it reports as the reader's result.
    """
    digest = hashlib.sha256(json.dumps(widget.data, sort_keys=True).encode()).hexdigest()[:16]

    def report() -> None:
        if on_report is not None and (value := st.session_state[key].get("report")):
            on_report(str(value))

    data = {**widget.data, "digest": digest, "alt": widget.alt}
    _component(widget.name)(key=key, data=data, on_report_change=report)


@cache
def _component(name: str) -> Callable[..., Any]:
    style = WIDGETS / f"{name}.css"
    return v2.component(
        f"lesson_{name}",
        css=style.read_text("utf-8") if style.is_file() else None,
        js=(WIDGETS / f"{name}.js").read_text("utf-8"),
        isolate_styles=False,
    )
