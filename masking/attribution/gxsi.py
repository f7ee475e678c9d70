"""Gradient × sign of input."""

from dataclasses import dataclass

from torch import Tensor

from masking.attribution.attribution import ATTRIBUTIONS, Attribution, Heat
from masking.attribution.gradient import ONE_AND_ONE, input_gradient
from masking.models.classifier import Classifier


@ATTRIBUTIONS.register("gxsi")
@dataclass(frozen=True)
class GradientXSignOfInput(Attribution):
    """The gradient times the sign of the input: how the logit changes as a value moves away from the mean colour."""

    title = "Gradient × sign of input (GxSI)"
    meaning = "How fast the class's logit grows as each value moves further away from the mean colour."
    source = "Lee & Chang 2021 (arXiv 2102.07332), equation 13"
    relative_cost = ONE_AND_ONE

    def _heat(self, classifier: Classifier, x: Tensor, target: Tensor, original: Tensor) -> Heat:
        del original
        gradient, logits = input_gradient(classifier, x, target)
        return Heat(gradient * x.sign(), logits)  # of the masked input, as the gradient is (the authors' code)
