"""The report on LIME's samplings: from answers whose right explanation is known."""

import json

import pytest
import torch

from masking.attribution.lime_designs import SAMPLINGS, draw_samples
from studies.lime_sampling import SeedAnswers, compare_seeds, report, write_rows

SEGMENTS, SIZES = 7, {"independent": 128, "paired": 64, "balanced": 64}
WEIGHTS = torch.tensor([0.3, -0.2, 0.1, 0.05, -0.05, 0.02, -0.01], dtype=torch.double)


def answers(sampling, seed):
    """Answers to which segments 0 and 1 add something only together."""
    z = draw_samples(SIZES[sampling] + 1, SEGMENTS, seed, sampling).double()
    return 0.4 + z @ WEIGHTS + 0.3 * (2 * z[:, 0] - 1) * (2 * z[:, 1] - 1)


def test_seeds_are_compared_at_each_size():
    seeds = [SeedAnswers(seed, SEGMENTS, {name: answers(name, seed) for name in SAMPLINGS}) for seed in (0, 1)]
    measures = compare_seeds(seeds)
    assert {name.split(".", 1)[1] for name in measures} == {
        "independent.64", "independent.128", "paired.64", "balanced.64"
    }  # fmt: skip
    assert measures["seeds_rank.balanced.64"] > 0.85
    assert measures["seeds_rank.balanced.64"] >= measures["seeds_rank.independent.64"]
    assert measures["reference_top.independent.128"] >= 0.8
    assert 0 < measures["r2_unseen.balanced.64"] < 1
    assert measures["certain.balanced.64"] > measures["certain.independent.64"]


def test_a_seed_counts_each_sample_once():
    seed = SeedAnswers(0, SEGMENTS, {name: answers(name, 0) for name in SAMPLINGS})
    z, weights, values, _ = seed.all_answers()
    assert len(z) == len(weights) == len(values) == 129 + 32 + 64
    assert torch.allclose(
        values, 0.4 + z.double() @ WEIGHTS + 0.3 * (2 * z[:, 0].double() - 1) * (2 * z[:, 1].double() - 1)
    )


def test_the_report_has_means_and_paired_differences(tmp_path):
    rows = [
        {"network": "n", "method": "m", "photograph": f"{photograph}", "seed": seed, "segments": SEGMENTS,
         "sampling": sampling, "probabilities": (answers(sampling, seed) + 0.01 * photograph).tolist()}
        for photograph in range(2) for seed in (0, 1) for sampling in SAMPLINGS
    ]  # fmt: skip
    write_rows(tmp_path / "answers.jsonl", [{"manifest": {}}, *rows])
    report(tmp_path / "answers.jsonl", tmp_path / "out" / "report.json")
    (result,) = json.loads((tmp_path / "out" / "report.json").read_text())["results"]
    assert (result["network"], result["method"], result["photographs"]) == ("n", "m", 2)
    row = next(row for row in result["rows"] if (row["measure"], row["sampling"]) == ("seeds_rank", "balanced"))
    assert row["mean"][1] <= row["mean"][0] <= row["mean"][2]
    independent = next(each for each in result["rows"] if (each["measure"], each["samples"]) == ("seeds_rank", 128))
    difference = row["mean"][0] - independent["mean"][0]
    assert row["more_than_independent_128"][0] == pytest.approx(difference, abs=2e-4)
