"""Forms drawn from declared parameters: a new `param` needs no line here."""

from collections.abc import Sequence
from typing import Any, TypeVar

import streamlit as st

from masking.methods import METHODS
from masking.registry.params import Param, params
from masking.registry.parsing import parse_value
from pages.shell import links
from pages.shell.errors import error_sentence

T = TypeVar("T")
COLUMNS, FEW_NAMES = 5, 4


class InvalidValueError(ValueError):
    """A value that is told under its widget already."""


def display_name(name: Any) -> str:
    """A name such as `least_salient_first` as people write it; methods under their titles."""
    return METHODS[name].title if name in METHODS else str(name).replace("_", " ").capitalize()


def _label(declared: Param) -> str:
    return display_name(declared.name) + (f" ({declared.unit})" if declared.unit else "")


def _several(declared: Param, key: str, options: dict[str, Any]) -> tuple[Any, ...]:
    """Names to choose, or numbers in one line, separated by commas."""
    if not declared.choices:
        links.url_parameter(key, declared, _line)
        text = st.text_input(f"{_label(declared)}, separated by commas", persist_state="session", **options)
        links.write_to_url(key, _line(declared.default))
        return parse_value(declared, text)
    links.url_parameter(key, declared, list)
    methods = set(declared.choices) <= set(METHODS)
    if methods:
        options["help"] += ". For one with a setting of its own, type it, such as greyout:grey=middle"
    offered = list(dict.fromkeys([*declared.choices, *st.session_state[key]]))
    chosen = st.multiselect(
        _label(declared),
        offered,
        format_func=display_name,
        accept_new_options=methods,
        persist_state="session",
        **options,
    )
    links.write_to_url(key, list(declared.default))
    return tuple(chosen)


def _line(values: Sequence[Any]) -> str:
    return ", ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in values)


def _widget(declared: Param, key: str, on_change: Any) -> Any:
    options: dict[str, Any] = {"key": key, "help": declared.meaning, "on_change": on_change or "rerun"}
    if declared.many:
        return _several(declared, key, options)
    links.url_parameter(key, declared)
    if declared.choices:
        value = st.selectbox(_label(declared), declared.choices, persist_state="session", **options)
    elif isinstance(declared.default, bool):
        value = st.toggle(_label(declared), persist_state="session", **options)
    elif isinstance(declared.default, str):
        value = st.text_input(_label(declared), persist_state="session", **options)
    else:
        low, high = (None if end is None else type(declared.default)(end) for end in (declared.low, declared.high))
        value = st.number_input(_label(declared), min_value=low, max_value=high, persist_state="session", **options)
    links.write_to_url(key, declared.default)
    return value


def column_count(declared: Param) -> int:
    """How many columns a parameter's widget takes."""
    many_names = declared.many and len(declared.choices) > FEW_NAMES
    return 2 if many_names or (isinstance(declared.default, str) and not declared.choices) else 1


def _rows(declared: Sequence[Param]) -> list[list[Param]]:
    rows: list[list[Param]] = [[]]
    for one in declared:
        if rows[-1] and sum(map(column_count, [*rows[-1], one])) > COLUMNS:
            rows.append([])
        rows[-1].append(one)
    return rows


def draw_form(owner: type[T], key: str, on_change: Any = None) -> T:
    """An instance of a dataclass from one widget per declared parameter, in columns; links carry the values.

    Raises:
        UnfitError: as `draw_widgets`.
        ValueError: values that do not go together.
    """
    return owner(**draw_widgets(params(owner), key, on_change))


def draw_widgets(declared: Sequence[Param], key: str, on_change: Any = None) -> dict[str, Any]:
    """One widget per declared parameter, in columns; what they hold, by name. Links carry the values.

    Every widget is drawn, and what is wrong with a value is told under it.

    Raises:
        UnfitError: a value that its widget could not refuse.
    """
    values: dict[str, Any] = {}
    if not declared:
        return values
    wrong: list[ValueError] = []
    rows = _rows(declared)
    for row in rows:
        widths = list(map(column_count, row))
        spare = [COLUMNS - sum(widths)] if len(rows) > 1 and sum(widths) < COLUMNS else []
        for column, one in zip(st.columns(widths + spare), row, strict=False):
            with column:
                try:
                    values[one.name] = _widget(one, f"{key}.{one.name}", on_change)
                    one.check(values[one.name])
                except ValueError as error:
                    st.error(error_sentence(error), icon=":material/error:")
                    wrong.append(error)
    if wrong:
        raise InvalidValueError(*wrong[0].args)
    return values
