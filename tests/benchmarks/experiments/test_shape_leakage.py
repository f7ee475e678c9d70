"""The shape ratio: the accuracy behind the object's hole over that behind the broken one, counted by hand."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from masking import Classifier
from masking.benchmarks.analysis.statistics import differences, summarise
from masking.benchmarks.protocol.aggregate import SHARES_RATIO
from masking.benchmarks.protocol.experiment import make_experiment
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.benchmarks.specification.loaded_spec import load_spec
from masking.benchmarks.specification.spec import spec_from

SIDE = 8


class BrightHalf(nn.Module):
    """Says which half is brighter, left or right."""

    def forward(self, x):
        return torch.stack([half.sum((1, 2, 3)) for half in x.chunk(2, dim=3)], 1)


@pytest.fixture(scope="module")
def classifier():
    return Classifier("halves", BrightHalf(), ("left", "right"), (SIDE, SIDE), (0.0,) * 3, (1.0,) * 3)


def batch_of(lefts, labels, holes):
    """Images whose left half has these values and whose right half is 0.5; objects of these columns, full height."""
    images = torch.full((len(lefts), 3, SIDE, SIDE), 0.5)
    images[..., : SIDE // 2] = torch.tensor(lefts)[:, None, None, None]
    objects = torch.zeros(len(lefts), 1, SIDE, SIDE, dtype=torch.bool)
    for position, columns in enumerate(holes):
        objects[position, :, : SIDE // 2, list(columns)] = True
    return ImageBatch(images, torch.tensor(labels), tuple(range(len(lefts))), objects=objects)


@pytest.fixture(scope="module")
def rows(classifier):
    """Four images. Behind its exact hole, the second one turns; the third is wrong when whole, so it does not count."""
    batch = batch_of([0.9, 0.6, 0.9, 0.2], [0, 0, 1, 1], [(0,), (0, 1, 2), (0,), (0,)])
    experiment = make_experiment("shape_leakage", {"methods": ["blackout"]})
    return experiment, experiment.rows(classifier, batch, lambda _: None)


def test_only_images_that_are_named_when_whole_count(rows):
    _, measured = rows
    kept = {(row["hole"], row["image"]): row["kept"] for row in measured}
    assert [kept["exact", image] for image in range(4)] == [1, 0, None, 1]
    assert [kept["broken", image] for image in range(4)] == [1, 1, None, 1]
    assert {row["kept_broken"] for row in measured if row["hole"] == "broken"} == {None}


def test_the_ratio_is_that_of_the_two_accuracies(rows):
    experiment, measured = rows
    numbers = {(row["hole"], row["outcome"]): row for row in summarise(experiment, measured)}
    assert (numbers["exact", "kept"]["value"], numbers["exact", "kept"]["n"]) == (pytest.approx(2 / 3), 3)
    assert numbers["broken", "kept"]["value"] == 1
    ratio = numbers["exact", "shape_ratio"]
    assert (ratio["value"], ratio["n"]) == (pytest.approx(2 / 3), 3)
    assert ratio["low"] < 2 / 3 < ratio["high"]
    assert ("broken", "shape_ratio") not in numbers


def test_rows_of_before_and_rows_without_the_broken_hole_have_no_ratio(rows, classifier):
    experiment, measured = rows
    old = [{name: value for name, value in row.items() if not name.startswith("kept")} for row in measured]
    outcomes = {row["outcome"] for row in summarise(experiment, old)}
    assert {"accuracy", "leakage"} <= outcomes
    assert not {"kept", "shape_ratio"} & outcomes
    alone = make_experiment("shape_leakage", {"methods": ["blackout"], "holes": ["exact"]})
    batch = batch_of([0.9, 0.2], [0, 1], [(0,), (0,)])
    assert {row["kept_broken"] for row in alone.rows(classifier, batch, lambda _: None)} == {None}


def test_the_interval_is_a_paired_bootstrap():
    generator = np.random.default_rng(0)
    second = (generator.random(400) < 0.8).astype(float)
    first = second * (generator.random(400) < 0.5)  # never right where the other is wrong
    estimate = SHARES_RATIO.estimate(first, second)
    assert estimate.value == pytest.approx(first.sum() / second.sum())
    spread = (0.25 / second.sum()) ** 0.5  # that of a share among the hits of the second
    assert estimate.high - estimate.low == pytest.approx(2 * 1.96 * spread, rel=0.15)
    unpaired = SHARES_RATIO.estimate(first, generator.permutation(second))
    assert unpaired.high - unpaired.low > 1.02 * (estimate.high - estimate.low)


def test_no_hits_leave_room_for_some_and_no_base_leaves_no_number():
    none, half = np.zeros(20), np.array([0.0, 1.0] * 10)
    estimate = SHARES_RATIO.estimate(none, half)
    assert (estimate.value, estimate.low) == (0, 0)
    assert 0.2 < estimate.high < 0.5
    assert SHARES_RATIO.estimate(half, none).value == np.inf
    assert np.isnan(SHARES_RATIO.difference((half, half), (half, none)).value)
    same = SHARES_RATIO.difference((half, half), (half, half))
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_differences_of_ratios_are_paired(rows, classifier):
    experiment = make_experiment("shape_leakage", {"methods": ["blackout", "greyout"]})
    batch = batch_of([0.9, 0.6, 0.9, 0.2], [0, 0, 1, 1], [(0,), (0, 1, 2), (0,), (0,)])
    measured = experiment.rows(classifier, batch, lambda _: None)
    (ratio,) = [row for row in differences(experiment, measured) if row["outcome"] == "shape_ratio"]
    assert (ratio["method"], ratio["against"]) == ("greyout", "blackout")


def test_it_runs_on_a_folder_of_pictures_with_masks(tmp_path):
    """The names of the files begin with WordNet ids, as in Pixel-ImageNet."""
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    for number, wnid in enumerate(("n01440764", "n01443537", "n01440764")):
        values = np.random.default_rng(number).integers(256, size=(40, 40, 3), dtype=np.uint8)
        Image.fromarray(values).save(tmp_path / f"images/{wnid}_{number}.png")
        mask = np.zeros((40, 40), np.uint8)
        mask[10:20, 10:30] = 255
        Image.fromarray(mask).save(tmp_path / f"masks/{wnid}_{number}.png")
    data = {"source": "masked_folder", "settings": {"path": str(tmp_path / "images"), "masks": str(tmp_path / "masks")}}
    spec = {"experiment": "shape_leakage", "settings": {"methods": ["blackout"]}, "data": data, "count": 3}
    loaded = load_spec(spec_from({**spec, "classifier": {"name": "silhouettes/resnet"}, "device": "cpu"}))
    shares = loaded.read_shard(0).objects.flatten(1).double().mean(1).tolist()
    assert shares == pytest.approx([0.15] * 3, abs=0.01)  # 200 of 1,600 pixels, and the crop takes some of the others
    assert {row["hole"] for row in loaded.compute(0, lambda _: None).rows} == {"exact", "broken"}
