"""Blackout: hidden pixels become black, 0 in [0, 1]."""

from dataclasses import dataclass

import torch
from torch import Tensor

from masking.masks.mask import Mask
from masking.methods import METHODS, Fill, Style
from masking.models.classifier import Classifier


@METHODS.register("blackout")
@dataclass(frozen=True)
class Blackout(Fill):
    """Black, the most common value for missing pixels; it is far from zero after normalisation."""

    title = "Blackout"
    meaning = "Hidden pixels are painted black (0)."
    source = "Jain et al. 2022, section 3; Balasubramanian & Feizi 2023, section 4"
    style = Style("#965301", "square", "dash")

    def paint(self, image: Tensor, mask: Mask, classifier: Classifier | None) -> Tensor:
        """Return zeros, shape (1, 1, 1, 1)."""
        return torch.zeros(1, 1, 1, 1, dtype=image.dtype, device=image.device)
