"""SIGKILL at any moment: of the worker, and of the server that started it; `benchmarks.hardening.kills` does more."""

import os
import random
import signal
import sqlite3
import time
from contextlib import closing

from masking.benchmarks.storage.run import FINISHED, INTERRUPTED, QUEUED, RUNNING
from masking.benchmarks.storage.store import FILE
from masking.benchmarks.worker.runner import work_on
from tests.faults import victims
from tests.waiting import until

KILLS, SHARDS = 6, 60


def test_kills_of_the_worker_lose_nothing(forks, spec, store, whole):
    """Each resume is the next victim; the last is left to finish. Half of them die while they open what they need."""
    run_spec = spec(count=SHARDS)
    undisturbed = store.add(run_spec)
    began = time.monotonic()
    example = forks(victims.work, str(store.folder), undisturbed.id)
    until(lambda: store.run(undisturbed.id).done)
    opening = time.monotonic() - began
    assert example.result() == (FINISHED, SHARDS)

    run, kept, states = store.add(run_spec), set(), set()
    moments = random.Random(7)
    for kill in range(KILLS):
        victim = forks(victims.work, str(store.folder), run.id)
        said = victim.heard
        if kill % 2:
            more = moments.randint(0, 6)
            until(lambda said=said, more=more: sum(event == "shard" for event, _ in said()) >= more and said())
            heard = victim.kill_after(moments.uniform(0, 0.01))
        else:  # at the latest when it computes, however slow the example was
            end = time.monotonic() + moments.uniform(0, opening)
            until(lambda said=said, end=end: time.monotonic() > end or any(event == RUNNING for event, _ in said()))
            heard = victim.kill()
        committed = whole(store, run, kept)
        assert len(committed) >= max((done for _, done in heard), default=0), "it had said that it committed more"
        states.add(store.run(run.id).state)
        kept = committed
    assert 0 < len(kept) < SHARDS, "the kills fell between the first shard and the last"
    assert states <= {QUEUED, INTERRUPTED}
    assert INTERRUPTED in states

    finished = work_on(store, run.id)
    assert (finished.state, finished.done) == (FINISHED, SHARDS)
    whole(store, run, kept)
    assert store.rows(finished) == store.rows(store.run(undisturbed.id))
    assert store.rows(finished) == store.rows(store.run(undisturbed.id))
    with closing(sqlite3.connect(store.folder / FILE)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_kills_of_the_server_do_not_reach_the_worker(forks, spec, store, control, whole):
    """Half of them while the worker starts, half while it computes; it is the real one, `bench resume`."""
    undisturbed = work_on(store, store.add(spec(count=48)).id)
    run, moments, states = store.add(spec(count=48, pause=0.05)), random.Random(8), []
    last = control / f"hold-{store.rows(undisturbed)[-1]['image']}"
    last.touch()  # however slow the kills are, the worker is not done before them

    def to_be_started():
        stored = store.run(run.id)
        return stored.waits or not store.log_file(run.id).exists() or stored.state == INTERRUPTED

    def kill(seconds=0.0, once=lambda: True):
        server = forks(victims.serve, str(store.folder), run.id)
        until(once)
        heard = server.kill_after(seconds)
        committed = whole(store, run)
        assert len(committed) >= max((done for _, done in heard), default=0)
        states.append(store.run(run.id).state)

    try:
        for _ in range(KILLS // 2):
            kill(moments.uniform(0, 0.3))
        while not store.run(run.id).done:
            until(lambda: store.run(run.id).done or to_be_started())
            if to_be_started():  # the servers died before its worker was there, or known
                kill(once=lambda: store.run(run.id).alive)
        worker = store.run(run.id).pid
        for _ in range(KILLS // 2):
            kill(moments.uniform(0, 0.3))
        assert states[-1] == RUNNING
        assert store.run(run.id).done < 48
        last.unlink()
        until(lambda: store.run(run.id).stored_state == FINISHED)
    finally:
        left = store.run(run.id)
        if left.alive:
            os.kill(left.pid, signal.SIGKILL)
    assert store.run(run.id).pid == worker, "one worker, from the beginning to the end"
    assert whole(store, run) == set(range(48))
    assert store.rows(undisturbed) == store.rows(store.run(run.id))
