"""A store that cannot be used: one sentence at once, and a run that is computed loses nothing."""

import time

import pytest

from benchmarks.hardening.store_states import ON_OWN_DISK, STATES, own_disk
from benchmarks.hardening.stores import disturb_worker
from masking.benchmarks.storage.connection import StoreError
from masking.benchmarks.storage.store import FILE, Store
from masking.benchmarks.worker.runner import work_on

SENTENCES = {
    "locked": "is held by another process; try again once it has finished",
    "corrupt in the middle": "is damaged (database disk image is malformed); keep a copy of it, then repair it with",
    "not a database": "cannot be used as a store of runs (file is not a database); move it away",
    "written by a newer version": "was written by a newer version of this program; update it",
    "folder gone": "has gone; bring it back",
    "read-only": "unable to open database file); make its folder writable",
    "disk full": "cannot grow; make room and resume the run, what was computed is kept",
}


@pytest.fixture
def folder(tmp_path, request):
    """The folder of a store, on a small disk where the state is one of a disk."""
    folder = tmp_path / "store"
    if request.getfixturevalue("state") not in ON_OWN_DISK:
        yield folder
        return
    try:
        with own_disk(folder):
            yield folder
    except PermissionError:
        pytest.skip("only root can mount a small disk")


@pytest.mark.parametrize("state", STATES)
def test_one_sentence_names_the_file_and_the_remedy(folder, state, spec):
    with Store(folder) as store:
        rows = store.rows(work_on(store, store.add(spec()).id))
    with STATES[state](folder):
        start = time.process_time()
        if state == "locked for writers":
            with Store(folder, 0.0) as store, pytest.raises(StoreError, match="is held by another process"):
                store.add(spec())
        else:
            with pytest.raises(StoreError) as refused, Store(folder, 0.0, create=False) as store:
                store.runs()
            assert SENTENCES[state] in str(refused.value)
            assert str(folder / FILE) in str(refused.value)
        assert time.process_time() - start < 5
    with Store(folder) as store:
        assert store.rows(store.runs()[0]) == rows


@pytest.mark.parametrize("state", ["locked for writers", "corrupt in the middle", "folder gone", "disk full"])
def test_a_run_that_is_computed_loses_no_shard(folder, state, spec):
    with Store(folder) as store:
        rows = store.rows(work_on(store, store.add(spec(count=8, block=2)).id))
    outcome = disturb_worker(folder, state, spec(count=8, block=2))
    assert outcome["state"] in {"failed", "finished"}
    assert outcome["shards kept"] >= 2
    assert outcome["finished"]
    assert outcome["rows"] == rows
    if state == "locked for writers":
        assert outcome["state"] == "finished", "it waited"
