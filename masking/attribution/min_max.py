"""From a heat to a mask: each channel stretched to 0 … 1."""

import torch
from torch import Tensor


def min_max(heat: Tensor) -> Tensor:
    """Make a mask of a heat (n, 3, h, w): stretch each channel of each image to 0 … 1 (Lee & Chang, equation 11).

    A constant channel becomes 0 for good, as in the authors' code; the paper does not define 0/0.
    """
    low, high = heat.amin((2, 3), keepdim=True), heat.amax((2, 3), keepdim=True)
    spread = high - low
    return (heat - low) / torch.where(spread == 0, 1, spread)
