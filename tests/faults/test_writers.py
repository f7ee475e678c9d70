"""Several processes with one store, all at once."""

from masking.benchmarks.storage.run import FINISHED
from masking.benchmarks.storage.store import Store
from tests.faults import victims

WRITERS, SHARDS = 4, 60


def test_four_writers_of_one_run_keep_each_shard_once(forks, spec, store, whole):
    run = store.add(spec(count=SHARDS))
    rows = [
        [{"image": shard, "draw": draw, "chance": 0.5, "predicted": 1, "entropy": 1.0} for draw in range(3)]
        for shard in range(SHARDS)
    ]
    together = forks.barrier(WRITERS)
    writers = [forks(victims.commit, str(store.folder), run.id, rows, seed, together) for seed in range(WRITERS)]
    kept = [shard for writer in writers for shard in writer.result()]
    assert sorted(kept) == list(range(SHARDS)), "one writer had each shard, and knew it"
    assert whole(store, run) == set(kept)


def test_four_that_meet_an_empty_folder_make_one_store(forks, spec, tmp_path):
    spec_fields, folder = spec(count=4).model_dump(mode="json"), tmp_path / "new" / "runs"
    together = forks.barrier(WRITERS)
    writers = [forks(victims.add, str(folder), spec_fields, together) for _ in range(WRITERS)]
    made = {writer.result() for writer in writers}
    with Store(folder) as store:
        assert {run.id for run in store.runs()} == made
    assert len(made) == WRITERS


def test_of_four_workers_one_gets_the_run(forks, spec, store, whole):
    run, together = store.add(spec(count=4, pause=0.2)), forks.barrier(WRITERS)
    workers = [forks(victims.claim, str(store.folder), run.id, together) for _ in range(WRITERS)]
    assert sorted(worker.result() for worker in workers) == [False, False, False, True]
    assert store.run(run.id).state == FINISHED
    assert whole(store, run) == {0, 1, 2, 3}
