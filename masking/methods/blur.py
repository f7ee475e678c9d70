"""Blur: hidden pixels become those of the blurred whole image. It leaks, and declares it."""

import math
from dataclasses import dataclass

from torch import Tensor
from torchvision.transforms.functional import gaussian_blur

from masking.masks.mask import Mask
from masking.methods import METHODS, Fill, Style
from masking.models.classifier import Classifier
from masking.registry.params import param


@METHODS.register("blur")
@dataclass(frozen=True)
class Blur(Fill):
    """A Gaussian blur of the whole image, including its hidden part."""

    sigma: float = param(10.0, "standard deviation of the Gaussian", low=0.5, high=100, unit="px")

    title = "Blur"
    meaning = "Hidden pixels show the blurred image: colours and coarse shapes of what is hidden still get through."
    source = "Jain et al. 2022, appendix (Gaussian blur, sigma 10)"
    style = Style("#fb5c75", "triangle-down", "solid")
    hides = False

    def paint(self, image: Tensor, mask: Mask, classifier: Classifier | None) -> Tensor:
        """Blur the images (n, 3, h, w)."""
        radius = min(math.ceil(2 * self.sigma), min(image.shape[2:]) - 1)  # reflection cannot reach further
        side = 2 * radius + 1
        across = gaussian_blur(image, [side, 1], [self.sigma, self.sigma])  # one axis at a time: 20 times cheaper
        return gaussian_blur(across, [1, side], [self.sigma, self.sigma])
