"""A worker that waits: it takes one order, and ends when nobody needs it."""

import os
import signal

import pytest

from masking.__main__ import main
from masking.benchmarks.specification.spec import spec_from
from masking.benchmarks.worker.launch import launch
from masking.benchmarks.worker.warm_worker import Order, WarmWorker, wait_for_order
from tests.benchmarks.worker.small_run import SMALL
from tests.waiting import PATIENCE_SECONDS, until


@pytest.fixture
def warm_worker():
    worker = WarmWorker()
    yield worker
    if worker._waiting is not None:
        end_input(worker._waiting)


def end_input(process):
    """Close the standard input of a waiting process, as the end of its server does, and wait for it."""
    process.stdin.close()
    process.wait(PATIENCE_SECONDS)


def test_a_waiting_worker_computes_the_run_it_is_given(store, warm_worker):
    warm_worker.warm()
    waiting = warm_worker._waiting
    warm_worker.warm()
    assert warm_worker._waiting is waiting
    run = store.add(spec_from(SMALL))
    assert launch(store, run, warm_worker) == waiting.pid
    until(lambda: store.run(run.id).state == "finished")
    assert waiting.wait(PATIENCE_SECONDS) == 0
    assert '"event": "finished"' in store.log_file(run.id).read_text()
    assert warm_worker.take(Order("any", "", "")) is None


def test_a_waiting_worker_that_died_is_replaced_by_a_fresh_one(store, warm_worker):
    warm_worker.warm()
    dead = warm_worker._waiting
    os.kill(dead.pid, signal.SIGKILL)
    dead.wait()
    run = store.add(spec_from(SMALL))
    pid = launch(store, run, warm_worker)
    assert pid != dead.pid
    os.kill(pid, signal.SIGKILL)


def test_a_waiting_worker_ends_with_its_server(monkeypatch):
    """The server's end closes the worker's standard input; the command is the worker's, in this process."""
    reading, writing = os.pipe()
    os.close(writing)
    monkeypatch.setattr("sys.argv", ["masking", "bench", "wait"])
    with os.fdopen(reading) as ended:
        monkeypatch.setattr("sys.stdin", ended)
        with pytest.raises(SystemExit) as left:
            main()
    assert not left.value.code


def test_a_worker_does_not_wait_for_ever(monkeypatch):
    reading, writing = os.pipe()
    with os.fdopen(reading) as nothing, os.fdopen(writing, "w"):
        monkeypatch.setattr("sys.stdin", nothing)
        assert wait_for_order(patience=0.01) is None
