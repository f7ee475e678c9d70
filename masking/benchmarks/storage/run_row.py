"""A row of the table of runs as a run."""

import json
import sqlite3
from dataclasses import fields
from typing import Any

from masking.benchmarks.specification.plugins import Known
from masking.benchmarks.specification.spec import stored_spec
from masking.benchmarks.storage.run import Run

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
    """Compute what every list shows of a run, so that a damaged one is found here and nowhere else."""
    times = [seconds for seconds in (run.created, run.started, run.ended) if seconds is not None]
    if not all(0 <= seconds < LATEST for seconds in times) or len(run.mine) > 2**40:
        raise ValueError("its times or its number of shards are impossible")
    str(run.label_note)
