"""The store: states, shards that are whole or not there, several writers, other versions of itself."""

import sqlite3
import subprocess
import threading
import time
from contextlib import closing

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from masking.benchmarks.storage import connection, schema
from masking.benchmarks.storage import run as runs
from masking.benchmarks.storage.process_identity import lives, myself
from masking.benchmarks.storage.run import (
    BUSY,
    CANCELLED,
    FAILED,
    FINISHED,
    INTERRUPTED,
    QUEUED,
    RUNNING,
)
from masking.benchmarks.storage.store import FILE, Store
from tests.waiting import until


def rows_of(shard, images=3):
    return [
        {"image": shard * images + number, "level": level, "value": number * level, "bright": 1}
        for number in range(images)
        for level in (1.0, 2.0)
    ]


def test_a_run_is_found_by_the_beginning_of_its_id(store, spec):
    run = store.add(spec(), title="mine")
    assert (run.state, run.title, run.keys, run.digest) == (QUEUED, "mine", ("level",), spec().digest)
    assert store.run(run.id[:5]) == run == store.runs()[0]
    assert run.spec == spec()
    for wrong in ("", "%", "zzzz"):
        with pytest.raises(KeyError, match=r"no run|several runs"):
            store.run(wrong)


def test_an_empty_store_says_so(store):
    with pytest.raises(KeyError, match="there is none yet"):
        store.run("abc")


def test_a_shard_is_kept_once_with_all_its_rows(store, spec):
    run = store.add(spec())
    assert store.commit(run, 0, rows_of(0), 1.5, 30)
    assert not store.commit(run, 0, rows_of(0), 1.5, 30)
    assert store.rows(run) == rows_of(0)
    stored = store.run(run.id)
    assert (stored.done, stored.done_images, stored.seconds, stored.forwards) == (1, 3, 1.5, 30)


def test_a_shard_with_a_row_twice_is_not_kept_at_all(store, spec):
    run = store.add(spec())
    with pytest.raises(ValueError, match="shard 0 has two rows of one image and condition"):
        store.commit(run, 0, rows_of(0) + rows_of(0)[:1], 1, 1)
    assert store.committed(run.id) == set()
    assert store.rows(run) == []


def test_the_table_itself_refuses_duplicate_rows(store, spec):
    run = store.add(spec())
    store.commit(run, 0, rows_of(0), 1, 1)
    with sqlite3.connect(store.folder / FILE) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute("INSERT INTO rows SELECT run, image, condition, 0, measured FROM rows LIMIT 1")
    connection.close()


def test_states_change_only_from_where_they_may(store, spec):
    run = store.add(spec()).id
    assert store.claim(run, RUNNING, (QUEUED,))
    assert not store.claim(run, RUNNING, (QUEUED,))
    assert store.run(run).state == RUNNING
    assert store.change(run, FAILED, BUSY, "why")
    assert not store.change(run, FINISHED, BUSY)
    stored = store.run(run)
    assert (stored.state, stored.error) == (FAILED, "why")
    assert stored.ended >= stored.started
    assert [kind for _, kind, _ in store.events(run)] == [QUEUED, RUNNING, FAILED]


def test_of_many_that_claim_a_run_one_succeeds(store, spec, monkeypatch):
    run = store.add(spec()).id
    me = myself()
    monkeypatch.setattr(runs, "lives", lambda *_: True)
    won = []

    def attempt(number):
        with Store(store.folder) as own:
            if own.claim(run, RUNNING, (QUEUED,)):
                won.append(number)

    identity = iter([me._replace(pid=me.pid + number) for number in range(8)])
    monkeypatch.setattr("masking.benchmarks.storage.store.myself", lambda: next(identity))
    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_a_dead_worker_is_seen(store, spec, monkeypatch):
    run = store.add(spec()).id
    store.claim(run, RUNNING, (QUEUED,))
    store.write(run, pid_started=1.0, ticks=1)  # another process has that number now
    stored = store.run(run)
    assert (stored.state, stored.stored_state, stored.alive) == (INTERRUPTED, RUNNING, False)
    assert store.claim(run, QUEUED, (QUEUED,), dead=True)
    store.write(run, host="elsewhere", heartbeat=time.time())
    assert store.run(run).state == QUEUED
    store.write(run, heartbeat=time.time() - 2 * runs.SILENCE)
    assert store.run(run).state == INTERRUPTED
    store.cancel(run)
    assert store.run(run).state == CANCELLED


def test_a_run_whose_worker_never_came_is_interrupted(store, spec, monkeypatch):
    """A server that is killed between the run and its worker left it queued for ever."""
    run = store.add(spec())
    assert store.run(run.id).state == QUEUED
    monkeypatch.setattr(runs.time, "time", lambda: run.created + runs.STARTING + 1)
    assert store.run(run.id).state == INTERRUPTED
    assert store.claim(run.id, QUEUED, (QUEUED,), dead=True)
    assert store.run(run.id).state == QUEUED


def test_a_zombie_does_not_live():
    process = subprocess.Popen(["true"])
    child = process.pid
    until(lambda: psutil.Process(child).status() == psutil.STATUS_ZOMBIE)
    assert not lives(child, None)
    process.wait()
    assert not lives(child, None)


