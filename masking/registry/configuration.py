"""A registered class from plain values, as JSON, TOML or a form hold them."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from masking.registry.params import params
from masking.registry.registry import near_names
from masking.registry.showing import show_value


def configure(kind: Any, settings: Mapping[str, Any], label: str) -> Any:
    """Return a dataclass of `param` fields from plain values, as JSON, TOML or a form hold them.

    Raises:
        ValueError: there is no such setting, or a value is out of range; the sentence begins with `label`.
    """
    if not isinstance(settings, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance], it comes from a file
        raise ValueError(f"the settings of {label} are {show_value(settings)}; give names with their values")  # noqa: TRY004
    declared = {setting.name: setting for setting in params(kind)}
    values: dict[str, Any] = {}
    for name, value in settings.items():
        if name not in declared:
            offer = near_names(name, list(declared)) if declared else "it has none"
            raise ValueError(f"{label} has no setting {show_value(name)}; {offer}")
        default = declared[name].default
        if declared[name].many:
            items = value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
            values[name] = tuple(_convert(item, default[0], name) for item in items)
        else:
            values[name] = _convert(value, default, name)
    return kind(**values)


def _convert(value: Any, example: Any, name: str) -> Any:
    """Return a value in the type of the example: 1 becomes 1.0, 2.0 becomes 2."""
    if type(value) is type(example):
        return value
    numbers = isinstance(value, int | float) and isinstance(example, int | float)
    booleans = isinstance(value, bool) or isinstance(example, bool)
    if numbers and not booleans and isfinite(value) and type(example)(value) == value:
        return type(example)(value)
    kind = {str: "a text", int: "a whole number", float: "a number", bool: "yes or no"}[type(example)]
    raise ValueError(f"{name} is {show_value(value)}; give {kind}")
