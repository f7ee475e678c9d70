"""The digest of a run's rows, and in words what it covers."""

from collections.abc import Sequence

from masking.benchmarks.protocol.experiment import Row
from masking.benchmarks.protocol.row_equality import (
    KIND,
    OLD_KIND,
    PROCESSORS,
    compare_rows,
    discrete_columns,
    kind_of,
    rows_digest,
)
from masking.benchmarks.storage.run import Run


def digest_of_run(run: Run, rows: Sequence[Row]) -> str:
    """Return the sha256 (hex) of the rows of a run, of the kind that its program gave it."""
    return rows_digest(rows, run.keys, kind_of(run.environment))


def digest_scope(run: Run, rows: Sequence[Row]) -> str:
    """Return in a sentence what the digest of a run covers, and on what the run was computed."""
    if kind_of(run.environment) < KIND:
        return OLD_KIND[0].upper() + OLD_KIND[1:] + "."
    columns = discrete_columns(rows, run.keys)
    results = [name for name in columns if name not in {"image", *run.keys}]
    covers = f"the columns {', '.join(columns)}" if results else "the images and conditions only"
    processors = run.environment.get(PROCESSORS)
    facts = [each for each in processors if isinstance(each, dict)] if isinstance(processors, list) else []
    words = [f"{str(each.get('threads'))[:9]} threads, {str(each.get('cpu_capability'))[:20]}" for each in facts]
    computed = f" (here: {'; '.join(words[:9])})" if words else ""
    return f"It covers {covers}; the last digits of other numbers depend on the processor and its threads{computed}."


def compare_repetitions(runs: Sequence[Run], rows: Sequence[Sequence[Row]]) -> list[str]:
    """Return sentences on whether runs have the same rows as the first: those of its spec, and those of another kind.

    Args:
        runs: two or more runs of one experiment.
        rows: the rows of each.
    """
    sentences: list[str] = []
    first, first_rows = runs[0], rows[0]
    for run, run_rows in zip(runs[1:], rows[1:], strict=True):
        if kind_of(run.environment) != kind_of(first.environment):
            old, new = sorted((first, run), key=lambda run: kind_of(run.environment))
            kind = OLD_KIND.partition(" ")[2]
            sentences.append(
                f"An earlier program than that of {new.id} computed {old.id}, so its digest {kind}; small differences "
                "can come from that."
            )
        if run.digest == first.digest:
            sentences.append(f"{first.id} and {run.id}: {compare_rows(first_rows, run_rows, first.keys).sentence}")
    return sentences
