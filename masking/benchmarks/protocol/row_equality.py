"""Equal rows: which columns a digest covers, and how far numbers may differ.

Two machines add numbers in different orders, so the last digits of a computed number differ, even between one and two
threads of one processor. Images, conditions, predicted classes and hits are whole numbers and names. They differ only
where two answers are nearly equal. So a digest covers these discrete columns; numbers are compared with a tolerance.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from masking.benchmarks.protocol.experiment import Row

KIND = 2
"""The kind of digest of the runs that this program computes."""
FACT = "rows_digest"
"""The key of a run's environment that has the kind of its digest; runs of earlier programs have none."""
PROCESSORS = "processors"
"""The key of a run's environment that lists the processors that computed it: threads and instructions of each."""
TOLERANCE = 1e-4
"""Two numbers are equal if they differ by at most this, or by this share of the larger of the two."""
OLD_KIND = (
    "it is of the old kind: it covers all numbers, whose last digits depend on the number of threads, and rendered "
    "scenes were not rounded yet"
)
_OLD_DIGITS = 4


@dataclass(frozen=True)
class RowComparison:
    """How the rows of two runs of one spec differ.

    Attributes:
        rows: the number of rows, by image and condition, that both runs have.
        alone: the number of rows that only one of them has.
        differing: for each discrete column, how many of the common rows differ in it.
        beyond: how many of the common rows have a number that differs by more than `TOLERANCE`.
        largest: the largest difference of two numbers.
    """

    rows: int
    alone: int
    differing: Mapping[str, int]
    beyond: int
    largest: float

    @property
    def equal(self) -> bool:
        """Whether both runs have the same rows within the tolerance."""
        return not (self.alone or self.beyond or any(self.differing.values()))

    @property
    def sentence(self) -> str:
        """The comparison in a sentence or two."""
        common = f"the {self.rows} rows that both runs have"
        if self.equal:
            return (
                f"In {common}, all names and whole numbers are equal, and all other numbers within {TOLERANCE:g} "
                f"(largest difference {self.largest:.1e})."
            )
        parts = [f"{count} in {name}" for name, count in self.differing.items() if count]
        parts += [f"{self.beyond} in other numbers by more than {TOLERANCE:g}"] if self.beyond else []
        alone = f"{self.alone} rows are in one of the runs only" if self.alone != 1 else "1 row is in one run only"
        differ = f"Of {common}, some differ: {', '.join(parts)}." if parts else f"{alone}; {common} are equal."
        return differ + (f" Besides, {alone}." if parts and self.alone else "")


def kind_of(environment: Mapping[str, Any]) -> int:
    """Return the kind of digest of a run with this environment; 1 for runs of earlier programs."""
    kind = environment.get(FACT, 1)
    return kind if isinstance(kind, int) else 1


def discrete_columns(rows: Sequence[Row], keys: Iterable[str]) -> list[str]:
    """Return the columns that a digest covers: image, keys, and all that never hold a decimal number, in order."""
    fixed = {"image", *keys}
    names = dict.fromkeys(name for row in rows for name in row)
    measured = {name for row in rows for name, value in row.items() if isinstance(value, float)} - fixed
    empty = {name for name in names if all(row.get(name) is None for row in rows)}
    return [name for name in names if name not in measured | empty]


def rows_digest(rows: Sequence[Row], keys: Iterable[str], kind: int = KIND) -> str:
    """Return the sha256 (hex) of the discrete columns of rows in any order, or of kind 1, which covers all columns.

    Args:
        rows: the rows of a run.
        keys: the columns that make a condition; their numbers are settings and thus exact.
        kind: 2, or 1 for runs of earlier programs, whose digest covers all numbers at four decimals.
    """
    covered = (
        discrete_columns(rows, keys) if kind >= KIND else list(dict.fromkeys(name for row in rows for name in row))
    )
    lines = sorted(
        json.dumps(
            {name: _rounded(row[name]) for name in covered if row.get(name) is not None},
            sort_keys=True,
            ensure_ascii=False,
        )
        for row in rows
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def compare_rows(first: Sequence[Row], second: Sequence[Row], keys: Iterable[str]) -> RowComparison:
    """Compare the rows of two runs of one spec. Columns that only one of the programs wrote are left out."""
    condition = ("image", *keys)
    written = [{name for row in rows for name in row} for rows in (first, second)]
    shared = written[0] & written[1] if first and second else written[0] | written[1]
    discrete = [name for name in discrete_columns([*first, *second], condition) if name in shared.difference(condition)]
    both = [{tuple(row[name] for name in condition): row for row in rows} for rows in (first, second)]
    common = [(row, both[1][which]) for which, row in both[0].items() if which in both[1]]
    differing = {name: sum(old.get(name) != new.get(name) for old, new in common) for name in discrete}
    measured = shared - {*condition, *discrete}
    gaps = [[_gap(old.get(name), new.get(name)) for name in measured] for old, new in common]
    finite = [gap for row in gaps for gap, _ in row]
    beyond = sum(any(is_beyond for _, is_beyond in row) for row in gaps)
    alone = len(both[0]) + len(both[1]) - 2 * len(common)
    return RowComparison(len(common), alone, differing, beyond, max(finite, default=0.0))


def _gap(first: Any, second: Any) -> tuple[float, bool]:
    """Return the difference of two numbers and whether it is beyond the tolerance; a missing number has no equal."""
    if not (isinstance(first, int | float) and isinstance(second, int | float)):
        return 0.0, first != second
    gap = abs(first - second)
    return gap, gap > TOLERANCE * max(1.0, abs(first), abs(second))


def _rounded(value: Any) -> Any:
    return round(value, _OLD_DIGITS) + 0.0 if isinstance(value, float) else value
