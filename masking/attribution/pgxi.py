"""Positive gradient × input, as the paper defines it."""

from dataclasses import dataclass

from torch import Tensor

from masking.attribution.attribution import ATTRIBUTIONS, Attribution, Heat
from masking.attribution.gradient import ONE_AND_ONE, input_gradient
from masking.models.classifier import Classifier


@ATTRIBUTIONS.register("pgxi")
@dataclass(frozen=True)
class PositiveGradientXInput(Attribution):
    """The positive part of the gradient times the input."""

    title = "Positive gradient × input (PGxI, paper)"
    meaning = "Gradient × input where the gradient is positive, 0 elsewhere; the paper's formula, not its code's."
    source = "Lee & Chang 2021 (arXiv 2102.07332), table 2"
    relative_cost = ONE_AND_ONE

    def _heat(self, classifier: Classifier, x: Tensor, target: Tensor, original: Tensor) -> Heat:
        del original
        gradient, logits = input_gradient(classifier, x, target)
        return Heat(gradient.clamp(min=0) * x, logits)
