"""What attribution masks take: passes through the network, memory, patience; and that they leave nothing behind."""

import dataclasses

import pytest
import torch
from torch import nn

from masking import Classifier, attribution_masks, load_classifier
from tests.attribution.gradient_toys import SIZE, images, state_of, toy


class Counted(nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network
        self.images = 0
        self.largest = None

    def forward(self, x):
        if self.largest and len(x) > self.largest:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        self.images += len(x)
        return self.network(x)


def counted() -> Classifier:
    classifier = Classifier(
        "counted", Counted(toy("nib").network), "abcd", (SIZE, SIZE), (0.5, 0.4, 0.3), (0.2, 0.3, 0.2)
    ).double()
    classifier.network.images = 0  # without those that it was tried on
    return classifier


@pytest.mark.parametrize(("target", "forward"), [(1, 11), (None, 12)])
def test_ten_iterations_take_ten_passes_and_one(target, forward):
    classifier = counted()
    attribution_masks(classifier, images(1), target)
    assert classifier.network.images == forward


def test_memory_is_tried_once_for_inputs_of_a_size():
    classifier = counted()
    for expected in (1 + 3 * 4, 3 * 4, 3 * 4):
        classifier.network.images = 0
        attribution_masks(classifier, images(4), 1, "gxsi", 2)
        assert classifier.network.images == expected
    classifier.network.images = 0
    attribution_masks(classifier, images(4), 1, "gxi", 2)
    assert classifier.network.images == 1 + 3 * 4


def test_a_given_batch_is_used_without_a_trial():
    classifier = counted()
    classifier.network.largest = 2
    steps = []
    masks = attribution_masks(classifier, images(5), None, "gxsi", 2, lambda *step: steps.append(step), batch=2)
    assert classifier.network.images == 5 + 3 * 5
    assert [done for done, _ in steps] == [2, 4, 6, 8, 10, 12, 13, 14, 15]
    expected = attribution_masks(counted(), images(5), None, "gxsi", 2)
    assert torch.equal(masks.target, expected.target)
    assert torch.allclose(masks.logits, expected.logits, atol=1e-6)
    with pytest.raises(ValueError, match="the batch is 0; give 1 or more images"):
        attribution_masks(classifier, images(5), 1, batch=0)


def test_out_of_memory_halves_the_batch():
    expected = attribution_masks(counted(), images(5), 1, "gxsi", 2)
    small = counted()
    small.network.largest = 2
    steps = []
    masks = attribution_masks(small, images(5), 1, "gxsi", 2, lambda *step: steps.append(step))
    assert torch.allclose(masks.products, expected.products, atol=1e-6)
    assert steps[-1] == (15, 15)
    assert {total for _, total in steps} == {15}


def test_progress_is_reported_and_may_cancel():
    progress = []
    attribution_masks(toy("nib"), images(2), 0, "gxsi", 3, lambda *step: progress.append(step))
    assert progress == [(2, 8), (4, 8), (6, 8), (8, 8)]

    def cancel(done, total):
        if done >= 4:
            raise InterruptedError

    before = state_of(toy("nib"))
    with pytest.raises(InterruptedError):
        attribution_masks(toy("nib"), images(2), 0, "gxsi", 3, cancel)
    assert state_of(toy("nib")) == before


def test_no_iteration_is_the_plain_answer():
    masks = attribution_masks(toy("nib"), images(), None, "gxsi", 0)
    with torch.no_grad():
        logits = toy("nib")(images())
    assert torch.allclose(masks.logits[0], logits.float())
    assert torch.equal(masks.target, logits.argmax(1))
    assert masks.attributions.shape == (0, 3, 3, SIZE, SIZE)
    assert (masks.products == 1).all()
    assert torch.allclose(masks.seen(0), images())
    assert masks.hits().all()


def test_200_iterations_stay_finite():
    masks = attribution_masks(toy("nib"), images(1), 0, "gxsi", 200)
    assert masks.iterations == 200
    assert masks.logits.isfinite().all()
    assert masks.products.isfinite().all()
    assert len(masks.frames()) == 201


def test_iterations_of_a_224_pixel_image_fit_into_memory():
    network = nn.Sequential(
        nn.AvgPool2d(16), nn.Conv2d(3, 4, 3, bias=False), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    with torch.no_grad():
        network[1].weight.copy_(torch.rand(4, 3, 3, 3, generator=torch.Generator().manual_seed(0)))
    masks = attribution_masks(Classifier("small", network, "abcd"), images(1, size=224), 0, "gxsi", 40)
    kept = sum(
        getattr(masks, field.name).nbytes
        for field in dataclasses.fields(masks)
        if hasattr(getattr(masks, field.name), "nbytes")
    )
    assert kept < 1.05 * 40 * 3 * 224 * 224 * 4, "attributions alone are kept; all else follows from them"
    assert len(masks.to_png()) > 1000


def test_the_bundled_classifier_is_left_as_found():
    classifier = load_classifier("silhouettes/resnet")
    before = state_of(classifier)
    for name in ("gxsi", "guided_backpropagation", "deeplift"):
        attribution_masks(classifier, images(1, size=128), "star", name, 1)
    assert state_of(classifier) == before
