"""A run in a process of its own: it outlives nobody's patience, and a kill costs at most the shard in flight."""

import json
import os
import signal

import psutil
import pytest

from masking.benchmarks.specification.spec import spec_from
from masking.benchmarks.storage.run import CANCELLED, FAILED, FINISHED, INTERRUPTED, QUEUED, RUNNING
from masking.benchmarks.worker.launch import command_line, estimate_time, last_lines, launch
from masking.benchmarks.worker.runner import work_on
from tests.waiting import until


@pytest.fixture
def started(store):
    """Launches runs, and sees to it that no worker outlives the test."""
    pids = []

    def start(run):
        pids.append(launch(store, run))
        return pids[-1]

    yield start
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def test_a_run_is_cancelled_before_its_worker_is_ready_and_a_killed_worker_costs_only_the_shard_in_flight(
    store, spec, started
):
    unbroken = work_on(store, store.add(spec(count=12, block=2)).id)
    run = store.add(spec(count=12, block=2, pause=0.2)).id
    pid = started(store.run(run))
    assert (store.run(run).state, store.run(run).pid) == (QUEUED, pid)
    store.cancel(run)
    assert store.run(run).state == CANCELLED, "at once, although its worker is not ready"
    until(lambda: not psutil.pid_exists(pid))
    assert (store.run(run).state, store.run(run).done) == (CANCELLED, 0)

    pid = started(store.run(run))
    until(lambda: store.run(run).done >= 2)
    assert store.run(run).state == RUNNING
    assert os.getsid(pid) == pid  # a session of its own
    os.kill(pid, signal.SIGKILL)
    until(lambda: store.run(run).state == INTERRUPTED)
    kept = store.committed(run)
    assert len(kept) >= 2
    assert {row["image"] // 2 for row in store.rows(store.run(run))} == kept
    assert work_on(store, run).state == FINISHED
    assert kept < store.committed(run) == set(range(6))
    assert store.rows(store.run(run)) == store.rows(unbroken)
    with pytest.raises(ValueError, match="finished; there is nothing to start"):
        launch(store, store.run(run))


def test_a_worker_stops_within_a_batch_starts_the_next_run_and_says_why_it_failed(store, spec, started):
    """The second run has no process while it waits, and nobody but the first worker starts it."""
    slow, wrong = store.add(spec(count=300, block=1, pause=0.1)).id, store.add(spec(wrong="raises")).id
    pid = started(store.run(slow))
    assert launch(store, store.run(wrong)) is None
    assert (store.run(wrong).state, store.run(wrong).pid) == (QUEUED, None)
    until(lambda: store.run(slow).done >= 1)
    before = store.run(slow).done
    store.cancel(slow)
    until(lambda: store.run(slow).state == CANCELLED)
    assert store.run(slow).done < before + 50  # ten seconds' worth where a minute's was left
    until(lambda: store.run(wrong).state == FAILED)
    assert store.run(slow).ended <= store.run(wrong).started
    assert store.run(wrong).pid != pid
    assert store.run(wrong).error == "RuntimeError: the lamp is broken"
    log = last_lines(store, store.run(wrong))
    assert any("the lamp is broken" in line for line in log)
    assert not any(line.startswith('{"event"') for line in log)
    assert json.loads(store.log_file(slow).read_text().splitlines()[-2])["event"] == "cancelled"


def test_nothing_was_said_by_a_run_that_has_no_log(store, spec):
    assert last_lines(store, store.add(spec())) == []


def test_a_pilot_estimates_from_the_first_images(spec):
    estimate = estimate_time(spec(count=100, block=4, pause=0.05), budget=1.0)
    assert 1 <= estimate.images <= 4
    assert estimate.seconds == pytest.approx(estimate.per_image * 100)
    assert estimate.per_image >= 0.1 / 4  # a block of four pauses twice, however many images the pilot came to


def test_the_command_line_says_what_is_not_a_default(store, plugin):
    run = store.add(spec_from({"experiment": "patch_removal", "settings": {"shares": [0.5]}, "seed": 4, "count": 200}))
    text = command_line(run)
    assert text.startswith("python -m masking bench run patch_removal ")
    assert "--set shares=0.5" in text
    assert "--set data.world=ordinary" in text
    assert "--seed 4" in text
    assert "--count" not in text
    assert "--classifier" not in text