def test_cancel_asks_a_living_worker_and_ends_a_waiting_run(store, spec):
    waiting, running = store.add(spec()).id, store.add(spec()).id
    store.cancel(waiting)
    assert store.run(waiting).state == CANCELLED
    store.claim(running, RUNNING, (QUEUED,))
    assert not store.cancelled(running)
    store.cancel(running)
    assert store.run(running).state == "cancelling"
    assert store.cancelled(running)
    with pytest.raises(ValueError, match="is cancelled; there is nothing to cancel"):
        store.cancel(waiting)


def test_the_bin(store, spec):
    run = store.add(spec())
    store.commit(run, 0, rows_of(0), 1, 1)
    store.write(run.id, tags=["a", "b"], note="look")
    assert (store.run(run.id).tags, store.run(run.id).note) == (("a", "b"), "look")
    store.delete(run.id)
    assert store.runs() == []
    assert [deleted.id for deleted in store.runs(deleted=True)] == [run.id]
    store.undelete(run.id)
    assert store.rows(store.runs()[0]) == rows_of(0)
    store.claim(run.id, RUNNING, (QUEUED,))
    with pytest.raises(ValueError, match="still being computed; cancel it first"):
        store.delete(run.id)
    store.change(run.id, FINISHED, BUSY)
    store.delete(run.id)
    store.bin.empty([run.id])
    assert store.runs(deleted=True) == []
    assert store.rows(run) == []


@settings(max_examples=25)
@given(st.data())
def test_writers_in_any_order_keep_every_shard_once(plugin, tmp_path_factory, data):
    from masking.benchmarks.specification.spec import spec_from

    spec = spec_from({"experiment": "brightness", "plugins": [str(plugin)]})
    order = data.draw(st.lists(st.integers(0, 5), max_size=20))
    with Store(tmp_path_factory.mktemp("store")) as first, Store(first.folder) as second:
        run = first.add(spec)
        fresh = [
            (first if number % 2 else second).commit(run, shard, rows_of(shard), 1, 1)
            for number, shard in enumerate(order)
        ]
        assert sum(fresh) == len(set(order))
        assert first.committed(run.id) == set(order)
        assert second.rows(run) == [row for shard in sorted(set(order)) for row in rows_of(shard)]


def test_four_writers_at_once_lose_nothing(store, spec):
    run = store.add(spec())
    kept, wrong = [], []

    def work(own_shards):
        try:
            with Store(store.folder) as own:
                kept.extend(shard for shard in own_shards if own.commit(run, shard, rows_of(shard), 1, 1))
        except sqlite3.Error as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(range(start, 24 + start),)) for start in (0, 4, 8, 12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert sorted(kept) == list(range(36))
    assert store.rows(run) == [row for shard in range(36) for row in rows_of(shard)]


def test_settings_that_survive_a_kill(store):
    with sqlite3.connect(store.folder / FILE) as other:
        assert other.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert other.execute("PRAGMA user_version").fetchone()[0] == len(schema.MIGRATIONS)
    other.close()
    assert store._connection.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL


def test_an_older_store_becomes_a_newer_one(store, spec, monkeypatch):
    run = store.add(spec())
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "ALTER TABLE runs ADD COLUMN colour TEXT;\n"))
    opened = schema.connect(store.folder / FILE)
    try:
        assert opened.execute("SELECT id, colour FROM runs").fetchone()[0] == run.id
        assert opened.execute("PRAGMA user_version").fetchone()[0] == len(schema.MIGRATIONS)
        assert store.run(run.id) == run  # a worker that began before goes on
    finally:
        opened.close()


def test_a_newer_or_foreign_file_is_refused_in_a_sentence(store, tmp_path):
    with sqlite3.connect(store.folder / FILE) as other:
        other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(ValueError, match="was written by a newer version"):
        Store(store.folder)
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / FILE).write_bytes(b"this is no database at all" * 50)
    with pytest.raises(ValueError, match="cannot be used as a store of runs"):
        Store(tmp_path / "foreign")
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="choose another folder with MASKING_RUNS"):
        Store(tmp_path / "file")


@pytest.fixture
def held(tmp_path):
    """A file that another process is about to make a store of; its connection holds the lock."""
    path = tmp_path / FILE
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE held (x)")
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO held VALUES (1)")
        yield other


def test_a_store_that_another_process_is_making_is_waited_for(held, tmp_path, monkeypatch):
    """SQLite itself refuses at once here, however long its timeout is."""
    waits = []

    def sleep(seconds):
        waits.append(seconds)
        held.execute("ROLLBACK")

    monkeypatch.setattr(connection.time, "sleep", sleep)
    with Store(tmp_path) as store:
        assert store.runs() == []
    assert len(waits) == 1


def test_a_store_that_is_never_free_is_not_called_damaged(held, tmp_path):
    with pytest.raises(ValueError, match="is held by another process; try again"):
        Store(tmp_path, patience=0.0)


@pytest.mark.parametrize("part", ["0/2", "3/2", "1", "a/b", "1/0"])
def test_a_wrong_part_is_refused(store, spec, part):
    with pytest.raises(ValueError, match="give one such as 2/4"):
        store.add(spec(), part=part)


def test_parts_share_the_shards(store, spec):
    parts = [store.add(spec(), part=f"{number}/3") for number in (1, 2, 3)]
    for run in parts:
        store.write(run.id, shards=10)
    assert sorted(shard for run in parts for shard in store.run(run.id).mine) == list(range(10))
