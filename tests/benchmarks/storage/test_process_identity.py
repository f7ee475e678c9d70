"""Workers are known again, whatever the clock says."""

import os
import subprocess

import psutil
import pytest

from masking.benchmarks.storage import process_identity
from masking.benchmarks.storage.process_identity import ProcessIdentity, identify, lives, myself
from masking.benchmarks.storage.run import QUEUED, RUNNING
from tests.waiting import until

linux = pytest.mark.skipif(not process_identity.BOOT.exists(), reason="only Linux tells ticks")


@pytest.fixture
def other_clock(monkeypatch):
    """Set the clock: the start of each process seems to be an hour earlier."""
    create_time = psutil.Process.create_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda process: create_time(process) - 3600.0)


@linux
def test_a_living_worker_lives_after_the_clock_was_set(store, spec, request):
    run = store.add(spec()).id
    assert store.claim(run, QUEUED, (QUEUED,))
    request.getfixturevalue("other_clock")
    stored = store.run(run)
    assert (stored.state, stored.alive) == (QUEUED, True)
    assert stored.worker.is_same(myself())
    assert not stored.worker.is_same(identify(os.getppid()))
    assert store.claim(run, RUNNING, (QUEUED,)), "it goes on"


@linux
def test_another_start_of_the_machine_has_other_processes(monkeypatch, tmp_path):
    me = myself()
    assert lives(*me[1:])
    assert not lives(me.pid, me.started, "another boot", me.ticks)
    assert not lives(me.pid, me.started, me.boot, me.ticks + 1)
    monkeypatch.setattr(process_identity, "BOOT", tmp_path / "none")
    assert lives(*me[1:]), "where nothing tells the boot, the clock counts"


def test_rows_without_ticks_are_compared_by_the_clock():
    me = myself()
    assert lives(me.pid, me.started)
    assert not lives(me.pid, 1.0)
    assert me.is_same(ProcessIdentity(me.host, me.pid, me.started))
    assert not me.is_same(ProcessIdentity(me.host, me.pid, 1.0))


@linux
def test_a_zombie_is_no_worker():
    process = subprocess.Popen(["true"])
    identity = identify(process.pid)
    until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE)
    assert not lives(*identity[1:])
    process.wait()
    assert not lives(*identity[1:])
