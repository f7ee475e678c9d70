"""The words of lessons and handouts: one table per language, and numbers as that language writes them.

A language is a folder `assets/texts/LANGUAGE` with one TOML file per subject: the entry `question` of `hiding.toml` is
called `hiding.question`. English is complete; what another language lacks is shown in English.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from babel.numbers import format_decimal, get_decimal_symbol, get_group_symbol

from masking.runtime.assets import ASSETS

TEXTS = ASSETS / "texts"
ENGLISH = "en"


@dataclass(frozen=True)
class Text:
    """The table of one language.

    >>> text = load_text("de")
    >>> text("review.score", right="3", total="8")
    >>> text.percent(0.986, 1)  # "98,6 %"
    """

    language: str
    entries: Mapping[str, str] = field(repr=False)

    def __call__(self, key: str, **values: object) -> str:
        """Return an entry with its placeholders filled in; raise KeyError if not even English has it."""
        return self._entry(key).format(**values)

    def has(self, key: str) -> bool:
        """Return whether there is such an entry, in this language or in English."""
        return key in self.entries or key in _table(ENGLISH)

    @property
    def separators(self) -> str:
        """The decimal sign and the sign between thousands, such as `.,` in English."""
        return get_decimal_symbol(self.language) + get_group_symbol(self.language)

    def number(self, value: float, digits: int = 2) -> str:
        """Return a number with so many digits after the point, with a true minus sign and none before zero."""
        rounded = round(value, digits) + 0.0  # no minus before zero
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return format_decimal(rounded, format=pattern, locale=self.language).replace("-", "−")

    def percent(self, share: float, digits: int = 0) -> str:
        """Return a share (0 … 1) as a percentage; one that is not all or nothing is never called so."""
        step = 10.0**-digits
        if 0 < share < 1 and round(100 * share, digits) >= 100:
            return f"> {self.number(100 - step, digits)} %"
        if 0 < share < 1 and not round(100 * share, digits):
            return f"< {self.number(step, digits)} %"
        return f"{self.number(100 * share, digits)} %"

    def _entry(self, key: str) -> str:
        entry = self.entries.get(key) or _table(ENGLISH).get(key)
        if entry is None:
            raise KeyError(f"there is no text {key!r}; add it to assets/texts/{ENGLISH}")
        return entry


def join_words(words: Sequence[str], last: str) -> str:
    """Return words as a sentence lists them; `last` stands before the last one."""
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def languages() -> tuple[str, ...]:
    """Return the languages that have a table, English first."""
    return ENGLISH, *sorted(folder.name for folder in TEXTS.iterdir() if folder.is_dir() and folder.name != ENGLISH)


def load_text(language: str = ENGLISH) -> Text:
    """Return the table of a language; raise KeyError if there is none."""
    if language not in languages():
        raise KeyError(f"there are no texts in the language {language!r}; choose from {', '.join(languages())}")
    return Text(language, _table(language))


@cache
def _table(language: str) -> Mapping[str, str]:
    table: dict[str, str] = {}
    for file in sorted((TEXTS / language).glob("*.toml")):
        table |= _flat(tomllib.loads(file.read_text("utf-8")), file.stem)
    return table


def _flat(entries: Mapping[str, Any], prefix: str) -> dict[str, str]:
    """Return nested entries under their whole names."""
    flat: dict[str, str] = {}
    for name, entry in entries.items():
        key = f"{prefix}.{name}"
        flat |= _flat(entry, key) if isinstance(entry, Mapping) else {key: str(entry)}
    return flat
