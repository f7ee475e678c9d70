"""Starting runs in processes of their own."""

import os
import signal

import pytest

from masking.benchmarks.specification.spec import spec_from
from masking.benchmarks.storage.run import INTERRUPTED
from masking.benchmarks.worker import launch as launching
from masking.benchmarks.worker.launch import estimate_time, launch
from masking.benchmarks.worker.runner import work_on
from tests.benchmarks.worker.small_run import SMALL
from tests.waiting import until


def test_a_worker_that_dies_before_it_is_ready_leaves_the_run_interrupted(store):
    run = store.add(spec_from(SMALL))
    pid = launch(store, run)
    with pytest.raises(ValueError, match="queued; there is nothing to start"):
        launch(store, run)
    os.kill(pid, signal.SIGKILL)
    until(lambda: store.run(run.id).state == INTERRUPTED)
    assert work_on(store, run.id).state == "finished"


def test_an_estimate_of_what_takes_very_long_ends_with_a_sentence(monkeypatch):
    monkeypatch.setattr(launching, "LONGEST_ESTIMATE", 0.0)
    with pytest.raises(ValueError, match="its first images take more than 0 s here, so there is no estimate"):
        estimate_time(spec_from(SMALL))


def test_a_pilot_reports_its_steps_and_can_be_stopped():
    progress: list[tuple[float, str]] = []
    estimate = estimate_time(spec_from(SMALL), 60.0, lambda share, note: progress.append((share, note)))
    assert estimate.images == 2
    first = ["opening silhouettes", "loading silhouettes/resnet", "warming up", "trying one image", "trying 2 images"]
    assert list(dict.fromkeys(note for _, note in progress)) == first
    assert [share for share, _ in progress] == sorted(share for share, _ in progress)

    def stop(share: float, note: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        estimate_time(spec_from(SMALL), 2.0, stop)
