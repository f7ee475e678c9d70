"""SIGKILL at any moment: of the worker, and of the server that started it."""

import os
import random
import signal
import sqlite3
import time
from contextlib import closing

from masking.benchmarks.analysis.statistics import rows_digest
from masking.benchmarks.storage.run import FINISHED, INTERRUPTED, QUEUED, RUNNING
from masking.benchmarks.storage.store import FILE
from masking.benchmarks.worker.runner import work_on
from tests.faults import victims

KILLS, SHARDS = 20, 160


def test_twenty_kills_of_the_worker_lose_nothing(forks, spec, store, whole, until):
    """Each resume is the next victim; the last is left to finish. Half of them die while they open what they need."""
    asked = spec(count=SHARDS)
    undisturbed = store.add(asked)
    began = time.monotonic()
    example = forks(victims.work, str(store.folder), undisturbed.id)
    until(lambda: store.run(undisturbed.id).done)
    opening = time.monotonic() - began
    assert example.result() == (FINISHED, SHARDS)
    pace = (time.monotonic() - began - opening) / SHARDS

    run, kept, states = store.add(asked), set(), set()
    moments = random.Random(7)
    for kill in range(KILLS):
        victim = forks(victims.work, str(store.folder), run.id)
        if kill % 2:
            until(lambda victim=victim: any(event == RUNNING for event, _ in victim.heard()))
        heard = victim.kill_after(moments.uniform(0, 8 * pace if kill % 2 else opening))
        found = whole(store, run, kept)
        assert len(found) >= max((done for _, done in heard), default=0), "it had said that it committed more"
        states.add(store.run(run.id).state)
        kept = found
    assert 0 < len(kept) < SHARDS, "the kills fell between the first shard and the last"
    assert states <= {QUEUED, INTERRUPTED}
    assert INTERRUPTED in states

    finished = work_on(store, run.id)
    assert (finished.state, finished.done) == (FINISHED, SHARDS)
    whole(store, run, kept)
    assert store.rows(finished) == store.rows(store.run(undisturbed.id))
    assert rows_digest(store.rows(finished)) == rows_digest(store.rows(store.run(undisturbed.id)))
    with closing(sqlite3.connect(store.folder / FILE)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_twenty_kills_of_the_server_do_not_reach_the_worker(forks, spec, store, whole, until):
    """Ten while the worker starts, ten while it computes; it is the real one, `python -m masking bench resume`."""
    asked = spec(count=48, pause=0.05)
    run, moments, states = store.add(asked), random.Random(8), []

    def kill(seconds):
        server = forks(victims.serve, str(store.folder), run.id)
        heard = server.kill_after(seconds)
        found = whole(store, run)
        assert len(found) >= max((done for _, done in heard), default=0)
        states.append(store.run(run.id).state)

    try:
        for _ in range(KILLS // 2):
            kill(moments.uniform(0, 0.3))
        if not store.log_file(run.id).exists():
            kill(1.0)
        until(lambda: store.run(run.id).done or store.run(run.id).state == INTERRUPTED)
        if store.run(run.id).state == INTERRUPTED:  # a server died in the moment between its log and its worker
            kill(1.0)
            until(lambda: store.run(run.id).done)
        worker = store.run(run.id).pid
        for _ in range(KILLS // 2):
            kill(moments.uniform(0, 0.3))
        assert RUNNING in states
        until(lambda: store.run(run.id).stored_state == FINISHED)
    finally:
        left = store.run(run.id)
        if left.alive:
            os.kill(left.pid, signal.SIGKILL)
    assert store.run(run.id).pid == worker, "one worker, from the beginning to the end"
    assert whole(store, run) == set(range(48))
    again = work_on(store, store.add(asked).id)
    assert store.rows(again) == store.rows(store.run(run.id))
