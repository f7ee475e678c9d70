"""The fills by hand: what stands at hidden pixels, and that visible ones stay."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from masking import METHODS, Mask
from masking.methods import Fill

FILLS = [name for name in METHODS if issubclass(METHODS[name], Fill)]
MASK = Mask.box((6, 8), 1, 2, 3, 4)
HIDDEN = ~MASK.keep[0, 0]


def fill(name, image, mask=MASK, classifier=None, **parameters):
    return METHODS[name](**parameters).fill(image, mask, classifier)


@pytest.fixture
def image():
    return torch.rand(2, 3, 6, 8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", FILLS)
def test_visible_pixels_stay_and_hidden_ones_change(name, image):
    filled = fill(name, image)
    assert torch.equal(filled[:, :, ~HIDDEN], image[:, :, ~HIDDEN])
    assert (filled[:, :, HIDDEN] != image[:, :, HIDDEN]).any()
    assert filled.min() >= 0
    assert filled.max() <= 1
    assert filled.dtype == image.dtype


def test_blackout_is_zero(image):
    assert (fill("blackout", image)[:, :, HIDDEN] == 0).all()


def test_greyout_is_exactly_zero_after_normalisation(image, bundled):
    filled = fill("greyout", image, classifier=bundled)
    assert (bundled.normalise(filled)[:, :, HIDDEN] == 0).all()
    assert torch.equal(filled[0, :, 1, 2], bundled.mean.flatten())


def test_greyout_without_a_classifier_is_the_mean_colour_of_imagenet(image):
    assert fill("greyout", image)[0, :, 1, 2].tolist() == pytest.approx([0.485, 0.456, 0.406])


def test_greyout_may_be_mid_grey(image, bundled):
    assert (fill("greyout", image, classifier=bundled, grey="middle")[:, :, HIDDEN] == 0.5).all()
    with pytest.raises(ValueError, match="grey is 'dark'; it must be one of mean, middle"):
        METHODS["greyout"](grey="dark")


def test_mean_colour_is_the_mean_of_visible_pixels():
    image = torch.tensor([[0.1, 0.3], [0.5, 0.9]]).expand(1, 3, 2, 2) * torch.tensor([1.0, 0.5, 0.0]).view(1, 3, 1, 1)
    filled = fill("mean_colour", image, Mask.box(2, 1, 1, 1, 1))
    assert filled[0, :, 1, 1].tolist() == pytest.approx([0.3, 0.15, 0.0])  # (0.1 + 0.3 + 0.5) / 3


def test_mean_colour_is_each_images_own_and_mid_grey_when_all_is_hidden(image):
    filled = fill("mean_colour", image)
    assert not torch.allclose(filled[0, :, 1, 2], filled[1, :, 1, 2])
    assert (fill("mean_colour", image, Mask.empty((6, 8))) == 0.5).all()


def test_random_colour_is_one_colour_per_image(image):
    hidden = fill("random_colour", image)[:, :, HIDDEN]
    assert (hidden == hidden[:, :, :1]).all()
    assert not torch.equal(hidden[0], hidden[1])


def test_noise_is_another_colour_at_every_pixel(image):
    hidden = fill("noise", image)[:, :, HIDDEN]
    assert len(hidden.unique()) == hidden.numel()


def test_noise_is_uniform():
    values = fill("noise", torch.zeros(1, 3, 64, 64), Mask.empty(64))
    assert values.mean().item() == pytest.approx(1 / 2, abs=0.01)
    assert values.var().item() == pytest.approx(1 / 12, abs=0.005)


@pytest.mark.parametrize("name", ["random_colour", "noise"])
def test_chance_follows_the_seed_and_nothing_else(name, image):
    first = fill(name, image)
    assert torch.equal(first, fill(name, image))
    assert torch.equal(first[1:], fill(name, image[1:]))  # wherever in a batch it stands
    assert not torch.equal(first, fill(name, image, seed=1))
    with pytest.raises(ValueError, match="seed is -1; it must be between 0 and"):
        METHODS[name](seed=-1)


def test_blur_shows_the_blurred_whole_image():
    image = torch.zeros(1, 3, 41, 41)
    image[..., 20, 20] = 1
    filled = fill("blur", image, Mask.empty(41), sigma=2.0)[0, 0]
    taps = [math.exp(-(d**2) / 8) for d in range(-4, 5)]
    expected = np.outer(taps, taps) / sum(taps) ** 2
    np.testing.assert_allclose(filled[16:25, 16:25], expected, atol=1e-6)
    assert filled[:15].max() == 0


def test_blur_reaches_no_further_than_a_small_image():
    assert fill("blur", torch.full((1, 3, 1, 3), 0.25), Mask.empty((1, 3))).tolist() == [[[[0.25] * 3]] * 3]


def test_inpainting_continues_a_slope():
    slope = torch.linspace(0, 1, 12).expand(1, 3, 12, 12)
    filled = fill("inpaint", slope, Mask.box(12, 4, 4, 3, 3))
    assert (filled - slope).abs().max() < 1e-4


def test_inpainting_an_empty_picture_is_mid_grey():
    assert (fill("inpaint", torch.rand(1, 3, 5, 5), Mask.empty(5)) == 0.5).all()


@settings(max_examples=10)
@given(st.sampled_from([name for name in FILLS if METHODS[name].hides]), st.integers(0, 999))
def test_paint_knows_visible_pixels_only(name, seed):
    rng = torch.Generator().manual_seed(seed)
    image, junk = torch.rand(2, 1, 3, 9, 7, generator=rng)
    mask = Mask(torch.rand(1, 1, 9, 7, generator=rng) < 0.6)
    unseen = torch.where(mask.keep, image, torch.where(junk < 0.1, torch.nan, junk))
    assert torch.equal(fill(name, image, mask), fill(name, unseen, mask))


def literal_neighbour_fill(image, keep):
    """Ring by ring, pixel by pixel: the mean of those of the eight neighbours that were known before the round."""
    values, known = image.double().numpy().copy(), keep.numpy().copy()
    height, width = known.shape
    while not known.all():
        before, filled = known.copy(), values.copy()
        for y, x in np.argwhere(~before):
            around = [
                (y + a, x + b)
                for a in (-1, 0, 1)
                for b in (-1, 0, 1)
                if 0 <= y + a < height and 0 <= x + b < width and before[y + a, x + b]
            ]
            if around:
                filled[:, y, x] = np.mean([values[:, i, j] for i, j in around], axis=0)
                known[y, x] = True
        values = filled
    return values


@settings(max_examples=15)
@given(seed=st.integers(0, 2**16), share=st.floats(0.1, 0.97), height=st.integers(5, 24), width=st.integers(5, 24))
def test_neighbour_fill_is_the_literal_one(seed, share, height, width):
    generator = torch.Generator().manual_seed(seed)
    image = torch.rand(1, 3, height, width, generator=generator)
    keep = torch.rand(height, width, generator=generator) > share
    keep[0, 0] = True
    filled = fill("neighbour_fill", image, Mask(keep[None, None]))
    assert np.abs(filled[0].numpy() - literal_neighbour_fill(image[0], keep)).max() < 1e-5


def test_neighbour_fill_reaches_across_holes_of_many_rings():
    image = torch.full((1, 3, 300, 4), 0.25)
    keep = torch.zeros(1, 1, 300, 4, dtype=torch.bool)
    keep[..., 0, 0] = True
    assert (fill("neighbour_fill", image, Mask(keep)) == 0.25).all()


def test_neighbour_fill_of_nothing_is_mid_grey():
    image = torch.rand(2, 3, 6, 6)
    keep = torch.zeros(2, 1, 6, 6, dtype=torch.bool)
    keep[1, :, :3] = True
    filled = fill("neighbour_fill", image, Mask(keep))
    assert (filled[0] == 0.5).all()
    assert not (filled[1, :, 3:] == 0.5).any()
