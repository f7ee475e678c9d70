"""The Benchmarks page says when classes are unknown, parts are missing, or pictures have changed."""

import pytest

from masking.benchmarks.storage.run import INCOMPLETE, RUNNING
from masking.benchmarks.storage.store import Store
from tests.pages.runs.runs_page import RunsPage, begun, finished


@pytest.fixture
def store(folders, fresh_server):
    with Store() as made:
        yield made


def test_unknown_classes_stand_above_the_numbers(store):
    run = finished(store)
    assert "unknown" not in RunsPage(run=run.id).captions
    labels = {"unknown": 3, "of": 4, "examples": ["crane*"]}
    store.write(run.id, environment={**run.environment, "labels": labels})
    captions = RunsPage(run=run.id).captions
    assert r"The class of 3 of 4 images is unknown to silhouettes/resnet (such as 'crane\*')" in captions


def test_a_merged_run_that_lacks_parts_is_incomplete(store):
    run = begun(store, 1)
    store.change(run.id, INCOMPLETE, (RUNNING,))
    page = RunsPage(run=run.id)
    assert page.state == "Incomplete"
    assert any("some are missing; 1 of 2 blocks are saved. Resume computes the rest" in info for info in page.infos)
    assert not page.disabled("Resume")
    assert RunsPage(view="runs", state="stopped").run_ids == [run.id]


def test_runs_of_changed_pictures_are_not_paired(store):
    first, second = finished(store), finished(store)
    page = RunsPage(view="compare", runs=f"{first.id},{second.id}")
    assert not any("changed" in info for info in page.infos)
    store.write(first.id, environment={**first.environment, "listing": {"digest": "0", "pictures": 9}})
    store.write(second.id, environment={**second.environment, "listing": {"digest": "1", "pictures": 10}})
    page = RunsPage(view="compare", runs=f"{second.id},{first.id}")
    assert any("pictures have changed between the runs" in info and "there were 9, now" in info for info in page.infos)
