"""Registry entries with their parameters as one word, such as `slic:count=100,compactness=5`, and lists of words."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from masking.registry import Registry, near_names
from masking.registry.params import Param, params
from masking.registry.showing import show_value

T = TypeVar("T")

ALL = "all"
"""A list that holds this word alone stands for every entry."""

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
            raise ValueError(f"{registry.kind} {show_value(name)} has no parameter {show_value(key)}; {offer}")
        values[key] = parse_value(declarations[key], value)
    return entry(**values)


def format_entry(name: str, entry: object) -> str:
    """Return the word that `parse_entry` reads as this entry: its name, and the parameters that are not the default."""
    values = {declared.name: (getattr(entry, declared.name), declared.default) for declared in params(entry)}
    changed = [f"{parameter}={value}" for parameter, (value, default) in values.items() if value != default]
    return ":".join([name, *filter(None, [",".join(changed)])])


def parse_entries(registry: Registry[type[T]], text: str, possible: Iterable[str] | None = None) -> dict[str, T]:
    """Return the entries of a list such as `blackout,greyout:grey=middle`, each under the word that names it.

    A comma separates entries. It separates the parameters of one entry where a parameter with its value follows.

    Args:
        registry: the entries that there are.
        text: the list, or `all`.
        possible: the names that `all` stands for; default all of the registry.

    Raises:
        KeyError: an unknown name.
        ValueError: an empty list, an entry that is named twice, an unknown parameter or a value outside its range.
    """
    if text.strip() == ALL:
        return {name: registry[name]() for name in (registry if possible is None else possible)}
    entries: dict[str, T] = {}
    for word in _check_words(split_entries(text), registry.kind):
        entry = parse_entry(registry, word)
        name = word.partition(":")[0].strip()
        word_today = format_entry(registry.renamed.get(name, name), entry)
        if word_today in entries:
            raise ValueError(f"the {registry.kind} {word_today} is named twice; name each one once")
        entries[word_today] = entry
    return entries


def parse_names(kind: str, names: Iterable[str], text: str) -> list[str]:
    """Return the names of a list such as `exact,box`, or all of `names` for `all`.

    Raises:
        KeyError: an unknown name.
        ValueError: an empty list, or a name that stands there twice.
    """
    known = list(names)
    if text.strip() == ALL:
        return known
    words = _check_words(split_entries(text), kind)
    for position, word in enumerate(words):
        if word not in known:
            raise KeyError(f"there is no {kind} {show_value(word)}; {near_names(word, known)}")
        if word in words[:position]:
            raise ValueError(f"the {kind} {word} is named twice; name each one once")
    return words


def entry_title(registry: Mapping[str, Any], word: str) -> str:
    """Return the title of the entry that a word names, with its parameters; the word itself if there is no such entry.

    `greyout:grey=middle` gives `Greyout (grey=middle)`. An entry with a method `title_with` makes its title itself.
    """
    name, _, assignments = word.partition(":")
    if name not in registry:
        return word
    entry = registry[name]
    if hasattr(entry, "title_with"):
        return entry.title_with(assignments)
    return entry.title + (f" ({assignments})" if assignments else "")


def _check_words(words: list[str], kind: str) -> list[str]:
    """Return the words of a list. Raises ValueError where there is none, or where `all` has company."""
    if not words:
        raise ValueError(f"the list names no {kind}; name at least one, or write {ALL}")
    if loose := next((word for word in words if "=" in word and ":" not in word.partition("=")[0]), None):
        raise ValueError(f"{show_value(loose)} sets a parameter of no {kind}; write NAME:{show_value(loose)[1:-1]}")
    if len(words) > 1 and ALL in words:
        raise ValueError(f"{ALL!r} stands for every {kind}; write it alone, or name the ones that you want")
    return words


def parse_value(declared: Param, text: str) -> Any:
    """Read the value of a declared parameter from text; commas separate several values, `all` means every choice.

    Raises:
        ValueError: not a number where the parameter is one. Ranges are not checked.
    """
    if declared.many:
        if is_all(declared, text):
            return declared.choices
        return tuple(_parse_single(declared, type(declared.default[0]), part) for part in split_entries(text))
    return _parse_single(declared, type(declared.default), text)


def is_all(declared: Param, text: str) -> bool:
    """Return whether a text means every choice of a parameter that takes several."""
    return declared.many and bool(declared.choices) and ALL not in declared.choices and text.strip() == ALL


def split_entries(text: str) -> list[str]:
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
            raise ValueError(f"{declared.name} is {show_value(text)}; give yes or no")
        return text.lower() in _YES
    try:
        return kind(text)
    except ValueError:
        what = "a whole number" if kind is int else "a number"
        raise ValueError(f"{declared.name} is {show_value(text)}; give {what}") from None
