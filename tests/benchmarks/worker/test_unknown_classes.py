"""A run says how many images have no known class, in what it prints, shows and exports."""

import json

import pytest
from PIL import Image

from masking.benchmarks.analysis.report import to_html
from masking.benchmarks.specification.spec import spec_from
from masking.benchmarks.worker.runner import work_on
from masking.models.zoo import load_classifier


@pytest.fixture
def make_run(store, tmp_path):
    """Runs patch removal on one picture for each of these folders."""

    def make(*names):
        for name in names:
            (tmp_path / "set" / name).mkdir(parents=True)
            Image.new("RGB", (20, 20), "teal").save(tmp_path / "set" / name / "a.png")
        data = {"source": "folder", "settings": {"path": str(tmp_path / "set")}}
        settings = {"shares": [0.0], "methods": ["blackout"]}
        values = {"experiment": "patch_removal", "settings": settings, "data": data, "count": 9, "device": "cpu"}
        return work_on(store, store.add(spec_from(values)).id)

    return make


def test_unknown_classes_are_counted(store, make_run):
    run = make_run("bird", "violin", "drum")
    assert run.environment["labels"] == {"unknown": 2, "of": 3, "examples": ["violin", "drum"]}
    assert run.label_note.startswith("The class of 2 of 3 images is unknown to silhouettes/resnet (such as 'violin', ")
    assert run.label_note.replace("'", "&#x27;") in to_html(store, run)


def test_numbers_that_count_as_indices_are_said(make_run):
    run = make_run("3", "5")
    assert set(run.environment["labels"]["indices"]) == {"3", "5"}
    assert "count as indices of silhouettes/resnet's classes" in run.label_note


def test_numbers_beyond_the_classes_are_unknown(make_run):
    classes = len(load_classifier("silhouettes/resnet").categories)
    run = make_run("0", str(classes))
    assert run.environment["labels"]["unknown"] == 2


def test_nothing_is_said_where_all_classes_are_known(make_run):
    run = make_run("bird", "BOAT")
    assert "labels" not in run.environment
    assert run.label_note == ""


@pytest.mark.parametrize("facts", [None, [], "x", {}, {"unknown": 0}])
def test_an_imported_environment_may_hold_anything(store, make_run, facts):
    run = make_run("bird")
    store.write(run.id, environment={**run.environment, "labels": facts, "listing": facts})
    run = store.run(run.id)
    assert run.label_note == ""
    assert json.dumps(dict(run.environment))
