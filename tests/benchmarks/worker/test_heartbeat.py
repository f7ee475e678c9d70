"""A worker's signs of life: forward passes between shards, and the ear for a cancel."""

from dataclasses import replace

import pytest

from masking.benchmarks.storage.run import QUEUED, RUNNING
from masking.benchmarks.worker.heartbeat import Heartbeat, RunCancelled
from tests.waiting import until


def test_forward_passes_are_reported_until_their_shard_is_committed(store, spec):
    run = store.add(spec()).id
    store.claim(run, RUNNING, (QUEUED,))
    with Heartbeat(store.folder, run) as pulse:
        pulse.report_forward_passes(5)
        pulse.report_forward_passes(6)
        until(lambda: store.run(run).flight == 11)
        pulse.report_shard()
        until(lambda: store.run(run).flight == 0)


def test_a_new_worker_begins_the_shard_again(store, spec):
    run = store.add(spec()).id
    store.write(run, flight=7)
    assert store.claim(run, RUNNING, (QUEUED,))
    assert store.run(run).flight == 0


def test_a_share_of_the_shard_in_flight(store, spec):
    run = store.add(spec())
    assert replace(run, flight=7).in_flight == 0  # nobody knows yet how many a shard takes
    assert replace(run, flight=7, done=2, forwards=40).in_flight == 7 / 20
    assert replace(run, flight=70, done=2, forwards=40).in_flight == 1


def test_a_cancel_is_heard_between_batches(store, spec):
    run = store.add(spec()).id
    store.claim(run, RUNNING, (QUEUED,))
    with Heartbeat(store.folder, run) as pulse:
        pulse.report_forward_passes()
        store.cancel(run)

        def heard():
            try:
                pulse.report_forward_passes()
            except RunCancelled:
                return True
            return False

        until(heard)
        with pytest.raises(RunCancelled):
            pulse.report_forward_passes()
