"""Computing runs in this process: whole, in parts, resumed, cancelled, and when something goes wrong."""

import errno
import os
import sqlite3
import threading
from hashlib import sha256

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from masking.benchmarks.analysis.row_digest import digest_of_run
from masking.benchmarks.specification.loaded_spec import LoadedSpec, load_spec
from masking.benchmarks.specification.spec import spec_from
from masking.benchmarks.storage.process_identity import ProcessIdentity, identify
from masking.benchmarks.storage.run import CANCELLED, FAILED, FINISHED, QUEUED, RUNNING
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker import runner
from masking.benchmarks.worker.runner import work_on
from masking.methods import METHODS
from tests.waiting import PATIENCE_SECONDS


def digest(store, run):
    return digest_of_run(run, store.rows(run))


def test_a_run_from_begin_to_end(store, spec, plugin):
    events = []
    run = work_on(store, store.add(spec()).id, lambda event, run: events.append((event, run.done)))
    assert (run.state, run.done, run.shards, run.images, run.progress) == (FINISHED, 4, 4, 10, 1.0)
    assert events == [("queued", 0), ("running", 0), *(("shard", done) for done in (1, 2, 3, 4)), ("finished", 4)]
    assert len(store.rows(run)) == 20
    assert run.environment["weights"]
    assert run.environment["plugins"] == {"brightness.py": sha256(plugin.read_bytes()).hexdigest()}
    assert run.environment["data"]["first_seed"] == 1_000_000
    assert run.seconds_left == 0
    assert run.images_per_second > 0
    with pytest.raises(ValueError, match="is finished; there is nothing to resume"):
        work_on(store, run.id)


def test_images_without_a_row_of_their_own_are_counted(store):
    values = {"experiment": "throughput", "settings": {"methods": ["blackout"], "shares": [0.5], "repeats": 1}}
    run = work_on(store, store.add(spec_from({**values, "count": 5, "block": 3, "device": "cpu"})).id)
    assert (len(store.rows(run)), run.done_images, run.images) == (2, 5, 5)


@pytest.fixture(scope="module")
def work(plugin):
    values = {"experiment": "brightness", "count": 11, "block": 2, "device": "cpu", "plugins": [str(plugin)]}
    return load_spec(spec_from(values))


@pytest.fixture(scope="module")
def whole(work):
    return [row for shard in range(work.shards) for row in work.compute(shard, lambda _: None).rows]


@settings(max_examples=25)
@given(order=st.permutations(range(6)), parts=st.integers(1, 4))
def test_any_sharding_gives_the_same_rows(work, whole, order, parts):
    machines = [[shard for index, shard in enumerate(order) if index % parts == part] for part in range(parts)]
    rows = [row for machine in machines for shard in machine for row in work.compute(shard, lambda _: None).rows]
    assert sorted(rows, key=str) == sorted(whole, key=str)


def stop_after(shards):
    def tell(event, run):
        if event == "shard" and run.done == shards:
            with Store() as other:
                other.cancel(run.id)

    return tell


def test_a_cancelled_run_resumes_to_the_same_rows(store, spec):
    unbroken = work_on(store, store.add(spec()).id)
    run = work_on(store, store.add(spec(pause=0.25)).id, stop_after(2))
    assert run.state == CANCELLED
    assert 2 <= run.done < 4
    before = {row["image"] for row in store.rows(run)}
    run = work_on(store, run.id)
    assert run.state == FINISHED
    assert before < {row["image"] for row in store.rows(run)}
    assert digest(store, run) == digest(store, unbroken)


