"""Forms drawn from declared parameters: a new `param` needs no line here."""

from collections.abc import Sequence
from typing import Any, TypeVar

import streamlit as st

from masking.methods import METHODS
from masking.registry.params import Param, params
from masking.registry.parsing import parse_value
from pages.components.method_names import is_method, option_title
from pages.shell import links
from pages.shell.errors import error_sentence

T = TypeVar("T")
COLUMNS, FEW_NAMES = 5, 4


class InvalidValueError(ValueError):
    """A value that cannot be taken; its widget says so already."""


def display_name(name: Any) -> str:
    """Return a name such as `least_salient_first` as people write it; a method's title for the word that names it."""
    return option_title(name) if is_method(name) else str(name).replace("_", " ").capitalize()


def _label(declared: Param) -> str:
    return display_name(declared.name) + (f" ({declared.unit})" if declared.unit else "")


def _draw_list_widget(declared: Param, key: str, options: dict[str, Any]) -> tuple[Any, ...]:
    """Draw a picker of several names, or a line for numbers with commas between them; return the values."""
    if not declared.choices:
        links.url_parameter(key, declared, _join_values)
        text = st.text_input(f"{_label(declared)}, separated by commas", persist_state="session", **options)
        links.write_to_url(key, _join_values(declared.default))
        return parse_value(declared, text or "")
    links.url_parameter(key, declared, list)
    are_methods = set(declared.choices) <= set(METHODS)
    if are_methods:
        options["help"] += ". To give a method a parameter of its own, type it: greyout:grey=middle"
    offered = list(dict.fromkeys([*declared.choices, *st.session_state[key]]))
    names = st.multiselect(
        _label(declared),
        offered,
        format_func=display_name,
        accept_new_options=are_methods,
        persist_state="session",
        **options,
    )
    links.write_to_url(key, list(declared.default))
    return tuple(names)


def _join_values(values: Sequence[Any]) -> str:
    return ", ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in values)


def _draw_widget(declared: Param, key: str, on_change: Any) -> Any:
    options: dict[str, Any] = {"key": key, "help": declared.meaning, "on_change": on_change or "rerun"}
    if declared.many:
        return _draw_list_widget(declared, key, options)
    links.url_parameter(key, declared)
    if declared.choices:
        titles = display_name if all(map(is_method, declared.choices)) else str
        value = st.selectbox(_label(declared), declared.choices, persist_state="session", format_func=titles, **options)
    elif isinstance(declared.default, bool):
        value = st.toggle(_label(declared), persist_state="session", **options)
    elif isinstance(declared.default, str):
        value = st.text_input(_label(declared), persist_state="session", **options)
    else:
        low, high = (None if end is None else type(declared.default)(end) for end in (declared.low, declared.high))
        if isinstance(declared.default, float) and round(declared.default, 2) != declared.default:
            options |= {"format": "%g", "step": declared.default}  # two digits after the point would not show it
        value = st.number_input(_label(declared), min_value=low, max_value=high, persist_state="session", **options)
    links.write_to_url(key, declared.default)
    return value


def column_count(declared: Param) -> int:
    """Return how many columns a parameter's widget takes."""
    many_names = declared.many and len(declared.choices) > FEW_NAMES
    return 2 if many_names or (isinstance(declared.default, str) and not declared.choices) else 1


def _rows(declared: Sequence[Param]) -> list[list[Param]]:
    rows: list[list[Param]] = [[]]
    for parameter in declared:
        if rows[-1] and sum(map(column_count, [*rows[-1], parameter])) > COLUMNS:
            rows.append([])
        rows[-1].append(parameter)
    return rows


def draw_form(owner: type[T], key: str, on_change: Any = None) -> T:
    """Draw one widget per declared parameter of a dataclass, in columns, and return an instance with their values.

    Links carry the values.

    Raises:
        InvalidValueError: as `draw_widgets`.
        ValueError: values that do not go together.
    """
    return owner(**draw_widgets(params(owner), key, on_change))


def draw_widgets(declared: Sequence[Param], key: str, on_change: Any = None) -> dict[str, Any]:
    """Draw one widget per declared parameter, in columns, and return their values by name. Links carry the values.

    Every widget is drawn, and a sentence under it says what is wrong with its value.

    Raises:
        InvalidValueError: a value that its widget could not refuse.
    """
    values: dict[str, Any] = {}
    if not declared:
        return values
    errors: list[ValueError] = []
    rows = _rows(declared)
    for row in rows:
        widths = list(map(column_count, row))
        empty = [COLUMNS - sum(widths)] if len(rows) > 1 and sum(widths) < COLUMNS else []
        for column, parameter in zip(st.columns(widths + empty), row, strict=False):
            with column:
                try:
                    values[parameter.name] = _draw_widget(parameter, f"{key}.{parameter.name}", on_change)
                    parameter.check(values[parameter.name])
                except ValueError as error:
                    st.error(error_sentence(error), icon=":material/error:")
                    errors.append(error)
    if errors:
        raise InvalidValueError(*errors[0].args)
    return values
