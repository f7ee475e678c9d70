"""Patch removal against masks made by hand, and the classes' similarity."""

import pytest
import torch
from torch import nn
from torchvision.models import EfficientNet_B0_Weights

from masking import Classifier, Mask
from masking.benchmarks.protocol.experiment import make_experiment
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.benchmarks.protocol.similarity import class_similarities
from masking.datasets.sources.labels import UNKNOWN
from masking.models.class_groups import class_groups


class Halves(nn.Module):
    """Logits: mean of the left half, mean of the right half."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(2, 2, bias=False)
        self.head.weight.data = torch.eye(2)

    def forward(self, x):
        left, right = x.mean(1).chunk(2, dim=2)
        return self.head(torch.stack([left.mean((1, 2)), right.mean((1, 2))], 1))


@pytest.fixture
def halves():
    return Classifier("halves", Halves(), ("left", "right"), (8, 8), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


@pytest.fixture
def block():
    images = torch.zeros(2, 3, 8, 8)
    images[0, :, :, :4] = 1  # bright on the left
    images[1, :, :, 4:] = 1
    return ImageBatch(images, torch.tensor([0, UNKNOWN]), (5, 7), seed=3)


def compute_rows(classifier, block, **settings):
    ticks = []
    computed = make_experiment("patch_removal", {"methods": ["blackout"], "patch": 4, **settings}).rows(
        classifier, block, ticks.append
    )
    return computed, sum(ticks)


def test_rows_by_hand(halves, block):
    rows, forwards = compute_rows(halves, block, shares=[0.0, 1.0])
    whole, hidden = rows[:2], rows[2:]
    assert [(row["image"], row["predicted"], row["right"], row["kept"]) for row in whole] == [
        (5, 0, 1, 1),
        (7, 1, None, 1),
    ]
    assert [row["predicted"] for row in hidden] == [0, 0]  # nothing to see: the first class
    assert [row["kept"] for row in hidden] == [1, 0]
    assert [row["entropy"] for row in hidden] == pytest.approx([1, 1])
    assert [row["similarity"] for row in hidden] == pytest.approx([1, -1])
    assert forwards == 2 * 3


def test_random_masks_are_those_of_the_image_alone(halves, block):
    rows, _ = compute_rows(halves, block, shares=[0.5])
    for index, row in enumerate(rows):
        mask = Mask.random_patches(8, 0.5, 4, block.seeds[index])
        logits = halves(block.images[index : index + 1] * mask.keep)
        assert row["predicted"] == int(logits.argmax())
    alone = ImageBatch(block.images[1:], block.labels[1:], (7,), seed=3)
    assert compute_rows(halves, alone, shares=[0.5])[0] == [row for row in rows if row["image"] == 7]


def test_orders_of_salience(halves):
    images = torch.zeros(1, 3, 8, 8)
    images[0, :, :, :4] = 1
    batch = ImageBatch(images, torch.tensor([0]), (0,))
    rows, forwards = compute_rows(halves, batch, shares=[0.5], orders=["most_salient_first", "least_salient_first"])
    # The gradient of "left" is all on the left: hiding it first leaves nothing, hiding it last everything.
    assert [row["entropy"] for row in rows] == pytest.approx([1.0, 0.8404], abs=1e-3)
    assert forwards == 1 + 3 + 2


def test_classes_are_alike_to_the_last_layer():
    network = nn.Sequential(nn.Flatten(), nn.Linear(12, 3))
    network[1].weight.data = torch.zeros(3, 12)
    network[1].weight.data[0, 0], network[1].weight.data[1, 0], network[1].weight.data[2, 1] = 1, 1, 1
    toy = Classifier("toy", network, ("a", "b", "c"), (2, 2))
    alike = class_similarities(toy)
    assert alike.shape == (3, 3)
    assert torch.allclose(alike.diag(), torch.ones(3))
    assert alike[0, 1] == pytest.approx(1)
    assert alike[0, 2] < 0
    assert class_similarities(Classifier("none", nn.Flatten(), "abcdefghijkl", (2, 2))) is None


class Constant(nn.Module):
    """Names the tiger cat, whatever it sees."""

    def forward(self, x):
        return (x.mean((1, 2, 3))[:, None] * 0).expand(-1, 1000) + nn.functional.one_hot(torch.tensor(282), 1000)


def test_the_similarity_in_wordnet_is_that_to_the_true_class(halves, block):
    categories = EfficientNet_B0_Weights.DEFAULT.meta["categories"]
    constant = Classifier("constant", Constant(), categories, (8, 8))
    batch = ImageBatch(torch.rand(3, 3, 8, 8), torch.tensor([282, 207, UNKNOWN]), (0, 1, 2))
    rows, _ = compute_rows(constant, batch, shares=[0.5])
    chains = [class_groups(categories).chains[index] for index in (282, 207)]
    common = sum(word == other for word, other in zip(*chains, strict=False))
    expected = 2 * common / sum(map(len, chains))
    assert [row["wordnet"] for row in rows] == [1, pytest.approx(expected), None]
    assert all(row["wordnet"] is None for row in compute_rows(halves, block, shares=[0.5])[0])
