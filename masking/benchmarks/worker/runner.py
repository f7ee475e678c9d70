"""Computes a run: waits for its device, computes open shards, keeps each at once, and says how it ended."""

import errno
import signal
import sqlite3
import time
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import filelock

from masking.benchmarks.engines import ENGINES
from masking.benchmarks.specification.loaded_spec import LoadedSpec, load_spec
from masking.benchmarks.storage.run import BUSY, CANCELLED, CANCELLING, FAILED, FINISHED, QUEUED, RUNNING, Run, myself
from masking.benchmarks.storage.schema import FULL
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.heartbeat import Cancelled, Heartbeat
from masking.registry.parsing import parse_entry
from masking.runtime.device import pick_device

WAIT_SECONDS = 0.3
Tell = Callable[[str, Run], None]
"""Called with what happened ("queued", "running", "shard", "finished" …) and the run as it is now."""


def _nothing(event: str, run: Run) -> None:
    del event, run


def work_on(store: Store, run_id: str, tell: Tell = _nothing) -> Run:
    """Compute what is open of a run, in this process; the run as it was left: finished, cancelled or failed.

    A run that is queued begins; one that was cancelled, failed or lost its worker goes on where it was.

    Raises:
        ValueError: it is finished, or another worker is on it.
    """
    run = store.run(run_id)
    if run.stored_state == CANCELLING and (run.host, run.pid, run.pid_started) == myself():
        store.change(run.id, CANCELLED, (CANCELLING,))  # while this process was getting ready
        tell(CANCELLED, store.run(run.id))
        return store.run(run.id)
    if not store.claim(run.id, QUEUED, (QUEUED, CANCELLED, FAILED), dead=True):
        run = store.run(run.id)
        reason = "finished" if run.stored_state == FINISHED else f"being computed by process {run.pid} on {run.host}"
        raise ValueError(f"run {run.id} is {reason}; there is nothing to resume")
    tell(QUEUED, store.run(run.id))
    end, error = FAILED, ""
    with Heartbeat(store.folder, run.id) as pulse, _interruptible():
        try:
            device = str(pick_device(run.spec.device))
            with _turn(store, run, device, pulse):
                _compute(store, run, device, pulse, tell)
            end = FINISHED
        except (Cancelled, KeyboardInterrupt):
            end = CANCELLED
        except Exception as wrong:
            error = _told(wrong)
    with suppress(
        sqlite3.OperationalError, ValueError
    ):  # a full disk may have no room for it: the store knows a dead worker
        store.change(run.id, end, BUSY, error)
    found = replace(store.run(run.id), stored_state=end, error=error)
    tell(end, found)
    return found


def _compute(store: Store, run: Run, device: str, pulse: Heartbeat, tell: Tell) -> None:
    if not store.claim(run.id, RUNNING, (QUEUED,)):
        raise Cancelled
    pulse.report_forward_passes()
    work = load_spec(run.spec, device)
    _same(run, work)
    environment: Any = {**work.environment, "engine": run.engine}
    store.write(run.id, device=device, images=len(work.chosen), shards=work.shards, environment=environment)
    run = store.run(run.id)
    tell(RUNNING, run)
    ready = store.committed(run.id)
    engine = parse_entry(ENGINES, run.engine)
    for result in engine.results(
        work, [shard for shard in run.mine if shard not in ready], pulse.report_forward_passes
    ):
        store.commit(run, result.shard, result.rows, result.seconds, result.forwards, result.images)
        pulse.report_shard()
        tell("shard", store.run(run.id))
    if run.part == "1/1" and not store.has_rows(run.id):
        name = run.spec.classifier.name
        raise ValueError(f"none of the {run.images} images can be measured; choose data whose classes {name} knows")


def _same(run: Run, work: LoadedSpec) -> None:
    """Rows of one run must not come from two networks, or from two versions of a plugin."""
    facts = work.environment
    told = {"weights": f"the weights of {work.classifier.name}", "plugins": "the plugins"}
    for fact, what in (told | {name: f"the weights of the {name}" for name in work.experiment.facts()}).items():
        if run.environment.get(fact, facts[fact]) != facts[fact]:
            raise ValueError(f"{what} have changed since run {run.id} began; start a new run")


@contextmanager
def _turn(store: Store, run: Run, device: str, pulse: Heartbeat) -> Generator[None, None, None]:
    """Waits until the device is free and no older run waits for it. The system frees it when its holder dies."""
    store.write(run.id, device=device)
    lock = filelock.FileLock(store.folder / f"device-{device.replace(':', '-')}.lock", thread_local=False)
    while True:
        pulse.report_forward_passes()
        older = [
            one
            for one in store.runs()
            if one.stored_state == QUEUED and one.device == device and one.alive and one.created < run.created
        ]
        if not older:
            try:
                lock.acquire(timeout=0)
                break
            except filelock.Timeout:
                pass
        time.sleep(WAIT_SECONDS)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _interruptible() -> Generator[None, None, None]:
    """A polite end (SIGTERM) is a cancel, as Ctrl-C is; only the main thread can listen to it."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _told(wrong: Exception) -> str:
    """One sentence; what nobody foresaw leaves its traceback in the log."""
    sentence = str(wrong.args[-1]) if wrong.args else ""
    if isinstance(wrong, ValueError | KeyError) and " " in sentence:
        return sentence
    full = isinstance(wrong, sqlite3.OperationalError) and "full" in sentence
    if full or (isinstance(wrong, OSError) and wrong.errno == errno.ENOSPC):
        return FULL
    if isinstance(wrong, OSError | sqlite3.OperationalError):
        return (
            f"{getattr(wrong, 'filename', None) or 'the store'} cannot be used ({wrong}); mend that and resume the run"
        )
    traceback.print_exc()
    return f"{type(wrong).__name__}: {wrong}"
