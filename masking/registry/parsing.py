"""Registry entries with their parameters as one word, such as `slic:count=100,compactness=5`."""

from typing import Any, TypeVar

from masking.registry import Registry, near_names
from masking.registry.params import Param, params

T = TypeVar("T")

_YES, _NO = {"yes", "true", "1"}, {"no", "false", "0"}


def parse_entry(registry: Registry[type[T]], text: str) -> T:
    """Return the entry that `name` or `name:parameter=value,…` describes; other parameters keep their defaults.

    Raises:
        KeyError: an unknown name.
        ValueError: an unknown parameter, or a value outside its range.
    """
    name, _, assignments = text.partition(":")
    name = registry.current_name(name.strip())
    entry = registry[name]
    declarations = {declared.name: declared for declared in params(entry)}
    values: dict[str, Any] = {}
    for assignment in filter(None, assignments.split(",")):
        key, _, value = (part.strip() for part in assignment.partition("="))
        if key not in declarations:
            offer = near_names(key, list(declarations)) if declarations else "it has none"
            raise ValueError(f"{registry.kind} {name!r} has no parameter {key!r}; {offer}")
        values[key] = parse_value(declarations[key], value)
    return entry(**values)


def format_entry(name: str, entry: object) -> str:
    """Return the word that `parse_entry` reads as this entry: its name, and the parameters that are not the default."""
    values = {declared.name: (getattr(entry, declared.name), declared.default) for declared in params(entry)}
    changed = [f"{parameter}={value}" for parameter, (value, default) in values.items() if value != default]
    return ":".join([name, *filter(None, [",".join(changed)])])


def parse_value(declared: Param, text: str) -> Any:
    """Read the value of a declared parameter from text; commas separate several values.

    Raises:
        ValueError: not a number where the parameter is one. Ranges are not checked.
    """
    if declared.many:
        return tuple(_parse_single(declared, type(declared.default[0]), part) for part in _split_values(text))
    return _parse_single(declared, type(declared.default), text)


def _split_values(text: str) -> list[str]:
    """Split at commas, except at those inside an entry such as `name:a=1,b=2`."""
    values: list[str] = []
    for part in filter(None, map(str.strip, text.split(","))):
        if values and ":" in values[-1] and "=" in part and ":" not in part.partition("=")[0]:
            values[-1] += f",{part}"
        else:
            values.append(part)
    return values


def _parse_single(declared: Param, kind: type, text: str) -> Any:
    if kind is bool:
        if text.lower() not in _YES | _NO:
            raise ValueError(f"{declared.name} is {text!r}; give yes or no")
        return text.lower() in _YES
    try:
        return kind(text)
    except ValueError:
        what = "a whole number" if kind is int else "a number"
        raise ValueError(f"{declared.name} is {text!r}; give {what}") from None
