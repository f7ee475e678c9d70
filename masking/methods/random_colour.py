"""Random colour: one seeded colour per image."""

from dataclasses import dataclass

import torch
from torch import Tensor

from masking.masks.mask import Mask
from masking.methods import METHODS, Fill, Style
from masking.methods.method import generators
from masking.models.classifier import Classifier
from masking.registry.params import param


@METHODS.register("random_colour")
@dataclass(frozen=True)
class RandomColour(Fill):
    """A colour that depends only on the seed, the mask and the levels of the visible pixels."""

    seed: int = param(0, "another seed, another colour", low=0, high=2**31 - 1)

    title = "Random colour"
    meaning = "Hidden pixels are painted in one colour, drawn at random for each image."
    source = "Jain et al. 2022, appendix (random constant per image)"
    style = Style("#938e98", "star", "dash")

    def paint(self, image: Tensor, mask: Mask, classifier: Classifier | None) -> Tensor:
        """Draw one colour per image, shape (n, 3, 1, 1)."""
        colours = [torch.rand(3, 1, 1, generator=generator) for generator in generators(self.seed, image, mask)]
        return torch.stack(colours).to(image)
