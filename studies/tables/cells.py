"""Numbers, intervals and tables as Markdown; result files."""

import gzip
import json
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
ORDER = (
    "blackout",
    "greyout",
    "mean_colour",
    "random_colour",
    "noise",
    "blur",
    "inpaint",
    "partial_convolution",
    "neighbour_fill",
    "token_dropping",
    "layer_masking",
)
"""The order of masking methods in tables: the method that the tables are about comes last."""
EMPHASISED, LEAKS = "layer_masking", "blur"
MINUS = "\N{MINUS SIGN}"
DASH = "\N{EM DASH}"


def exists(name: str, folder: str = "studies") -> bool:
    """Return whether there is such a result file."""
    return (ROOT / folder / "results" / name).exists()


@cache
def load(name: str, folder: str = "studies") -> Any:
    """Return the content of a result file, `.json` or `.json.gz`."""
    path = ROOT / folder / "results" / name
    data = path.read_bytes()
    return json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def number(value: float, digits: int) -> str:
    """Return a number with a true minus sign, and no minus before zero; halves are rounded away from zero."""
    decimal = Decimal(repr(round(value, 9))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    text = f"{abs(decimal) if decimal == 0 else decimal:f}"
    return text.replace("-", MINUS)


def percent(share: float, digits: int = 1) -> str:
    """Return a share 0 … 1 in percent."""
    return f"{number(100 * share, digits)} %"


def points(share: float, digits: int = 1) -> str:
    """Return a share in percentage points, without a unit."""
    return number(100 * share, digits)


def interval(triple: Sequence[float], digits: int, scale: float = 1) -> str:
    """Return a value with its interval: `0.47 [0.46, 0.49]`."""
    value, low, high = (number(scale * each, digits) for each in triple)
    return f"{value} [{low}, {high}]"


def change(triple: Sequence[float], digits: int, scale: float = 1) -> str:
    """Return a difference with its sign and its interval; bold if the interval leaves out 0."""
    text = interval(triple, digits, scale)
    if triple[0] > 0 and not text.startswith(number(0, digits) + " "):
        text = f"+{text}"
    return bold(text) if triple[1] > 0 or triple[2] < 0 else text


def bold(text: str) -> str:
    """Return bold text."""
    return f"**{text}**"


def italic(text: str) -> str:
    """Return italic text."""
    return f"*{text}*"


def in_order(names: Iterable[str]) -> list[str]:
    """Return masking methods in the order of all tables; unknown ones come before layer masking."""
    places = {name: number for number, name in enumerate(ORDER)}
    return sorted(names, key=lambda name: (places.get(name, places[EMPHASISED] - 0.5), name))


def label(method: str) -> str:
    """Return a masking method as tables call it."""
    if method.startswith(EMPHASISED):
        return bold(method)
    return f"{method} (leaks)" if method == LEAKS else method


def triple_of(row: dict[str, Any], name: str) -> tuple[float, float, float]:
    """Return an estimate that lies in three columns: `bits`, `bits_low`, `bits_high`."""
    return row[name], row[f"{name}_low"], row[f"{name}_high"]
