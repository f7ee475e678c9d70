"""Entries of a registry with their parameters as one word, such as `slic:count=100,compactness=5`."""

from typing import Any, TypeVar

from masking.registry import Registry, near_names
from masking.registry.params import Param, params

T = TypeVar("T")

_YES, _NO = {"yes", "true", "1"}, {"no", "false", "0"}


def parse_entry(registry: Registry[type[T]], text: str) -> T:
    """The entry that `name` or `name:parameter=value,…` means; parameters that are not given keep their defaults.

    Raises:
        KeyError: an unknown name.
        ValueError: an unknown parameter, or a value that it cannot take.
    """
    name, _, given = text.partition(":")
    name = registry.current_name(name.strip())
    entry = registry[name]
    known = {declared.name: declared for declared in params(entry)}
    values: dict[str, Any] = {}
    for one in filter(None, given.split(",")):
        key, _, value = (part.strip() for part in one.partition("="))
        if key not in known:
            offer = near_names(key, list(known)) if known else "it has none"
            raise ValueError(f"{registry.kind} {name!r} has no parameter {key!r}; {offer}")
        values[key] = parse_value(known[key], value)
    return entry(**values)


def format_entry(name: str, entry: object) -> str:
    """Return the word that `parse_entry` reads as this entry: its name, and the parameters that are not the default."""
    values = {declared.name: (getattr(entry, declared.name), declared.default) for declared in params(entry)}
    changed = [f"{parameter}={value}" for parameter, (value, default) in values.items() if value != default]
    return ":".join([name, *filter(None, [",".join(changed)])])


def parse_value(declared: Param, text: str) -> Any:
    """What a text says of a declared parameter; several values are separated by commas.

    Raises:
        ValueError: it is no number where one is wanted. Ranges are not checked.
    """
    if declared.many:
        return tuple(_read(declared, type(declared.default[0]), one) for one in _several(text))
    return _read(declared, type(declared.default), text)


def _several(text: str) -> list[str]:
    """Values between commas; in `name:a=1,b=2` the second comma is the name's own."""
    found: list[str] = []
    for one in filter(None, map(str.strip, text.split(","))):
        if found and ":" in found[-1] and "=" in one and ":" not in one.partition("=")[0]:
            found[-1] += f",{one}"
        else:
            found.append(one)
    return found


def _read(declared: Param, kind: type, text: str) -> Any:
    if kind is bool:
        if text.lower() not in _YES | _NO:
            raise ValueError(f"{declared.name} is {text!r}; give yes or no")
        return text.lower() in _YES
    try:
        return kind(text)
    except ValueError:
        what = "a whole number" if kind is int else "a number"
        raise ValueError(f"{declared.name} is {text!r}; give {what}") from None
