"""Rows become numbers: every condition with its interval, and differences paired over the same images."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from masking.benchmarks.protocol.experiment import Experiment, Outcome, Row
from masking.benchmarks.storage.listings import describe_change
from masking.benchmarks.storage.run import Run
from masking.measures import Estimate

Condition = tuple[Any, ...]
RUN = "run"
"""The key that distinguishes rows of several runs."""
MOST_RUNS = 6


class Table:
    """Rows by condition: the images of each condition and its columns as arrays, NaN where there is no number."""

    def __init__(self, rows: Iterable[Row], experiment: Experiment, extra: Sequence[str] = ()):
        self.keys = (*extra, *(key.name for key in experiment.keys))
        self.outcomes = experiment.outcomes
        self.join = experiment.join
        self._order = [value for values in vars(experiment).values() if isinstance(values, tuple) for value in values]
        columns = tuple(dict.fromkeys(column for outcome in self.outcomes for column in outcome.columns))
        gathered: dict[Condition, list[tuple[float, ...]]] = {}
        for row in rows:
            condition = tuple(row[key] for key in self.keys)
            values = (math.nan if row.get(name) is None else float(row[name]) for name in columns)
            gathered.setdefault(condition, []).append((row["image"], *values))
        self._columns = {name: index + 1 for index, name in enumerate(columns)}
        self._values = {
            condition: np.array(sorted(values), dtype=np.float64).reshape(-1, len(columns) + 1)
            for condition, values in gathered.items()
        }

    @property
    def conditions(self) -> list[Condition]:
        """All conditions: numbers ascend, names follow the experiment's settings, others keep the order of the rows."""
        conditions = list(self._values)
        order = list(dict.fromkeys([*self._order, *(value for condition in conditions for value in condition)]))
        ranks = {value: rank for rank, value in enumerate(order)}

        def sort_key(condition: Condition) -> list[float]:
            return [float(value) if isinstance(value, int | float) else ranks[value] for value in condition]

        return sorted(conditions, key=sort_key)

    def values(self, condition: Condition, outcome: Outcome) -> tuple[NDArray[np.float64], ...]:
        """Return the images and the columns that the outcome needs; images without a number are left out."""
        columns = [self._columns[name] for name in outcome.columns]
        values = self._values[condition][:, [0, *columns]]
        return tuple(values[np.isfinite(values).all(1)].T)


def summarise(experiment: Experiment, rows: Iterable[Row]) -> list[Row]:
    """Return one row per condition and outcome: keys, `outcome`, `n` (images), `value`, `low` and `high` (95 %).

    Outcomes for which no image has a number are left out. An unknown end is None.
    """
    return summarise_table(Table(rows, experiment))


def summarise_table(table: Table) -> list[Row]:
    """See `summarise`."""
    summary: list[Row] = []
    for condition in table.conditions:
        for outcome in table.outcomes:
            _, *columns = table.values(condition, outcome)
            if len(columns[0]) >= outcome.by.least:
                keys = dict(zip(table.keys, condition, strict=True))
                estimate = outcome.by.estimate(*columns)
                if math.isfinite(estimate.value):  # a ratio to no hits is no number
                    summary.append({**keys, **_estimate_row(outcome, len(columns[0]), estimate)})
    return table.join(summary)


