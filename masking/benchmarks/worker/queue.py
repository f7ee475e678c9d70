"""Start the runs whose turn it is: a run that waits has no process, so waiting costs no memory.

Whoever sees a free device may call `start_next`: the worker that ends, the dashboard, and the command line. If several
do so at once, one of them starts the run.
"""

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from masking.benchmarks.specification.spec import Spec
from masking.benchmarks.storage.process_identity import ProcessIdentity, identify
from masking.benchmarks.storage.store import FILE, Store
from masking.benchmarks.worker.environment import worker_environment
from masking.benchmarks.worker.post_mortem import watch_exit
from masking.benchmarks.worker.warm_worker import Order, WarmWorker
from masking.runtime.device import devices, pick_device
from masking.runtime.limits import Limits
from masking.runtime.settings import load_settings

WATCH_SECONDS = 2.0
PATIENCE_SECONDS = 1.0


def device_for(store: Store, spec: Spec) -> str:
    """Return the device on whose queue a run waits; of several GPUs, the one with the fewest runs.

    A device that this machine does not have is returned as it is, and the worker says so.
    """
    try:
        device = str(pick_device(spec.device))
    except ValueError:
        return spec.device
    gpus = [gpu.name for gpu in devices() if gpu.name.startswith("cuda")]
    if spec.device != "auto" or len(gpus) < 2:
        return device
    runs = Counter(entry.device for entry in store.queue.entries() if entry.waits or entry.occupies)
    return min([device, *gpus], key=lambda name: runs[name])


def start_next(store: Store, warm_worker: WarmWorker | None = None, limits: Limits | None = None) -> list[str]:
    """Start every run whose turn it is and whose device is free; return their ids.

    Args:
        store: has the queues.
        warm_worker: is ready sooner than a new process, and takes the first of them.
        limits: say how many runs a device computes at once; None: those of the settings.

    Raises:
        ValueError: the store or the settings cannot be used.
        OSError: no process can be started; the runs wait as before.
    """
    if not store.queue.has_waiting():
        return []
    workers = (limits or load_settings().limits).workers
    _name_devices(store)
    (store.folder / "logs").mkdir(exist_ok=True)

    def start(run: str) -> ProcessIdentity:
        return _start_worker(Order(run, str(store.folder.resolve()), str(store.log_file(run).resolve())), warm_worker)

    started: list[str] = []
    while (run := store.queue.start_next(workers, start)) is not None:
        started.append(run)
    return started


@contextmanager
def then_start_next(store: Store) -> Generator[None, None, None]:
    """Start the runs that waited for what the block does; that one of them cannot start is no fault of the block."""
    try:
        yield
    finally:
        try:
            start_next(store)
        except (ValueError, OSError) as error:
            sys.stderr.write(f"the runs in the queue cannot be started: {error}\n")


def _name_devices(store: Store) -> None:
    """Let the runs that an older version of this program left waiting join the queue of a device."""
    if any(not entry.device for entry in store.queue.line()):
        for run in store.runs():
            if run.waits and not run.device:
                store.write(run.id, device=device_for(store, run.spec))


def _start_worker(order: Order, warm_worker: WarmWorker | None) -> ProcessIdentity:
    """Start the worker of a run, `missingness bench resume ID`, in a session of its own, which outlives the server.

    It is the run's worker from now on, although it takes seconds to get ready. So the run counts as interrupted if the
    process dies early. No heartbeat says that it has not begun.
    """
    worker = (warm_worker.take(order) if warm_worker else None) or _open_process(order)
    identity = identify(worker.pid)
    threading.Thread(target=watch_exit, args=(worker, Path(order.log)), daemon=True).start()  # or it stays as a zombie
    return identity


def _open_process(order: Order) -> subprocess.Popen[bytes]:
    with Path(order.log).open("ab") as file:
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "masking", "bench", "resume", order.run, "--json"],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=worker_environment(Path(order.folder)),
            start_new_session=True,
        )


class QueueWatch:
    """A thread of the dashboard that starts waiting runs, also after a worker that could not start its successor."""

    def __init__(self, folder: Path, warm_worker: WarmWorker):
        self._folder, self._warm_worker = folder, warm_worker
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="queue", daemon=True)

    def start(self) -> None:
        """Watch until `close`."""
        self._thread.start()

    def close(self) -> None:
        """Stop watching."""
        self._closed.set()

    def _watch(self) -> None:
        while not self._closed.wait(WATCH_SECONDS):
            with suppress(ValueError, KeyError, OSError):  # the page says what is wrong with the store
                if (self._folder / FILE).exists():
                    with Store(self._folder, PATIENCE_SECONDS, create=False) as store:
                        start_next(store, self._warm_worker)
