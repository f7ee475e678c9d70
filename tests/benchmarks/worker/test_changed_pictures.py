"""A run keeps to the pictures that it began with: resume, compare and merge refuse others."""

import gzip
import shutil

import pytest
from PIL import Image

from masking.benchmarks.analysis.statistics import compare_runs
from masking.benchmarks.specification.spec import spec_from
from masking.benchmarks.storage.exchange import merge, write_run
from masking.benchmarks.storage.listings import FOLDER, describe_change
from masking.benchmarks.storage.run import CANCELLED, FAILED, FINISHED, INCOMPLETE
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.runner import work_on


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "set"
    for name in ("bird", "boat"):
        (folder / name).mkdir(parents=True)
        for number in range(3):
            Image.new("RGB", (20, 20), (40 * number, 0, 0)).save(folder / name / f"{number}.png")
    return folder


@pytest.fixture
def make_spec(plugin, pictures):
    data = {"source": "folder", "settings": {"path": str(pictures)}}
    values = {"experiment": "brightness", "plugins": [str(plugin)], "count": 6, "block": 2, "device": "cpu"}
    return lambda **changes: spec_from({**values, "data": data, **changes})


def stop_after_a_shard(event, run):
    if event == "shard":
        raise KeyboardInterrupt


def add(pictures):
    Image.new("RGB", (20, 20), "teal").save(pictures / "bird" / "+new.png")


def remove(pictures):
    (pictures / "boat" / "1.png").unlink()


def exchange(pictures):
    Image.new("RGB", (90, 90), "teal").save(pictures / "boat" / "2.png")


CHANGES = {
    add: "first difference: bird/+new.png is new",
    remove: "first difference: boat/1.png is no longer there",
    exchange: "first difference: boat/2.png has changed",
}


@pytest.mark.parametrize(("change", "words"), CHANGES.items())
def test_a_run_does_not_go_on_with_other_pictures(store, make_spec, pictures, change, words):
    run = work_on(store, store.add(make_spec()).id, stop_after_a_shard)
    assert (run.state, run.done) == (CANCELLED, 1)
    change(pictures)
    run = work_on(store, run.id)
    assert run.state == FAILED
    assert run.error == f"the pictures have changed since run {run.id} began ({words}); start a new run"
    assert run.done == 1


def test_hidden_files_and_another_time_are_no_change(store, make_spec, pictures):
    run = work_on(store, store.add(make_spec()).id, stop_after_a_shard)
    (pictures / "bird" / "._0.png").write_bytes(b"x")
    (pictures / "bird" / "0.png").touch()
    assert work_on(store, run.id).state == FINISHED


def test_a_run_of_an_older_version_goes_on(store, make_spec, pictures):
    run = work_on(store, store.add(make_spec()).id, stop_after_a_shard)
    store.write(run.id, environment={name: fact for name, fact in run.environment.items() if name != "listing"})
    exchange(pictures)
    assert work_on(store, run.id).state == FINISHED


def test_runs_of_other_pictures_are_not_compared(store, make_spec, pictures):
    first = work_on(store, store.add(make_spec()).id)
    same = work_on(store, store.add(make_spec()).id)
    add(pictures)
    second = work_on(store, store.add(make_spec()).id)
    rows = {run.id: store.rows(run) for run in (first, same, second)}
    assert compare_runs([first, same], rows)
    with pytest.raises(
        ValueError, match=rf"between the runs {first.id} and {second.id} \(there were 6, now there are 7"
    ):
        compare_runs([first, second], rows)
    with pytest.raises(ValueError, match=rf"{first.id} and {second.id} \(first difference: bird/\+new.png is new\)"):
        compare_runs([second, first], rows, folder=store.folder)
    shutil.rmtree(store.folder / FOLDER)
    with pytest.raises(ValueError, match="there were 6"):
        compare_runs([second, first], rows, folder=store.folder)


def export(store, spec, part, path):
    run = work_on(store, store.add(spec, part=part).id)
    write_run(store, run, path)
    return path


def test_parts_of_other_pictures_are_not_merged(store, make_spec, pictures, tmp_path):
    first = export(store, make_spec(), "1/2", tmp_path / "1.json")
    exchange(pictures)
    second = export(store, make_spec(), "2/2", tmp_path / "2.json")
    with Store(tmp_path / "elsewhere") as elsewhere:
        sentence = r"2\.json was computed from other pictures than .*1\.json \(names, sizes or labels differ\)"
        with pytest.raises(ValueError, match=sentence):
            merge(elsewhere, [first, second])


def test_a_part_is_merged_once(store, make_spec, tmp_path):
    first = export(store, make_spec(), "1/2", tmp_path / "1.json")
    again = shutil.copy(first, tmp_path / "again.json")
    with pytest.raises(ValueError, match=r"again\.json is part 1/2 again, as .*1\.json is; name each part once"):
        merge(store, [first, again])


def test_a_merged_run_without_all_parts_is_incomplete(store, make_spec, tmp_path):
    first = export(store, make_spec(), "1/2", tmp_path / "1.json")
    merged = merge(store, [first])
    assert (merged.state, merged.done, merged.shards) == (INCOMPLETE, 2, 3)
    write_run(store, merged, tmp_path / "merged.json")
    last = export(store, make_spec(), "2/2", tmp_path / "2.json")
    assert merge(store, [tmp_path / "merged.json", last]).state == FINISHED
    assert work_on(store, merged.id).state == FINISHED


def test_a_run_does_not_go_on_with_other_class_names(store, make_spec):
    run = work_on(store, store.add(make_spec()).id, stop_after_a_shard)
    store.write(run.id, environment={**run.environment, "categories": "0"})
    error = work_on(store, run.id).error
    assert error == f"the class names of silhouettes/resnet have changed since run {run.id} began; start a new run"


def test_parts_of_other_class_names_are_not_merged(store, make_spec, tmp_path):
    first = export(store, make_spec(), "1/2", tmp_path / "1.json")
    run = work_on(store, store.add(make_spec(), part="2/2").id)
    store.write(run.id, environment={**run.environment, "categories": "0"})
    write_run(store, store.run(run.id), tmp_path / "2.json")
    with pytest.raises(ValueError, match=r"2\.json was computed with other class names than .*1\.json"):
        merge(store, [first, tmp_path / "2.json"])


def test_a_listing_is_read_from_its_own_folder_only(tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.txt.gz").write_bytes(gzip.compress(f"{name} is secret".encode()))
    facts = [{"listing": {"digest": f"../{name}", "pictures": 1}} for name in ("one", "two")]
    (tmp_path / "store" / "listings").mkdir(parents=True)
    assert describe_change(*facts, tmp_path / "store") == "names, sizes or labels differ"
    facts = [{"listing": {"digest": f"../../{name}", "pictures": 1}} for name in ("one", "two")]
    assert describe_change(*facts, tmp_path / "store") == "names, sizes or labels differ"
