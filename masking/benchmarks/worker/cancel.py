"""Stop a run, and its process if that has not begun."""

from contextlib import suppress

import psutil

from masking.benchmarks.storage.process_identity import HERE, identify
from masking.benchmarks.storage.store import Store


def cancel(store: Store, name: str) -> None:
    """Ask a run to stop after its current batch; one that waits, or has no living worker, stops at once.

    A worker that is still getting ready is ended, so that those who start and cancel runs leave no processes behind.

    Raises:
        ValueError: the run has already ended.
        KeyError: there is no such run.
    """
    run = store.run(name)
    store.cancel(run.id)
    if run.pid is not None and run.heartbeat is None and run.host == HERE:
        with suppress(psutil.NoSuchProcess):
            if run.worker is not None and run.worker.is_same(identify(run.pid)):
                psutil.Process(run.pid).terminate()
