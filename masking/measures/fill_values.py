"""The values that a fill showed at hidden pixels, before and after normalisation."""

from dataclasses import dataclass

import torch
from torch import Tensor

from masking.masks.mask import Mask
from masking.models.classifier import Classifier

RGB = tuple[float, float, float]


@dataclass(frozen=True)
class FillValues:
    """Mean and standard deviation per RGB channel over hidden pixels: of pixels in [0, 1] and of normalised values."""

    pixel: RGB
    pixel_std: RGB
    normalised: RGB
    normalised_std: RGB

    @property
    def flat(self) -> bool:
        """Whether all hidden pixels have one colour."""
        return max(self.pixel_std) < 1e-4


def measure_fill_values(classifier: Classifier, seen: Tensor, mask: Mask) -> FillValues | None:
    """Measure the hidden pixels of an image (1, 3, h, w) that a fill made; None if nothing is hidden."""
    hidden = ~mask.keep[0, 0].cpu()
    if not hidden.any():
        return None

    def statistics(image: Tensor) -> tuple[RGB, RGB]:
        values = image[0].cpu().double()[:, hidden]
        mean, std = values.mean(1).tolist(), values.std(1, correction=0).tolist()
        return (mean[0], mean[1], mean[2]), (std[0], std[1], std[2])

    with torch.inference_mode():
        return FillValues(*statistics(seen), *statistics(classifier.normalise(seen.to(classifier.device))))
