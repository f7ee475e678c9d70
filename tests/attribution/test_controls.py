"""The four controls: which network judges which image, and whether each shows what it is for."""

import pytest
import torch

from masking import attribution_masks
from masking.attribution import CONTROLS, noise_image, run_control, untrained, wrong_labels
from masking.models.nib import is_nib
from masking.models.nib_vgg import nib_vgg
from tests.attribution.gradient_toys import SIZE, images, state_of, toy

LABELS = torch.arange(4).repeat(6)
ASKED = {"attribution": "gxsi", "iterations": 3}


@pytest.fixture(scope="module")
def maskings():
    return {name: run_control(name, toy("nib"), images(24), LABELS, 1, **ASKED) for name in CONTROLS}


@pytest.mark.parametrize("name", CONTROLS)
def test_each_says_what_it_is(name):
    assert CONTROLS[name].title[0].isupper()
    assert CONTROLS[name].meaning.endswith(".")
    assert CONTROLS[name].hit.endswith(".")


def test_what_is_expected_is_there():
    assert list(CONTROLS) == ["wrong_label", "noise_image", "predicted_label", "untrained_network"]


def test_a_wrong_label_is_another_one_and_what_counts(maskings):
    masks, expected = maskings["wrong_label"]
    assert (expected != LABELS).all()
    assert torch.equal(masks.target, expected)
    assert torch.equal(masks.image, images(24))
    again = attribution_masks(toy("nib"), images(24), expected, **ASKED)
    assert torch.equal(masks.logits, again.logits)


def test_noise_is_masked_for_the_labels(maskings):
    masks, expected = maskings["noise_image"]
    assert torch.equal(masks.image, noise_image((SIZE, SIZE), 1, 24))
    assert torch.equal(masks.target, LABELS)
    assert torch.equal(expected, LABELS)


def test_the_predicted_label_leaks_nothing_but_is_judged_by_the_truth(maskings):
    masks, expected = maskings["predicted_label"]
    assert torch.equal(masks.target, masks.predicted[0])
    assert torch.equal(expected, LABELS)
    right = float((masks.predicted[0] == LABELS).double().mean())
    assert masks.mia(expected)[0].value == right


def test_the_untrained_network_makes_the_mask_and_judges_it(maskings):
    masks, expected = maskings["untrained_network"]
    fresh = untrained(toy("nib"), 1)
    again = attribution_masks(fresh, images(24), LABELS, **ASKED)
    assert torch.equal(masks.logits, again.logits)
    assert torch.equal(expected, LABELS)
    assert masks.manifest["classifier"] == "nib (untrained, seed 1)"


def test_masks_steer_a_network_without_biases_to_any_class(maskings):
    """Towards wrong labels, in noise, without training; but not to the truth when the label does not leak."""
    for name in ("wrong_label", "noise_image", "untrained_network"):
        masks, expected = maskings[name]
        assert masks.mia(expected)[-1].value > 0.9, name
    masks, truth = maskings["predicted_label"]
    first, *_, last = masks.mia(truth)
    assert last.value == pytest.approx(first.value, abs=0.1)


def test_an_image_with_a_seed_of_its_own_meets_the_same_in_any_batch():
    seeds = list(range(50, 74))
    for name in ("wrong_label", "noise_image"):
        masks, expected = run_control(name, toy("nib"), images(24), LABELS, seeds=seeds, **ASKED)
        alone, as_expected = run_control(name, toy("nib"), images(24)[7:8], LABELS[7:8], seeds=seeds[7:8], **ASKED)
        assert torch.equal(masks.image[7], alone.image[0])
        assert masks.target[7] == alone.target[0]
        assert expected[7] == as_expected[0]
        assert torch.allclose(masks.logits[:, 7], alone.logits[:, 0], atol=1e-5)
    assert (masks.image[0] != masks.image[1]).any()
    with pytest.raises(ValueError, match="there are 2 seeds for 24 images; give one for each"):
        run_control("noise_image", toy("nib"), images(24), LABELS, seeds=[1, 2])


