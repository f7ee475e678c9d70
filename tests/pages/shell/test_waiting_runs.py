"""A server that starts goes on with the runs that waited when the last one ended."""

from masking.benchmarks.specification.spec import spec_from
from masking.benchmarks.storage.process_identity import myself
from masking.benchmarks.storage.store import FILE, Store
from masking.benchmarks.worker import queue
from masking.runtime.limits import Limits
from masking.runtime.run_folder import runs_folder
from pages.shell.waiting_runs import start_runs, start_waiting_runs


def test_the_next_run_starts_and_the_others_wait(folders, monkeypatch):
    monkeypatch.setattr(queue, "_start_worker", lambda *_: myself())
    with Store() as store:
        first, second = (
            store.add(spec_from({"experiment": "patch_removal", "count": 2}), device="cpu", limits=Limits())
            for _ in range(2)
        )
        assert store.run(first.id).waits
        start_runs()
        assert not store.run(first.id).waits
        assert store.run(second.id).waits


def test_a_new_server_makes_no_store_and_one_without_settings_imports_nothing(folders, monkeypatch):
    start_runs()
    assert not (runs_folder() / FILE).exists()
    monkeypatch.setattr("pages.shell.waiting_runs.start_runs", lambda: 1 / 0)
    monkeypatch.setattr("threading.Thread.start", lambda thread: started.append(thread.name))
    started = []
    start_waiting_runs()  # the file of this test is empty
    assert started == []
    (folders / "masking.toml").write_text("public = true\n")
    start_waiting_runs()
    assert started == ["waiting runs"]
