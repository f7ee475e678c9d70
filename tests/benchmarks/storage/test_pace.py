"""The time that a run will still take."""

import pytest

from masking.benchmarks.storage import rows


@pytest.fixture
def run_after(store, spec, monkeypatch):
    """Returns a run of ten images in shards of two after shards of these seconds, committed one after the other."""

    def make(*seconds, count=20, at_once=1, wait=0.0):
        run = store.add(spec(count=count, block=2)).id
        store.write(run, images=count, shards=-(-count // 2))
        now = [1000.0]
        monkeypatch.setattr(rows.time, "time", lambda: now[0])
        for shard, taken in enumerate(seconds):
            now[0] += taken / at_once + (wait if shard == 3 else 0)
            row = {"image": 2 * shard, "level": 1.0, "value": 0.5, "bright": 0}
            assert store.commit(store.run(run), shard, [row], taken, forwards=2, images=min(2, count - 2 * shard))
        return store.run(run)

    return make


def test_the_first_shard_says_nothing(run_after):
    assert run_after().seconds_left is None
    assert run_after(90).seconds_left is None
    assert run_after(90, 4).seconds_left == pytest.approx(8 * 4)


def test_the_median_of_the_latest_shards_counts(run_after):
    assert run_after(90, 4, 4, 60, 4).seconds_left == pytest.approx(5 * 4)
    assert run_after(*[9] * 20, *[1] * 9, count=100).seconds_left == pytest.approx(21)


def test_a_short_last_shard_costs_less(run_after):
    assert run_after(9, 4, 4, count=7).seconds_left == pytest.approx(2)  # one image is left


def test_shards_that_are_computed_at_once_take_less_time(run_after):
    assert run_after(*[8] * 6, at_once=4).seconds_left == pytest.approx(4 * 8 / 4)
    assert run_after(*[8] * 6, wait=1000).seconds_left == pytest.approx(4 * 8)  # it was cancelled and resumed


def test_nothing_is_left_at_the_end(run_after):
    assert run_after(*[3] * 10).seconds_left == 0


def test_lists_of_runs_have_no_paces(store, run_after):
    run_after(9, 4, 4)
    assert store.runs()[0].recent == ()
