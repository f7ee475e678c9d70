"""Summaries and paired differences of rows by hand."""

import pytest

from masking.benchmarks.analysis.statistics import Table, compare_runs, differences, summarise
from masking.benchmarks.protocol.aggregate import CLASS_ENTROPY
from masking.benchmarks.protocol.experiment import make_experiment
from masking.benchmarks.specification.spec import spec_from
from masking.benchmarks.worker.runner import work_on


def row(image, method, share, right, kept=1, predicted=0):
    row = {"image": image, "order": "random", "method": method, "share": share, "predicted": predicted}
    return {**row, "right": right, "kept": kept, "entropy": float(image), "similarity": None}


@pytest.fixture
def experiment():
    return make_experiment("patch_removal", {"methods": ["greyout", "blackout"], "shares": [0.0, 0.5]})


def find(rows, **wanted):
    (found,) = [one for one in rows if all(one[name] == value for name, value in wanted.items())]
    return found


def test_a_summary_counts_what_has_a_number(experiment):
    rows = [row(0, "greyout", 0.5, 1), row(1, "greyout", 0.5, 0, predicted=1), row(2, "greyout", 0.5, None)]
    found = summarise(experiment, rows)
    accuracy = find(found, outcome="accuracy")
    assert (accuracy["n"], accuracy["value"], accuracy["share"]) == (2, 0.5, 0.5)
    assert find(found, outcome="class_entropy")["value"] == pytest.approx(0.9183, abs=1e-4)
    assert find(found, outcome="predictive_entropy")["value"] == 1
    assert "class_similarity" not in {one["outcome"] for one in found}
    assert summarise(experiment, []) == []


def test_one_image_has_no_ends(experiment):
    found = summarise(experiment, [row(0, "greyout", 0.5, 1)])
    assert find(found, outcome="predictive_entropy")["low"] is None
    assert CLASS_ENTROPY.least == 2
    assert "class_entropy" not in {one["outcome"] for one in found}


def test_conditions_stand_in_the_order_of_the_settings(experiment):
    rows = [row(0, method, share, 1) for method in ("blackout", "greyout") for share in (0.5, 0.0)]
    assert Table(rows, experiment).conditions == [
        ("random", "greyout", 0.0),
        ("random", "greyout", 0.5),
        ("random", "blackout", 0.0),
        ("random", "blackout", 0.5),
    ]


def test_differences_are_over_the_images_of_both(experiment):
    rows = [row(image, "greyout", 0.5, image % 2) for image in range(4)]
    rows += [row(image, "blackout", 0.5, 1) for image in range(1, 6)]
    rows += [row(0, "blackout", 0.0, 1)]  # greyout has no such share
    found = differences(experiment, rows)
    accuracy = find(found, outcome="accuracy")
    assert (accuracy["method"], accuracy["against"], accuracy["n"]) == ("blackout", "greyout", 3)
    assert accuracy["value"] == pytest.approx(1 / 3)
    assert {one["share"] for one in found} == {0.5}
    turned = differences(experiment, rows, against="blackout")
    assert find(turned, outcome="accuracy")["value"] == pytest.approx(-1 / 3)
    assert find(found, outcome="predictive_entropy")["value"] == 0


def test_a_number_to_compare_with_may_be_written_in_short(experiment):
    rows = [row(image, "greyout", share, image % 2) for image in range(4) for share in (0.0, 0.5)]
    for text, other in (("0", 0.5), ("0.0", 0.5), ("0.5", 0.0), (0.5, 0.0)):
        found = differences(experiment, rows, "share", text)
        assert {(one["share"], one["against"]) for one in found} == {(other, 0.5 - other)}


def test_what_cannot_be_compared_is_told(experiment):
    with pytest.raises(ValueError, match="no key 'colour'; choose one of order, method, share"):
        differences(experiment, [row(0, "greyout", 0.5, 1)], along="colour")
    with pytest.raises(ValueError, match="there is no method 'blur' to compare with; there are greyout"):
        differences(experiment, [row(0, "greyout", 0.5, 1)], against="blur")


def test_runs_are_compared_on_the_same_images(store, spec):
    one, two = (work_on(store, store.add(spec(count=count)).id) for count in (10, 6))
    rows = {run.id: store.rows(run) for run in (one, two)}
    found = compare_runs([one, two], rows)
    assert {(row["run"], row["against"], row["n"], row["value"]) for row in found} == {(two.id, one.id, 6, 0.0)}
    assert {row["level"] for row in found} == {1.0, 2.0}
    within = compare_runs([one, two], rows, along="level")
    assert {row["run"] for row in within} == {one.id, two.id}
    assert all(row["level"] == 2.0 and row["against"] == 1.0 for row in within)


def test_runs_that_cannot_be_paired_are_told(store, spec):
    one, other = store.add(spec()), store.add(spec_from({"experiment": "patch_removal"}))
    seed = store.add(spec_from({**spec().model_dump(), "seed": 5}))
    for runs, sentence in (
        ([one], "1 runs are selected; choose 2 to 6"),
        ([one, other], "compare one experiment"),
        ([one, seed], "used different pictures or seeds"),
    ):
        with pytest.raises(ValueError, match=sentence):
            compare_runs(runs, {run.id: [] for run in runs})
