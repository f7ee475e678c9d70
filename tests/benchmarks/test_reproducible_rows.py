"""Rows and scenes are the same on other threads and instructions, also where noise depends on the pixels."""

import hashlib
import os
import subprocess
import sys

import pytest
import torch

from masking.benchmarks.analysis.row_digest import compare_repetitions, digest_of_run, digest_scope
from masking.benchmarks.protocol.row_equality import FACT, KIND, PROCESSORS
from masking.benchmarks.specification.spec import spec_from
from masking.benchmarks.storage.exchange import merge, read_run, write_run
from masking.benchmarks.storage.run import FINISHED
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.runner import work_on
from masking.datasets.silhouettes.patterns import PATTERNS
from masking.datasets.silhouettes.render import render
from masking.datasets.silhouettes.worlds import World
from masking.image import round_to_levels
from masking.runtime.threads import VARIABLE

SPEC = spec_from(
    {
        "experiment": "patch_removal",
        "settings": {"methods": ["noise", "random_colour"], "shares": [0.5]},
        "count": 4,
        "block": 2,
        "device": "cpu",
    }
)
WORLD = World(size=48, classes=("mug", "key"))
SEEDS = range(3)
RENDER_AND_RUN = """
import sys, torch
from masking.__main__ import main
from tests.benchmarks.test_reproducible_rows import digest_of_scenes
torch.set_num_threads(3)
print(torch.backends.cpu.get_cpu_capability(), digest_of_scenes(), flush=True)
torch.set_num_threads(1)
main()
"""
TURNS = {"OMP_WAIT_POLICY": "passive"}
"""Threads that wait for each other leave the processor to others, so that a busy machine does not draw this out."""


def digest_of_scenes():
    scenes = render(WORLD, SEEDS)
    return hashlib.sha256(scenes.images.numpy().tobytes() + scenes.objects.numpy().tobytes()).hexdigest()


@pytest.fixture(scope="module")
def other_process(tmp_path_factory):
    """What one process on other threads and instructions prints, and the second half of the run that it computes."""
    folder = tmp_path_factory.mktemp("other")
    (folder / "spec.json").write_text(SPEC.to_json())
    words = ("bench", "run", folder / "spec.json", "--shard", "2/2", "--out", folder / "part.json")
    variables = {"MASKING_RUNS": str(folder / "runs"), "OMP_NUM_THREADS": "1", VARIABLE: "2"}
    environment = {**os.environ, **TURNS, **variables, "ATEN_CPU_CAPABILITY": "default"}
    command = [sys.executable, "-c", RENDER_AND_RUN, *map(str, words)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return done.stdout, folder / "part.json"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The run on one thread, and the file with it."""
    folder = tmp_path_factory.mktemp("whole")
    with Store(folder) as store:
        run = work_on(store, store.add(SPEC).id)
        assert run.state == FINISHED
        write_run(store, run, folder / "whole.json")
    return run, folder / "whole.json"


def test_the_command_line_on_other_threads_and_instructions_computes_equal_rows(store, whole, other_process, tmp_path):
    first, part = read_run(store, whole[1]), other_process[1]
    other = work_on(store, store.add(SPEC, part="1/2").id)
    write_run(store, other, tmp_path / "other.json")

    merged = merge(store, [tmp_path / "other.json", part, whole[1]])  # the whole has each row again
    assert [facts["threads"] for facts in merged.environment[PROCESSORS]] == [1, 2]
    merged = merge(store, [tmp_path / "other.json", part])
    rows, first_rows = store.rows(merged), store.rows(first)
    assert digest_of_run(merged, rows) == digest_of_run(first, first_rows)
    (sentence,) = compare_repetitions([first, merged], [first_rows, rows])
    assert "In the 8 rows that both runs have, all names and whole numbers are equal" in sentence
    assert "1 threads" in digest_scope(merged, rows)
    assert "2 threads" in digest_scope(merged, rows)


def test_scenes_are_equal_byte_for_byte_with_other_threads_and_instructions(other_process):
    instructions, digest, *_ = other_process[0].split()
    assert instructions == "DEFAULT"
    assert digest == digest_of_scenes()


def test_scenes_have_the_levels_of_a_picture_file():
    images = render(WORLD, SEEDS).images
    assert torch.equal(round_to_levels(images), images)
    assert images.dtype == torch.float32


def test_patterns_are_computed_in_float64():
    """In float32, numbers of threads differ by more than rounding to 256 levels can hide."""
    assert PATTERNS["zigzag"]().dtype == torch.float64


def test_a_run_leaves_the_number_of_threads_as_it_was(store, whole, monkeypatch):
    monkeypatch.setenv(VARIABLE, "2")
    seen = []
    before = torch.get_num_threads()
    run = store.add(spec_from({**SPEC.model_dump(), "count": 1}))
    work_on(store, run.id, lambda event, _: seen.append((event, torch.get_num_threads())))
    assert ("shard", 2) in seen
    assert torch.get_num_threads() == before == 1


def test_a_run_of_an_earlier_program_keeps_its_kind_of_digest(store, whole, tmp_path):
    run = read_run(store, whole[1])
    assert run.environment[FACT] == KIND
    rows = store.rows(run)
    old = {name: fact for name, fact in run.environment.items() if name not in {FACT, PROCESSORS}}
    store.write(run.id, environment=old)
    earlier = store.run(run.id)
    assert digest_of_run(earlier, rows) != digest_of_run(run, rows)
    assert digest_scope(earlier, rows).startswith("It is of the old kind: it covers all numbers, ")
    note, _ = compare_repetitions([run, earlier], [rows, rows])
    assert note.startswith(f"An earlier program than that of {run.id} computed {run.id}, so its digest is of the old")
    write_run(store, earlier, tmp_path / "old.json")
    with pytest.raises(ValueError, match=r"old\.json was computed by an earlier program than .*whole\.json"):
        merge(store, [whole[1], tmp_path / "old.json"])
