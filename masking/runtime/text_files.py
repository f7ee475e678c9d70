"""Text files that people write: UTF-8, with or without a byte order mark; and the JSON and TOML in them."""

import json
import math
import re
import tomllib
from pathlib import Path
from typing import Any

from masking.runtime.door import guard, show_name
from masking.runtime.file_bytes import MOST_TEXT, read_file

BYTE_ORDER_MARK = "\ufeff"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
DEEPEST_NAME = 40
"""Dots in a name of a TOML document; the time that Python's reader takes grows with their square."""
_QUOTED = re.compile(r'"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*')
DEEPEST = 100
"""Tables and lists inside each other."""


def read_text(path: str | Path, what: str) -> str:
    """Return the text of a file, without byte order marks.

    Args:
        path: the file; `~` is expanded.
        what: how errors call it, such as "category list".

    Raises:
        ValueError: the file cannot be read, or is not UTF-8 text; one sentence.
    """
    return decode_text(read_file(path, what, MOST_TEXT), f"the {what} {show_name(path)}")


def decode_text(data: bytes, name: str) -> str:
    """Return UTF-8 text without byte order marks; Excel and Windows editors write one, and joined files hold several.

    Raises:
        ValueError: the bytes are no UTF-8 text, in a sentence that begins with `name`.
    """
    if data.startswith(_UTF_16) or b"\0" in data:
        raise ValueError(f"{name} is not UTF-8 text but UTF-16 or none at all; save it as UTF-8")
    try:
        return data.decode("utf-8").replace(BYTE_ORDER_MARK, "")
    except UnicodeDecodeError:
        raise ValueError(f"{name} is not UTF-8 text; save it as UTF-8") from None


def parse_table(data: bytes, name: str, kind: str) -> Any:
    """Return the plain values in a JSON or TOML document.

    Args:
        data: UTF-8 text.
        name: how errors call it.
        kind: "JSON" or "TOML".

    Raises:
        ValueError: it is none, is nested too deeply, or has a number that is endless or larger than 2^63; one sentence.
    """
    with guard(f"{name} is not valid {kind} ({{reason}}); correct it"):
        text = decode_text(data, "it")
        values = parse_toml(text) if kind == "TOML" else json.loads(text)
        check_numbers(values)
    return values


def parse_toml(text: str) -> dict[str, Any]:
    """Return the tables in a TOML document.

    Raises:
        ValueError: it is none, or names tables inside each other so deeply that reading it would take minutes.
    """
    names = re.split(r"[=\[\]{},\n]", _QUOTED.sub("", text))
    if any(name.count(".") > DEEPEST_NAME for name in names):
        raise ValueError("a name in it has too many parts")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("its values lie too deep in each other") from None


def check_numbers(value: Any, depth: int = 0) -> None:
    """Raise ValueError for numbers that no setting can have, and for values that are nested too deeply."""
    if depth > DEEPEST:
        raise ValueError("it is nested too deeply")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("it has a number that is not finite")
    if isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError("it has a number that is too large")
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        check_numbers(part, depth + 1)
