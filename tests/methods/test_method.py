"""What all methods have in common: fitting images to masks, refusing what does not fit."""

import pytest
import torch
from torch import nn

from masking import METHODS, Classifier, Mask, layer_masked
from masking.methods.method import align


def test_one_image_or_one_mask_serves_the_batch():
    image, mask = align(torch.rand(1, 3, 4, 4), Mask.random_patches(4, 0.5, 1, count=3))
    assert image.shape == (3, 3, 4, 4)
    image, mask = align(torch.rand(3, 3, 4, 4), Mask.full(4))
    assert len(mask) == 3


@pytest.mark.parametrize(
    ("image", "mask", "sentence"),
    [
        (torch.rand(1, 3, 8, 9), Mask.full((8, 8)), "mask is 8x8 but the image is 8x9"),
        (torch.rand(2, 3, 8, 8), Mask(Mask.full(8).keep.repeat(3, 1, 1, 1)), "there are 2 images but 3 masks"),
        (torch.rand(3, 8, 8), Mask.full(8), r"the image is torch.float32 of shape \(3, 8, 8\); give floats"),
        (torch.rand(1, 4, 8, 8), Mask.full(8), r"shape \(1, 4, 8, 8\)"),
        (torch.zeros(1, 3, 8, 8, dtype=torch.uint8), Mask.full(8), "the image is torch.uint8"),
    ],
)
def test_what_does_not_fit_is_refused(bundled, image, mask, sentence):
    with pytest.raises(ValueError, match=sentence):
        METHODS["blackout"]().logits(bundled, image, mask)


@pytest.mark.parametrize("name", [name for name in METHODS if name != "token_dropping"])
def test_double_precision_images_are_taken(bundled, name):
    image = torch.rand(1, 3, 32, 32, dtype=torch.float64)
    logits = METHODS[name]().logits(bundled, image, Mask.box(32, 3, 3, 9, 9))
    assert logits.dtype == torch.float32
    assert logits.isfinite().all()


@pytest.mark.parametrize("name", ["blackout", "layer_masking", "partial_convolution"])
def test_gradients_reach_visible_pixels_only(bundled, name):
    image = torch.rand(1, 3, 32, 32, requires_grad=True)
    mask = Mask.box(32, 0, 0, 32, 16)
    logits = METHODS[name]().logits(bundled, image, mask)
    (gradient,) = torch.autograd.grad(logits[0, 0], image)
    assert (gradient[..., :16] == 0).all()
    assert (gradient[..., 16:] != 0).any()


ENGINES = {"layer_masking": "neighbour", "partial_convolution": "partial"}


@pytest.mark.parametrize(("name", "convolution"), ENGINES.items())
def test_layer_masking_is_the_engine_on_normalised_images(bundled, name, convolution):
    image, mask = torch.rand(1, 3, 64, 64), Mask.random_patches(64, 0.5, 16)
    with torch.inference_mode():
        expected = layer_masked(bundled.network, convolution=convolution)(bundled.normalise(image), mask.keep)
    assert torch.equal(METHODS[name]().logits(bundled, image, mask), expected)


@pytest.mark.parametrize("name", ENGINES)
def test_nothing_left_to_see(bundled, name):
    method, image = METHODS[name](), torch.rand(1, 3, 64, 64)
    crumbs = [~Mask.box(64, row, row, 1, 1) for row in range(4, 20)]
    masks = Mask(torch.cat([mask.keep for mask in (Mask.empty(64), Mask.full(64), *crumbs)]))
    blind = method.blind(bundled, image, masks)
    logits, also_blind = method.answer(bundled, image, masks)
    assert torch.equal(logits, method.logits(bundled, image, masks))
    assert torch.equal(also_blind, blind)
    assert blind[:2].tolist() == [True, False]
    assert 0 < blind[2:].sum() < len(crumbs), "a single pixel vanishes in some places only"
    logits = method.logits(bundled, image, masks)
    assert torch.equal((logits - logits[0]).abs().amax(1) < 1e-5, blind)
    assert not method.blind(bundled, image, Mask.full(64)).any()


class Undecided(nn.Module):
    def forward(self, x):
        return x.mean((2, 3)) if x.abs().sum() >= 0 else x.amax((2, 3))


class Sorts(nn.Module):
    def forward(self, x):
        return x.sort(-1).values.mean((2, 3))


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize(
    ("classifier", "reason"),
    [
        (Classifier("undecided", Undecided(), "abc", (8, 8)), "undecided"),
        (Classifier("sorts", Sorts(), "abc", (8, 8)), "cannot run sorts: sort"),
        (Classifier("attentive", Sorts(), "abc", (8, 8), family="vit"), "attentive is a transformer"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_layer_masking_says_what_it_cannot_run(classifier, reason, name):
    method = METHODS[name]()
    sentence = method.supports(classifier)
    assert reason in sentence
    assert "\n" not in sentence
    with pytest.raises(ValueError, match=f"^{method.title.lower()} "):
        method.logits(classifier, torch.rand(1, 3, 8, 8), Mask.full(8))


@pytest.mark.parametrize("name", sorted(set(METHODS) - {"token_dropping"}))
def test_with_nothing_to_see_two_pictures_get_one_answer(bundled, name):
    method = METHODS[name]()
    image, masks = torch.rand(2, 3, 64, 64), Mask.empty(64)
    assert method.blind(bundled, image, masks).tolist() == [method.hides] * 2
    assert not method.blind(bundled, image, Mask.box(64, 0, 0, 32, 32)).any()
    first, second = method.logits(bundled, image, masks)
    assert torch.allclose(first, second, atol=1e-5) == method.hides
