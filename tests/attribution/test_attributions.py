"""What every attribution promises, checked over the registry: a new one is covered without writing a test."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import torch

from masking import ATTRIBUTIONS, Classifier, attribute
from masking.attribution import Attribution, Heat
from masking.image import digest
from tests.attribution.gradient_toys import SIZE, Sum, Unyielding, images, state_of, toy

TOYS = ("nib", "awkward", "vit")
NOT_FOR_TRANSFORMERS = {"deeplift", "guided_backpropagation"}
WITHOUT_GRADIENT = {"absolute_input", "occlusion", "random"}
FOR_NO_CLASS = {"absolute_input", "random"}

PAIRS = [(name, kind) for name in ATTRIBUTIONS for kind in TOYS if kind != "vit" or name not in NOT_FOR_TRANSFORMERS]


def make_attribution(name: str) -> Attribution:
    return ATTRIBUTIONS[name]()


def heat_of(attribution: Attribution, classifier: Classifier, target: int = 1, count: int = 3) -> Heat:
    x = classifier.normalise(images(count))
    return attribution.heat(classifier, x, torch.full((count,), target))


# --- the contract ----------------------------------------------------------------------------------------------------


def it_is_a_heat(attribution, classifier):
    heat = heat_of(attribution, classifier)
    assert heat.values.shape == (3, 3, SIZE, SIZE)
    assert heat.values.dtype == torch.float32
    assert not heat.values.requires_grad
    assert heat.values.std() > 0
    assert attribution.signed or (heat.values >= 0).all()


def its_logits_are_those_of_the_input(attribution, classifier):
    heat = heat_of(attribution, classifier)
    if heat.logits is not None:
        with torch.no_grad():
            assert torch.allclose(heat.logits, classifier(images()), atol=1e-12)
        assert not heat.logits.requires_grad


def a_batch_is_its_images_one_by_one(attribution, classifier):
    x, target = classifier.normalise(images()), torch.tensor([0, 3, 1])
    together = attribution.heat(classifier, x, target).values
    for i in range(3):
        alone = attribution.heat(classifier, x[i : i + 1], target[i : i + 1]).values
        assert torch.allclose(together[i : i + 1], alone, rtol=1e-5, atol=1e-6 * float(alone.abs().max()))


def it_is_deterministic(attribution, classifier):
    torch.manual_seed(1)
    first = heat_of(attribution, classifier).values
    torch.manual_seed(2)
    before = torch.get_rng_state()
    assert torch.equal(first, heat_of(attribution, classifier).values)
    assert torch.equal(before, torch.get_rng_state()), "it drew from everybody's random numbers"


def all_is_left_as_found(attribution, classifier):
    x, target = classifier.normalise(images()), torch.tensor([0, 3, 1])
    before = state_of(classifier), digest(x, target), x.requires_grad
    attribution.heat(classifier, x, target)
    assert (state_of(classifier), digest(x, target), x.requires_grad) == before


def it_sums_up(attribution, classifier):
    """f(x) − f(0), to what 50 steps of an integral leave open."""
    heat, x = heat_of(attribution, classifier).values.double(), classifier.normalise(images())
    with torch.no_grad():
        gain = (classifier.network(x) - classifier.network(torch.zeros_like(x)))[:, 1]
    assert ((heat.sum((1, 2, 3)) - gain).abs() < 0.01 * heat.abs().sum((1, 2, 3))).all()


CHECKS = (
    it_is_a_heat,
    its_logits_are_those_of_the_input,
    a_batch_is_its_images_one_by_one,
    it_is_deterministic,
    all_is_left_as_found,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_contract(name, kind, check):
    check(make_attribution(name), toy(kind))


@pytest.mark.parametrize(("name", "kind"), [pair for pair in PAIRS if ATTRIBUTIONS[pair[0]].complete])
def test_the_complete_ones_sum_up(name, kind):
    it_sums_up(make_attribution(name), toy(kind))


@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_it_says_what_it_is(name):
    kind = ATTRIBUTIONS[name]
    assert kind.title[0].isupper() or kind.title[0] == "|"
    assert kind.meaning.endswith(".")
    assert len(kind.source) > 10
    assert kind.relative_cost


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_the_class_matters_where_it_should(name, kind):
    heat, other_heat = (heat_of(make_attribution(name), toy(kind), target).values for target in (0, 1))
    assert torch.equal(heat, other_heat) == (name in FOR_NO_CLASS)


@pytest.mark.parametrize("name", sorted(NOT_FOR_TRANSFORMERS))
def test_a_transformer_is_refused_in_a_sentence(name):
    reason = make_attribution(name).supports(toy("vit"))
    assert "for vit: " in reason
    with pytest.raises(ValueError, match=re.escape(reason)):
        heat_of(make_attribution(name), toy("vit"))


def test_deeplift_says_what_a_network_must_be():
    assert "it is a transformer" in make_attribution("deeplift").supports(toy("vit"))


@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_without_a_gradient_some_still_work(name):
    classifier = Classifier("steps", Unyielding(), "abc", (SIZE, SIZE))
    if name in WITHOUT_GRADIENT:
        attribute(classifier, images(), 1, name)
        return
    with pytest.raises(ValueError, match="steps"):
        attribute(classifier, images(), 1, name)


@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_gradients_are_computed_in_every_grad_mode(name):
    expected = attribute(toy("nib"), images(1), 1, name)
    with torch.inference_mode():
        assert torch.equal(attribute(toy("nib"), images(1) + 0, 1, name), expected)
    with torch.no_grad():
        assert torch.equal(attribute(toy("nib"), images(1), 1, name), expected)


def test_threads_share_one_network():
    names = ["guided_backpropagation", "gradient", "deeplift", "gxi"] * 3
    alone = {name: attribute(toy("awkward"), images(), 2, name) for name in set(names)}
    with ThreadPoolExecutor(4) as pool:
        heats = list(pool.map(lambda name: attribute(toy("awkward"), images(), 2, name), names))
    assert all(torch.equal(heat, alone[name]) for name, heat in zip(names, heats, strict=True))


# --- the verb --------------------------------------------------------------------------------------------------------


def test_targets_may_be_given_in_many_ways():
    classifier = toy("nib")
    expected = attribute(classifier, images(), torch.tensor([2, 2, 2]))
    for target in (2, "c", [2, 2, 2], ["c", "c", "c"], torch.tensor(2), torch.tensor([2, 2, 2], dtype=torch.int32)):
        assert torch.equal(attribute(classifier, images(), target), expected)
    with torch.no_grad():
        predicted = classifier(images()).argmax(1)
    assert torch.equal(attribute(classifier, images()), attribute(classifier, images(), predicted))


def test_a_picture_is_prepared(photograph):
    assert attribute(toy("nib"), photograph, 0, "gradient").shape == (1, 3, SIZE, SIZE)


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        (4, "there is no class 4; they go from 0 to 3"),
        (-1, "there is no class -1; they go from 0 to 3"),
        ("e", "there is no class 'e'"),
        (torch.tensor([0, 1, 7]), "there is no class 7; they go from 0 to 3"),
        (torch.tensor([0, 1]), "there are 3 images; give one class index for each"),
        ([0, 1], "there are 3 images; give one class index for each"),
        (torch.tensor([0.0, 1.0, 2.0]), r"the targets are torch\.float32"),
        (torch.tensor(1.5), r"the target is torch\.float32"),
        (torch.zeros(3, 2, dtype=torch.long), r"the target is torch\.int64 of shape \(3, 2\)"),
    ],
)
def test_targets_that_do_not_fit(target, sentence):
    with pytest.raises(ValueError, match=sentence):
        attribute(toy("nib"), images(), target)


def test_other_bad_input_gets_a_sentence():
    with pytest.raises(KeyError, match="there is no attribution 'gxs'; did you mean gxsi"):
        attribute(toy("nib"), images(), 0, "gxs")
    with pytest.raises(ValueError, match=r"give floats of shape \(n, 3, h, w\)"):
        attribute(toy("nib"), images()[0], 0)
    with pytest.raises(ValueError, match="the image holds NaN or infinite values"):
        attribute(toy("nib"), images() * float("nan"), 0, "random")
    damaged = Classifier("damaged", Sum(torch.ones(2, 3, SIZE, SIZE)), "ab", (SIZE, SIZE))
    damaged.network.weights.fill_(float("inf"))
    with pytest.raises(ValueError, match="Gradient of damaged is NaN or infinite; check its weights"):
        attribute(damaged, images(), 0, "gradient")
    with pytest.raises(ValueError, match="one patch of 32 pixels covers the whole 32x32 image"):
        attribute(toy("nib"), images(), 0, ATTRIBUTIONS["occlusion"](patch=32))
    with pytest.raises(ValueError, match="steps is 0; it must be between 1 and 1000"):
        ATTRIBUTIONS["integrated_gradients"](steps=0)
    with pytest.raises(ValueError, match="the original is"):
        ATTRIBUTIONS["gxi"]().heat(toy("nib"), images().double(), torch.zeros(3).long(), images(2))


def test_occlusion_asks_whether_its_method_can_run():
    occlusion = ATTRIBUTIONS["occlusion"](method="layer_masking")
    assert occlusion.supports(toy("awkward")) is None
    with pytest.raises(ValueError, match="layer masking is for convolutional networks; vit is a transformer"):
        attribute(toy("vit"), images(), 0, occlusion)


# --- the contract can fail -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MixesTheBatch(Attribution):
    title, signed = "Mixes", True

    def _heat(self, classifier, x, target, original):
        return Heat(x - x.mean(0, keepdim=True))


@dataclass(frozen=True)
class RollsDice(Attribution):
    title = "Dice"

    def _heat(self, classifier, x, target, original):
        return Heat(torch.rand_like(x))


@dataclass(frozen=True)
class LeavesTraining(Attribution):
    title = "Training"

    def _heat(self, classifier, x, target, original):
        classifier.network.train()
        return Heat(x)


@dataclass(frozen=True)
class WrongLogits(Attribution):
    title = "Logits"

    def _heat(self, classifier, x, target, original):
        return Heat(x, classifier.network(x) + 1)


@dataclass(frozen=True)
class Flat(Attribution):
    title = "Flat"

    def _heat(self, classifier, x, target, original):
        return Heat(torch.ones_like(x))


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (MixesTheBatch, a_batch_is_its_images_one_by_one),
        (RollsDice, it_is_deterministic),
        (LeavesTraining, all_is_left_as_found),
        (WrongLogits, its_logits_are_those_of_the_input),
        (Flat, it_is_a_heat),
        (ATTRIBUTIONS["gxi"], it_sums_up),
        (ATTRIBUTIONS["guided_backpropagation"], it_sums_up),
    ],
)
def test_an_attribution_that_breaks_the_contract_is_caught(broken, check):
    try:
        with pytest.raises(AssertionError):
            check(broken(), toy("awkward"))
    finally:
        toy("awkward").network.eval()
