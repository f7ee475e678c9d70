"""From rows to numbers: every condition with its interval, and differences paired over the same images."""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from masking.benchmarks.protocol.experiment import Experiment, Outcome, Row
from masking.benchmarks.storage.run import Run
from masking.measures import Estimate

Condition = tuple[Any, ...]
RUN = "run"
"""The key that tells rows of several runs apart."""
DIGEST_DIGITS = 4
MOST_RUNS = 6


class Table:
    """Rows by condition: the images of each, and its columns as arrays, NaN where there is no number."""

    def __init__(self, rows: Iterable[Row], experiment: Experiment, extra: Sequence[str] = ()):
        self.keys = (*extra, *(key.name for key in experiment.keys))
        self.outcomes = experiment.outcomes
        self._order = [value for values in vars(experiment).values() if isinstance(values, tuple) for value in values]
        columns = tuple(dict.fromkeys(column for outcome in self.outcomes for column in outcome.columns))
        gathered: dict[Condition, list[tuple[float, ...]]] = {}
        for row in rows:
            condition = tuple(row[key] for key in self.keys)
            values = (math.nan if row.get(name) is None else float(row[name]) for name in columns)
            gathered.setdefault(condition, []).append((row["image"], *values))
        self._columns = {name: place + 1 for place, name in enumerate(columns)}
        self._values = {
            condition: np.array(sorted(found), dtype=np.float64).reshape(-1, len(columns) + 1)
            for condition, found in gathered.items()
        }

    @property
    def conditions(self) -> list[Condition]:
        """Numbers ascending, names in the order of the experiment's settings, others as they were met."""
        met = list(self._values)
        order = list(dict.fromkeys([*self._order, *(value for condition in met for value in condition)]))
        places = {value: place for place, value in enumerate(order)}

        def place(condition: Condition) -> list[float]:
            return [float(value) if isinstance(value, int | float) else places[value] for value in condition]

        return sorted(met, key=place)

    def values(self, condition: Condition, outcome: Outcome) -> tuple[NDArray[np.float64], ...]:
        """Images, and what the outcome takes of them; images without a number are left out."""
        places = [self._columns[name] for name in outcome.columns]
        found = self._values[condition][:, [0, *places]]
        return tuple(found[np.isfinite(found).all(1)].T)


def summarise(experiment: Experiment, rows: Iterable[Row]) -> list[Row]:
    """One row per condition and outcome: the keys, `outcome`, `n` (images), `value`, and `low` and `high` (95 %).

    Outcomes without an image that has a number are left out; an end that is not known is None.
    """
    return summarise_table(Table(rows, experiment))


def summarise_table(table: Table) -> list[Row]:
    """See `summarise`."""
    found: list[Row] = []
    for condition in table.conditions:
        for outcome in table.outcomes:
            _, *columns = table.values(condition, outcome)
            if len(columns[0]) >= outcome.by.least:
                keys = dict(zip(table.keys, condition, strict=True))
                found.append({**keys, **_told(outcome, len(columns[0]), outcome.by.estimate(*columns))})
    return found


def differences(
    experiment: Experiment, rows: Iterable[Row], along: str = "method", against: Any = None, extra: Sequence[str] = ()
) -> list[Row]:
    """By how much each condition differs from the one that is alike but for `along`, over the images of both.

    Args:
        experiment: what was measured.
        rows: of one run, or of several under `join_runs`.
        along: the key whose values are compared, such as "method" or "run".
        against: the value that others are compared with; default the first.
        extra: further keys of the rows, such as "run".

    Returns:
        One row per condition and outcome: the keys, `against`, `outcome`, `n`, `value` (positive: more than `against`
        has), `low`, `high`.

    Raises:
        ValueError: no such key or value, or none to compare with.
    """
    table = Table(rows, experiment, extra)
    if along not in table.keys:
        raise ValueError(f"rows are not told apart by {along!r}; choose one of {', '.join(table.keys)}")
    place = table.keys.index(along)
    met = list(dict.fromkeys(condition[place] for condition in table.conditions))
    if len(met) == 1 and against is None:
        raise ValueError(f"{along} is {met[0]} in all rows; there is nothing to compare it with")
    against = _meant(against, met)
    if against not in met:
        raise ValueError(f"there is no {along} {against!r} to compare with; there are {', '.join(map(str, met))}")
    found: list[Row] = []
    for condition in table.conditions:
        base = (*condition[:place], against, *condition[place + 1 :])
        if condition[place] == against or base not in table.conditions:
            continue
        for outcome in table.outcomes:
            ours, theirs = table.values(condition, outcome), table.values(base, outcome)
            _, here, there = np.intersect1d(ours[0], theirs[0], return_indices=True)
            if len(here) >= outcome.by.least:
                first, second = (
                    tuple(column[chosen] for column in columns[1:])
                    for columns, chosen in ((ours, here), (theirs, there))
                )
                keys = {**dict(zip(table.keys, condition, strict=True)), "against": against}
                found.append({**keys, **_told(outcome, len(here), outcome.by.difference(first, second))})
    return found


def _meant(given: Any, met: Sequence[Any]) -> Any:
    """The value that was met and is written like that, "0" for 0.0; the first where nothing is given."""
    if given is None:
        return met[0] if met else None
    return next((one for one in met if str(given) in {str(one), f"{one:g}" if isinstance(one, float) else ""}), given)


def compare_runs(
    runs: Sequence[Run], rows: Mapping[str, Iterable[Row]], along: str = RUN, against: Any = None
) -> list[Row]:
    """Differences between runs of one experiment, or between methods in each of them, over the images of both.

    Args:
        runs: two to six.
        rows: of each run, by its id.
        along: "run", or a key of the experiment.
        against: as for `differences`.

    Raises:
        ValueError: too few or too many, or runs whose images or experiments cannot be paired.
    """
    if not 2 <= len(runs) <= MOST_RUNS:
        raise ValueError(f"{len(runs)} runs were to be compared; choose 2 to {MOST_RUNS}")
    first = runs[0].spec
    for run in runs[1:]:
        if run.spec.experiment != first.experiment:
            raise ValueError(f"run {run.id} is {run.title}, run {runs[0].id} {runs[0].title}; compare one experiment")
        if run.spec.data != first.data or run.spec.seed != first.seed:
            raise ValueError(f"run {run.id} has other images or seeds than run {runs[0].id}; they cannot be paired")
    return differences(first.make_experiment(), join_runs(rows), along, against, (RUN,))


def join_runs(runs: Mapping[str, Iterable[Row]]) -> list[Row]:
    """Rows of several runs of one experiment as one table, told apart by the key "run"."""
    return [{RUN: name, **row} for name, rows in runs.items() for row in rows]


def _told(outcome: Outcome, images: int, found: Estimate) -> Row:
    low, high = (end if math.isfinite(end) else None for end in (found.low, found.high))
    return {"outcome": outcome.name, "n": images, "value": found.value, "low": low, "high": high}


def rows_digest(rows: Iterable[Row]) -> str:
    """sha256 (hex) of rows in whatever order: equal digests mean that two runs found the same.

    Numbers are rounded to four decimals, so that the noise of another batch size hardly ever shows.
    """
    lines = sorted(
        json.dumps(
            {name: _rounded(value) for name, value in row.items() if value is not None},
            sort_keys=True,
            ensure_ascii=False,
        )
        for row in rows
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _rounded(value: Any) -> Any:
    return round(value, DIGEST_DIGITS) + 0.0 if isinstance(value, float) else value
