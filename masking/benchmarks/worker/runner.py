"""Compute a run: wait for its device, compute the open shards, store each at once, and report how it ended."""

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
from masking.benchmarks.storage.listings import describe_change, keep_listing
from masking.benchmarks.storage.run import (
    BUSY,
    CANCELLED,
    FAILED,
    FINISHED,
    INCOMPLETE,
    QUEUED,
    RUNNING,
    Run,
    myself,
)
from masking.benchmarks.storage.schema import FULL
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.heartbeat import Heartbeat, RunCancelled
from masking.models.own_network import is_own_network
from masking.registry.parsing import parse_entry
from masking.runtime.device import pick_device

WAIT_SECONDS = 0.3
OnEvent = Callable[[str, Run], None]
"""A function that gets the name of an event ("queued", "running", "shard", "finished" …) and the run afterwards."""


def _ignore(event: str, run: Run) -> None:
    del event, run


def work_on(store: Store, run_id: str, on_event: OnEvent = _ignore) -> Run:
    """Compute the open shards of a run in this process, and return the run: finished, cancelled or failed.

    A queued run begins. A run that was cancelled, failed, lost its worker or lacks parts continues where it stopped.

    Raises:
        ValueError: the run is finished, or another worker computes it.
    """
    run = store.run(run_id)
    launched = _is_mine(run) and run.heartbeat is None
    if not store.claim(run.id, QUEUED, (QUEUED,) if launched else (QUEUED, CANCELLED, INCOMPLETE, FAILED), dead=True):
        run = store.run(run.id)
        if launched and run.stored_state == CANCELLED:  # while this process was getting ready
            on_event(CANCELLED, run)
            return run
        reason = "finished" if run.stored_state == FINISHED else f"being computed by process {run.pid} on {run.host}"
        raise ValueError(f"run {run.id} is {reason}; there is nothing to resume")
    on_event(QUEUED, store.run(run.id))
    end, error = FAILED, ""
    with Heartbeat(store.folder, run.id) as heartbeat, _cancel_on_sigterm():
        try:
            device = str(pick_device(run.spec.device))
            with _hold_device(store, run, device, heartbeat):
                _compute(store, run, device, heartbeat, on_event)
            end = FINISHED
        except (RunCancelled, KeyboardInterrupt):
            end = CANCELLED
        except Exception as wrong:
            error = _describe(wrong)
    with suppress(sqlite3.OperationalError, ValueError):  # a full disk: the run counts as interrupted then
        if _is_mine(store.run(run.id)):  # after a cancel while it waited, it may have been resumed elsewhere
            store.change(run.id, end, BUSY, error)
    ended = replace(store.run(run.id), stored_state=end, error=error)
    on_event(end, ended)
    return ended


def _is_mine(run: Run) -> bool:
    """Return whether this process is the run's worker."""
    return (run.host, run.pid, run.pid_started) == myself()


def _compute(store: Store, run: Run, device: str, heartbeat: Heartbeat, on_event: OnEvent) -> None:
    if not store.claim(run.id, RUNNING, (QUEUED,)):
        raise RunCancelled
    heartbeat.report_forward_passes()
    loaded = load_spec(run.spec, device)
    heartbeat.report_forward_passes()
    keep_listing(store.folder, loaded.image_source.listing)
    _check_unchanged(store, run, loaded)
    environment: Any = {**loaded.environment, "engine": run.engine}
    store.write(run.id, device=device, images=len(loaded.indices), shards=loaded.shards, environment=environment)
    run = store.run(run.id)
    on_event(RUNNING, run)
    committed = store.committed(run.id)
    open_shards = [shard for shard in run.mine if shard not in committed]
    engine = parse_entry(ENGINES, run.engine)
    for result in engine.results(loaded, open_shards, heartbeat.report_forward_passes):
        store.commit(run, result.shard, result.rows, result.seconds, result.forwards, result.images)
        heartbeat.report_shard()
        on_event("shard", store.run(run.id))
    if run.part == "1/1" and not store.has_rows(run.id):
        name = run.spec.classifier.name
        raise ValueError(f"none of the {run.images} images can be measured; choose data whose classes {name} knows")


def _check_unchanged(store: Store, run: Run, loaded: LoadedSpec) -> None:
    """Raise ValueError if the rows of one run would come from two networks, data sets or versions of a plugin."""
    facts = loaded.environment
    name = loaded.classifier.name
    tensors = "weights or the code" if is_own_network(name) else "weights"
    words = {
        "weights": f"the {tensors} of {name}",
        "categories": f"the class names of {name}",
        "plugins": "the plugins",
    }
    words |= {name: f"the weights of the {name}" for name in loaded.experiment.facts()}
    for fact, subject in words.items():
        if run.environment.get(fact, facts[fact]) != facts[fact]:
            raise ValueError(f"{subject} have changed since run {run.id} began; start a new run")
    if change := describe_change(run.environment, facts, store.folder):
        raise ValueError(f"the pictures have changed since run {run.id} began ({change}); start a new run")


@contextmanager
def _hold_device(store: Store, run: Run, device: str, heartbeat: Heartbeat) -> Generator[None, None, None]:
    """Wait until the device is free and no older run waits for it; the system frees it when its holder dies."""
    store.write(run.id, device=device)
    lock = filelock.FileLock(store.folder / f"device-{device.replace(':', '-')}.lock", thread_local=False)
    while True:
        heartbeat.report_forward_passes()
        older = [
            other
            for other in store.runs()
            if other.stored_state == QUEUED and other.device == device and other.alive and other.created < run.created
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
def _cancel_on_sigterm() -> Generator[None, None, None]:
    """Treat SIGTERM as a cancel, like Ctrl-C; only the main thread can listen to it."""

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


def _describe(wrong: Exception) -> str:
    """Return an error as one sentence; an unforeseen one also leaves its traceback in the log."""
    sentence = str(wrong.args[-1]) if wrong.args else ""
    if isinstance(wrong, ValueError | KeyError) and " " in sentence:
        return sentence
    full = isinstance(wrong, sqlite3.OperationalError) and "full" in sentence
    if full or (isinstance(wrong, OSError) and wrong.errno == errno.ENOSPC):
        return FULL
    if isinstance(wrong, OSError | sqlite3.OperationalError):
        return (
            f"{getattr(wrong, 'filename', None) or 'the store'} cannot be used ({wrong}); fix that and resume the run"
        )
    traceback.print_exc()
    return f"{type(wrong).__name__}: {wrong}"
