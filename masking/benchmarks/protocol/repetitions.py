"""Conditions that differ only in a seed: each has rows of its own, and their numbers are joined as mean and range.

A network with random weights is one draw of many. If a run measures several, the value of a key is written
`untrained_network:seed=0`, `untrained_network:seed=1`, … in its rows, so images are paired within each draw. Runs of
earlier programs measured one draw, without a seed; they are read as they are.
"""

import math
from collections.abc import Sequence

from masking.benchmarks.protocol.experiment import Row

SEED = ":seed="
NUMBERS = ("n", "value", "low", "high")
"""The columns of a number; all others say what it is a number of."""
LOWEST, HIGHEST, DRAWS = "lowest", "highest", "draws"
"""The columns that joining adds: the range of the values over the draws, and how many there are."""


def write_repetition(name: str, seed: int) -> str:
    """Return the value of a key for one draw: `untrained_network:seed=3`."""
    return f"{name}{SEED}{seed}"


def join_repetitions(numbers: Sequence[Row], key: str) -> list[Row]:
    """Join the numbers of conditions that differ only in the seed of a key; numbers without a seed stay as they are.

    A joined number is the mean over the draws. Its interval is the mean of their intervals: it is over images, and not
    too narrow, since the mean of draws on the same images varies no more than they do on average.

    Args:
        numbers: rows of `summarise` or `differences`.
        key: the name of the key.

    Returns:
        The rows, with the columns `lowest`, `highest` and `draws` if any were joined; None where there is one draw.
    """
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in numbers:
        name = str(row[key]).partition(SEED)[0]
        which = tuple(name if column == key else value for column, value in row.items() if column not in NUMBERS)
        groups.setdefault(which, []).append(row)
    if not any(SEED in str(row[key]) for row in numbers):
        return list(numbers)
    return [_join(rows, key) for rows in groups.values()]


def _join(rows: list[Row], key: str) -> Row:
    values = [row["value"] for row in rows]
    if SEED not in str(rows[0][key]):
        return {**rows[0], LOWEST: None, HIGHEST: None, DRAWS: None}
    ends = {end: _mean([row[end] for row in rows]) for end in ("value", "low", "high")}
    name = str(rows[0][key]).partition(SEED)[0]
    spread = {LOWEST: min(values), HIGHEST: max(values), DRAWS: len(rows)}
    return {**rows[0], key: name, "n": min(row["n"] for row in rows), **ends, **spread}


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if len(known) == len(values) else None
