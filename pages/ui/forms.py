"""Forms drawn from declared parameters: a new `param` needs no line here."""

from typing import Any, TypeVar

import streamlit as st

from masking.params import Param, params

T = TypeVar("T")


def _widget(declared: Param, key: str, on_change: Any) -> Any:
    label = declared.name.replace("_", " ").capitalize() + (f" ({declared.unit})" if declared.unit else "")
    options: dict[str, Any] = {"key": key, "help": declared.meaning, "on_change": on_change or "rerun"}
    if declared.choices:
        index = declared.choices.index(declared.default)
        return st.selectbox(label, declared.choices, index=index, persist_state="session", **options)
    return st.number_input(
        label,
        min_value=None if declared.low is None else type(declared.default)(declared.low),
        max_value=None if declared.high is None else type(declared.default)(declared.high),
        value=declared.default,
        persist_state="session",
        **options,
    )


def form(owner: type[T], key: str, on_change: Any = None) -> T:
    """An instance of a dataclass from one widget per declared parameter, in columns."""
    declared = params(owner)
    if not declared:
        return owner()
    values = {}
    for column, one in zip(st.columns(len(declared)), declared, strict=True):
        with column:
            values[one.name] = _widget(one, f"{key}-{one.name}", on_change)
    return owner(**values)