def test_a_failed_run_says_why_and_can_be_resumed(store, spec, monkeypatch, capsys):
    compute, broken = LoadedSpec.compute, [True]

    def sometimes(self, shard, report_forward_passes):
        if shard == 2 and broken:
            broken.pop()
            raise RuntimeError("the lamp is broken")
        return compute(self, shard, report_forward_passes)

    monkeypatch.setattr(LoadedSpec, "compute", sometimes)
    run = work_on(store, store.add(spec()).id)
    assert (run.state, run.error, run.done) == (FAILED, "RuntimeError: the lamp is broken", 2)
    assert "Traceback" in capsys.readouterr().err
    assert work_on(store, run.id).state == FINISHED
    assert store.run(run.id).error == ""


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [("twice", "two rows of one image and condition"), ("lacks", "a row of Brightness lacks bright")],
)
def test_an_experiment_with_wrong_rows_fails_in_a_sentence(store, spec, wrong, sentence):
    run = work_on(store, store.add(spec(wrong=wrong)).id)
    assert run.state == FAILED
    assert sentence in run.error
    assert store.rows(run) == []


@pytest.mark.parametrize(
    "wrong", [sqlite3.OperationalError("database or disk is full"), OSError(errno.ENOSPC, "No space left on device")]
)
def test_a_full_disk_is_one_sentence_and_keeps_what_is_there(store, spec, monkeypatch, wrong, capsys):
    commit = Store.commit

    def full(self, run, shard, *rest):
        if shard == 2:
            raise wrong
        return commit(self, run, shard, *rest)

    monkeypatch.setattr(Store, "commit", full)
    run = work_on(store, store.add(spec()).id)
    assert run.error.startswith("the disk is full, ")
    assert run.error.endswith(" cannot grow; make room and resume the run, what was computed is kept")
    assert run.done == 2
    assert "Traceback" not in capsys.readouterr().err
    monkeypatch.setattr(Store, "commit", commit)
    assert work_on(store, run.id).state == FINISHED


def test_out_of_memory_halves_the_batch_and_goes_on(store, monkeypatch):
    values = {"experiment": "patch_removal", "settings": {"methods": ["blackout"], "shares": [0.5]}, "device": "cpu"}
    spec = spec_from({**values, "count": 8, "block": 4})
    plain = work_on(store, store.add(spec).id)
    logits, sizes = METHODS["blackout"].logits, []

    def small(self, classifier, image, mask):
        sizes.append(len(image))
        if len(image) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return logits(self, classifier, image, mask)

    monkeypatch.setattr(METHODS["blackout"], "logits", small)
    run = work_on(store, store.add(spec).id)
    assert run.state == FINISHED
    assert sizes == 2 * [4, 2, 1, 1, 1, 1]
    assert digest(store, run) == digest(store, plain)


def test_other_weights_are_not_mixed_into_a_run(store, spec):
    run = work_on(store, store.add(spec(pause=0.25)).id, stop_after(1))
    store.write(run.id, environment={**run.environment, "weights": "other"})
    run = work_on(store, run.id)
    assert run.state == FAILED
    assert "have changed since" in run.error


def test_resume_computes_nothing_twice(store, spec, monkeypatch):
    computed, compute = [], LoadedSpec.compute
    monkeypatch.setattr(
        LoadedSpec,
        "compute",
        lambda self, shard, report_forward_passes: (
            computed.append(shard) or compute(self, shard, report_forward_passes)
        ),
    )
    run = work_on(store, store.add(spec(pause=0.25)).id, stop_after(1))
    kept = store.committed(run.id)
    computed.clear()
    assert work_on(store, run.id).state == FINISHED
    assert kept
    assert not kept & set(computed)


def test_an_edited_plugin_is_noticed_on_resume(store, spec, plugin):
    run = work_on(store, store.add(spec(pause=0.25)).id, stop_after(1))
    assert run.state == CANCELLED
    as_it_was = plugin.read_text()
    try:
        plugin.write_text(as_it_was + "\n# another thought\n")
        edited = work_on(store, run.id)
    finally:
        plugin.write_text(as_it_was)
    assert edited.state == FAILED
    assert "the plugins have changed since run" in edited.error


