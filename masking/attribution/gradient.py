"""The gradient of a class's logit."""

from dataclasses import dataclass

import torch
from torch import Tensor

from masking.attribution.attribution import ATTRIBUTIONS, Attribution, Heat
from masking.models.classifier import Classifier

ONE_AND_ONE = "one forward and one backward pass"


def input_gradient(classifier: Classifier, x: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Compute d f_k(x) / dx, shaped as x, and the logits (n, classes), with one backward pass for the whole batch.

    Raises:
        ValueError: no gradient reaches the input.
    """
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        logits = classifier.network(x)
        gradient = None
        if logits.requires_grad:
            selected = logits.gather(1, target[:, None]).sum()
            (gradient,) = torch.autograd.grad(selected, x, allow_unused=True)
    if gradient is None:
        raise ValueError(
            f"no gradient comes from the logits of {classifier.name} to its input; choose one that needs none, "
            "such as occlusion"
        )
    return gradient, logits.detach()


@ATTRIBUTIONS.register("gradient")
@dataclass(frozen=True)
class Gradient(Attribution):
    """How fast the logit grows with each value, signed."""

    title = "Gradient"
    meaning = "How fast the class's logit grows with each value of the input."
    source = "Simonyan, Vedaldi & Zisserman 2014 (arXiv 1312.6034), section 3, with its sign"
    relative_cost = ONE_AND_ONE

    def _heat(self, classifier: Classifier, x: Tensor, target: Tensor, original: Tensor) -> Heat:
        del original
        return Heat(*input_gradient(classifier, x, target))
