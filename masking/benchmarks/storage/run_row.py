"""A row of the table of runs as a run."""

import json
import sqlite3
from dataclasses import fields
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

from masking.benchmarks.specification.plugins import Known
from masking.benchmarks.specification.spec import stored_spec
from masking.benchmarks.storage.run import STATES, Run

LATEST = 253_000_000_000.0
"""Seconds since 1970 of the latest possible time, in the year 9987."""
_COLUMNS = {"state", *(fact.name for fact in fields(Run))}
"""Columns that are read; a newer program may add others while an older one runs."""


def run_from_row(row: sqlite3.Row, known: Known) -> Run:
    """Return a run, whose spec may run the known plugins. Raises ValueError, in a sentence, if it is damaged."""
    try:
        run = _decode(row, known)
        _check(run)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"run {row['id']} cannot be read ({str(error)[:200]}); delete it or import it again") from None
    return run


def _decode(row: sqlite3.Row, known: Known) -> Run:
    values: dict[str, Any] = {name: row[name] for name in row.keys() if name in _COLUMNS}  # noqa: SIM118
    state, spec, environment = values.pop("state"), values.pop("spec"), values.pop("environment")
    lists: dict[str, Any] = {name: tuple(json.loads(values.pop(name))) for name in ("keys", "tags")}
    facts: dict[str, Any] = {"stored_state": state, "environment": json.loads(environment)}
    return Run(**values, **lists, **facts, spec=stored_spec(spec, known))


def _check(run: Run) -> None:
    """Compute what every list shows of a run, so that a damaged one is noticed here and nowhere else."""
    for name, kinds in _KINDS.items():
        if not isinstance(getattr(run, name), kinds):
            raise TypeError(f"its {name} is {str(getattr(run, name))[:40]!r}")
    words: tuple[Any, ...] = (*run.keys, *run.tags)
    if not all(isinstance(word, str) for word in words) or not isinstance(run.environment, dict):
        raise TypeError("its keys, tags or environment are damaged")
    if run.stored_state not in STATES:
        raise ValueError(f"its state is {run.stored_state[:40]!r}")
    times = [seconds for seconds in (run.created, run.started, run.ended) if seconds is not None]
    if not all(0 <= seconds < LATEST for seconds in times) or len(run.mine) > 2**40:
        raise ValueError("its times or its number of shards are impossible")
    str(run.label_note)
    str(run.state)


def _kinds_of(kind: Any) -> tuple[type, ...]:
    """Return the plain types that a field may hold; () if it holds another kind of value."""
    kinds = tuple(item for item in (get_args(kind) or (kind,)) if isinstance(item, type))
    plain = tuple(item for item in kinds if item in {str, int, float, NoneType})
    return (*plain, int) if float in plain else plain


_KINDS = {
    fact.name: kinds
    for fact in fields(Run)
    if get_origin(fact.type) in {None, UnionType} and (kinds := _kinds_of(fact.type))
}
"""The plain types that a field of a run may hold; a file that somebody has damaged may hold others."""
