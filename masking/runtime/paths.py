"""Paths that people write, in files, on the command line and on pages."""

import os
from pathlib import Path
from typing import Any

LONGEST_PATH, LONGEST_NAME = 4096, 255
"""In bytes, as Linux has them; other systems allow no more."""
SHOWN = 80


def expand(path: str | Path) -> Path:
    """Return a path with `~` expanded; nothing is looked up in the file system but a user's home folder.

    Raises:
        ValueError: it cannot be a path: an unknown user, a NUL, a name that is too long, or no text; one sentence.
    """
    text = _as_text(path)
    if "\0" in text:
        raise ValueError(f"the path {quote_name(text)} holds a NUL character; remove it")
    try:
        encoded = os.fsencode(text)
    except UnicodeEncodeError:
        raise ValueError(f"the path {quote_name(text)} holds half a character; write it again") from None
    if len(encoded) > LONGEST_PATH or any(len(name) > LONGEST_NAME for name in encoded.split(os.sep.encode())):
        raise ValueError(f"the path {quote_name(text)} is too long for a file system; give a shorter one")
    try:
        return Path(text).expanduser()
    except (RuntimeError, KeyError):
        user = quote_name(text.partition("/")[0])
        raise ValueError(f"the path {quote_name(text)} begins with {user}, a user unknown here; write it out") from None


def resolve(path: str | Path, base: Path | None = None) -> Path:
    """Return an absolute path, relative ones below `base` or the working directory, with links followed.

    Raises:
        ValueError: as `expand`, or links that lead in a circle.
    """
    expanded = (base or Path()) / expand(path)
    try:
        return expanded.resolve()
    except (OSError, RuntimeError):
        raise ValueError(f"the path {quote_name(str(path))} cannot be followed; give another") from None


def quote_name(name: object, longest: int = SHOWN) -> str:
    """Return a name in quotes for a sentence: in one line, and with its middle left out if it is too long."""
    try:
        text = str(name) if isinstance(name, str | Path) else " ".join(repr(name).split())
    except ValueError:  # Python writes no whole number of more than 4,300 digits
        return "a number of very many digits"
    is_name = isinstance(name, str | Path)
    if is_name and text.isprintable() and len(text) > longest:
        text = f"{text[: longest // 2]}…{text[-(longest // 2 - 1) :]}"
    shown = repr(text) if is_name else text
    most = longest + 2 * is_name
    return shown if len(shown) <= most else f"{shown[: most // 2]}…{shown[-(most // 2 - 1) :]}"


def _as_text(path: Any) -> str:
    """Return a path as text; values of files may be anything."""
    if not isinstance(path, str | Path):
        raise ValueError(f"the path is {quote_name(path)}; write it in quotes")  # noqa: TRY004, a wrong value of a file
    return str(path)
