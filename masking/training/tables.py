"""Tables of a configuration file as dataclasses, with the types of their values checked."""

import dataclasses
import typing
from collections.abc import Mapping
from types import UnionType
from typing import Any

from masking.registry import near_names
from masking.registry.showing import show_value

WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", dict: "a table"}
"""What to write for a value of each type."""


def from_table(kind: type[Any], table: Any, where: str) -> Any:
    """Return a dataclass from a table of the configuration.

    Args:
        kind: the dataclass.
        table: names with their values; a value may already be an instance of what the field holds.
        where: how errors call the table.

    Raises:
        ValueError: no table, an unknown or missing key, or a value of another type; one sentence.
    """
    if not isinstance(table, Mapping):
        raise ValueError(f"{where} is {show_value(table)}; make it a table of names with values")  # noqa: TRY004
    fields = {each.name: each for each in dataclasses.fields(kind)}
    for key in table:
        if key not in fields:
            raise ValueError(f"{where} has {show_value(key)}, which is unknown there; {near_names(key, list(fields))}")
    for name, each in fields.items():
        if name not in table and each.default is each.default_factory is dataclasses.MISSING:
            raise ValueError(f"{where} lacks {show_value(name)}; add it")
    types = typing.get_type_hints(kind)
    return kind(**{key: _convert(value, types[key], f"{key} in {where}") for key, value in table.items()})


def _convert(value: Any, wanted: Any, label: str) -> Any:
    """Return a value as its field holds it: a list becomes a tuple. Raises ValueError for another type."""
    origin, arguments = typing.get_origin(wanted), typing.get_args(wanted)
    if origin is UnionType:
        return value  # a table that has been read already
    if origin is tuple:
        if not isinstance(value, list | tuple) or not all(_fits(entry, arguments[0]) for entry in value):
            raise ValueError(f"{label} is {show_value(value)}; give a list, each entry {WORDS[arguments[0]]}")
        return tuple(value)
    kind = origin or wanted
    if kind in WORDS and not _fits(value, kind):
        raise ValueError(f"{label} is {show_value(value)}; give {WORDS[kind]}")
    return value


def _fits(value: Any, kind: type[Any]) -> bool:
    """Return whether a value has a type; a whole number is a number too, and true is none."""
    accepted = (int, float) if kind is float else kind
    return isinstance(value, accepted) and (kind is bool or not isinstance(value, bool))
