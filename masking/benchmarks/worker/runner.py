"""Compute a run: wait for its device, compute the open shards, store each at once, and report how it ended."""

import errno
import math
import signal
import sqlite3
import time
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import filelock

from masking.benchmarks.engines import ENGINES
from masking.benchmarks.protocol.row_equality import FACT, KIND, PROCESSORS, kind_of
from masking.benchmarks.specification.loaded_spec import LoadedSpec, load_spec
from masking.benchmarks.storage.connection import full_sentence
from masking.benchmarks.storage.listings import describe_change, keep_listing
from masking.benchmarks.storage.process_identity import myself
from masking.benchmarks.storage.run import (
    BUSY,
    CANCELLED,
    FAILED,
    FINISHED,
    INCOMPLETE,
    QUEUED,
    RUNNING,
    Run,
)
from masking.benchmarks.storage.store import FILE, Store
from masking.benchmarks.worker.heartbeat import Heartbeat, RunCancelled
from masking.benchmarks.worker.run_time import within_time
from masking.methods.method import METHOD_STATES
from masking.models.own_network import is_own_network
from masking.registry.parsing import parse_entry
from masking.runtime.device import pick_device
from masking.runtime.settings import load_settings
from masking.runtime.threads import computing_threads, processor_facts

WAIT_SECONDS = 0.3
OnEvent = Callable[[str, Run], None]
"""A function that gets the name of an event ("queued", "running", "shard", "finished" …) and the run afterwards."""


def _ignore(event: str, run: Run) -> None:
    del event, run


def work_on(store: Store, run_id: str, on_event: OnEvent = _ignore) -> Run:
    """Compute the open shards of a run in this process, and return the run: finished, cancelled or failed.

    A queued run begins. A run that was cancelled, failed, lost its worker or lacks parts continues where it stopped.

    While another process holds the file of the store, the computation waits for it.

    Raises:
        ValueError: the run is finished, or another worker computes it.
    """
    with _wait_for_ever(store):
        return _work_on(store, run_id, on_event)


@contextmanager
def _wait_for_ever(store: Store) -> Generator[None, None, None]:
    """Let statements wait for a store that is locked, instead of giving up what was computed."""
    patience, store.patience = store.patience, math.inf
    try:
        yield
    finally:
        store.patience = patience


def _work_on(store: Store, run_id: str, on_event: OnEvent) -> Run:
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
            device = run.device if launched and run.device else str(pick_device(run.spec.device))
            with _hold_device(store, run, device, heartbeat):
                _compute(store, run, device, heartbeat, on_event)
            end = FINISHED
        except (RunCancelled, KeyboardInterrupt):
            end = CANCELLED
        except Exception as wrong:
            error = _describe(wrong, store)
    with suppress(sqlite3.Error, ValueError):  # a full disk: the run counts as interrupted then
        if _is_mine(store.run(run.id)):  # after a cancel while it waited, it may have been resumed elsewhere
            store.change(run.id, end, BUSY, error)
    ended = replace(_last_known(store, run), stored_state=end, error=error)
    on_event(end, ended)
    return ended


def _last_known(store: Store, run: Run) -> Run:
    """Return the run as the store has it now, or, if that cannot be read any more, as it was."""
    try:
        return store.run(run.id)
    except (sqlite3.Error, ValueError, KeyError):
        return run


def _is_mine(run: Run) -> bool:
    """Return whether this process is the run's worker."""
    return run.worker is not None and run.worker.is_same(myself())


