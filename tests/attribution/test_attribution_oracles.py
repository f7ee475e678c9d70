"""Attributions against answers known by hand, against captum itself, and against each other where they must agree."""

import captum.attr
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from masking import ATTRIBUTIONS, METHODS, Classifier, Mask, attribute
from tests.attribution.gradient_toys import NO_MEAN, SIZE, UNIT, Sum, images, toy

SIGNED = torch.tensor([[[1.0, -2.0], [0.0, 4.0]]]).expand(3, 2, 2)
WEIGHTS = torch.tensor([[[-1.0, 3.0], [2.0, 0.5]]]).expand(3, 2, 2)
GREATER = torch.full((3, 2, 2), 3.0)

BY_HAND = {
    "gradient": [[-1, 3], [2, 0.5]],
    "gxi": [[-1, -6], [0, 2]],
    "gxsi": [[-1, -3], [0, 0.5]],
    "pgxi": [[0, -6], [0, 2]],
    "pgxi_released": [[3, 9], [6, 1.5]],  # of the original, which is 3 everywhere
    "integrated_gradients": [[-1, -6], [0, 2]],
    "deeplift": [[-1, -6], [0, 2]],
    "absolute_input": [[3, 3], [3, 3]],
}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_sum_with_known_weights(name):
    classifier = Classifier("sum", nn.Sequential(nn.Identity(), Sum(torch.stack([WEIGHTS, -WEIGHTS]))), "ab", (2, 2))
    if name == "deeplift":  # einsum is no operation it has a rule for
        linear = nn.Linear(12, 2, bias=False)
        linear.weight.data = torch.stack([WEIGHTS, -WEIGHTS]).flatten(1)
        classifier = Classifier("sum", nn.Sequential(nn.Flatten(), linear), "ab", (2, 2))
    heat = ATTRIBUTIONS[name]().heat(classifier, SIGNED[None], torch.tensor([0]), GREATER[None])
    assert torch.allclose(heat.values[0], torch.tensor(BY_HAND[name]).float().expand(3, 2, 2), atol=1e-6)


class Guided(nn.Module):
    """relu(x₀ − x₁) − relu(x₁ − x₀) + relu(x₀ + x₁) of the first channel's first two pixels."""

    def forward(self, x):
        a, b = x[:, 0, 0, 0], x[:, 0, 0, 1]
        return torch.stack([F.relu(a - b) - F.relu(b - a) + torch.relu(a + b), a], 1)


def test_guided_backpropagation_by_hand():
    """At (1, 2) only −relu(x₁ − x₀), which comes back negative and is stopped, and relu(x₀ + x₁) are active."""
    classifier = Classifier("guided", Guided(), "ab", (1, 2))
    x = torch.tensor([[[[1.0, 2.0]]]]).expand(1, 3, 1, 2)
    ways = {
        name: ATTRIBUTIONS[name]().heat(classifier, x, torch.tensor([0])).values[0, 0, 0].tolist()
        for name in ("gradient", "guided_backpropagation")
    }
    assert ways == {"gradient": [2, 0], "guided_backpropagation": [1, 1]}


def test_occlusion_by_hand():
    classifier = Classifier("sum", Sum(torch.stack([WEIGHTS, -WEIGHTS])), "ab", (2, 2), NO_MEAN, UNIT)
    image = torch.tensor([[0.5, 0.25], [1.0, 0.75]]).expand(1, 3, 2, 2)
    expected = 3 * WEIGHTS[0] * image[0, 0]  # a pixel's three channels are hidden together
    for method in ("greyout", "blackout"):  # the same where the mean colour is black
        heat = attribute(classifier, image, 0, ATTRIBUTIONS["occlusion"](method=method, patch=1))
        assert torch.allclose(heat[0], expected.expand(3, 2, 2))


@pytest.mark.parametrize("method", ["greyout", "layer_masking"])
def test_occlusion_hides_patch_by_patch(method):
    classifier, image = toy("awkward"), images(1)
    heat = attribute(classifier, image, 2, ATTRIBUTIONS["occlusion"](method=method, patch=20))  # a rim of 12
    for top, left in ((0, 0), (0, 20), (20, 0), (20, 20)):
        box = Mask.box(SIZE, top, left, min(20, SIZE - top), min(20, SIZE - left))
        with torch.no_grad():
            lost = classifier(image)[0, 2] - METHODS[method]().logits(classifier, image.double(), box)[0, 2]
        assert torch.allclose(heat[0][~box.keep[0].expand(3, -1, -1)], lost.float(), atol=1e-6)


