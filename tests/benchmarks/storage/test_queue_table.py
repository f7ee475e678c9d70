"""The queue: no process while a run waits, one worker for each turn, and owners who take turns."""

import sqlite3
import threading

import pytest

from masking.benchmarks.storage import schema
from masking.benchmarks.storage.process_identity import ProcessIdentity, myself
from masking.benchmarks.storage.queue_table import QueueEntry, take_turns
from masking.benchmarks.storage.run import CANCELLED, FINISHED, INTERRUPTED, QUEUED, RUNNING
from masking.benchmarks.storage.store import FILE, Store
from masking.runtime.limits import read_limits

LIMITS = read_limits()
DEAD = ProcessIdentity("elsewhere", 1, 1.0)


@pytest.fixture
def wait(store, spec):
    """Adds a run that waits for the CPU, and returns its id."""

    def add(owner="", limits=LIMITS):
        return store.add(spec(), owner=owner, device="cpu", limits=limits).id

    return add


def line(store):
    return [entry.run for entry in store.queue.line("cpu")]


def test_a_run_in_the_queue_waits_without_a_process(store, wait, monkeypatch):
    run = wait()
    monkeypatch.setattr("masking.benchmarks.storage.run.STARTING", -1.0)
    stored = store.run(run)
    assert (stored.state, stored.waits, stored.pid, stored.device) == (QUEUED, True, None, "cpu")
    assert line(store) == [run]


def test_the_device_computes_one_run_at_a_time(store, wait):
    first, second = wait(), wait()
    started = []

    def start(run):
        started.append(run)
        return myself()

    assert store.queue.start_next(1, start) == first
    assert store.queue.start_next(1, start) is None
    assert started == [first]
    assert (store.run(first).waits, store.run(first).alive, store.run(second).waits) == (False, True, True)
    assert store.queue.start_next(2, start) == second
    assert not store.queue.has_waiting()


def test_a_run_from_a_terminal_occupies_the_device(store, spec, wait):
    direct = store.add(spec()).id
    store.claim(direct, RUNNING, (QUEUED,))
    store.write(direct, device="cpu")
    run = wait()
    assert store.queue.start_next(1, lambda _: myself()) is None
    store.change(direct, FINISHED, (RUNNING,))
    assert store.queue.start_next(1, lambda _: myself()) == run


def test_a_start_that_fails_leaves_the_run_waiting(store, wait):
    run = wait()

    def fail(_):
        raise OSError("no memory")

    with pytest.raises(OSError, match="no memory"):
        store.queue.start_next(1, fail)
    assert store.run(run).waits
    assert store.queue.start_next(1, lambda _: myself()) == run


def test_of_many_that_start_the_next_run_one_does(store, wait):
    run = wait()
    started = []

    def start(name):
        started.append(name)
        return myself()

    def attempt():
        with Store(store.folder) as own:
            own.queue.start_next(1, start)

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert started == [run]


def test_a_worker_that_dies_early_is_not_started_again_and_again(store, wait):
    run = wait()
    store.queue.start_next(1, lambda _: DEAD)
    assert store.run(run).state == INTERRUPTED
    assert not store.queue.has_waiting()


def test_owners_take_turns(store, wait):
    mine, hers = [wait("a") for _ in range(3)], [wait("b") for _ in range(2)]
    assert line(store) == [mine[0], hers[0], mine[1], hers[1], mine[2]]
    assert store.queue.start_next(1, lambda _: myself()) == mine[0]
    late = wait("c")
    assert line(store) == [hers[0], late, mine[1], hers[1], mine[2]]


def test_nobody_waits_for_more_than_one_run_of_each_other_owner():
    crowd = [QueueEntry(f"a{number}", "a", "cpu", number, True, False) for number in range(50)]
    latecomer = QueueEntry("b0", "b", "cpu", 50, True, False)
    assert [entry.run for entry in take_turns([*crowd, latecomer], {"a": 7})][:2] == ["b0", "a0"]
    assert [entry.run for entry in take_turns([*crowd, latecomer], {})][:2] == ["a0", "b0"]


def test_what_waits_is_cancelled_at_once_and_a_deleted_run_never_starts(store, wait):
    cancelled, deleted = wait(), wait()
    store.cancel(cancelled)
    assert store.run(cancelled).state == CANCELLED
    store.delete(deleted)
    assert store.queue.start_next(9, lambda _: myself()) is None
    store.undelete(deleted)
    assert store.run(deleted).state == CANCELLED
    store.queue.rejoin(store.run(cancelled), "cpu", LIMITS)
    assert line(store) == [cancelled]
    with pytest.raises(ValueError, match="is queued; there is nothing to start"):
        store.queue.rejoin(store.run(cancelled), "cpu", LIMITS)


def test_a_run_that_has_finished_since_it_was_read_joins_no_queue(store, wait):
    before = store.run(wait("a"))
    store.change(before.id, FINISHED, (QUEUED,))
    with pytest.raises(ValueError, match="is finished; there is nothing to start"):
        store.queue.rejoin(before, "cpu", LIMITS)
    assert line(store) == []


def test_too_many_runs_are_refused_with_the_remedy(store, wait):
    limits = read_limits({"queued_runs": 3, "queued_runs_per_visitor": 2})
    first, second = wait("a", limits), wait("a", limits)
    with pytest.raises(ValueError, match="you have 2 runs waiting or under way, and no more are allowed; cancel one"):
        wait("a", limits)
    wait("b", limits)
    with pytest.raises(ValueError, match="server has 3 runs waiting or under way, and no more are allowed; try again"):
        wait("c", limits)
    assert len(store.runs()) == 3
    store.cancel(first)
    with pytest.raises(ValueError, match="you have 2 runs"):
        wait("a", limits), wait("a", limits)
    assert second in line(store)


def test_the_order_does_not_depend_on_the_clock(store, wait, monkeypatch):
    first = wait()
    monkeypatch.setattr("masking.benchmarks.storage.store.time.time", lambda: 1000.0)
    second = wait()
    assert line(store) == [first, second]
    assert [kind for _, kind, _ in store.events(second)] == [QUEUED]


def test_runs_that_waited_in_an_older_store_still_start(store, spec, tmp_path, monkeypatch):
    monkeypatch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:3])
    old = schema.connect(tmp_path / "old" / FILE)
    values = store.add(spec())
    for name, pid in (("0" * 8, None), ("1" * 8, 2**22 + 9)):
        old.execute(
            "INSERT INTO runs (id, created, spec, digest, keys, title, state, device, host, pid, pid_started)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (name, 5.0 + bool(pid), values.spec.model_dump_json(), values.digest, '["level"]', "old", QUEUED, "cpu",
             myself().host, pid, 1.0),
        )  # fmt: skip
    old.close()
    monkeypatch.undo()
    with Store(tmp_path / "old") as old_store:
        assert [old_store.run(name * 8).waits for name in "01"] == [True, True]
        assert line(old_store) == ["0" * 8, "1" * 8]
        assert old_store.queue.start_next(1, lambda _: myself()) == "0" * 8
    with sqlite3.connect(tmp_path / "old" / FILE) as file:
        assert file.execute("SELECT COUNT(*) FROM runs").fetchone()[0] == 2
    file.close()
