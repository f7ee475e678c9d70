"""Greyout: hidden pixels become the classifier's mean colour, exactly zero after normalisation."""

from dataclasses import dataclass

import torch
from torch import Tensor

from masking.masks.mask import Mask
from masking.methods import METHODS, Fill, Style
from masking.models.classifier import IMAGENET_MEAN, Classifier
from masking.registry.params import param


@METHODS.register("greyout")
@dataclass(frozen=True)
class Greyout(Fill):
    """The mean colour of the training images, or mid-grey."""

    grey: str = param("mean", "mean: the classifier's own mean colour; middle: 0.5", choices=("mean", "middle"))

    title = "Greyout"
    meaning = "Hidden pixels are painted in the classifier's mean colour, which normalisation turns into 0."
    source = "Balasubramanian & Feizi 2023, section 4 (zero after normalisation)"
    style = Style("#12a77d", "triangle-up", "dot")

    @property
    def description(self) -> str:
        """One sentence about the selected grey."""
        return "Hidden pixels are painted mid-grey (0.5)." if self.grey == "middle" else self.meaning

    def paint(self, image: Tensor, mask: Mask, classifier: Classifier | None) -> Tensor:
        """Return one colour, shape (1, 3, 1, 1)."""
        if self.grey == "middle":
            return image.new_full((1, 3, 1, 1), 0.5)
        mean = classifier.mean if classifier is not None else torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1)
        return mean.to(image)
