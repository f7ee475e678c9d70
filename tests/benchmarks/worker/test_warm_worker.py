"""A worker that waits: it takes one order, and goes when nobody needs it."""

import os
import signal

import pytest

from masking.benchmarks.specification.spec import spec_from
from masking.benchmarks.worker.launch import launch
from masking.benchmarks.worker.warm_worker import Order, WarmWorker, awaited
from tests.benchmarks.worker.test_launch import SMALL, until


@pytest.fixture
def spare():
    one = WarmWorker()
    yield one
    one.dismiss()


def test_a_waiting_worker_computes_the_run_it_is_given(store, spare):
    spare.warm()
    waiting = spare._waiting
    spare.warm()
    assert spare._waiting is waiting
    run = store.add(spec_from(SMALL))
    assert launch(store, run, spare) == waiting.pid
    until(store, run.id, "finished")
    assert waiting.wait(30) == 0
    assert '"event": "finished"' in store.log_file(run.id).read_text()
    assert spare.take(Order("any", "", "")) is None


def test_a_waiting_worker_that_died_is_replaced_by_a_fresh_one(store, spare):
    spare.warm()
    dead = spare._waiting
    os.kill(dead.pid, signal.SIGKILL)
    dead.wait()
    run = store.add(spec_from(SMALL))
    pid = launch(store, run, spare)
    assert pid != dead.pid
    os.kill(pid, signal.SIGKILL)


def test_a_waiting_worker_goes_when_it_is_dismissed(spare):
    spare.warm()
    waiting = spare._waiting
    spare.dismiss()
    assert waiting.returncode == 0


def test_nobody_waits_for_ever(monkeypatch):
    reading, writing = os.pipe()
    with os.fdopen(reading) as nothing, os.fdopen(writing, "w"):
        monkeypatch.setattr("sys.stdin", nothing)
        assert awaited(patience=0.01) is None
