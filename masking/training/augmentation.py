"""Random changes of training pictures: they are moved, mirrored, blurred, brightened, or partly painted over."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from masking.models.classifier import IMAGENET_MEAN
from masking.registry.params import check_params, param

RECTANGLES = 3
"""The largest number of rectangles that cutout paints into one picture."""

PATCH = 16
"""Side, in pixels, of the square patches that greyout hides."""


@dataclass(frozen=True)
class Augmentation:
    """Settings of the random changes."""

    brightness: float = param(0.15, "largest relative change of brightness", low=0, high=1)
    blur: float = param(0.3, "share of the pictures that are slightly blurred", low=0, high=1)
    cutout: float = param(0.0, "share of the pictures with black or coloured rectangles", low=0, high=1)
    greyout: float = param(0.0, "share of the pictures with grey patches or blobs", low=0, high=1)
    crop: int = param(
        0, "largest distance by which a picture is moved; the new edge is black", low=0, high=64, unit="pixels"
    )
    flip: float = param(0.0, "share of the pictures that are mirrored", low=0, high=1)

    def __post_init__(self):
        check_params(self)


def _uniform(rng: np.random.Generator, *shape: int) -> Tensor:
    """Return float32 of that shape, each value in [0, 1)."""
    return torch.from_numpy(rng.random(shape, dtype=np.float32))


def draw_rectangles(rng: np.random.Generator, count: int, size: tuple[int, int]) -> Tensor:
    """Draw one to three rectangles per picture, 15 to 60 % of its sides long: bool (count, 1, h, w), True inside."""
    draws = _uniform(rng, 5, count, RECTANGLES, 1)
    used = draws[4] <= torch.tensor([1.0, 0.5, 0.25])[:, None]  # the first rectangle is always used
    inside = list[Tensor]()
    for middle, length, pixels in ((draws[0], draws[1], size[0]), (draws[2], draws[3], size[1])):
        position = (torch.arange(pixels) + 0.5) / pixels
        inside.append((position - middle).abs() < 0.075 + 0.225 * length)
    tall, wide = inside
    return (tall[..., :, None] & wide[..., None, :] & used[..., None]).any(1, keepdim=True)


def draw_patches_or_blobs(rng: np.random.Generator, count: int, size: tuple[int, int]) -> Tensor:
    """Draw square patches or smooth blobs over 10 to 60 % of a picture: bool (count, 1, h, w), True inside.

    They do not depend on the picture, so the covered area never has the outline of an object.
    """
    coarse = [math.ceil(side / PATCH) for side in size]
    draws, share, kind = _uniform(rng, count, 1, *coarse), 0.1 + 0.5 * _uniform(rng, count), _uniform(rng, count)
    square = F.interpolate(draws, scale_factor=PATCH)[..., : size[0], : size[1]]
    height = torch.where((kind < 0.5)[:, None, None, None], square, F.interpolate(draws, size, mode="bicubic"))
    ranked = (
        height[..., ::4, ::4].flatten(1).sort(dim=1).values
    )  # every sixteenth pixel is enough to find the threshold
    level = ranked.gather(1, (share * ranked.shape[1]).long()[:, None])
    return height < level[..., None, None]


def _move(images: Tensor, pixels: int, rng: np.random.Generator) -> Tensor:
    count, _, height, width = images.shape
    top, left = torch.from_numpy(rng.integers(0, 2 * pixels + 1, (2, count)))
    rows, columns = top[:, None] + torch.arange(height), left[:, None] + torch.arange(width)
    padded = F.pad(images, (pixels,) * 4).permute(0, 2, 3, 1)
    return padded[torch.arange(count)[:, None, None], rows[:, :, None], columns[:, None]].permute(0, 3, 1, 2)


def _mirror(images: Tensor, share: float, rng: np.random.Generator) -> Tensor:
    return torch.where(_uniform(rng, len(images), 1, 1, 1) < share, images.flip(3), images)


def _cut_out(images: Tensor, share: float, rng: np.random.Generator) -> Tensor:
    count, size = len(images), (images.shape[2], images.shape[3])
    hidden = draw_rectangles(rng, count, size) & (_uniform(rng, count, 1, 1, 1) < share)
    black = _uniform(rng, count, 1, 1, 1) < 0.5
    return torch.where(hidden, torch.where(black, 0, _uniform(rng, count, 3, 1, 1)), images)


def _grey_out(images: Tensor, share: float, rng: np.random.Generator) -> Tensor:
    count, size = len(images), (images.shape[2], images.shape[3])
    hidden = draw_patches_or_blobs(rng, count, size) & (_uniform(rng, count, 1, 1, 1) < share)
    middle = _uniform(rng, count, 1, 1, 1) < 0.5
    return torch.where(hidden, torch.where(middle, 0.5, torch.tensor(IMAGENET_MEAN).view(3, 1, 1)), images)


def augment(images: Tensor, settings: Augmentation, seed: tuple[int, ...]) -> Tensor:
    """Return images (n, 3, h, w) in [0, 1] after random changes; the same seed gives the same changes.

    Parts are painted over last, so that their colour is exact: 0, one random colour, 0.5 or ImageNet's mean.
    """
    rng = np.random.default_rng(seed)
    if settings.crop:
        images = _move(images, settings.crop, rng)
    if settings.flip:
        images = _mirror(images, settings.flip, rng)
    blur, brightness = _uniform(rng, 2, len(images), 1, 1, 1)
    blurred = F.avg_pool2d(images, 3, stride=1, padding=1, count_include_pad=False)
    gain = 1 + settings.brightness * (2 * brightness - 1)
    changed = (torch.where(blur < settings.blur, blurred, images) * gain).clamp(0, 1)
    if settings.cutout:
        changed = _cut_out(changed, settings.cutout, rng)
    if settings.greyout:
        changed = _grey_out(changed, settings.greyout, rng)
    return changed