def test_an_untrained_nib_network_begins_as_published():
    """Not as PyTorch begins by default: uniform, and through 16 layers close to nothing."""
    network = nib_vgg(10, "8 M 16 M", head=64)
    with torch.no_grad():
        for value in network.parameters():
            value.fill_(7)
    fresh = untrained(type(toy("nib"))("slim", network, "abcdefghij", (SIZE, SIZE))).network
    assert fresh.features[4].weight.std().item() == pytest.approx((2 / (16 * 9)) ** 0.5, rel=0.1)
    assert fresh.classifier[1].weight.std().item() == pytest.approx(0.01 * 8, rel=0.05)
    assert (fresh.features[1].weight == 1).all()
    assert (fresh.features[1].bias == 0).all()
    assert is_nib(fresh, (SIZE, SIZE))


# --- the parts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["nib", "awkward", "vit"])
def test_an_untrained_copy_has_nothing_of_the_original(kind):
    before, generator = state_of(toy(kind)), torch.get_rng_state()
    fresh = untrained(toy(kind), 3)
    assert state_of(toy(kind)) == before
    assert torch.equal(torch.get_rng_state(), generator), "it drew from everybody's random numbers"
    assert state_of(fresh) == state_of(untrained(toy(kind), 3))
    assert state_of(fresh) != state_of(untrained(toy(kind), 4))
    assert not fresh.training
    old = dict(toy(kind).network.named_parameters())
    for name, value in fresh.network.named_parameters():
        constant = len(value.unique()) == 1  # what starts at 0 or 1 may have been there all the time
        assert constant or not torch.equal(value, old[name]), name


def test_batch_norms_forget_what_they_have_seen():
    fresh = untrained(toy("awkward")).network.norm
    assert (fresh.running_mean == 0).all()
    assert (fresh.running_var == 1).all()
    assert (fresh.bias == 0).all()
    assert (toy("awkward").network.norm.bias != 0).any()


def test_a_network_that_draws_its_own_way_has_the_last_word():
    class Ones(torch.nn.Linear):
        def reset_parameters(self):
            torch.nn.init.ones_(self.weight)

    class Outer(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = Ones(3, 2, bias=False)

        def forward(self, x):
            return self.inner(x.mean((2, 3)))

        def reset_parameters(self):
            torch.nn.init.constant_(self.inner.weight, 7)

    classifier = type(toy("nib"))("outer", Outer(), "ab", (2, 2))
    assert (untrained(classifier).network.inner.weight == 7).all()
    assert (classifier.network.inner.weight == 1).all()


def test_wrong_labels_are_any_of_the_others():
    labels = torch.arange(3).repeat(3000)
    wrong = wrong_labels(labels, 3, 5)
    assert torch.equal(wrong, wrong_labels(labels, 3, 5))
    assert not torch.equal(wrong, wrong_labels(labels, 3, 6))
    for label in range(3):
        shares = torch.bincount(wrong[labels == label], minlength=3) / 3000
        assert shares[label] == 0
        assert shares[[k for k in range(3) if k != label]] == pytest.approx([0.5, 0.5], abs=0.05)


def test_noise_is_noise():
    noise = noise_image((16, 24), 2, 5)
    assert noise.shape == (5, 3, 16, 24)
    assert (noise.min(), noise.max()) == (0, 1)
    assert noise.mean().item() == pytest.approx(0.5, abs=0.01)
    assert noise.std().item() == pytest.approx(0.24, abs=0.01)  # 0.25, a little less by clipping
    assert torch.equal(noise, noise_image((16, 24), 2, 5))
    assert not torch.equal(noise, noise_image((16, 24), 3, 5))


def test_bad_input_gets_a_sentence():
    with pytest.raises(KeyError, match="there is no control 'noise'; choose from wrong_label, noise_image"):
        run_control("noise", toy("nib"), images(), LABELS[:3])
    with pytest.raises(ValueError, match="there are 3 images; give one class index for each"):
        run_control("noise_image", toy("nib"), images(), LABELS)
    with pytest.raises(ValueError, match="there is no class 4; they go from 0 to 3"):
        run_control("wrong_label", toy("nib"), images(), LABELS[:3] + 4)
    with pytest.raises(ValueError, match="with a single class no label is wrong"):
        wrong_labels(torch.zeros(2).long(), 1)
    with pytest.raises(ValueError, match="0 noise images of 4x4 cannot be drawn"):
        noise_image((4, 4), 0, 0)
