"""How long a run in the queue still waits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from masking.benchmarks.storage.queue_table import TURN
from masking.benchmarks.storage.run import BUSY, FINISHED, HERE, RUNNING, Run
from masking.benchmarks.storage.store import Store

LATEST = 5
"""A run is expected to take as long as the median of so many earlier ones like it, for each image."""


@dataclass(frozen=True)
class Turn:
    """A position in a queue, 1 for the run that starts next, and the seconds until then; None where nobody knows."""

    position: int
    seconds: float | None


def find_turn(store: Store, run: Run, workers: int) -> Turn | None:
    """Return when a run has its turn; None if it does not wait.

    The time is that of the runs which are computed now, and of earlier runs like those that wait ahead of it. If any of
    them is of a kind that this store does not know, there is none.

    Args:
        store: has the run.
        run: the run.
        workers: how many runs its device computes at once.
    """
    order = [entry.run for entry in store.queue.line(run.device)]
    if run.id not in order:
        return None
    runs = {other.id: other for other in store.runs()}
    busy = [
        store.run(other.id).seconds_left
        for other in runs.values()
        if other.stored_state in BUSY and other.device == run.device and other.host == HERE and other.alive
    ]
    ahead = order[: order.index(run.id)]
    expected = [_expect(store, runs[name], runs.values()) if name in runs else None for name in ahead]
    return Turn(len(ahead) + 1, _simulate(busy, expected, workers))


def _simulate(busy: Sequence[float | None], ahead: Sequence[float | None], workers: int) -> float | None:
    """Return the seconds until one more run starts, if each free worker takes the next one."""
    if None in busy or None in ahead:
        return None
    free = sorted([seconds for seconds in busy if seconds is not None] + [0.0] * (workers - len(busy)))
    free = free[max(0, len(busy) - workers) :]  # more are computed than a queue would start
    for seconds in ahead:
        free = sorted([free[0] + (seconds or 0.0), *free[1:]])
    return free[0]


def _expect(store: Store, run: Run, others: Iterable[Run]) -> float | None:
    """Return the seconds that a run will take, from finished runs of the same experiment, settings and classifier."""
    kind = _kind(run)
    like = [other for other in others if other.stored_state == FINISHED and other.done_images and _kind(other) == kind]
    like.sort(key=lambda other: other.created)
    paces = [_seconds_taken(store, other) / other.done_images for other in like[-LATEST:]]
    return median(paces) * (run.spec.count - run.done_images) if paces else None


def _seconds_taken(store: Store, run: Run) -> float:
    """Return the seconds that a finished run took with its loading; without it where the run was interrupted."""
    events = store.events(run.id)
    starts = [at for at, kind, _ in events if kind == RUNNING]
    turns = [at for at, _, text in events if text == TURN]
    begin = turns[-1] if turns else run.started
    if len(starts) != 1 or begin is None or run.ended is None:
        return run.seconds
    return max(run.seconds, run.ended - begin)


def _kind(run: Run) -> tuple[str, str, str, str, str]:
    spec = run.spec
    return spec.experiment, repr(sorted(spec.settings.items())), spec.classifier.name, spec.data.source, run.device
