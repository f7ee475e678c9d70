"""Hatching, the sign for "nothing is shown here": any flat colour would look like a fill."""

import torch
from torch import Tensor

from masking.masks.mask import Mask

LIGHT, DARK = 0.83, 0.66


def hatched(image: Tensor, mask: Mask) -> Tensor:
    """Return the images (n, 3, h, w) with grey diagonal stripes at hidden pixels."""
    height, width = mask.size
    step = max(2, min(height, width) // 28)
    rows, columns = torch.arange(height)[:, None], torch.arange(width)[None]
    stripe = ((rows + columns) // step) % 2 == 0
    pattern = torch.where(stripe, LIGHT, DARK).to(image)
    return torch.where(mask.keep.to(image.device), image, pattern)
