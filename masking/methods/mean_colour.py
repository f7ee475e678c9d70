"""Mean colour: hidden pixels become the mean of the visible pixels of that image."""

from dataclasses import dataclass

import torch
from torch import Tensor

from masking.masks.mask import Mask
from masking.methods import METHODS, Fill, Style
from masking.models.classifier import Classifier


@METHODS.register("mean_colour")
@dataclass(frozen=True)
class MeanColour(Fill):
    """The mean of the image's visible pixels, so that no hidden pixel influences it."""

    title = "Mean colour"
    meaning = "Hidden pixels are painted in the mean colour of this image's visible pixels (0.5 if none is visible)."
    source = "after the 'average' baseline of Balasubramanian & Feizi 2023, which averages hidden pixels too"
    style = Style("#bd8618", "diamond", "dashdot")

    def paint(self, image: Tensor, mask: Mask, classifier: Classifier | None) -> Tensor:
        """Return one colour per image, shape (n, 3, 1, 1)."""
        visible = mask.keep.sum((2, 3), keepdim=True)
        total = torch.where(mask.keep, image, 0).sum((2, 3), keepdim=True)
        return torch.where(visible > 0, total / visible.clamp(min=1), 0.5)
