"""Text in drawn pictures: the font, how wide a text is, where it breaks, and what stands for a missing character."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import cast

from PIL import ImageFont

FAMILY = "'DejaVu Sans', Verdana, sans-serif"
"""The font for programs that bring their own; the later ones are as wide or narrower."""
LINE = 1.35
"""Distance of two lines, as a multiple of the font's size."""
UNKNOWN = "?"
"""Stands for characters that the font lacks, such as emoji."""
SUBSTITUTES = {"−": "-", "–": "-", "—": "-", "→": "->", "²": "2", "“": '"', "”": '"', "’": "'", "…": "...", "×": "x"}
"""Characters for fonts that have little more than ASCII."""
_CONTROL = ("Cc", "Cs")
_MISSING = "\0"
_NOWHERE = "\U0010ffff"
"""No font has this character, so it is drawn as every missing one is."""

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@lru_cache(maxsize=64)
def load_font(size: float, bold: bool = False) -> Font:
    """Return DejaVu Sans as it comes with matplotlib, which has signs and most alphabets; else Pillow's own font.

    matplotlib comes with captum. It is not imported here.
    """
    spec = find_spec("matplotlib")
    if spec is not None and spec.origin:
        file = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / f"DejaVuSans{'-Bold' if bold else ''}.ttf"
        if file.is_file():
            return ImageFont.truetype(file, size)
    return ImageFont.load_default(size)


def in_one_line(text: str) -> str:
    """Return a text without line breaks and without characters that only control machines."""
    return " ".join("".join(" " if unicodedata.category(each) in _CONTROL else each for each in text).split())


def printable(text: str) -> str:
    """Return a text in one line with what the font can draw: boxes never stand for missing characters."""
    drawn_as = "".join(map(_substitute, unicodedata.normalize("NFC", in_one_line(text))))
    return re.sub(f"{_MISSING}+", UNKNOWN, drawn_as).strip()


@lru_cache(maxsize=4096)
def _substitute(character: str) -> str:
    if unicodedata.category(character) == "Cf":
        return ""
    if _is_drawn(character):
        return character
    if character in SUBSTITUTES:
        return SUBSTITUTES[character]
    base = "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))
    if base and base != character:
        return "".join(map(_substitute, base))
    return "" if unicodedata.combining(character) else _MISSING


def _is_drawn(character: str) -> bool:
    """Return whether the font has a character. It has one if it draws something else for it than for a missing one."""
    if character.isascii():
        return True
    try:
        return _pixels(character) != _pixels(_NOWHERE)
    except UnicodeEncodeError:  # fonts without FreeType know Latin-1 only
        return False


def _pixels(character: str) -> list[int]:
    return list(cast("Iterable[int]", load_font(16).getmask(character)))


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return how wide a text is drawn in one line."""
    return load_font(size, bold).getlength(printable(text))


def shorten(text: str, width: float, size: float, bold: bool = False) -> str:
    """Return a text that is no wider than `width`; what is cut off at its end becomes an ellipsis."""
    text = in_one_line(text)
    if text_width(text, size, bold) <= width:
        return text
    low, high = 0, len(text)  # the longest beginning that fits lies between
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _fits(text[:middle], width, size, bold) else (low, middle - 1)
    return f"{text[:low].rstrip()}…"


def _fits(beginning: str, width: float, size: float, bold: bool) -> bool:
    return text_width(f"{beginning.rstrip()}…", size, bold) <= width


def wrap(text: str, width: float, size: float, bold: bool = False, lines: int | None = None) -> list[str]:
    """Break a text into lines no wider than `width`; the last of at most `lines` is shortened."""
    wrapped: list[str] = []
    for word in in_one_line(text).split():
        if wrapped and text_width(f"{wrapped[-1]} {word}", size, bold) <= width:
            wrapped[-1] += f" {word}"
        else:
            wrapped += _break_word(word, width, size, bold)
    if lines is not None and len(wrapped) > lines:
        rest = " ".join(wrapped[lines - 1 :])
        return [*wrapped[: lines - 1], shorten(rest, width, size, bold)]
    return wrapped


def _break_word(word: str, width: float, size: float, bold: bool) -> list[str]:
    """Break a word that is wider than a line."""
    pieces = [""]
    for character in word:
        if pieces[-1] and text_width(pieces[-1] + character, size, bold) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces
