"""How "nothing is here" is drawn: hatching, because any flat colour would look like a fill."""

import torch
from torch import Tensor

from masking.masks.mask import Mask

LIGHT, DARK = 0.83, 0.66


def hatched(image: Tensor, mask: Mask) -> Tensor:
    """The images (n, 3, h, w) with hidden pixels replaced by grey diagonal stripes."""
    height, width = mask.size
    step = max(2, min(height, width) // 28)
    rows, columns = torch.arange(height)[:, None], torch.arange(width)[None]
    stripe = ((rows + columns) // step) % 2 == 0
    pattern = torch.where(stripe, LIGHT, DARK).to(image)
    return torch.where(mask.keep.to(image.device), image, pattern)
