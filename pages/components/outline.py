"""The outline of a region in a picture."""

import torch
from torch import Tensor
from torch.nn import functional as F

YELLOW, WHITE = (1.0, 0.85, 0.0), (1.0, 1.0, 1.0)
"""With a black rim they show on any picture, and on red and blue."""


def draw_outline(image: Tensor, inside: Tensor, width: int, colour: tuple[float, float, float] = YELLOW) -> Tensor:
    """Return the image (1, 3, h, w) with a line, `width` pixels (odd), along the border of a region (h, w)."""
    rimmed = image.masked_fill(_border(inside, width + 4), 0.0)
    return torch.where(_border(inside, width), torch.tensor(colour).view(1, 3, 1, 1), rimmed)


def _border(inside: Tensor, width: int) -> Tensor:
    """Return the pixels near the border of a region (h, w): bool (1, 1, h, w)."""
    region = inside[None, None].float()
    grown, shrunk = (F.max_pool2d(side, width, 1, width // 2) for side in (region, 1 - region))
    return (grown > 0) & (shrunk > 0)
