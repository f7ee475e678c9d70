"""Forms drawn from declared parameters: a new `param` needs no line here."""

from typing import Any, TypeVar

import streamlit as st

from masking.params import Param, params
from pages.ui import links

T = TypeVar("T")


def _widget(declared: Param, key: str, on_change: Any) -> Any:
    label = declared.name.replace("_", " ").capitalize() + (f" ({declared.unit})" if declared.unit else "")
    options: dict[str, Any] = {"key": key, "help": declared.meaning, "on_change": on_change or "rerun"}
    links.parameter(key, declared)
    if declared.choices:
        value = st.selectbox(label, declared.choices, persist_state="session", **options)
    else:
        low, high = (None if end is None else type(declared.default)(end) for end in (declared.low, declared.high))
        value = st.number_input(label, min_value=low, max_value=high, persist_state="session", **options)
    links.keep(key, declared.default)
    return value


def form(owner: type[T], key: str, on_change: Any = None) -> T:
    """An instance of a dataclass from one widget per declared parameter, in columns; links carry the values."""
    declared = params(owner)
    if not declared:
        return owner()
    values = {}
    for column, one in zip(st.columns(len(declared)), declared, strict=True):
        with column:
            values[one.name] = _widget(one, f"{key}.{one.name}", on_change)
    return owner(**values)
