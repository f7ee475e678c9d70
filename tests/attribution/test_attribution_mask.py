"""Algorithm 1: by hand, against a literal copy, its promises over the registry, and what it says of bad input."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from masking import ATTRIBUTIONS, Classifier, attribution_masks
from masking.attribution.min_max import min_max
from tests.attribution.gradient_toys import NO_MEAN, SIZE, UNIT, Awkward, Sum, images, toy

# --- by hand ---------------------------------------------------------------------------------------------------------

IMAGE = torch.tensor(
    [
        [[0.2, 0.4], [0.6, 0.8]],
        [[0.5, 0.5], [0.5, 0.5]],
        [[0.1, 0.2], [0.3, 0.4]],
    ]
)[None]
RISING = torch.tensor(
    [
        [[1.0, 2.0], [3.0, 5.0]],
        [[7.0, 7.0], [7.0, 7.0]],  # no range: this channel ends at once
        [[-1.0, -2.0], [-3.0, -5.0]],
    ]
)


def by_hand() -> Classifier:
    return Classifier("sum", Sum(torch.stack([torch.zeros_like(RISING), RISING])), ("no", "yes"), (2, 2), NO_MEAN, UNIT)


def test_two_steps_by_hand():
    """Gradients are the weights at every step; the sign of a pixel masked to 0 is 0, and so is its attribution."""
    masks = attribution_masks(by_hand(), IMAGE, "yes", "gxsi", 2)
    first = [[0, 0.25], [0.5, 1]], [[0, 0], [0, 0]], [[1, 0.75], [0.5, 0]]
    second = [[0, 0.4], [0.6, 1]], [[0, 0], [0, 0]], [[2 / 3, 1 / 3], [0, 1]]
    assert torch.allclose(masks.mask(1)[0], torch.tensor(first))
    assert torch.allclose(masks.mask(2)[0], torch.tensor(second))
    assert torch.allclose(masks.products[2, 0], torch.tensor(first) * torch.tensor(second))
    whole = 0.2 + 0.8 + 1.8 + 4 + 14 - (0.1 + 0.4 + 0.9 + 2)
    after_one = 0.25 * 0.8 + 0.5 * 1.8 + 4 - (0.1 + 0.75 * 0.4 + 0.5 * 0.9)
    after_two = 0.1 * 0.8 + 0.3 * 1.8 + 4 - (2 / 3 * 0.1 + 0.25 * 0.4)
    assert masks.logits[:, 0, 1].tolist() == pytest.approx([whole, after_one, after_two])
    assert masks.zero_share[:, 0].tolist() == pytest.approx([0, 6 / 12, 7 / 12])
    assert torch.allclose(masks.seen(1), IMAGE * torch.tensor(first))


def test_a_channel_without_range_becomes_zero_and_stays_so():
    heat = torch.stack([torch.full((2, 2), 3.0), torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.zeros(2, 2)])[None]
    mask = min_max(heat)
    assert not mask[:, [0, 2]].any()
    assert (mask[0, 1].amin(), mask[0, 1].amax()) == (0, 1)
    tiny = min_max(heat * 1e-30)
    assert torch.allclose(tiny[0, 1], mask[0, 1]), "no epsilon: small heats are stretched as large ones are"


def test_a_dead_image_has_no_answer():
    """Class 0 would be right by argmax alone."""
    flat = Classifier("flat", Sum(torch.ones(2, 3, 2, 2)), "ab", (2, 2), NO_MEAN, UNIT)
    masks = attribution_masks(flat, IMAGE, 0, "gxsi", 2)
    assert masks.dead[:, 0].tolist() == [False, True, True]
    assert masks.predicted[1, 0] == 0
    assert masks.hits()[:, 0].tolist() == [True, False, False]
    assert [estimate.value for estimate in masks.mia()] == [1, 0, 0]
    assert "nothing (all logits 0)" in masks.frames()[1].caption


# --- against a literal copy ------------------------------------------------------------------------------------------


def literally(network, z0, k, iterations):
    """Algorithm 1 with GxSI for one image, as the corrected paper has it, channel by channel."""
    product, logits = torch.ones_like(z0), []
    for _ in range(iterations):
        x = (z0 * product).clone().requires_grad_()
        answer = network(x[None])[0]
        answer[k].backward()
        heat = (x.grad * x.detach().sign()).float()
        mask = torch.zeros_like(heat)
        for c in range(3):
            low, high = heat[c].min(), heat[c].max()
            if low != high:
                mask[c] = (heat[c] - low) / (high - low)
        logits.append(answer.detach())
        product = product * mask
    return product, torch.stack([*logits, network((z0 * product)[None])[0].detach()])


@pytest.mark.parametrize("kind", ["nib", "awkward", "vit"])
def test_it_is_algorithm_1(kind):
    classifier, targets = toy(kind), [2, 0, 3]
    masks = attribution_masks(classifier, images(), targets, "gxsi", 6)
    for i, z0 in enumerate(classifier.normalise(images())):
        product, logits = literally(classifier.network, z0, targets[i], 6)
        assert torch.allclose(masks.products[-1, i], product.float(), rtol=1e-4, atol=1e-7)
        assert torch.allclose(masks.logits[:, i], logits.float(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_each_step_is_the_attribution_of_what_was_seen(name):
    classifier, target = toy("nib"), torch.tensor([1, 3])
    masks = attribution_masks(classifier, images(2), target, name, 3)
    z = classifier.normalise(images(2))
    for step in range(3):
        expected = ATTRIBUTIONS[name]().heat(classifier, z * masks.products[step], target, z).values
        assert torch.allclose(masks.attributions[step], expected, rtol=1e-4, atol=1e-6 * float(expected.abs().max()))
        assert torch.equal(masks.mask(step + 1), min_max(masks.attributions[step]))
        assert torch.equal(masks.products[step + 1], masks.products[step] * masks.mask(step + 1))
    with torch.no_grad():
        for step in range(4):
            assert torch.allclose(classifier(masks.seen(step)).float(), masks.logits[step], atol=1e-6)
            assert torch.allclose(classifier.network(masks.normalised(step).double()).float(), masks.logits[step])


@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_a_batch_is_its_images_one_by_one(name):
    targets = [2, 0, 3]
    together = attribution_masks(toy("awkward"), images(), targets, name, 2)
    for i in range(3):
        alone = attribution_masks(toy("awkward"), images()[i : i + 1], targets[i], name, 2)
        assert torch.allclose(together[i].products, alone.products, rtol=1e-3, atol=1e-5)
        assert torch.allclose(together[i].logits, alone.logits, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_masks_lie_between_0_and_1_and_touch_both(name):
    masks = attribution_masks(toy("awkward"), images(), 1, name, 4)
    for step in range(1, 5):
        mask, heat = masks.mask(step), masks.attributions[step - 1]
        alive = heat.amax((2, 3)) > heat.amin((2, 3))
        assert (mask.amin((2, 3)) == 0).all()
        assert torch.equal(mask.amax((2, 3)) == 1, alive)
    assert (masks.products.diff(dim=0) <= 0).all(), "a product of masks never grows"


# --- properties ------------------------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.integers(1, 20), st.sampled_from(["gxsi", "gxi", "gradient", "pgxi_released"]))
def test_a_darker_image_has_the_same_masks_without_biases(seed, halvings, name):
    """f(a·x) = a·f(x): by a power of two, which rounds nothing, to the last bit. 0 is the mean colour."""
    network = toy("nib").network
    classifier = Classifier("nib", network, "abcd", (SIZE, SIZE), NO_MEAN, UNIT).double()
    image = images(1, seed)
    bright, dark = (attribution_masks(classifier, picture, 2, name, 4) for picture in (image, image * 2**-halvings))
    assert torch.equal(bright.products, dark.products)
    assert torch.equal(bright.predicted, dark.predicted)
    assert torch.allclose(bright.logits * 2.0**-halvings, dark.logits, rtol=1e-6)


def test_with_biases_it_does_not():
    network = toy("awkward").network
    classifier = Classifier("biased", network, "abcde", (SIZE, SIZE), NO_MEAN, UNIT).double()
    bright, dark = (attribution_masks(classifier, image, 2, "gxsi", 2) for image in (images(1), images(1) / 64))
    assert not torch.allclose(bright.products, dark.products, atol=1e-2)


def test_the_mask_writes_its_class_into_the_picture():
    """This holds for an untrained network without biases, and for every target class."""
    targets = torch.arange(4).repeat(8)
    masks = attribution_masks(toy("nib"), images(32), targets, "gxsi", 3)
    before, *_, after = masks.mia()
    assert before.value < 0.4
    assert after.value > 0.9


# --- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        ({"iterations": -1}, ValueError, "iterations is -1; it must be between 0 and 200"),
        ({"iterations": 201}, ValueError, "iterations is 201; it must be between 0 and 200"),
        ({"target": 4}, ValueError, "there is no class 4; they go from 0 to 3"),
        ({"target": "z"}, ValueError, "there is no class 'z'"),
        ({"iterations": 2.5}, ValueError, "iterations is 2.5; give a whole number"),
        ({"iterations": "3"}, ValueError, "iterations is '3'; give a number"),
        ({"target": 1.5}, ValueError, "the target is 1.5; give the index of a class or its name"),
        ({"target": (0, 1, 2)}, ValueError, r"the target is \(0, 1, 2\); give the index of a class or its name"),
        ({"attribution": None}, ValueError, "the attribution is None; give a name such as gxsi, or an instance"),
        ({"image": object()}, ValueError, "a picture cannot be made of object; give a path, bytes"),
        ({"target": [0]}, ValueError, "there are 3 images; give one class index for each"),
        ({"attribution": "gxs"}, KeyError, "there is no attribution 'gxs'; did you mean gxsi"),
        ({"image": images()[:0]}, ValueError, "there is no image in the batch"),
        ({"image": images()[0]}, ValueError, r"give floats of shape \(n, 3, h, w\)"),
        ({"image": images() / 0}, ValueError, "the image holds NaN or infinite values"),
        ({"image": "gone.png"}, ValueError, r"there is no file gone\.png"),
    ],
)
def test_bad_input_gets_a_sentence(arguments, error, sentence):
    with pytest.raises(error, match=sentence):
        attribution_masks(**{"classifier": toy("nib"), "image": images(), "target": 0} | arguments)


def test_logits_that_are_no_numbers_are_refused():
    damaged = Classifier("damaged", Sum(torch.ones(2, 3, 2, 2)), "ab", (2, 2), NO_MEAN, UNIT)
    damaged.network.weights.fill_(float("inf"))
    with pytest.raises(ValueError, match="the logits of damaged are NaN or infinite; check its weights"):
        attribution_masks(damaged, IMAGE, 0, "random", 1)


def test_a_step_that_does_not_exist():
    masks = attribution_masks(toy("nib"), images(2), 0, "gxsi", 2)
    for wrong, sentence in (
        (lambda: masks.mask(0), "there is no step 0; they go from 1 to 2"),
        (lambda: masks.seen(3), "there is no step 3; they go from 0 to 2"),
        (lambda: masks.first(3), "there is no step 3"),
        (lambda: masks.heat(2), "there is no attribution 2; there are 2, from 0"),
    ):
        with pytest.raises(ValueError, match=sentence):
            wrong()
    with pytest.raises(IndexError, match="there is no image 2; they go from 0 to 1"):
        masks[2]


def test_an_unsupported_attribution_is_refused_before_the_image_is_looked_at():
    forwards = []
    classifier = Classifier("sum", nn.Sequential(nn.Flatten(), nn.Linear(12, 2)), "ab", (2, 2))
    classifier.network[1].register_forward_hook(
        lambda _, x, y: forwards.append(x) if isinstance(y, torch.Tensor) else None
    )
    with pytest.raises(ValueError, match="cannot be computed for sum: it has no ReLU"):
        attribution_masks(classifier, IMAGE, None, "guided_backpropagation")
    assert not any(torch.equal(x, IMAGE.flatten(1)) for (x,) in forwards)


def test_awkward_networks_run_in_every_memory_layout():
    plain = Classifier("plain", Awkward().eval(), "abcde", (SIZE, SIZE))
    expected = attribution_masks(plain, images(), 1, "gxsi", 2).logits
    plain.network.to(memory_format=torch.channels_last)
    assert torch.allclose(attribution_masks(plain, images(), 1, "gxsi", 2).logits, expected, atol=1e-4)
