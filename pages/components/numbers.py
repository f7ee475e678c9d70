"""Numbers as cards and tables show them: true minus signs, a space before a unit, a dash where there is none."""

import math
from collections.abc import Sequence

MISSING = "–"
"""Stands where a number could not be computed."""


def number(value: float, form: str = "#.3g") -> str:
    """Return a number with a true minus sign and no sign before zero; a dash for NaN."""
    if math.isnan(value):
        return MISSING
    text = format(value, form)
    return (text.lstrip("+-") if not text.strip("+-0.") else text).replace("-", "−")


def percent(share: float, digits: int = 1) -> str:
    """Return a share (0 … 1) as a percentage, such as `92.6 %`."""
    text = number(100 * share, f".{digits}f")
    return text if text == MISSING else f"{text} %"


def bits(value: float, digits: int = 2) -> str:
    """Return an information content, such as `0.65 bits`."""
    text = number(value, f".{digits}f")
    return text if text == MISSING else f"{text} bits"


def plus_minus(values: Sequence[float], deviations: Sequence[float], form: str) -> str:
    """Return several numbers, with their standard deviations where any of these shows: `3, 4, 5 (± 1, 1, 2)`."""
    texts = ", ".join(number(value, form) for value in values)
    if max(deviations) < 1e-4:
        return texts
    return f"{texts} (± {', '.join(number(deviation, form.lstrip('+')) for deviation in deviations)})"


def interval(low: float, high: float, form: str = ".2f", unit: str = "") -> str:
    """Return the ends of an interval, such as `0.98 – 3.58 bits`."""
    ends = f"{number(low, form)} – {number(high, form)}"
    return f"{ends} {unit}" if unit else ends
