"""Names and numbers of classes: the one reading for targets, links, labels of data sets, and lists of names."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import index as as_index
from pathlib import Path

from masking.registry import near_names
from masking.runtime.door import show_name
from masking.runtime.paths import quote_name
from masking.runtime.text_files import decode_text, read_text

_WORDNET_ID = re.compile(r"(n\d{8})(?:[\s:_-]+(.*))?", re.DOTALL)
INDEX = "#"
"""Before a number: it is an index, even where classes are called by numbers."""
MOST_DIGITS = 18
"""Digits of the longest number; a text of more is a name."""
MOST_CANDIDATES = 4
"""Candidates that an error lists."""


def class_index(target: int | str, categories: Sequence[str]) -> int:
    """Return the index of a class that is given by name or by index.

    A text is a name first. A number in it is an index only if no class is called by any number; "#3" is the index 3
    in any case. An `int` is always an index. See `candidates` for how names are compared.

    Raises:
        ValueError: there is no such class, or the name fits several classes; one sentence.
    """
    if isinstance(target, str):
        return _index_of_text(target, tuple(categories))
    try:
        index = None if isinstance(target, bool) else as_index(target)
    except TypeError:
        index = None
    if index is None:
        raise ValueError(f"the target is {target!r}; give the index of a class or its name")
    return _check_range(index, categories)


def class_text(index: int, categories: Sequence[str]) -> str:
    """Return a text that `class_index` reads as this index: the number, marked where classes are called by numbers."""
    return f"{INDEX}{index}" if called_by_numbers(categories) else str(index)


def find_class(name: str, categories: Sequence[str]) -> int | None:
    """Return the index of the class with a name; None if there is none, or if the name fits several classes."""
    indices = candidates(name, categories)
    return indices[0] if len(indices) == 1 else None


def candidates(name: str, categories: Sequence[str]) -> list[int]:
    """Return the indices of all classes that a name may mean; one index if the name is clear.

    A category may list synonyms ("tench, Tinca tinca") and begin with its WordNet id. A name is compared with whole
    categories, then with their synonyms, letter by letter. Only if nothing equals it, capitals, underscores, blanks
    and the Unicode form of accents are ignored.
    """
    return _tables(tuple(categories)).candidates(name)


def is_number(text: str) -> bool:
    """Return whether a text is a whole number from 0, in digits."""
    digits = text.strip()
    return digits.isascii() and digits.isdecimal() and len(digits) <= MOST_DIGITS


def called_by_numbers(categories: Sequence[str]) -> bool:
    """Return whether any class is called by a number; then no other number can be meant as an index."""
    return any(map(is_number, categories))


def read_categories(path: str | Path) -> tuple[str, ...]:
    """Return the class names in a text file, one a line; empty lines do not count.

    Raises:
        ValueError: the file cannot be read, is not UTF-8 text, or has no names; one sentence.
    """
    return _names_in(read_text(path, "category list"), f"the category list {show_name(path)}")


def parse_categories(data: bytes, name: str) -> tuple[str, ...]:
    """Return the class names in the bytes of a text file, as `read_categories` does; `name` is for errors."""
    return _names_in(decode_text(data, name), name)


def _names_in(text: str, name: str) -> tuple[str, ...]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines and all(len(line) > 1 and line[0] == line[-1] == '"' for line in lines):
        lines = [line[1:-1].replace('""', '"').strip() for line in lines]
    if not lines:
        raise ValueError(f"{name} is empty; give one name per class, one a line")
    return tuple(lines)


@dataclass(frozen=True)
class _Tables:
    """The indices of classes by their name: as it is written, by synonym, and written alike."""

    whole: dict[str, list[int]]
    synonyms: dict[str, list[int]]
    alike: dict[str, list[int]]

    def candidates(self, name: str) -> list[int]:
        return self.whole.get(name) or self.synonyms.get(name) or self.alike.get(fold_name(name)) or []


@lru_cache(maxsize=32)
def _tables(categories: tuple[str, ...]) -> _Tables:
    synonyms = [_all_names(category) for category in categories]
    alike = [
        {fold_name(name) for name in (category, *names)} for category, names in zip(categories, synonyms, strict=True)
    ]
    return _Tables(_gather([category] for category in categories), _gather(synonyms), _gather(alike))


def _gather(names_of_classes: Iterable[Iterable[str]]) -> dict[str, list[int]]:
    indices: dict[str, list[int]] = {}
    for index, names in enumerate(names_of_classes):
        for name in dict.fromkeys(names):
            indices.setdefault(name, []).append(index)
    return indices


def _all_names(category: str) -> list[str]:
    wordnet_id, names = split_category(category)
    return [wordnet_id, *names] if wordnet_id else names


def split_category(category: str) -> tuple[str, list[str]]:
    """Return the WordNet id that a category begins with, or "", and the synonyms that it lists."""
    match = _WORDNET_ID.fullmatch(category.strip())
    wordnet_id, text = (match[1], match[2] or "") if match else ("", category)
    return wordnet_id, [name.strip() for name in text.split(",") if name.strip()]


def fold_name(name: str) -> str:
    """Return a name without what comparing ignores: capitals, underscores, blanks, the Unicode form of accents."""
    return " ".join(unicodedata.normalize("NFC", name).replace("_", " ").split()).casefold()


def _index_of_text(text: str, categories: tuple[str, ...]) -> int:
    indices = candidates(text, categories)
    if len(indices) == 1:
        return indices[0]
    if indices:
        listed_names = ", ".join(f"{index} ({categories[index]})" for index in indices[:MOST_CANDIDATES])
        more = f" and {len(indices) - MOST_CANDIDATES} more" if len(indices) > MOST_CANDIDATES else ""
        raise ValueError(f"the class {text!r} may be any of {listed_names}{more}; give one as {INDEX}{indices[0]}")
    number = text.strip().removeprefix(INDEX)
    if is_number(number) and (number != text.strip() or not called_by_numbers(categories)):
        return _check_range(int(number), categories)
    words = f"; numbers are names here, write {INDEX}{number} for an index" if is_number(text) else ""
    raise ValueError(f"there is no class {quote_name(text)}{words}; {near_names(text, list(categories))}")


def _check_range(index: int, categories: Sequence[str]) -> int:
    if not 0 <= index < len(categories):
        raise ValueError(f"there is no class {index}; they go from 0 to {len(categories) - 1}")
    return index