def _compute(store: Store, run: Run, device: str, heartbeat: Heartbeat, on_event: OnEvent) -> None:
    if not store.claim(run.id, RUNNING, (QUEUED,)):
        raise RunCancelled
    heartbeat.report_forward_passes()
    loaded = load_spec(run.spec, device)
    heartbeat.report_forward_passes()
    keep_listing(store.folder, loaded.image_source.listing)
    _check_unchanged(store, run, loaded)
    engine = parse_entry(ENGINES, run.engine)
    environment: Any = {**loaded.environment, "engine": run.engine, **_digest_facts(run, engine.threads)}
    store.write(run.id, device=device, images=len(loaded.indices), shards=loaded.shards, environment=environment)
    run = store.run(run.id)
    on_event(RUNNING, run)
    committed = store.committed(run.id)
    open_shards = [shard for shard in run.mine if shard not in committed]
    with computing_threads(engine.threads):
        for result in engine.results(loaded, open_shards, within_time(run, heartbeat.report_forward_passes)):
            store.commit(run, result.shard, result.rows, result.seconds, result.forwards, result.images)
            heartbeat.report_shard()
            on_event("shard", store.run(run.id))
    if run.part == "1/1" and not store.has_rows(run.id):
        name = run.spec.classifier.name
        raise ValueError(f"none of the {run.images} images can be measured; choose data whose classes {name} knows")


def _digest_facts(run: Run, threads: int) -> dict[str, Any]:
    """Return the facts that limit what the digest of a run's rows says.

    A run that goes on keeps the processors that computed its earlier shards. If an earlier program computed these, its
    digest stays of their kind.
    """
    before = run.environment.get(PROCESSORS, []) if run.done else []
    here = processor_facts() | {"threads": threads}
    kind = kind_of(run.environment) if run.done else KIND
    return {PROCESSORS: [*before, here] if here not in before else before, FACT: kind}


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
    words[METHOD_STATES] = "the calibrations of its masking methods"
    for fact, subject in words.items():
        now = facts.get(fact)
        if run.environment.get(fact, now) != now:
            raise ValueError(f"{subject} have changed since run {run.id} began; start a new run")
    if change := describe_change(run.environment, facts, store.folder):
        raise ValueError(f"the pictures have changed since run {run.id} began ({change}); start a new run")


@contextmanager
def _hold_device(store: Store, run: Run, device: str, heartbeat: Heartbeat) -> Generator[None, None, None]:
    """Wait until the device is free and no older run waits for it; the system frees it when its holder dies.

    A run from the queue seldom waits here, because it starts when its device is free.
    """
    store.write(run.id, device=device)
    locks = [filelock.FileLock(path, thread_local=False) for path in _lock_files(store, device)]
    while True:
        heartbeat.report_forward_passes()
        older = [
            other
            for other in store.runs()
            if other.stored_state == QUEUED and other.device == device and other.alive and other.created < run.created
        ]
        if not older and (lock := next(filter(_is_acquired, locks), None)) is not None:
            break
        time.sleep(WAIT_SECONDS)
    try:
        yield
    finally:
        lock.release()


def _lock_files(store: Store, device: str) -> list[Path]:
    """Return a file for each run that the device computes at once."""
    name = f"device-{device.replace(':', '-')}"
    numbers = range(load_settings().limits.workers)
    return [store.folder / (f"{name}-{number + 1}.lock" if number else f"{name}.lock") for number in numbers]


def _is_acquired(lock: filelock.BaseFileLock) -> bool:
    """Acquire a lock if it is free; return whether it was."""
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return False
    return True


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


def _describe(wrong: Exception, store: Store) -> str:
    """Return an error as one sentence; an unforeseen one also leaves its traceback in the log."""
    sentence = str(wrong.args[-1]) if wrong.args else ""
    if isinstance(wrong, ValueError | KeyError) and " " in sentence:
        return sentence
    full = isinstance(wrong, sqlite3.OperationalError) and "full" in sentence
    if full or (isinstance(wrong, OSError) and wrong.errno == errno.ENOSPC):
        return full_sentence(getattr(wrong, "filename", None) or store.folder / FILE)
    if isinstance(wrong, OSError):
        return f"{wrong.filename or 'a file'} cannot be used ({wrong.strerror or wrong}); fix that and resume the run"
    traceback.print_exc()
    return f"{type(wrong).__name__}: {wrong}"
