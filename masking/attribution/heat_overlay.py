"""Heat drawn over its picture."""

import torch
from torch import Tensor

RED, BLUE = (0.70, 0.09, 0.17), (0.13, 0.40, 0.67)
"""Colours of positive and of negative heat; the ends of ColorBrewer's RdBu."""
STRONGEST = 0.75
"""Opacity at the end of the scale, where the picture is still visible."""


def overlay(image: Tensor, heat: Tensor, limit: float | None = None) -> Tensor:
    """Grey images (n, 3, h, w) and tint them red where heat (n, 1, h, w) is positive, blue where it is negative.

    Args:
        image: (n, 3, h, w) in [0, 1].
        heat: (n, 1, h, w).
        limit: heat of the strongest tint; default the largest magnitude. Set it to compare pictures.
    """
    limit = float(heat.abs().max()) if limit is None else limit
    grey = image.mean(1, keepdim=True).expand_as(image)
    opacity = (heat.abs() / (limit or 1.0)).clamp(max=1) * STRONGEST
    red, blue = (torch.tensor(colour, dtype=image.dtype).view(1, 3, 1, 1) for colour in (RED, BLUE))
    return torch.lerp(grey, torch.where(heat > 0, red, blue), opacity.to(image.dtype))