def test_random_values_depend_on_seed_and_image_alone():
    random = ATTRIBUTIONS["random"]
    first = attribute(toy("nib"), images(), 0, random(seed=1))
    assert torch.equal(first[1:], attribute(toy("awkward"), images()[1:], 2, random(seed=1)))
    assert not torch.equal(first, attribute(toy("nib"), images(), 0, random(seed=2)))
    assert (first.amin(), first.amax()) >= (0, 0)
    assert first.mean().item() == pytest.approx(0.5, abs=0.02)
    assert not torch.equal(first[0], first[1])


# --- captum ----------------------------------------------------------------------------------------------------------


def plain(classifier: Classifier) -> tuple[torch.Tensor, torch.Tensor]:
    return classifier.normalise(images()).requires_grad_(), torch.tensor([3, 0, 2])


@pytest.mark.parametrize("kind", ["nib", "awkward", "vit"])
def test_captum_agrees_on_gradients(kind):
    x, target = plain(toy(kind))
    network = toy(kind).network
    theirs = {
        "gradient": captum.attr.Saliency(network).attribute(x, target, abs=False),
        "gxi": captum.attr.InputXGradient(network).attribute(x, target),
        "gxsi": captum.attr.Saliency(network).attribute(x, target, abs=False) * x.sign(),
        "pgxi_released": captum.attr.Saliency(network).attribute(x, target) * x,
    }
    for name, expected in theirs.items():
        assert torch.equal(ATTRIBUTIONS[name]().heat(toy(kind), x, target).values, expected.detach().float())


@pytest.mark.filterwarnings("ignore:Setting")
def test_captum_agrees_where_a_network_is_as_it_wants_it():
    x, target = plain(toy("nib"))
    theirs = {
        "guided_backpropagation": captum.attr.GuidedBackprop(toy("nib").network).attribute(x, target),
        "deeplift": captum.attr.DeepLift(toy("nib").network).attribute(x, target=target),
        "integrated_gradients": captum.attr.IntegratedGradients(toy("nib").network).attribute(x, target=target),
    }
    for name, expected in theirs.items():
        heat = ATTRIBUTIONS[name]().heat(toy("nib"), x, target).values
        assert torch.allclose(heat, expected.detach().float(), rtol=1e-5, atol=1e-7), name


@pytest.mark.filterwarnings("ignore:Setting")
def test_functional_relus_which_captum_takes_for_nothing():
    """Its guided backpropagation then gives the plain gradient without a word."""
    classifier = Classifier("guided", Guided(), "ab", (1, 2))
    x, target = images(1)[:, :, :1, :2] * torch.tensor([1.0, 3.0]), torch.tensor([0])
    theirs = captum.attr.GuidedBackprop(classifier.network).attribute(x.requires_grad_(), target)
    assert torch.equal(theirs, ATTRIBUTIONS["gradient"]().heat(classifier, x, target).values)
    assert not torch.equal(theirs, ATTRIBUTIONS["guided_backpropagation"]().heat(classifier, x, target).values)


# --- without biases three are one ------------------------------------------------------------------------------------


@pytest.mark.parametrize("masked", [False, True])
def test_without_biases_three_are_one_and_sum_up_to_the_logit(masked):
    classifier, target = toy("nib"), torch.tensor([3, 0, 2])
    x = classifier.normalise(images()) * (images(seed=1) if masked else 1)
    gxi = ATTRIBUTIONS["gxi"]().heat(classifier, x, target)
    scale = float(gxi.values.abs().max())
    for name in ("integrated_gradients", "deeplift"):
        heat = ATTRIBUTIONS[name]().heat(classifier, x, target).values
        assert torch.allclose(heat, gxi.values, rtol=0, atol=1e-6 * scale), name
    logit = gxi.logits.gather(1, target[:, None])[:, 0]
    assert torch.allclose(gxi.values.double().sum((1, 2, 3)), logit, rtol=1e-5, atol=1e-6 * scale)


def test_with_biases_they_are_not():
    gxi, deeplift, path = (
        attribute(toy("awkward"), images(), 1, n) for n in ("gxi", "deeplift", "integrated_gradients")
    )
    assert (gxi - deeplift).abs().max() > 0.1 * gxi.abs().max()
    assert (gxi - path).abs().max() > 0.1 * gxi.abs().max()
