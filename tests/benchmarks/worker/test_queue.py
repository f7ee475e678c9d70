"""Runs in the queue start one after the other in processes of their own."""

import os
import signal
import subprocess
import sys

import pytest

from masking.benchmarks.specification.spec import spec_from
from masking.benchmarks.storage.process_identity import identify
from masking.benchmarks.storage.run import CANCELLED
from masking.benchmarks.worker import queue
from masking.benchmarks.worker.cancel import cancel
from masking.benchmarks.worker.queue import QueueWatch, device_for, start_next
from masking.benchmarks.worker.warm_worker import WarmWorker
from masking.runtime.limits import read_limits
from tests.benchmarks.worker.small_run import SMALL
from tests.waiting import until


@pytest.fixture
def sleeper(monkeypatch):
    """Processes that do nothing stand in for the workers; their ids by run."""
    processes = {}

    def open_process(order):
        processes[order.run] = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(1e6)"])
        return processes[order.run]

    monkeypatch.setattr(queue, "_open_process", open_process)
    yield processes
    for process in processes.values():
        process.kill()
        process.wait()


def test_so_many_processes_as_the_settings_say(store, spec, sleeper):
    for _ in range(5):
        store.add(spec(), device="cpu", limits=read_limits())
    assert len(start_next(store, None, read_limits({"workers": 2}))) == 2
    assert start_next(store, None, read_limits({"workers": 2})) == []
    assert len(sleeper) == 2


def test_a_worker_that_is_not_ready_ends_with_its_run(store, spec, sleeper):
    """Whoever starts and cancels runs leaves no processes behind."""
    run = store.add(spec(), device="cpu", limits=read_limits()).id
    start_next(store)
    cancel(store, run)
    assert store.run(run).state == CANCELLED
    until(lambda: sleeper[run].poll() is not None)


def test_a_worker_that_has_begun_is_asked_and_not_ended(store, spec, sleeper):
    run = store.add(spec(), device="cpu", limits=read_limits()).id
    start_next(store)
    store.write(run, heartbeat=1.0)
    cancel(store, run)
    assert store.run(run).state == CANCELLED, "it was still queued"
    assert sleeper[run].poll() is None


def test_another_process_with_that_number_is_left_alone(store, spec, sleeper):
    run = store.add(spec(), device="cpu", limits=read_limits()).id
    start_next(store)
    store.write(run, ticks=1, pid_started=1.0)
    cancel(store, run)
    assert sleeper[run].poll() is None


def test_the_dashboard_starts_the_next_run_after_a_worker_was_killed(store, spec, sleeper, monkeypatch):
    monkeypatch.setattr(queue, "WATCH_SECONDS", 0.02)
    first, second = (store.add(spec(), device="cpu", limits=read_limits()).id for _ in range(2))
    watch = QueueWatch(store.folder, WarmWorker())
    watch.start()
    until(lambda: first in sleeper)
    assert store.run(second).waits
    os.kill(sleeper[first].pid, signal.SIGKILL)
    until(lambda: second in sleeper)
    watch.close()


def test_runs_of_older_stores_join_the_queue_of_a_device(store, spec, sleeper):
    run = store.add(spec(), device="", limits=read_limits()).id
    assert start_next(store) == [run]
    assert store.run(run).device == "cpu"
    assert store.run(run).worker.is_same(identify(sleeper[run].pid))


def test_a_device_that_is_not_here_is_left_to_the_worker(store):
    assert device_for(store, spec_from({**SMALL, "device": "cuda:77"})) == "cuda:77"
