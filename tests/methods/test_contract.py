"""What every masking method promises, checked over the registry: a new one is covered without writing a test."""

import re
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from masking import METHODS, Classifier, Mask
from masking.calibration import save_head
from masking.image import digest
from masking.methods import Fill, Method
from tests.methods.contract_classifiers import CLASSIFIERS, CNNS, SIZE, TRANSFORMERS, classifier_named, some_head, tiles

LEAKING = {"blur"}
NOT_FOR_CNNS = {"token_dropping"}
NOT_FOR_TRANSFORMERS = {"layer_masking", "partial_convolution"}

BATCH, TOLERANCE = 3, 1e-5


@pytest.fixture(scope="module", autouse=True)
def heads(tmp_path_factory):
    """A calibration for each classifier, as strong as fitted ones; what it says does not matter here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MASKING_HEADS", str(tmp_path_factory.mktemp("heads")))
        for name in CLASSIFIERS:
            classifier = classifier_named(name)
            save_head(some_head(classifier, METHODS["calibrated"]().of))
        yield


def images() -> torch.Tensor:
    return tiles()[[5, 9, 21]]


def masks() -> Mask:
    """One per image: patches, a box that touches the border, and a few visible rows."""
    rows = Mask.box(SIZE, 0, 0, SIZE - 5, SIZE)
    parts = Mask.random_patches(SIZE, 0.5, 16, seed=1), Mask.box(SIZE, 10, 20, 30, 44), rows
    return Mask(torch.cat([part.keep for part in parts]))


def other_hidden_pixels(image: torch.Tensor, mask: Mask) -> torch.Tensor:
    junk = torch.rand(image.shape, generator=torch.Generator().manual_seed(3))
    return torch.where(mask.keep, image, junk)


def assert_close(ours, theirs):
    """To 1e-5 of the largest logit: float32 holds seven digits, and some of these networks answer in the tens."""
    assert (ours - theirs).abs().max().item() <= TOLERANCE * max(1.0, theirs.abs().max().item())


# --- the contract: each takes a method and a classifier, and raises AssertionError -----------------------------------


def nothing_hidden_changes_nothing(method: Method, classifier):
    assert_close(method.logits(classifier, images(), Mask.full(SIZE)), classifier(images()))


def hidden_pixels_do_not_matter(method: Method, classifier):
    ours = method.logits(classifier, images(), masks())
    theirs = method.logits(classifier, other_hidden_pixels(images(), masks()), masks())
    assert torch.equal(ours, theirs) == method.hides, "`hides` has to say what is true"


def a_batch_is_its_images_one_by_one(method: Method, classifier):
    batched = method.logits(classifier, images(), masks())
    for i in range(BATCH):
        assert_close(batched[i : i + 1], method.logits(classifier, images()[i : i + 1], masks()[i]))
    one_mask = method.logits(classifier, images(), masks()[0])
    assert_close(one_mask[1:2], method.logits(classifier, images()[1:2], masks()[0]))
    one_image = method.logits(classifier, images()[:1], masks())
    assert_close(one_image[2:], method.logits(classifier, images()[:1], masks()[2]))


def little_or_nothing_visible_is_finite(method: Method, classifier):
    pixel = ~Mask.box(SIZE, 40, 7, 1, 1)
    for mask in (Mask.empty(SIZE), pixel):
        try:
            logits = method.logits(classifier, images(), mask)
        except ValueError as error:
            raise AssertionError(error) from None
        assert logits.shape == (BATCH, len(classifier.categories))


def it_is_deterministic(method: Method, classifier):
    torch.manual_seed(1)
    first = method.logits(classifier, images(), masks())
    torch.manual_seed(2)
    before = torch.get_rng_state()
    assert torch.equal(first, type(method)().logits(classifier, images(), masks()))
    assert torch.equal(before, torch.get_rng_state()), "it drew from everybody's random numbers"


def all_is_left_as_found(method: Method, classifier):
    image, mask = images(), masks()
    before = state_of(classifier), digest(image), mask.digest
    method.logits(classifier, image, mask)
    assert (state_of(classifier), digest(image), mask.digest) == before


def state_of(classifier: nn.Module) -> object:
    """Modes, attributes, hooks, gradients and every byte of the state."""
    modules = [
        (name, m.training, sorted(vars(m)), [len(v) for k, v in vars(m).items() if k.endswith("_hooks")])
        for name, m in classifier.named_modules()
    ]
    parameters = [(name, parameter.requires_grad, parameter.grad) for name, parameter in classifier.named_parameters()]
    return modules, parameters, digest(*classifier.state_dict().values())


def suits(name, classifier):
    return name not in (NOT_FOR_CNNS if classifier in CNNS else NOT_FOR_TRANSFORMERS)


CHECKS = (
    nothing_hidden_changes_nothing,
    hidden_pixels_do_not_matter,
    a_batch_is_its_images_one_by_one,
    little_or_nothing_visible_is_finite,
    it_is_deterministic,
    all_is_left_as_found,
)


def combinations():
    """Each method and check on the bundled CNN, the transformer and a CNN in turn; `tests/layers` has them all."""
    for (i, name), (j, check) in product(enumerate(METHODS), enumerate(CHECKS)):
        for classifier in (CNNS[0], CNNS[1 + (i + j) % (len(CNNS) - 1)], *TRANSFORMERS):
            if suits(name, classifier):
                yield pytest.param(name, classifier, check, id=f"{name}-{classifier}-{check.__name__}")


@pytest.mark.parametrize(("name", "classifier", "check"), list(combinations()))
def test_contract(name, classifier, check):
    check(METHODS[name](), classifier_named(classifier))


@pytest.mark.parametrize("classifier", [CNNS[0], *TRANSFORMERS])
@pytest.mark.parametrize("name", METHODS)
def test_what_does_not_suit_is_refused(name, classifier):
    method, loaded = METHODS[name](), classifier_named(classifier)
    reason = method.supports(loaded)
    assert (reason is None) == suits(name, classifier)
    if reason:
        with pytest.raises(ValueError, match=re.escape(reason)):
            method.logits(loaded, images(), masks())


def test_a_network_without_a_calibration_is_refused():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        fresh = Classifier("fresh", nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2)), "ab", (8, 8))
    reason = METHODS["calibrated"]().supports(fresh)
    with pytest.raises(ValueError, match=re.escape(reason)):
        METHODS["calibrated"]().logits(fresh, images(), masks())


@pytest.mark.parametrize("name", METHODS)
@settings(max_examples=12)
@given(st.integers(0, 2**32 - 1), st.tuples(st.integers(1, 40), st.integers(1, 40)), st.floats(0, 1))
def test_hidden_pixels_do_not_matter_whatever_the_mask(name, seed, size, visible):
    if name in LEAKING:
        return
    classifier, method = classifier_named(CNNS[0]), METHODS[name]()
    if name in NOT_FOR_CNNS:
        classifier, size = classifier_named(TRANSFORMERS[0]), (SIZE, SIZE)  # it takes no other
    rng = np.random.default_rng(seed)
    mask = Mask(torch.from_numpy(rng.random((2, 1, *size)) < visible))
    image, junk = torch.from_numpy(rng.random((2, 2, 3, *size), dtype=np.float32))
    other = torch.where(mask.keep, image, junk)
    logits = method.logits(classifier, image, mask)
    assert logits.isfinite().all()
    assert torch.equal(logits, method.logits(classifier, other, mask))


def test_only_these_leak():
    assert {name for name in METHODS if not METHODS[name].hides} == LEAKING


@pytest.mark.parametrize("classifier", CLASSIFIERS)
def test_the_networks_tell_the_pictures_apart(classifier):
    logits = classifier_named(classifier)(images())
    assert logits.std(0).max() > 1000 * TOLERANCE, "or the contract would hold for any method"


@pytest.mark.parametrize("kind", METHODS.values())
def test_it_says_what_it_is(kind):
    assert kind.title[0].isupper()
    assert kind.meaning.endswith(".")
    assert len(kind.source) > 10


# --- the contract can fail -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Darkens(Fill):
    def _logits(self, classifier, image, mask):
        return classifier(image * 0.99)


@dataclass(frozen=True)
class Leaks(Fill):
    def paint(self, image, mask, classifier):
        return image.mean((2, 3), keepdim=True)


@dataclass(frozen=True)
class SaysItLeaks(Fill):
    hides = False

    def paint(self, image, mask, classifier):
        return torch.zeros(1, 1, 1, 1)


@dataclass(frozen=True)
class MixesTheBatch(Fill):
    def paint(self, image, mask, classifier):
        return torch.where(mask.keep, image, 0).mean((0, 2, 3), keepdim=True)


@dataclass(frozen=True)
class DividesByNothing(Fill):
    def paint(self, image, mask, classifier):
        return torch.where(mask.keep, image, 0).sum((2, 3), keepdim=True) / mask.keep.sum((2, 3), keepdim=True)


@dataclass(frozen=True)
class RollsDice(Fill):
    def paint(self, image, mask, classifier):
        return torch.rand(1, 3, 1, 1)


@dataclass(frozen=True)
class LeavesAHook(Fill):
    def _logits(self, classifier, image, mask):
        handle = classifier.network.register_forward_hook(lambda *_: None)
        type(self).undo = [handle.remove]
        return classifier(image)


@dataclass(frozen=True)
class LeavesTraining(Fill):
    def _logits(self, classifier, image, mask):
        classifier.network.train()
        type(self).undo = [classifier.network.eval]
        return torch.zeros(len(image), len(classifier.categories))


@pytest.mark.parametrize(
    ("broken", "check"),
    [
        (Darkens, nothing_hidden_changes_nothing),
        (Leaks, hidden_pixels_do_not_matter),
        (SaysItLeaks, hidden_pixels_do_not_matter),
        (MixesTheBatch, a_batch_is_its_images_one_by_one),
        (DividesByNothing, little_or_nothing_visible_is_finite),
        (RollsDice, it_is_deterministic),
        (LeavesAHook, all_is_left_as_found),
        (LeavesTraining, all_is_left_as_found),
    ],
)
def test_a_method_that_breaks_the_contract_is_caught(broken, check):
    try:
        with pytest.raises(AssertionError):
            check(broken(), classifier_named("resnet18"))
    finally:
        for undo in getattr(broken, "undo", ()):
            undo()
