"""Noise: every hidden pixel gets its own seeded random colour."""

from dataclasses import dataclass

import torch
from torch import Tensor

from masking.masks.mask import Mask
from masking.methods import METHODS, Fill, Style
from masking.methods.method import generators
from masking.models.classifier import Classifier
from masking.registry.params import param


@METHODS.register("noise")
@dataclass(frozen=True)
class Noise(Fill):
    """Uniform noise in [0, 1] that depends only on the seed, the mask and the levels of the visible pixels."""

    seed: int = param(0, "another seed, another noise", low=0, high=2**31 - 1)

    title = "Noise"
    meaning = "Every hidden pixel is painted in its own random colour."
    source = "Jain et al. 2022, appendix (random colour per pixel)"
    style = Style("#d50054", "x", "longdash")

    def paint(self, image: Tensor, mask: Mask, classifier: Classifier | None) -> Tensor:
        """Draw noise of the images' shape (n, 3, h, w)."""
        size = image.shape[1:]
        return torch.stack(
            [torch.rand(size, generator=generator) for generator in generators(self.seed, image, mask)]
        ).to(image)
