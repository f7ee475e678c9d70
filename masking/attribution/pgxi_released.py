"""Positive gradient × input, as the authors' code computes it."""

from dataclasses import dataclass

from torch import Tensor

from masking.attribution.attribution import ATTRIBUTIONS, Attribution, Heat
from masking.attribution.gradient import ONE_AND_ONE, input_gradient
from masking.models.classifier import Classifier


@ATTRIBUTIONS.register("pgxi_code")
@dataclass(frozen=True)
class PositiveGradientXInputReleased(Attribution):
    """The magnitude of the gradient times the image before any masking."""

    title = "Positive gradient × input (PGxI, as in the authors' code)"
    meaning = "Magnitude of the gradient × the unmasked image, which the paper's tables seem to stem from."
    source = "Lee & Chang 2021 (arXiv 2102.07332), released code: captum's Saliency (absolute) times the image"
    relative_cost = ONE_AND_ONE

    def _heat(self, classifier: Classifier, x: Tensor, target: Tensor, original: Tensor) -> Heat:
        gradient, logits = input_gradient(classifier, x, target)
        return Heat(gradient.abs() * original, logits)
