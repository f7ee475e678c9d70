"""Files of runs: a damaged or hostile one is refused in a sentence, and nothing of it is stored."""

import gzip
import json
import math

import pytest

from masking.benchmarks.storage import exchange, run_file
from masking.benchmarks.storage.exchange import read_run
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.runner import work_on


@pytest.fixture
def finished(store, spec):
    return work_on(store, store.add(spec(), title="A & B <i>").id)


@pytest.fixture
def elsewhere(tmp_path):
    with Store(tmp_path / "elsewhere") as made:
        yield made


def damaged(document, change):
    changed = json.loads(json.dumps(document))
    change(changed)
    return json.dumps(changed).encode()


BAD = {
    "no json": lambda d: b"hello",
    "no gzip": lambda d: b"\x1f\x8bhello",
    "cut": lambda d: gzip.compress(json.dumps(d).encode())[:-20],
    "format": lambda d: damaged(d, lambda f: f.update(format="other")),
    "id": lambda d: damaged(d, lambda f: f["run"].update(id="../../x")),
    "columns": lambda d: damaged(d, lambda f: f["columns"]["value"].pop()),
    "spec": lambda d: damaged(d, lambda f: f["run"].update(spec={})),
    "list": lambda d: b"[]",
    "no shards": lambda d: damaged(d, lambda f: f.pop("shards")),
    "half a shard": lambda d: damaged(d, lambda f: f["shards"][0].pop()),
    "part": lambda d: damaged(d, lambda f: f["run"].update(part="x")),
    "how many": lambda d: damaged(d, lambda f: f["run"].update(shards="q")),
    "title": lambda d: damaged(d, lambda f: f["run"].update(title=None)),
    "image": lambda d: damaged(d, lambda f: f["columns"].update(image=["a"] * len(f["shard_of_row"]))),
    **{
        f"{part} {number}": lambda d, part=part, value=value: damaged(
            d, lambda f: f["run"]["spec"].update({part: value})
        )
        for number, (part, value) in enumerate(
            [
                ("experiment", {}),
                ("classifier", [1]),
                ("classifier", {"name": 3}),
                ("classifier", {"name": "a", "input_size": "wide"}),
                ("data", []),
                ("data", {"source": None, "settings": {}}),
                ("settings", ""),
                ("settings", {"a": math.nan}),
                ("settings", {"a": 2**70}),
                ("count", "4"),
                ("count", 10**12),
                ("block", 0),
                ("seed", 1.5),
                ("device", None),
                ("device", "x" * 20_000),
                ("plugins", "a.py"),
                ("plugins", [{}]),
            ]
        )
    },
    **{
        f"run {name} {number}": lambda d, name=name, value=value: damaged(d, lambda f: f["run"].update({name: value}))
        for number, (name, value) in enumerate(
            [
                ("shards", 10**12),
                ("shards", -1),
                ("shards", 9_000_000),
                ("images", 10**12),
                ("images", 11),
                ("part", "3/2"),
                ("part", f"1/{10**30}"),
                ("created", 1e300),
                ("created", math.inf),
                ("created", -1.0),
                ("ended", math.nan),
                ("digest", "../../x"),
                ("title", "x" * 20_000),
                ("note", "\ud800"),
                ("tags", ["x" * 2_000]),
                ("tags", [1]),
                ("keys", ["nothing"]),
                ("environment", []),
                ("environment", {"a": math.inf}),
                ("environment", {"labels": {"unknown": 1, "examples": 3}}),
                ("environment", {"labels": {"indices": [1]}}),
            ]
        )
    },
    "nested": lambda d: damaged(d, lambda f: f["run"]["environment"].update(a=json.loads("[" * 90 + "]" * 90))),
    "endless row": lambda d: damaged(d, lambda f: f["columns"]["value"].__setitem__(0, math.nan)),
    "huge image": lambda d: damaged(d, lambda f: f["columns"]["image"].__setitem__(0, 2**63)),
    "foreign shard": lambda d: damaged(d, lambda f: f["shards"][0].__setitem__(0, 99)),
    "shard twice": lambda d: damaged(d, lambda f: f["shards"][1].__setitem__(0, 0)),
    "long shard": lambda d: damaged(d, lambda f: f["shards"][0].__setitem__(3, -1.0)),
    "value": lambda d: damaged(d, lambda f: f["columns"].update(level=[[]] * len(f["shard_of_row"]))),
}


@pytest.mark.parametrize("break_it", BAD.values(), ids=BAD)
def test_a_damaged_file_is_refused_in_a_sentence(store, finished, elsewhere, tmp_path, break_it):
    (tmp_path / "a.json").write_bytes(break_it(exchange.export_document(store, finished)))
    with pytest.raises(ValueError, match=r"^[^\n]*a.json is not an exported run .*; export it again[^\n]*$") as refused:
        read_run(elsewhere, tmp_path / "a.json")
    assert len(str(refused.value)) < 500
    assert elsewhere.runs() == []


def test_a_file_that_unpacks_without_end_is_refused(elsewhere, tmp_path, monkeypatch):
    monkeypatch.setattr(run_file, "MOST_BYTES", 2**20)
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(b" " * 2**21))
    with pytest.raises(ValueError, match="it holds more than 1 MB"):
        read_run(elsewhere, tmp_path / "a.json.gz")


def test_a_file_of_a_newer_version_is_refused(store, finished, elsewhere, tmp_path):
    newer = {**exchange.export_document(store, finished), "version": 99, "columns": []}
    (tmp_path / "a.json").write_text(json.dumps(newer))
    with pytest.raises(ValueError, match=r"a.json is of version 99 and this program knows 1; update it"):
        read_run(elsewhere, tmp_path / "a.json")


def test_a_file_that_contradicts_itself_is_refused(store, finished, elsewhere, tmp_path):
    document = exchange.export_document(store, finished)
    document["columns"]["image"] = [0] * len(document["columns"]["image"])
    (tmp_path / "a.json").write_text(json.dumps(document))
    with pytest.raises(ValueError, match="contradicts itself"):
        read_run(elsewhere, tmp_path / "a.json")
    assert elsewhere.runs() == []
