"""A worker that waits for a run with all libraries imported, because imports take longer than most first shards."""

import importlib
import json
import os
import select
import subprocess
import sys
import threading
from pathlib import Path
from typing import NamedTuple

from masking.benchmarks.worker.environment import worker_environment
from masking.runtime.run_folder import VARIABLE

PATIENCE_SECONDS = 600.0
"""A worker without an order ends after this time; the next run then starts its own worker."""

WARM_UP = {"experiment": "patch_removal", "count": 1, "device": "cpu"}


class Order(NamedTuple):
    """An order to a warm worker: a run, the folder of its store, and the path of its log."""

    run: str
    folder: str
    log: str


class WarmWorker:
    """At most one waiting worker process. Several threads may use it."""

    def __init__(self) -> None:
        self._waiting: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def warm(self) -> None:
        """Start a worker unless one is waiting already."""
        with self._lock:
            if self._waiting is not None and self._waiting.poll() is not None and self._waiting.stdin is not None:
                self._waiting.stdin.close()
                self._waiting = None
            if self._waiting is None:
                self._waiting = subprocess.Popen(
                    [sys.executable, "-m", "masking", "bench", "wait"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=worker_environment(),
                    start_new_session=True,
                )

    def take(self, order: Order) -> subprocess.Popen[bytes] | None:
        """Give the order to the waiting worker and return its process; None if there is none, or it has just ended."""
        with self._lock:
            worker, self._waiting = self._waiting, None
        if worker is None or worker.stdin is None:
            return None
        try:
            with worker.stdin as line:
                line.write(json.dumps(order).encode() + b"\n")
        except BrokenPipeError:
            return None  # it has ended in the meantime
        return worker


def wait_for_order(patience: float = PATIENCE_SECONDS) -> Order | None:
    """Import what any run needs, compute one image, then wait for an order on standard input; runs in the worker.

    The first image takes ten times as long as later ones. It is computed on the CPU, so that no GPU is occupied. After
    an order, the process uses the order's store and log.

    Args:
        patience: seconds to wait for an order.

    Returns:
        The order, or None if none came in time or the process that started the worker has ended.
    """
    from masking.benchmarks.specification.loaded_spec import load_spec
    from masking.benchmarks.specification.spec import spec_from

    importlib.import_module("masking.benchmarks.worker.runner")
    load_spec(spec_from(WARM_UP)).compute(0, lambda _: None)
    ready, _, _ = select.select([sys.stdin.fileno()], [], [], patience)
    line = sys.stdin.readline() if ready else ""
    if not line:
        return None
    order = Order(*json.loads(line))
    os.environ[VARIABLE] = order.folder
    with Path(order.log).open("ab") as log:
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())
    return order
