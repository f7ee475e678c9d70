"""Gradient × input."""

from dataclasses import dataclass

from torch import Tensor

from masking.attribution.attribution import ATTRIBUTIONS, Attribution, Heat
from masking.attribution.gradient import ONE_AND_ONE, input_gradient
from masking.models.classifier import Classifier


@ATTRIBUTIONS.register("gxi")
@dataclass(frozen=True)
class GradientXInput(Attribution):
    """The gradient times the input; on a network without biases, it sums up to the logit."""

    title = "Gradient × input (GxI)"
    meaning = "What each value adds to the class's logit, if the network were linear; exact on one without biases."
    source = "Shrikumar et al. 2016 (arXiv 1605.01713); Lee & Chang 2021 (arXiv 2102.07332), table 2"
    relative_cost = ONE_AND_ONE

    def _heat(self, classifier: Classifier, x: Tensor, target: Tensor, original: Tensor) -> Heat:
        del original
        gradient, logits = input_gradient(classifier, x, target)
        return Heat(gradient * x, logits)
