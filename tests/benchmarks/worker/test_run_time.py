"""A run from the pages is computed for some minutes at most, and keeps what it has by then."""

from types import SimpleNamespace

import pytest

from masking.benchmarks.storage.run import FAILED
from masking.benchmarks.worker import run_time
from masking.benchmarks.worker.run_time import within_time
from masking.benchmarks.worker.runner import work_on
from masking.runtime.limits import Limits
from masking.runtime.settings import Settings


@pytest.fixture
def two_minutes(monkeypatch):
    monkeypatch.setattr(run_time, "load_settings", lambda: Settings(limits=Limits(run_minutes=2)))


def test_the_time_of_earlier_blocks_counts(two_minutes):
    now, passes = [1000.0], []
    report = within_time(SimpleNamespace(owner="o", seconds=100.0), passes.append, lambda: now[0])
    now[0] += 20
    report(3)
    now[0] += 1
    with pytest.raises(
        ValueError, match="has used the 2 min of computation that one run has here; its finished blocks"
    ):
        report(4)
    assert passes == [3, 4]


def test_a_run_of_the_command_line_takes_what_it_needs(two_minutes):
    passes = []
    report = within_time(SimpleNamespace(owner="", seconds=1e9), passes.append)
    report(3)
    assert passes == [3]


def test_a_run_that_is_over_its_time_ends_with_a_sentence(store, spec, monkeypatch):
    limits = Limits.model_construct(**dict(Limits()) | {"run_minutes": 0})
    monkeypatch.setattr(run_time, "load_settings", lambda: Settings(limits=limits))
    run = store.add(spec(), owner="o" * 64)
    ended = work_on(store, run.id)
    assert (ended.state, ended.done) == (FAILED, 0)
    assert ended.error.startswith("this run has used the 0 min of computation")
