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
    (match,) = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    return match


def test_a_summary_counts_what_has_a_number(experiment):
    rows = [row(0, "greyout", 0.5, 1), row(1, "greyout", 0.5, 0, predicted=1), row(2, "greyout", 0.5, None)]
    summary = summarise(experiment, rows)
    accuracy = find(summary, outcome="accuracy")
    assert (accuracy["n"], accuracy["value"], accuracy["share"]) == (2, 0.5, 0.5)
    assert find(summary, outcome="class_entropy")["value"] == pytest.approx(0.9183, abs=1e-4)
    assert find(summary, outcome="predictive_entropy")["value"] == 1
    assert "class_similarity" not in {entry["outcome"] for entry in summary}
    assert summarise(experiment, []) == []


def test_one_image_has_no_ends(experiment):
    summary = summarise(experiment, [row(0, "greyout", 0.5, 1)])
    assert find(summary, outcome="predictive_entropy")["low"] is None
    assert CLASS_ENTROPY.least == 2
    assert "class_entropy" not in {entry["outcome"] for entry in summary}


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
    changes = differences(experiment, rows)
    accuracy = find(changes, outcome="accuracy")
    assert (accuracy["method"], accuracy["against"], accuracy["n"]) == ("blackout", "greyout", 3)
    assert accuracy["value"] == pytest.approx(1 / 3)
    assert {change["share"] for change in changes} == {0.5}
    turned = differences(experiment, rows, against="blackout")
    assert find(turned, outcome="accuracy")["value"] == pytest.approx(-1 / 3)
    assert find(changes, outcome="predictive_entropy")["value"] == 0


def test_a_number_to_compare_with_may_be_written_in_short(experiment):
    rows = [row(image, "greyout", share, image % 2) for image in range(4) for share in (0.0, 0.5)]
    for text, other in (("0", 0.5), ("0.0", 0.5), ("0.5", 0.0), (0.5, 0.0)):
        changes = differences(experiment, rows, "share", text)
        assert {(change["share"], change["against"]) for change in changes} == {(other, 0.5 - other)}


def test_an_impossible_comparison_is_refused(experiment):
    with pytest.raises(ValueError, match="no key 'colour'; choose one of order, method, share"):
        differences(experiment, [row(0, "greyout", 0.5, 1)], along="colour")
    with pytest.raises(ValueError, match="there is no method 'blur' to compare with; there are greyout"):
        differences(experiment, [row(0, "greyout", 0.5, 1)], against="blur")


def test_runs_are_compared_on_the_same_images(store, spec):
    first, second = (work_on(store, store.add(spec(count=count)).id) for count in (10, 6))
    rows = {run.id: store.rows(run) for run in (first, second)}
    comparison = compare_runs([first, second], rows)
    assert {(row["run"], row["against"], row["n"], row["value"]) for row in comparison} == {
        (second.id, first.id, 6, 0.0)
    }
    assert {row["level"] for row in comparison} == {1.0, 2.0}
    within = compare_runs([first, second], rows, along="level")
    assert {row["run"] for row in within} == {first.id, second.id}
    assert all(row["level"] == 2.0 and row["against"] == 1.0 for row in within)


def test_runs_that_cannot_be_paired_are_refused(store, spec):
    run_of_spec, run_of_another_experiment = store.add(spec()), store.add(spec_from({"experiment": "patch_removal"}))
    run_of_another_seed = store.add(spec_from({**spec().model_dump(), "seed": 5}))
    for runs, sentence in (
        ([run_of_spec], "1 runs are selected; choose 2 to 6"),
        ([run_of_spec, run_of_another_experiment], "compare one experiment"),
        ([run_of_spec, run_of_another_seed], r"used different seeds \(0 and 5\)"),
    ):
        with pytest.raises(ValueError, match=sentence):
            compare_runs(runs, {run.id: [] for run in runs})