def test_a_run_that_somebody_computes_is_left_alone(store, spec, monkeypatch):
    run = store.add(spec()).id
    elsewhere = ProcessIdentity("elsewhere", 1, 1.0)
    monkeypatch.setattr("masking.benchmarks.storage.store.myself", lambda: elsewhere)
    store.claim(run, RUNNING, ("queued",))
    monkeypatch.undo()
    with pytest.raises(ValueError, match="is being computed by process 1 on elsewhere"):
        work_on(store, run)


def test_one_run_at_a_time_on_a_device(store, spec):
    import threading

    running = threading.Event()
    first, second = store.add(spec(pause=0.2)).id, store.add(spec()).id
    ends = []

    def compute():
        with Store(store.folder) as own:
            work_on(own, first, lambda event, run: running.set() if event == "running" else None)
            ends.append("first")

    thread = threading.Thread(target=compute)
    thread.start()
    assert running.wait(PATIENCE_SECONDS)
    work_on(store, second, lambda event, run: ends.append(f"second {event}") if event == "running" else None)
    thread.join()
    assert ends == ["first", "second running"]


def test_a_cancel_while_waiting_for_the_device(store, spec, monkeypatch):
    import filelock

    lock = filelock.FileLock(store.folder / "device-cpu.lock")
    monkeypatch.setattr(runner, "WAIT_SECONDS", 0.05)
    run = store.add(spec()).id
    with lock:

        def tell(event, run):
            if event == "queued":
                store.cancel(run.id)

        assert work_on(store, run, tell).state == CANCELLED
    assert store.run(run).done == 0


def test_a_worker_that_lost_its_run_while_it_waited_does_not_end_it(store, spec, monkeypatch):
    import filelock

    lock = filelock.FileLock(store.folder / "device-cpu.lock")
    monkeypatch.setattr(runner, "WAIT_SECONDS", 0.05)
    run = store.add(spec()).id
    with lock:

        def take_over(event, run):
            if event == "queued":  # cancelled, and resumed by another process before this one has noticed
                other = identify(os.getppid())
                store.write(run.id, pid=other.pid, pid_started=other.started, ticks=other.ticks)
                store.cancel(run.id)
                store.change(run.id, QUEUED, (CANCELLED,))
                heartbeat_says_cancelled.set()

        heartbeat_says_cancelled = threading.Event()
        monkeypatch.setattr(Store, "cancelled", lambda *_: heartbeat_says_cancelled.is_set())
        work_on(store, run, take_over)
    assert store.run(run).stored_state == QUEUED


def test_an_unknown_classifier_fails_in_a_sentence(store):
    spec = spec_from({"experiment": "patch_removal", "classifier": {"name": "silhouettes/resnt"}})
    run = work_on(store, store.add(spec).id)
    assert run.state == FAILED
    assert "did you mean silhouettes/resnet" in run.error


def test_a_run_that_can_measure_no_image_fails_and_says_why(store, tmp_path, photograph):
    photograph.resize((140, 130)).save(tmp_path / "a.png")
    data = {"source": "folder", "settings": {"path": str(tmp_path)}}
    run = work_on(store, store.add(spec_from({"experiment": "mia", "data": data, "device": "cpu"})).id)
    assert (run.state, run.done) == (FAILED, 1)
    assert run.error == "none of the 1 images can be measured; choose data whose classes silhouettes/resnet knows"


def test_a_run_takes_all_pictures_of_a_small_folder(store, tmp_path, photograph, plugin):
    for name in "abcde":
        photograph.resize((140, 130)).save(tmp_path / f"{name}.png")
    values = {"experiment": "brightness", "plugins": [str(plugin)], "block": 2}
    run = work_on(
        store, store.add(spec_from({**values, "data": {"source": "folder", "settings": {"path": str(tmp_path)}}})).id
    )
    assert (run.state, run.images, run.shards) == (FINISHED, 5, 3)
