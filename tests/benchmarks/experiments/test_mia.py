"""MIA against masks made by hand, its controls beside it, and what a benchmark demands: the same in any block."""

import json
import warnings

import pytest
import torch
from torch import nn

from masking import Classifier, attribution_masks
from masking.attribution import noise_image, run_control, untrained, wrong_labels
from masking.benchmarks.analysis.statistics import differences, summarise
from masking.benchmarks.experiments.mia import BATCH, TRUTH
from masking.benchmarks.protocol.experiment import make_experiment
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.benchmarks.specification.spec import spec_from, stored_spec
from masking.benchmarks.worker.launch import spec_line
from masking.datasets.sources.labels import UNKNOWN
from masking.models.nib_vgg import nib_vgg

CONTROLS = ("wrong_label", "noise_image", "predicted_label", "untrained_network")


@pytest.fixture(scope="module")
def classifier():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = nib_vgg(4, "8 M 16 M", head=32, input_size=16)
    return Classifier("nib", network, "abcd", (16, 16), (0.5, 0.4, 0.3), (0.2, 0.3, 0.2))


@pytest.fixture(scope="module")
def block():
    images = torch.rand(6, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    return ImageBatch(images, torch.tensor([0, 1, 2, UNKNOWN, 3, 0]), (4, 7, 8, 9, 11, 12), seed=5)


def compute_rows(classifier, block, **settings):
    ticks = []
    values = {"attributions": ["gxsi"], "iterations": 3, "networks": 1, **settings}
    return make_experiment("mia", values).rows(classifier, block, ticks.append), sum(ticks)


def values_of(rows, name, column):
    """(iterations + 1, images)."""
    rows_of_control = [row for row in rows if row["control"] == name]
    return [[row[column] for row in rows_of_control if row["iteration"] == step] for step in range(4)]


def test_a_mask_by_hand():
    """Logits are the halves' sums: the class "left" keeps what is left, and loses nothing by it."""

    class Halves(nn.Module):
        def forward(self, x):
            left, right = x.sum(1).chunk(2, dim=2)
            return torch.stack([left.sum((1, 2)), right.sum((1, 2))], 1)

    classifier = Classifier("halves", Halves(), ("left", "right"), (2, 4), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    image = torch.tensor([0.2, 0.2, 0.5, 0.5]).expand(1, 3, 2, 4)  # 2.4 on the left, 6 on the right
    rows, forwards = compute_rows(
        classifier, ImageBatch(image, torch.tensor([0]), (3,)), controls=[TRUTH], iterations=1
    )
    before, after = rows
    assert (before["image"], before["hit"], before["right"], before["dead"]) == (3, 0, 0, 0)
    assert before["probability"] == pytest.approx(1 / (1 + torch.tensor(3.6).exp().item()), abs=1e-6)
    assert (after["hit"], after["iteration"]) == (1, 1)
    assert after["probability"] == pytest.approx(1 / (1 + torch.tensor(-2.4).exp().item()), abs=1e-6)
    assert forwards == 3 + 1


def test_rows_are_what_the_masks_say(classifier, block):
    rows, forwards = compute_rows(classifier, block)
    labelled = [0, 1, 2, 4, 5]
    images, labels, seeds = block.images[labelled], block.labels[labelled], [block.seeds[index] for index in labelled]
    masks = attribution_masks(classifier, images, labels, "gxsi", 3)
    assert values_of(rows, TRUTH, "image") == [[4, 7, 8, 11, 12]] * 4
    assert values_of(rows, TRUTH, "hit") == values_of(rows, TRUTH, "right") == masks.hits().int().tolist()
    for column, expected in (("probability", masks.probability), ("entropy", masks.entropy)):
        assert torch.allclose(torch.tensor(values_of(rows, TRUTH, column)).double(), expected, atol=1e-5)
    for name in CONTROLS:
        masks, expected = run_control(name, classifier, images, labels, 5, seeds, attribution="gxsi", iterations=3)
        assert values_of(rows, name, "hit") == masks.hits(expected).int().tolist(), name
        right = [[None] * 5] * 4 if name == "noise_image" else masks.hits(labels).int().tolist()
        assert values_of(rows, name, "right") == right, name
    # Five maskings of five images, each three times a heat and once an answer.
    assert forwards == 5 * 5 * (3 * 3 + 1)


def test_controls_mask_what_they_say(classifier, block):
    """Their first answers are those of the plain network to what they are about."""
    rows, _ = compute_rows(classifier, block, controls=list(CONTROLS))
    images, labels, seed = block.images[:1], block.labels[:1], block.seeds[0]
    wrong = wrong_labels(labels, 4, seed)
    about = {
        "wrong_label": (classifier, images, wrong),
        "noise_image": (classifier, noise_image((16, 16), seed), labels),
        "predicted_label": (classifier, images, classifier(images).argmax(1)),
        "untrained_network": (untrained(classifier, 5), images, labels),
    }
    for name, (judge, shown, target) in about.items():
        probability = judge(shown).double().softmax(1)[0, target].item()
        assert values_of(rows, name, "probability")[0][0] == pytest.approx(probability, abs=1e-5), name


def test_an_untrained_network_is_several_draws(classifier, block):
    """Each draw has rows of its own, equal to those of the control with its seed; the numbers are their mean."""
    settings = {"attributions": ["gxsi"], "controls": [TRUTH, "untrained_network"], "iterations": 2, "networks": 3}
    experiment = make_experiment("mia", settings)
    rows = experiment.rows(classifier, block, lambda _: None)
    labelled = [0, 1, 2, 4, 5]
    images, labels = block.images[labelled], block.labels[labelled]
    hits = {}
    for seed in (5, 6, 7):
        masks, _ = run_control("untrained_network", classifier, images, labels, seed, attribution="gxsi", iterations=2)
        own = [row["hit"] for row in rows if row["control"] == f"untrained_network:seed={seed}"]
        hits[seed] = masks.hits(labels).T.int()
        assert own == hits[seed].flatten().tolist()
    assert len({tuple(each.flatten().tolist()) for each in hits.values()}) > 1, "the draws should differ"
    numbers = summarise(experiment, rows)
    shares = torch.stack([each[:, -1].double().mean() for each in hits.values()])
    joined = [row for row in numbers if row["control"] == "untrained_network" and row["outcome"] == "mia"]
    assert [row["iteration"] for row in joined] == [0, 1, 2]
    last = joined[-1]
    assert last["value"] == pytest.approx(float(shares.mean()))
    assert (last["lowest"], last["highest"], last["draws"]) == (float(shares.min()), float(shares.max()), 3)
    assert (last["n"], last["low"] < last["value"] < last["high"]) == (5, True)
    trained = next(row for row in numbers if row["control"] == TRUTH)
    assert (trained["lowest"], trained["draws"]) == (None, None)
    (note,) = experiment.notes(6, numbers)
    assert note.startswith("3 untrained networks, each with other random weights: after 2 iterations by ")
    paired = differences(experiment, rows, "control", TRUTH)
    assert {row["draws"] for row in paired} == {3}


def test_a_spec_of_before_has_the_single_network_that_it_had(classifier, block):
    document = {"experiment": "mia", "settings": {"attributions": ["gxsi"], "iterations": 2}}
    new = spec_from(document)
    assert new.settings["networks"] == 5
    text = new.model_dump()
    del text["settings"]["networks"]
    stored = stored_spec(json.dumps(text))
    assert "networks" not in stored.settings, "its digest must stay"
    assert stored.make_experiment().networks == 1
    assert "--set networks=1" in spec_line(stored)
    rows = stored.make_experiment().rows(classifier, block, lambda _: None)
    assert {row["control"] for row in rows} == {TRUTH, *CONTROLS}
    numbers = summarise(stored.make_experiment(), rows)
    assert all("draws" not in row for row in numbers)
    assert stored.make_experiment().notes(6, numbers) == []


def test_an_image_has_the_same_rows_in_any_block(classifier, block):
    together, _ = compute_rows(classifier, block)
    alone, _ = compute_rows(classifier, ImageBatch(block.images[4:5], block.labels[4:5], (11,), seed=5))
    rows_of_image = [row for row in together if row["image"] == 11]
    assert len(alone) == len(rows_of_image) == 5 * 4
    for row, expected in zip(alone, rows_of_image, strict=True):
        assert row == pytest.approx(expected, abs=1e-5)


def test_batches_depend_on_the_block_alone(classifier, block, monkeypatch):
    """Free memory, which would decide otherwise, is not asked for."""

    def ask(device):
        raise AssertionError("the batch depends on memory")

    monkeypatch.setattr("masking.runtime.memory.free_bytes", ask)
    images = block.images.repeat(7, 1, 1, 1)[: BATCH + 1]
    many = ImageBatch(images, torch.zeros(BATCH + 1).long(), tuple(range(BATCH + 1)))
    rows, _ = compute_rows(classifier, many, iterations=1)
    assert len(rows) == 5 * 2 * (BATCH + 1)


def test_dead_images_are_no_hits(classifier):
    grey = classifier.mean.expand(1, 3, 16, 16)
    rows, _ = compute_rows(classifier, ImageBatch(grey, torch.tensor([0]), (0,)), controls=[TRUTH])
    assert [(row["dead"], row["hit"]) for row in rows] == [(1, 0)] * 4


def test_nothing_known_has_no_rows(classifier, block):
    unknown = ImageBatch(block.images, torch.full((6,), UNKNOWN), block.indices)
    assert compute_rows(classifier, unknown) == ([], 0)


def test_attributions_may_have_parameters_and_be_refused(classifier, block):
    rows, _ = compute_rows(classifier, block, attributions=["occlusion:patch=8"], controls=[TRUTH], iterations=1)
    assert {row["attribution"] for row in rows} == {"occlusion:patch=8"}
    gelu = Classifier("gelu", nn.Sequential(nn.Conv2d(3, 2, 16), nn.GELU(), nn.Flatten()), "ab", (16, 16))
    assert make_experiment("mia", {}).refuses(gelu) is None
    assert "GELU" in make_experiment("mia", {"attributions": ["guided_backpropagation"]}).refuses(gelu)
    single = Classifier("one", nn.Sequential(nn.Conv2d(3, 2, 16), nn.Flatten()), "ab", (16, 16))
    single.categories = ("a",)
    assert "leave out wrong_label" in make_experiment("mia", {}).refuses(single)
    assert make_experiment("mia", {"controls": [TRUTH]}).refuses(single) is None
    with pytest.raises(ValueError, match="has no parameter 'ptch'; did you mean patch"):
        make_experiment("mia", {"attributions": ["occlusion:ptch=8"]})


def test_an_old_name_warns_where_it_is_typed_and_stays_in_spec_and_rows(classifier, block):
    document = {"experiment": "mia", "settings": {"attributions": ["gxsi", "pgxi_code"], "controls": [TRUTH]}}
    with pytest.warns(FutureWarning, match="'pgxi_code' is called 'pgxi_released' now") as seen:
        spec = spec_from(document)
    assert len(seen) == 1
    assert spec.settings["attributions"] == ["gxsi", "pgxi_code"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stored = stored_spec(json.dumps(spec.model_dump()))
        assert stored.digest == spec.digest
        assert stored.make_experiment().refuses(classifier) is None
        rows = stored.make_experiment().rows(classifier, block, lambda _: None)
    assert {row["attribution"] for row in rows} == {"gxsi", "pgxi_code"}
    new, _ = compute_rows(classifier, block, attributions=["pgxi_released"], controls=[TRUTH], iterations=10)
    assert [row["hit"] for row in rows if row["attribution"] == "pgxi_code"] == [row["hit"] for row in new]
