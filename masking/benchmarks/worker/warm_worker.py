"""A worker that waits for a run with all libraries read, which takes longer than the first shard of most runs."""

import importlib
import json
import os
import select
import subprocess
import sys
import threading
from pathlib import Path
from typing import NamedTuple

from masking.benchmarks.storage.store import VARIABLE
from masking.benchmarks.worker.environment import environment

PATIENCE_SECONDS = 600.0
"""A worker that nobody needs ends after this; the next run then starts one of its own."""

TRIED = {"experiment": "patch_removal", "count": 1, "device": "cpu"}


class Order(NamedTuple):
    """What a spare worker is told: which run of which store, and where to write what it says."""

    run: str
    folder: str
    log: str


class WarmWorker:
    """At most one waiting worker. Safe to use from several threads."""

    def __init__(self) -> None:
        self._waiting: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def warm(self) -> None:
        """See to it that a worker is waiting, or getting ready to."""
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
                    env=environment(),
                    start_new_session=True,
                )

    def take(self, order: Order) -> subprocess.Popen[bytes] | None:
        """The waiting worker with its order given; None where there is none, or it has just ended."""
        with self._lock:
            worker, self._waiting = self._waiting, None
        if worker is None or worker.stdin is None:
            return None
        try:
            with worker.stdin as line:
                line.write(json.dumps(order).encode() + b"\n")
        except BrokenPipeError:
            return None  # it has ended meanwhile
        return worker

    def dismiss(self) -> None:
        """Send the waiting worker home."""
        with self._lock:
            if self._waiting is not None and self._waiting.stdin is not None:
                self._waiting.stdin.close()
                self._waiting.wait()
            self._waiting = None


def awaited(patience: float = PATIENCE_SECONDS) -> Order | None:
    """In the worker: read what any run needs, try one picture, then wait for an order on standard input.

    The first picture takes ten times as long as those after it. It is tried on the CPU, so that no GPU is held.

    From then on the process works in the order's store and writes to its log. None when nobody needs it any more.
    """
    from masking.benchmarks.specification.loaded_spec import load_spec
    from masking.benchmarks.specification.spec import spec_from

    importlib.import_module("masking.benchmarks.worker.runner")
    load_spec(spec_from(TRIED)).compute(0, lambda _: None)
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
