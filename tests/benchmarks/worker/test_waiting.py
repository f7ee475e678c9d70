"""When a run in the queue has its turn."""

import pytest

from masking.benchmarks.storage.process_identity import myself
from masking.benchmarks.storage.run import FINISHED, QUEUED, RUNNING
from masking.benchmarks.worker.waiting import Turn, find_turn
from masking.runtime.limits import read_limits


@pytest.fixture
def wait(store, spec):
    def add(**settings):
        return store.add(spec(**settings), device="cpu", limits=read_limits()).id

    return add


@pytest.fixture
def computed(store, spec):
    """Adds a run of ten images with these seconds for each of its shards of three images."""

    def make(*seconds, state=RUNNING, **settings):
        run = store.add(spec(**settings)).id
        store.claim(run, RUNNING, (QUEUED,))
        store.write(run, device="cpu", images=10, shards=4)
        for shard, taken in enumerate(seconds):
            images = range(3 * shard, min(10, 3 * shard + 3))
            rows = [{"image": image, "level": 1.0, "value": 0.5, "bright": 0} for image in images]
            store.commit(store.run(run), shard, rows, taken, 1)
        if state != RUNNING:
            store.change(run, state, (RUNNING,))
        return run

    return make


def test_the_next_run_waits_for_the_one_that_is_computed(store, wait, computed):
    computed(9.0, 3.0)
    run = store.run(wait())
    assert find_turn(store, run, 1) == Turn(1, pytest.approx(4.0))
    assert find_turn(store, run, 2) == Turn(1, 0.0)


def test_nobody_knows_how_long_a_run_of_an_unknown_kind_takes(store, wait, computed):
    computed(9.0, 3.0)
    wait()
    assert find_turn(store, store.run(wait()), 1) == Turn(2, None)


def test_runs_ahead_take_as_long_as_earlier_ones_like_them(store, wait, computed):
    computed(2.0, 2.0, 2.0, 2.0, state=FINISHED)
    computed(9.0, 3.0)
    wait(), wait()
    last = store.run(wait())
    assert find_turn(store, last, 1) == Turn(3, pytest.approx(4.0 + 8.0 + 8.0, abs=0.5))
    store.queue.start_next(2, lambda _: myself())
    assert find_turn(store, last, 2) == Turn(2, None), "the one that has just begun has no pace yet"


def test_a_run_that_does_not_wait_has_no_turn(store, computed):
    assert find_turn(store, store.run(computed(9.0)), 1) is None
