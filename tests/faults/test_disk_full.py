"""A disk that is full during a run: one sentence, kept shards stay, and the run goes on once there is room."""

import os
import subprocess
from contextlib import contextmanager

import pytest

from masking.benchmarks.storage import store as store_module
from masking.benchmarks.storage.connection import full_sentence
from masking.benchmarks.storage.run import FAILED, FINISHED, RUNNING
from masking.benchmarks.storage.store import FILE, Store
from masking.benchmarks.worker.runner import work_on

SHARDS = 40
DISK, ROOM = 2**20, 200 * 1024
"""Bytes in all, and bytes left for shards: enough for some, not for all."""


@contextmanager
def small_disk(folder):
    """Mount a file system of this size in memory; only root can."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", folder], check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder):
    """Leave little room on a disk."""
    disk = os.statvfs(folder)
    (folder / "ballast").write_bytes(bytes(disk.f_bavail * disk.f_frsize - ROOM))


def add_runs(store, spec):
    """Add more runs than the disk has room for."""
    for _ in range(DISK // 200):
        store.add(spec, title="long " * 40)


@pytest.fixture
def full(tmp_path, monkeypatch):
    """A store on a disk that gets full, and a function that makes room; without root, a quota stands in."""
    folder = tmp_path / "disk"
    try:
        with small_disk(folder):
            with Store(folder) as store:
                fill(folder)
                yield store, (folder / "ballast").unlink
            return
    except (subprocess.CalledProcessError, FileNotFoundError):
        folder.rmdir()
    connect = store_module.connect

    def limited(path, *rest):
        connection = connect(path, *rest)
        if path.parent == folder:
            connection.execute("PRAGMA max_page_count = 10")
        return connection

    monkeypatch.setattr(store_module, "connect", limited)
    with Store(folder) as store:
        yield store, lambda: store._connection.execute("PRAGMA max_page_count = 100000")


def test_a_full_disk_gives_a_sentence_and_the_run_goes_on(full, spec, whole, tmp_path):
    store, make_room = full
    run_spec = spec(count=SHARDS)
    run, events = store.add(run_spec), []
    ended = work_on(store, run.id, lambda event, now: events.append((event, now.error)))
    sentence = full_sentence(store.folder / FILE)
    assert (ended.state, ended.error) == (FAILED, sentence)
    assert events[-1] == (FAILED, sentence)
    kept = whole(store, run)
    assert 0 < len(kept) < SHARDS, "it was to be full in mid-run"
    assert len(kept) == sum(event == "shard" for event, _ in events)
    assert store.run(run.id).stored_state in {FAILED, RUNNING}, "the second where there is not even room for the first"

    with pytest.raises(ValueError, match="the disk is full"):
        add_runs(store, run_spec)
    make_room()
    finished = work_on(store, run.id)
    assert finished.state == FINISHED
    assert whole(store, run, kept) == set(range(SHARDS))
    with Store(tmp_path / "elsewhere") as roomy:
        whole_run = work_on(roomy, roomy.add(run_spec).id)
        assert store.rows(finished) == roomy.rows(whole_run)
