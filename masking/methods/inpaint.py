"""Inpainting: hidden pixels are continued smoothly from the visible ones."""

from dataclasses import dataclass

import numpy as np
import torch
from skimage.restoration import inpaint_biharmonic
from torch import Tensor

from masking.masks.mask import Mask
from masking.methods import METHODS, Fill, Style
from masking.models.classifier import Classifier


@METHODS.register("inpaint")
@dataclass(frozen=True)
class Inpaint(Fill):
    """scikit-image's biharmonic inpainting; mid-grey if no pixel is visible."""

    title = "Inpainting"
    meaning = "Hidden pixels are continued smoothly from the visible pixels around them."
    source = "Damelin & Hoang 2018, biharmonic equations, as in scikit-image"
    style = Style("#177097", "hexagon", "dashdot")

    def paint(self, image: Tensor, mask: Mask, classifier: Classifier | None) -> Tensor:
        """Continue the images (n, 3, h, w)."""
        pictures = torch.where(mask.keep, image, 0).permute(0, 2, 3, 1).double().cpu().numpy()
        hidden = (~mask.keep[:, 0]).cpu().numpy()
        painted = [_continue(picture, where) for picture, where in zip(pictures, hidden, strict=True)]
        return torch.from_numpy(np.stack(painted)).permute(0, 3, 1, 2).to(image)


def _continue(picture: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    if hidden.all():
        return np.full_like(picture, 0.5)
    if not hidden.any():
        return picture
    return inpaint_biharmonic(picture, hidden, channel_axis=-1).clip(0, 1)