def differences(
    experiment: Experiment, rows: Iterable[Row], along: str = "method", against: Any = None, extra: Sequence[str] = ()
) -> list[Row]:
    """Return how much each condition differs from that with another value of `along`, on the same images.

    Args:
        experiment: the experiment of the rows.
        rows: the rows of one run, or of several runs from `join_runs`.
        along: the key whose values are compared, such as "method" or "run".
        against: the value that the others are compared with; default the first.
        extra: further keys of the rows, such as "run".

    Returns:
        One row per condition and outcome: the keys, `against`, `outcome`, `n`, `value` (positive if larger than for
        `against`), `low`, `high`.

    Raises:
        ValueError: there is no such key or value, or nothing to compare with.
    """
    table = Table(rows, experiment, extra)
    if along not in table.keys:
        raise ValueError(f"rows have no key {along!r}; choose one of {', '.join(table.keys)}")
    position = table.keys.index(along)
    values = list(dict.fromkeys(condition[position] for condition in table.conditions))
    if len(values) == 1 and against is None:
        raise ValueError(f"{along} is {values[0]} in all rows; there is nothing to compare it with")
    against = _matching_value(against, values)
    if against not in values:
        raise ValueError(f"there is no {along} {against!r} to compare with; there are {', '.join(map(str, values))}")
    paired: list[Row] = []
    for condition in table.conditions:
        base = (*condition[:position], against, *condition[position + 1 :])
        if condition[position] == against or base not in table.conditions:
            continue
        for outcome in table.outcomes:
            (images, *columns), (base_images, *base_columns) = (table.values(c, outcome) for c in (condition, base))
            _, common, base_common = np.intersect1d(images, base_images, return_indices=True)
            if len(common) >= outcome.by.least:
                first = tuple(column[common] for column in columns)
                second = tuple(column[base_common] for column in base_columns)
                keys = {**dict(zip(table.keys, condition, strict=True)), "against": against}
                estimate = outcome.by.difference(first, second)
                if math.isfinite(estimate.value):
                    paired.append({**keys, **_estimate_row(outcome, len(common), estimate)})
    return table.join(paired)


def _matching_value(typed: Any, values: Sequence[Any]) -> Any:
    """Return the value that is written like `typed`, so "0" gives 0.0; the first value for None."""
    if typed is None:
        return values[0] if values else None
    for value in values:
        if str(typed) in {str(value), f"{value:g}" if isinstance(value, float) else ""}:
            return value
    return typed


def compare_runs(
    runs: Sequence[Run],
    rows: Mapping[str, Iterable[Row]],
    along: str = RUN,
    against: Any = None,
    folder: Path | None = None,
) -> list[Row]:
    """Return differences between runs of one experiment, or between methods within runs, on the same images.

    Args:
        runs: two to six runs.
        rows: the rows of each run by its id.
        along: "run", or a key of the experiment.
        against: as for `differences`.
        folder: of their store, to say which pictures have changed.

    Raises:
        ValueError: there are too few or too many runs, or their images or experiments cannot be paired.
    """
    if not 2 <= len(runs) <= MOST_RUNS:
        raise ValueError(f"{len(runs)} runs are selected; choose 2 to {MOST_RUNS}")
    first = runs[0].spec
    for run in runs[1:]:
        if run.spec.experiment != first.experiment:
            raise ValueError(f"run {run.id} is {run.title}, run {runs[0].id} {runs[0].title}; compare one experiment")
        if run.spec.data != first.data:
            raise ValueError(
                f"the runs {runs[0].id} and {run.id} used different pictures, so a paired comparison is impossible; "
                "compare runs with the same data"
            )
        if run.spec.seed != first.seed:
            raise ValueError(
                f"the runs {runs[0].id} and {run.id} used different seeds ({first.seed} and {run.spec.seed}), so "
                "chance hid other parts, and a paired comparison is impossible; compare runs with the same seed"
            )
        earlier, later = sorted((runs[0], run), key=lambda run: run.created)
        if change := describe_change(earlier.environment, later.environment, folder):
            raise ValueError(
                f"the pictures have changed between the runs {earlier.id} and {later.id} ({change}), so they cannot be "
                "paired; compute both on the same pictures"
            )
    return differences(first.make_experiment(), join_runs(rows), along, against, (RUN,))


def join_runs(runs: Mapping[str, Iterable[Row]]) -> list[Row]:
    """Return the rows of several runs of one experiment as one table with the key "run"."""
    return [{RUN: name, **row} for name, rows in runs.items() for row in rows]


def _estimate_row(outcome: Outcome, images: int, estimate: Estimate) -> Row:
    low, high = (end if math.isfinite(end) else None for end in (estimate.low, estimate.high))
    return {"outcome": outcome.name, "n": images, "value": estimate.value, "low": low, "high": high}
