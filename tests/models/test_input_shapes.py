"""Inputs that are not square: picture, mask and object mask show the same part of the picture; nothing is padded."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from masking import Classifier, Mask
from masking.datasets.silhouettes.worlds import World
from masking.datasets.sources.folder import open_with_masks
from masking.datasets.sources.object_scenes import rendered_scenes
from masking.image import centre_view, covering_size, view_extent

SIZES = [(128, 192), (192, 128), (224, 112), (100, 100)]
PICTURES = [(160, 160), (90, 310), (310, 90), (128, 192), (30, 41)]


def classifier(size, resize=None, interpolation="bilinear") -> Classifier:
    network = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 2))
    return Classifier("toy", network, ["a", "b"], size, resize=resize, interpolation=interpolation)


def literal_extent(picture, size, margin=1.0):
    """The part that a crop shows: the picture, enlarged until it covers the box, is looked at through the crop."""
    scale = max(margin * inner / outer for inner, outer in zip(size, picture, strict=True))
    return tuple(inner / (scale * outer) for inner, outer in zip(size, picture, strict=True))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("picture", PICTURES)
def test_a_white_picture_stays_white_and_its_middle_is_shown(size, picture):
    height, width = picture
    for resize in (None, round(1.25 * min(size)), min(size) // 2):
        toy = classifier(size, resize)
        assert toy.prepare(Image.new("RGB", (width, height), "white")).min() == 1
        assert not toy.prepare_mask(Mask.empty(picture).to_png(), picture).keep.any() or picture == size
        assert toy.prepare_mask(Mask.full(picture).to_png(), picture).keep.all()
        margin = max(1.0, toy.resize / min(size))
        shown = view_extent(picture, toy.resize, size)
        assert shown == pytest.approx(literal_extent(picture, size, margin), rel=0.03)
        assert max(shown) == pytest.approx(toy.view_share, rel=0.01)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("picture", PICTURES)
def test_a_ramp_shows_the_part_that_is_seen(size, picture):
    rows, columns = np.mgrid[: picture[0], : picture[1]]
    ramp = np.dstack([rows / picture[0], columns / picture[1], 0 * rows])
    seen = classifier(size).prepare(Image.fromarray((255 * ramp).round().astype(np.uint8)))[0]
    ends = [(float(seen[0].min()), float(seen[0].max())), (float(seen[1].min()), float(seen[1].max()))]
    for (low, high), share in zip(ends, literal_extent(picture, size), strict=True):
        assert high - low == pytest.approx(share, abs=0.06)
        assert (low + high) / 2 == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("size", SIZES)
def test_picture_mask_and_object_mask_agree(size, tmp_path):
    rows, columns = np.mgrid[:150, :260]
    inside = np.hypot(rows - 60, columns - 150) < 45
    for folder, pixels in (("images", ~inside), ("masks", inside)):
        (tmp_path / folder).mkdir()
        Image.fromarray(pixels).convert("L").save(tmp_path / folder / "a.png")
    toy = classifier(size, round(1.1 * min(size)))
    labelled = open_with_masks(tmp_path / "images", tmp_path / "masks").read(toy, [0])
    bright = labelled.images[:, :1] > 0.5
    mask = toy.prepare_mask(Mask(torch.from_numpy(~inside)[None, None]).to_png(), (150, 260))
    assert labelled.images.shape[2:] == labelled.objects.shape[2:] == mask.size == size
    assert torch.equal(mask.keep, ~labelled.objects)
    assert (bright == mask.keep).double().mean() > 0.96


@pytest.mark.parametrize("size", [(128, 192), (96, 48)])
def test_rendered_scenes_are_not_stretched(size):
    square = classifier((max(size), max(size)))
    expected, scenes = (rendered_scenes(World(), 2).read(toy, 0, 2) for toy in (square, classifier(size)))
    height, width = size
    top, left = (max(size) - height) // 2, (max(size) - width) // 2
    assert torch.equal(scenes.images, expected.images[..., top : top + height, left : left + width])
    assert torch.equal(scenes.objects, expected.objects[..., top : top + height, left : left + width])


def test_covering_sizes_by_hand():
    assert covering_size((100, 100), 128, (128, 192)) == (192, 192)
    assert covering_size((100, 300), 128, (128, 192)) == (128, 384)
    assert covering_size((300, 100), 144, (128, 192)) == (648, 216)  # the box is 144 x 216
    assert covering_size((400, 600), 256, (224, 224)) == (256, 384)
    assert centre_view(Image.new("RGB", (600, 400)), 256, (224, 224)).size == (224, 224)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear", "box", "hamming", "bicubic", "lanczos"])
@pytest.mark.parametrize("size", [(150, 260), (40, 50), (300, 90)])
def test_no_hidden_pixel_is_mixed_into_a_present_one(interpolation, size):
    generator = np.random.default_rng(0)
    present = np.ones(size, bool)
    present[size[0] // 3 : size[0] // 2, size[1] // 3 : size[1] // 2] = False
    present[::7, 5] = False
    noise, other = generator.integers(0, 256, (2, *size, 3), np.uint8)
    toy = classifier((64, 96), 70, interpolation)
    mask = toy.prepare_mask(Mask(torch.from_numpy(present)[None, None]).to_png(), size)
    changed = toy.prepare(noise) != toy.prepare(np.where(present[..., None], noise, other))
    assert not (changed.any(1, keepdim=True) & mask.keep).any()
    assert (~mask.keep & ~changed.any(1, keepdim=True)).double().mean() < 0.1  # and few others are hidden
    assert 0 < mask.hidden_share < 0.5
