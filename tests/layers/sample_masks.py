"""Masks for tests."""

import torch
import torch.nn.functional as F
from torch import Tensor


def patches(images: int, size: int, patch: int, share: float | Tensor = 0.5) -> Tensor:
    """Bool (images, 1, size, size): that share of the patches is visible, for each image or one for all."""
    grid = torch.rand(images, 1, size // patch, size // patch)
    visible = grid < torch.as_tensor(share).reshape(-1, 1, 1, 1)
    return F.interpolate(visible.float(), scale_factor=patch).bool()


def cells(text: str) -> Tensor:
    """Bool (1, 1, h, w) from a drawing: # is visible, . is hidden."""
    return torch.tensor([[character == "#" for character in row] for row in text.split()])[None, None]
