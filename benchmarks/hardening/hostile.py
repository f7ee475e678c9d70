"""Hostile inputs: damage done at random to what is valid, and families of what somebody might think of."""

import json
import random
from collections.abc import Sequence
from copy import deepcopy

NUMBERS = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 2**63 - 1, 2**64 - 1)
WORDS = (
    "",
    " ",
    "\0",
    "\n",
    "a\nb",
    "x" * 5000,
    "../../etc/passwd",
    "~nobody-here/a",
    "/dev/zero",
    "/proc/self/mem",
    "nan",
    "inf",
    "-1",
    "1e400",
    "9" * 400,
    "9" * 5000,
    "0x" + "f" * 5000,
    "true",
    "null",
    "{}",
    "[]",
    "-0",
    "½",
    "𝟘",
    "\ud800",
    "<script>alert(1)</script>",
    "=1+1",
    "\\input{x}",
    "%s%n",
    "{0.__class__}",
    "é" * 300,
    "\u202e",
    "1x1x1",
    "0x0",
    "1,,2",
    ":",
    "=",
    ";",
    "a:b=c",
    "#" + "9" * 30,
    "all",
    "none",
    "con",
    "a" * 300 + ".png",
    "-",
    "--",
    "--help",
    "@",
    "*",
    "$HOME",
)
"""Texts for everything that takes a text."""
VALUES = (
    None,
    True,
    -1,
    0,
    1,
    2**31,
    2**53,
    2**63,
    10**400,
    -(2**63),
    0.5,
    -0.0,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "a",
    "x" * 5000,
    "\0",
    "a\nb",
    [],
    [[]],
    {},
    {"a": {}},
    [None],
    [1, "a"],
    ["x"] * 1000,
    {"": ""},
    [[[[[[[[1]]]]]]]],
    10**5000,
)
"""Values for everything that a document may hold."""


def mutate(data: bytes, dice: random.Random, others: Sequence[bytes] = ()) -> bytes:
    """Return bytes after one to six kinds of damage."""
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 3, 6))):
        at = dice.randrange(len(changed) + 1)
        match dice.randrange(8):
            case 0 if changed:
                changed[min(at, len(changed) - 1)] ^= 1 << dice.randrange(8)
            case 1:
                del changed[at:]
            case 2:
                del changed[at : at + dice.choice((1, 4, 100))]
            case 3:
                changed[at:at] = dice.randbytes(dice.choice((1, 4, 100)))
            case 4:
                number = dice.choice(NUMBERS).to_bytes(8, dice.choice(("little", "big")))
                changed[at : at + dice.choice((1, 2, 4, 8))] = number[: dice.choice((1, 2, 4, 8))]
            case 5:
                length = dice.choice((1, 16, 500))
                changed[at:at] = changed[max(0, at - length) : at] * dice.choice((1, 2, 50))
            case 6 if others:
                other = dice.choice(others)
                changed[at:] = other[dice.randrange(len(other) + 1) :]
            case _:
                word = dice.choice(WORDS).encode("utf-8", "surrogatepass")
                changed[at:at] = word[:1000]
    return bytes(changed)


def mutate_document(document: object, dice: random.Random) -> object:
    """Return plain values of which one to three, anywhere, are others."""
    copy = json.loads(json.dumps(document))
    for _ in range(dice.choice((1, 1, 2, 3))):
        holder, key = copy, None
        while isinstance(holder, dict | list) and holder:
            inner = dice.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
            if not isinstance(holder[inner], dict | list) or not holder[inner] or dice.random() < 0.3:
                key = inner
                break
            holder = holder[inner]
        if key is None:
            return deepcopy(dice.choice(VALUES))
        match dice.randrange(4):
            case 0 if isinstance(holder, dict):
                del holder[key]
            case 1 if isinstance(holder, dict):
                holder[dice.choice(WORDS)] = deepcopy(dice.choice(VALUES))
            case _:
                holder[key] = deepcopy(dice.choice(VALUES))
    return copy


def to_json(value: object) -> bytes:
    """Return a value as JSON, with numbers that no other program writes."""
    return _json(value).encode("utf-8", "surrogatepass")


def _json(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**4000:
        return "9" * 5001
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(str(key))}:{_json(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    return json.dumps(value)


def to_toml(value: object, prefix: str = "") -> bytes:
    """Return a document of plain values as TOML; what TOML cannot hold becomes an inline text."""
    if not isinstance(value, dict):
        return _toml(value).encode("utf-8", "surrogatepass")
    lines = [f"{json.dumps(str(key))} = {_toml(each)}" for key, each in value.items()]
    return f"{prefix}\n".join(["", *lines, ""]).encode("utf-8", "surrogatepass")


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return hex(value) if value >= 10**4000 else str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(key))} = {_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return str(value) if isinstance(value, float) else json.dumps("" if value is None else value)
