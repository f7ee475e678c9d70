"""Real weights on real photographs: the figures of the README, with the sample data beside the repository."""

import pytest
import torch

from masking import METHODS, Mask, load_classifier

HIDDEN, PATCH, BATCH = 0.5, 16, 25


@pytest.fixture(scope="module")
def classifier(sample_data):
    return load_classifier("squeezenet1_1", weights=sample_data / "weights" / "squeezenet1_1.pth")


@pytest.fixture(scope="module")
def photographs(classifier, sample_data):
    """Images (250, 3, 224, 224) and their classes."""
    index = {wnid: i for i, wnid in enumerate((sample_data / "imagenet_wnids.txt").read_text().split())}
    paths = sorted((sample_data / "imagenet_samples").glob("n*.jpg"))
    assert len(paths) == 250
    labels = torch.tensor([index[path.name.partition("_")[0]] for path in paths])
    return torch.cat([classifier.prepare(path) for path in paths]), labels


def accuracy(method, classifier, images, labels, masks) -> float:
    """In percent."""
    right = 0
    for i in range(0, len(images), BATCH):
        part = slice(i, i + BATCH)
        logits = METHODS[method]().logits(classifier, images[part], masks[part] if len(masks) > 1 else masks)
        right += (logits.argmax(1) == labels[part]).sum().item()
    return 100 * right / len(images)


def test_real_weights_classify_real_photographs(classifier, photographs):
    assert accuracy("blackout", classifier, *photographs, Mask.full(224)) == pytest.approx(64.0, abs=1.0)


def test_layer_masking_keeps_what_fills_lose(classifier, photographs):
    images, labels = (part[::4] for part in photographs)
    masks = Mask(torch.cat([Mask.random_patches(224, HIDDEN, PATCH, seed=i).keep for i in range(len(images))]))
    accuracies = {method: accuracy(method, classifier, images, labels, masks) for method in ("blackout", "greyout")}
    kept = accuracy("layer_masking", classifier, images, labels, masks)
    assert kept > 35
    assert kept > 5 * max(accuracies.values())
